# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: one of the accounts whose servers a rollout changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from ..api._connection import Client
from ..common._deadline import Deadline
from ..common._errors import SmsError
from ..common._parallel import map_in_parallel
from ..common._watch import Watch
from ..records import _states
from ..records._records import Record
from ._actor import Actor

# Lists the source servers of an account, at the latest until the deadline expires; raises an SmsError if it cannot.
Listing = Callable[[Deadline], list[Record]]


class Account:
    """One account: what sends requests to it, and its source servers when they were listed last.

    :ivar records: by server ID; empty if the servers were never listed.
    :ivar problem: why the servers could not be listed the last time; None if they were.
    """

    def __init__(self, client: Client, listing: Listing, watch: Watch) -> None:
        self.client = client
        self.actor = Actor(client, watch)
        self.records: Mapping[str, Record] = {}
        self.problem: SmsError | None = None
        self._listing = listing

    def update(self, deadline: Deadline) -> None:
        """List the source servers. An error keeps those that were listed before."""
        try:
            self.records = {record["id"]: record for record in self._listing(deadline)}
            self.problem = None
        except SmsError as error:
            self.problem = error


def update_all(accounts: Collection[Account], deadline: Deadline) -> None:
    """List the source servers of all accounts, side by side."""
    for _each in map_in_parallel(lambda account: account.update(deadline), accounts, max(1, len(accounts)), deadline):
        pass


def count_running(accounts: Iterable[Account], left_out: Collection[str]) -> int:
    """Return how many servers copied for the first time when they were listed last.

    :param left_out: IDs of servers that do not count.
    """
    # Each once: two connections may lead to one account.
    records = {server_id: record for account in accounts for server_id, record in account.records.items()}
    return sum(
        record.get("state") in (*_states.RUNNING_STATES, *_states.DRILL_STATES)
        for server_id, record in records.items()
        if server_id not in left_out
    )
