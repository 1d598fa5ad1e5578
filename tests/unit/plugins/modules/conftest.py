# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the modules share: a module that runs in this process, with arguments as Ansible passes them."""

from __future__ import annotations

import importlib
import json

import pytest
from ansible.module_utils import basic


@pytest.fixture
def run_module(connection, monkeypatch, capfd):
    """Runs a module with the connection and further options (None leaves one out); gives its result."""

    def run(check_mode=False, module="source_server_info", **options):
        given = {name: value for name, value in {**connection, **options}.items() if value is not None}
        arguments = {"ANSIBLE_MODULE_ARGS": {**given, "_ansible_check_mode": check_mode}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        capfd.readouterr()
        with pytest.raises(SystemExit):
            importlib.import_module(f"ansible_collections.huaweicloud.sms.plugins.modules.{module}").main()
        printed = capfd.readouterr()
        assert printed.err == ""
        result = json.loads(printed.out)
        # From ansible-core 2.22 on, a module tells the controller which texts to hide.
        result.pop("_ansible_new_secrets", None)
        return result

    return run


@pytest.fixture
def queries(emulator):
    """Gives the query of each listing that the service saw."""
    return lambda: [dict(request["query"]) for request in emulator.requests()]
