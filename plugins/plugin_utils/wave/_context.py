# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the context of one step of a wave, and its result for each host."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _waits
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, HostSettings

Decisions = dict[str, Decision]
_FIELDS = ("name", "state", "migration_cycle", "connected")


@dataclass(frozen=True)
class StepContext:
    """What a step has to know besides its hosts.

    :ivar memory: what an earlier round of the step returned; empty in the first.
    :ivar run: the settings of any host, for the variables that are equal on all of them.
    :ivar play_size: number of hosts in the play, with those that failed.
    :ivar removed: number of hosts of this batch that were removed from the wave.
    :ivar batch: all hosts of this batch.
    :ivar alive: the hosts that Ansible still has in the play.
    :ivar limits: the keywords ``max_fail_percentage`` and ``any_errors_fatal`` of the play.
    :ivar folders: where relative paths of the user are looked up.
    :ivar selected: the steps that this run takes.
    :ivar show: prints lines.
    :ivar warn: prints a warning.
    """

    step: str
    memory: Mapping[str, Any]
    check_mode: bool
    run: HostSettings
    play_size: int
    removed: int
    batch: Sequence[str]
    alive: Collection[str]
    limits: tuple[float | None, bool]
    folders: Sequence[Path]
    selected: Collection[str]
    show: Callable[[str], object]
    warn: Callable[[str], object]

    @property
    def limit_problem(self) -> str:
        """Why the keywords of the play stop the wave for all hosts; empty if they do not."""
        return _gates.stop_all(self.removed, len(self.batch), *self.limits)


@dataclass(frozen=True)
class StepResult:
    """The result of a step.

    :ivar decisions: by the names of the hosts. A host without one does not take the step.
    :ivar snapshot: the records that the decisions are made from; empty after a wait.
    :ivar again: whether the hosts that are left need another round of the step.
    :ivar memory: what this round has to know.
    :ivar addresses: of the targets, by the names of the hosts.
    """

    decisions: Decisions
    snapshot: Snapshot = field(default_factory=lambda: Snapshot({}, {}))
    changed: bool = False
    again: bool = False
    memory: _waits.WaitMemory | None = None
    addresses: Mapping[str, str] | None = None

    def to_dict(self, step: str, hosts: Iterable[Host]) -> dict[str, Any]:
        """Return the result for the role."""
        optional = {"memory": self.memory, "addresses": self.addresses}
        return {
            "changed": self.changed,
            "step": step,
            "again": self.again,
            "hosts": {host.name: self._host_result(host) for host in hosts},
            **{name: value for name, value in optional.items() if value is not None},
        }

    def _host_result(self, host: Host) -> dict[str, Any]:
        record = self.snapshot.records.get(host.name, {})
        decision = self.decisions.get(host.name, Decision())
        return {
            "id": host.server_id,
            **{name: record.get(name) for name in _FIELDS},
            "go": decision.go,
            "failed": bool(decision.problem),
            "msg": decision.problem or decision.note,
        }
