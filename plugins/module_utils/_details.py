# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what SMS says of each server by itself, which is more than in the list.

That takes a request for each. All of them are answered, or there is an error. A server that was listed and is gone when
it is asked for is none: that it is gone is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from . import _listing
from .common._deadline import Deadline
from .common._parallel import ask_together
from .http._client import Client
from .records._records import Record

# Servers: how many between two words about how it goes.
_STRIDE = 100


def find_details(
    client: Client,
    records: Iterable[Record],
    concurrency: int = 1,
    progress: Callable[[str], None] = lambda message: None,
    deadline: Deadline | None = None,
) -> dict[str, Record | None]:
    """The record of each server as SMS gives it alone, by the server's ID; None for one that SMS has no more.

    :param concurrency: requests in flight at once.
    :param progress: told how it goes, in words.
    :param deadline: when all of it is needed, if that is sooner than the option ``total_timeout`` says.
    :raises ApiError: SMS could not be asked, or answered something else.
    :raises DeadlineError: the time was up before, or the deadline was called off.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    ids = list(dict.fromkeys(str(record["id"]) for record in records))
    found: dict[str, Record | None] = {}

    def take(server_id: str, record: Record | None) -> None:
        found[server_id] = record
        if len(found) % _STRIDE == 0 or len(found) == len(ids):
            progress(f"Read {len(found)} of {len(ids)} source servers in detail")

    ask_together(ids, partial(_listing.show_server, client, deadline=deadline), take, concurrency, deadline)
    # In the order of the list, not of the answers: the cache's entry is the same for the same servers.
    return {server_id: found[server_id] for server_id in ids}


def are_details(value: object, records: Iterable[Record]) -> bool:
    """Whether a value that was kept can be what :func:`find_details` gave for these servers."""
    if not isinstance(value, dict) or value.keys() != {record["id"] for record in records}:
        return False
    return all(one is None or (isinstance(one, dict) and one.get("id") == key) for key, one in value.items())
