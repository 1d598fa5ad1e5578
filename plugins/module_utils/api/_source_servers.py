# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the list of source servers, a page of it, and one server in detail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import OptionsError
from ..common._parallel import map_in_parallel
from ..http._client import Client, Purpose
from ..options._query import PageOptions, Query
from ..records._records import Record
from ._connection import CONCURRENCY
from ._migration_projects import with_project_id
from ._pages import Catalogue, Page, fetch_page, list_all, path_segment, show_one

_LISTING = Purpose(
    "list source servers",
    "listing needs sms:server:list (identity policies) or sms:server:queryServer (roles and policies), which the system"
    " policy SMS ReadOnlyAccess has",
)
_SHOWING_SERVER = Purpose(
    "read a source server",
    "reading one needs sms:server:get (identity policies) or sms:server:queryServer (roles and policies), which the"
    " system policy SMS ReadOnlyAccess has",
)
SOURCE_SERVERS = Catalogue("/v3/sources", "source_servers", "source servers", _LISTING)
# Servers: how many between two words about how it goes.
_STRIDE = 100


def list_source_servers(
    client: Client,
    query: Query,
    concurrency: int = 1,
    progress: Callable[[str], None] = lambda message: None,
    deadline: Deadline | None = None,
) -> list[Record]:
    """All source servers that match, newest registration first.

    :param concurrency: pages in flight at once.
    :param progress: told how the listing goes, in words.
    :param deadline: when the list is needed, if that is sooner than the option ``total_timeout`` says.
    :raises OptionsError: no migration project has the name that is asked for, or several have.
    :raises SmsError: as for :func:`list_all`.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    query = with_project_id(client, query, deadline)
    return list(filter(query.selects, list_all(client, SOURCE_SERVERS, query, concurrency, progress, deadline)))


def list_servers(client: Client, query: Query, deadline: Deadline | None = None) -> list[Record]:
    """All servers that match, with values that JSON in UTF-8 can hold.

    :param deadline: when the list is needed, if that is sooner than the option ``total_timeout`` says.
    :raises SmsError: as for :func:`list_source_servers`.
    """
    return [_text.sound(record) for record in list_source_servers(client, query, CONCURRENCY, deadline=deadline)]


def read_page(client: Client, query: Query, options: PageOptions) -> Page:
    """One page, just as the service gives it, but for the filter ``connected``.

    :raises OptionsError: the service has no such page.
    :raises ApiError: as for :func:`list_source_servers`.
    """
    if query.choices:
        raise OptionsError(
            f"{' and '.join(query.choices)}: a page is one of the service's, which takes a single value. Give one, or"
            " leave out limit and offset."
        )
    deadline = Deadline(client.total_timeout)
    query = with_project_id(client, query, deadline)
    page = fetch_page(client, SOURCE_SERVERS, query, options.limit, options.offset, deadline)
    return replace(page, records=list(filter(query.selects, page.records)))


def show_server(client: Client, server_id: str, deadline: Deadline | None = None) -> Record | None:
    """One source server as it is now; None where there is none.

    :raises ApiError: it cannot be read.
    """
    return show_one(client, f"{SOURCE_SERVERS.path}/{path_segment(server_id)}", server_id, deadline, _SHOWING_SERVER)


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
    show = partial(show_server, client, deadline=deadline)
    for server_id, record in map_in_parallel(show, ids, concurrency, deadline):
        found[server_id] = record
        if len(found) % _STRIDE == 0 or len(found) == len(ids):
            progress(f"Read {len(found)} of {len(ids)} source servers in detail")
    # In the order of the list, not of the answers: the cache's entry is the same for the same servers.
    return {server_id: found[server_id] for server_id in ids}


def are_details(value: object, records: Iterable[Record]) -> bool:
    """Whether a value that was kept can be what :func:`find_details` gave for these servers."""
    if not isinstance(value, dict) or value.keys() != {record["id"] for record in records}:
        return False
    return all(one is None or (isinstance(one, dict) and one.get("id") == key) for key, one in value.items())
