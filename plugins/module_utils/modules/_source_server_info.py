# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the module ``source_server_info``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import _connection, _source_servers, _targets
from ..common._deadline import Deadline
from ..options import _argument_spec, _query

SPEC: dict[str, dict[str, Any]] = {
    **_argument_spec.FILTER_SPEC,
    **_argument_spec.PAGE_SPEC,
    "details": {"type": "bool", "default": False},
    "targets": {"type": "bool", "default": False},
}


def source_servers(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all source servers that match, or the page that the options select.

    :raises SmsError: they cannot be listed.
    """
    page = _query.page_from(options)
    query = _query.query_from(options)
    with _connection.connect(options) as client:
        deadline = Deadline(client.total_timeout)
        if page is None:
            records = _source_servers.list_servers(client, query, deadline)
            count = len(records)
        else:
            listed = _source_servers.list_page(client, query, page)
            records, count = listed.records, listed.count
        if options["targets"]:
            targets = _targets.list_targets(client, records, deadline)
            records = [{**record, "target": targets.get(record["id"])} for record in records]
        if options["details"]:
            details = _source_servers.show_servers(client, records, deadline)
            records = [{**record, "details": details[record["id"]]} for record in records]
        return {"source_servers": records, "count": count}
