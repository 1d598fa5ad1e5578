# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Huawei Cloud SMS and IAM, for tests and demonstrations: see README.md."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path

import fleet
from iam import Account
from server import HttpServer
from state import Settings, Start, State


def main() -> int:
    # records have no cycles, and to search a large fleet for some again and again would take longer than to make it
    gc.set_threshold(100_000, 50, 1000)
    parser = _parser()
    options = parser.parse_args()
    if options.tls_key and not options.tls_cert:
        parser.error("--tls-key needs --tls-cert")
    try:
        start = _start(options)
        server = HttpServer(options.port, State(start), options.tls_cert, options.tls_key)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: sys.exit(0))
    if options.exit_with_stdin:
        threading.Thread(target=_exit_with_stdin, args=(server,), daemon=True).start()
    if options.port_file:
        _write_port(options.port_file, server.server_port)
    print(f"SMS emulator: {server.url} ({len(start.data.records)} servers)", flush=True)
    with server:
        server.serve_forever()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="emulator", description=__doc__, allow_abbrev=False)
    option = parser.add_argument
    option("--port", type=int, default=0, help="port on 127.0.0.1 to listen on (default: any)")
    option("--port-file", type=Path, metavar="FILE", help="write the port number there once it listens")
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--data", type=Path, metavar="FILE", help="JSON: a list of records, or an answer of the API")
    data.add_argument("--servers", type=int, metavar="N", help="so many synthetic servers (default: the API's example)")
    option("--seed", type=int, default=1, help="which synthetic servers (default: %(default)s)")
    option("--speed", type=float, default=0.0, help="simulated seconds per second (default: 0, time stands still)")
    option("--offset-unit", default="records", help="what offset counts: records (default) or pages")
    option("--latency", type=float, default=0.0, metavar="SECONDS", help="wait so long before each answer")
    option("--unattended", action="store_true", help="nobody at the console: servers wait for calls of the API")
    option("--fault", action="append", default=[], metavar="JSON", help="a fault from the start on (repeatable)")
    option("--token", action="append", help="a valid token (repeatable; default: emulator-token)")
    option("--user", default="emulator-user", help="default: %(default)s")
    option("--password", default="emulator-password", help="default: %(default)s")
    option("--domain", default="emulator-domain", help="default: %(default)s")
    option("--access-key", default="EMULATORACCESSKEY000", help="default: %(default)s")
    option("--secret-key", default="emulator-secret-key", help="default: %(default)s")
    option("--security-token", help="makes the access key a temporary one (default: none)")
    option("--project-id", default="0123456789abcdef0123456789abcdef", help="default: %(default)s")
    option("--project-name", default="emulator-project", help="default: %(default)s")
    option("--tls-cert", metavar="FILE", help="serve https with this certificate (PEM)")
    option("--tls-key", metavar="FILE", help="the certificate's key, unless it is in the same file")
    option("--exit-with-stdin", action="store_true", help="end when standard input closes")
    return parser


def _start(options: argparse.Namespace) -> Start:
    """What the options ask for; ValueError or OSError if that cannot be."""
    settings = {name: getattr(options, name) for name in ("speed", "latency", "offset_unit")}
    settings["attended"] = not options.unattended
    return Start(
        data=_data(options),
        seed=options.seed,
        settings=Settings().changed(settings),
        account=_account(options),
        faults=[json.loads(fault) for fault in options.fault],
    )


def _data(options: argparse.Namespace) -> fleet.Dataset:
    if options.data:
        return fleet.dataset(json.loads(options.data.read_bytes()))
    if options.servers is None:
        return fleet.example()
    if not 0 <= options.servers <= fleet.MAX_SERVERS:
        raise ValueError(f"--servers must be from 0 to {fleet.MAX_SERVERS}")
    return fleet.synthetic_dataset(options.servers, options.seed)


def _account(options: argparse.Namespace) -> Account:
    return Account(
        tokens=tuple(options.token or ["emulator-token"]),
        user=options.user,
        password=options.password,
        domain=options.domain,
        access_key=options.access_key,
        secret_key=options.secret_key,
        security_token=options.security_token,
        project_id=options.project_id,
        project_name=options.project_name,
    )


def _exit_with_stdin(server: HttpServer) -> None:
    # not sys.stdin: a daemon thread that holds its lock would break the interpreter's shutdown
    while os.read(0, 4096):
        pass
    server.shutdown()


def _write_port(file: Path, port: int) -> None:
    draft = file.with_name(file.name + ".new")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main())
