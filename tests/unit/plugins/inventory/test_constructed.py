# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options compose, groups, keyed_groups and strict, which are Ansible's own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

FINISHED = {"sms-test", "sms-win16", "smsc-test"}
WINDOWS = {"sms-test", "sms-win16", "sms-sms2"}
# True for most hosts, an error for those whose record has no such field.
FAILS_FOR_SOME = "sms_enterprise_project_id == 0"


def test_composed_variables_are_set(inventory):
    hosts = inventory(compose={"ansible_user": "'Administrator' if sms_os_type == 'WINDOWS' else 'root'"}).hosts
    assert {name for name, hostvars in hosts.items() if hostvars["ansible_user"] == "Administrator"} == WINDOWS


def test_a_composed_variable_may_replace_the_plugins(inventory):
    hosts = inventory(compose={"ansible_host": "sms_name ~ '.example.org'"}).hosts
    assert hosts["sms-test"]["ansible_host"] == "sms-test.example.org"


def test_a_composed_variable_may_be_a_structure(inventory):
    hosts = inventory(compose={"disks": "sms_init_target_server.disks | map(attribute='name')"}).hosts
    assert hosts["sms-test"]["disks"] == ["Disk 0"]


def test_groups_hold_the_hosts_that_meet_their_condition(inventory):
    groups = inventory(groups={"done": "sms_state == 'finished'", "none": "false"}).groups
    assert groups["done"] == FINISHED


def test_keyed_groups_are_made_from_values(inventory):
    groups = inventory(keyed_groups=[{"key": "sms_os_type | lower", "prefix": "os", "parent_group": "systems"}]).groups
    assert groups["os_windows"] == WINDOWS
    assert groups["systems"] == groups["all"]


def test_the_name_of_the_host_can_be_used(inventory):
    result = inventory(
        compose={"called": "inventory_hostname"}, groups={"one": "inventory_hostname == 'sms-test'"}, group_by=[]
    )
    assert {name: hostvars["called"] for name, hostvars in result.hosts.items()} == {
        name: name for name in result.names
    }
    assert result.groups["one"] == {"sms-test"}


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"x": FAILS_FOR_SOME}},
        {"groups": {"x": FAILS_FOR_SOME}},
        {"keyed_groups": [{"key": "sms_enterprise_project_id"}]},
    ],
)
def test_without_strict_what_fails_for_a_host_is_left_out(inventory, options):
    assert len(inventory(**options).names) == 10


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"x": FAILS_FOR_SOME}},
        {"groups": {"x": FAILS_FOR_SOME}},
        {"keyed_groups": [{"key": "sms_enterprise_project_id"}]},
    ],
)
def test_with_strict_an_error_in_the_middle_leaves_no_host_behind(failure, options):
    assert "sms_enterprise_project_id" in failure(**options, strict=True)


def test_an_error_leaves_the_hosts_of_other_sources_alone(source, read, tmp_path):
    static = tmp_path / "a_static.yml"
    static.write_text("all: {hosts: {sms-test: {mine: 1}, other: }}")
    failing = source(compose={"x": FAILS_FOR_SOME}, strict=True)
    result = read(static, failing, plugins=("yaml", "huaweicloud.sms.source_servers"))
    assert result.names == {"sms-test", "other"}
    assert result.hosts["sms-test"] == {"mine": 1}
    assert "sms" not in result.groups


def test_a_renaming_leaves_the_hosts_of_other_sources_alone(emulator, source, read, tmp_path):
    emulator.replace_fleet([{"id": "1", "name": "web"}, {"id": "2", "name": "db"}])
    static = tmp_path / "a_static.yml"
    static.write_text("all: {hosts: {db: {mine: 1}, other: }}")
    clashing = source(keyed_groups=[{"key": "'web'", "separator": ""}])
    result = read(static, clashing, plugins=("yaml", "huaweicloud.sms.source_servers"))
    assert result.names == {"db", "other", "web_1"}
    assert result.hosts["db"]["mine"] == 1


@pytest.mark.parametrize(("use", "expected"), [(True, {"sms-test"}), (False, set())])
def test_extra_variables_are_seen_on_demand(source, listed, use, expected):
    path = source(
        use_extra_vars=use,
        compose={"wave": "wanted"},
        groups={"chosen": "inventory_hostname == wanted"},
        include_host_filters=["sms_name == wanted | default('')", "not wanted is defined"],
    )
    inventory = listed(path, "-e", "wanted=sms-test")
    hosts = inventory["_meta"]["hostvars"]
    assert {name for name, hostvars in hosts.items() if hostvars.get("wave") == "sms-test"} == expected
    assert len(hosts) == (1 if use else 10)
    assert set(inventory.get("chosen", {}).get("hosts", ())) == expected
