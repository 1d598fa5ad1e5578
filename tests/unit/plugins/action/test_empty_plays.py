# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks wave and thaw fail if they have no host. Ansible itself ends a play without hosts as a success."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.core

HOSTS = {"web01": {"ansible_connection": "local"}}
EMPTY = {"all": {"children": {"sms": {"children": {"wave_7": {}}}}}}
FULL = {
    "all": {
        "children": {"sms": {"children": {"wave_7": {}, "wave_8": {"hosts": HOSTS}}}, "other": {"hosts": {"box": {}}}}
    }
}


@pytest.fixture
def run_playbook(run_ansible, tmp_path):
    """Runs a playbook with an inventory, and gives its exit code and what it printed, in one line."""

    def run(inventory, *options, playbook="wave"):
        (tmp_path / "inventory.json").write_text(json.dumps(inventory))
        (tmp_path / "limit.txt").write_text("box\n")
        completed = run_ansible("playbook", "-i", "inventory.json", f"huaweicloud.sms.{playbook}", *options)
        return completed.returncode, " ".join((completed.stdout + completed.stderr).split())

    return run


@pytest.mark.parametrize("playbook", ["wave", "thaw"])
@pytest.mark.parametrize(
    ("inventory", "options"),
    [
        (EMPTY, ()),
        (EMPTY, ("--limit", "wave_7")),
        (FULL, ("--limit", "@limit.txt")),
        (FULL, ("-e", "wave_hosts=wave_7")),
    ],
)
def test_a_wave_without_hosts_fails(run_playbook, playbook, inventory, options):
    code, printed = run_playbook(inventory, *options, playbook=playbook)
    assert code == 4
    assert "No host of the inventory matches" in printed
    assert "project_id" in printed


@pytest.mark.parametrize("limit", ["box", "all:!sms", "other,wave_7", "other:&all"])
def test_a_limit_that_leaves_none_of_the_group_is_named(run_playbook, limit):
    code, printed = run_playbook(FULL, "--limit", limit)
    assert code == 4
    assert f"--limit {limit}" in printed


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--limit", "web01,box"),
        ("--limit", "sms:&wave_8"),
        ("-e", "wave_hosts=sms:!wave_7"),
        ("-e", '{"wave_hosts": ["wave_7", "web*"]}'),
    ],
)
def test_a_wave_with_hosts_begins(run_playbook, options):
    code, printed = run_playbook(FULL, "--list-hosts", *options)
    assert code == 0
    assert "web01" in printed
    assert "hosts (1)" in printed


def test_a_check_of_the_syntax_needs_no_hosts(run_playbook):
    assert run_playbook({}, "--syntax-check")[0] == 0


@pytest.mark.parametrize("playbook", ["preflight", "report", "wait_for_cycle"])
def test_a_limit_on_an_empty_inventory_fails(run_playbook, playbook):
    code, printed = run_playbook(EMPTY, "--limit", "wave_7", playbook=playbook)
    assert code == 4
    assert "--limit wave_7" in printed
