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
    target = _object(task.get("target_server"))
    clone = _object(task.get("clone_server"))
    return {
        "id": task.get("id"),
        "name": task.get("name"),
        "type": task.get("type"),
        "os_type": record.get("os_type"),
        "state": task.get("state"),
        "create_date": created(state, record),
        "estimate_complete_time": task.get("estimate_complete_time"),
        "enterprise_project_id": str(record.get("enterprise_project_id") or "0"),
        "priority": order.body.get("priority", 1),
        "speed_limit": task.get("speed_limit"),
        "migrate_speed": task.get("migrate_speed"),
        "compress_rate": task.get("compress_rate", 1.0),
        "start_target_server": task.get("start_target_server"),
        "error_json": FAILURE if task.get("state") in ("MIGRATE_FAIL", "SYNC_FAIL") else "",
        "total_time": _total_time(state, record),
        "migration_ip": order.body.get("migration_ip"),
        "sub_tasks": [
            {name: value for name, value in step.items() if name not in ("migrate_speed", "user_op")}
            for step in sub_tasks(state, record, order)
        ],
        "subtask_info": task.get("subtask_info", "[]"),
        "source_server": _source(server, record),
        "target_server": {
            "id": f"target of {task.get('id')}",
            "vm_id": target.get("vm_id") or "",
            "name": target.get("name") or "",
            "ip": None,
            "os_type": record.get("os_type"),
            "os_version": record.get("os_version"),
        },
        "log_collect_status": task.get("log_collect_status", "INIT"),
        "clone_server": {"vm_id": clone.get("vm_id"), "name": clone.get("name")} if clone else None,
        "syncing": order.syncing,
        "network_check_info": _network(state, order),
        "need_migration_test": order.rehearsed,
        "special_config": [],
    }


def detail(state: State, server: Server, record: dict) -> dict[str, Any]:
    """The task of a record as one that is asked for by its ID."""
    task = record["current_task"]
    order = state.order(task) or Order()
    listed = brief(state, server, record)
    for name in ("log_collect_status", "syncing", "special_config"):
        del listed[name]
    launched = record.get("migration_cycle") == "cutovered" and record.get("state") != "cleared"
    finished = record.get("state_action_time") if task.get("state") in SUCCEEDED else None
    return {
        **listed,
        "sub_tasks": sub_tasks(state, record, order),
        "clone_server": task.get("clone_server"),
        "connected": record.get("connected"),
        "start_date": task.get("start_date"),
        "finish_date": finished,
        "remain_seconds": task.get("remain_seconds"),
        "float_ip": None,
        "region_id": task.get("region_id"),
        "region_name": order.body.get("region_name", task.get("region_id")),
        "project_id": task.get("project_id"),
        "project_name": task.get("project_name"),
        "vm_template_id": task.get("vm_template_id"),
        "target_snapshot_id": None,
        "source_server": {**listed["source_server"], "migration_cycle": record.get("migration_cycle")},
        "target_server": {
            **listed["target_server"],
            "disks": _disks(record, order),
            "volume_groups": [],
            "btrfs_list": [],
            "image_disk_id": None,
            "cutovered_snapshot_ids": f"snapshot of {task.get('id')}" if launched else None,
        },
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
