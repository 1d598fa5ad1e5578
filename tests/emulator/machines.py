# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machines that servers become: what ECS knows of them follows from the record and the time.

A machine is there from the moment its server's data start to be copied. It has addresses once it is built.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from firmware import firmware_of
from networks import Networks
from timeline import as_uuid, draws
from volumes import MOST_VOLUMES, proposed_disks

if TYPE_CHECKING:
    from state import State

BUILD_TIME, BOOT_TIME = 120_000, 60_000
LIFE_TIME = 3 * 3_600_000  # of those that somebody deletes after the launch
VANISHING = 0.05  # the share of the machines that are deleted
FLOATING, WITH_IPV6, WITH_MORE_NICS = 0.5, 0.3, 0.2  # the shares of the machines that have these


@dataclass(frozen=True)
class Machine:
    """One machine; `public`: whether it has a floating address; the project and region are those of the task.

    `disks`: sizes in GB, of which `system_disk` is the index of the one that it starts from.
    """

    id: str
    name: str
    region: str
    project: str
    os_type: str
    enterprise_project: str
    created: int
    status: str
    public: bool
    disks: tuple[int, ...] = (40,)
    system_disk: int = 0
    firmware: str = "bios"


def described(value: Any, now: int) -> Machine:
    """The machine that a test describes by its ID and other fields; ValueError if there is no such one."""
    defaults = {"name": "ecs", "region": "ap-southeast-3", "os_type": "LINUX", "enterprise_project": "0"}
    known = {field.name for field in fields(Machine)}
    if not isinstance(value, dict) or not {"id", "project"} <= value.keys() <= known:
        raise ValueError(f"a machine has id and project, and may have {', '.join(sorted(known - {'id', 'project'}))}")
    disks = value.get("disks", [40])
    are_sizes = isinstance(disks, list) and all(isinstance(one, int) and one is not True for one in disks)
    if not are_sizes or not 0 < len(disks) <= MOST_VOLUMES:
        raise ValueError(f"disks must be a list of 1 to {MOST_VOLUMES} sizes in GB")
    return Machine(**{**defaults, "created": now, "status": "ACTIVE", "public": False, **value, "disks": tuple(disks)})


class Machines:
    """What is known of machines beside the records: those that no record leads to any more, and what tests changed."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Machine, int]] = {}
        self.changes: dict[str, dict | None] = {}  # fields of ECS's answer by ID; None: it is gone
        self.networks = Networks()

    def keep(self, machine: Machine, built: int = 0) -> None:
        """Hold a machine for itself; it is being built until that time."""
        self._kept[machine.id] = machine, built

    def keep_target(self, record: dict, state: State) -> None:
        """Hold the machine of a record whose task is going to be deleted, if there is one."""
        now = state.fleet.now
        machine = machine_of(record, now, state)
        if machine:
            built = now + BUILD_TIME if machine.status == "BUILD" else now
            self.keep(replace(machine, status="ACTIVE"), built)

    def all(self, state: State, ids: set[str] | None = None) -> list[Machine]:
        """All machines that there are now, or those with some IDs."""
        now = state.fleet.now
        found = {machine.id: machine for machine in self._of_records(state, now, ids)}
        for machine, built in self._kept.values():
            if machine.created <= now and (ids is None or machine.id in ids):
                found[machine.id] = _kept_now(machine, found.get(machine.id), now < built)
        return [machine for machine in found.values() if self.changes.get(machine.id, {}) is not None]

    def places(self) -> set[str]:
        """The projects of the machines that are held for themselves."""
        return {machine.project for machine, _built in self._kept.values()}

    @staticmethod
    def _of_records(state: State, now: int, ids: set[str] | None) -> list[Machine]:
        wanted = [row for row in state.fleet.records() if ids is None or target_id(row[1]) in ids]
        machines = (machine_of(record, now, state) for _server, record in wanted)
        return [machine for machine in machines if machine]


def _kept_now(machine: Machine, as_target: Machine | None, building: bool) -> Machine:
    """A machine that was there before, which a server may migrate to: it stays itself, and is not built again."""
    if as_target and as_target.status != "BUILD":
        return replace(machine, status=as_target.status)
    return replace(machine, status="BUILD") if building else machine


def target_id(record: dict) -> str | None:
    """The ID of the machine that a record's task names, if any."""
    try:
        vm_id = record["current_task"]["target_server"]["vm_id"]
    except (KeyError, TypeError):
        return None
    return vm_id if isinstance(vm_id, str) and vm_id else None


