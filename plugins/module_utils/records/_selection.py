# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: selects listed servers by name or ID. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..common._errors import SmsError
from ..common._text import plain, some_of
from ._records import Record


class SelectionError(SmsError):
    """No server has a name or ID that the user gives, or several servers have the name."""


def select(records: Sequence[Record], servers: Collection[str]) -> list[Record]:
    """Return the servers with these names or IDs, or all if there are none, in the order of the listing.

    :param servers: names or IDs.
    :raises SelectionError: no server has one of the names or IDs, or several servers have one of the names.
    """
    if not servers:
        return list(records)
    wanted = set(identify(records, servers))
    return [record for record in records if record["id"] in wanted]


def identify(records: Sequence[Record], servers: Collection[str], by_id: Collection[str] = ()) -> list[str]:
    """Return the IDs of the servers with these names or IDs, in the order in which they are given.

    :param by_id: those among them that are IDs, so that a name does not count.
    :raises SelectionError: as for :func:`select`.
    """
    ids = {record["id"] for record in records}
    named: dict[str, list[str]] = {}
    for record in records:
        if isinstance(record.get("name"), str):
            named.setdefault(record["name"], []).append(str(record["id"]))
    unknown = [server for server in servers if server not in ids and (server in by_id or server not in named)]
    if unknown:
        names = "name or ID" if len(unknown) == 1 else "names or IDs"
        raise SelectionError(
            f"No source server has the {names} {some_of([plain(server) for server in unknown])}: check the spelling and"
            f" the filters. {_matches(len(records))}"
        )
    return [server if server in ids else _only(named[server], server) for server in servers]


def _only(ids: Sequence[str], name: str) -> str:
    if len(ids) == 1:
        return ids[0]
    raise SelectionError(
        f"{len(ids)} source servers are called {plain(name)}: name the one you mean by its ID ({', '.join(ids)})."
    )


def _matches(count: int) -> str:
    return "1 server matches them." if count == 1 else f"{count} servers match them."
