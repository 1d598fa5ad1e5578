# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines to log in to: ssh servers, each on a loopback address of its own, which say who they are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import asyncssh


class Anybody(asyncssh.SSHServer):
    """Lets everybody in, without a password."""

    def begin_auth(self, username: str) -> bool:
        return False


class Machines:
    """SSH servers on one port, which answer every command with their own address.

    :ivar port: the port of all of them.
    :ivar visited: the address of each login, in their order.
    """

    def __init__(self) -> None:
        self.port = 0
        self.visited: list[str] = []
        self._key = asyncssh.generate_private_key("ssh-ed25519")

    async def start(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            server = await asyncssh.create_server(
                Anybody,
                address,
                self.port,
                server_host_keys=[self._key],
                process_factory=self._answer,
            )
            # The first takes any port that is free, the others the same on their own addresses.
            self.port = server.sockets[0].getsockname()[1]

    def _answer(self, process: asyncssh.SSHServerProcess) -> None:
        address = process.get_extra_info("sockname")[0]
        self.visited.append(address)
        process.stdout.write(f"this is {address}\n")
        process.exit(0)


@contextmanager
def running(addresses: Iterable[str]) -> Iterator[Machines]:
    """Machines at these addresses, for as long as the block takes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    machines = Machines()
    try:
        asyncio.run_coroutine_threadsafe(machines.start(addresses), loop).result(60)
        yield machines
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
