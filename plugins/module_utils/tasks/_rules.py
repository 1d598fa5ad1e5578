# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which operation on a task is allowed in which status. Pure functions.

One function per goal (the option ``state`` of the task module). Each ends in a refusal: a status that is not known to
be safe for an operation is not acted on. No operation is allowed in a state, migration cycle or state of a task that
SMS does not document, such as one that a later version of SMS may add. SMS itself is less careful. It starts a task
that overwrites a running target, and it deletes the snapshots of a task without asking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..records import _readiness, _states
from ..records._records import Record, task_of
from ._status import ServerStatus, StatusSummary

CREATE, START, STOP, LAUNCH, CLEAR, DELETE = "create", "start", "stop", "launch", "clear", "delete"
# Kinds of decisions.
ACT, WAIT, DONE, REFUSE = "act", "wait", "done", "refuse"

# For messages: "Would pause it.", "Paused."
VERBS = {
    CREATE: "create a task for",
    START: "start",
    STOP: "pause",
    LAUNCH: "launch",
    CLEAR: "clear",
    DELETE: "delete the task of",
}
PARTICIPLES = {
    CREATE: "task created",
    START: "started",
    STOP: "paused",
    LAUNCH: "launched",
    CLEAR: "cleared",
    DELETE: "task deleted",
}
NOUNS = {
    CREATE: "creation of a task",
    START: "start",
    STOP: "pause",
    LAUNCH: "launch",
    CLEAR: "clearing",
    DELETE: "deletion of the task",
}
# What each operation changes first, as far as it is documented: check mode returns it as the status afterwards.
_EFFECTS: dict[str, dict[str, str | None]] = {
    CREATE: {"migration_cycle": "setting", "task_state": "READY"},
    START: {"state": "initialize", "migration_cycle": "replicating", "task_state": "RUNNING"},
    STOP: {"state": "stopping", "task_state": "ABORTING"},
    LAUNCH: {"state": "cutovering", "migration_cycle": "cutovering", "task_state": "SYNCING"},
    CLEAR: {"state": "clearing", "migration_cycle": "cutovered"},
    DELETE: {"migration_cycle": "checking", "task_state": None},
}

# A task that exists was created with checks and a target, and may go on without them; a source that is disconnected
# or unfit can do nothing.
_PROBLEMS_OF_A_TASK = ("disconnected", "failed_check")
_PROBLEMS_OF_A_NEW_TASK = (*_PROBLEMS_OF_A_TASK, "unchecked", "no_target")

# The states and migration cycles in which a server has no task.
_WITHOUT_A_TASK = (
    *(("waiting", "checking"), ("waiting", "setting")),
    *(("cleared", "checking"), ("cleared", "setting"), ("cleared", _states.CUT_OVER)),
)

_LAUNCHED_BEFORE = (
    "It was launched before. To synchronise it again would overwrite what its target has done since, and takes"
    " overwrite_launched"
)


@dataclass(frozen=True)
class Allowed:
    """What the user allows besides the goal.

    :ivar overwrite_launched: a synchronization that overwrites a target that was launched.
    :ivar delete_snapshots: the deletion of a task together with the snapshots of a launched target.
    :ivar after_synchronization: a launch of a task in ``SYNC_SUCCESS``, which the caller has synchronized.
    :ivar unattended_launch: a task without ``syncing``, of which SMS launches the target itself after the full copy.
    :ivar new_task_problem: returns why no task can be created for a server; empty if one can.
    """

    overwrite_launched: bool = False
    delete_snapshots: bool = False
    after_synchronization: bool = False
    unattended_launch: bool = False
    new_task_problem: Callable[[Record], str] = lambda record: ""


class Decision(NamedTuple):
    """What to do with a server.

    :ivar kind: ACT, WAIT for what has begun, DONE, or REFUSE.
    :ivar reason: a sentence without its full stop.
    :ivar operation: the operation to send if the kind is ACT, else empty.
    """

    kind: str
    reason: str
    operation: str = ""


def status_of(record: Record) -> ServerStatus:
    """Return the status of a server by its record alone."""
    return ServerStatus(record, task_of(record) or None)


def decide(goal: str, status: ServerStatus, allowed: Allowed) -> Decision:
    """Return what to do with a server so that it reaches a goal.

    :param goal: one of :data:`GOALS`.
    """
    if status.has_unusable_task:
        return Decision(REFUSE, f"{status.description}, of which SMS returns no ID: nothing is done")
    decision = _DECISIONS[goal](status, allowed)
    # Whatever the goal is: an unknown value may mean that a launch or a deletion is under way.
    if decision.kind == ACT and (unrecognized := status.unrecognized):
        return Decision(REFUSE, f"{status.description}. SMS does not document the {unrecognized}: nothing is done")
    return decision


