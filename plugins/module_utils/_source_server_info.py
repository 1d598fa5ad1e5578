# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what the module source_server_info does."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import _client, _listing, _options
from ._errors import SmsError


def source_servers(options: dict[str, Any]) -> dict[str, Any]:
    """The whole list, or the page that the options ask for.

    :raises SmsError: it cannot be had.
    """
    page = _options.page_from(options)
    query = _options.query_from(options)
    with _client.Client(_options.settings_from(options)) as client:
        if page is None:
            records = _listing.list_source_servers(client, query)
            return {"source_servers": records, "count": len(records)}
        answer = _listing.read_page(client, query, page)
        return {"source_servers": answer.records, "count": answer.count}


def run() -> None:
    """Read the options and end the process with the records, or with one message."""
    module = AnsibleModule(
        argument_spec={
            **_options.CONNECTION_SPEC,
            **_options.FILTER_SPEC,
            **_options.PAGE_SPEC,
        },
        supports_check_mode=True,
    )
    if not _client.HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        result = source_servers(module.params)
    except SmsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)
