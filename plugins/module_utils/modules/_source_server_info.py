# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the module ``source_server_info``."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..api import _connection, _source_servers, _targets
from ..common._deadline import Deadline
from ..common._errors import SmsError
from ..options import _argument_spec, _query


def source_servers(options: dict[str, Any]) -> dict[str, Any]:
    """Return all source servers that match, or the page that the options select.

    :raises SmsError: they cannot be listed.
    """
    page = _query.page_from(options)
    query = _query.query_from(options)
    with _connection.connect(options) as client:
        deadline = Deadline(client.total_timeout)
        if page is None:
            records = _source_servers.list_source_servers(client, query, deadline)
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


def run() -> None:
    """Run the module: read its options, and exit with its result or one message."""
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
