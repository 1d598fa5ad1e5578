# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what modules support."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and tell what would change, without changing anything.
  diff_mode:
    description: Returns what has changed, or would change in check mode, when run in diff mode.
  idempotent:
    description: A second run with the same options changes nothing.
  action_group:
    description: Use C(group/huaweicloud.sms.sms) in C(module_defaults) to set defaults for this module.
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: This module changes nothing.
  diff_mode:
    support: N/A
    details: This module changes nothing.
  idempotent:
    support: full
    details: This module changes nothing.
"""

    TASK = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: Everything is read and decided as without it, and nothing is asked of SMS.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: It is decided on what SMS says at that moment.
"""

    ACTIONGROUP_SMS = r"""
options: {}
attributes:
  action_group:
    support: full
    membership:
      - huaweicloud.sms.sms
"""
