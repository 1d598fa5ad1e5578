# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: services and files of a server, on Linux and on Windows.

A state is running or stopped only if the service manager says so. Everything else, such as a service that is starting
or that does not exist, is unknown, and an error wherever something is decided on it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _powershell, _scripts, _shell
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import ServerError

# Seconds for one start or stop, and then for the state that the service manager shows.
_LONGEST = 1800
_SETTLE = 30
_NO_MANAGER = (
    "The server has no service manager that is supported: neither systemd, upstart, the program 'service' nor the"
    " folder /etc/init.d. Freeze it with tasks of your own (wave_freeze_tasks)."
)


@dataclass(frozen=True)
class Survey:
    """What one command found on a server.

    :ivar text: the content of the file; None if there is no file.
    :ivar states: whether each service runs, for those whose state is known.
    :ivar unknown: why the state of a service is not known, for the others.
    :ivar machine_id: see :meth:`Server.machine_id`.
    :ivar now: seconds since the epoch, by the server's clock.
    """

    text: str | None
    states: Mapping[str, bool]
    unknown: Mapping[str, str]
    machine_id: str
    now: float


class Server(Protocol):
    """A server with files and services. Each operation raises a ServerError if it fails."""

    def machine_id(self) -> str:
        """Return what identifies the machine, but not a copy of its disks; empty if nothing does."""

    def now(self) -> float:
        """Return the time of the server's clock, in seconds since the epoch."""

    def read(self, path: str) -> str | None:
        """Return the content of a file; None if there is none for certain."""

    def replace(self, path: str, expected: str | None, text: str | None) -> None:
        """Replace a file if it still has a certain content.

        :param expected: the whole content that the file must have; None if there must be no file.
        :param text: the new content; None to remove the file.
        :raises ConflictError: the file has other content, or another command holds the lock.
        :raises DiskError: the file cannot be written or removed.
        """

    def survey(self, path: str, services: Sequence[str]) -> Survey:
        """Read a file, the states of services, the machine ID and the clock, in one command.

        A service whose state is not known is no error.
        """

    def states(self, services: Sequence[str]) -> dict[str, bool]:
        """Return whether each service runs, in one command. A state that is not known is an error."""

    def is_running(self, service: str) -> bool:
        """Return whether a service runs. A state that is not known is an error."""

    def stop(self, service: str) -> bool:
        """Stop a service and verify that it is stopped; return whether it ran."""

    def start(self, service: str) -> None:
        """Start a service and verify that it runs."""


class Linux(_shell.Posix):
    """A server with a POSIX shell, and systemd, upstart or init scripts.

    :param settle: seconds for the state that the service manager shows after a start or a stop.
    """

    def __init__(self, action: ActionBase, root: str = "", settle: int = _SETTLE) -> None:
        super().__init__(action, root)
        limits = _scripts.SERVICES.replace("@LONGEST@", str(_LONGEST)).replace("@SETTLE@", str(settle))
        self._functions = _scripts.FILES + limits

    def survey(self, path: str, services: Sequence[str]) -> Survey:
        names = _checked(services)
        commands = [f"read_file {_shell.quoted(path)}", "machine", "clock", *(_call("state", name) for name in names)]
        lines = self._run(self._functions, *commands)
        states, unknown = _states_from(names, lines)
        text = _shell.content_from(path, lines)
        return Survey(text, states, unknown, _shell.machine_id_from(lines), _shell.clock_from(lines))

    def states(self, services: Sequence[str]) -> dict[str, bool]:
        names = _checked(services)
        if not names:
            return {}
        lines = self._run(self._functions, *(_call("state", name) for name in names))
        states, unknown = _states_from(names, lines)
        require_known(unknown)
        return states

    def is_running(self, service: str) -> bool:
        return self.states([service])[service]

    def stop(self, service: str) -> bool:
        lines = self._run(self._functions, _call("stop_service", _checked([service])[0]))
        states, unknown = _states_from([service], lines)
        require_known(unknown)
        if states[service]:
            _require("stopped", service, lines)
        return states[service]

    def start(self, service: str) -> None:
        lines = self._run(self._functions, _call("start_service", _checked([service])[0]))
        state = dict(lines).get("state", "").partition(" ")[0]
        if state == "none":
            raise ServerError(_NO_MANAGER)
        if state != "running":
            _require("running", service, lines)


