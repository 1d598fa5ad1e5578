# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: why migrations have failed, as their tasks say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..common._deadline import Deadline
from ..common._parallel import map_in_parallel
from ..http._client import Client
from ..records import _states
from ..records._records import Record, task_of
from . import _connection, _tasks


def errors_of(task: Mapping[str, Any]) -> list[Any]:
    """What the field ``error_json`` of a task says, unpacked; empty where it says nothing."""
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


def find_reasons(client: Client, records: Iterable[Record], deadline: Deadline) -> dict[str, str]:
    """Why the migrations of servers have failed, by the servers' IDs, where their tasks say so.

    :raises SmsError: a task cannot be read.
    """
    failed = [record for record in records if record.get("state") == _states.FAILED]
    tasks = {record["id"]: task_of(record).get("id") for record in failed}
    asked = {server_id: task_id for server_id, task_id in tasks.items() if isinstance(task_id, str)}
    reasons: dict[str, str] = {}

    def ask(server_id: str) -> Record | None:
        return _tasks.show_task(client, asked[server_id], deadline)

    for server_id, task in map_in_parallel(ask, asked, _connection.CONCURRENCY, deadline):
        if words := "; ".join(filter(None, map(_in_words, errors_of(task or {})))):
            reasons[server_id] = client.redact(words)
    return reasons


def _in_words(error: Any) -> str:
    """Such as ``SMS.0515: The agent cannot reach the target.``"""
    if not isinstance(error, Mapping):
        return str(error)
    return ": ".join(str(error[part]) for part in ("error_code", "error_msg") if error.get(part))
