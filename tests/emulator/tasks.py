# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that list, show and delete tasks."""

from __future__ import annotations

from messages import Answer, Request, answer_error, answer_json
from query import answer_page, parameters
from state import State
from taskview import brief, created, detail, find_task

MAX_LIMIT, DEFAULT_LIMIT = 200, 100
BUSY = (
    "initialize",
    "stopping",
    "deleting",
    "cloning",
    "replicate",
    "syncing",
    "cutovering",
    "skipping",
    "clearing",
    "premiging",
)


def listing(state: State, request: Request) -> Answer:
    """A page of the tasks, the newest first."""
    query = parameters(request)
    rows = [
        (server, record) for server, record in state.fleet.records() if isinstance(record.get("current_task"), dict)
    ]
    rows.sort(key=lambda row: (-_time(created(state, row[1])), str(row[1]["current_task"].get("id"))))
    tasks = [brief(state, server, record) for server, record in rows if _matches(record, query)]
    return answer_page(state, query, "tasks", tasks, MAX_LIMIT, DEFAULT_LIMIT)


def _time(value: object) -> int:
    return value if isinstance(value, int) else 0


def _matches(record: dict, query: dict[str, str]) -> bool:
    task = record["current_task"]
    known = {
        "state": task.get("state"),
        "name": task.get("name"),
        "id": task.get("id"),
        "source_server_id": record.get("id"),
        "enterprise_project_id": str(record.get("enterprise_project_id") or "0"),
    }
    return all(not query.get(name) or query[name] == value for name, value in known.items())


def show(state: State, _request: Request, task_id: str) -> Answer:
    """One task, or 404."""
    found = find_task(state, task_id)
    return answer_json(detail(state, *found)) if found else _unknown()


def _unknown() -> Answer:
    return answer_error(404, "SMS.7703", "Task doesn't exist")


def delete(state: State, _request: Request, task_id: str) -> Answer:
    """Delete a task with its snapshots; its target stays, and its server can have another task."""
    found = find_task(state, task_id)
    if found is None:
        return _unknown()
    server, record = found
    if record.get("connected") and record.get("state") in BUSY:
        return answer_error(400, "SMS.7719", "A task in Migrating or Pausing status cannot be deleted.")
    state.machines.keep_target(record, state)
    state.orders.pop(task_id, None)
    now = state.fleet.now
    fresh = {"current_task": None, "migration_cycle": "checking", "replicatesize": 0, "stage_action_time": now}
    if record.get("connected"):
        fresh.update(state="waiting", state_action_time=now)
    server.steer([], now, fresh)
    return answer_json("")
