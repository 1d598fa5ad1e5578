#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wave_step
short_description: Says what a step of a wave means for each of its hosts
version_added: 2.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - What the role P(huaweicloud.sms.wave#role) asks SMS, once a step for all hosts of the batch together. Use the role.
  - It takes the hosts and what their variables say from facts that the role sets, and does not fail for what is wrong
    with some of them. It says so of each, and the role fails these.
  - It runs on the control node.
options:
  step:
    description:
      - A step of the wave, or a question of the role.
      - V(begin) finds the user's own tasks, V(verify) says which hosts have to say themselves that they are frozen,
        V(drop_out) and V(thaw) say which may be thawed.
    type: str
    required: true
    choices: [begin, check, replicate, freeze, settle, launch, wait, smoke_test, summary, verify, drop_out, thaw]
  memory:
    description: What the last round of the same step returned as RV(memory).
    type: dict
    default: {}
  fail_on:
    description: As of M(huaweicloud.sms.preflight).
    type: list
    elements: str
    default: [disconnected, failed_check, unchecked, no_target, state]
  start:
    description: Whether the wave starts tasks.
    type: bool
    default: false
  target:
    description: As of M(huaweicloud.sms.task).
    type: dict
    suboptions:
      region_id: {description: The region's ID., type: str, required: true}
      region_name: {description: The region's name., type: str}
      project_id: {description: The project's ID., type: str, required: true}
      project_name: {description: The project's name., type: str}
      template_id: {description: The template's ID., type: str}
      vm_id: {description: The ID of an ECS., type: str}
      overwrite_disks: {description: Whether that may be overwritten., type: bool, default: false}
      name: {description: The target's name., type: str}
  settings:
    description: As of M(huaweicloud.sms.task).
    type: dict
    suboptions:
      type: {description: Whether files or blocks are copied., type: str, choices: [MIGRATE_FILE, MIGRATE_BLOCK]}
      syncing: {description: Whether SMS waits for the launch., type: bool, default: true}
      use_public_ip: {description: Whether the target gets a public address., type: bool, default: false}
      use_ipv6: {description: Whether the data are sent over IPv6., type: bool, default: false}
      migration_ip: {description: The address to send the data to., type: str}
      speed_limit: {description: The most that is sent in Mbit/s., type: int}
      priority: {description: The task's priority., type: int}
      start_target_server: {description: Whether the target runs after the launch., type: bool, default: true}
  max_running:
    description: As of M(huaweicloud.sms.task).
    type: int
  launch:
    description: Who launches.
    type: str
    choices: [ask, api, none]
    default: ask
  launch_operation:
    description: As of M(huaweicloud.sms.task).
    type: str
    choices: [test, cutover]
    default: test
  confirm:
    description: How many hosts the play has, with O(launch=api).
    type: int
  settle:
    description: Seconds to wait after the freeze where SMS does not say when it synchronises.
    type: float
    default: 900
  wait_timeout:
    description: Seconds to wait.
    type: float
    default: 14400
  interval:
    description: Seconds between two looks at SMS.
    type: float
    default: 30
  disconnected_timeout:
    description: Seconds that a server may be disconnected.
    type: float
    default: 900
  path:
    description: The folder for C(wave.txt), which holds the table of O(step=summary).
    type: path
  connect_with:
    description: Which address of the target is tested.
    type: str
    choices: [target_private, target_public]
    default: target_private
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.filters.state
  - huaweicloud.sms.dictionaries
  - huaweicloud.sms.servers
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - module: huaweicloud.sms.wave_host
"""

EXAMPLES = r"""
- name: Ask which hosts can be frozen
  huaweicloud.sms.wave_step:
    step: freeze
  run_once: true
  register: answer
"""

RETURN = r"""
hosts:
  description: What becomes of each host, by its name.
  returned: success
  type: dict
again:
  description: Whether the step has to be taken again by the hosts that are left.
  returned: where there is something to wait for
  type: bool
memory:
  description: What the next round of the step has to know.
  returned: where there is something to wait for
  type: dict
accounts:
  description: The servers of each account, and a host whose variables say how it is asked.
  returned: with O(step=summary)
  type: list
  elements: dict
notice:
  description: Which servers can be launched, in words.
  returned: with O(launch=ask)
  type: str
addresses:
  description: Where the targets are, by the names of the hosts.
  returned: with O(step=smoke_test)
  type: dict
"""
