# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls about the speed rules and the configuration settings of a task."""

from __future__ import annotations

import re
from typing import Any

from messages import Answer, Request, answer_error, answer_json
from orders import Order
from state import State
from taskview import find_task

MOST_RULES, MOST_SETTINGS, LONGEST_VALUE = 5, 50, 1024
NEWER = {
    *("MIGRATE_EXCLUDE_DIR", "SYNC_EXCLUDE_DIR", "ONLY_SYNC_DIR", "CONSISTENCY_DIR", "CONSISTENCY_DIR_ILLEGAL"),
    *("CONSISTENCY_RECHECK", "CONSISTENCY_MODE", "LINUX_BLOCK_COMPRESS_THREAD_NUM", "LINUX_BLOCK_CACHE_SIZE"),
    *("LINUX_CPU_LIMIT", "LINUX_MEM_LIMIT", "LINUX_IO_LIMIT", "NUM_PROCESS_MIGRATE", "NUM_PROCESS_SYNC"),
    *("MIGRATE_DST_IP", "DYNAMIC_PORT", "INSTALL_PWD_AGENT"),
}
OLDER = {
    *(NEWER - {"MIGRATE_EXCLUDE_DIR", "SYNC_EXCLUDE_DIR", "ONLY_SYNC_DIR"}),
    *("EXCLUDE_MIGRATE_PATH", "SYNC_EXCLUDE_PATH", "ONLY_SYNC_PATH"),
}


def speed_rules(state: State, _request: Request, task_id: str) -> Answer:
    order = _order(state, task_id)
    return answer_json({"speed_limit": order.speed_rules}) if order else _unknown()


def replace_speed_rules(state: State, request: Request, task_id: str) -> Answer:
    order = _order(state, task_id)
    if order is None:
        return _unknown()
    rules = _list_in(request, "speed_limit", MOST_RULES)
    if rules is None or not all(map(_is_rule, rules)):
        return _unfit()
    order.speed_rules = [{"speed": 0, "over_speed_threshold": 10, **rule} for rule in rules]
    return answer_json({})


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, dict) or not rule.keys() <= {"start", "end", "speed", "over_speed_threshold"}:
        return False
    times = (rule.get("start"), rule.get("end"))
    speed, threshold = rule.get("speed", 0), rule.get("over_speed_threshold", 10)
    return (
        all(isinstance(time, str) and re.fullmatch(r"\d{1,2}:\d{2}", time) for time in times)
        and isinstance(speed, int)
        and 0 <= speed <= 1000
        and isinstance(threshold, (int, float))
        and 10 <= threshold <= 100
    )


def configuration(state: State, request: Request, task_id: str) -> Answer:
    order = _order(state, task_id)
    if order is None:
        return _unknown()
    wanted = dict(request.query).get("config_key")
    found = find_task(state, task_id)
    task = found[1]["current_task"] if found else {}
    system = "WINDOWS" if str(task.get("os_type")).upper() == "WINDOWS" else "LINUX"
    settings = [
        {"config_key": key, "config_value": value}
        for key, value in order.configuration.items()
        if wanted in (None, "", key)
    ]
    kind = f"{system}_{task.get('type') or 'MIGRATE_FILE'}"
    return answer_json({"task_id": task_id, "migrate_type": kind, "configurations": settings})


def set_configuration(state: State, request: Request, task_id: str) -> Answer:
    """Set what is known; the documentation does not say what becomes of a key of the other generation."""
    order = _order(state, task_id)
    if order is None:
        return _unknown()
    settings = _list_in(request, "configurations", MOST_SETTINGS)
    if settings is None or not all(map(_is_setting, settings)):
        return _unfit()
    names = state.settings.configuration_names
    known = NEWER if names == "newer" else OLDER
    if names == "refused" and any(one["config_key"] not in known for one in settings):
        return _unfit()
    for one in settings:
        if one["config_key"] in known:
            order.configuration[one["config_key"]] = one["config_value"]
    return answer_json({})


def _is_setting(setting: Any) -> bool:
    if not isinstance(setting, dict) or not setting.keys() <= {"config_key", "config_value", "config_status"}:
        return False
    key, value = setting.get("config_key"), setting.get("config_value")
    return isinstance(key, str) and isinstance(value, str) and len(value) <= LONGEST_VALUE


def _list_in(request: Request, name: str, most: int) -> list[Any] | None:
    """The list of that name in a body that has nothing else; None if there is none, or it is too long."""
    try:
        body = request.json()
    except ValueError:
        return None
    values = body.get(name) if isinstance(body, dict) and body.keys() == {name} else None
    return values if isinstance(values, list) and len(values) <= most else None


def _order(state: State, task_id: str) -> Order | None:
    return state.orders.setdefault(task_id, Order()) if find_task(state, task_id) else None


def _unknown() -> Answer:
    return answer_error(404, "SMS.7703", "Task doesn't exist")


def _unfit() -> Answer:
    return answer_error(400, "SMS.6102", "The parameter JSON format does not meet the requirements")
