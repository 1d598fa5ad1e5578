# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: brings the tasks of many servers to one goal, in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..api import _connection
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import OptionsError, SmsError
from ..common._parallel import map_in_parallel
from ..common._watch import Watch
from ..records import _progress, _states
from ..records._records import Record
from . import _actor, _rules
from ._actor import Outcome
from ._new_task import NewTask

# Goals that cannot be undone. The user confirms the number of servers, so that a filter which matches more servers than
# were meant changes none of them.
CONFIRMED_GOALS = ("launched", "cleared", "absent")
_FAILURES_SHOWN = 3
_LONGEST_REASON = 2000


@dataclass(frozen=True)
class RolloutOptions:
    """The options of the task module that concern all servers, with its defaults.

    :ivar goal: the module's option ``state``.
    :ivar launch_operation: the API's name of a launch: ``test`` or ``cutover``.
    :ivar confirm: number of servers that the user expects to be changed; None if not given.
    :ivar max_running: number of migrations that may copy at the same time, with those of other servers; None for any.
    :ivar wait: whether to wait until all servers have reached the goal.
    :ivar wait_timeout: seconds.
    :ivar interval: seconds between two queries.
    """

    goal: str
    launch_operation: str = "test"
    confirm: int | None = None
    overwrite_launched: bool = False
    delete_snapshots: bool = False
    max_running: int | None = None
    wait: bool = False
    wait_timeout: float = 14400
    interval: float = 30

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> RolloutOptions:
        """Return the options by the names of the module. One that is absent has the module's default."""
        names = [field.name for field in fields(cls) if field.name in options]
        return cls(goal=options["state"], **{name: options[name] for name in names})


