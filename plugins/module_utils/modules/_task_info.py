# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the module ``task_info``."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..api import _connection, _failures, _source_servers, _tasks
from ..common import _text
from ..common._deadline import Deadline
from ..common._parallel import map_in_parallel
from ..options import _query
from ..records import _selection
from ..records._records import Record, task_of

SPEC: dict[str, dict[str, Any]] = {
    "servers": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str"},
    "task_ids": {"type": "list", "elements": "str", "default": []},
    "enterprise_project_id": {"type": "str"},
    "consistency": {"type": "bool", "default": False},
}
_MILLISECOND = 1000


def tasks(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tasks that the options select, with all their fields.

    :raises SmsError: they cannot be listed, or one of the IDs in the options does not exist.
    """
    with _connection.connect(options) as client:
        deadline = Deadline(client.total_timeout)
        query = _query.query_from({name: options.get(name) for name in ("state", "enterprise_project_id")})
        listed = {task["id"]: task for task in _tasks.list_tasks(client, query.parameters, deadline)}
        wanted: Iterable[str] = listed
        if options["servers"]:
            lasting = {name: value for name, value in query.parameters.items() if name != "state"}
            servers = _source_servers.list_servers(client, _query.Query(lasting), deadline)
            wanted = _of_servers(listed, _selection.select(servers, options["servers"]))
        if options["task_ids"]:
            _check_existence(client, [one for one in options["task_ids"] if one not in listed], deadline)
            wanted = [task_id for task_id in wanted if task_id in options["task_ids"]]
        details = _show_all(client, list(wanted), deadline)
        found = [_with_summary({**listed[task["id"]], **task}) for task in details if task]
        if options["consistency"]:
            results = _results_of(client, [task["id"] for task in found], deadline)
            found = [{**task, "consistency": results[task["id"]]} for task in found]
        return {"tasks": found, "count": len(found)}


def _of_servers(listed: Mapping[str, Mapping[str, Any]], servers: Sequence[Record]) -> list[str]:
    server_ids = {server["id"] for server in servers}
    current = {task_of(server).get("id") for server in servers} - {None}
    return [
        task_id for task_id, task in listed.items() if _tasks.source_id_of(task) in server_ids or task_id in current
    ]


def _check_existence(client: _connection.Client, task_ids: Sequence[str], deadline: Deadline) -> None:
    """Check that these tasks exist, in whatever state.

    :raises SelectionError: one of them does not exist.
    """
    shown = _show_all(client, task_ids, deadline)
    unknown = [task_id for task_id, task in zip(task_ids, shown, strict=True) if task is None]
    if unknown:
        ids = _text.some_of([*map(_text.plain, unknown)])
        raise _selection.SelectionError(f"No task has the {_text.plural('ID', unknown)} {ids}: check the spelling.")


def _show_all(client: _connection.Client, task_ids: Sequence[str], deadline: Deadline) -> list[Record | None]:
    """Return the tasks with all their fields, in this order; None for one that does not exist."""

    def show(task_id: str) -> Record | None:
        return _tasks.show_task(client, task_id, deadline)

    shown = dict(map_in_parallel(show, task_ids, client.concurrency, deadline))
    return [shown[task_id] for task_id in task_ids]


def _results_of(client: _connection.Client, task_ids: Sequence[str], deadline: Deadline) -> dict[str, Any]:
    """Return the last consistency check of each task; None for one without."""

    def show(task_id: str) -> dict[str, Any] | None:
        result = _tasks.show_consistency(client, task_id, deadline)
        return asdict(result) if result else None

    return dict(map_in_parallel(show, task_ids, client.concurrency, deadline))


def _with_summary(task: Record) -> dict[str, Any]:
    """Return a task with the fields that summarize it."""
    return {**task, "errors": _failures.errors_of(task), "seconds_left": _seconds_left(task)}


def _seconds_left(task: Mapping[str, Any]) -> int | None:
    end = task.get("estimate_complete_time")
    if isinstance(end, bool) or not isinstance(end, (int, float)) or not math.isfinite(end):
        return None
    return max(0, int(end / _MILLISECOND - time.time()))
