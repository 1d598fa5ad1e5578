#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Exports and checks a migration plan
version_added: 3.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - A migration plan is a CSV or YAML file with a row for each server. People edit it in a spreadsheet and sign it.
  - The inventory option O(huaweicloud.sms.source_servers#inventory:plan) turns its rows into groups and variables of
    hosts, which the role P(huaweicloud.sms.wave#role) uses.
  - The module runs on the control node. It changes nothing in SMS and needs permission to read only.
options:
  state:
    description:
      - V(exported). The file has a row for each source server that matches the filters. Cells and rows that people
        entered stay. New servers get C(new) in the column C(info.change), rows whose server SMS does not list any more
        get C(gone). The columns C(info.…) are for reading only.
      - V(checked). Each row is checked against SMS and its templates. The module fails if there are problems, and
        returns all of them.
      - There is no filter of this name here.
    type: str
    required: true
    choices: [exported, checked]
  path:
    description: The file. It is written and read as YAML if its name ends in C(.yml) or C(.yaml), else as CSV.
    type: path
    required: true
  account:
    description:
      - The name of the account in the column C(account), for a plan that several accounts share. Rows of other accounts
        are neither changed nor checked.
    type: str
    default: ''
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - plugin: huaweicloud.sms.source_servers
    plugin_type: inventory
  - module: huaweicloud.sms.template_info
"""

EXAMPLES = r"""
- name: Write a row for each source server
  huaweicloud.sms.plan:
    region: ap-southeast-3
    state: exported
    path: plan.csv

- name: Check each row before the weekend
  huaweicloud.sms.plan:
    region: ap-southeast-3
    state: checked
    path: plan.csv
"""

RETURN = r"""
rows:
  description: Number of rows, of this account if O(account) is set and O(state) is V(checked).
  returned: success or problems
  type: int
  sample: 300
new:
  description: IDs of servers that had no row.
  returned: O(state) is V(exported)
  type: list
  elements: str
  sample: [8d3c2a6e-7d50-4d0a-9a0e-5b1c3f0a7e11]
gone:
  description: IDs of rows whose server SMS does not list.
  returned: O(state) is V(exported)
  type: list
  elements: str
  sample: []
problems:
  description: All problems that were found.
  returned: O(state) is V(checked)
  type: list
  elements: dict
  sample:
    - line: 17
      id: 8d3c2a6e-7d50-4d0a-9a0e-5b1c3f0a7e11
      problem: "services is empty: name the services to stop, or write - for nothing to stop."
  contains:
    line:
      description: Line of the file in CSV, number of the row in YAML; null for a problem of several rows.
      type: int
    id:
      description: ID of the server; empty for a problem of several rows.
      type: str
    problem:
      description: What is wrong, and what to do.
      type: str
"""
