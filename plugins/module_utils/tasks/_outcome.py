# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what has become of a server whose task is brought to a goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from ..api._connection import Client
from ..common import _text
from ..common._deadline import Deadline
from ..records import _records, _states
from ..records._records import Record
from . import _evidence, _rules
from ._configuration import Change, describe_changes
from ._new_task import NewTask
from ._rules import ACT, REFUSE, WAIT, Allowed, Decision
from ._status import ServerStatus, StatusSummary

# Seconds for which an operation that SMS accepted may stay invisible.
EFFECT_TIMEOUT = 300.0

# The values of "outcome", each with the combinations of "failed" and "changed" that it stands for.
KINDS: dict[str, tuple[tuple[bool, bool], ...]] = {
    "done": ((False, True),),
    "in_progress": ((False, True), (True, True)),
    "unchanged": ((False, False),),
    "refused": ((True, False),),
    "failed": ((True, False),),
    "unknown": ((True, True),),
}

_ADVICE = "Look at the task and its target in the SMS console, then run this again."


@dataclass(frozen=True)
class Job:
    """A server whose task is to be brought to a goal, with what may differ from one server to another.

    :ivar client: queries the account of the server.
    :ivar record: the server's record in the listing.
    :ivar new_task: the task that is created if the server has none.
    :ivar launch_operation: the API's name of a launch: ``test`` or ``cutover``.
    """

    client: Client
    record: Record
    new_task: NewTask
    launch_operation: str = "test"


class ServerResult(TypedDict):
    """The result for one server, as the task module returns it.

    :ivar outcome: one of :data:`KINDS`.
    """

    id: str
    name: Any
    task_id: str | None
    before: StatusSummary
    after: StatusSummary
    changed: bool
    failed: bool
    outcome: str
    msg: str


