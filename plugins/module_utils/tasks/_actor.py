# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the one place that has SMS change something, server by server.

What to do is decided on what SMS says right before. Each call is sent once. Where its answer is lost, the server is
read again, and whether it was done is decided on that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..api import _source_servers, _tasks
from ..api._connection import Client
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import ApiError, DeadlineError, SmsError
from ..records import _records
from ..records._records import Record
from . import _rules
from ._new_task import NewTask
from ._rules import ACT, REFUSE, WAIT, Allowed, Decision, ServerStatus

# Seconds: how long SMS may take to show that something was done whose answer was lost, and between two looks.
SETTLING = 30.0
SETTLING_INTERVAL = 2.0
# Seconds: how long SMS may take to show that it does what it said it would.
PATIENCE = 300.0


@dataclass(eq=False)
class Outcome:
    """What becomes of one server.

    :ivar status: where it was seen last.
    :ivar step: what has to be done from there.
    :ivar asked: what SMS was asked to do with it, in order.
    :ivar predicted: where it would be, had it been asked.
    :ivar changed: whether that has been done, or is being done.
    :ivar task_id: of the task that was seen last; empty where there was none.
    :ivar new_task_id: of the task that was created, or found although the server's record names none.
    """

    goal: str
    allowed: Allowed
    status: ServerStatus
    asked: list[str] = field(default_factory=list)
    changed: bool = False
    failed: bool = False
    msg: str = ""
    task_id: str = ""
    new_task_id: str = ""

    def __post_init__(self) -> None:
        self.before = self._seen = self.status.summary
        self._moved = False
        self._patience = Deadline(PATIENCE)
        self._is_overdue = False
        self.sent: set[str] = set()
        self.predicted: dict[str, Any] | None = None
        self.update(self.status)

    @property
    def record(self) -> Record:
        return self.status.record

    @property
    def label(self) -> str:
        return _records.label(self.record)

    def update(self, status: ServerStatus) -> None:
        """Take over where the server is now."""
        self.status = status
        if status.task and isinstance(status.task.get("id"), str):
            self.task_id = status.task["id"]
        self._moved = self._moved or status.summary != self._seen
        # Only when SMS was queried: otherwise it could become overdue between the message and the end of the wait.
        self._is_overdue = self._patience.left() <= 0
        self.decision: Decision = _rules.decide(self.goal, status, self.allowed)

    def mark_sent(self, operation: str) -> None:
        """SMS is going to be asked for something, which it must not be for a second time."""
        self.asked.append(operation)
        self.sent.add(operation)
        self._seen, self._moved = self.status.summary, False
        self._patience = Deadline(PATIENCE)
        self._is_overdue = False

    @property
    def is_underway(self) -> bool:
        """Whether it is on its way to where it was asked to be."""
        if self.failed:
            return False
        # What was asked for may take a moment to be seen.
        unseen = bool(self.asked) and not self._moved and not self._is_overdue
        return self.decision.kind == WAIT or (unseen and self.decision.kind in (ACT, REFUSE))

    def set_message(self) -> None:
        """Say what has become of it so far."""
        if self.failed:
            return
        if self.is_underway:
            self.msg = f"{self._done}{self.decision.reason if self.decision.kind == WAIT else 'SMS is at it'}."
        elif self.decision.kind == REFUSE:
            self.fail(f"{self._done}{self.decision.reason}.")
        elif self.decision.kind == ACT:
            never = f"SMS took it, and has not shown it within {_text.duration(PATIENCE)}"
            self.fail(f"{self._done}{self.decision.reason}: {'it did not stay there' if self._moved else never}.")
        else:
            self.msg = f"{self._done}{self.decision.reason}."

    @property
    def _done(self) -> str:
        words = ", ".join(_rules.WORDS[operation][1] for operation in self.asked)
        return f"{words.capitalize()}. " if words and self.changed else ""

    def fail(self, message: str) -> None:
        self.failed, self.msg = True, message

    def result(self) -> dict[str, Any]:
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
    """Has SMS do what servers need. Its methods may be called from several threads, for a server each.

    :param launch_operation: what a launch is called: ``test`` or ``cutover``.
    :param deadline: calls off all that is in flight.
    """

    def __init__(self, client: Client, new_task: NewTask, launch_operation: str, deadline: Deadline) -> None:
        self._client = client
        self._new_task = new_task
        self._deadline = deadline
        self._operations = {"start": "start", "stop": "stop", "launch": launch_operation, "clear": "clear"}

    def query(self, outcome: Outcome) -> None:
        """See where a server is now, by its own record and its task's."""
        try:
            self._read(outcome, Deadline(self._client.total_timeout, within=self._deadline))
        except SmsError as error:
            outcome.fail(str(error))

    def act(self, outcome: Outcome) -> None:
        """Have done what a server needs, as far as that is possible at once, each thing once."""
        try:
            while True:
                self._read(outcome, Deadline(self._client.total_timeout, within=self._deadline))
                if outcome.decision.kind != ACT or outcome.decision.operation in outcome.sent:
                    break
                self._ask(outcome, outcome.decision.operation)
        except SmsError as error:
            outcome.fail(str(error))
        outcome.set_message()

    def _read(self, outcome: Outcome, deadline: Deadline) -> None:
        """
        :raises SmsError: it cannot be seen where the server is.
        """
        record = _source_servers.show_server(self._client, outcome.record["id"], deadline)
        if record is None:
            raise SmsError(f"The source server {outcome.label} is no longer registered with SMS.")
        current = _rules.status_of(record).task
        task_id = str(current["id"]) if current and isinstance(current.get("id"), str) else ""
        # A new task may be in the server's record only later.
        task_id = task_id or outcome.new_task_id
        task = _tasks.show_task(self._client, task_id, deadline) if task_id else None
        if task and _tasks.source_id_of(task) not in (None, record["id"]):
            raise SmsError(f"The record of {outcome.label} names a task that is another server's: nothing was done.")
        outcome.update(_printable(ServerStatus(record, task)))
        if task and outcome.decision[:2] == (ACT, _rules.START):
            task = {**task, "syncing": _tasks.is_syncing(self._client, task_id, deadline)}
            outcome.update(_printable(ServerStatus(record, task)))

    def _ask(self, outcome: Outcome, operation: str) -> None:
        """Have one thing done, once.

        :raises SmsError: it was not done, or nobody knows.
        """
        if operation == _rules.CREATE and self._find(outcome):
            return
        outcome.mark_sent(operation)
        try:
            self._send(outcome, operation)
            outcome.changed = True
        except SmsError as error:
            if self._was_done(outcome, operation, error):
                outcome.changed = True
            else:
                outcome.asked.remove(operation)

    def _send(self, outcome: Outcome, operation: str) -> None:
        deadline = Deadline(self._client.total_timeout, within=self._deadline)
        if operation == _rules.CREATE:
            outcome.new_task_id = _tasks.create_task(self._client, self._new_task.body(outcome.record), deadline)
        elif operation == _rules.DELETE:
            _tasks.delete_task(self._client, outcome.task_id, deadline)
        else:
            _tasks.update_task_status(self._client, outcome.task_id, self._operations[operation], deadline)

    def _was_done(self, outcome: Outcome, operation: str, error: SmsError) -> bool:
        """Whether a call whose answer is lost has done its work; False where somebody else has.

        :raises SmsError: it was not done, or nobody knows.
        """
        unprocessed = isinstance(error, ApiError) and error.failure.unprocessed
        settling = Deadline(SETTLING, within=self._deadline)
        reading = Deadline(SETTLING + self._client.total_timeout, within=self._deadline)
        while True:
            if self._shows(outcome, operation, settling if not unprocessed else reading):
                return not unprocessed
            if unprocessed:
                raise error
            try:
                settling.sleep(SETTLING_INTERVAL)
            except DeadlineError:
                break
        raise SmsError(
            f"{error} Whether it was done is not known: SMS did not show it within"
            f" {_text.duration(SETTLING)}. It was not sent again. Look at the task, then run this again."
        )

    def _shows(self, outcome: Outcome, operation: str, deadline: Deadline) -> bool:
        """Whether SMS says of a server that something has been done with it."""
        try:
            self._read(outcome, deadline)
            if operation == _rules.CREATE:
                return outcome.status.task is not None or self._find(outcome)
        except SmsError:
            return False
        return outcome.decision[:2] != (ACT, operation)

    def _find(self, outcome: Outcome) -> bool:
        """Look for the task of a server whose record names none.

        :raises SmsError: it cannot be looked for.
        """
        deadline = Deadline(self._client.total_timeout, within=self._deadline)
        task = _tasks.show_task_of(self._client, outcome.record["id"], deadline)
        if task is not None:
            outcome.new_task_id = task["id"]
            outcome.update(_printable(ServerStatus(outcome.record, task)))
        return task is not None


def _printable(status: ServerStatus) -> ServerStatus:
    """The same, as what is shown and written can hold it."""
    return ServerStatus(_text.sanitize(status.record), _text.sanitize(status.task))
