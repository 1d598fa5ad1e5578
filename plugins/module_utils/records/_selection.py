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
    known = {record["id"] for record in records} | {record.get("name") for record in records}
    unknown = [server for server in servers if server not in known]
    if unknown:
        names = "name or ID" if len(unknown) == 1 else "names or IDs"
        raise SelectionError(
            f"No source server has the {names} {some_of([plain(server) for server in unknown])}: check the spelling and"
            f" the filters. {_matches(len(records))}"
        )
    wanted = {_id_of(server, records) for server in servers}
    return [record for record in records if record["id"] in wanted]


def _id_of(server: str, records: Sequence[Record]) -> str:
    if any(record["id"] == server for record in records):
        return server
    bearers = [str(record["id"]) for record in records if record.get("name") == server]
    if len(bearers) == 1:
        return bearers[0]
    raise SelectionError(
        f"{len(bearers)} source servers are called {plain(server)}: name the one you mean by its ID"
        f" ({', '.join(bearers)})."
    )


def _matches(count: int) -> str:
    return "1 server matches them." if count == 1 else f"{count} servers match them."
