# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide for many accounts shows is what Ansible's programs print."""

from __future__ import annotations

import shlex

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import commands_of, files_of, without_empty_groups

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_many_accounts.rst"
# The newest first, as the service lists them.
FLEETS = {
    "china": [
        {"id": "2f6c01d4-0000-4000-8000-000000000000", "name": "web", "state": "syncing", "add_date": 2},
        {"id": "b0000000-0000-4000-8000-000000000000", "name": "db", "state": "unavailable", "add_date": 1},
    ],
    "emea": [
        {"id": "a0000000-0000-4000-8000-000000000000", "name": "mail", "state": "finished", "add_date": 2},
        {"id": "c07d5e12-0000-4000-8000-000000000000", "name": "web", "state": "syncing", "add_date": 1},
    ],
}


def shown(command):
    """What the guide shows below a command, each time that it does."""
    return [one.output for one in commands_of(GUIDE) if one.line == command]


@pytest.fixture
def run(run_ansible, tmp_path, monkeypatch):
    """Saves the guide's files, each with an account of its own, and gives a function that runs a command."""
    monkeypatch.delenv("ANSIBLE_INVENTORY", raising=False)
    environment = {"ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg")}
    emulators = {name: Emulator() for name in FLEETS}
    for name, emulator in emulators.items():
        emulator.replace_fleet(FLEETS[name])
        environment[f"SMS_{name.upper()}_ACCESS_KEY"] = emulator.account["access_key"]
        environment[f"SMS_{name.upper()}_SECRET_KEY"] = emulator.account["secret_key"]
    (tmp_path / "inventory").mkdir()
    for file, text in files_of(GUIDE).items():
        endpoint = next((f"\nendpoint: {emulators[name].url}\n" for name in FLEETS if name in file), "\n")
        (tmp_path / file).write_text(text + endpoint)
    (tmp_path / "inventory" / "static.yml").unlink()

    def run(command):
        program, *arguments = shlex.split(command)
        completed = run_ansible(
            {"ansible": "adhoc", "ansible-inventory": "inventory"}[program], *arguments, **environment
        )
        assert completed.returncode == 0, completed.stderr
        return completed.stdout.splitlines()

    yield run
    for emulator in emulators.values():
        emulator.stop()


def test_two_accounts_give_the_graph_that_is_shown(run):
    assert without_empty_groups(run("ansible-inventory --graph")) == shown("ansible-inventory --graph")[0]


def test_patterns_give_the_hosts_that_are_shown(run):
    for command in ("ansible web --list-hosts", "ansible 'state_syncing:&sms_emea' --list-hosts"):
        (output,) = shown(command)
        assert run(command) == [line for line in output if not line.startswith("[WARNING]")]


def test_names_with_the_account_give_the_graph_that_is_shown(run, tmp_path):
    for file, text in files_of(GUIDE, heading=r"# in (\S+)", marks=()).items():
        with (tmp_path / file).open("a") as inventory:
            inventory.write(text)
    assert without_empty_groups(run("ansible-inventory --graph")) == shown("ansible-inventory --graph")[1]