def machine_of(record: dict, now: int, state: State) -> Machine | None:
    """The machine that a server becomes; None if it is not there yet, or gone."""
    vm_id = target_id(record)
    if vm_id is None:
        return None
    task = record["current_task"]
    since = record.get("stage_action_time")
    age = now - since if isinstance(since, int) else BUILD_TIME
    order = state.order(task)
    status = _status(record, age)
    if status is None or (order is None and _deleted(record, vm_id, age)):
        return None
    has_floating = draws(vm_id)[0] < FLOATING if order is None or order.public is None else order.public
    return Machine(
        id=vm_id,
        name=str(task["target_server"].get("name") or record.get("name")),
        region=str(task.get("region_id")),
        project=str(task.get("project_id")),
        os_type=str(record.get("os_type")),
        enterprise_project=str(record.get("enterprise_project_id") or "0"),
        created=_time(task.get("start_date")) or _time(since),
        status=status,
        public=has_floating and task.get("use_public_ip") is not False,
        disks=proposed_disks(record),
        firmware=firmware_of(record).lower(),
    )


def _time(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _status(record: dict, age: int) -> str | None:
    """The machine's status; `age`: milliseconds for which the server has been in its stage of migration."""
    cycle = record.get("migration_cycle")
    if cycle in ("checking", "setting"):
        return None
    if cycle == "replicating" and (record.get("state") == "initialize" or age < BUILD_TIME):
        return "BUILD"
    if cycle == "cutovering":
        return "SHUTOFF"
    if cycle != "cutovered":
        return "ACTIVE"
    if record["current_task"].get("start_target_server") is False:
        return "SHUTOFF"
    return "REBOOT" if age < BOOT_TIME else "ACTIVE"


def _deleted(record: dict, vm_id: str, age: int) -> bool:
    return record.get("migration_cycle") == "cutovered" and age > LIFE_TIME and draws(vm_id)[1] < VANISHING


def addresses(machine: Machine, connected_to: Networks) -> dict[str, list[dict]]:
    """Its addresses by VPC: a fixed one, and some a floating one, IPv6, further interfaces. None while it is built."""
    if machine.status == "BUILD":
        return {}
    digest = hashlib.blake2b(f"addresses of {machine.id}".encode(errors="surrogatepass"), digest_size=64).hexdigest()
    _floating, _vanishing, ipv6, more, last = draws(machine.id)[:5]
    first = _interface(digest, connected_to, primary=True)
    if ipv6 < WITH_IPV6:
        first.append({**first[0], "addr": f"2001:db8:{digest[:4]}::{digest[4:8]}", "version": "6"})
    if machine.public:
        public = connected_to.public(first[0]["OS-EXT-IPS:port_id"])
        first.append({**first[0], "addr": public, "OS-EXT-IPS:type": "floating"})
    networks = {as_uuid(digest[32:]): first}
    if more < WITH_MORE_NICS:
        second = _interface(digest[16:], connected_to, primary=False)
        same_network = last < 0.5
        networks[as_uuid(digest[32 if same_network else 80 :])] = second + (first if same_network else [])
    return networks


def _interface(digest: str, connected_to: Networks, primary: bool) -> list[dict]:
    port = as_uuid(digest[8:])
    address: dict[str, Any] = {
        "addr": connected_to.private(port),
        "version": "4",
        "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:" + ":".join(digest[at : at + 2] for at in (12, 14, 16)),
        "OS-EXT-IPS:port_id": port,
        "OS-EXT-IPS:type": "fixed",
    }
    return [{**address, "primary": True} if primary else address]


def timestamp(moment: int) -> str:
    """Epoch milliseconds as ECS writes times."""
    return datetime.fromtimestamp(moment / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
