# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook office_hours: the rules of running migrations are replaced, for the hosts of one account."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import TARGET, server

pytestmark = [pytest.mark.core, pytest.mark.slow]

# YAML reads an unquoted 18:00 as this number.
RULES = [{"start": "08:00", "end": 1080, "speed": 50}]


@pytest.fixture
def run_playbook(running_emulator, run_ansible, act, tmp_path):
    """Runs the playbook on two servers, one of which has a task, and gives the exit code and what it printed."""
    running_emulator.reset()
    running_emulator.replace_fleet([server("web"), server("db")])
    assert not act("task", state="present", servers=["web"], target=TARGET).failed
    running_emulator.clear_requests()
    connection = {"endpoint": running_emulator.url, "token": running_emulator.token}

    def run(groups, **variables):
        hosts = {name: {"sms_id": f"id-{name}", "sms_connection": connection} for name in ("web", "db")}
        for name, value in variables.items():
            hosts[name]["sms_connection"] = value
        children = {group: {"hosts": {name: {} for name in names}} for group, names in groups.items()}
        inventory = {"all": {"hosts": hosts, "children": children}}
        (tmp_path / "hosts.json").write_text(json.dumps(inventory))
        given = json.dumps({"office_hours_rules": RULES})
        completed = run_ansible("playbook", "-i", "hosts.json", "huaweicloud.sms.office_hours", "-e", given)
        return completed.returncode, " ".join((completed.stdout + completed.stderr).split())

    return run


def test_the_rules_of_running_migrations_are_replaced(run_playbook, running_emulator):
    code, printed = run_playbook({"sms": ["web", "db"], "migration_cycle_syncing": ["web"]})
    assert code == 0, printed
    assert "Set speed_rules: 08:00 to 18:00 50 Mbit/s." in printed
    (change,) = running_emulator.changes()
    assert json.loads(change["body"])["speed_limit"][0]["end"] == "18:00"


def test_hosts_of_two_accounts_are_refused(run_playbook, running_emulator):
    other = {"endpoint": running_emulator.url, "token": "other"}
    code, printed = run_playbook({"sms": ["web", "db"], "migration_cycle_syncing": ["web", "db"]}, db=other)
    assert code == 2
    assert "Run this once for each account, with --limit." in printed
    assert running_emulator.changes() == []


def test_an_inventory_without_servers_fails(run_playbook):
    code, printed = run_playbook({"sms": []})
    assert code == 4
    assert "The inventory has no source server." in printed
