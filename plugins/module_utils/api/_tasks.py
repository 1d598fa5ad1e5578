# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: tasks, as SMS has them, and what can be asked of them.

What is read is verified to be about what was asked for. What changes something is sent once, see
:meth:`_client.Client.modify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..common._deadline import Deadline
from ..http._client import Client, Purpose, Response
from ..options._query import Query
from ..records._records import Record
from ._connection import CONCURRENCY
from ._pages import Catalogue, list_all, path_segment, show_one

_READ_ONLY = "sms:server:queryServer (roles and policies), which the system policy SMS ReadOnlyAccess has"
_FULL = "sms:server:migrationServer (roles and policies), which the system policy SMS FullAccess has"
_SHOWING = Purpose("read a task", f"reading one needs sms:server:getTask (identity policies) or {_READ_ONLY}")
_CREATING = Purpose("create a task", f"creating one needs sms:server:createTask (identity policies) or {_FULL}")
_DELETING = Purpose("delete a task", f"deleting one needs sms:server:deleteTask (identity policies) or {_FULL}")
_MANAGING = f"starting, pausing, launching and clearing need sms:server:manageTask (identity policies) or {_FULL}"

TASKS = Catalogue(
    "/v3/tasks",
    "tasks",
    "tasks",
    Purpose("list tasks", f"listing them needs sms:server:listTask (identity policies) or {_READ_ONLY}"),
)


def list_tasks(client: Client, filters: Mapping[str, str], deadline: Deadline | None = None) -> list[Record]:
    """All tasks that match, proven complete as the list of servers is.

    :param filters: those of the API, such as ``state`` and ``source_server_id``.
    :raises SmsError: as for :func:`_pages.list_all`.
    """
    return list_all(client, TASKS, Query(dict(filters)), CONCURRENCY, deadline=deadline)


def show_task(client: Client, task_id: str, deadline: Deadline | None = None) -> Record | None:
    """One task with all its details; None where there is none.

    :raises ApiError: it cannot be read.
    """
    return show_one(client, f"{TASKS.path}/{path_segment(task_id)}", task_id, deadline, _SHOWING)


def find_task(client: Client, server_id: str, deadline: Deadline | None = None) -> Record | None:
    """The task of a source server, whatever the server's own record says; None where there is none.

    :raises SmsError: the tasks cannot be listed.
    """
    for task in list_tasks(client, {"source_server_id": server_id}, deadline):
        if source_of(task) in (server_id, None):
            return show_task(client, task["id"], deadline)
    return None


def synchronises(client: Client, task_id: str, deadline: Deadline | None = None) -> bool | None:
    """Whether a task synchronises until somebody launches its target; None where SMS does not say.

    Only the list of tasks says it.

    :raises SmsError: the tasks cannot be listed.
    """
    task = next((task for task in list_tasks(client, {"id": task_id}, deadline) if task["id"] == task_id), {})
    syncing = task.get("syncing")
    return syncing if isinstance(syncing, bool) else None


def source_of(task: Mapping[str, Any]) -> str | None:
    """The ID of the server that a task migrates, where the task says."""
    source = task.get("source_server")
    source_id = source.get("id") if isinstance(source, dict) else None
    return source_id if isinstance(source_id, str) else None


def create(client: Client, body: Mapping[str, Any], deadline: Deadline | None = None) -> str:
    """Have a task created; gives its ID.

    :raises ApiError: any failure; whether there is a task now, ``failure.unprocessed`` tells, or a look at SMS.
    """
    response = client.modify("POST", TASKS.path, body, deadline, _CREATING)
    task_id = response.json.get("id") if isinstance(response.json, dict) else None
    if not isinstance(task_id, str) or not task_id:
        raise client.invalid_response(response, "the new task has no id")
    return task_id


def act(client: Client, task_id: str, operation: str, deadline: Deadline | None = None) -> None:
    """Have something done with a task.

    :param operation: as the API calls it, such as ``start``.
    :raises ApiError: any failure; whether it was done, ``failure.unprocessed`` tells, or a look at SMS.
    """
    path = f"{TASKS.path}/{path_segment(task_id)}/action"
    purpose = Purpose(f"have a task do {operation!r}", _MANAGING)
    _check_acknowledgement(client, client.modify("POST", path, {"operation": operation}, deadline, purpose))


def delete(client: Client, task_id: str, deadline: Deadline | None = None) -> None:
    """Have a task deleted, its snapshots included.

    :raises ApiError: any failure; whether it was done, ``failure.unprocessed`` tells, or a look at SMS.
    """
    path = f"{TASKS.path}/{path_segment(task_id)}"
    _check_acknowledgement(client, client.modify("DELETE", path, None, deadline, _DELETING))


def _check_acknowledgement(client: Client, response: Response) -> None:
    """
    :raises ApiError: something else answered, so that nobody knows whether it was done.
    """
    if response.json not in (None, {}) and not isinstance(response.json, str):
        raise client.invalid_response(response, "it is neither empty nor a text")
