# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups: which there are, and which hosts are in them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

LINUX_SOURCES = {"linux_sources_1a9aee6c", "linux_sources_2d41ea08", "linux_sources_d8ab16fe"}
FINISHED = {"sms-test", "sms-win16", "smsc-test"}
ABSENT = {"sms-ubuntu", "sms-centos7", *LINUX_SOURCES}
WINDOWS = {"sms-test", "sms-win16", "sms-sms2"}
LINUX = {"sms-centos", "sms-ubuntu", "sms-centos7", "smsc-test", *LINUX_SOURCES}

# Read off the example on the API's page.
EXAMPLE = {
    "sms": WINDOWS | LINUX,
    "state_finished": FINISHED,
    "state_error": {"sms-centos"},
    "state_unavailable": ABSENT,
    "state_waiting": {"sms-sms2"},
    "os_type_windows": WINDOWS,
    "os_type_linux": LINUX,
    "migration_cycle_cutovered": FINISHED,
    "migration_cycle_syncing": {"sms-centos"},
    "migration_cycle_checking": {"sms-sms2", *ABSENT},
}
DOCUMENTED = {
    *(
        f"state_{state}"
        for state in ["unavailable", "waiting", "initialize", "replicate", "syncing", "stopping", "stopped"]
    ),
    *(
        f"state_{state}"
        for state in ["deleting", "error", "cloning", "cutovering", "finished", "skipping", "clearing", "cleared"]
    ),
    *(f"state_{state}" for state in ["clearfailed", "premigready", "premiged", "premigfailed"]),
    *(
        f"migration_cycle_{cycle}"
        for cycle in ["checking", "setting", "replicating", "syncing", "cutovering", "cutovered"]
    ),
    "os_type_windows",
    "os_type_linux",
}


def own_groups(result):
    """The plugin's groups with their hosts, without those that Ansible always has."""
    return {name: hosts for name, hosts in result.groups.items() if name not in ("all", "ungrouped")}


@pytest.fixture
def alone(emulator):
    """Makes the emulator hold one server with these fields."""

    def alone(**fields):
        emulator.replace_fleet([{"id": "11111111-0000-4000-8000-000000000000", "name": "alone", **fields}])

    return alone


def test_each_server_of_the_example_is_in_its_groups(inventory):
    groups = own_groups(inventory())
    assert {name: hosts for name, hosts in groups.items() if hosts} == EXAMPLE


def test_the_documented_groups_and_no_others_exist_when_empty(inventory):
    assert own_groups(inventory(state="deleting")).keys() == DOCUMENTED | {"sms"}


@pytest.mark.parametrize(("pattern", "warned"), [("migration_cycle_cutovering", False), ("no_such_group", True)])
def test_a_documented_group_without_hosts_is_no_unmatched_pattern(inventory, capsys, pattern, warned):
    result = inventory()
    assert result.manager.list_hosts(pattern) == []
    assert ("Could not match" in capsys.readouterr().err) is warned


def test_servers_are_grouped_by_how_their_migrations_were_started_where_sms_says_so(inventory, emulator):
    types = {"by hand": "MANUAL", "planned": "AUTO", "empty": "", "null": None, "not said": ...}
    emulator.replace_fleet(
        [{"id": name, "name": name, **({} if value is ... else {"start_type": value})} for name, value in types.items()]
    )
    groups = own_groups(inventory(group_by=["start_type"]))
    assert groups == {
        "sms": {"by_hand", "planned", "empty", "null", "not_said"},
        "start_type_manual": {"by_hand"},
        "start_type_auto": {"planned"},
    }


@pytest.mark.parametrize("field", ["connected", "os_version", "enterprise_project_id", "task_state", "task_type"])
def test_only_the_fields_in_group_by_make_groups(inventory, field):
    groups = own_groups(inventory(group_by=[field])).keys() - {"sms"}
    assert groups
    assert all(name.startswith(f"{field}_") for name in groups)


@pytest.mark.parametrize(
    ("field", "groups"),
    [
        ("connected", {"connected_true": FINISHED | {"sms-centos"}, "connected_false": ABSENT | {"sms-sms2"}}),
        ("enterprise_project_id", {"enterprise_project_id_0": {"sms-test"}}),
        ("task_state", {"task_state_migrate_success": FINISHED, "task_state_migrate_fail": {"sms-centos"}}),
        (
            "task_type",
            {
                "task_type_migrate_block": {"sms-test", "sms-win16", "sms-centos"},
                "task_type_migrate_file": {"smsc-test"},
            },
        ),
        ("region_id", {"region_id_region_id": FINISHED | {"sms-centos"}}),
        (
            "os_version",
            {
                "os_version_windows2008_r2_64bit": {"sms-test"},
                "os_version_windows2012_r2_64bit": {"sms-sms2"},
                "os_version_windows2016_64bit": {"sms-win16"},
                "os_version_centos_6_5_64bit": {"smsc-test"},
                "os_version_centos_7_4_64bit": {"sms-centos"},
                "os_version_centos_8_5_64bit": {"sms-centos7"},
                "os_version_redhat_7_3_64bit": LINUX_SOURCES,
                "os_version_ubuntu_18_4_64bit": {"sms-ubuntu"},
            },
        ),
    ],
)
def test_each_further_field_groups_the_example(inventory, field, groups):
    assert own_groups(inventory(group_by=[field])) == {"sms": WINDOWS | LINUX, **groups}


def test_an_empty_group_by_leaves_the_group_of_all_hosts(inventory):
    assert own_groups(inventory(group_by=[])) == {"sms": WINDOWS | LINUX}


def test_the_group_option_names_the_group_of_all_hosts(inventory):
    result = inventory(group="wave_1", group_by=[])
    assert own_groups(result) == {"wave_1": WINDOWS | LINUX}


def test_a_value_that_is_not_documented_gets_its_group(inventory, alone):
    alone(state="teleporting", os_type="PLAN9", migration_cycle="landing")
    groups = inventory().groups
    assert groups["state_teleporting"] == groups["os_type_plan9"] == groups["migration_cycle_landing"] == {"alone"}


@pytest.mark.parametrize(
    ("value", "group"),
    [
        ("has-dash", "state_has_dash"),
        ("a b:c", "state_a_b_c"),
        ("{{ 7*7 }}", "state____7_7___"),
        ("Ünder", "state_ünder"),
    ],
)
def test_characters_that_no_group_name_has_become_underscores(inventory, alone, value, group):
    alone(state=value)
    assert inventory(group_by=["state"]).groups[group] == {"alone"}


@pytest.mark.parametrize("fields", [{}, {"state": None}, {"state": ""}, {"state": []}, {"state": {"a": 1}}])
def test_a_server_without_a_usable_value_is_in_no_group_of_that_field(inventory, alone, fields):
    alone(**fields)
    result = inventory(group_by=["state"])
    assert [name for name, hosts in own_groups(result).items() if hosts] == ["sms"]


@pytest.mark.parametrize("task", [None, {}, "gone", {"state": None, "type": "", "region_id": []}])
def test_a_server_without_a_usable_task_is_in_no_group_of_its_task(inventory, alone, task):
    alone(current_task=task)
    result = inventory(group_by=["task_state", "task_type", "region_id"])
    assert own_groups(result) == {"sms": {"alone"}}


def test_values_that_are_equal_and_yet_different_are_different_groups(emulator, inventory):
    emulator.replace_fleet([{"id": "1", "name": "a", "connected": 1}, {"id": "2", "name": "b", "connected": True}])
    groups = inventory(group_by=["connected"]).groups
    assert (groups["connected_1"], groups["connected_true"]) == ({"a"}, {"b"})
