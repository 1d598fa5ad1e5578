# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: connections that end when they have to.

What urllib3 bounds is the time between two bytes, so that a service that sends one now and then is never done. Here the
sockets of a request are known while it runs. When its deadline comes they are shut down, which wakes whatever waits for
them: a handshake, headers, a body. What comes in through them is counted.
"""

from __future__ import annotations

import functools
import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from typing import Any

from ..common._deadline import Deadline

try:
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import ConnectTimeoutError
except ImportError:
    # The front ends say so in a message of their own; importing this file has to work without.
    HTTPAdapter = object  # type: ignore[assignment,misc]

# Of headers and body together, as they come. A page of 200 servers takes about 0.6 MB.
MOST_BYTES = 8 * 1024 * 1024

_current = threading.local()


class TooLargeError(Exception):
    """An answer has more bytes than any answer of the service needs."""


class _Sockets:
    """The sockets of one request, which another thread can shut down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._connecting: Future[Any] | None = None
        self._are_shut = False

    def add(self, connection: Any) -> None:
        # A copy, because a TLS handshake takes the original away.
        copy = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(copy)
            if self._are_shut:
                _shut(copy)

    def open(self, connect: Callable[[], Any]) -> Any:
        """What ``connect`` returns, in a thread of its own: nothing can wake a look-up of a name."""
        future: Future[Any] = Future()
        with self._lock:
            self._connecting = future
            if self._are_shut:
                future.cancel()
        threading.Thread(target=_settle, args=(future, connect), daemon=True).start()
        connection = future.result()
        self.add(connection)
        return connection

    def shut(self) -> None:
        """End all that waits for these sockets."""
        with self._lock:
            self._are_shut = True
            if self._connecting:
                self._connecting.cancel()
            for each in self._sockets:
                _shut(each)

    def release(self) -> None:
        with self._lock:
            if self._connecting:
                self._connecting.cancel()
            for each in self._sockets:
                each.close()
            self._sockets.clear()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _settle(future: Future[Any], connect: Callable[[], Any]) -> None:
    """Give a future what ``connect`` returns or raises, unless nobody waits for it any more."""
    try:
        connection = connect()
    except Exception as error:
        with suppress(InvalidStateError):
            future.set_exception(error)
        return
    try:
        future.set_result(connection)
    except InvalidStateError:
        connection.close()


@contextmanager
def guard(deadline: Deadline) -> Iterator[None]:
    """Have every socket that this thread's request uses shut down when the deadline comes."""
    sockets = _current.sockets = _Sockets()
    try:
        with deadline.watch(sockets.shut):
            yield
    finally:
        _current.sockets = None
        sockets.release()


class GuardedAdapter(HTTPAdapter):
    """Makes connections whose sockets :func:`guarded` knows."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        _guard_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        _guard_pools(manager)
        return manager


def _guard_pools(manager: Any) -> None:
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _guarded_pool(pool) for scheme, pool in pools.items()}


@functools.cache
def _guarded_pool(pool: Any) -> Any:
    """The kind of pool whose connections are guarded: of any kind, since proxies have kinds of their own."""
    if issubclass(pool.ConnectionCls, _Guarded):
        return pool
    connection = type("GuardedConnection", (_Guarded, pool.ConnectionCls), {})
    return type("GuardedPool", (pool,), {"ConnectionCls": connection})


class _Metered(io.RawIOBase):
    """A stream that ends in an error where it does not end."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._stream.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise TooLargeError
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _MeteredResponse(HTTPResponse):
    """An answer whose headers and body are counted."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fp: Any = io.BufferedReader(_Metered(self.fp.detach()))

    def begin(self) -> None:
        super().begin()
        # urllib3 would write lines that are no headers to the log, and they may repeat a credential.
        self.headers.defects.clear()
        self.headers.set_payload("")


class _Guarded:
    """What makes a connection of urllib3's a guarded one."""

    response_class = _MeteredResponse
    sock: Any

    def _new_conn(self) -> Any:
        connect: Callable[[], Any] = super()._new_conn  # type: ignore[misc]
        try:
            return _current.sockets.open(connect)
        except CancelledError:
            raise ConnectTimeoutError(self, "no connection in time") from None

    def request(self, *arguments: Any, **options: Any) -> Any:
        if self.sock is not None:
            _current.sockets.add(self.sock)
        return super().request(*arguments, **options)  # type: ignore[misc]
