# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the ECS that a source server becomes. Pure functions."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

# An address, as ECS describes it.
Entry = Mapping[str, Any]


class Target(TypedDict):
    """The target of a source server. A machine that ECS does not know any more has no name, status or address."""

    vm_id: str
    name: str | None
    status: str | None
    region_id: str
    project_id: str
    private_addresses: list[str]
    public_addresses: list[str]


_LISTS = ("private_addresses", "public_addresses")
_FIELDS = tuple(Target.__annotations__)


def is_target(value: Any) -> bool:
    """Whether a value that was kept can be a target, or None for a server without one."""
    if value is None:
        return True
    if not isinstance(value, dict) or value.keys() != set(_FIELDS):
        return False
    texts = [value[field] for field in _FIELDS if field not in _LISTS]
    lists = [value[field] for field in _LISTS]
    return all(text is None or isinstance(text, str) for text in texts) and all(
        isinstance(addresses, list) and all(isinstance(one, str) for one in addresses) for addresses in lists
    )


def addresses_of(machine: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The private and the public addresses of a machine: the primary interface's first, IPv4 before IPv6.

    What is no address is left out: ssh could take it for something else.
    """
    entries = [entry for network in (machine.get("addresses") or {}).values() for entry in network]
    # Each once, in order.
    private: dict[str, None] = {}
    public: dict[str, None] = {}
    for entry in _in_order(entries) if len(entries) > 1 else entries:
        if _is_address(entry.get("addr")):
            kind = public if entry.get("OS-EXT-IPS:type") == "floating" else private
            kind[entry["addr"]] = None
    return list(private), list(public)


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    # A floating address may not say itself whose it is.
    primary = [entry.get("OS-EXT-IPS:port_id") for entry in entries if entry.get("primary") is True]
    return sorted(entries, key=lambda entry: (not _is_primary(entry, primary), ":" in str(entry.get("addr"))))


def _is_primary(entry: Entry, primary: Sequence[Any]) -> bool:
    """Whether an address is that of the primary interface.

    :param primary: the ports of the addresses that say so.
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
