# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what the module source_server_info does."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..api import _connection, _source_servers, _targets
from ..common._deadline import Deadline
from ..common._errors import SmsError
from ..options import _argument_spec, _query


def source_servers(options: dict[str, Any]) -> dict[str, Any]:
    """The whole list, or the page that the options ask for.

    :raises SmsError: it cannot be had.
    """
    page = _query.page_from(options)
    query = _query.query_from(options)
    with _connection.connect(options) as client:
        deadline = Deadline(client.total_timeout)
        if page is None:
            records = _source_servers.list_source_servers(client, query, deadline=deadline)
            count = len(records)
        else:
            answer = _source_servers.read_page(client, query, page)
            records, count = answer.records, answer.count
        if options["targets"]:
            targets = _targets.find_targets(client, records, deadline=deadline)
            records = [{**record, "target": targets.get(record["id"])} for record in records]
        if options["details"]:
            details = _source_servers.find_details(client, records, _connection.CONCURRENCY, deadline=deadline)
            records = [{**record, "details": details[record["id"]]} for record in records]
        return {"source_servers": records, "count": count}


def run() -> None:
    """Read the options and end the process with the records, or with one message."""
    module = AnsibleModule(
        argument_spec={
            **_argument_spec.CONNECTION_SPEC,
            **_argument_spec.FILTER_SPEC,
            **_argument_spec.PAGE_SPEC,
            "details": {"type": "bool", "default": False},
            "targets": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    if not _connection.HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        result = source_servers(module.params)
    except SmsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)
