# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection for tests: a server whose system is below a folder of this machine."""

from __future__ import annotations

import os
import re

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: rooted
short_description: Runs commands on this machine, with another folder for the system
description:
  - The commands of the wave look up the service manager and its services below the folder.
extends_documentation_fragment:
  - connection_pipelining
"""

# The variable of the wave's commands that has the folder, empty, as it is quoted once or twice.
_ROOT = re.compile(r"\bR=(?:''|(?:'\"'\"'){2})")


class Connection(Local):
    """Sets the folder in each command."""

    transport = "rooted"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        return super().exec_command(_ROOT.sub(f"R={os.environ['SERVICES_ROOT']}", cmd), in_data, sudoable)
