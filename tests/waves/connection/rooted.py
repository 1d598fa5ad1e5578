# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection for tests: a server whose system is below a folder of this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: rooted
short_description: Runs commands on this machine, with another folder for the system
description:
  - The commands of the wave look up the service manager and its services below the folder.
options:
  name:
    description: The host whose connection it is.
    vars:
      - name: inventory_hostname
  become_success_timeout:
    description: As of the plugin local.
    type: int
    default: 10
  become_strip_preamble:
    description: As of the plugin local.
    type: bool
    default: true
extends_documentation_fragment:
  - connection_pipelining
"""

# The variable of the wave's commands that has the folder, empty, however often the command is quoted.
_ROOT = re.compile(r"\bR=['\"]+")


class Connection(Local):
    """Sets the folder in each command."""

    transport = "rooted"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        # The connection breaks once if a test has written the file.
        broken = Path(os.environ["SERVICES"]).parent / f"unreachable-{self.get_option('name')}"
        if broken.exists():
            broken.unlink()
            raise AnsibleConnectionFailure("The connection broke.")
        return super().exec_command(_ROOT.sub(f"R={os.environ['SERVICES_ROOT']}", cmd), in_data, sudoable)
