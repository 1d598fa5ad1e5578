# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what a host of a wave may do, by what SMS shows. Pure functions.

Each decision is made on a record that was read at that moment, and needs positive evidence. A value that is not known
permits nothing: the cost of a refusal is a host that waits for a person, the cost of a mistake is lost data or two
machines that run one application.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import (
    Record,
    is_cut_over,
    is_launched,
    is_launching,
    task_of,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _rules
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._status import ServerStatus

# In the order in which the role takes them.
STEPS = ("check", "replicate", "freeze", "synchronize", "settle", "launch", "wait", "smoke_test", "summary")
# A host that is removed in one of these by a run that took it may be frozen by this run. Its services are restarted.
RESTARTING_STEPS = ("freeze", "synchronize", "settle", "launch", "wait")
# Seconds between the two reads of a host that somebody else may just be launching.
OFFER_INTERVAL = 60.0

# Before the launch, SMS shows one of these, and the cycle is syncing or an earlier one.
_NOT_LAUNCHED_TASKS = ("READY", "RUNNING", "SYNCING", "ABORTING", "ABORT", "MIGRATE_FAIL", "SYNC_FAIL")
_NOT_LAUNCHED_CYCLES = ("checking", "setting", "replicating", "syncing")
_LAUNCH_STATES = (*_states.LAUNCHED_STATES, "cutovering", "skipping")
_SYNCING_TASKS = ("SYNCING", "RUNNING")


class Decision(NamedTuple):
    """Whether a host takes a step.

    :ivar go: whether it takes the step.
    :ivar problem: why it is removed from the wave; empty if it is not.
    :ivar note: why it does not take the step although it stays in the wave, or what is to be known about it.
    """

    go: bool = False
    problem: str = ""
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """What SMS shows of a server at one moment.

    :ivar record: None if SMS does not have the server.
    :ivar task: the task with its details; None if the server has none.
    :ivar date: when SMS sent it, in milliseconds since the epoch; None if SMS did not say.
    :ivar account: the endpoint and the account that were queried, for messages.
    """

    record: Record | None
    task: Record | None = None
    date: int | None = None
    account: str = ""

    @property
    def description(self) -> str:
        """The status as a clause for messages."""
        if self.record is None:
            return gone(self.account).rstrip(".")
        return ServerStatus(self.record, self.task).description


def gone(account: str = "") -> str:
    """Return the message for a server that SMS does not have."""
    where = f" ({account})" if account else ""
    return f"It is not registered with SMS{where}. Check sms_connection and the account."


def launched(record: Record) -> Decision | None:
    """Return the decision on a host that is launched or being launched; None for any other host."""
    if is_launched(record):
        return Decision(note="It is launched already.")
    if is_cut_over(record):
        status = _rules.status_of(record).description
        return Decision(problem=f"{status}: it was launched, and has failed since. See its target.")
    return Decision(note="It is being launched already.") if is_launching(record) else None


def launched_note(evidence: Evidence) -> str:
    """Return that a host is launched or being launched; empty for any other host.

    :raises SmsError: it was launched, and has failed since.
    """
    decision = launched(evidence.record) if evidence.record is not None else None
    if decision and decision.problem:
        raise SmsError(decision.problem)
    return decision.note if decision else ""


def check(record: Record | None, fail_on: Collection[str], starts: bool, creates: bool) -> Decision:
    """Decide whether a host can be in the wave.

    :param fail_on: kinds of problems and codes of checks that are not accepted.
    :param starts: whether the wave starts tasks.
    :param creates: whether the wave creates missing tasks.
    """
    if record is None:
        return Decision(problem=gone())
    if decision := launched(record):
        return decision
    reasons = [problem.text for problem in _readiness.problems(record) if _readiness.is_met(problem, fail_on)]
    if not task_of(record) and not (starts and creates):
        reasons.append(
            "It has no migration task. Create it in the SMS console, or let the wave do it: wave_start and wave_target."
        )
    return Decision(go=not reasons, problem=" ".join(reasons))


def freeze(evidence: Evidence, after_synchronization: bool = False) -> Decision:
    """Decide whether the services of a host may be stopped now, or its target be launched as far as SMS shows.

    :param after_synchronization: whether the wave itself requested a synchronization of the frozen host, after which
        the task may show ``SYNC_SUCCESS``.
    """
    record = evidence.record
    if record is None:
        return Decision(problem=gone(evidence.account))
    if decision := launched(record):
        return decision
    # Only in this state and cycle all data are on the target, except for changes of the last minutes. Without a
    # connected agent nothing would send these, and the services would be down for nothing.
    in_sync = (record.get("state"), record.get("migration_cycle")) == ("syncing", "syncing")
    task_state = evidence.task.get("state") if evidence.task else None
    has_snapshots = _snapshots(evidence.task) or _snapshots(task_of(record))
    synchronized = after_synchronization and task_state == "SYNC_SUCCESS" and not has_snapshots
    if in_sync and record.get("connected") is True and (task_state in _SYNCING_TASKS or synchronized):
        return Decision(go=True)
    return Decision(
        problem=f"{evidence.description}: only a connected server in syncing whose task is SYNCING or RUNNING is frozen"
        " and launched."
    )


def in_sync(record: Record | None) -> Decision:
    """Decide as :func:`freeze` does, on the record of a listing: a forecast, which the action of each host repeats.

    Only the freeze record says whether the wave requested a synchronization. So the forecast accepts its end.
    """
    return freeze(Evidence(record, task_of(record) if record else None), after_synchronization=True)


def synchronize(evidence: Evidence, progress: str, frozen_at_sms: float | None) -> str:
    """Return why no synchronization can be requested for a host that is frozen; empty if one can.

    A synchronization after the launch would overwrite the target.
    """
    if progress != "frozen":
        return "Its launch was offered or requested before."
    if frozen_at_sms is None:
        return "The time of the freeze by the clock of SMS is not known, so that its end could not be recognized."
    if evidence.task and evidence.task.get("state") == "SYNCING" and not _snapshots(evidence.task):
        return ""
    return f"{evidence.description}: only a task in SYNCING that has no snapshots of a launch is synchronized."


def not_launched(evidence: Evidence, after_synchronization: bool = False) -> str:
    """Return why it is not certain that the target was not launched; empty if SMS positively shows that it was not.

    :param after_synchronization: as for :func:`freeze`.
    """
    record, task = evidence.record, evidence.task
    if record is None:
        return f"{gone(evidence.account)} Nobody knows whether its target runs."
    if is_cut_over(record):
        return "It is cut over: its target runs or has run."
    if record.get("state") in _LAUNCH_STATES or record.get("migration_cycle") == _states.LAUNCHING:
        return f"{evidence.description}: it is being launched, or has been."
    if not task:
        return "SMS shows no task of it, which may have been deleted after a launch."
    # Everything that is not listed is unknown: an undocumented state may be one of a launch.
    known = record.get("state") in _states.KNOWN
    documented = record.get("migration_cycle") in _NOT_LAUNCHED_CYCLES and task.get("state") in _NOT_LAUNCHED_TASKS
    in_sync = (record.get("state"), record.get("migration_cycle")) == ("syncing", "syncing")
    synchronized = after_synchronization and in_sync and task.get("state") == "SYNC_SUCCESS"
    if not (known and documented) and not synchronized:
        return f"{evidence.description}: this does not prove that its target was not launched."
    if _snapshots(task) or _snapshots(task_of(record)):
        return "Its task has snapshots of a launched target."
    return ""


def _snapshots(task: Mapping[str, Any] | None) -> bool:
    """Return whether a task has snapshots that SMS makes at the launch."""
    target = (task or {}).get("target_server")
    if target is not None and not isinstance(target, Mapping):
        return True
    return bool((target or {}).get("cutovered_snapshot_ids"))


def restart(
    evidence: Evidence, progress: str, requested_by_this_run: bool, refused: bool, after_synchronization: bool = False
) -> str:
    """Return why the services of a host must not be restarted; empty if they may.

    They must not if its target runs or may be about to run: two copies of one application would write at the same time.

    :param progress: of the freeze record.
    :param requested_by_this_run: whether the record names this run.
    :param refused: whether SMS certainly rejected the launch that this run requested.
    :param after_synchronization: as for :func:`freeze`.
    """
    if reason := not_launched(evidence, after_synchronization):
        return reason
    if progress in ("stopping", "frozen", "restarting", "launch_offered"):
        return ""
    if progress == "launch_requested" and requested_by_this_run and refused:
        return ""
    if progress == "launch_requested":
        return "Its launch was requested, and SMS may still carry it out."
    return "Its freeze record says that it was launched."


UNDECLARED = "wave_services is not set: name the services that write data, or give [] if there is nothing to freeze."


def smoke_test(record: Record | None, addresses: Collection[str], sources: Collection[str]) -> Decision:
    """Decide whether the target of a host can be tested.

    :param addresses: the IP addresses of the target; empty if they are not known.
    :param sources: the IP addresses of the source server.
    """
    if record is None:
        return Decision(problem=gone())
    if not is_launched(record):
        status = _rules.status_of(record).description
        return Decision(problem=f"{status}: there is nothing to test before it is launched.")
    if not addresses:
        return Decision(
            problem="The address of its target is not known, and a test of its source would prove nothing. See"
            " wave_connect_with, or set wave_target_host."
        )
    # A test that reaches the source succeeds whatever the target is like.
    if shared := sorted(set(addresses) & set(sources)):
        return Decision(
            problem=f"The address of its target, {_text.plain(shared[0])}, is an address of its source: nobody could"
            " tell which of them was tested. Set wave_target_host to another address of the target."
        )
    return Decision(go=True)


def stop_all(removed: int, hosts: int, most_percent: float | None, any_fatal: bool) -> str:
    """Return why the keywords of the play stop the whole wave; empty if they do not.

    :param removed: number of hosts that were removed from the wave.
    :param hosts: number of hosts in this batch.
    :param most_percent: ``max_fail_percentage`` of the play; None if not set.
    :param any_fatal: ``any_errors_fatal`` of the play.
    """
    problem = f"{removed} of {hosts} hosts {'was' if removed == 1 else 'were'} removed from the wave"
    if any_fatal and removed:
        return f"{problem}, and any_errors_fatal of the play stops the wave."
    if most_percent is not None and removed * 100 > most_percent * hosts:
        return f"{problem}, more than max_fail_percentage of the play ({most_percent:g})."
    return ""
