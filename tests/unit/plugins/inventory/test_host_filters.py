# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options include_host_filters and exclude_host_filters: which hosts are kept."""

from __future__ import annotations

import pytest

FINISHED = {"sms-test", "sms-win16", "smsc-test"}
WINDOWS = {"sms-test", "sms-win16", "sms-sms2"}


def test_a_host_that_meets_any_of_the_including_conditions_is_kept(inventory):
    names = inventory(include_host_filters=["sms_state == 'finished'", "sms_os_type == 'WINDOWS'"]).names
    assert names == FINISHED | WINDOWS


def test_a_host_that_meets_any_of_the_excluding_conditions_is_left_out(inventory):
    names = inventory(exclude_host_filters=["sms_state == 'unavailable'", "sms_os_type == 'WINDOWS'"]).names
    assert names == {"sms-centos", "smsc-test"}


def test_exclusion_wins_over_inclusion(inventory):
    result = inventory(
        include_host_filters=["sms_state == 'finished'"], exclude_host_filters=["sms_os_type == 'LINUX'"]
    )
    assert result.names == {"sms-test", "sms-win16"}


@pytest.mark.parametrize(
    "condition",
    [
        "inventory_hostname == 'sms-test'",
        "ansible_host == '192.168.0.1' and sms_state == 'finished'",
        "sms_current_task and sms_current_task.target_server.name == 'sms-test'",
        "sms_cpu_quantity == 1 and sms_enterprise_project_id is defined",
        "sms_name is match('sms-t')",
    ],
)
def test_a_condition_may_use_everything_that_the_host_knows(inventory, condition):
    assert inventory(include_host_filters=[condition]).names == {"sms-test"}


@pytest.mark.parametrize(
    "condition", ["sms_enterprise_project_id == 0", "sms_current_task.target_server.name == 'sms-test'"]
)
def test_a_condition_that_fails_for_a_host_is_not_met(inventory, condition):
    assert inventory(include_host_filters=[condition]).names == {"sms-test"}
    assert len(inventory(exclude_host_filters=[condition]).names) == 9


@pytest.mark.parametrize("option", ["include_host_filters", "exclude_host_filters"])
@pytest.mark.parametrize("condition", ["sms_enterprise_project_id == 0", "sms_state =="])
def test_with_strict_a_condition_that_fails_is_an_error(failure, option, condition):
    message = failure(**{option: [condition]}, strict=True)
    assert f"The condition {condition} fails for" in message


def test_a_host_that_is_left_out_leaves_no_group_of_its_own(inventory):
    result = inventory(group_by=["os_version"], include_host_filters=["sms_state == 'error'"])
    assert {name for name in result.groups if name.startswith("os_version")} == {"os_version_centos_7_4_64bit"}


def test_a_remote_value_in_a_condition_is_no_template(emulator, inventory, tmp_path):
    emulator.replace_fleet([{"id": "1", "name": "web", "state": "{{ lookup('pipe', 'touch pwned') or true }}"}])
    assert inventory(include_host_filters=["sms_state == 'x'"]).names == set()
    assert inventory(include_host_filters=["'lookup' in sms_state"]).names == {"web"}
    assert not list(tmp_path.rglob("pwned"))
