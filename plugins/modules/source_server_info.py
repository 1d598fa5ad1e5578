#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: source_server_info
short_description: Source servers of Huawei Cloud's Server Migration Service (SMS)
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Returns the records of the source servers that are registered with the Server Migration Service (SMS), just as the
    service gives them.
  - The list is either complete or an error, unless O(limit) or O(offset) asks for one page.
options:
  limit:
    description:
      - How many records to return, from 0 to 200. V(0) means 200.
      - With it or O(offset), one page is returned, as the service gives it. Without both, the whole list.
    type: int
  offset:
    description:
      - Where the page begins, from 0 to 65535.
      - Whether the service counts records or pages is left open by its documentation.
    type: int
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.info_module
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - plugin: huaweicloud.sms.source_servers
    plugin_type: inventory
    description: The same servers as an inventory.
"""

EXAMPLES = r"""
- name: List all source servers, with credentials from the environment
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
  delegate_to: localhost
  register: sms

- name: Stop unless every server of the wave is being synchronised
  ansible.builtin.assert:
    that: sms.source_servers | rejectattr('migration_cycle', 'eq', 'syncing') | length == 0
    fail_msg: "Not yet: {{ sms.source_servers | rejectattr('migration_cycle', 'eq', 'syncing') | map(attribute='name') | join(', ') }}"

- name: The servers of one enterprise project whose agent has lost its connection
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
    enterprise_project_id: b1a6e2c4-3f0d-4a55-9a7e-0d9f3c1b2a77
    connected: false
  delegate_to: localhost

- name: Give the connection once for all modules of this collection
  hosts: localhost
  module_defaults:
    group/huaweicloud.sms.sms:
      region: ap-southeast-3
      access_key: "{{ vault_access_key }}"
      secret_key: "{{ vault_secret_key }}"
  tasks:
    - name: The ten newest registrations
      huaweicloud.sms.source_server_info:
        limit: 10
"""

RETURN = r"""
source_servers:
  description: The source servers, newest registration first.
  returned: success
  type: list
  elements: dict
count:
  description:
    - How many source servers match.
    - For one page, what the service says, which may be more than the page has.
  returned: success
  type: int
  sample: 10
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.huaweicloud.sms.plugins.module_utils import _client, _listing, _options
from ansible_collections.huaweicloud.sms.plugins.module_utils._errors import SmsError


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


def main() -> None:
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


if __name__ == "__main__":
    main()
