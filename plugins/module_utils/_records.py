# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what a record is, and what several rooms read of it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._text import plain

Record = Mapping[str, Any]

# Characters: of a name, which leaves room for the ID.
_LONGEST_NAME = 45


def task_of(record: Record) -> Mapping[str, Any]:
    """The task that a server is migrated by; empty where it has none."""
    task = record.get("current_task")
    return task if isinstance(task, Mapping) else {}


def label(record: Record) -> str:
    """What to call a server in a message: its name, which others may have, and the beginning of its ID."""
    return f"{plain(record.get('name') or 'unnamed', _LONGEST_NAME)} ({plain(record['id'][:8])})"
