# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which of the listed servers an action is about."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  servers:
    description:
      - Names or IDs of the servers, out of those that match the filters. All of these without it.
      - A name or ID that no server has is an error, and so is a name that several servers have.
    type: list
    elements: str
    default: []
"""
