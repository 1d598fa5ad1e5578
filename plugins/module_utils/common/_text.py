# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: texts for people, and remote data fit to be written. Pure functions."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Sequence, Sized
from itertools import compress
from typing import Any

# Characters: of a line; of a column.
_LONGEST_LINE = 300
_WIDEST = 60
_WORDS_IN_A_MESSAGE = 10

_CONTAINERS = frozenset({dict, list})


def sound(value: Any) -> Any:
    """The value as JSON in UTF-8 can hold it: each half of a character replaced, each infinite number null."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return _mend(value)
    return value


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mend(item) for item in value]
    return value


def plain(value: Any, longest: int = _LONGEST_LINE) -> str:
    """Remote data fit for a terminal: what could move the cursor or change the direction of writing becomes a space.

    :param longest: how many characters are shown; of a longer text, the beginning.
    """
    text = str(value)
    cut = f"{text[: longest - 1]}…" if len(text) > longest else text
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character for character in cut
    )


def plural(noun: str, things: Sized) -> str:
    """The noun for so many things, such as ``server`` or ``servers``."""
    return noun if len(things) == 1 else f"{noun}s"


def some_of(words: Sequence[str]) -> str:
    """The first of the words, and how many more there are, so that a message stays readable."""
    more = len(words) - _WORDS_IN_A_MESSAGE
    return ", ".join(words[:_WORDS_IN_A_MESSAGE]) + (f" and {more} more" if more > 0 else "")


def duration(seconds: float) -> str:
    """Such as ``40 s``, ``35 min`` or ``2 h 5 min``."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def table(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Lines with the columns of all rows aligned. Long cells are cut; the last of a row may fill a line."""
    texts = [[*(_cell(cell, _WIDEST) for cell in row[:-1]), _cell(row[-1], _LONGEST_LINE)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def _cell(value: Any, longest: int) -> str:
    return "" if value is None else plain(value, longest)


def is_nested_deeper(value: Any, levels: int) -> bool:
    """Return whether the lists and dictionaries of a JSON value are nested in more levels than that.

    Works level by level, without recursion: Python's stack is too short for what a remote answer can hold.
    """
    level = _containers([value])
    for _number in range(levels):
        if not level:
            return False
        children: list[Any] = []
        for parent in level:
            children.extend(parent.values() if isinstance(parent, dict) else parent)
        level = _containers(children)
    return bool(level)


def _containers(values: list[Any]) -> list[Any]:
    """Return those of the values that have values in them, without a Python loop: an answer has very many."""
    return list(compress(values, map(_CONTAINERS.__contains__, map(type, values))))
