#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wave_host
short_description: Freezes, launches or restarts one host of a wave
version_added: 2.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Internal to the roles P(huaweicloud.sms.wave#role) and P(huaweicloud.sms.thaw#role), which pass their variables. Use
    the roles.
options: {}
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
- name: Restart the services that a wave stopped
  ansible.builtin.import_role:
    name: huaweicloud.sms.thaw
"""

RETURN = r"""
progress:
  description: The progress of the freeze record after the operation, such as V(frozen). Empty without a record.
  returned: if the freeze record was read
  type: str
"""
