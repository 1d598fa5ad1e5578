# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: sends the operations that change a task, server by server.

Each operation is decided on the status that SMS returns immediately before, and is sent once. If its response is lost,
the server is read again, and its status decides whether the operation took effect.
"""

from __future__ import annotations

from typing import Any, TypedDict

from ..api import _source_servers, _tasks
from ..api._connection import Client
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import ApiError, DeadlineError, SmsError
from ..common._watch import Watch
from ..records import _records
from ..records._records import Record
from . import _rules
from ._new_task import NewTask
from ._rules import ACT, REFUSE, WAIT, Allowed, Decision, ServerStatus, StatusSummary

# Seconds for which an operation whose response was lost may stay invisible, and between two reads meanwhile.
EVIDENCE_TIMEOUT = 30.0
EVIDENCE_INTERVAL = 2.0
# Seconds for which an operation that SMS accepted may stay invisible.
EFFECT_TIMEOUT = 300.0


class ServerResult(TypedDict):
    """The result for one server, as the task module returns it."""

    id: str
    name: Any
    task_id: str | None
    before: StatusSummary
    after: StatusSummary
    changed: bool
    failed: bool
    msg: str


class Outcome:
    """What has become of one server so far.

    :ivar status: the status that was read last.
    :ivar decision: what to do in that status.
    :ivar before: the status when the run began.
    :ivar predicted: in check mode, the status that the operation would lead to.
    :ivar sent: the operations that were sent. None of them is sent again.
    :ivar accepted: those among them that took effect, in order.
    :ivar task_id: ID of the task that was read last; empty if there was none.
    :ivar new_task_id: ID of a task that was created, or found, although the server's record does not name it.
    """

    def __init__(self, goal: str, allowed: Allowed, status: ServerStatus) -> None:
        self._goal = goal
        self._allowed = allowed
        self.before = self._when_sent = status.summary
        self.predicted: StatusSummary | None = None
        self.sent: set[str] = set()
        self.accepted: list[str] = []
        self.failed = False
        self.msg = ""
        self.task_id = self.new_task_id = ""
        self._has_moved = self._is_overdue = False
        self._effect = Deadline(EFFECT_TIMEOUT)
        self.update(status)

    @property
    def record(self) -> Record:
        return self.status.record

    @property
    def label(self) -> str:
        return _records.label(self.record)

    @property
    def changed(self) -> bool:
        """Whether an operation took effect, or in check mode would be sent."""
        return bool(self.accepted) or self.predicted is not None

    def update(self, status: ServerStatus) -> None:
        """Replace the status by one that was read later."""
        self.status = status
        if status.task and isinstance(status.task.get("id"), str):
            self.task_id = status.task["id"]
        self._has_moved = self._has_moved or status.summary != self._when_sent
        # Only when SMS was queried: otherwise it could become overdue between the message and the end of the wait.
        self._is_overdue = self._effect.left() <= 0
        self.decision: Decision = _rules.decide(self._goal, status, self._allowed)

    def mark_sent(self, operation: str) -> None:
        """Record that an operation is about to be sent. Called before, since the response may be lost."""
        self.sent.add(operation)
        self._when_sent, self._has_moved = self.status.summary, False
        self._effect = Deadline(EFFECT_TIMEOUT)
        self._is_overdue = False

    @property
    def is_underway(self) -> bool:
        """Whether the server is on its way to the goal."""
        if self.failed:
            return False
        # SMS may show for a moment what it showed before it accepted the operation.
        unseen = bool(self.accepted) and not self._has_moved and not self._is_overdue
        return self.decision.kind == WAIT or (unseen and self.decision.kind in (ACT, REFUSE))

    def set_message(self) -> None:
        """Set the message by what has become of the server so far. An operation that is needed again is a failure."""
        if self.failed:
            return
        reason = f"{self._done}{self.decision.reason}"
        if self.is_underway:
            self.msg = f"{reason}." if self.decision.kind == WAIT else f"{self._done}SMS is at it."
        elif self.decision.kind == REFUSE:
            self.fail(f"{reason}.")
        elif self.decision.kind == ACT:
            never = f"SMS took it, and has not shown it within {_text.duration(EFFECT_TIMEOUT)}"
            self.fail(f"{reason}: {'it did not stay there' if self._has_moved else never}.")
        else:
            self.msg = f"{reason}."

    @property
    def _done(self) -> str:
        """The operations that took effect, as the beginning of a message."""
        participles = ", ".join(_rules.PARTICIPLES[operation] for operation in self.accepted)
        return f"{participles.capitalize()}. " if participles else ""

    def fail(self, message: str) -> None:
        self.failed, self.msg = True, message

    def result(self) -> ServerResult:
        return {
            "id": self.record["id"],
            "name": self.record.get("name"),
            "task_id": self.task_id or None,
            "before": self.before,
            "after": self.predicted or self.status.summary,
            "changed": self.changed,
            "failed": self.failed,
            "msg": self.msg,
        }


class Actor:
    """Sends to SMS what servers need. Several threads may call its methods, each for another server.

    :param launch_operation: the API's name of a launch: ``test`` or ``cutover``.
    :param watch: its deadline cancels all requests in flight; nothing is sent after Ansible has ended.
    """

    def __init__(self, client: Client, new_task: NewTask, launch_operation: str, watch: Watch) -> None:
        self._client = client
        self._new_task = new_task
        self._watch = watch
        self._operations = {"start": "start", "stop": "stop", "launch": launch_operation, "clear": "clear"}

    def query(self, outcome: Outcome) -> None:
        """Read the status of a server from its own record and its task. An error fails the server."""
        try:
            self._read(outcome, self._request_deadline())
        except SmsError as error:
            outcome.fail(str(error))

    def act(self, outcome: Outcome) -> None:
        """Send what a server needs, as far as SMS accepts it at once. An error fails the server."""
        try:
            while True:
                # Another run, a person or SMS itself may have changed the server since the last read.
                self._read(outcome, self._request_deadline())
                if outcome.decision.kind != ACT or outcome.decision.operation in outcome.sent:
                    break
                self._send_once(outcome, outcome.decision.operation)
        except SmsError as error:
            outcome.fail(str(error))
        outcome.set_message()

    def _request_deadline(self) -> Deadline:
        return Deadline(self._client.total_timeout, within=self._watch.deadline)

    def _read(self, outcome: Outcome, deadline: Deadline) -> None:
        """
        :raises SmsError: the status cannot be read, or Ansible has ended.
        """
        self._watch.check()
        record = _source_servers.show_server(self._client, outcome.record["id"], deadline)
        if record is None:
            raise SmsError(f"The source server {outcome.label} is no longer registered with SMS.")
        current = _rules.status_of(record).task
        task_id = str(current["id"]) if current and isinstance(current.get("id"), str) else ""
        # SMS may name a new task in the server's record only later.
        task_id = task_id or outcome.new_task_id
        task = _tasks.show_task(self._client, task_id, deadline) if task_id else None
        # An operation on this task would be one on a server that the user did not select.
        if task and _tasks.source_id_of(task) not in (None, record["id"]):
            raise SmsError(f"The record of {outcome.label} names a task that is another server's: nothing was done.")
        outcome.update(_printable(ServerStatus(record, task)))
        if task and outcome.decision.operation == _rules.START:
            # Only the list of tasks says whether SMS would launch the target by itself after the copy.
            task = {**task, "syncing": _tasks.is_syncing(self._client, task_id, deadline)}
            outcome.update(_printable(ServerStatus(record, task)))

    def _send_once(self, outcome: Outcome, operation: str) -> None:
        """
        :raises SmsError: the operation did not take effect, or it is not known whether it did.
        """
        # Creating is not idempotent, and a record without a task is no evidence that there is none.
        if operation == _rules.CREATE and self._find_task(outcome):
            return
        self._watch.check()
        outcome.mark_sent(operation)
        try:
            self._send(outcome, operation)
        except SmsError as error:
            if not self._took_effect(outcome, operation, error):
                return
        outcome.accepted.append(operation)

    def _send(self, outcome: Outcome, operation: str) -> None:
        deadline = self._request_deadline()
        if operation == _rules.CREATE:
            outcome.new_task_id = _tasks.create_task(self._client, self._new_task.body(outcome.record), deadline)
        elif operation == _rules.DELETE:
            _tasks.delete_task(self._client, outcome.task_id, deadline)
        else:
            _tasks.update_task_status(self._client, outcome.task_id, self._operations[operation], deadline)

    def _took_effect(self, outcome: Outcome, operation: str, error: SmsError) -> bool:
        """Return whether a request without a usable response took effect; False if somebody else did the same.

        :raises SmsError: it did not take effect, or it is not known whether it did.
        """
        if isinstance(error, ApiError) and error.failure.unprocessed:
            # SMS may have refused it since somebody else did the same at that moment.
            timeout = EVIDENCE_TIMEOUT + self._client.total_timeout
            if self._is_evident(outcome, operation, Deadline(timeout, within=self._watch.deadline)):
                return False
            raise error
        evidence = Deadline(EVIDENCE_TIMEOUT, within=self._watch.deadline)
        try:
            while not self._is_evident(outcome, operation, evidence):
                evidence.sleep(EVIDENCE_INTERVAL)
        except DeadlineError:
            raise SmsError(
                f"{error} Whether it was done is not known: SMS did not show it within"
                f" {_text.duration(EVIDENCE_TIMEOUT)}. It was not sent again. Look at the task, then run this again."
            ) from None
        return True

    def _is_evident(self, outcome: Outcome, operation: str, deadline: Deadline) -> bool:
        """Return whether the status of a server shows that an operation took effect."""
        try:
            self._read(outcome, deadline)
            if operation == _rules.CREATE:
                return outcome.status.task is not None or self._find_task(outcome)
        except SmsError:
            return False
        return outcome.decision.operation != operation

    def _find_task(self, outcome: Outcome) -> bool:
        """Return whether the list of tasks has one for a server whose record names none.

        :raises SmsError: the tasks cannot be listed.
        """
        task = _tasks.show_task_of(self._client, outcome.record["id"], self._request_deadline())
        if task is not None:
            outcome.new_task_id = task["id"]
            outcome.update(_printable(ServerStatus(outcome.record, task)))
        return task is not None


def _printable(status: ServerStatus) -> ServerStatus:
    """Return the status with values that JSON in UTF-8 can hold."""
    return ServerStatus(_text.sanitize(status.record), _text.sanitize(status.task))
