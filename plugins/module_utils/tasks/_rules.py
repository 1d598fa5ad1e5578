# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what has to be done with a task, decided on what SMS says. Pure.

One table: for each state that can be asked for, its rules in order. The first that applies decides; where none does,
it is refused. Whatever is not known to be allowed is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..common import _text
from ..records import _readiness, _states
from ..records._records import Record, task_of

CREATE, START, STOP, LAUNCH, CLEAR, DELETE = "create", "start", "stop", "launch", "clear", "delete"
ACT, WAIT, DONE, REFUSE = "act", "wait", "done", "refuse"

# What each operation is called in a sentence, and what it leads to: state, migration cycle, state of the task.
WORDS = {
    CREATE: ("create a task for", "task created"),
    START: ("start", "started"),
    STOP: ("pause", "paused"),
    LAUNCH: ("launch", "launched"),
    CLEAR: ("clear", "cleared"),
    DELETE: ("delete the task of", "task deleted"),
}
LEADS_TO: dict[str, tuple[str | None, str, str | None]] = {
    CREATE: (None, "setting", "READY"),
    START: ("initialize", "replicating", "RUNNING"),
    STOP: ("stopping", "", "ABORTING"),
    LAUNCH: ("cutovering", "cutovering", "SYNCING"),
    CLEAR: ("clearing", "cutovered", ""),
    DELETE: (None, "checking", None),
}

_BUSY = (
    *("initialize", "stopping", "deleting", "cloning", "replicate", "syncing", "cutovering", "skipping", "clearing"),
    "premiging",
)
_STARTABLE = ("READY", "ABORT", "MIGRATE_FAIL", "SYNC_FAIL")
_SUCCEEDED = ("MIGRATE_SUCCESS", "SYNC_SUCCESS")
_FAILED = ("MIGRATE_FAIL", "SYNC_FAIL")
_AFTER_LAUNCH = ("finished", "clearing", "cleared", "clearfailed")
_UNFIT_FOR_BLOCK = ("SMS.6616", "SMS.6617")


@dataclass(frozen=True)
class Allowed:
    """What the user accepts besides what is asked for.

    :ivar unattended_launch: that SMS launches the target by itself after the full copy.
    :ivar new_task_problem: what keeps a task from being created for a server; empty where nothing does.
    """

    overwrite_launched: bool = False
    delete_snapshots: bool = False
    unattended_launch: bool = False
    new_task_problem: Callable[[Record], str] = lambda record: ""


class ServerStatus(NamedTuple):
    """Where a server is.

    :ivar task: its task as far as it is known: with details, or as the record has it; None where there is none.
    """

    record: Record
    task: Record | None

    @property
    def state(self) -> Any:
        return self.record.get("state")

    @property
    def cycle(self) -> Any:
        return self.record.get("migration_cycle")

    @property
    def task_state(self) -> Any:
        return self.task.get("state") if self.task else None

    @property
    def summary(self) -> dict[str, Any]:
        """What is returned of it."""
        return {"state": self.state, "migration_cycle": self.cycle, "task_state": self.task_state}

    @property
    def description(self) -> str:
        task = f" with a task in {_text.plain(self.task_state)}" if self.task else " without a task"
        connected = "" if self.record.get("connected") is True else ", not connected,"
        return f"It is in {_text.plain(self.state)} ({_text.plain(self.cycle)}){connected}{task}"


class Decision(NamedTuple):
    """What is to be done.

    :ivar kind: act, wait for what was begun, nothing since it is done, or nothing since it must not be.
    :ivar operation: where there is something to do.
    :ivar reason: a sentence about it, without its full stop.
    """

    kind: str
    operation: str
    reason: str


class _Rule(NamedTuple):
    applies: Callable[[ServerStatus, Allowed], bool]
    kind: str
    words: str | Callable[[ServerStatus, Allowed], str] = ""
    operation: str = ""


def status_of(record: Record) -> ServerStatus:
    """Where a server is, by its record alone."""
    return ServerStatus(record, task_of(record) or None)


def decide(goal: str, status: ServerStatus, allowed: Allowed) -> Decision:
    """What to do with a server so that it gets to the state that is asked for."""
    unfit = f"{status.description}, from which it cannot be {_GOAL_WORDS[goal]}"
    for rule in _RULES[goal]:
        if rule.applies(status, allowed):
            words = rule.words if isinstance(rule.words, str) else rule.words(status, allowed)
            return Decision(rule.kind, rule.operation, words or (status.description if rule.kind == ACT else unfit))
    return Decision(REFUSE, "", unfit)


_GOAL_WORDS = {
    "present": "given a task",
    "started": "started",
    "paused": "paused",
    "launched": "launched",
    "cleared": "cleared",
    "absent": "rid of its task",
}


