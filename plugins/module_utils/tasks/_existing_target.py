# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: whether an existing ECS can become the target of a source. Pure functions.

SMS does not document an error for each of these conditions, and some migrations fail only after the disks of the ECS
were overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..common import _text
from ..records._records import Record
from ..records._target import Ecs

# In MB; SMS requires it of Windows targets.
_WINDOWS_MEMORY = 2048


def problem(record: Record, ecs: Ecs, tasks: Iterable[Record]) -> str:
    """Return why an ECS cannot become the target of a source server, whatever its disks are; empty if it can.

    :param record: of the source, with the details of a single server.
    :param tasks: all tasks of the account.
    """
    return _use_problem(ecs, tasks) or _system_problem(record, ecs)


def _use_problem(ecs: Ecs, tasks: Iterable[Record]) -> str:
    for task in tasks:
        target = task.get("target_server")
        if isinstance(target, dict) and target.get("vm_id") == ecs.target_id.vm_id:
            source = task.get("source_server")
            name = source.get("name") if isinstance(source, dict) else None
            return f"{_label(ecs)} is the target of another task, of the server {_text.plain(name or 'unknown')}"
    if ecs.is_locked:
        return f"{_label(ecs)} is locked, as SMS locks a target while a migration uses it"
    # SMS requires a running target.
    if ecs.status != "ACTIVE":
        return f"{_label(ecs)} is {_text.plain(ecs.status)}, not ACTIVE"
    return ""


def _system_problem(record: Record, ecs: Ecs) -> str:
    os_type, firmware = record.get("os_type"), record.get("firmware")
    if not os_type or ecs.os_type != os_type:
        return (
            f"{_label(ecs)} has the operating system {_text.plain(ecs.os_type or 'unknown')}, that of the source is"
            f" {_text.plain(os_type or 'unknown')}"
        )
    # ECS may not return the firmware.
    if firmware and ecs.firmware and ecs.firmware != firmware:
        return (
            f"{_label(ecs)} has the firmware {_text.plain(ecs.firmware)}, that of the source is {_text.plain(firmware)}"
        )
    if os_type == "WINDOWS" and ecs.memory is not None and ecs.memory < _WINDOWS_MEMORY:
        return f"{_label(ecs)} has {ecs.memory} MB of memory, and Windows needs {_WINDOWS_MEMORY} MB"
    return ""


def _label(ecs: Ecs) -> str:
    return f"The ECS {_text.plain(ecs.name or 'unnamed')} ({_text.plain(ecs.target_id.vm_id)})"