class Outcome:
    """What has become of one server so far.

    :ivar status: the status that was read last.
    :ivar decision: what to do in that status.
    :ivar before: the status when the run began.
    :ivar predicted: in check mode, the status that the operation would lead to.
    :ivar sent: the operations that were sent. None of them is sent again.
    :ivar sent_on: the status in which the last of them was sent.
    :ivar accepted: the operations that SMS accepted, in order, or that it shows although their response was lost.
    :ivar planned: the changes of the configuration that the task needed when the run began.
    :ivar changes: the changes of the configuration that were made.
    :ivar is_configured: whether setting the configuration was tried.
    :ivar is_unknown: whether it is not known whether the last operation took effect.
    :ivar task_id: ID of the task that was read last; empty if there was none.
    :ivar new_task_id: ID of a task that was created, or found, although the server's record does not name it.
    """

    def __init__(self, job: Job, goal: str, allowed: Allowed) -> None:
        self.job = job
        self._goal = goal
        self._allowed = allowed
        self.status = self.sent_on = _rules.status_of(job.record)
        self.before = self.status.summary
        self.predicted: StatusSummary | None = None
        self.sent: list[str] = []
        self.accepted: list[str] = []
        self.planned: list[Change] = []
        self.changes: list[Change] = []
        self.failed = self.is_unknown = self.is_configured = False
        self.msg = ""
        self.task_id = self.new_task_id = ""
        self._is_shown = self._is_refused = self._is_overdue = self._is_late = False
        self._effect = Deadline(EFFECT_TIMEOUT)
        self.update(self.status)

    @property
    def record(self) -> Record:
        return self.status.record

    @property
    def label(self) -> str:
        return _records.label(self.record)

    @property
    def changed(self) -> bool:
        """Whether an operation took effect or may have, or in check mode would be sent."""
        return bool(self.accepted or self.changes) or self.is_unknown or self.predicted is not None

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`."""
        if not self.changed:
            return "unchanged" if not self.failed else "refused" if self._is_refused else "failed"
        if self.failed:
            return "in_progress" if self._is_late else "unknown"
        return "in_progress" if self.is_underway else "done"

    @property
    def operations_left(self) -> bool:
        """Whether the server needs an operation that was not sent yet."""
        return self.decision.kind == ACT and self.decision.operation not in self.sent

    @property
    def needs_configuration(self) -> bool:
        """Whether the task exists, and its configuration was not compared yet."""
        has_task = self.status.task is not None and bool(self.task_id)
        return has_task and bool(self.job.new_task.configuration) and not self.is_configured

    @property
    def is_underway(self) -> bool:
        """Whether the server is on its way to the goal."""
        if self.failed:
            return False
        if self.predicted is not None:
            return self.decision.kind == ACT and self.decision.operation not in (_rules.CREATE, _rules.DELETE)
        # SMS may show for a moment what it showed before it accepted the operation.
        if self._is_unseen:
            has_failed_since = self.status.has_failed and not self.sent_on.has_failed
            return not self._is_overdue and not has_failed_since and self.decision.operation == self.sent[-1]
        return self.decision.kind == WAIT or self._is_restarting

    @property
    def _is_accepted(self) -> bool:
        """Whether SMS accepted the operation that was sent last."""
        return bool(self.sent) and self.accepted[-1:] == self.sent[-1:]

    @property
    def _is_unseen(self) -> bool:
        """Whether SMS accepted an operation and has shown no evidence of it."""
        return self._is_accepted and not self._is_shown

    @property
    def _is_restarting(self) -> bool:
        """Whether SMS shows a new start of the task, and still the failure of the server before."""
        is_start = self._is_accepted and self.sent[-1] == _rules.START and not self._is_overdue
        is_still_failed = self.status.state == self.sent_on.state == _states.FAILED
        return is_start and is_still_failed and self.decision.kind == REFUSE

    def update(self, status: ServerStatus) -> None:
        """Replace the status by one that was read later."""
        self.status = status
        self.task_id = status.task_id or self.task_id
        if self.sent and _evidence.shows(self.sent[-1], self.sent_on, status):
            self._is_shown = True
        # Only when SMS was queried: otherwise it could become overdue between the message and the end of the wait.
        self._is_overdue = self._effect.left() <= 0
        self.decision: Decision = _rules.decide(self._goal, status, self._allowed)

    def mark_sent(self, operation: str) -> None:
        """Record that an operation is about to be sent. Called before, since the response may be lost."""
        self.sent.append(operation)
        self.sent_on = self.status
        self._effect = Deadline(EFFECT_TIMEOUT)
        self._is_shown = self._is_overdue = False

    def mark_unknown(self) -> None:
        """Record that something is about to be sent of which it is not known yet whether it takes effect."""
        self.is_unknown = True

    def set_message(self) -> None:
        """Set the message by what has become of the server so far. A goal that was not reached is a failure."""
        if self.failed:
            return
        decision, reason = self.decision, f"{self._progress}{self.decision.reason}"
        if self.is_underway and decision.kind == WAIT:
            self.msg = f"{reason}."
        elif self.is_underway:
            self.msg = f"{self._progress}SMS accepted the request, and does not show its effect yet."
        elif self._is_unseen:
            shows = f"SMS accepted the request, and shows no effect: {self.decision.reason}."
            if self._is_overdue:
                shows = f"SMS accepted the request, and has shown no effect for {_text.duration(EFFECT_TIMEOUT)}."
            self.fail(f"{self._progress}{shows} It is not known whether it was done. {_ADVICE}")
        elif decision.kind == ACT:
            self.fail(f"{reason}: it did not stay there.")
        elif decision.kind == REFUSE:
            self.refuse(f"{decision.reason}.")
        else:
            self.msg = f"{reason}."

    @property
    def _progress(self) -> str:
        """What was done so far, as the beginning of a message."""
        shown = self.accepted[:-1] if self._is_unseen else self.accepted
        participles = ", ".join(_rules.PARTICIPLES[operation] for operation in shown)
        sentences = [f"{participles.capitalize()}. "] if participles else []
        if self.changes:
            sentences.append(f"Set {describe_changes(self.changes)}. ")
        if self._is_unseen:
            sentences.append(f"{_rules.NOUNS[self.accepted[-1]].capitalize()} requested. ")
        return "".join(sentences)

    def fail(self, message: str) -> None:
        self.failed, self.msg = True, message

    def refuse(self, reason: str) -> None:
        """Fail a server for which nothing may be sent. The reason is a sentence with its full stop."""
        self._is_refused = not self.sent
        self.fail(f"{self._progress}{reason}")

    def fail_by_error(self, error: Exception) -> None:
        """Fail a server by an error that ended the work on it."""
        accepted = "SMS accepted the request, and it is not known what became of it: " if self._is_unseen else ""
        self.fail(f"{self._progress}{accepted}{error}")

    def time_out(self, time_up: str) -> None:
        """Fail a server that is on its way to the goal when the time is up.

        :param time_up: the beginning of the message.
        """
        self._is_late = True
        self.fail(f"{time_up}: {self.status.description}. It was not called off: run this again to wait longer.")

    def result(self) -> ServerResult:
        return {
            "id": self.record["id"],
            "name": self.record.get("name"),
            "task_id": self.task_id or None,
            "before": self.before,
            "after": self.predicted or self.status.summary,
            "changed": self.changed,
            "failed": self.failed,
            "outcome": self.kind,
            "msg": self.msg,
        }
