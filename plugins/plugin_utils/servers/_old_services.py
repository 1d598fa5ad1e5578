# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: queries, stops and starts the services of a server.

On Linux, ansible-core's own action does it with the service manager of the server, on Windows PowerShell.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Protocol

from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services, _shell

_NOT_QUERIED = "The service {} cannot be looked at"
_NOT_STOPPED = "The service {} cannot be stopped"
_NOT_STARTED = "The service {} cannot be started"


class Server(Protocol):
    """A server with files and services. Each operation raises a ServerError if it fails."""

    def read(self, path: str) -> str | None:
        """Return the content of a file; None if there is none."""

    def write(self, path: str, text: str) -> None:
        """Replace a file as a whole, and create its folder."""

    def remove(self, path: str) -> None:
        """Remove a file, if there is one."""

    def is_running(self, service: str) -> bool:
        """Return whether a service runs. A service that does not exist is an error."""

    def stop(self, service: str) -> bool:
        """Stop a service; return whether it ran."""

    def start(self, service: str) -> None:
        """Start a service, if it does not run."""


class _Posix:
    """A server with a POSIX shell."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action

    def read(self, path: str) -> str | None:
        result = self._command(f"LC_ALL=C cat -- {_shell.quoted(path)}")
        if result["rc"] == 0:
            return str(result["stdout"])
        if "No such file or directory" in f"{result['stdout']}{result['stderr']}":
            return None
        raise _shell.ServerError(f"{path} cannot be read: {_error_of(result)}")

    def write(self, path: str, text: str) -> None:
        new = _shell.quoted(f"{path}.new")
        folder = _shell.quoted(path.rpartition("/")[0] or ("/" if path[:1] == "/" else "."))
        # Another command sees the old file or the new one, and nothing in between.
        store = f"printf %s {shlex.quote(text)} > {new} && mv -f -- {new} {_shell.quoted(path)}"
        result = self._command(f"umask 077 && mkdir -p -- {folder} && {store}")
        _check(f"{path} cannot be written", {**result, "failed": result["rc"] != 0})

    def remove(self, path: str) -> None:
        result = self._command(f"rm -f -- {_shell.quoted(path)}")
        _check(f"{path} cannot be removed", {**result, "failed": result["rc"] != 0})

    def _command(self, command: str) -> dict[str, Any]:
        result: dict[str, Any] = self._action._low_level_execute_command(command)
        return result


class Linux(_Posix):
    """A server with Python, and a service manager that ansible-core supports.

    :ivar facts: what was found out about the server; Ansible keeps it for later tasks.
    """

    def __init__(self, action: ActionBase, variables: Mapping[str, Any]) -> None:
        super().__init__(action)
        self._variables = dict(variables)
        self.facts: dict[str, Any] = {}

    def is_running(self, service: str) -> bool:
        # In check mode, stopping a service changes something exactly if it runs. This works with every service manager.
        return self._manage(_NOT_QUERIED, service, "stopped", check_mode=True)

    def stop(self, service: str) -> bool:
        return self._manage(_NOT_STOPPED, service, "stopped")

    def start(self, service: str) -> None:
        self._manage(_NOT_STARTED, service, "started")

    def _manage(self, problem: str, service: str, state: str, check_mode: bool = False) -> bool:
        """Run the action ``service``; return whether it changed something."""
        args = {"name": service, "state": state, "use": self._service_manager()}
        result = self._run("ansible.builtin.service", args, check_mode)
        _check(problem.format(_text.plain(service)), result)
        return bool(result.get("changed"))

    def _service_manager(self) -> str:
        """Return the service manager, which only the first task of a host has to find out."""
        known = {**(self._variables.get("ansible_facts") or {})}.get("service_mgr")
        if not known and "ansible_service_mgr" not in self.facts:
            args = {"gather_subset": ["!all"], "filter": ["ansible_service_mgr"]}
            result = self._action._execute_module(
                module_name="ansible.builtin.setup", module_args=args, task_vars=self._variables
            )
            self.facts.update(result.get("ansible_facts") or {})
        return str(known or self.facts.get("ansible_service_mgr") or "auto")

    def _run(self, name: str, args: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
        """Run another action in place of the one of this task."""
        own = self._action
        task = own._task.copy()
        task.action, task.args, task.check_mode = name, dict(args), check_mode
        action = own._shared_loader_obj.action_loader.get(
            name,
            task=task,
            connection=own._connection,
            play_context=own._play_context,
            loader=own._loader,
            templar=own._templar,
            shared_loader_obj=own._shared_loader_obj,
        )
        result: dict[str, Any] = action.run(task_vars=self._variables)
        return result


class Windows(_services.Windows):
    """A server with PowerShell."""

    facts: Mapping[str, Any] = {}

    def write(self, path: str, text: str) -> None:
        self.replace(path, self.read(path), text)

    def remove(self, path: str) -> None:
        self.replace(path, self.read(path), None)


def _check(problem: str, result: Mapping[str, Any]) -> None:
    """
    :param problem: the beginning of the message.
    :raises ServerError: the result of a command or a task is a failure.
    """
    if result.get("failed"):
        raise _shell.ServerError(f"{problem}: {_error_of(result)}")


def _error_of(result: Mapping[str, Any]) -> str:
    """Return the error in the result of a command or a task."""
    keys: tuple[str, ...] = ("msg", "module_stderr", "stderr")
    # With a terminal, errors are in the standard output.
    keys += ("stdout",) if "rc" in result and not result.get("stderr") else ()
    texts = [str(result[key]).strip() for key in keys if result.get(key)]
    return _shell.in_one_line(" ".join(texts) or "Ansible says no more of it.")
