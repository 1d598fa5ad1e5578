#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Says which source servers are ready to be migrated, and why others are not
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Looks at the source servers of a wave before it moves, prints one table, and fails on the problems that the user
    does not accept.
  - It runs on the control node, and asks the service for one listing, whatever the number of servers. It changes
    nothing.
options:
  fail_on:
    description:
      - Problems to fail on. Each entry is a kind of problem or the code of a check, such as V(SMS.6504).
      - V(disconnected). The agent is not connected to SMS.
      - V(failed_check). A check has failed.
      - V(unchecked). No check has been run.
      - V(no_target). There is no configuration for the target server.
      - V(state). The server is in a state from which it cannot migrate, such as V(error) or V(finished).
      - V(warned_check). A check has given a warning.
      - V(no_task). No migration task has been set up.
      - An empty list never fails.
    type: list
    elements: str
    default: [disconnected, failed_check, unchecked, no_target, state]
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.filters.state
  - huaweicloud.sms.dictionaries
  - huaweicloud.sms.servers
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.info_module
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - module: huaweicloud.sms.source_server_info
  - module: huaweicloud.sms.wait_for_cycle
"""

EXAMPLES = r"""
- name: Stop unless the servers of the wave are ready, with credentials from the environment
  huaweicloud.sms.preflight:
    region: ap-southeast-3
    migproject: 5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10
  run_once: true

# SERVER       ID        STATE        CYCLE     READY  PROBLEM       MEANING
# sms-centos7  02d6a461  unavailable  checking  NO     disconnected  The agent is not connected to SMS. Start it, …
#                                                      failed_check  OS_VERSION SMS.6504: SMS does not support this …
# web-00017    9b0f21c4  waiting      checking  yes    no_task       No migration task has been set up yet.

- name: Only look, and go on with the servers that are ready
  huaweicloud.sms.preflight:
    region: ap-southeast-3
    servers: [web-00017, 02d6a461-b7a4-44ef-b37a-13abe57a715f]
    fail_on: []
  run_once: true
  register: preflight

- name: Accept whatever else there is, but no unsupported operating system and no disconnected agent
  huaweicloud.sms.preflight:
    region: ap-southeast-3
    fail_on: [disconnected, SMS.6504]
  run_once: true
"""

RETURN = r"""
servers:
  description: The servers, those with problems first.
  returned: when the servers could be listed
  type: list
  elements: dict
  contains:
    id:
      description: The server's ID.
      type: str
    name:
      description: The server's name.
      type: str
    state:
      description: The server's status.
      type: str
    migration_cycle:
      description: The server's migration stage.
      type: str
    connected:
      description: Whether the agent is connected to SMS.
      type: bool
    ready:
      description: Whether nothing keeps the server from migrating, whatever O(fail_on) says.
      type: bool
    accepted:
      description: Whether the server has none of the problems in O(fail_on).
      type: bool
    problems:
      description: What is wrong with the server.
      type: list
      elements: dict
      contains:
        kind:
          description: The kind of problem, as in O(fail_on).
          type: str
        code:
          description: The code of the check, empty where there is none.
          type: str
        text:
          description: What is wrong, and what to do about it.
          type: str
ready_count:
  description: How many of the servers are ready.
  returned: when the servers could be listed
  type: int
  sample: 7
"""
