# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on plain sockets that answers as no service should: the emulator's faults are too polite for that.

An answer is a function that is given a :class:`Peer` and does what it likes with the connection. All of them end, at
the latest some seconds after the test's own bound.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import contextmanager, suppress

LOOPBACK = "127.0.0.1"
SECRET = "CoreOfThe/Secret+\"Token'=="
CORE = "CoreOfThe"
MEBIBYTE = 1024 * 1024

DRIP_SECONDS = 0.05
DRIPS = 200
MOST_SENT = 64 * MEBIBYTE


class Peer:
    """A client's connection with one request on it.

    :ivar request: what was asked, headers and body.
    """

    def __init__(self, connection, stopped):
        self._connection = connection
        self._stopped = stopped
        self.request = b""

    def read_request(self):
        """Whether there was one."""
        self.request = b""
        while b"\r\n\r\n" not in self.request:
            if not (data := self._connection.recv(65536)):
                return False
            self.request += data
        headers, body = self.request.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)^content-length: *(\d+)", headers, re.MULTILINE)
        while length and len(body) < int(length[1]):
            body += self._connection.recv(65536)
        return True

    def send(self, *parts):
        for part in parts:
            self._connection.sendall(part.encode() if isinstance(part, str) else part)

    def drip(self, data):
        """Send byte by byte, over and over."""
        for number in range(DRIPS):
            if self._stopped.wait(DRIP_SECONDS):
                return
            self.send(data[number % len(data) :][:1])

    def pour(self, data):
        """Send over and over, as fast as it goes."""
        block = data * max(1, 65536 // len(data))
        for _number in range(MOST_SENT // len(block)):
            self.send(block)

    def wait(self):
        """Say nothing more."""
        self._stopped.wait(DRIPS * DRIP_SECONDS)

    def reset(self):
        """Break the connection off, without a word."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


class Server:
    """Gives one answer to every request.

    :ivar requests: how many came.
    """

    def __init__(self, answer, tls=None):
        self._answer = answer
        self._tls = tls
        self._stopped = threading.Event()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{self._listener.getsockname()[1]}"
        self.requests = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._stopped.set()
        # Closing alone would not wake the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with suppress(OSError), connection:
            peer = Peer(connection, self._stopped)
            while peer.read_request():
                self.requests += 1
                self._answer(peer)


@contextmanager
def serving(answer):
    """A running server."""
    server = Server(answer)
    try:
        yield server
    finally:
        server.stop()