def _always(_status: ServerStatus, _allowed: Allowed) -> bool:
    return True


def _no_task(status: ServerStatus, _allowed: Allowed) -> bool:
    return status.task is None


def _state(*states: str) -> Callable[[ServerStatus, Allowed], bool]:
    return lambda status, _allowed: status.state in states


def _cycle(*cycles: str) -> Callable[[ServerStatus, Allowed], bool]:
    return lambda status, _allowed: status.cycle in cycles


def _task(*states: str) -> Callable[[ServerStatus, Allowed], bool]:
    return lambda status, _allowed: status.task_state in states


def _all(*conditions: Callable[[ServerStatus, Allowed], bool]) -> Callable[[ServerStatus, Allowed], bool]:
    return lambda status, allowed: all(condition(status, allowed) for condition in conditions)


def _any(*conditions: Callable[[ServerStatus, Allowed], bool]) -> Callable[[ServerStatus, Allowed], bool]:
    return lambda status, allowed: any(condition(status, allowed) for condition in conditions)


def _not(condition: Callable[[ServerStatus, Allowed], bool]) -> Callable[[ServerStatus, Allowed], bool]:
    return lambda status, allowed: not condition(status, allowed)


def _obstacles(status: ServerStatus, kinds: tuple[str, ...]) -> str:
    return " ".join(problem.text for problem in _readiness.problems(status.record) if problem.kind in kinds).rstrip(".")


_KINDS_FOR_A_NEW_TASK = ("disconnected", "failed_check", "unchecked", "no_target")
_KINDS_FOR_A_TASK = ("disconnected", "failed_check")


def _hindered(kinds: tuple[str, ...]) -> _Rule:
    """Refuses what the agent or the checks of a server stand in the way of."""
    return _Rule(
        lambda status, _allowed: bool(_obstacles(status, kinds)),
        REFUSE,
        lambda status, _allowed: _obstacles(status, kinds),
    )


def _was_launched(status: ServerStatus, _allowed: Allowed) -> bool:
    """Whether the target has been running as a server of its own, whatever is done with it now."""
    signs = (
        status.cycle == _states.CUT_OVER,
        status.state in _AFTER_LAUNCH,
        status.task_state in _SUCCEEDED,
        _target(status).get("cutovered_snapshot_ids"),
    )
    return any(signs)


def _is_launching(status: ServerStatus, _allowed: Allowed) -> bool:
    return _states.LAUNCHING in (status.state, status.cycle) or status.state == "skipping"


def _has_failed(status: ServerStatus, _allowed: Allowed) -> bool:
    return status.state == _states.FAILED or status.task_state in _FAILED


def _has_snapshots(status: ServerStatus, allowed: Allowed) -> bool:
    task = status.task or {}
    known = _target(status).get("cutovered_snapshot_ids") or task.get("target_snapshot_id")
    return bool(known) or (_was_launched(status, allowed) and status.state != "cleared")


def _target(status: ServerStatus) -> Mapping[str, Any]:
    target = (status.task or {}).get("target_server")
    return target if isinstance(target, dict) else {}


def _launches_unasked(status: ServerStatus, _allowed: Allowed) -> bool:
    """Whether SMS would not wait for anybody after the copy, or does not say that it would."""
    task = status.task or {}
    return "syncing" in task and task["syncing"] is not True and status.cycle != "syncing"


def _overwrites(_status: ServerStatus, allowed: Allowed) -> bool:
    return allowed.overwrite_launched


_LAUNCHED_BEFORE = (
    "It was launched before. To synchronise it again would overwrite what its target has done since, and takes"
    " overwrite_launched"
)

_CREATING = (
    _Rule(_all(_no_task, _not(_state("waiting", "cleared"))), REFUSE),
    _hindered(_KINDS_FOR_A_NEW_TASK),
    _Rule(
        lambda status, allowed: bool(allowed.new_task_problem(status.record)),
        REFUSE,
        lambda status, allowed: allowed.new_task_problem(status.record),
    ),
    _Rule(_always, ACT, operation=CREATE),
)

