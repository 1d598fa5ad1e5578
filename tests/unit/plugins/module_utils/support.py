# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the shared code need: settings, small fleets, and servers that do what the emulator does not."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _settings

LOOPBACK = "127.0.0.1"
EMPTY_LIST = json.dumps({"count": 0, "source_servers": []})


def settings(**options):
    """Settings from these options and the defaults, with an empty environment."""
    defaults = {name: spec.get("default") for name, spec in _argument_spec.CONNECTION_SPEC.items()}
    return _settings.settings_from({**defaults, **options}, {})


def password_options(emulator, **options):
    """The options that reach the emulator as its IAM user."""
    account = emulator.account
    return {
        "endpoint": emulator.url,
        "auth_url": emulator.auth_url,
        "username": account["user"],
        "password": account["password"],
        "domain_name": account["domain"],
        **options,
    }


def key_options(emulator, **options):
    """The options that reach the emulator with its access key."""
    account = emulator.account
    return {
        "endpoint": emulator.url,
        "access_key": account["access_key"],
        "secret_key": account["secret_key"],
        **options,
    }


def server_records(count):
    """So many servers, in listing order."""
    return [
        {"id": f"id-{number:06}", "name": f"server {number}", "add_date": count - number} for number in range(count)
    ]


def ids(records):
    return [record["id"] for record in records]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append({"target": self.path, "headers": dict(self.headers.items()), "body": body.decode()})
        status, headers, text = self.server.answer(self)
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_DELETE = do_CONNECT = do_GET

    def log_message(self, *_message):
        """Say nothing: the tests look at what was seen."""


class Site(ThreadingHTTPServer):
    """A web server on the loopback that notes the requests and counts the connections that it gets."""

    daemon_threads = True

    def __init__(self, answer, tls=None):
        super().__init__((LOOPBACK, 0), _Handler)
        self.answer = answer
        self.seen = []
        self.connections = 0
        self._tls = tls
        self.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{self.server_port}"

    def get_request(self):
        connection, address = super().get_request()
        self.connections += 1
        return (self._tls.wrap_socket(connection, server_side=True) if self._tls else connection), address

    def handle_error(self, *_request):
        """A client that breaks off is what some of the tests are about."""


@contextmanager
def site(answer=lambda request: (200, {}, EMPTY_LIST), tls=None):
    """A running web server.

    :param answer: gives status, headers and text for a request.
    :param tls: the TLS context to serve https with.
    """
    with Site(answer, tls) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@contextmanager
def silent_port():
    """The address of a server that accepts connections and never says a word."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"


@contextmanager
def congested_port():
    """The address of a server whose queue is full, so that no further connection is accepted."""
    with socket.create_server((LOOPBACK, 0), backlog=0) as listener:
        waiting = [socket.socket() for _number in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            for client in waiting:
                client.close()


def closed_port():
    """The address of a port where nothing listens."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def ready_server(server_id="aaaaaaaa-1", **fields):
    """A record of a server that is ready to be migrated."""
    return {
        "id": server_id,
        "name": "web",
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
        "init_target_server": {"disks": [{"name": "vda"}]},
        "current_task": {"state": "READY"},
        **fields,
    }
