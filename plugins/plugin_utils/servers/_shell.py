# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: runs commands on a server, and keeps files on it, without Python.

Each operation is one command. Neither a module, which is a program to be copied, nor another collection is needed.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError

# Length of an error of a server or a program.
_MOST_CHARACTERS = 1000
# The connection plugin psrp runs a script that begins like this in its own session, without starting PowerShell again.
_POWERSHELL = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand"
# The request is JSON in Base64, so that no text in it can become a part of the script.
_SCRIPT = r"""
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$response = @{}
try {
  $request = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('@REQUEST@')) | ConvertFrom-Json
  $name = [WildcardPattern]::Escape([string]$request.name)
  switch ($request.operation) {
    'read' { if (Test-Path -LiteralPath $request.path) { $response.text = [IO.File]::ReadAllText($request.path) } }
    'write' {
      [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($request.path))
      [IO.File]::WriteAllText($request.path + '.new', $request.text)
      Move-Item -LiteralPath ($request.path + '.new') -Destination $request.path -Force
    }
    'remove' { if (Test-Path -LiteralPath $request.path) { Remove-Item -LiteralPath $request.path -Force } }
    'query' { $response.running = (Get-Service -Name $name).Status -ne 'Stopped' }
    'stop' {
      $service = Get-Service -Name $name
      $response.running = $service.Status -ne 'Stopped'
      Stop-Service -InputObject $service
    }
    'start' { Start-Service -InputObject (Get-Service -Name $name) }
  }
} catch { $response.failed = $true; $response.msg = [string]$_ }
ConvertTo-Json -Compress -InputObject $response
"""


class ServerError(SmsError):
    """An operation failed on a server."""


class Posix:
    """A server with a POSIX shell."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action

    def read(self, path: str) -> str | None:
        result = self._command(f"LC_ALL=C cat -- {_quoted(path)}")
        if result["rc"] == 0:
            return str(result["stdout"])
        if "No such file or directory" in f"{result['stdout']}{result['stderr']}":
            return None
        raise ServerError(f"{path} cannot be read: {error_of(result)}")

    def write(self, path: str, text: str) -> None:
        new, folder = _quoted(f"{path}.new"), _quoted(path.rpartition("/")[0] or ("/" if path[:1] == "/" else "."))
        # Another command sees the old file or the new one, and nothing in between.
        store = f"printf %s {shlex.quote(text)} > {new} && mv -f -- {new} {_quoted(path)}"
        result = self._command(f"umask 077 && mkdir -p -- {folder} && {store}")
        check(f"{path} cannot be written", {**result, "failed": result["rc"] != 0})

    def remove(self, path: str) -> None:
        result = self._command(f"rm -f -- {_quoted(path)}")
        check(f"{path} cannot be removed", {**result, "failed": result["rc"] != 0})

    def _command(self, command: str) -> dict[str, Any]:
        result: dict[str, Any] = self._action._low_level_execute_command(command)
        return result


class PowerShell:
    """A server with PowerShell."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action

    def read(self, path: str) -> str | None:
        text = self.request(f"{path} cannot be read", operation="read", path=path).get("text")
        return None if text is None else str(text)

    def write(self, path: str, text: str) -> None:
        self.request(f"{path} cannot be written", operation="write", path=path, text=text)

    def remove(self, path: str) -> None:
        self.request(f"{path} cannot be removed", operation="remove", path=path)

    def request(self, problem: str, **request: str) -> dict[str, Any]:
        """Run the script for a request, and return its response.

        :param problem: the beginning of the message of an error.
        :raises ServerError: the operation failed.
        """
        script = _SCRIPT.replace("@REQUEST@", base64.b64encode(json.dumps(request).encode()).decode())
        encoded = base64.b64encode(script.encode("utf-16-le")).decode()
        result = self._action._low_level_execute_command(f"{_POWERSHELL} {encoded}", sudoable=False)
        lines = [line for line in str(result.get("stdout", "")).splitlines() if line.strip().startswith("{")]
        try:
            response = json.loads(lines[-1])
        except (IndexError, ValueError):
            error = error_of({"msg": "PowerShell gave no answer.", **result})
            raise ServerError(f"{problem}: {error}") from None
        check(problem, response)
        return dict(response)


def check(problem: str, result: Mapping[str, Any]) -> None:
    """
    :param problem: the beginning of the message.
    :raises ServerError: the result of a command or a task is a failure.
    """
    if result.get("failed"):
        raise ServerError(f"{problem}: {error_of(result)}")


def error_of(result: Mapping[str, Any]) -> str:
    """Return the error in the result of a command or a task."""
    keys: tuple[str, ...] = ("msg", "module_stderr", "stderr")
    # With a terminal, errors are in the standard output.
    keys += ("stdout",) if "rc" in result and not result.get("stderr") else ()
    texts = [str(result[key]).strip() for key in keys if result.get(key)]
    return in_one_line(" ".join(texts) or "Ansible says no more of it.")


def in_one_line(text: str) -> str:
    """Return a text of a server or a program so that it can be printed."""
    return " ".join(_text.plain(text, _MOST_CHARACTERS).split())


def _quoted(path: str) -> str:
    """Return a path for a shell, in which only a leading ``~/`` keeps its meaning."""
    return f"~/{shlex.quote(path[2:])}" if path.startswith("~/") else shlex.quote(path)