def expected(operation: str, status: ServerStatus) -> StatusSummary:
    """Return the status that an operation leads to first, as far as SMS documents it."""
    return {**status.summary, **_EFFECTS[operation]}  # type: ignore[typeddict-item]


def _act(operation: str, status: ServerStatus) -> Decision:
    return Decision(ACT, status.description, operation)


def _unfit(status: ServerStatus, participle: str) -> Decision:
    return Decision(REFUSE, f"{status.description}, from which it cannot be {participle}")


def _present(status: ServerStatus, allowed: Allowed) -> Decision:
    # SMS accepts one task per server, and a second creation is not idempotent.
    if status.task is not None:
        return Decision(DONE, "It has a task")
    return _create(status, allowed, "given a task")


def _create(status: ServerStatus, allowed: Allowed, participle: str) -> Decision:
    # In any other state the server has a task, is in trouble, or is being removed, whatever its record says of a task:
    # a missing "current_task" alone is no evidence. The same goes for a cycle that only a task leads to.
    if (status.state, status.cycle) not in _WITHOUT_A_TASK:
        return _unfit(status, participle)
    problem = _problems(status, _PROBLEMS_OF_A_NEW_TASK) or allowed.new_task_problem(status.record)
    return Decision(REFUSE, problem) if problem else _act(CREATE, status)


def _started(status: ServerStatus, allowed: Allowed) -> Decision:
    if status.task is None:
        return _create(status, allowed, "started")
    # What has begun is left alone: a second start would format the target's disks again.
    if not status.has_failed:
        if _is_launching(status):
            return Decision(DONE, "It is being launched, and was started before")
        if status.task_state == "RUNNING":
            return Decision(WAIT, "It is being replicated")
        if status.task_state == "SYNCING" and status.state in _states.SYNCHRONIZED_STATES:
            return Decision(DONE, "It is being synchronised")
        if status.task_state == "SYNCING":
            return Decision(WAIT, "Its synchronisation has been asked for")
    return _start(status, allowed)


def _start(status: ServerStatus, allowed: Allowed) -> Decision:
    """Decide whether a task that does not run can be started."""
    # The target of these has been running, or may have been, and has data that exist nowhere else. A start overwrites
    # them. That includes a launch that failed: nobody knows how far it came.
    if not allowed.overwrite_launched:
        if _is_launching(status):
            return Decision(REFUSE, f"{status.description}: its launch has failed. {_LAUNCHED_BEFORE}")
        if _was_launched(status):
            # A task that succeeded has been where "started" leads. One that could be started again has not: to report
            # it as done would hide that its synchronization failed or was paused.
            return Decision(REFUSE if _is_startable(status) else DONE, _LAUNCHED_BEFORE)
    if problem := _problems(status, _PROBLEMS_OF_A_TASK):
        return Decision(REFUSE, problem)
    # Without "syncing" SMS starts the target after the full copy by itself, while the source is still in use.
    if _launches_by_itself(status) and not allowed.unattended_launch:
        return Decision(
            REFUSE,
            "Its task does not synchronise: SMS would launch the target by itself after the copy. To start it all"
            " the same takes settings.syncing: false",
        )
    # A pause or a deletion that is under way has to end first, so that its outcome is known.
    if _is_startable(status) and status.state not in ("stopping", "deleting"):
        return _act(START, status)
    # A task that succeeded synchronizes again only if neither a launch nor a clearing is under way.
    if status.task_state in _states.SUCCEEDED_TASK_STATES and status.state in ("finished", "stopped"):
        return _act(START, status)
    return _unfit(status, "started")


def _paused(status: ServerStatus, _allowed: Allowed) -> Decision:
    if status.task is None:
        return Decision(REFUSE, "It has no task that could be paused")
    # Half a launch leaves a target of which nobody knows whether it runs.
    if _is_launching(status):
        return Decision(REFUSE, f"{status.description}: a launch cannot be paused")
    if status.task_state == "ABORTING" or status.state == "stopping":
        return Decision(WAIT, "It is being paused")
    if status.task_state == "ABORT":
        return Decision(DONE, "It is paused")
    # READY in a busy state: the task and its server do not match yet, so that it may just have been started.
    if status.task_state == "READY" and status.state not in _states.BUSY_STATES:
        return Decision(DONE, "Its task was never started")
    # SMS pauses only what copies or synchronizes (SMS.7714). A clone or a drill is not interrupted either.
    if status.task_state in ("RUNNING", "SYNCING") and status.state in (*_states.RUNNING_STATES, "syncing"):
        return _act(STOP, status)
    return _unfit(status, "paused")


