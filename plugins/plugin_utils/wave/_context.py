# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the context of one step of a wave: options, hosts, limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host

# The steps that files of the user's own tasks can replace.
_REPLACEABLE = (*_gates.STEPS, "thaw")


class StepOptions(TypedDict):
    """The options of the action wave_step. Times are in seconds."""

    step: str
    memory: dict[str, Any]
    fail_on: list[str]
    start: bool
    target: dict[str, Any] | None
    settings: dict[str, Any] | None
    max_running: int | None
    launch: str
    launch_operation: str
    confirm: int | None
    settle: float
    wait_timeout: float
    interval: float
    disconnected_timeout: float
    path: str | None
    connect_with: str


@dataclass(frozen=True)
class StepContext:
    """What a step has to know besides its hosts.

    :ivar play_size: number of hosts in the play, with those that failed.
    :ivar removed: number of hosts of this batch that were removed from the wave.
    :ivar batch: all hosts of this batch.
    :ivar alive: the hosts that Ansible still has in the play.
    :ivar limits: the keywords ``max_fail_percentage`` and ``any_errors_fatal`` of the play.
    :ivar folders: where relative paths of the user are looked up.
    :ivar show: prints lines.
    :ivar warn: prints a warning.
    """

    options: StepOptions
    check_mode: bool
    play_size: int
    removed: int
    batch: Sequence[str]
    alive: Collection[str]
    limits: tuple[float | None, bool]
    folders: Sequence[Path]
    show: Callable[[str], object]
    warn: Callable[[str], object]

    @property
    def step(self) -> str:
        return self.options["step"]

    @property
    def limit_problem(self) -> str:
        """Why the keywords of the play stop the wave for all hosts; empty if they do not."""
        return _gates.stop_all(self.removed, len(self.batch), *self.limits)

    def tasks_of(self, host: Host, step: str) -> str:
        """Return the existing file of the user's own tasks for a step; empty if there is none."""
        if not host.tasks(step):
            return ""
        return next((str(file) for file in self._candidates(host, step) if file.is_file()), "")

    def all_tasks_of(self, host: Host) -> dict[str, str]:
        return {step: self.tasks_of(host, step) for step in _REPLACEABLE}

    def problem_of(self, host: Host) -> str:
        """Return what is missing or wrong in a host's variables; empty if nothing is."""
        problems = []
        for step in _REPLACEABLE:
            if host.tasks(step) and not self.tasks_of(host, step):
                places = " or ".join(map(str, self._candidates(host, step)))
                problems.append(f"wave_{step}_tasks: there is no file {places}.")
        services = host.services
        if services is None and not host.tasks("freeze"):
            problems.append(
                "wave_services is not set: name the services that write data, or give [] if there is nothing to freeze."
            )
        elif services is not None and (
            not isinstance(services, (list, tuple)) or not all(isinstance(name, str) and name for name in services)
        ):
            problems.append("wave_services is no list of names.")
        return " ".join(problems)

    def _candidates(self, host: Host, step: str) -> list[Path]:
        path = Path(host.tasks(step)).expanduser()
        return list(dict.fromkeys(folder / path for folder in self.folders))

    @property
    def confirmation_problem(self) -> str:
        """Why nothing may be launched: the number of hosts was not confirmed. Empty if launching is allowed."""
        confirm = self.options["confirm"]
        if self.options["launch"] != "api" or confirm == self.play_size:
            return ""
        given = "wave_confirm is not set" if confirm is None else f"wave_confirm is {confirm}"
        hosts = "1 host" if self.play_size == 1 else f"{self.play_size} hosts"
        return (
            f"{given}, but the play has {hosts}. wave_launch: api launches without asking: if these are the hosts that"
            f" you mean, set wave_confirm: {self.play_size}."
        )
