# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: source servers, listed and one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from ..common._deadline import Deadline
from ..common._errors import OptionsError
from ..common._parallel import map_in_parallel
from ..http._client import Client, Purpose
from ..options._query import PageOptions, Query
from ..records._records import Record
from ._migration_projects import with_project_id
from ._pages import Catalogue, Page, fetch_page, list_all, show_one, show_one_with_date

_LIST = Purpose(
    "list source servers",
    "listing needs sms:server:list (identity policies) or sms:server:queryServer (roles and policies), which the system"
    " policy SMS ReadOnlyAccess has",
)
_SHOW = Purpose(
    "read a source server",
    "reading one needs sms:server:get (identity policies) or sms:server:queryServer (roles and policies), which the"
    " system policy SMS ReadOnlyAccess has",
)
SOURCE_SERVERS = Catalogue("/v3/sources", "source_servers", "source servers", _LIST)
# Number of servers between two progress messages.
_PROGRESS_INTERVAL = 100


def list_servers(client: Client, query: Query, deadline: Deadline | None = None) -> list[Record]:
    """Return all source servers that match, in the order of SMS: the newest registration first.

    :param deadline: ends the listing if that is earlier than the option ``total_timeout``.
    :raises OptionsError: no migration project has the name in the query, or several have it.
    :raises SmsError: as for :func:`_pages.list_all`.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    # The first, so that its requests count within the time of the listing.
    query = with_project_id(client, query, deadline)
    # What SMS cannot filter by, such as several states, is selected after the list is proven complete.
    return list(filter(query.selects, list_all(client, SOURCE_SERVERS, query.parameters, deadline)))


def list_page(client: Client, query: Query, options: PageOptions) -> Page:
    """Return one page as SMS returns it, except for the filter ``connected``.

    :raises OptionsError: the query has several values of a filter, or a migration project as for
        :func:`list_servers`.
    :raises ApiError: the request failed.
    """
    if query.choices:
        raise OptionsError(
            f"{' and '.join(query.choices)}: a page is one of the service's, which takes a single value. Give one, or"
            " leave out limit and offset."
        )
    deadline = Deadline(client.total_timeout)
    query = with_project_id(client, query, deadline)
    page = fetch_page(client, SOURCE_SERVERS, query.parameters, options.limit, options.offset, deadline)
    return replace(page, records=list(filter(query.selects, page.records)))


def show_server(client: Client, server_id: str, deadline: Deadline | None = None) -> Record | None:
    """Return one source server as it is now, with all its fields; None if SMS does not have it.

    :raises ApiError: the request failed.
    """
    return show_one(client, SOURCE_SERVERS.path, server_id, deadline, _SHOW)


def show_server_with_date(
    client: Client, server_id: str, deadline: Deadline | None = None
) -> tuple[Record | None, int | None]:
    """Return one source server, and when SMS sent it in milliseconds by its own clock, if it says so.

    :raises ApiError: the request failed.
    """
    return show_one_with_date(client, SOURCE_SERVERS.path, server_id, deadline, _SHOW)


def show_servers(
    client: Client, records: Iterable[Record], deadline: Deadline | None = None
) -> dict[str, Record | None]:
    """Return each of the listed servers as :func:`show_server` does, by server ID.

    :param deadline: ends the queries if that is earlier than the option ``total_timeout``.
    :raises ApiError: a request failed.
    :raises DeadlineError: the deadline expired before, or was cancelled.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    ids = list(dict.fromkeys(str(record["id"]) for record in records))
    shown: dict[str, Record | None] = {}
    show = partial(show_server, client, deadline=deadline)
    for server_id, record in map_in_parallel(show, ids, client.concurrency, deadline):
        shown[server_id] = record
        if len(shown) % _PROGRESS_INTERVAL == 0 or len(shown) == len(ids):
            client.progress(f"Read {len(shown)} of {len(ids)} source servers in detail")
    # In the order of the list, not of the responses, so that the cache entry of the same servers is the same.
    return {server_id: shown[server_id] for server_id in ids}
