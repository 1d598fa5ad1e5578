# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the emulator for a test and talks to its control endpoint. It imports none of the emulator's own modules."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

START_SECONDS = 60
STOP_SECONDS = 5
REQUEST_SECONDS = 60


class Emulator:
    """A running emulator, as a context manager.

    Keyword arguments are its command line options, `-` being `_`: Emulator(servers=500, offset_unit="pages"). True
    gives an option without a value, a list repeats the option, an object becomes JSON (`fault`).
    """

    def __init__(self, **options: Any) -> None:
        self._process: subprocess.Popen | None = None
        self._directory = tempfile.TemporaryDirectory(prefix="sms-emulator-")
        self._tls = ssl.create_default_context(cafile=options["tls_cert"]) if "tls_cert" in options else None
        # One for all calls: making one loads the certificates of all authorities.
        self._opener = _opener(self._tls)
        try:
            port = self._start(_arguments(options))
            self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
            self.auth_url = f"{self.url}/v3"
            self.account: dict = self._call("GET", "account")
            self.token: str = self.account["tokens"][0]
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def requests(self) -> list[dict]:
        """The requests received since the start or the last clear, in order of arrival."""
        return self._call("GET", "requests")

    def changes(self) -> list[dict]:
        """Of these requests, the ones that may have changed something: POST, PUT and DELETE, but for IAM's."""
        return [one for one in self.requests() if one["method"] != "GET" and not one["path"].startswith("/v3/auth/")]

    def clear_requests(self) -> None:
        self._call("DELETE", "requests")

    def fleet(self) -> list:
        """The records as they are now, in listing order."""
        return self._call("GET", "fleet")

    def replace_fleet(self, records: object) -> None:
        """Hold these records: a list of them, or an object with `source_servers` and `migprojects`."""
        self._call("PUT", "fleet", records)

    def change_fleet(self, **changes: object) -> None:
        """register=[records], vanish=[IDs], update={ID: {field: value}}."""
        self._call("POST", "fleet", changes)

    def machines(self) -> list[dict]:
        """The machines that servers became, as ECS would find them: `id`, `project`, `region`, `status`, …"""
        return self._call("GET", "machines")

    def change_machines(self, changes: dict[str, dict | None]) -> None:
        """{ID: {field of ECS's answer: value}}; None in place of the fields: it is gone."""
        self._call("POST", "machines", changes)

    def add_machines(self, *machines: dict) -> None:
        """Hold machines that no server became: `id` and `project`, and any other field that `machines()` shows."""
        self._call("PUT", "machines", machines)

    def block_devices(self, project: str, machine_id: str) -> list[dict]:
        """The disks of a machine, as ECS lists them."""
        url = f"{self.url}/v1/{project}/cloudservers/{machine_id}/block_device"
        request = urllib.request.Request(url, headers={"X-Auth-Token": self.token_for(project)})
        with self._opener.open(request, timeout=REQUEST_SECONDS) as response:
            return json.load(response)["volumeAttachments"]

    def templates(self) -> list[dict]:
        """The templates of targets, in listing order."""
        return self._call("GET", "templates")

    def replace_templates(self, templates: list[dict]) -> None:
        """Hold these templates."""
        self._call("PUT", "templates", templates)

    def token_for(self, project_id: str | None) -> str:
        """A new token for that project, from IAM; for the whole account where there is none."""
        account = self.account
        user = {"domain": {"name": account["domain"]}, "name": account["user"], "password": account["password"]}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"id": project_id}} if project_id else {"domain": user["domain"]}
        body = {"auth": {"identity": identity, "scope": scope}}
        request = urllib.request.Request(f"{self.auth_url}/auth/tokens", json.dumps(body).encode(), method="POST")
        with self._opener.open(request, timeout=REQUEST_SECONDS) as response:
            return response.headers["X-Subject-Token"]

    def set(self, **settings: object) -> dict:
        """Change settings; gives all of them."""
        return self._call("PUT", "settings", settings)

    def faults(self, *faults: dict) -> None:
        """Set these faults in place of all others."""
        self._call("PUT", "faults", list(faults))

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def expire_tokens(self) -> None:
        self._call("POST", "tokens/expire")

    def advance(self, seconds: float) -> None:
        """Let simulated time pass."""
        self._call("POST", "advance", {"seconds": seconds})

    def reset(self) -> None:
        """Back to what it was started with."""
        self._call("POST", "reset")

    def stop(self) -> None:
        """End the emulator; does nothing if it has ended."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        self._directory.cleanup()

    def _start(self, arguments: list[str]) -> int:
        """Start the process and give its port once it listens."""
        port_file = Path(self._directory.name, "port")
        program = [sys.executable, str(Path(__file__).parent), "--exit-with-stdin", "--port-file", str(port_file)]
        errors = Path(self._directory.name, "stderr")
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                program + arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr
            )
        deadline = time.monotonic() + START_SECONDS
        while not port_file.exists():
            if self._process.poll() is not None:
                raise RuntimeError(f"The emulator did not start: {errors.read_text(encoding='utf-8')}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"The emulator did not listen within {START_SECONDS} seconds.")
            time.sleep(0.01)
        return int(port_file.read_text(encoding="ascii"))

    def _call(self, method: str, name: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{name}", data, method=method)
        try:
            with self._opener.open(request, timeout=REQUEST_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None


def _opener(tls: ssl.SSLContext | None) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if tls:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    return urllib.request.build_opener(*handlers)


def _arguments(options: dict[str, object]) -> list[str]:
    arguments = []
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            option = "--" + name.replace("_", "-")
            text = json.dumps(one) if isinstance(one, dict) else str(one)
            arguments.append(option if one is True else f"{option}={text}")
    return arguments


def _end(process: subprocess.Popen) -> None:
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
