# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the modules share: a module that runs as Ansible runs it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from ansible_collections.huaweicloud.sms.tests.tools import programs


@pytest.fixture
def run_module(connection):
    """Runs a module with the connection and further options (None leaves one out); gives its result."""

    def run(check_mode=False, module="source_server_info", **options):
        given = {name: value for name, value in {**connection, **options}.items() if value is not None}
        completed = subprocess.run(
            [sys.executable, "-m", f"ansible_collections.huaweicloud.sms.plugins.modules.{module}"],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": {**given, "_ansible_check_mode": check_mode}}),
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(programs.COLLECTIONS), *filter(None, sys.path)])},
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in completed.stdout + completed.stderr, completed.stderr
        return json.loads(completed.stdout)

    return run


@pytest.fixture
def queries(emulator):
    """Gives the query of each listing that the service saw."""
    return lambda: [dict(request["query"]) for request in emulator.requests()]
