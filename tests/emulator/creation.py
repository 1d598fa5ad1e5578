# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`POST /v3/tasks`: what the body must be, and the task that comes of it."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import disks
import existing
from actions import act
from messages import Answer, Request, answer_json
from orders import Order
from refusals import Refusal, require
from source import Server
from state import State

NAME = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fa5]{1,64}")
TYPES = ("MIGRATE_FILE", "MIGRATE_BLOCK")
OS_TYPES = ("WINDOWS", "LINUX")
UNFIT_KERNEL = "SMS.6617"
SPECIFICATION = "The request body json does not meet the specifications"
# optional fields and what each must be; required ones have codes of their own, or are texts
OPTIONAL: dict[str, Any] = {
    "exist_server": bool,
    "vm_template_id": str,
    "clonevm_template_id": str,
    "migration_ip": str,
    "auto_start": bool,
    "start_target_server": bool,
    "use_public_ip": bool,
    "use_ipv6": bool,
    "syncing": bool,
    "priority": range(0, 65536),
    "speed_limit": range(0, 1001),
    "over_speed_threshold": (int, float),
    "start_network_check": bool,
    "is_need_consistency_check": bool,
    "need_migration_test": bool,
}
PLACE = ("region_name", "region_id", "project_name", "project_id")


def answer(state: State, request: Request) -> Answer:
    """Answer a call to create a task."""
    try:
        require(state.settings.privacy_agreed, "SMS.0403", "The privacy agreement has not been accepted.")
        body = _body(request)
        server, record = _source(state, body)
        _check_target(body)
        if _exists(body):
            existing.check_target(state, body)
        _check_fit(record, body)
        if _exists(body):
            existing.check_fit(state, record, body)
        task_id = _create(state, server, body)
    except Refusal as refusal:
        return refusal.answer
    return answer_json({"id": task_id})


def _body(request: Request) -> dict:
    """The body, of which the fields that every task needs are right."""
    require(bool(request.body.strip()), "SMS.6012", "empty request body.")
    try:
        body: Any = json.loads(request.body)
    except ValueError:
        raise Refusal("SMS.7705", "The request body is not in the JSON format.") from None
    require(isinstance(body, dict), "SMS.6011", SPECIFICATION)
    name = body.get("name")
    require(isinstance(name, str) and NAME.fullmatch(name) is not None, "SMS.7711", "Illegal task name.")
    require(body.get("type") in TYPES, "SMS.7712", "Illegal task type.")
    require(all(isinstance(body.get(field), str) for field in PLACE), "SMS.6011", SPECIFICATION)
    for field, wanted in OPTIONAL.items():
        require(field not in body or _fits(body[field], wanted), "SMS.6011", SPECIFICATION)
    return body


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool):
        return wanted is bool
    if isinstance(wanted, range):
        return isinstance(value, int) and value in wanted
    return isinstance(value, wanted)


def _source(state: State, body: dict) -> tuple[Server, dict]:
    """The server that is to migrate, if it can have a task."""
    given = body.get("source_server")
    server_id = given.get("id") if isinstance(given, dict) else None
    require(isinstance(server_id, str) and 0 < len(server_id) <= 255, "SMS.6030", "Illegal source id.")
    found = [row for row in state.fleet.records() if row[0].id == server_id]
    require(bool(found), "SMS.7602", "SourceServer does not exist.")
    server, record = found[0]
    require(record.get("current_task") is None, "SMS.7605", "The source server is already in a task.")
    require(record.get("connected") is True, "SMS.6603", "The source server is not connected.")
    return server, record


def _exists(body: dict) -> bool:
    """Whether a body means a target that exists."""
    return bool(body.get("exist_server") or not body.get("vm_template_id"))


def _check_target(body: dict) -> None:
    target = body.get("target_server")
    require(isinstance(target, dict), "SMS.6031", "target_server info in the task body is missing!")
    require(isinstance(target.get("name"), str), "SMS.6011", SPECIFICATION)
    require(not _exists(body) or bool(target.get("vm_id")), "SMS.6032", "vm_id in target_server info is missing!")
    given = target.get("disks")
    require(isinstance(given, list) and bool(given), "SMS.6033", "disks info in target_server is missing!")


def _check_fit(record: dict, body: dict) -> None:
    """Whether the way of migration and the disks fit the server."""
    require(body.get("os_type", "LINUX") in OS_TYPES, "SMS.6601", "Invalid OS type.")
    os_type = record.get("os_type")
    fitting = body.get("os_type") in (None, os_type) and (os_type, body["type"]) != ("WINDOWS", "MIGRATE_FILE")
    require(fitting, "SMS.6610", "Mismatched task type and source server OS type.")
    checks = record["checks"] if isinstance(record.get("checks"), list) else []
    checks = [check for check in checks if isinstance(check, dict)]
    unfit = body["type"] == "MIGRATE_BLOCK" and any(check.get("error_code") == UNFIT_KERNEL for check in checks)
    require(not unfit, UNFIT_KERNEL, "The kernel does not suit a migration by block.")
    disks.check(body["target_server"]["disks"])


def _create(state: State, server: Server, body: dict) -> str:
    """Put the task into the server's record; gives its ID."""
    now = state.fleet.now
    task_id = str(uuid.uuid4())
    state.orders[task_id] = Order(body, now)
    fields = {"current_task": _task(task_id, body), "migration_cycle": "setting", "stage_action_time": now}
    server.steer([], now, {**fields, "replicatesize": 0})
    if body.get("start_network_check"):
        act(state, task_id, {"operation": "network_check"})
    if body.get("auto_start"):
        act(state, task_id, {"operation": "start"})
    return task_id


def _task(task_id: str, body: dict) -> dict:
    """The new task as the record shows it: the target's ID and name are known only when there is one."""
    exists = bool(body.get("exist_server"))
    target = body["target_server"]
    return {
        "id": task_id,
        "name": body["name"],
        "type": body["type"],
        "state": "READY",
        "estimate_complete_time": None,
        "start_date": None,
        "speed_limit": body.get("speed_limit", 0),
        "migrate_speed": 0.0,
        "compress_rate": 1.0,
        "start_target_server": body.get("start_target_server", True),
        "vm_template_id": body.get("vm_template_id"),
        "region_id": body["region_id"],
        "project_name": body["project_name"],
        "project_id": body["project_id"],
        "target_server": {"vm_id": target.get("vm_id") or "", "name": target["name"] if exists else ""},
        "log_collect_status": "INIT",
        "exist_server": exists,
        "use_public_ip": body.get("use_public_ip", True),
        "clone_server": None,
        "remain_seconds": None,
    }
