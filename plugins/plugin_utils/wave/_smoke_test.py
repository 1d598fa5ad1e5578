# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the address of a target, and a test that reaches the target only."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _targets
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import Watch
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _connect_with
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

# Seconds between two attempts to connect, and for one of them.
_INTERVAL = 2.0
_ATTEMPT = 10.0


@dataclass
class Addresses:
    """The addresses of the targets, by the names of the hosts.

    :ivar addresses: as the user gave them, or as ECS returns them.
    :ivar resolved: the IP addresses that these lead to.
    :ivar problems: why the address of a target is not known.
    """

    addresses: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, list[str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def find_addresses(accounts: WaveAccounts, snapshot: Snapshot) -> Addresses:
    """Return the addresses that the users gave or that ECS returns, and why ECS could not be queried, by host."""
    found = Addresses({host.name: given for host in accounts.hosts if (given := host.settings.get("target_host"))})
    for account in accounts.accounts:
        hosts = [host for host in account.hosts if host.name in snapshot.records and host.name not in found.addresses]
        try:
            targets = _targets.list_targets(account.client, [snapshot.records[host.name] for host in hosts])
        except SmsError as error:
            found.problems.update({host.name: f"The address of its target is not known: {error}" for host in hosts})
            continue
        for host in hosts:
            key = _connect_with.TARGET_ADDRESSES[str(host.settings.get("connect_with") or "target_private")]
            if addresses := (_text.sanitize(targets.get(host.server_id)) or {}).get(key):
                found.addresses[host.name] = addresses[0]
    for name, address in found.addresses.items():
        found.resolved[name] = resolve(address)
        if not found.resolved[name]:
            found.problems[name] = f"The address of its target, {_text.plain(address)}, cannot be resolved."
    return found


def resolve(address: str) -> list[str]:
    """Return the IP addresses of a name in their normal form; empty if it cannot be resolved."""
    found = set()
    # A name that no resolver accepts (too long, an empty label) raises a UnicodeError.
    with suppress(OSError, UnicodeError):
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(address, None)}
    return sorted(_normal(entry) for entry in found)


def _normal(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def source_addresses(host: Host, record: Record | None) -> set[str]:
    """Return all known IP addresses of the source server: those that SMS has, and the one that Ansible uses."""
    listed = [record.get(name) for name in ("ip", "ipv6")] if record else []
    names = [str(name) for name in (*listed, host.settings.get("address")) if name]
    return {address for name in names for address in resolve(name)}


def prediction(host: Host) -> str:
    """Return what would be tested, for check mode."""
    address = host.settings.get("target_host") or f"its address in ECS ({host.settings.get('connect_with')})"
    if own := host.tasks("smoke_test"):
        return f"Would run {own} with {_text.plain(address)}."
    return f"Would connect to port {host.settings.get('smoke_port')} of {_text.plain(address)}."


def overridden(address: str, variables: Mapping[str, Any]) -> str:
    """Return why the user's own test would reach another machine than the target; empty if it would not.

    :param address: of the target.
    :param variables: those from which the tasks and the connection plugins take the address, as the tasks see them.
    """
    for name, value in variables.items():
        if str(value) != address:
            return (
                f"{name} is {_text.plain(value)} because of a variable with a higher precedence, such as one"
                f" of --extra-vars or set_fact. The smoke test would not reach the target, {_text.plain(address)}."
            )
    return ""


def wait_for_port(address: str, port: int, timeout: float) -> None:
    """Connect to a TCP port, again and again until it accepts the connection.

    :raises SmsError: it does not within the time, or Ansible has ended.
    """
    watch = Watch(timeout, _INTERVAL)
    while problem := _problem_of_port(address, port, watch):
        if not watch.sleep():
            raise SmsError(
                f"Port {port} of its target, {_text.plain(address)}, did not accept a connection within"
                f" {_text.duration(timeout)}: {problem}."
            )


def _problem_of_port(address: str, port: int, watch: Watch) -> str:
    """Connect once, and return why that failed; empty if it did not."""
    try:
        with socket.create_connection((address, port), min(_ATTEMPT, max(0.1, watch.deadline.left()))):
            return ""
    except OSError as error:
        return error.strerror or str(error) or "no answer"
