# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which machine a host is reached at, its source or its target.

A server that is cut over is never reached at its source where its target is asked for: a test that passed there would
say nothing about the new machine, and a change would be made to the wrong one. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ._records import Record, is_cut_over
from ._target import Target

SOURCE = "source"
# Which addresses of a target each value of connect_with takes.
TARGET_ADDRESSES: Mapping[str, Literal["private_addresses", "public_addresses"]] = {
    "target_private": "private_addresses",
    "target_public": "public_addresses",
}

# What addresses and host names consist of, IPv6 with its zone included.
_ADDRESS = re.compile(r"[\w:][\w.:%-]*")
_LONGEST_LABEL = 63


class Reach(NamedTuple):
    """Where a host is reached.

    :ivar address: None where it has none, or one that ssh could take for something else.
    :ivar machine: whose address that is: the source's, or which one of the target's, as the option says it.
    :ivar facts: further variables, by the names of their fields.
    :ivar is_lost: whether it is cut over, but its target has no such address.
    :ivar has_odd_address: whether that of its source, which it is reached at, is one that no host can have.
    """

    address: str | None
    machine: str = SOURCE
    facts: Mapping[str, Any] = {}
    is_lost: bool = False
    has_odd_address: bool = False


def reach_of(record: Record, connect_with: str, targets: Mapping[str, Target | None]) -> Reach:
    """Where the host of a record is reached.

    :param connect_with: the option: the source, or which address of the target.
    :param targets: those of the servers that are cut over, by the servers' IDs.
    """
    source = address_of(record)
    if connect_with == SOURCE:
        return Reach(source, has_odd_address=_is_odd(record))
    target = targets.get(record["id"])
    facts = {"target": target, "source_address": source}
    if not is_cut_over(record):
        return Reach(source, facts=facts, has_odd_address=_is_odd(record))
    addresses = target[TARGET_ADDRESSES[connect_with]] if target else []
    address = next((address for address in addresses if _ADDRESS.fullmatch(address)), None)
    return Reach(address or _unreachable_name(str(record["id"])), connect_with, facts, is_lost=address is None)


def address_of(record: Record) -> str | None:
    """The address of a source; None where it has none, or one that ssh could take for something else."""
    address = record.get("ip")
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address.strip()):
        return None
    return address.strip()


def _is_odd(record: Record) -> bool:
    """Whether a source has an address that no host can have."""
    address = record.get("ip")
    return isinstance(address, str) and bool(address.strip()) and address_of(record) is None


def _unreachable_name(server_id: str) -> str:
    """A name that resolves nowhere: the domain is reserved for that (RFC 2606)."""
    label = re.sub(r"[^A-Za-z0-9]+", "-", server_id).strip("-")[:_LONGEST_LABEL].strip("-")
    return f"{label or 'server'}.target.invalid"