class Rollout:
    """Brings servers to a goal, as many at a time as may run.

    :ivar outcomes: one for each server.
    :param list_servers: lists the servers that may run, whatever their states are.
    :param show: shows a line.
    """

    def __init__(
        self,
        client: _connection.Client,
        options: RolloutOptions,
        new_task: NewTask,
        servers: Sequence[Record],
        list_servers: Callable[[], list[Record]],
        show: Callable[[str], object],
    ) -> None:
        self._options = options
        self._list_servers = list_servers
        self._show = show
        self._concurrency = client.concurrency
        self._watch = Watch(None, options.interval)
        self._actor = _actor.Actor(client, new_task, options.launch_operation, self._watch)
        self._single_target_option = new_task.single_target_option
        allowed = _rules.Allowed(
            overwrite_launched=options.overwrite_launched,
            delete_snapshots=options.delete_snapshots,
            unattended_launch=new_task.launches_by_itself,
            new_task_problem=new_task.problem,
        )
        self.outcomes = [Outcome(options.goal, allowed, _rules.status_of(record)) for record in servers]
        self._to_change: list[Outcome] = []

    def prepare(self, check_mode: bool) -> None:
        """Decide which servers have to be changed. Where their number is confirmed or reported, read each again."""
        if self._options.goal in CONFIRMED_GOALS or check_mode:
            for _each in self._in_parallel(self._actor.query, self._actionable()):
                pass
        self._to_change = self._actionable()
        for outcome in self.outcomes:
            if outcome not in self._to_change:
                outcome.set_message()

    def _actionable(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.decision.kind == _rules.ACT and not outcome.failed]

    def check_single_target(self) -> None:
        """
        :raises OptionsError: several servers would be migrated to one target.
        """
        new = [outcome for outcome in self._to_change if outcome.decision.operation == _rules.CREATE]
        if self._single_target_option and len(new) > 1:
            raise OptionsError(
                f"target.{self._single_target_option} names one machine, but tasks would be created for {len(new)}"
                f" servers: {_text.some_of([outcome.label for outcome in new])}. Give each a task of this play of its"
                " own."
            )

    def confirmation_problem(self, check_mode: bool) -> str:
        """Return why nothing may be changed: the number of servers was not confirmed. Empty if changes are allowed."""
        goal, confirm, count = self._options.goal, self._options.confirm, len(self._to_change)
        if goal not in CONFIRMED_GOALS or not count or confirm == count or (check_mode and confirm is None):
            return ""
        given = "confirm is not set" if confirm is None else f"confirm is {confirm}"
        participle = "rid of their tasks" if goal == "absent" else goal
        names = _text.some_of([outcome.label for outcome in self._to_change])
        return (
            f"{given}, but {count} source {'server' if count == 1 else 'servers'} would be {participle}: {names}."
            f" Nothing was done. If these are the ones that you mean, set confirm: {count}."
        )

    def reject(self, problem: str) -> dict[str, Any]:
        """Return the failure of a rollout that may change nothing, with what it would have changed."""
        for outcome in self._to_change:
            outcome.msg = f"Would {_rules.VERBS[outcome.decision.operation]} it."
        return {**self.result(check_mode=True, diff=False), "failed": True, "msg": problem}

    def predict(self) -> None:
        """Set what would become of each server, without changing any."""
        for outcome in self._to_change:
            operation = outcome.decision.operation
            outcome.msg = f"Would {_rules.VERBS[operation]} it."
            if operation == _rules.CREATE and self._options.goal == "started":
                outcome.msg, operation = "Would create a task for it and start it.", _rules.START
            outcome.predicted = _rules.expected(operation, outcome.status)
            self._show_outcome(outcome)

    def act(self) -> None:
        """Change the servers, and wait if the options say so.

        :raises SmsError: the servers cannot be listed, or Ansible has ended.
        """
        timeout = Deadline(self._options.wait_timeout, within=self._watch.deadline)
        pending = list(self._to_change)
        # Listing all servers takes requests that only a limit needs.
        others = 0 if self._options.max_running is None else self._count_others(self._list_servers())
        while True:
            free = self._free_slots(others, len(pending))
            for outcome in self._in_parallel(self._actor.act, pending[:free]):
                self._show_outcome(outcome)
            pending = pending[free:]
            underway = [outcome for outcome in self.outcomes if outcome.is_underway]
            if not pending and not (self._options.wait and underway):
                return
            if timeout.left() <= 0:
                self._time_out(pending, underway)
                return
            self._watch.sleep(min(self._options.interval, timeout.left()))
            others = self._poll(underway, others)

    def _count_others(self, listing: Iterable[Record]) -> int:
        """Return how many servers copy that this rollout does not concern."""
        own = {outcome.record["id"] for outcome in self.outcomes}
        return sum(record.get("state") in _states.RUNNING_STATES for record in listing if record["id"] not in own)

    def _free_slots(self, others: int, pending: int) -> int:
        """Return how many more servers may be changed now.

        :param others: number of other servers that copy.
        :param pending: number of servers that are left to change.
        """
        if self._options.max_running is None:
            return pending
        return max(0, self._options.max_running - sum(map(_is_running, self.outcomes)) - others)

    def _time_out(self, pending: Iterable[Outcome], underway: Iterable[Outcome]) -> None:
        time_up = f"Time is up after {_text.duration(self._options.wait_timeout)}"
        for outcome in pending:
            outcome.fail(f"{time_up}: it was not its turn, since max_running others run. Nothing was done.")
        for outcome in underway:
            description = outcome.status.description
            outcome.fail(f"{time_up}: {description}. It was not called off: run this again to wait longer.")

    def _poll(self, underway: Sequence[Outcome], others: int) -> int:
        """Read the status of servers, and return how many other servers copy."""
        try:
            listing = self._list_servers()
        except SmsError as error:
            if error.final:
                for outcome in underway:
                    outcome.fail(f"It cannot be seen how far it is: {error}")
            self._show(f"{_now()}  The source servers cannot be listed just now: {error}")
            return others
        records = {record["id"]: record for record in listing}
        for outcome in underway:
            before = outcome.status.summary
            # A server that left the listing may have been moved to another enterprise project.
            if outcome.record["id"] in records:
                outcome.update(_rules.status_of(records[outcome.record["id"]]))
            else:
                self._actor.query(outcome)
            outcome.set_message()
            if outcome.status.summary != before or outcome.failed:
                self._show_outcome(outcome)
        return self._count_others(listing)

    def _in_parallel(self, work: Callable[[Outcome], None], outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
        """Yield each outcome once the work on it is done."""
        # An interruption does not undo what was sent: the next run reads what has become of it.
        for outcome, _nothing in map_in_parallel(work, outcomes, self._concurrency, self._watch.deadline):
            yield outcome

    def _show_outcome(self, outcome: Outcome) -> None:
        cells = (
            _now(),
            outcome.label,
            _text.plain(outcome.status.state),
            "FAILED" if outcome.failed else _progress.describe(_progress.progress_of(outcome.record)),
            _text.plain(outcome.msg, _LONGEST_REASON),
        )
        self._show("  ".join(filter(None, cells)))

    def result(self, check_mode: bool, diff: bool) -> dict[str, Any]:
        """Return the result of the task module."""
        result: dict[str, Any] = {
            "changed": any(outcome.changed for outcome in self.outcomes),
            "failed": any(outcome.failed for outcome in self.outcomes),
            "msg": _summary(self.outcomes, check_mode),
            "to_change": len(self._to_change),
            "servers": [outcome.result() for outcome in self.outcomes],
        }
        if diff:
            result["diff"] = [_diff(outcome) for outcome in self.outcomes if outcome.changed]
        return result


def _is_running(outcome: Outcome) -> bool:
    """Return whether a server is copied for the first time, or is about to be."""
    if outcome.status.state in _states.RUNNING_STATES:
        return True
    return _rules.START in outcome.accepted and outcome.is_underway


def _now() -> str:
    return time.strftime("%H:%M:%S")


def _diff(outcome: Outcome) -> dict[str, Any]:
    return {
        "before_header": outcome.label,
        "after_header": outcome.label,
        "before": outcome.before,
        "after": outcome.result()["after"],
    }


def _summary(outcomes: Sequence[Outcome], check_mode: bool) -> str:
    """Return how many servers were changed, and why the first of those that failed did."""
    failed = [outcome for outcome in outcomes if outcome.failed]
    changed = sum(outcome.changed and not outcome.failed for outcome in outcomes)
    verb = "would be changed" if check_mode else "changed"
    clauses = [f"{changed} of {len(outcomes)} source {'server' if len(outcomes) == 1 else 'servers'} {verb}"]
    if unchanged := len(outcomes) - changed - len(failed):
        clauses.append(f"{unchanged} {'is' if unchanged == 1 else 'are'} as asked for or on the way")
    if not failed:
        return f"{', '.join(clauses)}."
    clauses.append(f"{len(failed)} failed")
    reasons = [f"{outcome.label}: {_text.plain(outcome.msg, _LONGEST_REASON)}" for outcome in failed[:_FAILURES_SHOWN]]
    more = len(failed) - len(reasons)
    return f"{', '.join(clauses)}. {' '.join(reasons)}{f' And {more} more, see servers.' if more else ''}"
