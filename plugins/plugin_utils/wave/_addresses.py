# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: compares and checks the addresses that variables of a wave contain."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text

# The ports of ssh and WinRM. Ansible connects to one of them if no variable names a port.
_DEFAULT_PORTS = ("22", "5985", "5986")
_NO_PORT = ""
# The inventory plugin gives such an address to a host that nothing may connect to.
_UNREACHABLE = ".invalid"
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253
_TARGET_HOST = "wave_target_host"


class Endpoint(NamedTuple):
    """Where Ansible connects to.

    :ivar address: an IP address in its normal form, or a name in lowercase.
    :ivar port: empty if no variable names it.
    """

    address: str
    port: str

    @classmethod
    def of(cls, name: str, address: Any, port: Any) -> Endpoint:
        """Return the endpoint of a host.

        :param name: of the host, which is its address if there is no other.
        :param address: ``ansible_host``; None if it is not set.
        :param port: ``ansible_port``; None if it is not set.
        """
        text = name if address is None or not str(address).strip() else str(address)
        number = _NO_PORT if port is None else str(port).strip()
        return cls(_normal(text), str(int(number)) if re.fullmatch(r"[0-9]{1,9}", number) else number)


def hosts_with_same_address(endpoints: Mapping[str, Endpoint]) -> dict[str, list[str]]:
    """Return, for each host, the other hosts that Ansible reaches at the same address and port.

    Different ports of one address can lead to different servers. A port that is not set is that of ssh or WinRM.
    """
    names: dict[Endpoint, list[str]] = {}
    for name, endpoint in endpoints.items():
        names.setdefault(endpoint, []).append(name)
    same = {}
    for name, (address, port) in endpoints.items():
        ports = {port}
        if port == _NO_PORT:
            ports.update(_DEFAULT_PORTS)
        elif port in _DEFAULT_PORTS:
            ports.add(_NO_PORT)
        found = [other for each in sorted(ports) for other in names.get(Endpoint(address, each), ())]
        same[name] = [] if address.endswith(_UNREACHABLE) else [other for other in found if other != name]
    return same


def problem_of_target_host(value: Any) -> str:
    """Return why a value cannot be the address of a target; empty if it can, or if it is not given."""
    if value is None or value == "":
        return ""
    shown = f"{_TARGET_HOST} is {_text.plain(repr(value), 80)}."
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"\[.*\](:[0-9]*)?", text):
        return f"{shown} Write an IPv6 address without brackets, and without a port."
    if "://" in text:
        return f"{shown} It must be an IP address or a DNS name, not a URL."
    if _is_ip_address(text) or _is_dns_name(text):
        return "" if text == value else f"{shown} Remove the blanks around it."
    if re.fullmatch(r"[^:]+:[0-9]*", text):
        return f"{shown} Leave the port away: wave_smoke_port sets the port of the smoke test."
    return f"{shown} It must be an IP address or a DNS name."


def _normal(address: str) -> str:
    text = address.strip().lower().removeprefix("[").removesuffix("]")
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return text.rstrip(".")
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_dns_name(text: str) -> bool:
    try:
        name = text.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return False
    labels = name.split(".")
    # A last label of digits, such as in 192.0.2.300, makes a wrong IP address and no name.
    if len(name) > _LONGEST_NAME or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        return False
    return all(map(_LABEL.fullmatch, labels))
