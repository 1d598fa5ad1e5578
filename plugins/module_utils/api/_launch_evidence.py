# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the last synchronization and consistency check of servers in sync."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..common._deadline import Deadline
from ..common._parallel import map_in_parallel
from ..http._client import Client
from ..records import _consistency
from ..records._consistency import Consistency
from ..records._records import Record, task_of
from . import _tasks


@dataclass(frozen=True)
class LaunchEvidence:
    """The last synchronization and the last consistency check of a server before its launch.

    :ivar synchronized: when its last synchronization ended, in milliseconds since the epoch; None if SMS shows none.
    :ivar consistency: its last consistency check; None if SMS shows none.
    """

    synchronized: int | None
    consistency: Consistency | None


def evidence_of(client: Client, records: Iterable[Record], deadline: Deadline) -> dict[str, LaunchEvidence]:
    """Return the evidence of the servers whose migration cycle is ``syncing``, by their IDs.

    :raises SmsError: the tasks or a result cannot be read.
    """
    in_sync = [record for record in records if record.get("migration_cycle") == "syncing"]
    if not in_sync:
        return {}
    tasks = {task["id"]: task for task in _tasks.list_tasks(client, {}, deadline)}
    task_ids = {record["id"]: str(task_of(record).get("id")) for record in in_sync}
    checked = [record["id"] for record in in_sync if record.get("is_consistency_result_exist") is True]

    def show(server_id: str) -> Consistency | None:
        return _tasks.show_consistency(client, task_ids[server_id], deadline)

    results = dict(map_in_parallel(show, checked, client.concurrency, deadline))
    return {
        server_id: LaunchEvidence(_consistency.last_synchronized_at(tasks.get(task_id)), results.get(server_id))
        for server_id, task_id in task_ids.items()
    }
