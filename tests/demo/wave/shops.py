# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines for the rehearsal of a wave: ssh servers on loopback addresses, with an application each."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import asyncssh

# Seconds between two reads of the freeze record of the machine whose service a person starts again.
WATCHED = 0.1
# The variable of the wave's commands that has the folder of the system, empty, as it is quoted once or twice.
ROOT = re.compile(r"\bR=(?:''|(?:'\"'\"'){2})")


class Anybody(asyncssh.SSHServer):
    """Lets everybody in, without a password."""

    def begin_auth(self, username: str) -> bool:
        return False


class Machines:
    """Machines, each with a folder that holds the state of its service.

    :param folders: of each machine, by its address. Its system is below the folder ``root`` in it.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.ssh_port = self.port = 0
        self._folders = folders

    async def start(self) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        for address in self._folders:
            ssh = await asyncssh.create_server(
                Anybody, address, self.ssh_port, server_host_keys=[key], process_factory=self._run, encoding=None
            )
            self.ssh_port = ssh.sockets[0].getsockname()[1]
            web = await asyncio.start_server(self._answer, address, self.port)
            self.port = web.sockets[0].getsockname()[1]

    async def _run(self, process: asyncssh.SSHServerProcess) -> None:
        """Run a command as the machine would, in the machine's own folder."""
        folder = self._folders[process.get_extra_info("sockname")[0]]
        child = await asyncio.create_subprocess_shell(
            ROOT.sub(f"R={folder / 'root'}", process.command),
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "SHOP": str(folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        feeding = asyncio.ensure_future(self._feed(process, child))
        for stream, data in zip((process.stdout, process.stderr), await self._outputs(child), strict=True):
            stream.write(data)
        feeding.cancel()
        process.exit(await child.wait())

    @staticmethod
    async def _outputs(child: asyncio.subprocess.Process) -> list[bytes]:
        return await asyncio.gather(child.stdout.read(), child.stderr.read())

    @staticmethod
    async def _feed(process: asyncssh.SSHServerProcess, child: asyncio.subprocess.Process) -> None:
        while data := await process.stdin.read(65536):
            child.stdin.write(data)
        child.stdin.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a request as the application, which is open as long as its service runs."""
        address = writer.get_extra_info("sockname")[0]
        await reader.readuntil(b"\r\n\r\n")
        runs = (self._folders[address] / "shop").read_text(encoding="utf-8") == "started"
        text = f"the shop, open at {address}\n" if runs else "closed\n"
        status = "200 OK" if runs else "503 Closed"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    async def watch(self, address: str) -> None:
        """Start the service as a person might, once the wave has frozen the machine."""
        folder = self._folders[address]
        while not (folder / "wave.json").exists() or '"frozen"' not in (folder / "wave.json").read_text("utf-8"):
            await asyncio.sleep(WATCHED)
        (folder / "shop").write_text("started", encoding="utf-8")


@contextmanager
def running(folders: Mapping[str, Path], watched: str) -> Iterator[Machines]:
    """Run machines at these addresses. A person starts the service of one of them again."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    machines = Machines(folders)
    try:
        asyncio.run_coroutine_threadsafe(machines.start(), loop).result(60)
        asyncio.run_coroutine_threadsafe(machines.watch(watched), loop)
        yield machines
    finally:
        loop.call_soon_threadsafe(loop.stop)
