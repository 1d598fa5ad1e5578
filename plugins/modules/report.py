#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Writes the state of source servers as a page, a table and data
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Writes the state of the source servers to a folder on the control node. C(report.html) is one self-contained page,
    C(report.csv) a table for spreadsheets, C(report.json) the same as data.
  - What has changed since the last report is told too. For this, C(report.state.json) is kept beside the others.
  - A second report of a fleet that has not changed changes no file. The time of the report is that at which the service
    first said what is in it.
  - It asks the service for one listing, for the task of each server whose migration has failed, and with O(targets) ECS
    for what became of the servers. It changes nothing there.
  - For servers in sync, it queries the list of tasks and the results of consistency checks. The section "Ready for the
    launch" shows the last synchronization, the last check and the clone of each. In identity policies this needs
    C(sms:server:listTask) and C(sms:server:getConsistencyCheckResult). Without them there is a warning.
  - Reading a task takes the permission C(sms:server:getTask) in identity policies, and in roles and policies that of
    the list. Without it there is a warning, and the report does not say why migrations have failed.
options:
  path:
    description:
      - The folder to write to. It is created where it is missing.
      - A relative path begins at the folder in which Ansible was started.
    type: path
    default: sms-report
  title:
    description: The heading of the page.
    type: str
    default: Server migration
  targets:
    description:
      - Whether to ask the Elastic Cloud Server service (ECS) about the machines that servers became which are cut over,
        and to show their names, addresses and statuses.
      - It takes the permission C(ecs:cloudServers:listServersDetails) (C(ecs:cloudServers:list) in roles and policies),
        which the system policy C(ECS ReadOnlyAccess) has.
    type: bool
    default: false
  refresh:
    description:
      - After how many seconds a browser that shows the page loads it again, with the same search and order.
      - V(0) stands for never.
    type: int
    default: 0
    version_added: 2.0.0
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.filters.state
  - huaweicloud.sms.dictionaries
  - huaweicloud.sms.servers
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.actiongroup_sms
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: huaweicloud.sms.source_server_info
"""

EXAMPLES = r"""
- name: Report on all source servers, with credentials from the environment
  huaweicloud.sms.report:
    region: ap-southeast-3
  run_once: true

- name: Report on one migration project, for its customer
  huaweicloud.sms.report:
    region: ap-southeast-3
    migproject: 5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10
    path: reports/wave-7
    title: Wave 7
  run_once: true
  register: report

- name: Mail it when something has changed
  community.general.mail:
    to: migration@example.com
    subject: "Wave 7, as of {{ report.as_of }}"
    attach: "{{ report.page }}"
  delegate_to: localhost
  run_once: true
  when: report is changed
"""

RETURN = r"""
page:
  description: The path of the page.
  returned: success
  type: str
  sample: /home/me/sms-report/report.html
msg:
  description: Where the page is, in words.
  returned: success
  type: str
  sample: The report is in /home/me/sms-report/report.html.
changed_files:
  description: The paths of the files that were written, or would be in check mode.
  returned: success
  type: list
  elements: str
as_of:
  description: When the service first said what is in the report, in UTC.
  returned: success
  type: str
  sample: "2026-01-15T09:00:00Z"
since:
  description: The C(as_of) of the report before. Null where there is none.
  returned: success
  type: str
changes:
  description: How much has happened since then.
  returned: success
  type: int
summary:
  description: The fleet in numbers.
  returned: success
  type: dict
  contains:
    servers:
      description: How many servers there are.
      type: int
    connected:
      description: How many have an agent that is connected to SMS.
      type: int
    cutovered:
      description: How many have been cut over.
      type: int
    in_error:
      description: How many are in the state V(error).
      type: int
    with_failed_checks:
      description: How many have checks that are not OK.
      type: int
    progress:
      description: How much of the data has been replicated, in percent. Null when unknown.
      type: float
    replicatesize:
      description: The same in bytes.
      type: int
    totalsize:
      description: All data in bytes.
      type: int
    migrate_speed:
      description: The rate of all servers together, in Mbit/s.
      type: float
    seconds_left:
      description: How long the slowest server still takes at its present rate. Null where that is known of none.
      type: int
    by_state_and_cycle:
      description: How many servers there are in each state and migration cycle.
      type: list
      elements: dict
"""
