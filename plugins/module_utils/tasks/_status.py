# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the status of a source server together with its task."""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

from ..common import _text
from ..records import _states
from ..records._records import Record, task_of

# The states of a task that the API documents.
TASK_STATES = (
    *("READY", "RUNNING", "SYNCING", "MIGRATE_SUCCESS", "SYNC_SUCCESS", "MIGRATE_FAIL", "SYNC_FAIL"),
    *("ABORTING", "ABORT", "SKIPPING", "DELETING", "RESETING"),
)


class StatusSummary(TypedDict):
    """The status of a server as the task module returns it, in the values of the API."""

    state: Any
    migration_cycle: Any
    task_state: Any


class ServerStatus(NamedTuple):
    """The status of a source server and its task.

    :ivar task: the task, with its details or as in the server's record; None if there is none.
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
    def task_id(self) -> str:
        """The ID of the task; empty if there is no task, or SMS does not return its ID."""
        task_id = self.task.get("id") if self.task else None
        return task_id if isinstance(task_id, str) else ""

    @property
    def has_failed(self) -> bool:
        return self.state == _states.FAILED or self.task_state in _states.FAILED_TASK_STATES

    @property
    def unrecognized(self) -> str:
        """What of the status SMS does not document, as a clause for messages; empty if all of it is documented."""
        values = (
            ("state", self.state, _states.NAMES),
            ("migration cycle", self.cycle, _states.CYCLES),
            ("task state", self.task_state, TASK_STATES if self.task else (None,)),
        )
        found = [f"{name} {_text.plain(value)}" for name, value, documented in values if value not in documented]
        return " and ".join(found)

    @property
    def has_unusable_task(self) -> bool:
        """Whether the record has something as its task that is none, so that it is unknown whether there is one."""
        named = self.record.get("current_task")
        return bool(named is not None and not task_of(self.record)) or (self.task is not None and not self.task_id)

    @property
    def summary(self) -> StatusSummary:
        return {"state": self.state, "migration_cycle": self.cycle, "task_state": self.task_state}

    @property
    def description(self) -> str:
        """The status as a clause for messages, with remote text made safe for a terminal."""
        task = f" with a task in {_text.plain(self.task_state)}" if self.task else " without a task"
        connected = "" if self.record.get("connected") is True else ", not connected,"
        return f"It is in {_text.plain(self.state)} ({_text.plain(self.cycle)}){connected}{task}"
