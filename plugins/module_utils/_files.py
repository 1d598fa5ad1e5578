# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: files that others read while they are written."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


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