class Windows(_powershell.PowerShell):
    """A server with PowerShell 3 or newer."""

    def survey(self, path: str, services: Sequence[str]) -> Survey:
        names = _checked(services)
        response = self.request("The server cannot be queried", operation="survey", path=path, names=names)
        states, unknown = _statuses(names, response.get("states"))
        text = None if response.get("text") is None else str(response["text"])
        machine_id, now = _powershell.machine_id_from(response), _powershell.now_from(response)
        return Survey(text, states, unknown, machine_id, now)

    def states(self, services: Sequence[str]) -> dict[str, bool]:
        names = _checked(services)
        response = self.request("The services cannot be queried", operation="states", names=names)
        states, unknown = _statuses(names, response.get("states"))
        require_known(unknown)
        return states

    def is_running(self, service: str) -> bool:
        return self.states([service])[service]

    def stop(self, service: str) -> bool:
        ran = self.is_running(service)
        if ran:
            problem = f"The service {_text.plain(service)} cannot be stopped"
            self.request(problem, operation="stop", names=_checked([service]))
        return ran

    def start(self, service: str) -> None:
        problem = f"The service {_text.plain(service)} cannot be started"
        self.request(problem, operation="start", names=_checked([service]))


def require_known(unknown: Mapping[str, str]) -> None:
    """
    :param unknown: why the state of each of these services is not known.
    :raises ServerError: there is such a service.
    """
    if not unknown:
        return
    if {*unknown.values()} == {_NO_MANAGER}:
        raise ServerError(_NO_MANAGER)
    reasons = [f"{_text.plain(name)} ({reason})" for name, reason in unknown.items()]
    raise ServerError(f"It is not known whether these services run: {_text.some_of(reasons)}.")


def _checked(services: Iterable[str]) -> list[str]:
    """Return the names of services, each once.

    :raises ServerError: a name can be none of a service. A service manager would read it as an option, a pattern, a
        path or several names.
    """
    names = [*dict.fromkeys(services)]
    for name in names:
        if not name.strip() or name[0] in "-." or set("/*?[]\\").intersection(name) or not name.isprintable():
            raise ServerError(
                f"'{_text.plain(name)}' is no name of a service: it begins with '-' or '.', or has a '/', a pattern or"
                f" a control character."
            )
    return names


def _call(function: str, service: str) -> str:
    return f"{function} {shlex.quote(service)}"


def _states_from(names: Sequence[str], lines: Sequence[_shell.Line]) -> tuple[dict[str, bool], dict[str, str]]:
    """Return whether services run, and why the states of others are not known."""
    printed = [line.value.partition(" ") for line in lines if line.key == "state"]
    if len(printed) != len(names):
        raise ServerError("The states of the services were not printed completely.")
    states, unknown = {}, {}
    for name, (state, _blank, words) in zip(names, printed, strict=True):
        if state in ("running", "stopped"):
            states[name] = state == "running"
        else:
            unknown[name] = _NO_MANAGER if state == "none" else _shell.in_one_line(words) or "no output"
    return states, unknown


def _statuses(names: Sequence[str], statuses: object) -> tuple[dict[str, bool], dict[str, str]]:
    """Return the same for the statuses that PowerShell shows."""
    shown = statuses if isinstance(statuses, dict) else {}
    known = {"Running": True, "Stopped": False}
    states = {name: known[shown[name]] for name in names if shown.get(name) in known}
    unknown = {name: _shell.in_one_line(str(shown.get(name))) for name in names if name not in states}
    return states, unknown


def _require(wanted: str, service: str, lines: Iterable[_shell.Line]) -> None:
    """
    :param lines: what was printed after a start or a stop.
    :raises ServerError: the state of the service is another one.
    """
    state, _blank, words = dict(lines).get("after", "unknown").partition(" ")
    if state != wanted:
        name, reason = _text.plain(service), _shell.in_one_line(words)
        raise ServerError(f"The service {name} should be {wanted}, and its state is {state}: {reason}.")
