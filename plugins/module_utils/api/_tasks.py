# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: migration tasks and what can be done with them.

A response is checked to be about the task that was requested. A request that changes something is sent once, see
:meth:`_client.Client.modify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..common._deadline import Deadline
from ..common._errors import ApiError
from ..http._client import Client, Purpose, Response
from ..records import _consistency
from ..records._consistency import Consistency
from ..records._records import Record
from ._pages import Catalogue, list_all, path_segment, show_one

READ_ONLY = "sms:server:queryServer (roles and policies), which the system policy SMS ReadOnlyAccess has"
FULL = "sms:server:migrationServer (roles and policies), which the system policy SMS FullAccess has"
_SHOW = Purpose("read a task", f"reading one needs sms:server:getTask (identity policies) or {READ_ONLY}")
_CREATE = Purpose("create a task", f"creating one needs sms:server:createTask (identity policies) or {FULL}")
_DELETE = Purpose("delete a task", f"deleting one needs sms:server:deleteTask (identity policies) or {FULL}")
_SHOW_CONSISTENCY = Purpose(
    "read the result of a consistency check",
    f"reading one needs sms:server:getConsistencyCheckResult (identity policies) or {READ_ONLY}",
)
_MANAGE = f"starting, pausing, launching and clearing need sms:server:manageTask (identity policies) or {FULL}"

TASKS = Catalogue(
    "/v3/tasks",
    "tasks",
    "tasks",
    Purpose("list tasks", f"listing them needs sms:server:listTask (identity policies) or {READ_ONLY}"),
)


def list_tasks(client: Client, filters: Mapping[str, str], deadline: Deadline | None = None) -> list[Record]:
    """Return all tasks that match, proven complete as the list of servers is.

    :param filters: those of the API, such as ``state`` and ``source_server_id``.
    :raises SmsError: as for :func:`_pages.list_all`.
    """
    return list_all(client, TASKS, filters, deadline)


def show_task(client: Client, task_id: str, deadline: Deadline | None = None) -> Record | None:
    """Return one task with all its fields; None if SMS does not have it.

    :raises ApiError: the request failed.
    """
    return show_one(client, TASKS.path, task_id, deadline, _SHOW)


def show_task_of(client: Client, server_id: str, deadline: Deadline | None = None) -> Record | None:
    """Return the task of a source server, whatever the server's own record says; None if it has no task.

    :raises SmsError: the tasks cannot be listed.
    """
    for task in list_tasks(client, {"source_server_id": server_id}, deadline):
        # SMS ignores a filter that it does not know, and would then list the tasks of other servers.
        if source_id_of(task) in (server_id, None):
            return show_task(client, task["id"], deadline)
    return None


def is_syncing(client: Client, task_id: str, deadline: Deadline | None = None) -> bool | None:
    """Return whether a task synchronizes until its target is launched; None if SMS does not return it.

    Only the list of tasks has this field.

    :raises SmsError: the tasks cannot be listed.
    """
    task = next((task for task in list_tasks(client, {"id": task_id}, deadline) if task["id"] == task_id), {})
    syncing = task.get("syncing")
    return syncing if isinstance(syncing, bool) else None


def source_id_of(task: Mapping[str, Any]) -> str | None:
    """Return the ID of the source server of a task; None if the task does not have it."""
    source = task.get("source_server")
    source_id = source.get("id") if isinstance(source, dict) else None
    return source_id if isinstance(source_id, str) else None


def create_task(client: Client, body: Mapping[str, Any], deadline: Deadline | None = None) -> str:
    """Create a task and return its ID.

    :raises ApiError: the request failed. The task may exist, unless ``failure.unprocessed`` is true.
    """
    response = client.modify("POST", TASKS.path, body, deadline, _CREATE)
    task_id = response.json.get("id") if isinstance(response.json, dict) else None
    if not isinstance(task_id, str) or not task_id:
        raise client.invalid_response(response, "the new task has no id")
    return task_id


def show_consistency(client: Client, task_id: str, deadline: Deadline | None = None) -> Consistency | None:
    """Return the newest result of a consistency check of a task; None if SMS has none.

    :raises ApiError: the request failed.
    """
    path = f"{TASKS.path}/{path_segment(task_id)}/consistency-result"
    try:
        return _consistency.latest(client.get(path, {}, deadline, _SHOW_CONSISTENCY).json)
    except ApiError as error:
        if error.failure.status == 404 and error.failure.code == "SMS.7703":
            return None
        raise


def update_task_status(
    client: Client,
    task_id: str,
    operation: str,
    deadline: Deadline | None = None,
    consistency_check: bool = False,
) -> None:
    """Request an operation on a task.

    :param operation: the API's name of it, such as ``start``.
    :param consistency_check: whether the synchronization that it begins includes a consistency check.
    :raises ApiError: the request failed. SMS may have processed it, unless ``failure.unprocessed`` is true.
    """
    path = f"{TASKS.path}/{path_segment(task_id)}/action"
    purpose = Purpose(f"have a task do {operation!r}", _MANAGE)
    body = {"operation": operation, **({"is_need_consistency_check": True} if consistency_check else {})}
    _check_acknowledgement(client, client.modify("POST", path, body, deadline, purpose))


def delete_task(client: Client, task_id: str, deadline: Deadline | None = None) -> None:
    """Delete a task, and with it its snapshots.

    :raises ApiError: the request failed. SMS may have processed it, unless ``failure.unprocessed`` is true.
    """
    path = f"{TASKS.path}/{path_segment(task_id)}"
    _check_acknowledgement(client, client.modify("DELETE", path, None, deadline, _DELETE))


def _check_acknowledgement(client: Client, response: Response) -> None:
    """Check that a response to a modifying request is one of SMS.

    :raises ApiError: something else responded, so that it is unknown whether SMS processed the request.
    """
    if response.json not in (None, {}) and not isinstance(response.json, str):
        raise client.invalid_response(response, "it is neither empty nor a text")
