# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine as ECS describes it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from machines import Machine, addresses, timestamp
from networks import Networks
from volumes import attached

POWER_STATES = {"ACTIVE": (1, "active"), "SHUTOFF": (4, "stopped"), "BUILD": (0, "building"), "REBOOT": (1, "active")}
FLAVOR = {
    "id": "s6.large.2",
    "name": "s6.large.2",
    "disk": "0",
    "ram": "4096",
    "vcpus": "2",
    "gpus": [],
    "asic_accelerators": [],
}
# what all machines have in common
COMMON: dict[str, Any] = {
    "OS-DCF:diskConfig": "MANUAL",
    "OS-EXT-SRV-ATTR:host": "emulator",
    "OS-EXT-SRV-ATTR:hypervisor_hostname": "emulator",
    "OS-EXT-SRV-ATTR:kernel_id": "",
    "OS-EXT-SRV-ATTR:launch_index": 0,
    "OS-EXT-SRV-ATTR:ramdisk_id": "",
    "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
    "OS-SRV-USG:terminated_at": None,
    "accessIPv4": "",
    "accessIPv6": "",
    "auto_terminate_time": "",
    "config_drive": "",
    "description": "",
    "flavor": FLAVOR,
    "hostId": "",
    "host_status": "UP",
    "image": {"id": ""},
    "key_name": None,
    "locked": False,
    "os:scheduler_hints": {},
    "progress": 0,
    "security_groups": [{"id": "", "name": "default"}],
    "tags": [],
    "user_id": "emulator-user-id",
}


def describe(machine: Machine, connected_to: Networks) -> dict[str, Any]:
    """All fields that ECS gives of a machine."""
    networks = addresses(machine, connected_to)
    return {
        **COMMON,
        **_standing(machine),
        "OS-EXT-AZ:availability_zone": f"{machine.region}a",
        "OS-EXT-SRV-ATTR:hostname": machine.name,
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{machine.id[:8]}",
        "OS-EXT-SRV-ATTR:reservation_id": f"r-{machine.id[:8]}",
        "addresses": networks,
        "enterprise_project_id": machine.enterprise_project,
        "id": machine.id,
        "metadata": _metadata(machine, next(iter(networks), "")),
        "name": machine.name,
        "os-extended-volumes:volumes_attached": attached(machine),
        "sys_tags": [{"key": "_sys_enterprise_project_id", "value": machine.enterprise_project}],
        "tenant_id": machine.project,
    }


def _metadata(machine: Machine, vpc_id: str) -> dict[str, str]:
    return {"os_type": machine.os_type.capitalize(), "vpc_id": vpc_id, "hw_firmware_type": machine.firmware}


def _standing(machine: Machine) -> dict[str, Any]:
    power, vm_state = POWER_STATES[machine.status]
    created = timestamp(machine.created)
    return {
        "status": machine.status,
        "OS-EXT-STS:power_state": power,
        "OS-EXT-STS:task_state": "spawning" if machine.status == "BUILD" else None,
        "OS-EXT-STS:vm_state": vm_state,
        "OS-SRV-USG:launched_at": None if machine.status == "BUILD" else created,
        "created": created,
        "updated": created,
    }


@lru_cache(maxsize=20_000)
def _json(machine: Machine, connected_to: Networks) -> bytes:
    return json.dumps(describe(machine, connected_to)).encode()


def describe_json(machine: Machine, connected_to: Networks, changes: dict | None) -> bytes:
    """The description as JSON, with what a test changed; unchanged ones are made once, since lists ask for many."""
    if not changes:
        return _json(machine, connected_to)
    return json.dumps({**describe(machine, connected_to), **changes}).encode()
