# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the option ``connect_with``: the address of a host. Pure functions.

If the option names the target, a server that is cut over never gets the address of its source: a test that passes there
says nothing about the target, and a change would be made on the wrong machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ._records import Record, is_cut_over
from ._target import Target

SOURCE = "source"
# The field of a target that each value of connect_with uses.
TARGET_ADDRESSES: Mapping[str, Literal["private_addresses", "public_addresses"]] = {
    "target_private": "private_addresses",
    "target_public": "public_addresses",
}

# Addresses and host names, including IPv6 with a zone.
_ADDRESS = re.compile(r"[\w:][\w.:%-]*")
_LONGEST_LABEL = 63


class HostAddress(NamedTuple):
    """The address of a host.

    :ivar address: None if the record has none, or one that ssh could interpret as an option.
    :ivar connect_with: whose address it is, as a value of the option: the source's or one of the target's.
    :ivar variables: further variables of the host, by their names without the prefix.
    :ivar target_missing: whether the server is cut over, but its target has no such address.
    :ivar source_invalid: whether the host has its source's address, and the record's value is no address or host name.
    """

    address: str | None
    connect_with: str = SOURCE
    variables: Mapping[str, Any] = {}
    target_missing: bool = False
    source_invalid: bool = False


def host_address_of(record: Record, connect_with: str, targets: Mapping[str, Target | None]) -> HostAddress:
    """Return the address of the host of a record.

    :param connect_with: the value of the option.
    :param targets: the targets of the servers that are cut over, by server ID.
    """
    source = address_of(record)
    if connect_with == SOURCE:
        return HostAddress(source, source_invalid=_is_invalid(record))
    target = targets.get(record["id"])
    variables = {"target": target, "source_address": source}
    if not is_cut_over(record):
        return HostAddress(source, variables=variables, source_invalid=_is_invalid(record))
    addresses = target[TARGET_ADDRESSES[connect_with]] if target else []
    address = next((address for address in addresses if _ADDRESS.fullmatch(address)), None)
    # Without an address, ssh must fail instead of connecting to the source.
    unreachable = _unreachable_name(str(record["id"]))
    return HostAddress(address or unreachable, connect_with, variables, target_missing=address is None)


def address_of(record: Record) -> str | None:
    """Return the address of a source; None if it has none, or one that ssh could interpret as an option."""
    address = record.get("ip")
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address.strip()):
        return None
    return address.strip()


def _is_invalid(record: Record) -> bool:
    """Return whether a record has an ``ip`` that is no address or host name."""
    address = record.get("ip")
    return isinstance(address, str) and bool(address.strip()) and address_of(record) is None


def _unreachable_name(server_id: str) -> str:
    """Return a name that does not resolve, below a domain that is reserved for this (RFC 2606)."""
    label = re.sub(r"[^A-Za-z0-9]+", "-", server_id).strip("-")[:_LONGEST_LABEL].strip("-")
    return f"{label or 'server'}.target.invalid"
