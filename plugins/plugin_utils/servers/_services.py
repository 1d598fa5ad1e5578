# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: queries, stops and starts the services of a server.

On Linux, ansible-core's own action does it with the service manager of the server, on Windows PowerShell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _shell

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


class Linux(_shell.Posix):
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
        _shell.check(problem.format(_text.plain(service)), result)
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


class Windows(_shell.PowerShell):
    """A server with PowerShell."""

    facts: Mapping[str, Any] = {}

    def is_running(self, service: str) -> bool:
        return self._manage(_NOT_QUERIED, service, "query")

    def stop(self, service: str) -> bool:
        return self._manage(_NOT_STOPPED, service, "stop")

    def start(self, service: str) -> None:
        self._manage(_NOT_STARTED, service, "start")

    def _manage(self, problem: str, service: str, operation: str) -> bool:
        """Run an operation; return whether the service ran before."""
        response = self.request(problem.format(_text.plain(service)), operation=operation, name=service)
        return bool(response.get("running"))
