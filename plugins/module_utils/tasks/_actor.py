# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: sends the operations that change a task, server by server.

Each operation is decided on the status that SMS returns immediately before, and is sent once. If its response is lost,
the server is read again, and its status decides whether the operation took effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Any

from ..api import _source_servers, _tasks
from ..api._connection import Client, describe_account
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import ApiError, DeadlineError, SmsError
from ..common._watch import Watch
from ..records._records import Record
from . import _evidence, _rules
from ._destinations import Destinations, UnfitTargetError
from ._outcome import Outcome
from ._status import ServerStatus

# Seconds for which an operation whose response was lost may stay invisible, and between two reads meanwhile.
EVIDENCE_TIMEOUT = 30.0
EVIDENCE_INTERVAL = 2.0
# These need what a server's record does not have: whether the task has snapshots of a launched target.
_NEED_DETAILS = (_rules.START, _rules.DELETE)


class Actor:
    """Sends to SMS what the servers of one account need. Several threads may call its methods, each for another server.

    :param watch: its deadline cancels all requests in flight; nothing is sent after Ansible has ended.
    """

    def __init__(self, client: Client, watch: Watch) -> None:
        self._client = client
        self._watch = watch
        self._slots = BoundedSemaphore(client.concurrency)
        self._destinations = Destinations(client)

    def query(self, outcome: Outcome) -> None:
        """Read the status of a server from its own record and its task. An error fails the server."""
        with self._slots:
            try:
                self._read(outcome, self._request_deadline())
            except SmsError as error:
                outcome.fail_by_error(error)

    def preview(self, outcome: Outcome) -> None:
        """Read the status of a server and, if a task would be created for it, its target. An error fails the server."""
        self.query(outcome)
        if outcome.failed or not outcome.operations_left or outcome.decision.operation != _rules.CREATE:
            return
        with self._slots:
            try:
                self._new_body(outcome)
            except UnfitTargetError as error:
                outcome.refuse(str(error))
            except SmsError as error:
                outcome.fail_by_error(error)

    def compare(self, outcome: Outcome) -> None:
        """Read what of the configuration of a task has to be changed. An error fails the server."""
        with self._slots:
            try:
                self._watch.check()
                configuration = outcome.job.new_task.configuration
                outcome.planned = configuration.changes(self._client, outcome.task_id, self._request_deadline())
            except SmsError as error:
                outcome.fail_by_error(error)

    def query_task(self, outcome: Outcome) -> None:
        """Read the task that a server's record names. An error fails the server."""
        with self._slots:
            try:
                self._watch.check()
                self._complete(outcome, outcome.record, self._request_deadline())
            except SmsError as error:
                outcome.fail_by_error(error)

    def act(self, outcome: Outcome) -> None:
        """Send what a server needs, as far as SMS accepts it at once. An error fails the server.

        Requests for one server, besides retries and reads after a lost response:

        * pause, launch, clear: 3. The server, the operation, the server.
        * delete: 4. The server, the task, the deletion, the server.
        * create: 4. The server, the list of its tasks, the creation, the server. For a target that exists, 3 more
          before the creation: the ECS, its disks, the list of all tasks. For the name of a template, one listing of the
          templates for all servers.
        * start: 5. The server, the task, the list for ``syncing``, the start, the server.
        * speed rules, and the same for configuration settings: 1, and 2 more to change and to read them again.
        """
        with self._slots:
            try:
                # Another run, a person or SMS itself may have changed the server since it was listed.
                self._read(outcome, self._request_deadline())
                while outcome.operations_left:
                    if outcome.decision.operation == _rules.START:
                        self._configure(outcome)
                    if not self._send_once(outcome):
                        self._read(outcome, self._request_deadline())
                self._configure(outcome)
            except UnfitTargetError as error:
                outcome.refuse(str(error))
            except SmsError as error:
                outcome.fail_by_error(error)
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
            account = describe_account(self._client)
            raise SmsError(f"The source server {outcome.label} is not registered with SMS: {account}.")
        self._complete(outcome, record, deadline)

    def _complete(self, outcome: Outcome, record: Record, deadline: Deadline) -> None:
        """Update the status by a record, and by its task if the record is not enough for a decision.

        :raises SmsError: the task cannot be read, or is another server's.
        """
        known = (outcome.task_id, outcome.new_task_id)
        status = _rules.status_of(record)
        # SMS may name a new task in the server's record only later.
        task_id = status.task_id or outcome.new_task_id
        outcome.update(_printable(status))
        # If two responses of SMS name one task for a server, the task is known to be this server's.
        is_settled = status.task_id in known and status.task_state is not None
        if not task_id or (is_settled and not self._needs_details(outcome)):
            return
        task = _tasks.show_task(self._client, task_id, deadline)
        # An operation on this task would be one on a server that the user did not select.
        if task and _tasks.source_id_of(task) not in (None, record["id"]):
            raise SmsError(f"The record of {outcome.label} names a task that is another server's: nothing was done.")
        outcome.update(_printable(ServerStatus(record, task)))
        if task and outcome.operations_left and outcome.decision.operation == _rules.START:
            # Only the list of tasks says whether SMS would launch the target by itself after the copy.
            task = {**task, "syncing": _tasks.is_syncing(self._client, task_id, deadline)}
            outcome.update(_printable(ServerStatus(record, task)))

    def _needs_details(self, outcome: Outcome) -> bool:
        return outcome.operations_left and outcome.decision.operation in _NEED_DETAILS

    def _configure(self, outcome: Outcome) -> None:
        """Set the speed rules and configuration settings of a task, before it is started.

        :raises SmsError: they were not set, or it is not known whether they were.
        """
        if not outcome.needs_configuration or outcome.decision.kind == _rules.REFUSE:
            return
        outcome.is_configured = True
        configuration = outcome.job.new_task.configuration
        self._watch.check()
        deadline = self._request_deadline()
        try:
            outcome.changes = configuration.apply(self._client, outcome.task_id, deadline, outcome.mark_unknown)
        except ApiError as error:
            outcome.is_unknown = outcome.is_unknown and not error.failure.unprocessed
            raise
        outcome.is_unknown = False

    def _send_once(self, outcome: Outcome) -> bool:
        """Send the operation that a server needs, and return whether its status was read after that.

        :raises SmsError: the operation did not take effect, or it is not known whether it did.
        """
        operation = outcome.decision.operation
        # Creating is not idempotent, and a record without a task is no evidence that there is none.
        if operation == _rules.CREATE and self._find_task(outcome, self._request_deadline()):
            return False
        body = self._new_body(outcome) if operation == _rules.CREATE else {}
        self._watch.check()
        outcome.mark_sent(operation)
        try:
            self._send(outcome, operation, body)
        except SmsError as error:
            if self._took_effect(outcome, operation, error):
                outcome.accepted.append(operation)
            # What follows the creation of a task is decided on more than the list of tasks shows.
            return operation != _rules.CREATE
        outcome.accepted.append(operation)
        return False

    def _new_body(self, outcome: Outcome) -> dict[str, Any]:
        """Return the body of the new task of a server.

        :raises UnfitTargetError: the server cannot migrate to the target that the user names.
        :raises SmsError: the target cannot be looked up.
        """
        new_task = outcome.job.new_task
        destination = self._destinations.find(new_task.target, outcome.record, self._request_deadline())
        return new_task.body(outcome.record, destination)

    def _send(self, outcome: Outcome, operation: str, body: Mapping[str, Any]) -> None:
        deadline = self._request_deadline()
        if operation == _rules.CREATE:
            outcome.new_task_id = _tasks.create_task(self._client, body, deadline)
        elif operation == _rules.DELETE:
            _tasks.delete_task(self._client, outcome.task_id, deadline)
        else:
            name = outcome.job.launch_operation if operation == _rules.LAUNCH else operation
            _tasks.update_task_status(self._client, outcome.task_id, name, deadline)

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
        # Until SMS shows it, SMS may still do it.
        outcome.is_unknown = True
        evidence = Deadline(EVIDENCE_TIMEOUT, within=self._watch.deadline)
        try:
            while not self._is_evident(outcome, operation, evidence):
                evidence.sleep(EVIDENCE_INTERVAL)
        except DeadlineError:
            raise SmsError(
                f"{error} Whether it was done is not known: SMS did not show it within"
                f" {_text.duration(EVIDENCE_TIMEOUT)}. It was not sent again. {outcome.status.description}. Look at the"
                " task and its target in the SMS console, then run this again."
            ) from None
        outcome.is_unknown = False
        return True

    def _is_evident(self, outcome: Outcome, operation: str, deadline: Deadline) -> bool:
        """Return whether SMS shows that an operation took effect."""
        try:
            self._read(outcome, deadline)
            if operation == _rules.CREATE:
                return self._is_created(outcome, deadline)
            if not _evidence.shows(operation, outcome.sent_on, outcome.status):
                return False
            # A record without a task is no evidence that there is none.
            sent_to = outcome.sent_on.task_id
            return outcome.status.task_id == sent_to or _tasks.show_task(self._client, sent_to, deadline) is None
        except SmsError:
            return False

    def _is_created(self, outcome: Outcome, deadline: Deadline) -> bool:
        """Return whether a server has a task; after a lost response, whether it has the one that was requested.

        :raises SmsError: the tasks cannot be listed.
        """
        if outcome.status.task is None and not self._find_task(outcome, deadline):
            return False
        task = outcome.status.task or {}
        return not outcome.is_unknown or task.get("name") == outcome.job.new_task.name(outcome.record)

    def _find_task(self, outcome: Outcome, deadline: Deadline) -> bool:
        """Return whether the list of tasks has one for a server whose record names none.

        :raises SmsError: the tasks cannot be listed.
        """
        task = _tasks.show_task_of(self._client, outcome.record["id"], deadline)
        if task is not None:
            outcome.new_task_id = task["id"]
            outcome.update(_printable(ServerStatus(outcome.record, task)))
        return task is not None


def _printable(status: ServerStatus) -> ServerStatus:
    """Return the status with values that JSON in UTF-8 can hold."""
    return ServerStatus(_text.sanitize(status.record), _text.sanitize(status.task))
