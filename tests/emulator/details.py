# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`GET /v3/sources/{id}`: what the record of one server has beyond the record in the list."""

from __future__ import annotations

from typing import Any

from firmware import digest_of, firmware_of, partition_style
from messages import Answer, Request, answer_error, answer_json
from state import State

MIB = 2**20


def answer(state: State, _request: Request, server_id: str) -> Answer:
    """One server in detail, or 404."""
    server = state.fleet.find(server_id)
    if server is None:
        return answer_error(404, "SMS.7602", "SourceServer does not exist.")
    record = server.record(state.fleet.now)
    return answer_json({**detailed(record), **_memory(record)})


def detailed(record: dict) -> dict[str, Any]:
    """A record with what the list leaves out."""
    return {**_additions(record), **record}


def _additions(record: dict) -> dict[str, Any]:
    target = record.get("init_target_server")
    target = target if isinstance(target, dict) else {}
    style = partition_style(record)
    return {
        "firmware": firmware_of(record),
        "agent_version": "24.12.0",
        "enterprise_project_id": "0",
        "has_tc": record.get("os_type") == "LINUX",
        "start_type": "MANUAL",
        "disks": [_disk(disk, style) for disk in target.get("disks") or [] if isinstance(disk, dict)],
        "volume_groups": target.get("volume_groups") or [],
        "btrfs_list": [],
        "networks": [_network(record, digest_of(record))],
    }


def _disk(disk: dict, style: str) -> dict[str, Any]:
    return {
        "partition_style": style,
        "os_disk": "OS" in str(disk.get("device_use")),
        "relation_name": None,
        "inode_size": 256,
        "physical_volumes": [],
        **disk,
    }


def _network(record: dict, digest: str) -> dict[str, Any]:
    return {
        "id": digest,
        "name": "eth0",
        "ip": record.get("ip"),
        "ipv6": record.get("ipv6"),
        "netmask": "255.255.255.0",
        "gateway": None,
        "mtu": 1500,
        "mac": ":".join(digest[at : at + 2] for at in range(0, 12, 2)),
    }


def _memory(record: dict) -> dict[str, int]:
    """The memory in MB, as this call documents it; the list has bytes."""
    memory = record.get("memory")
    return {"memory": memory // MIB} if isinstance(memory, int) else {}
