# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the speed rules and the configuration settings of a task.

A request that changes something is sent once, see :meth:`_client.Client.modify`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..common._deadline import Deadline
from ..http._client import Client, Purpose
from ._pages import path_segment
from ._tasks import FULL, READ_ONLY, TASKS

_SHOW_SPEED = Purpose(
    "read the speed rules of a task",
    f"reading them needs sms:server:getTaskSpeedLimit (identity policies) or {READ_ONLY}",
)
_UPDATE_SPEED = Purpose(
    "replace the speed rules of a task",
    f"replacing them needs sms:server:updateTaskSpeedLimit (identity policies) or {FULL}",
)
_SHOW_CONFIGURATION = Purpose(
    "read the configuration settings of a task",
    f"reading them needs sms:server:getTaskConfig (identity policies) or {READ_ONLY}",
)
_UPDATE_CONFIGURATION = Purpose(
    "set the configuration settings of a task",
    f"setting them needs sms:server:updateTaskConfig (identity policies) or {FULL}",
)


def show_speed_rules(client: Client, task_id: str, deadline: Deadline | None = None) -> list[Any]:
    """Return the speed rules of a task, as SMS has them.

    :raises ApiError: the request failed.
    """
    return _show(client, _path(task_id, "speed-limit"), "speed_limit", _SHOW_SPEED, deadline)


def update_speed_rules(
    client: Client, task_id: str, rules: Sequence[Mapping[str, Any]], deadline: Deadline | None = None
) -> None:
    """Replace all speed rules of a task.

    :raises ApiError: the request failed. SMS may have processed it, unless ``failure.unprocessed`` is true.
    """
    client.modify("POST", _path(task_id, "speed-limit"), {"speed_limit": list(rules)}, deadline, _UPDATE_SPEED)


def show_configuration(client: Client, task_id: str, deadline: Deadline | None = None) -> dict[str, Any]:
    """Return the configuration settings of a task that were set, by their keys.

    :raises ApiError: the request failed.
    """
    path = _path(task_id, "configuration-setting")
    settings = _show(client, path, "configurations", _SHOW_CONFIGURATION, deadline)
    return {str(one.get("config_key")): one.get("config_value") for one in settings if isinstance(one, dict)}


def update_configuration(
    client: Client, task_id: str, values: Mapping[str, str], deadline: Deadline | None = None
) -> None:
    """Set configuration settings of a task. Others stay as they are.

    :raises ApiError: the request failed. SMS may have processed it, unless ``failure.unprocessed`` is true.
    """
    settings = [{"config_key": key, "config_value": value} for key, value in values.items()]
    path = _path(task_id, "configuration-setting")
    client.modify("POST", path, {"configurations": settings}, deadline, _UPDATE_CONFIGURATION)


def _path(task_id: str, part: str) -> str:
    return f"{TASKS.path}/{path_segment(task_id)}/{part}"


def _show(client: Client, path: str, name: str, purpose: Purpose, deadline: Deadline | None) -> list[Any]:
    response = client.get(path, {}, deadline, purpose)
    values = response.json.get(name) if isinstance(response.json, dict) else None
    if values is None:
        values = []
    if not isinstance(values, list):
        raise client.invalid_response(response, f"{name} is not a list")
    return values
