# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: files that others read while they are written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from ._text import is_nested_deeper

# An event holds a record, which the service may nest in 50.
_MOST_LEVELS = 60


def parse_state(content: bytes, marks: Mapping[str, Any], parts: Mapping[str, Callable[[Any], bool]]) -> dict[str, Any]:
    """What a file of this collection's own says.

    :param marks: what such a file says of its own kind and version.
    :param parts: what it holds besides; names to what tells a sound value from a damaged one.
    :raises ValueError: it is damaged, or was tampered with, or is a file of something else.
    """
    state = _object_from(content)
    if any(state.get(name) != value for name, value in marks.items()):
        raise ValueError("it is of another kind or version")
    damaged = [name for name, is_sound in parts.items() if not is_sound(state.get(name))]
    if damaged:
        raise ValueError(f"{' and '.join(damaged)} {'is' if len(damaged) == 1 else 'are'} missing or damaged")
    return state


def is_object(value: Any) -> bool:
    """Whether this is what an object of JSON becomes."""
    return isinstance(value, dict)


def _object_from(content: bytes) -> dict[str, Any]:
    """The JSON object that a file holds.

    :raises ValueError: no UTF-8, no JSON, no object, or nested too deep.
    """
    try:
        state = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError:
        raise ValueError("it is no JSON, or cut off") from None
    if not isinstance(state, dict):
        raise ValueError("it is of another kind or version")
    if is_nested_deeper(state, _MOST_LEVELS):
        raise ValueError("it is nested too deep")
    return state


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that whoever reads it, even after a crash, finds the old content or the new one, never a part.

    :param mode: the file's permissions, which the process's umask narrows.
    :raises OSError: it cannot be written; the old file is still there.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
