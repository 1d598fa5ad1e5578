# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: state files in JSON, read with validation and replaced atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from ._text import is_nested_deeper

# An event contains a record, which may have 50 levels itself.
_MOST_LEVELS = 60


def parse_state(content: bytes, marks: Mapping[str, Any], parts: Mapping[str, Callable[[Any], bool]]) -> dict[str, Any]:
    """Return the content of one of this collection's own files.

    :param marks: the fields that identify its kind and version, with their values.
    :param parts: its other fields, each with a function that returns whether a value is valid.
    :raises ValueError: the file is damaged or of another kind; the text says why.
    """
    state = _object_from(content)
    if any(state.get(name) != value for name, value in marks.items()):
        raise ValueError("it is of another kind or version")
    damaged = [name for name, is_valid in parts.items() if not is_valid(state.get(name))]
    if damaged:
        raise ValueError(f"{' and '.join(damaged)} {'is' if len(damaged) == 1 else 'are'} missing or damaged")
    return state


def is_object(value: Any) -> bool:
    """Return whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def _object_from(content: bytes) -> dict[str, Any]:
    """Return the JSON object in a file.

    :raises ValueError: the content is no UTF-8, no JSON, no object, or nested too deep.
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
    """Replace a file atomically: a reader finds the old content or the new one, also after a crash.

    :param mode: the permissions of the file, before the umask of the process.
    :raises OSError: the file cannot be written; the old one still exists.
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