def _launched(status: ServerStatus, allowed: Allowed) -> Decision:
    if status.task is None:
        return Decision(REFUSE, "It has no task that could be launched")
    # An error in the cycle of the launch is neither done nor under way: somebody has to look at the target.
    if status.cycle == _states.CUT_OVER and not status.has_failed:
        return Decision(DONE, "It is launched")
    if _is_launching(status) and not status.has_failed:
        return Decision(WAIT, "It is being launched")
    # Without its agent, the last changes of the source are not in the target.
    if problem := _problems(status, _PROBLEMS_OF_A_TASK):
        return Decision(REFUSE, problem)
    # State, cycle and task have to agree that the full copy is complete. A launch ends the synchronization and cannot
    # be undone, so that a target which is launched too early lacks data for good.
    task_states = ("SYNCING", "RUNNING", *(("SYNC_SUCCESS",) if allowed.after_synchronization else ()))
    if (status.state, status.cycle) == ("syncing", "syncing") and status.task_state in task_states:
        return _act(LAUNCH, status)
    return _unfit(status, "launched")


def _cleared(status: ServerStatus, _allowed: Allowed) -> Decision:
    if status.task is None:
        return Decision(REFUSE, "It has no task that could be cleared")
    if status.state == "cleared":
        return Decision(DONE, "It is cleared")
    if status.state == "clearing":
        return Decision(WAIT, "It is being cleared")
    # Clearing deletes the snapshots, which are the way back until the launch has ended well.
    if status.cycle == _states.CUT_OVER and status.state in ("finished", "clearfailed"):
        return _act(CLEAR, status)
    return _unfit(status, "cleared")


def _absent(status: ServerStatus, allowed: Allowed) -> Decision:
    if status.task is None:
        return Decision(DONE, "It has no task")
    if status.task_state == "DELETING" or status.state == "deleting":
        return Decision(WAIT, "Its task is being deleted")
    # The target is about to run: without its task, nothing would show what has become of it.
    if _is_launching(status) and not status.has_failed:
        return _unfit(status, "rid of its task")
    # SMS refuses this too (SMS.7719). The task of a source whose agent is gone for good can be deleted.
    # Only a server that SMS shows as disconnected counts as such.
    if status.state in _states.BUSY_STATES and status.record.get("connected") is not False:
        return Decision(
            REFUSE,
            f"{status.description}: a task can be deleted only when nothing is being done with it. Pause it first",
        )
    # SMS deletes the snapshots together with the task.
    if _has_snapshots(status) and not allowed.delete_snapshots:
        return Decision(
            REFUSE,
            "Its task has snapshots of the launched target, which would be deleted too, and there is no way back"
            " to them. That takes delete_snapshots",
        )
    return _act(DELETE, status)


def _problems(status: ServerStatus, kinds: tuple[str, ...]) -> str:
    """Return what is wrong with the agent, the checks or the target of a server; empty if nothing is."""
    found = [problem.text for problem in _readiness.problems(status.record) if problem.kind in kinds]
    return " ".join(found).rstrip(".")


def _is_startable(status: ServerStatus) -> bool:
    return status.task_state in _states.STARTABLE_TASK_STATES


def _was_launched(status: ServerStatus) -> bool:
    """Return whether the target has been running as a server of its own, whatever is done with it now."""
    # One sign is enough: SMS resets each of them at another moment, such as the cycle when it synchronizes again.
    signs = (
        status.cycle == _states.CUT_OVER,
        status.state in _states.LAUNCHED_STATES,
        status.task_state in _states.SUCCEEDED_TASK_STATES,
        _target(status).get("cutovered_snapshot_ids"),
    )
    return any(signs)


def _is_launching(status: ServerStatus) -> bool:
    # Not as :func:`_records.is_launching`, which excludes failures: a launch that failed may have started the target.
    return _states.LAUNCHING in (status.state, status.cycle) or status.state == "skipping"


def _has_snapshots(status: ServerStatus) -> bool:
    """Return whether SMS has, or may have, snapshots of the launched target."""
    task = status.task or {}
    known = _target(status).get("cutovered_snapshot_ids") or task.get("target_snapshot_id")
    # A record need not list them, but every launch takes one, even one that fails, and only clearing deletes it.
    may_have = _was_launched(status) or _is_launching(status)
    return bool(known) or (may_have and status.state != "cleared")


def _target(status: ServerStatus) -> Mapping[str, Any]:
    target = (status.task or {}).get("target_server")
    return target if isinstance(target, dict) else {}


def _launches_by_itself(status: ServerStatus) -> bool:
    """Return whether SMS launches the target after the copy without a request, or may do so."""
    task = status.task or {}
    # The key is there only if the list of tasks was queried; a value that SMS left out counts as "does not wait".
    return "syncing" in task and task["syncing"] is not True and status.cycle != "syncing"


_DECISIONS: dict[str, Callable[[ServerStatus, Allowed], Decision]] = {
    "present": _present,
    "started": _started,
    "paused": _paused,
    "launched": _launched,
    "cleared": _cleared,
    "absent": _absent,
}
# The values of the task module's option "state".
GOALS = tuple(_DECISIONS)
