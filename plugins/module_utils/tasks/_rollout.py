# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what is done with the tasks of many servers, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..api import _connection
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import OptionsError, SmsError
from ..common._parallel import map_in_parallel
from ..records import _progress
from ..records._records import Record
from . import _actor, _new_task, _rules

Outcomes = list[_actor.Outcome]

# States to which servers are brought only where their number is confirmed.
CONFIRMED = ("launched", "cleared", "absent")
_RUNNING_STATES = ("initialize", "replicate")
_FAILURES_SHOWN = 3
_LONGEST_REASON = 2000


class Rollout:
    """What is done with servers, who is next, and how far all are.

    :param list_servers: lists the servers that may be among those that run, whatever their states are.
    :param show: shows a line.
    """

    def __init__(
        self,
        client: _connection.Client,
        options: Mapping[str, Any],
        new_task: _new_task.NewTask,
        wave: Sequence[Record],
        list_servers: Callable[[], list[Record]],
        show: Callable[[str], object],
    ) -> None:
        self._options = options
        self._list_servers = list_servers
        self._show = show
        self._goal: str = options["state"]
        self._concurrency = client.concurrency
        self._deadline = Deadline()
        self._actor = _actor.Actor(client, new_task, options["launch_operation"], self._deadline)
        self._machine = new_task.single_target_option
        allowed = _rules.Allowed(
            overwrite_launched=options["overwrite_launched"],
            delete_snapshots=options["delete_snapshots"],
            unattended_launch=new_task.launches_unasked,
            new_task_problem=new_task.problem,
        )
        self.outcomes = [_actor.Outcome(self._goal, allowed, _rules.status_of(record)) for record in wave]
        self._planned: Outcomes = []

    def prepare(self, check_mode: bool) -> None:
        """Find out which servers have something to be done, thoroughly where their number matters."""
        if self._goal in CONFIRMED or check_mode:
            self._together(self._actor.query, self._to_act(), _show_nothing)
        self._planned = self._to_act()
        for outcome in self.outcomes:
            if outcome not in self._planned:
                outcome.set_message()

    def _to_act(self) -> Outcomes:
        return [outcome for outcome in self.outcomes if outcome.decision.kind == _rules.ACT and not outcome.failed]

    def check_single_target(self) -> None:
        """
        :raises OptionsError: several servers would be migrated to one machine.
        """
        new = [outcome for outcome in self._planned if outcome.decision.operation == _rules.CREATE]
        if self._machine and len(new) > 1:
            raise OptionsError(
                f"target.{self._machine} names one machine, but tasks would be created for {len(new)} servers:"
                f" {_text.some_of([outcome.label for outcome in new])}. Give each a task of this play of its own."
            )

    def confirmation_problem(self, check_mode: bool) -> str:
        """Why nothing may be done: another number of servers would be changed than was confirmed. Empty if it may."""
        confirm, count = self._options["confirm"], len(self._planned)
        if self._goal not in CONFIRMED or not count or confirm == count or (check_mode and confirm is None):
            return ""
        given = "confirm is not set" if confirm is None else f"confirm is {confirm}"
        names = _text.some_of([outcome.label for outcome in self._planned])
        return (
            f"{given}, but {count} source {'server' if count == 1 else 'servers'} would be {self._done_words}: {names}."
            f" Nothing was done. If these are the ones that you mean, set confirm: {count}."
        )

    @property
    def _done_words(self) -> str:
        return {"absent": "rid of their tasks"}.get(self._goal, self._goal)

    def refuse(self) -> dict[str, Any]:
        """Say of each server what would have been done."""
        for outcome in self._planned:
            outcome.msg = f"Would {_rules.WORDS[outcome.decision.operation][0]} it."
        return self.result(check_mode=True, diff=False)

    def predict(self) -> None:
        """Say what would be done."""
        for outcome in self._planned:
            operation = outcome.decision.operation
            outcome.changed = True
            outcome.msg = f"Would {_rules.WORDS[operation][0]} it."
            if operation == _rules.CREATE and self._goal == "started":
                outcome.msg, operation = "Would create a task for it and start it.", _rules.START
            outcome.predicted = _rules.expected(operation, outcome.status)
            self._show_outcome(outcome)

    def act(self) -> None:
        """Do it, and wait as far as that is asked for."""
        waiting = Deadline(self._options["wait_timeout"], within=self._deadline)
        pending, chosen = list(self._planned), {outcome.record["id"] for outcome in self.outcomes}
        others = self._count_others(chosen)
        while True:
            room = self._room(others)
            room = len(pending) if room is None else room
            self._together(self._actor.act, pending[:room], self._show_outcome)
            pending = pending[room:]
            underway = [outcome for outcome in self.outcomes if outcome.is_underway]
            if not pending and not (self._options["wait"] and underway):
                return
            if waiting.left() <= 0:
                self._give_up(pending, underway)
                return
            time.sleep(min(self._options["interval"], waiting.left()))
            others = self._look_again(underway, chosen, others)

    def _count_others(self, chosen: set[str]) -> int:
        """How many servers run that are not meant.

        :raises SmsError: the servers cannot be listed.
        """
        if self._options["max_running"] is None:
            return 0
        listing = self._list_servers()
        return _count_running(record for record in listing if record["id"] not in chosen)

    def _room(self, others: int) -> int | None:
        """How many more migrations may run; None for any number."""
        most: int | None = self._options["max_running"]
        if most is None:
            return None
        mine = sum(_is_running(outcome) for outcome in self.outcomes)
        return max(0, most - mine - others)

    def _give_up(self, pending: Outcomes, underway: Outcomes) -> None:
        time_up = f"Time is up after {_text.duration(self._options['wait_timeout'])}"
        for outcome in pending:
            outcome.fail(f"{time_up}: it was not its turn, since max_running others run. Nothing was done.")
        for outcome in underway:
            outcome.fail(
                f"{time_up}: {outcome.status.description}. It was not called off: run this again to wait longer."
            )

    def _look_again(self, underway: Outcomes, chosen: set[str], others: int) -> int:
        """See how far all servers are; gives how many others run."""
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
            if outcome.record["id"] in records:
                outcome.update(_rules.status_of(records[outcome.record["id"]]))
            else:
                self._actor.query(outcome)
            outcome.set_message()
            if outcome.status.summary != before or outcome.failed:
                self._show_outcome(outcome)
        return _count_running(record for record in listing if record["id"] not in chosen)

    def _together(
        self, work: Callable[[_actor.Outcome], None], outcomes: Outcomes, show: Callable[[_actor.Outcome], None]
    ) -> None:
        """Have work done for all outcomes.

        :param show: shows a outcome once its work is done.
        """
        # Where it is interrupted, what was sent stays sent: the next run sees what has come of it.
        for outcome, _nothing in map_in_parallel(work, outcomes, self._concurrency, self._deadline):
            show(outcome)

    def _show_outcome(self, outcome: _actor.Outcome) -> None:
        progress = _progress.describe(_progress.progress_of(outcome.record))
        words = (
            _now(),
            outcome.label,
            _text.plain(outcome.status.state),
            "FAILED" if outcome.failed else progress,
            _text.plain(outcome.msg, _LONGEST_REASON),
        )
        self._show("  ".join(filter(None, words)))

    def result(self, check_mode: bool, diff: bool) -> dict[str, Any]:
        failed = [outcome for outcome in self.outcomes if outcome.failed]
        changed = [outcome for outcome in self.outcomes if outcome.changed]
        result: dict[str, Any] = {
            "changed": bool(changed),
            "failed": bool(failed),
            "msg": _summary(self.outcomes, check_mode),
            "to_change": len(self._planned),
            "servers": [outcome.result() for outcome in self.outcomes],
        }
        if diff:
            result["diff"] = [_diff(outcome) for outcome in changed]
        return result


