# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the requests of an inventory, and the snapshot that they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ansible.errors import AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers, _targets
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._settings import Settings
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import (
    Record,
    details_of,
    without_secrets,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._target import Target


@dataclass(frozen=True)
class FetchOptions:
    """What an inventory fetches.

    :ivar with_targets: whether ECS is queried for the targets of the servers that are cut over.
    :ivar with_details: whether SMS is queried for each server by itself.
    """

    settings: Settings
    query: Query
    with_targets: bool = False
    with_details: bool = False


class FetchedServers(NamedTuple):
    """What SMS and ECS return for all servers that the query selects.

    :ivar targets: the targets of the servers that are cut over, by the servers' IDs; None if they were not queried.
    :ivar details: the record that SMS returns for a single server, by its ID; None for a server that is no longer
        registered. None as a whole if details were not queried.
    """

    records: list[Record]
    targets: Mapping[str, Target | None] | None = None
    details: Mapping[str, Record | None] | None = None


def fetch(options: FetchOptions, concurrency: int, progress: Callable[[str], None]) -> FetchedServers:
    """Fetch the complete listing, with targets and details if the options ask for them.

    :param concurrency: the number of concurrent requests.
    :param progress: called with a line about each request.
    :raises SmsError: a request failed, or the listing cannot be proved to be complete.
    :raises AnsibleParserError: the Python library requests is missing.
    """
    if not _connection.HAS_REQUESTS:
        raise AnsibleParserError(missing_required_lib("requests"))
    # One for all: total_timeout limits the inventory file, not each kind of request.
    deadline = Deadline(options.settings.total_timeout)
    with _connection.Client(options.settings, concurrency, progress) as client:
        records = _source_servers.list_servers(client, options.query, deadline)
        targets = details = None
        if options.with_targets:
            targets = _targets.list_targets(client, records, deadline)
        if options.with_details:
            shown = _source_servers.show_servers(client, records, deadline)
            details = {server_id: record and details_of(record) for server_id, record in shown.items()}
    # Before anything is cached or becomes a variable.
    return FetchedServers([without_secrets(record) for record in records], targets, details)
