#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wave_step
short_description: Takes one step of a wave for all of its hosts
version_added: 2.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Internal to the role P(huaweicloud.sms.wave#role), which passes its variables. Use the role.
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - module: huaweicloud.sms.wave_host
"""

EXAMPLES = r"""
- name: Run a wave
  ansible.builtin.import_role:
    name: huaweicloud.sms.wave
"""

RETURN = r"""
hosts:
  description: The decision on each host, by its name.
  returned: success
  type: dict
"""
