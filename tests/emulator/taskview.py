# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task as SMS shows it, made from its server's record and what it was ordered with."""

from __future__ import annotations

import json
from typing import Any

from orders import Order
from source import Server
from state import State
from steps import sub_tasks

FAILURE = json.dumps({"error_code": "SMS.0500", "error_msg": "The migration failed."})
SUCCEEDED = ("MIGRATE_SUCCESS", "SYNC_SUCCESS")
# fields that are those of the record's own current_task, in both; in the detail alone
COMMON = (
    "id",
    "name",
    "type",
    "state",
    "estimate_complete_time",
    "speed_limit",
    "migrate_speed",
    "start_target_server",
)
DETAILS = (
    "clone_server",
    "start_date",
    "remain_seconds",
    "region_id",
    "project_id",
    "project_name",
    "vm_template_id",
)
NETWORK = {
    "domain_connectivity": True,
    "destination_connectivity": True,
    "network_delay": 20.5,
    "network_jitter": 2.5,
    "migration_speed": 300.0,
    "loss_percentage": 0.0,
    "cpu_usage": 20.0,
    "mem_usage": 40.0,
    "evaluation_result": "6",
}


def find_task(state: State, task_id: str) -> tuple[Server, dict] | None:
    """The server with that task, and its record."""
    for server, record in state.fleet.records():
        task = record.get("current_task")
        if isinstance(task, dict) and task.get("id") == task_id:
            return server, record
    return None


def brief(state: State, server: Server, record: dict) -> dict[str, Any]:
    """The task of a record as the list of tasks shows it."""
    task = record["current_task"]
    order = state.order(task) or Order()
    clone = _object(task.get("clone_server"))
    return {
        **_common(state, server, record, order),
        "sub_tasks": [
            {name: value for name, value in step.items() if name not in ("migrate_speed", "user_op")}
            for step in sub_tasks(state, record, order)
        ],
        "log_collect_status": task.get("log_collect_status", "INIT"),
        "clone_server": {"vm_id": clone.get("vm_id"), "name": clone.get("name")} if clone else None,
        "syncing": order.syncing,
        "special_config": [],
    }


def detail(state: State, server: Server, record: dict) -> dict[str, Any]:
    """The task of a record as one that is asked for by its ID."""
    task = record["current_task"]
    order = state.order(task) or Order()
    common = _common(state, server, record, order)
    return {
        **common,
        **{name: task.get(name) for name in DETAILS},
        "sub_tasks": sub_tasks(state, record, order),
        "connected": record.get("connected"),
        "finish_date": record.get("state_action_time") if task.get("state") in SUCCEEDED else None,
        "float_ip": None,
        "region_name": order.body.get("region_name", task.get("region_id")),
        "target_snapshot_id": None,
        "source_server": {**common["source_server"], "migration_cycle": record.get("migration_cycle")},
        "target_server": {**common["target_server"], **_target_details(record, order)},
    }


def _common(state: State, server: Server, record: dict, order: Order) -> dict[str, Any]:
    """What the list and the detail have in common."""
    task = record["current_task"]
    return {
        **{name: task.get(name) for name in COMMON},
        "os_type": record.get("os_type"),
        "create_date": created(state, record),
        "enterprise_project_id": str(record.get("enterprise_project_id") or "0"),
        "priority": order.body.get("priority", 1),
        "compress_rate": task.get("compress_rate", 1.0),
        "error_json": FAILURE if task.get("state") in ("MIGRATE_FAIL", "SYNC_FAIL") else "",
        "total_time": _total_time(state, record),
        "migration_ip": order.body.get("migration_ip"),
        "subtask_info": task.get("subtask_info", "[]"),
        "source_server": _source(server, record),
        "target_server": _target(record),
        "network_check_info": _network(state, order),
        "need_migration_test": order.rehearsed,
    }


def _target(record: dict) -> dict[str, Any]:
    task = record["current_task"]
    target = _object(task.get("target_server"))
    return {
        "id": f"target of {task.get('id')}",
        "vm_id": target.get("vm_id") or "",
        "name": target.get("name") or "",
        "ip": None,
        "os_type": record.get("os_type"),
        "os_version": record.get("os_version"),
    }


def _target_details(record: dict, order: Order) -> dict[str, Any]:
    launched = record.get("migration_cycle") == "cutovered" and record.get("state") != "cleared"
    return {
        "disks": _disks(record, order),
        "volume_groups": [],
        "btrfs_list": [],
        "image_disk_id": None,
        "cutovered_snapshot_ids": f"snapshot of {record['current_task'].get('id')}" if launched else None,
    }


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def created(state: State, record: dict) -> int | None:
    """When the task was created."""
    order = state.order(record["current_task"])
    return order.created if order and order.created is not None else record["current_task"].get("start_date")


def _total_time(state: State, record: dict) -> int:
    begun = record["current_task"].get("start_date")
    ended = record.get("state_action_time") if record["current_task"].get("state") in SUCCEEDED else state.fleet.now
    return max(0, ended - begun) if isinstance(begun, int) and isinstance(ended, int) else 0


def _source(server: Server, record: dict) -> dict[str, Any]:
    fields = ("name", "ip", "os_type", "os_version", "oem_system", "state")
    return {"id": server.id, **{name: record.get(name) for name in fields}}


def _network(state: State, order: Order) -> dict | None:
    checked = order.network_checked is not None and order.network_checked <= state.fleet.now
    return NETWORK if checked else None


def _disks(record: dict, order: Order) -> list[dict]:
    """The target's disks: those that were asked for, else those that the service proposes."""
    disks = _object(order.body.get("target_server") or record.get("init_target_server")).get("disks")
    return [
        {
            "disk_id": str(number),
            "disk_index": str(number),
            "os_disk": "OS" in str(disk.get("device_use")),
            "relation_name": None,
            "partition_style": "MBR",
            "physical_volumes": [],
            **disk,
            "id": 88_000 + number,
        }
        for number, disk in enumerate(disks if isinstance(disks, list) else [])
        if isinstance(disk, dict)
    ]