_RULES: dict[str, tuple[_Rule, ...]] = {
    "present": (
        _Rule(_not(_no_task), DONE, "It has a task"),
        *_CREATING,
    ),
    "started": (
        *(_Rule(_all(_no_task, rule.applies), *rule[1:]) for rule in _CREATING),
        _Rule(
            _all(_is_launching, _has_failed, _not(_overwrites)),
            REFUSE,
            lambda status, _allowed: f"{status.description}: its launch has failed. {_LAUNCHED_BEFORE}",
        ),
        _Rule(_all(_is_launching, _not(_has_failed)), DONE, "It is being launched, and was started before"),
        _Rule(_all(_task("RUNNING"), _not(_has_failed)), WAIT, "It is being replicated"),
        _Rule(
            _all(_task("SYNCING"), _state("syncing", "premigready", "premiging", "premiged", "cloning")),
            DONE,
            "It is being synchronised",
        ),
        _Rule(_all(_task("SYNCING"), _not(_has_failed)), WAIT, "Its synchronisation has been asked for"),
        _Rule(_all(_was_launched, _not(_overwrites), _task(*_STARTABLE)), REFUSE, _LAUNCHED_BEFORE),
        _Rule(_all(_was_launched, _not(_overwrites)), DONE, _LAUNCHED_BEFORE),
        _hindered(_KINDS_FOR_A_TASK),
        _Rule(
            _all(_launches_unasked, lambda _status, allowed: not allowed.unattended_launch),
            REFUSE,
            "Its task does not synchronise: SMS would launch the target by itself after the copy. To start it all"
            " the same takes settings.syncing: false",
        ),
        _Rule(_all(_task(*_STARTABLE), _not(_state("stopping", "deleting"))), ACT, operation=START),
        _Rule(_all(_task(*_SUCCEEDED), _state("finished", "stopped")), ACT, operation=START),
    ),
    "paused": (
        _Rule(_no_task, REFUSE, "It has no task that could be paused"),
        _Rule(_is_launching, REFUSE, lambda status, _allowed: f"{status.description}: a launch cannot be paused"),
        _Rule(_any(_task("ABORTING"), _state("stopping")), WAIT, "It is being paused"),
        _Rule(_task("ABORT"), DONE, "It is paused"),
        _Rule(_all(_task("READY"), _not(_state(*_BUSY))), DONE, "Its task was never started"),
        _Rule(_all(_task("RUNNING", "SYNCING"), _state("initialize", "replicate", "syncing")), ACT, operation=STOP),
    ),
    "launched": (
        _Rule(_no_task, REFUSE, "It has no task that could be launched"),
        _Rule(_all(_cycle("cutovered"), _not(_has_failed)), DONE, "It is launched"),
        _Rule(_all(_is_launching, _not(_has_failed)), WAIT, "It is being launched"),
        _hindered(_KINDS_FOR_A_TASK),
        _Rule(_all(_state("syncing"), _cycle("syncing"), _task("SYNCING", "RUNNING")), ACT, operation=LAUNCH),
    ),
    "cleared": (
        _Rule(_no_task, REFUSE, "It has no task that could be cleared"),
        _Rule(_state("cleared"), DONE, "It is cleared"),
        _Rule(_state("clearing"), WAIT, "It is being cleared"),
        _Rule(_all(_cycle("cutovered"), _state("finished", "clearfailed")), ACT, operation=CLEAR),
    ),
    "absent": (
        _Rule(_no_task, DONE, "It has no task"),
        _Rule(_any(_task("DELETING"), _state("deleting")), WAIT, "Its task is being deleted"),
        _Rule(_all(_is_launching, _not(_has_failed)), REFUSE),
        _Rule(
            _all(_state(*_BUSY), lambda status, _allowed: status.record.get("connected") is True),
            REFUSE,
            lambda status, _allowed: (
                f"{status.description}: a task can be deleted only when nothing is being done with it. Pause it first"
            ),
        ),
        _Rule(
            _all(_has_snapshots, lambda _status, allowed: not allowed.delete_snapshots),
            REFUSE,
            "Its task has snapshots of the launched target, which would be deleted too, and there is no way back"
            " to them. That takes delete_snapshots",
        ),
        _Rule(_always, ACT, operation=DELETE),
    ),
}


def expected(operation: str, status: ServerStatus) -> dict[str, Any]:
    """What an operation will make of a server, as far as SMS is documented."""
    after = zip(status.summary.items(), LEADS_TO[operation], strict=True)
    return {name: before if value == "" else value for (name, before), value in after} | (
        {"state": status.state} if LEADS_TO[operation][0] is None else {}
    )


def block_problem(record: Record, task_type: str) -> str:
    """Why a server cannot migrate in that way; empty where nothing is known against it."""
    if task_type == "MIGRATE_FILE" and record.get("os_type") == "WINDOWS":
        return "Windows migrates by block only: leave out settings.type, or set it to MIGRATE_BLOCK"
    codes = [finding.code for finding in _readiness.findings(record)]
    if task_type == "MIGRATE_BLOCK" and any(code in codes for code in _UNFIT_FOR_BLOCK):
        return "Its operating system does not suit a migration by block: set settings.type to MIGRATE_FILE"
    return ""
