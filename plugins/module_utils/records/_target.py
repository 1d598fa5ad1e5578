# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the ECS that a source server becomes. Pure functions."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

from ..common._text import plain

# The fields of an ECS that are needed.
ECS_FIELDS = ("id", "name", "status", "fault", "addresses")

# An address of an ECS, as ECS describes it.
_Entry = Mapping[str, Any]


class TargetId(NamedTuple):
    """The ECS that a record names as the target.

    :ivar region: the ID of the region.
    :ivar project: the ID of the project.
    """

    region: str
    project: str
    vm_id: str


class EcsDisk(NamedTuple):
    """A disk that is attached to an ECS.

    :ivar volume_id: the ID of the EVS volume.
    :ivar device: such as ``/dev/vda``; empty if ECS does not return it.
    :ivar size: in GiB, which ECS calls GB.
    :ivar is_system: whether the ECS starts from it.
    """

    volume_id: str
    device: str
    size: int
    is_system: bool

    def __str__(self) -> str:
        parts = [f"{self.size} GiB", "system" if self.is_system else "", f"volume {plain(self.volume_id)}"]
        return f"{plain(self.device or 'unnamed disk')} ({', '.join(filter(None, parts))})"


@dataclass(frozen=True)
class Ecs:
    """An ECS that exists, as far as it matters for a migration to it. A text is empty if ECS does not return it.

    :ivar status: such as ``ACTIVE``.
    :ivar os_type: ``LINUX`` or ``WINDOWS``.
    :ivar firmware: ``BIOS`` or ``UEFI``.
    :ivar memory: in MB; None if ECS does not return it.
    :ivar is_locked: whether another service, such as SMS, keeps it from being changed.
    """

    target_id: TargetId
    name: str
    status: str
    os_type: str
    firmware: str
    memory: int | None
    is_locked: bool
    private_addresses: tuple[str, ...]
    public_addresses: tuple[str, ...]
    disks: tuple[EcsDisk, ...]


class Target(TypedDict):
    """The target of a source server. A target that ECS does not have any more has no name, status or address."""

    vm_id: str
    name: str | None
    status: str | None
    region_id: str
    project_id: str
    private_addresses: list[str]
    public_addresses: list[str]


def target_of(target_id: TargetId, ecs: Mapping[str, Any] | None) -> Target:
    """Return the target that an ECS is.

    :param ecs: as ECS returns it; None if it is gone.
    """
    private, public = addresses_of(ecs or {})
    return {
        "vm_id": target_id.vm_id,
        "name": _text(ecs, "name"),
        "status": _text(ecs, "status"),
        "region_id": target_id.region,
        "project_id": target_id.project,
        "private_addresses": private,
        "public_addresses": public,
    }


def _text(ecs: Mapping[str, Any] | None, field: str) -> str | None:
    value = ecs.get(field) if ecs else None
    return value if isinstance(value, str) else None


def is_gone(ecs: Mapping[str, Any]) -> bool:
    """Return whether ECS does not have this ECS any more. An ECS that exists can have a fault too."""
    return bool(ecs.get("fault")) and ecs.get("status") is None


def addresses_of(ecs: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the private and the public addresses of an ECS: the primary interface's first, IPv4 before IPv6.

    A value that is no address is left out, because ssh could interpret it as an option.
    """
    entries = [entry for network in (ecs.get("addresses") or {}).values() for entry in network]
    # Dictionaries, so that each address is there once and in order.
    private: dict[str, None] = {}
    public: dict[str, None] = {}
    for entry in _in_order(entries) if len(entries) > 1 else entries:
        if _is_address(entry.get("addr")):
            kind = public if entry.get("OS-EXT-IPS:type") == "floating" else private
            kind[entry["addr"]] = None
    return list(private), list(public)


def _in_order(entries: Sequence[_Entry]) -> list[_Entry]:
    # A floating address may not have the field itself, but the port of one that has it.
    primary = [entry.get("OS-EXT-IPS:port_id") for entry in entries if entry.get("primary") is True]
    return sorted(entries, key=lambda entry: (not _is_primary(entry, primary), ":" in str(entry.get("addr"))))


def _is_primary(entry: _Entry, primary: Sequence[Any]) -> bool:
    """Return whether an address is one of the primary interface.

    :param primary: the ports of the addresses that have the field ``primary``.
    """
    port = entry.get("OS-EXT-IPS:port_id")
    return entry.get("primary") is True or (bool(port) and port in primary)


def _is_address(value: Any) -> bool:
    if not isinstance(value, str) or not value.isascii() or "%" in value:
        return False
    try:
        # Several times faster than ipaddress.
        socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
    except (OSError, ValueError):
        return False
    return True
