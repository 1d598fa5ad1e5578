# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: receives requests, has them answered, sends the answers. It listens on the loopback only."""

from __future__ import annotations

import ssl
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import control
import faults
import iam
import routes
from messages import Answer, Request, answer_error
from state import State

LOOPBACK = "127.0.0.1"
MAX_BODY = 512 * 2**20  # a fleet of 100,000 servers fits


class Handler(BaseHTTPRequestHandler):
    """One connection, which may carry many requests."""

    protocol_version = "HTTP/1.1"
    server_version = "SMS-emulator"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer's header and body leave together
    timeout = 300
    server: HttpServer

    def respond(self) -> None:
        request_id = uuid.uuid4().hex
        request = self._request()
        if request is None:
            self.close_connection = True
            self._send(answer_error(411, "APIGW.0201", "A body needs an acceptable Content-Length."), request_id)
        elif request.path.startswith(control.PREFIX):
            with self.server.state.lock:
                answer = control.answer(self.server.state, request)
            self._send(answer, request_id)
        else:
            self._respond_as_service(request, request_id)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def _request(self) -> Request | None:
        """The request with its body; None if the body has no acceptable length."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > MAX_BODY:
            return None
        return Request(self.command, self.path, self.headers, self.rfile.read(int(length)))

    def _respond_as_service(self, request: Request, request_id: str) -> None:
        state = self.server.state
        with state.lock:
            log = state.log  # a reset brings a new one, which knows nothing of this request
            entry = log.arrived(request, request_id)
        answer = None
        try:
            answer = answer_request(state, request)
        finally:
            with state.lock:
                log.answered(entry, answer.status if answer else None)
        if answer is None:
            self.close_connection = True
            return
        if request.path.startswith(iam.PATH):
            answer.headers["X-IAM-Trace-Id"] = f"token_emulator_null_{request_id}"
        self._send(answer, request_id)

    def _send(self, answer: Answer, request_id: str) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("X-Request-Id", request_id)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.sent is not None:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: answer.sent])

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no proper request, which http.server notices by itself."""
        self.close_connection = True
        self._send(answer_error(code, "APIGW.0101", message or "The request is malformed."), uuid.uuid4().hex)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date by the simulated time, by which the times in tasks are given as well."""
        return super().date_time_string(self.server.state.fleet.now / 1000 if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the control endpoint shows every request."""


def answer_request(state: State, request: Request) -> Answer | None:
    """The answer to a request, spoiled if a fault says so; None if there is to be none."""
    with state.lock:
        state.pass_time()
        fault = state.faults.strike(state, request)
        latency = state.settings.latency
    time.sleep(latency)

    def answer() -> Answer:
        with state.lock:
            return routes.answer(state, request)

    return faults.spoil(fault, answer) if fault else answer()


class HttpServer(ThreadingHTTPServer):
    """The emulator, listening; with a certificate and its key it serves https."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, state: State, certificate: str | None, key: str | None) -> None:
        self.state = state
        self.scheme = "https" if certificate else "http"
        super().__init__((LOOPBACK, port), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            # the handshake is left to the connection's own thread, lest a slow client hold up all others
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle of an answer is no error of the emulator's."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)
