# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a call of the API sends a server: the phases that lie ahead of it then. All times are epoch milliseconds.

How long the phases take follows from the server's ID, as on the way that it goes by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from journey import copied
from timeline import CUTOVERING, REPLICATING, SYNCING, TICK, Fate, Phase, as_uuid, draws

SECOND = 1000
REQUEST_TIME, BUILD_TIME, REUSE_TIME = 30 * SECOND, 120 * SECOND, 30 * SECOND
UPDATE_TIME = 300 * SECOND
STOP_TIME, SKIP_TIME, CLEAR_TIME = 60 * SECOND, 10 * SECOND, 120 * SECOND
CLONE_START, CLONE_TIME, REHEARSAL_TIME, COMPARE_TIME = 60 * SECOND, 600 * SECOND, 600 * SECOND, 600 * SECOND


@dataclass(frozen=True)
class Voyage:
    """What a course depends on: the record and the time, what its task was ordered with, and whether it is to fail."""

    record: dict
    now: int
    syncing: bool
    rehearsed: bool
    failing: bool

    def phase(self, after: int, state: str, cycle: str, task_state: str, copied: float = 1.0, **task: object) -> Phase:
        """A phase that begins so many milliseconds from now."""
        connected = self.record.get("connected") is not False
        return Phase(self.now + after, state, cycle, task_state, connected, copied, task or None)

    def length(self, stage: int) -> int:
        return Fate(self.record["id"]).lengths[stage]


def replicate(voyage: Voyage) -> list[Phase]:
    """From the start on: the target is made, the data are copied, then synchronised, or the target is launched."""
    share = copied(voyage.record)
    target = voyage.record["current_task"].get("target_server") or {}
    phases = [voyage.phase(0, "initialize", "replicating", "RUNNING", share)]
    begins = REUSE_TIME
    if not target.get("vm_id"):
        made = {"vm_id": machine_id(voyage.record["current_task"]["id"]), "name": voyage.record.get("name")}
        phases.append(
            voyage.phase(REQUEST_TIME, "initialize", "replicating", "RUNNING", share, target_server={**target, **made})
        )
        begins = REQUEST_TIME + BUILD_TIME
    if voyage.rehearsed and share == 0:
        return phases + rehearse(voyage, begins)
    return phases + _copy(voyage, begins)


