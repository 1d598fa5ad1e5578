# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IPv4 addresses of machines, from networks that no real machine is in: RFC 2544 and RFC 5737."""

from __future__ import annotations

from ipaddress import ip_network


class Network:
    """One network. A port keeps the address that it once got, and no two have the same before the network is full."""

    def __init__(self, network: str) -> None:
        self._network = ip_network(network)
        self._size = self._network.num_addresses - 2
        self._numbers: dict[str, int] = {}  # by port
        self._used: set[int] = set()

    @property
    def full(self) -> bool:
        return len(self._used) == self._size

    def address(self, port: str) -> str:
        """The address of a port, which follows from its ID unless another port was given that address before."""
        if port not in self._numbers:
            number = int(port[:8], 16) % self._size
            while number in self._used and not self.full:
                number = (number + 1) % self._size
            self._numbers[port] = number
            self._used.add(number)
        return str(self._network[1 + self._numbers[port]])

    def knows(self, port: str) -> bool:
        return port in self._numbers


class Networks:
    """The networks of all machines; ports are named by their IDs."""

    def __init__(self) -> None:
        self._private = Network("198.19.0.0/17")
        self._public = Network("203.0.113.0/24")
        self._more_public = Network("198.19.128.0/17")  # no documentation network is large enough for a large fleet

    def private(self, port: str) -> str:
        return self._private.address(port)

    def public(self, port: str) -> str:
        if self._public.full and not self._public.knows(port):
            return self._more_public.address(port)
        return self._public.address(port)
