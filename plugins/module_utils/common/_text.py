# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: formatting of texts and remote data for terminals and files."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Sequence, Sized
from itertools import compress
from typing import Any

# Characters.
_LONGEST_LINE = 300
_WIDEST_COLUMN = 60
_ITEMS_IN_A_MESSAGE = 10

_CONTAINERS = frozenset({dict, list})


def sanitize(value: Any) -> Any:
    """Return the value in a form that JSON in UTF-8 can hold.

    Lone surrogates are joined or replaced. Numbers that are infinite or no number become None.
    """
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return _replace(value)
    return value


def _replace(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_replace(key): _replace(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item) for item in value]
    return value


def plain(value: Any, longest: int = _LONGEST_LINE) -> str:
    """Return remote data as text for a terminal.

    Characters that move the cursor or change the direction of writing become spaces.

    :param longest: maximum number of characters; a longer text is cut.
    """
    text = str(value)
    cut = f"{text[: longest - 1]}…" if len(text) > longest else text
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character for character in cut
    )


def plural(noun: str, things: Sized) -> str:
    """Return the noun for so many things, such as ``server`` or ``servers``."""
    return noun if len(things) == 1 else f"{noun}s"


def some_of(items: Sequence[str]) -> str:
    """Return the first items and the number of the others, so that a message stays readable."""
    more = len(items) - _ITEMS_IN_A_MESSAGE
    return ", ".join(items[:_ITEMS_IN_A_MESSAGE]) + (f" and {more} more" if more > 0 else "")


def duration(seconds: float) -> str:
    """Return a duration such as ``40 s``, ``35 min`` or ``2 h 5 min``."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def table(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return the rows as lines with aligned columns. Long cells are cut, but the last one of a row may fill a line."""
    texts = [[*(_cell(cell, _WIDEST_COLUMN) for cell in row[:-1]), _cell(row[-1], _LONGEST_LINE)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def _cell(value: Any, longest: int) -> str:
    return "" if value is None else plain(value, longest)


def is_nested_deeper(value: Any, levels: int) -> bool:
    """Return whether the lists and dictionaries of a JSON value are nested in more levels than that.

    Works level by level, without recursion: Python's stack is too short for what a response can hold.
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
    """Return the lists and dictionaries among the values, without a Python loop: a response has very many values."""
    return list(compress(values, map(_CONTAINERS.__contains__, map(type, values))))
