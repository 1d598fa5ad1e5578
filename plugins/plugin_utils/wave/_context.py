# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: how a wave is to be done, by the options of its play. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host

_REPLACEABLE = (*_gates.STEPS, "thaw")


@dataclass(frozen=True)
class Plan:
    """How a step is to be done.

    :ivar play_size: how many hosts the play has, whatever became of them.
    :ivar dropped: how many of this batch have dropped out.
    :ivar batch: all hosts of this batch, and ``alive``: those that Ansible still has in the play.
    :ivar limits: what the play says of how many may: ``max_fail_percentage`` and ``any_errors_fatal``.
    :ivar folders: where relative paths of the user's are looked for.
    """

    options: Mapping[str, Any]
    check_mode: bool
    play_size: int
    dropped: int
    batch: Sequence[str]
    alive: Collection[str]
    limits: tuple[float | None, bool]
    folders: Sequence[Path]
    show: Callable[[str], object]
    warn: Callable[[str], object]

    @property
    def step(self) -> str:
        return str(self.options["step"])

    @property
    def end_of_all(self) -> str:
        """Why nobody goes on; empty where the others may."""
        return _gates.stop_all(self.dropped, len(self.batch), *self.limits)

    def tasks_of(self, host: Host, step: str) -> str:
        """The file with the user's own tasks for a step; empty where there is none, or it is not to be found."""
        if not host.tasks(step):
            return ""
        return next((str(file) for file in self._candidates(host, step) if file.is_file()), "")

    def all_tasks_of(self, host: Host) -> dict[str, str]:
        return {step: self.tasks_of(host, step) for step in _REPLACEABLE}

    def problem_of(self, host: Host) -> str:
        """What a host's variables lack; empty where they say all."""
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
        """Why nothing may be launched: another number of hosts was confirmed than the play has. Empty if it may."""
        confirm = self.options["confirm"]
        if self.options["launch"] != "api" or confirm == self.play_size:
            return ""
        given = "wave_confirm is not set" if confirm is None else f"wave_confirm is {confirm}"
        hosts = "1 host" if self.play_size == 1 else f"{self.play_size} hosts"
        return (
            f"{given}, but the play has {hosts}. wave_launch: api launches without asking: if these are the hosts that"
            f" you mean, set wave_confirm: {self.play_size}."
        )
