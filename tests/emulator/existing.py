# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task for a target that exists: what the service would refuse.

The service documents codes for some of these refusals. The others have a code of the emulator's own.
"""

from __future__ import annotations

from typing import Any

from details import detailed
from machines import Machine, target_id
from refusals import require
from state import State
from volumes import GIB, Volume, is_system, volumes_of

OWN_CODE = "SMS.0409"


def check_target(state: State, body: dict) -> None:
    """Refusal if the target is no machine that a server can migrate to."""
    given = body["target_server"]["disks"]
    identified = all(isinstance(disk, dict) and disk.get("disk_id") for disk in given)
    require(identified, "SMS.6103", "disk_id of a disk of an existing target is missing.")
    machine = _machine(state, body)
    require(machine is not None, OWN_CODE, "The target server was not found in the region and the project.")
    if machine:
        reachable = machine.public or body.get("use_public_ip") is False
        require(reachable, "SMS.6602", "The target server has no public address.")
        require(machine.status == "ACTIVE", OWN_CODE, f"The target server is {machine.status}.")
    users = [record for _server, record in state.fleet.records() if target_id(record) == body["target_server"]["vm_id"]]
    require(not users, OWN_CODE, "The target server is the target of another task.")


def _machine(state: State, body: dict) -> Machine | None:
    place = body["project_id"], body["region_id"]
    found = state.machines.all(state, {body["target_server"]["vm_id"]})
    return next((one for one in found if (one.project, one.region) == place), None)


def check_fit(state: State, record: dict, body: dict) -> None:
    """Refusal if system, firmware or disks of the target do not suit the server."""
    machine = _machine(state, body)
    if machine is None:
        return
    source = detailed(record)
    same_system = machine.os_type.upper() == source.get("os_type")
    require(same_system, OWN_CODE, "The operating systems of source and target differ.")
    same_firmware = machine.firmware.upper() == source["firmware"]
    require(same_firmware, OWN_CODE, "The firmware of source and target differs.")
    volumes = {one.id: one for one in volumes_of(machine)}
    disks = [one for one in source["disks"] if isinstance(one, dict)]
    require(len(volumes) >= len(disks), OWN_CODE, "The target server has fewer disks than the source.")
    styles = {one.get("name"): one.get("partition_style") for one in disks}
    given = body["target_server"]["disks"]
    distinct = len({disk["disk_id"] for disk in given}) == len(given)
    require(distinct and all(disk["disk_id"] in volumes for disk in given), "SMS.6103", "disk_id is not of the target.")
    for disk in given:
        _check_disk(disk, volumes[disk["disk_id"]], styles.get(disk["name"]))


def _check_disk(disk: dict[str, Any], volume: Volume, style: str | None) -> None:
    enough = disk["size"] <= volume.size * GIB
    require(enough, "SMS.6539", "The disk space is less than the total size of all partitions.")
    reserved = style != "GPT" or disk["size"] + GIB <= volume.size * GIB
    require(reserved, "SMS.6613", "The target disk is a GPT disk. The reversed space must be a multiple of MB.")
    require(is_system(disk) == volume.system, OWN_CODE, "The system disk of one is a data disk of the other.")
