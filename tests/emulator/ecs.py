# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ECS side: the two calls that give the machines that servers become, with their addresses."""

from __future__ import annotations

from typing import Any

from machines import Machine, addresses, timestamp
from messages import Answer, Request, answer_error, answer_json
from query import parameters, whole
from state import State

MAX_LIMIT, DEFAULT_LIMIT, MAX_PAGE = 1000, 25, 999_999_999
POWER_STATES = {"ACTIVE": (1, "active"), "SHUTOFF": (4, "stopped"), "BUILD": (0, "building"), "REBOOT": (1, "active")}


def scope_refusal(state: State, request: Request, project: str) -> Answer | None:
    """The answer to a request whose token is for another project than the one in its path."""
    token = request.headers.get("X-Auth-Token")
    if token is None or state.tokens.project(token) == project:
        return None
    return answer_error(403, "Ecs.0403", "The project of the token is not the project in the path.", "ecs")


def show(state: State, request: Request, region: str | None, project: str, machine_id: str) -> Answer:
    """One machine, or 404."""
    refused = scope_refusal(state, request, project)
    if refused:
        return refused
    for machine in _machines(state, region, project):
        if machine.id == machine_id:
            return answer_json({"server": _described(state, machine)})
    return answer_error(404, "Ecs.0114", f"Instance {machine_id} could not be found.", "ecs")


def listing(state: State, request: Request, region: str | None, project: str) -> Answer:
    """A page of the project's machines, or of those that `server_id` names, known or not."""
    query = parameters(request)
    limit = whole(query, "limit", MAX_LIMIT, DEFAULT_LIMIT, smallest=1)
    number = whole(query, "offset", MAX_PAGE, 1) or 1
    refused = scope_refusal(state, request, project)
    if refused:
        return refused
    machines = _machines(state, region, project)
    if query.get("server_id"):
        rows: list = _asked_for(machines, query["server_id"].split(","))
    else:
        rows = [machine for machine in machines if _matches(state, machine, query)]
    start = (number - 1) * limit
    if query.get("marker"):
        ids = [row if isinstance(row, str) else row.id for row in rows]
        start = ids.index(query["marker"]) + 1 if query["marker"] in ids else len(ids)
    page = [_gone(row) if isinstance(row, str) else _described(state, row) for row in rows[start : start + limit]]
    return answer_json({"count": len(rows), "servers": page})


def _machines(state: State, region: str | None, project: str) -> list[Machine]:
    machines = state.machines.all(state)
    return [one for one in machines if one.project == project and region in (None, one.region)]


def _asked_for(machines: list[Machine], ids: list[str]) -> list[Machine | str]:
    """The machines with these IDs, once each, in this order; an ID where there is no machine."""
    known = {machine.id: machine for machine in machines}
    return [known.get(one, one) for one in dict.fromkeys(ids)]


def _gone(machine_id: str) -> dict:
    fault = {"code": 404, "message": f"Instance {machine_id} could not be found.", "details": "", "created": None}
    return {"id": machine_id, "fault": fault}


def _matches(state: State, machine: Machine, query: dict[str, str]) -> bool:
    if query.get("status") and query["status"] != machine.status:
        return False
    if query.get("name") and query["name"] not in machine.name:
        return False
    if query.get("enterprise_project_id") not in (None, "", "all_granted_eps", machine.enterprise_project):
        return False
    if not query.get("ip") and not query.get("ip_eq"):
        return True
    networks = _described(state, machine)["addresses"].values()
    known = [address["addr"] for network in networks for address in network if address["version"] == "4"]
    return query["ip_eq"] in known if query.get("ip_eq") else any(query["ip"] in one for one in known)


def _described(state: State, machine: Machine) -> dict[str, Any]:
    """A machine as ECS describes it, with what a test changed."""
    power, vm_state = POWER_STATES[machine.status]
    networks = addresses(machine)
    created = timestamp(machine.created)
    described = {
        "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": f"{machine.region}a",
        "OS-EXT-SRV-ATTR:host": "emulator",
        "OS-EXT-SRV-ATTR:hostname": machine.name,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": "emulator",
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{machine.id[:8]}",
        "OS-EXT-SRV-ATTR:kernel_id": "",
        "OS-EXT-SRV-ATTR:launch_index": 0,
        "OS-EXT-SRV-ATTR:ramdisk_id": "",
        "OS-EXT-SRV-ATTR:reservation_id": f"r-{machine.id[:8]}",
        "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
        "OS-EXT-STS:power_state": power,
        "OS-EXT-STS:task_state": "spawning" if machine.status == "BUILD" else None,
        "OS-EXT-STS:vm_state": vm_state,
        "OS-SRV-USG:launched_at": None if machine.status == "BUILD" else created,
        "OS-SRV-USG:terminated_at": None,
        "accessIPv4": "",
        "accessIPv6": "",
        "addresses": networks,
        "auto_terminate_time": "",
        "config_drive": "",
        "created": created,
        "description": "",
        "enterprise_project_id": machine.enterprise_project,
        "flavor": {
            "id": "s6.large.2",
            "name": "s6.large.2",
            "disk": "0",
            "ram": "4096",
            "vcpus": "2",
            "gpus": [],
            "asic_accelerators": [],
        },
        "hostId": "",
        "host_status": "UP",
        "id": machine.id,
        "image": {"id": ""},
        "key_name": None,
        "locked": False,
        "metadata": {"os_type": machine.os_type.capitalize(), "vpc_id": next(iter(networks), "")},
        "name": machine.name,
        "os-extended-volumes:volumes_attached": [],
        "os:scheduler_hints": {},
        "progress": 0,
        "security_groups": [{"id": "", "name": "default"}],
        "status": machine.status,
        "sys_tags": [{"key": "_sys_enterprise_project_id", "value": machine.enterprise_project}],
        "tags": [],
        "tenant_id": machine.project,
        "updated": created,
        "user_id": "emulator-user-id",
    }
    return {**described, **(state.machines.changes.get(machine.id) or {})}
