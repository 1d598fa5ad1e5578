# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disks of machines: EVS volumes, as two calls of ECS describe them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from timeline import as_uuid

if TYPE_CHECKING:
    from machines import Machine

GIB = 2**30
MOST_VOLUMES = 24
SYSTEM_USES = ("OS", "BOOT")


@dataclass(frozen=True)
class Volume:
    """A volume that is attached to a machine; `size` in GB, which are GiB."""

    id: str
    device: str
    size: int
    system: bool


def volumes_of(machine: Machine) -> list[Volume]:
    """The volumes of a machine, in the order of their devices."""
    return [
        Volume(
            id=as_uuid(hashlib.blake2b(f"volume {number} of {machine.id}".encode(), digest_size=16).hexdigest()),
            device=f"/dev/vd{chr(ord('a') + number)}",
            size=size,
            system=number == machine.system_disk,
        )
        for number, size in enumerate(machine.disks)
    ]


def proposed_disks(record: dict) -> tuple[int, ...]:
    """The sizes of the disks that SMS makes for a server, the system disk first."""
    target = record.get("init_target_server")
    disks = target.get("disks") if isinstance(target, dict) else None
    proper = [one for one in disks if isinstance(one, dict)] if isinstance(disks, list) else []
    proper.sort(key=lambda one: not is_system(one))
    sizes = [one["size"] for one in proper if isinstance(one.get("size"), int) and one["size"] > 0]
    return tuple(-(-size // GIB) for size in sizes[:MOST_VOLUMES]) or (40,)


def is_system(disk: dict) -> bool:
    """Whether a disk of a server has the system or its boot loader."""
    return any(use in str(disk.get("device_use")) for use in SYSTEM_USES)


def attached(machine: Machine) -> list[dict[str, str]]:
    """The volumes as the description of a machine has them."""
    return [
        {
            "id": one.id,
            "device": one.device,
            "bootIndex": "0" if one.system else "-1",
            "delete_on_termination": "true" if one.system else "false",
        }
        for one in volumes_of(machine)
    ]


def block_devices(machine: Machine) -> dict[str, Any]:
    """The answer about a machine's volumes."""
    volumes = volumes_of(machine)
    free = MOST_VOLUMES - len(volumes)
    return {
        "attachableQuantity": {"free_disk": free, "free_scsi": free, "free_blk": free},
        "volumeAttachments": [
            {
                "id": one.id,
                "volumeId": one.id,
                "serverId": machine.id,
                "device": one.device,
                "bootIndex": 0 if one.system else -1,
                "bus": "virtio",
                "size": one.size,
                "pciAddress": f"0000:02:{number:02x}.0",
            }
            for number, one in enumerate(volumes, 1)
        ],
    }
