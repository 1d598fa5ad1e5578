# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: files and cache entries that keep state, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

_STATE = re.compile(r'\{"kind": "([^"]*)", "digest": "([0-9a-f]{64})", "content": (.*)\}\n?', re.DOTALL)


def dump_state(kind: str, content: Mapping[str, Any]) -> str:
    """Return the text of a file or cache entry that keeps this content: ASCII, JSON, with a digest of the content.

    The digest detects damage and changes by hand, so that nobody has to check each part of the content. It does not
    make the content trusted: whoever can write the file can also write a digest.

    :param kind: what the content is and in which version. It contains no character that JSON escapes.
    """
    text = json.dumps(content)
    return f'{{"kind": "{kind}", "digest": "{_digest(text)}", "content": {text}}}\n'


def load_state(kind: str, text: str) -> Any:
    """Return the content that :func:`dump_state` wrote.

    :raises ValueError: the text is of another kind or version, or its content does not have the digest.
    """
    match = _STATE.fullmatch(text)
    if not match or match[1] != kind:
        raise ValueError("it is of another kind or version, or cut off")
    if _digest(match[3]) != match[2]:
        raise ValueError("it is damaged: its content does not have the digest that was written with it")
    return json.loads(match[3])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that readers find the old or the new content, never a part of it, even after a crash.

    :param mode: permissions of the file, before the umask of the process.
    :raises OSError: the file cannot be written. The old file is unchanged.
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
