# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which source servers to list."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: Only servers with this name.
    type: str
  id:
    description: Only the server with this ID.
    type: str
  ip:
    description: Only servers with this IP address.
    type: str
  ipv6:
    description: Only servers with this IPv6 address.
    type: str
  vm_id:
    description: Only the server that became, or is becoming, the cloud server (ECS) with this ID.
    type: str
  migproject:
    description:
      - Only servers in tasks of the migration project with this ID or name.
      - A name is looked up, which takes the permission to list migration projects. One that no project has, or several
        have, is an error that says which there are.
    type: str
  migration_cycle:
    description:
      - Only servers in this migration stage. The documented ones are V(checking), V(setting), V(replicating),
        V(syncing), V(cutovering) and V(cutovered); others are passed on as they are.
      - With a list, servers in any of these. A single value is sent to SMS. Several values are not sent; they select
        the records by their own field, so that a server that moves from one value to another is not lost.
      - An empty text filters nothing. An empty list is an error, and so is an empty text among others.
    type: list
    elements: str
  enterprise_project_id:
    description:
      - Only servers of the enterprise project with this ID. V(0) is the default one.
      - "Environment: E(HW_ENTERPRISE_PROJECT_ID). An empty text here lists all, whatever the environment says."
    type: str
  connected:
    description:
      - Only servers whose agent is connected to SMS (V(true)) or is not (V(false)).
      - Applied to the field C(connected) of the records. The service has a parameter of that name, whose meaning
        its documentation leaves open.
    type: bool
"""

    # For all but the module task, whose state is what to bring tasks to.
    STATE = r"""
options:
  state:
    description:
      - Only servers in this state. The documented ones are V(unavailable), V(waiting), V(initialize), V(premigready),
        V(premiged), V(replicate), V(syncing), V(cloning), V(cutovering), V(finished), V(skipping), V(stopping),
        V(stopped), V(deleting), V(clearing), V(cleared), V(clearfailed), V(premigfailed) and V(error); others are
        passed on as they are.
      - With a list, servers with any of these; see O(migration_cycle).
    type: list
    elements: str
"""
