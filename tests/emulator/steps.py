# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a task: its sub-tasks, in the order of a run."""

from __future__ import annotations

from journey import copied
from orders import Order
from state import State


def sub_tasks(state: State, record: dict, order: Order) -> list[dict]:
    """The steps of a task, how far each is, and when those that are over began and ended."""
    done, progress = _position(record)
    comparing = order.consistency is not None and order.consistency[0] <= state.fleet.now < order.consistency[1]
    names = _names(record, comparing)
    first = sum(map(ord, str(record["current_task"].get("id"))))
    begun, since = record["current_task"].get("start_date"), record.get("state_action_time")
    asked = _synchronizations(state, order, names[5], 6000 + first * 10)
    steps = [
        {
            "id": 7000 + first * 10 + number,
            "name": name,
            "progress": 100 if number < done else progress if number == done else 0,
            "start_date": begun if number < done else since if number == done else None,
            "end_date": since if number < done else None,
            "process_trace": None,
            "migrate_speed": record["current_task"].get("migrate_speed") if number == done else None,
            "user_op": "REPLICATE" if number < 5 else "SYNC" if number == 5 else "CUTOVER",
        }
        for number, name in enumerate(names)
    ]
    return [*steps[:5], *asked, *steps[5:]]


def _synchronizations(state: State, order: Order, name: str, number: int) -> list[dict]:
    """The synchronisations that somebody asked for before the launch."""
    return [
        {
            "id": number + index,
            "name": name,
            "progress": 100 if ends <= state.fleet.now else None,
            "start_date": begins,
            "end_date": ends if ends <= state.fleet.now else None,
            "process_trace": None,
            "migrate_speed": None,
            "user_op": "SYNC",
        }
        for index, (begins, ends) in enumerate(order.synchronizations)
    ]


def _names(record: dict, comparing: bool) -> tuple[str, ...]:
    windows = record.get("os_type") == "WINDOWS"
    how = (
        "WINDOWS"
        if windows
        else f"LINUX_{'BLOCK' if record['current_task'].get('type') == 'MIGRATE_BLOCK' else 'FILE'}"
    )
    copying = "WINDOWS_BLOCK" if windows else how
    return (
        "CREATE_CLOUD_SERVER",
        "SSL_CONFIG",
        "ATTACH_AGENT_IMAGE",
        f"FORMAT_DISK_{how}",
        f"MIGRATE_{copying}",
        f"SYNC_{copying}",
        *(("CONSISTENCY_CHECK",) if comparing else ()),
        f"CONFIGURE_{how}",
        "DETTACH_AGENT_IMAGE",
    )


def _position(record: dict) -> tuple[int, int | None]:
    """How many steps are over, and the progress of the next one in percent; None: it has none, as to synchronise."""
    cycle, task_state = record.get("migration_cycle"), record["current_task"].get("state")
    if cycle == "cutovered":
        return 9, 100
    if cycle == "cutovering":
        return 6, 50
    if cycle == "syncing":
        return 5, None
    if cycle == "replicating" and (copied(record) > 0 or record.get("state") == "replicate"):
        return 4, int(copied(record) * 100)
    return (0, 50) if task_state == "RUNNING" else (0, 0)
