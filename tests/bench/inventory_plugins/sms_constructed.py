# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user would write with what ansible-core gives: hosts from records, the rest with compose and keyed_groups."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.plugins.inventory import BaseInventoryPlugin, Constructable

DOCUMENTATION = r"""
name: sms_constructed
short_description: Source servers by way of constructed features
description: Source servers by way of constructed features.
options:
  plugin:
    description: Names this plugin.
    required: true
  records:
    description: A JSON file with the names and records of the servers.
    required: true
  groups_to_have:
    description: Groups that exist even when empty.
    type: list
    elements: str
extends_documentation_fragment:
  - ansible.builtin.constructed
"""


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = "sms_constructed"
    trusted_by_default = True

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        records = json.loads(Path(self.get_option("records")).read_bytes())
        for group in ["sms", *self.get_option("groups_to_have")]:
            inventory.add_group(group)
        for name, record in records:
            inventory.add_host(name, "sms")
            hostvars = {f"sms_{field}": value for field, value in record.items() if field != "checks"}
            for variable, value in hostvars.items():
                inventory.set_variable(name, variable, value)
            variables = {**hostvars, "checks": record["checks"]}
            self._set_composite_vars(self.get_option("compose"), variables, name, strict=True)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=True)
