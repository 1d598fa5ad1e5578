# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the reasons of failed migrations, which their tasks have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..common._deadline import Deadline
from ..common._parallel import map_in_parallel
from ..http._client import Client
from ..records import _states
from ..records._records import Record, task_of
from . import _tasks


def errors_of(task: Mapping[str, Any]) -> list[Any]:
    """Return the errors in the field ``error_json`` of a task, decoded; empty if it has none."""
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


def failure_reasons(client: Client, records: Iterable[Record], deadline: Deadline) -> dict[str, str]:
    """Return the reasons of failed migrations by server ID. A server whose task has no reason is left out.

    :raises SmsError: a task cannot be read.
    """
    failed = [record for record in records if record.get("state") == _states.FAILED]
    task_ids = {record["id"]: task_of(record).get("id") for record in failed}
    servers = [server_id for server_id, task_id in task_ids.items() if isinstance(task_id, str)]
    reasons: dict[str, str] = {}

    def show_task(server_id: str) -> Record | None:
        return _tasks.show_task(client, str(task_ids[server_id]), deadline)

    for server_id, task in map_in_parallel(show_task, servers, client.concurrency, deadline):
        if reason := "; ".join(filter(None, map(_describe, errors_of(task or {})))):
            reasons[server_id] = client.redact(reason)
    return reasons


def _describe(error: Any) -> str:
    """Return a text such as ``SMS.0515: The agent cannot reach the target.``"""
    if not isinstance(error, Mapping):
        return str(error)
    return ": ".join(str(error[part]) for part in ("error_code", "error_msg") if error.get(part))
