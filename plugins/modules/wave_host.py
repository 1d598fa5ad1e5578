#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wave_host
short_description: Freezes and thaws one server of a wave
version_added: 2.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - What the role P(huaweicloud.sms.wave#role) does on a server itself. Use the role.
  - What is going to be stopped is noted down on the server first, in the wave's mark, so that whoever comes later can
    start it again. Only when all of it is stopped, the mark says that the server is frozen.
  - On Linux, it takes Python and a service manager that M(ansible.builtin.service) knows; on Windows PowerShell alone.
  - A server that cannot be reached fails, so that C(rescue) works. It is not unreachable to Ansible.
options:
  do:
    description:
      - V(mark). Notes down which of O(services) run. One that does not exist is an error, and nothing is stopped yet.
      - V(stop). Stops what is noted down and runs.
      - V(seal). Notes down that the server is frozen, unless something runs that is noted down.
      - V(verify). Fails unless the server says that it is frozen, and all is stopped that is noted down.
      - V(thaw). Starts what is noted down, the last first, and removes the mark.
    type: str
    required: true
    choices: [mark, stop, seal, verify, thaw]
  id:
    description: The server's ID in SMS. A mark of another server, which came with its disks, does not count.
    type: str
    required: true
  path:
    description: Where the mark is on the server.
    type: str
    required: true
  services:
    description: The services that are to be stopped, in this order.
    type: list
    elements: str
    default: []
  windows:
    description: Whether the server runs Windows.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode and tell what would change, without changing anything.
    support: full
  diff_mode:
    description: Returns what has changed, or would change in check mode, when run in diff mode.
    support: none
seealso:
  - module: huaweicloud.sms.wave_step
"""

EXAMPLES = r"""
- name: Start again what a wave stopped
  huaweicloud.sms.wave_host:
    do: thaw
    id: "{{ sms_id }}"
    path: /var/lib/huaweicloud-sms/wave.json
  become: true
"""

RETURN = r"""
stopped:
  description: The services that are noted down.
  returned: success
  type: list
  elements: str
  sample: [nginx, postgresql]
frozen:
  description: Since when the server is frozen. Empty where it is not.
  returned: success
  type: str
  sample: "2026-01-17T22:04:10+00:00"
"""
