#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wait_for_cycle
short_description: Waits until source servers reach a migration cycle
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Asks the service again and again how far the servers of a wave are, prints it, and goes on when all of them have
    reached one of the migration cycles.
  - Fails as soon as one of them cannot get there, and when the time is up. One cannot get there that is in a state
    which it does not leave by itself (V(stopped), V(deleting), V(error), V(cleared), V(clearfailed), V(premigfailed)),
    has been disconnected for longer than O(disconnected_timeout), or is no longer registered.
  - It runs on the control node, and asks for one listing each time, whatever the number of servers. It changes nothing.
  - The servers are chosen once, at the beginning. That a filter such as O(state) no longer matches one of them later
    does no harm. One that is moved to another enterprise project is looked for without
    O(enterprise_project_id), as far as the credentials may.
  - In check mode, it asks once and does not wait.
options:
  cycles:
    description:
      - The migration cycles to wait for. A server has arrived when it is in one of them, or past the last of them.
      - The documented ones are V(checking), V(setting), V(replicating), V(syncing), V(cutovering) and V(cutovered), in
        this order.
    type: list
    elements: str
    required: true
  wait_timeout:
    description:
      - Seconds to wait in all. Listings that are under way when the time is up are broken off.
      - With V(0), there is one look.
    type: float
    default: 14400
  interval:
    description: Seconds before the servers are listed for the second time. Each later wait is half as long again.
    type: float
    default: 30
  max_interval:
    description: Seconds that a wait between two listings grows to, at most.
    type: float
    default: 300
  tolerated_failures:
    description:
      - How many listings in a row may fail, after their own O(retries), before this is an error.
      - The first listing may not, because what fails at once is often a wrong option.
    type: int
    default: 5
  disconnected_timeout:
    description:
      - Seconds that a server may be seen without a connection to SMS before this is an error.
      - They count from the first look without one, and not for a server in the migration cycle V(cutovering), whose
        source is not needed any more.
      - With V(0), it never is.
    type: float
    default: 900
    version_added: 1.1.0
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
  - module: huaweicloud.sms.preflight
  - module: huaweicloud.sms.source_server_info
"""

EXAMPLES = r"""
- name: Wait until all servers of a migration project are being synchronised, with credentials from the environment
  huaweicloud.sms.wait_for_cycle:
    region: ap-southeast-3
    migproject: 5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10
    cycles: [syncing]
  run_once: true

# 14:03:10  1 of 3 servers in syncing: 62.4 %, 74.9 of 120.0 GiB, 186 Mbit/s, about 35 min left
#           web-00001 (5e0c9a71)  replicate  replicating  41.2 %, 16.5 of 40.0 GiB, 93 Mbit/s, about 35 min left
#           web-00002 (77aa0c3e)  replicate  replicating  46.0 %, 18.4 of 40.0 GiB, 93 Mbit/s, about 33 min left

- name: Wait up to a day for two servers to be cut over, looking every ten minutes at the least
  huaweicloud.sms.wait_for_cycle:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    cycles: [cutovered]
    wait_timeout: 86400
    max_interval: 600
  run_once: true

- name: Wait for one server, with a connection that several tasks share
  huaweicloud.sms.wait_for_cycle:
    connection: "{{ sms_connection }}"
    filters:
      name: web-00001
    cycles: [syncing]
  run_once: true
"""

RETURN = r"""
servers:
  description: The servers that were waited for, as they were seen last.
  returned: when the servers could be listed once, also when this fails later
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
    reached:
      description: Whether the server has arrived.
      type: bool
    progress:
      description: How much of the server's data has been replicated, in percent. Null when unknown.
      type: float
"""
