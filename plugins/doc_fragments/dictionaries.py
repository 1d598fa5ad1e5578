# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the connection and the filters, each given together as a dictionary."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  connection:
    description:
      - Options that say how SMS is reached and with which credentials, together in one dictionary. It takes O(region),
        O(endpoint), O(token) and all others that this page has of them, under the same names.
      - An option that is given here and by itself is an error. One that C(module_defaults) gives is replaced by the one
        here.
      - An option that is null or C(omit) counts as not given.
    type: dict
    version_added: 2.0.0
  filters:
    description:
      - Filters together in one dictionary, such as O(state) and O(migproject), under the same names.
      - What O(connection) says of options that are given twice, or are null, holds here too.
    type: dict
    version_added: 2.0.0
"""
