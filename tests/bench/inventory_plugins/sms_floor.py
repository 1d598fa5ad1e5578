# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-core itself needs: hosts, variables and groups that are in memory already go into the inventory."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = r"""
name: sms_floor
short_description: The least that an inventory plugin can do
description: The least that an inventory plugin can do.
options:
  plugin:
    description: Names this plugin.
    required: true
  hosts:
    description: A pickle of the groups and of each host's name, variables and groups.
    required: true
"""


class InventoryModule(BaseInventoryPlugin):
    NAME = "sms_floor"
    # The cheapest way to have strings shown plainly.
    trusted_by_default = True

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        started = time.perf_counter()
        groups, hosts = pickle.loads(Path(self.get_option("hosts")).read_bytes())
        # Not part of the floor, which has them in memory: the benchmark takes it off.
        Path(os.environ["SMS_FLOOR_LOADING"]).write_text(str(time.perf_counter() - started), encoding="utf-8")
        for group in groups:
            inventory.add_group(group)
        for name, hostvars, host_groups in hosts:
            inventory.add_host(name, "sms")
            for variable, value in hostvars.items():
                inventory.set_variable(name, variable, value)
            for group in host_groups:
                inventory.add_child(group, name)
