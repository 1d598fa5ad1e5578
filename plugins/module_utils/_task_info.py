# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what the module ``task_info`` does."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import _client, _fleet, _listing, _options, _tasks
from ._deadline import Deadline
from ._errors import SmsError

SPEC: dict[str, dict[str, Any]] = {
    "servers": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str"},
    "task_ids": {"type": "list", "elements": "str", "default": []},
    "enterprise_project_id": {"type": "str"},
}
_MILLISECOND = 1000


def tasks(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tasks that the options ask for, with their details.

    :raises SmsError: they cannot be had, or one of them does not exist.
    """
    with _client.Client(_options.settings_from(options), connections=_tasks.CONCURRENCY) as client:
        deadline = Deadline(client.total_timeout)
        query = _options.query_from({name: options.get(name) for name in ("state", "enterprise_project_id")})
        briefs = {task["id"]: task for task in _tasks.list_tasks(client, query.parameters, deadline)}
        wanted: Iterable[str] = briefs
        if options["servers"]:
            lasting = {name: value for name, value in query.parameters.items() if name != "state"}
            servers = _listing.list_source_servers(
                client, _options.Query(lasting), _tasks.CONCURRENCY, deadline=deadline
            )
            wanted = _of_servers(briefs, _fleet.chosen(servers, options["servers"]))
        if options["task_ids"]:
            _check_existence(client, [one for one in options["task_ids"] if one not in briefs], deadline)
            wanted = [task_id for task_id in wanted if task_id in options["task_ids"]]
        details = _show_all(client, list(wanted), deadline)
        return [_with_summary({**briefs[task["id"]], **task}) for task in details if task]


def _of_servers(briefs: Mapping[str, Mapping[str, Any]], servers: Sequence[_fleet.Record]) -> list[str]:
    server_ids = {server["id"] for server in servers}
    current = {task.get("id") for server in servers if isinstance(task := server.get("current_task"), dict)}
    return [task_id for task_id, task in briefs.items() if _tasks.source_of(task) in server_ids or task_id in current]


def _check_existence(client: _client.Client, task_ids: Iterable[str], deadline: Deadline) -> None:
    """
    :raises SelectionError: there is no such task, in whatever state.
    """
    for task_id in task_ids:
        if _tasks.show_task(client, task_id, deadline) is None:
            raise _fleet.SelectionError(f"No task has the ID {_fleet.plain(task_id)}: check the spelling.")


def _show_all(client: _client.Client, task_ids: Sequence[str], deadline: Deadline) -> list[dict[str, Any] | None]:
    """Their details, in that order; None of those that were deleted meanwhile."""
    with ThreadPoolExecutor(_tasks.CONCURRENCY) as executor:
        try:
            return list(executor.map(lambda task_id: _tasks.show_task(client, task_id, deadline), task_ids))
        except BaseException:
            # An interruption too: nobody needs the others any more.
            deadline.cancel()
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _with_summary(task: dict[str, Any]) -> dict[str, Any]:
    """A task with what users ask for first."""
    return {**task, "errors": _errors_of(task), "seconds_left": _seconds_left(task)}


def _errors_of(task: Mapping[str, Any]) -> list[Any]:
    text = task.get("error_json")
    if not isinstance(text, str) or not text.strip():
        return []
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return [{"error_code": "", "error_msg": text}]
    if isinstance(content, list):
        return content
    return [content] if content else []


def _seconds_left(task: Mapping[str, Any]) -> int | None:
    end = task.get("estimate_complete_time")
    if isinstance(end, bool) or not isinstance(end, (int, float)) or not math.isfinite(end):
        return None
    return max(0, int(end / _MILLISECOND - time.time()))


def run() -> None:
    """Read the options and end the process with the tasks, or with one message."""
    module = AnsibleModule(argument_spec={**_options.CONNECTION_SPEC, **SPEC}, supports_check_mode=True)
    if not _client.HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        found = tasks(module.params)
    except SmsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, tasks=found, count=len(found))