def _copy(voyage: Voyage, begins: int) -> list[Phase]:
    """The data are copied, then synchronised, or the target is launched."""
    share = copied(voyage.record)
    phases = [voyage.phase(begins, "replicate", "replicating", "RUNNING", share)]
    length = max(TICK, int((1 - share) * voyage.length(REPLICATING)))
    if voyage.failing:
        half = share + (1 - share) / 2
        return [*phases, voyage.phase(begins + length // 2, "error", "replicating", "MIGRATE_FAIL", half)]
    if not voyage.syncing:
        return phases + launch(voyage, begins + length)
    return [*phases, voyage.phase(begins + length, "syncing", "syncing", "SYNCING")]


def machine_id(task_id: str) -> str:
    """The ID of the machine that is made for a task."""
    numbers = draws(f"machine of {task_id}")
    return as_uuid("".join(f"{int(number * 2**32):08x}" for number in numbers))


def restart(voyage: Voyage) -> list[Phase]:
    """From the beginning; `voyage.record` must say that nothing is copied."""
    reset = voyage.phase(0, "initialize", "replicating", "RESETING", 0.0)
    return [reset, *replicate(_later(voyage, REUSE_TIME))]


def _later(voyage: Voyage, after: int) -> Voyage:
    return Voyage(**{**vars(voyage), "now": voyage.now + after})


def synchronise(voyage: Voyage) -> list[Phase]:
    """What the source has changed since the launch is copied over the target, once or until the next launch."""
    phases = [voyage.phase(0, "syncing", "syncing", "SYNCING")]
    if voyage.failing:
        return [*phases, voyage.phase(voyage.length(SYNCING) // 2, "error", "syncing", "SYNC_FAIL")]
    if not voyage.syncing:
        phases.append(voyage.phase(voyage.length(SYNCING), "finished", "cutovered", "SYNC_SUCCESS"))
    return phases


def update(voyage: Voyage, afterwards: str) -> list[Phase]:
    """A synchronisation that somebody asked for before the launch; `afterwards`: the state of the task then."""
    phases = [voyage.phase(0, "syncing", "syncing", "SYNCING")]
    if voyage.failing:
        return [*phases, voyage.phase(UPDATE_TIME // 2, "error", "syncing", "SYNC_FAIL")]
    return [*phases, voyage.phase(UPDATE_TIME, "syncing", "syncing", afterwards)]


def resume_sync(voyage: Voyage) -> list[Phase]:
    """The synchronisation goes on after its failure."""
    return [voyage.phase(0, "syncing", "syncing", "SYNCING")]


def launch(voyage: Voyage, after: int = 0, extra: int = 0) -> list[Phase]:
    """The target is launched, which takes `extra` milliseconds more than usual."""
    phases = [voyage.phase(after, "cutovering", "cutovering", "SYNCING")]
    length = voyage.length(CUTOVERING) + extra
    if voyage.failing:
        return [*phases, voyage.phase(after + length // 2, "error", "cutovering", "SYNC_FAIL")]
    return [*phases, voyage.phase(after + length, "finished", "cutovered", "MIGRATE_SUCCESS")]


def skip(voyage: Voyage) -> list[Phase]:
    """The launch goes on without the comparison of the data."""
    return [voyage.phase(0, "skipping", "cutovering", "SKIPPING"), *launch(voyage, SKIP_TIME)]


def stop(voyage: Voyage) -> list[Phase]:
    cycle, share = voyage.record["migration_cycle"], copied(voyage.record)
    stopped = voyage.phase(STOP_TIME, "stopped", cycle, "ABORT", share)
    return [voyage.phase(0, "stopping", cycle, "ABORTING", share), stopped]


def clone(voyage: Voyage, machine: dict, left: bool) -> list[Phase]:
    """
    A copy of the target is made, and the synchronisation goes on.

    `machine`: ID and name of the copy. `left`: a copy that fails leaves its machine.
    """

    def server(state: str, **fields: object) -> dict:
        return {"vm_id": "", "name": "", "clone_error": "", "error_msg": "", **fields, "clone_state": state}

    error = {"clone_error": "SMS.0500", "error_msg": "The clone could not be created."}
    failed = server("ERROR", **error, **(machine if left else {}))
    end = failed if voyage.failing else server("FINISHED", **machine)
    return [
        voyage.phase(0, "cloning", "syncing", "SYNCING", clone_server=server("PREPARING")),
        voyage.phase(CLONE_START, "cloning", "syncing", "SYNCING", clone_server=server("CREATING", **machine)),
        voyage.phase(CLONE_START + CLONE_TIME, "syncing", "syncing", "SYNCING", clone_server=end),
    ]


def rehearse(voyage: Voyage, begins: int = 0) -> list[Phase]:
    """The migration is tried out, which copies no data; then the data are copied, unless that failed."""
    phases = [
        voyage.phase(begins, "premigready", "replicating", "RUNNING", 0.0),
        voyage.phase(begins + TICK, "premiging", "replicating", "RUNNING", 0.0),
    ]
    ends = begins + TICK + REHEARSAL_TIME
    if voyage.failing:
        return [*phases, voyage.phase(ends, "premigfailed", "replicating", "MIGRATE_FAIL", 0.0)]
    return [*phases, voyage.phase(ends, "premiged", "replicating", "RUNNING", 0.0), *_copy(voyage, ends + TICK)]


def clear(voyage: Voyage) -> list[Phase]:
    end = "clearfailed" if voyage.failing else "cleared"
    task_state = voyage.record["current_task"].get("state")
    begun = voyage.phase(0, "clearing", "cutovered", task_state)
    return [begun, voyage.phase(CLEAR_TIME, end, "cutovered", task_state)]