def _show_nothing(outcome: _actor.Outcome) -> None:
    """What was looked at, and is to be acted on, is shown when that is done."""


def _count_running(records: Iterable[Record]) -> int:
    return sum(record.get("state") in _RUNNING_STATES for record in records)


def _is_running(outcome: _actor.Outcome) -> bool:
    """Whether a server is being replicated, or is about to be."""
    if outcome.status.state in _RUNNING_STATES:
        return True
    return _rules.START in outcome.asked and outcome.is_underway


def _now() -> str:
    return time.strftime("%H:%M:%S")


def _diff(outcome: _actor.Outcome) -> dict[str, Any]:
    return {
        "before_header": outcome.label,
        "after_header": outcome.label,
        "before": outcome.before,
        "after": outcome.result()["after"],
    }


def _summary(outcomes: Outcomes, check_mode: bool) -> str:
    """What became of all, and why of those that failed."""
    failed = [outcome for outcome in outcomes if outcome.failed]
    changed = sum(outcome.changed and not outcome.failed for outcome in outcomes)
    verb = "would be changed" if check_mode else "changed"
    words = [f"{changed} of {len(outcomes)} source {'server' if len(outcomes) == 1 else 'servers'} {verb}"]
    if unchanged := len(outcomes) - changed - len(failed):
        words.append(f"{unchanged} {'is' if unchanged == 1 else 'are'} as asked for or on the way")
    if not failed:
        return f"{', '.join(words)}."
    words.append(f"{len(failed)} failed")
    reasons = [f"{outcome.label}: {_text.plain(outcome.msg, _LONGEST_REASON)}" for outcome in failed[:_FAILURES_SHOWN]]
    more = len(failed) - len(reasons)
    return f"{', '.join(words)}. {' '.join(reasons)}{f' And {more} more, see servers.' if more else ''}"
