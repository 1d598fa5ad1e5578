# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: connections that are closed when the deadline of a request expires.

The timeout of urllib3 limits the time between two bytes, so that a service that sends one byte now and then never
ends. Here the sockets of a request are known while it runs. When its deadline expires, they are shut down, which ends
whatever waits for them: a TLS handshake, headers, a body, trailers.
"""

from __future__ import annotations

import functools
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
    # The plugins and modules report it in a message of their own; this file must be importable without.
    HTTPAdapter = object  # type: ignore[assignment,misc]

_current = threading.local()


class _Sockets:
    """The sockets of one request, which another thread can shut down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._connecting: Future[Any] | None = None
        self._are_shut = False

    def add(self, connection: Any) -> None:
        # A duplicate, because a TLS handshake detaches the original.
        copy = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(copy)
            if self._are_shut:
                _shut(copy)

    def open(self, connect: Callable[[], Any]) -> Any:
        """Return the connection that ``connect`` makes.

        It runs in a thread of its own, because nothing can interrupt the resolution of a name.
        """
        future: Future[Any] = Future()
        with self._lock:
            self._connecting = future
            if self._are_shut:
                future.cancel()
        threading.Thread(target=_complete, args=(future, connect), daemon=True).start()
        connection = future.result()
        self.add(connection)
        return connection

    def shut(self) -> None:
        """Shut down the sockets, which ends all that waits for them."""
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


def _complete(future: Future[Any], connect: Callable[[], Any]) -> None:
    """Set the result of a future to what ``connect`` returns or raises; close the connection if nobody waits."""
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
    """Shut down every socket of this thread's request when the deadline expires or is cancelled."""
    sockets = _current.sockets = _Sockets()
    try:
        with deadline.watch(sockets.shut):
            yield
    finally:
        _current.sockets = None
        sockets.release()


class GuardedAdapter(HTTPAdapter):
    """An adapter whose connections register their sockets for :func:`guard`."""

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
    """Return a subclass of a class of pools with guarded connections; proxies have classes of their own."""
    if issubclass(pool.ConnectionCls, _Guarded):
        return pool
    connection = type("GuardedConnection", (_Guarded, pool.ConnectionCls), {})
    return type("GuardedPool", (pool,), {"ConnectionCls": connection})


class _QuietResponse(HTTPResponse):
    """A response without defects in its headers."""

    def begin(self) -> None:
        super().begin()
        # urllib3 would log the lines that are no headers, and they may repeat a credential.
        self.headers.defects.clear()
        self.headers.set_payload("")


class _Guarded:
    """Mixin for the connection classes of urllib3: registers each socket."""

    response_class = _QuietResponse
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
