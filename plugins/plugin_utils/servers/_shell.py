# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what a wave does on a server itself: its mark and its services.

Linux through ansible-core's own actions, Windows through PowerShell alone, so that no other collection is needed.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from typing import Any, Protocol

from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError

# Of what a server or a program says.
_MOST_CHARACTERS = 1000


class ServerError(SmsError):
    """Something could not be done on a server."""


class Server(Protocol):
    """What can be done on a server. All of it fails with a :class:`ServerError`."""

    def read(self, path: str) -> str | None:
        """What a file holds; None where there is none."""

    def write(self, path: str, text: str) -> None:
        """Write a file as a whole, and its folder."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""

    def is_running(self, service: str) -> bool:
        """Whether a service runs now. One that does not exist is an error."""

    def stop(self, service: str) -> bool:
        """Stop a service; gives whether it ran."""

    def start(self, service: str) -> None:
        """Start a service, if it does not run."""


class Linux:
    """A server with Python, and a service manager that ansible-core knows."""

    def __init__(self, action: ActionBase, variables: Mapping[str, Any]) -> None:
        self._action = action
        self._variables = dict(variables)
        self.facts: dict[str, Any] = {}

    # Files without modules: each of these is one command, where a module is a program to be sent.
    def read(self, path: str) -> str | None:
        result = self._command(f"LC_ALL=C cat -- {_quoted(path)}")
        if result["rc"] == 0:
            return str(result["stdout"])
        if "No such file or directory" in f"{result['stdout']}{result['stderr']}":
            return None
        raise ServerError(f"{path} cannot be read: {_words(result)}")

    def write(self, path: str, text: str) -> None:
        new, folder = _quoted(f"{path}.new"), _quoted(path.rpartition("/")[0] or ("/" if path[:1] == "/" else "."))
        # Another command sees the old file or the new one, and nothing in between.
        store = f"printf %s {shlex.quote(text)} > {new} && mv -f -- {new} {_quoted(path)}"
        result = self._command(f"umask 077 && mkdir -p -- {folder} && {store}")
        self._check(f"{path} cannot be written", {**result, "failed": result["rc"] != 0})

    def remove(self, path: str) -> None:
        result = self._command(f"rm -f -- {_quoted(path)}")
        self._check(f"{path} cannot be removed", {**result, "failed": result["rc"] != 0})

    def _command(self, command: str) -> dict[str, Any]:
        result: dict[str, Any] = self._action._low_level_execute_command(command)
        return result

    def is_running(self, service: str) -> bool:
        result = self._run("service", self._manage(service, "stopped"), check_mode=True)
        self._check(f"The service {_text.plain(service)} cannot be looked at", result)
        return bool(result.get("changed"))

    def stop(self, service: str) -> bool:
        result = self._run("service", self._manage(service, "stopped"), check_mode=False)
        self._check(f"The service {_text.plain(service)} cannot be stopped", result)
        return bool(result.get("changed"))

    def start(self, service: str) -> None:
        result = self._run("service", self._manage(service, "started"), check_mode=False)
        self._check(f"The service {_text.plain(service)} cannot be started", result)

    def _manage(self, service: str, state: str) -> dict[str, Any]:
        """Options of a service, with its manager: found out once for all tasks of the host, as a fact."""
        known = {**(self._variables.get("ansible_facts") or {})}.get("service_mgr")
        known = known or self.facts.get("ansible_service_mgr")
        if not known:
            self._module("setup", {"gather_subset": ["!all"], "filter": ["ansible_service_mgr"]})
            known = self.facts.get("ansible_service_mgr")
        return {"name": service, "state": state, "use": str(known or "auto")}

    def _module(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        action = self._action
        result: dict[str, Any] = action._execute_module(
            module_name=f"ansible.builtin.{name}", module_args=dict(args), task_vars=self._variables
        )
        # Found out once, it need not be looked for again.
        self.facts.update(result.get("ansible_facts") or {})
        return result

    def _run(self, name: str, args: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
        """Run one of ansible-core's own actions in place of this one's task."""
        mine = self._action
        task = mine._task.copy()
        task.action, task.args, task.check_mode = f"ansible.builtin.{name}", dict(args), check_mode
        action = mine._shared_loader_obj.action_loader.get(
            task.action,
            task=task,
            connection=mine._connection,
            play_context=mine._play_context,
            loader=mine._loader,
            templar=mine._templar,
            shared_loader_obj=mine._shared_loader_obj,
        )
        result: dict[str, Any] = action.run(task_vars=self._variables)
        return result

    @staticmethod
    def _check(what: str, result: Mapping[str, Any]) -> None:
        if result.get("failed"):
            raise ServerError(f"{what}: {_words(result)}")


def _words(result: Mapping[str, Any]) -> str:
    keys: tuple[str, ...] = ("msg", "module_stderr", "stderr")
    # Behind a terminal, what goes wrong is among the output.
    keys += ("stdout",) if "rc" in result and not result.get("stderr") else ()
    words = [str(result[key]).strip() for key in keys if result.get(key)]
    return in_one_line(" ".join(words) or "Ansible says no more of it.")


def in_one_line(words: str) -> str:
    """What a server or a program says, fit to be shown."""
    return " ".join(_text.plain(words, _MOST_CHARACTERS).split())


def _quoted(path: str) -> str:
    """A path for a shell, in which only a leading ``~/`` keeps its meaning."""
    return f"~/{shlex.quote(path[2:])}" if path.startswith("~/") else shlex.quote(path)


# How psrp knows a script that it need not start another PowerShell for.
_POWERSHELL = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand"
_SCRIPT = r"""
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$answer = @{}
try {
  $ask = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('@ASK@')) | ConvertFrom-Json
  $name = [WildcardPattern]::Escape([string]$ask.name)
  switch ($ask.do) {
    'read' { if (Test-Path -LiteralPath $ask.path) { $answer.text = [IO.File]::ReadAllText($ask.path) } }
    'write' {
      [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($ask.path))
      [IO.File]::WriteAllText($ask.path + '.new', $ask.text)
      Move-Item -LiteralPath ($ask.path + '.new') -Destination $ask.path -Force
    }
    'remove' { if (Test-Path -LiteralPath $ask.path) { Remove-Item -LiteralPath $ask.path -Force } }
    'look' { $answer.running = (Get-Service -Name $name).Status -ne 'Stopped' }
    'stop' {
      $service = Get-Service -Name $name
      $answer.running = $service.Status -ne 'Stopped'
      Stop-Service -InputObject $service
    }
    'start' { Start-Service -InputObject (Get-Service -Name $name) }
  }
} catch { $answer.failed = $true; $answer.msg = [string]$_ }
ConvertTo-Json -Compress -InputObject $answer
"""


class Windows:
    """A server with PowerShell."""

    facts: Mapping[str, Any] = {}

    def __init__(self, action: ActionBase) -> None:
        self._action = action

    def read(self, path: str) -> str | None:
        text = self._ask(f"{path} cannot be read", do="read", path=path).get("text")
        return None if text is None else str(text)

    def write(self, path: str, text: str) -> None:
        self._ask(f"{path} cannot be written", do="write", path=path, text=text)

    def remove(self, path: str) -> None:
        self._ask(f"{path} cannot be removed", do="remove", path=path)

    def is_running(self, service: str) -> bool:
        what = f"The service {_text.plain(service)} cannot be looked at"
        return bool(self._ask(what, do="look", name=service).get("running"))

    def stop(self, service: str) -> bool:
        what = f"The service {_text.plain(service)} cannot be stopped"
        return bool(self._ask(what, do="stop", name=service).get("running"))

    def start(self, service: str) -> None:
        self._ask(f"The service {_text.plain(service)} cannot be started", do="start", name=service)

    def _ask(self, what: str, **ask: str) -> dict[str, Any]:
        script = _SCRIPT.replace("@ASK@", base64.b64encode(json.dumps(ask).encode()).decode())
        encoded = base64.b64encode(script.encode("utf-16-le")).decode()
        result = self._action._low_level_execute_command(f"{_POWERSHELL} {encoded}", sudoable=False)
        lines = [line for line in str(result.get("stdout", "")).splitlines() if line.strip().startswith("{")]
        try:
            answer = json.loads(lines[-1])
        except (IndexError, ValueError):
            raise ServerError(f"{what}: {_words({'msg': 'PowerShell gave no answer.', **result})}") from None
        if answer.get("failed"):
            raise ServerError(f"{what}: {_words(answer)}")
        return dict(answer)
