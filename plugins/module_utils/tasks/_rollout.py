# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: brings the tasks of many servers to one goal, in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any

from ..api._connection import Client
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import OptionsError
from ..common._parallel import map_in_parallel
from ..common._watch import Watch
from ..records import _progress, _states
from . import _rules
from ._account import Account, Listing, count_running, update_all
from ._actor import Actor
from ._configuration import describe_changes
from ._new_task import NewTask
from ._outcome import Job, Outcome

# Goals that cannot be undone. The user confirms the number of servers, so that a filter which matches more servers than
# were meant changes none of them.
CONFIRMED_GOALS = ("launched", "cleared", "absent")
_FAILURES_SHOWN = 3
_LONGEST_REASON = 2000


@dataclass(frozen=True)
class RolloutOptions:
    """The options of the task module that concern all servers, with its defaults.

    :ivar goal: the module's option ``state``.
    :ivar launch_operation: the API's name of a launch, ``test`` or ``cutover``, for jobs that have no other.
    :ivar confirm: number of servers that the user expects to be changed; None if not given.
    :ivar max_running: number of migrations that may copy at the same time in all accounts, with those of other servers;
        None for any.
    :ivar wait: whether to wait until all servers have reached the goal.
    :ivar wait_timeout: seconds.
    :ivar interval: seconds between two queries.
    """

    goal: str
    launch_operation: str = "test"
    confirm: int | None = None
    overwrite_launched: bool = False
    delete_snapshots: bool = False
    after_synchronization: bool = False
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
    """Brings servers of any number of accounts to a goal, as many at a time as may run.

    :ivar outcomes: one for each server.
    :param listings: for each client of the jobs, what lists the servers that may run in its account, whatever their
        states are. An account that cannot be listed fails its own servers only.
    :param show: shows a line.
    """

    def __init__(
        self,
        options: RolloutOptions,
        jobs: Sequence[Job],
        listings: Mapping[Client, Listing],
        show: Callable[[str], object],
    ) -> None:
        self._options = options
        self._show = show
        self._watch = Watch(None, options.interval)
        self._accounts = [Account(client, list_servers, self._watch) for client, list_servers in listings.items()]
        self._actors = {account.client: account.actor for account in self._accounts}
        self.outcomes = [Outcome(job, options.goal, self._allowed(job.new_task)) for job in jobs]
        self._to_change: list[Outcome] = []

    def _allowed(self, new_task: NewTask) -> _rules.Allowed:
        return _rules.Allowed(
            overwrite_launched=self._options.overwrite_launched,
            delete_snapshots=self._options.delete_snapshots,
            after_synchronization=self._options.after_synchronization,
            unattended_launch=new_task.launches_by_itself,
            new_task_problem=new_task.problem,
        )

    def prepare(self, check_mode: bool) -> None:
        """Decide which servers have to be changed. In check mode, read each again, as it would be before its change."""
        if check_mode:
            self._in_parallel(Actor.preview, self._actionable())
        elif self._options.goal == "absent":
            # The user confirms a number, which depends on snapshots, and the record does not show these.
            self._in_parallel(Actor.query_task, self._actionable())
        self._in_parallel(Actor.compare, [one for one in self.outcomes if one.needs_configuration and not one.failed])
        self._to_change = self._actionable()
        for outcome in {*self.outcomes}.difference(self._to_change):
            outcome.set_message()

    def _actionable(self) -> list[Outcome]:
        return [
            outcome
            for outcome in self.outcomes
            if not outcome.failed and (outcome.decision.kind == _rules.ACT or outcome.planned)
        ]

    def check_targets(self) -> None:
        """
        :raises OptionsError: several servers would be migrated to one target.
        """
        new = [outcome for outcome in self._to_change if outcome.decision.operation == _rules.CREATE]
        for option, among in (("vm_id", self.outcomes), ("name", new)):
            # A server that has a task may have been migrated to that ECS already.
            targets = {outcome: outcome.job.new_task.single_target(option) for outcome in among}
            for target in {targets[outcome] for outcome in new} - {""}:
                labels = [outcome.label for outcome in among if targets[outcome] == target]
                if len(labels) > 1:
                    raise OptionsError(
                        f"target.{option} names one machine, {_text.plain(target)}, but is given for {len(labels)}"
                        f" servers: {_text.some_of(labels)}. Give each server a target of its own."
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
            outcome.msg = f"Would {_rules.VERBS[operation]} it." if operation else ""
            if operation == _rules.CREATE and self._options.goal == "started":
                outcome.msg, operation = "Would create a task for it and start it.", _rules.START
            if outcome.planned:
                outcome.msg = f"{outcome.msg} Would set {describe_changes(outcome.planned)}.".strip()
            outcome.predicted = _rules.expected(operation, outcome.status) if operation else outcome.status.summary
            self._show_outcome(outcome)

    def act(self) -> None:
        """Change the servers, and wait if the options say so.

        :raises SmsError: Ansible has ended.
        """
        timeout = Deadline(self._options.wait_timeout, within=self._watch.deadline)
        pending = list(self._to_change)
        if self._options.max_running is not None:
            # Listing all servers takes requests that only a limit needs.
            update_all(self._accounts, self._watch.deadline)
            pending = self._without_unlisted(pending, final=False)
        while True:
            free = self._free_slots(len(pending))
            self._in_parallel(Actor.act, pending[:free], self._show_outcome)
            pending = pending[free:]
            underway = [outcome for outcome in self.outcomes if outcome.is_underway]
            if not pending and not (self._options.wait and underway):
                return
            if timeout.left() <= 0:
                self._time_out(pending, underway)
                return
            self._watch.sleep(min(self._options.interval, timeout.left()))
            self._poll(underway)
            pending = self._without_unlisted(pending, final=True)

    def _without_unlisted(self, pending: Sequence[Outcome], final: bool) -> list[Outcome]:
        """Fail the servers of accounts that could not be listed, and return the others.

        :param final: only accounts of which another listing would give the same error.
        """
        problems = {account.client: account.problem for account in self._accounts}
        listed = []
        for outcome in pending:
            problem = problems[outcome.job.client]
            if problem is None or (final and not problem.final):
                listed.append(outcome)
                continue
            outcome.fail(f"It is not known how many others run, so that nothing was done: {problem}")
            self._show_outcome(outcome)
        return listed

    def _free_slots(self, pending: int) -> int:
        """Return how many more servers may be changed now.

        :param pending: number of servers that are left to change.
        """
        if self._options.max_running is None:
            return pending
        others = count_running(self._accounts, {outcome.record["id"] for outcome in self.outcomes})
        return max(0, self._options.max_running - sum(map(_is_running, self.outcomes)) - others)

    def _time_out(self, pending: Iterable[Outcome], underway: Iterable[Outcome]) -> None:
        time_up = f"Time is up after {_text.duration(self._options.wait_timeout)}"
        for outcome in pending:
            outcome.fail(f"{time_up}: it was not its turn, since max_running others run. Nothing was done.")
        for outcome in underway:
            outcome.time_out(time_up)

    def _poll(self, underway: Sequence[Outcome]) -> None:
        """Read the status of servers by one listing of each account."""
        update_all(self._accounts, self._watch.deadline)
        for account in self._accounts:
            own = [outcome for outcome in underway if outcome.job.client is account.client]
            if account.problem is None:
                self._update(account, own)
                continue
            if account.problem.final:
                for outcome in own:
                    outcome.fail_by_error(account.problem)
            self._show(f"{_now()}  The source servers cannot be listed just now: {account.problem}")

    def _update(self, account: Account, underway: Iterable[Outcome]) -> None:
        for outcome in underway:
            before = outcome.status.summary
            # A server that left the listing may have been moved to another enterprise project.
            if outcome.record["id"] in account.records:
                outcome.update(_rules.status_of(account.records[outcome.record["id"]]))
            else:
                account.actor.query(outcome)
            outcome.set_message()
            if outcome.status.summary != before or outcome.failed:
                self._show_outcome(outcome)

    def _in_parallel(
        self,
        work: Callable[[Actor, Outcome], None],
        outcomes: Sequence[Outcome],
        show: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        """Do the work on each outcome, those of all accounts at once, and show each as soon as it is done."""
        queues = [[one for one in outcomes if one.job.client is account.client] for account in self._accounts]
        # In turn, so that the threads do not all wait for the connections of one account.
        in_turn = [outcome for row in zip_longest(*queues) for outcome in row if outcome is not None]
        threads = max(1, sum(account.client.concurrency for account in self._accounts))
        # An interruption does not undo what was sent: the next run reads what has become of it.
        for outcome, _nothing in map_in_parallel(
            lambda outcome: work(self._actors[outcome.job.client], outcome), in_turn, threads, self._watch.deadline
        ):
            show(outcome)

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
    if outcome.status.state in (*_states.RUNNING_STATES, *_states.DRILL_STATES):
        return True
    # A start of which it is not known whether it was done may still be done.
    return _rules.START in outcome.sent and (outcome.is_underway or outcome.is_unknown)


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
