# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options include_host_filters and exclude_host_filters: which hosts are kept."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.core

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
        "ansible_host == '198.18.0.1' and sms_state == 'finished'",
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
def test_a_condition_that_is_undefined_for_some_hosts_is_not_met_by_them_and_a_warning_counts_them(
    inventory, condition
):
    included = inventory(include_host_filters=[condition])
    assert included.names == {"sms-test"}
    assert re.search(r"is undefined for \d of 10 source servers, which do not meet it", included.messages)
    assert len(inventory(exclude_host_filters=[condition]).names) == 9


@pytest.mark.parametrize("option", ["include_host_filters", "exclude_host_filters"])
def test_with_strict_a_condition_that_is_undefined_for_a_host_is_an_error(failure, option):
    message = failure(**{option: ["sms_enterprise_project_id == 0"]}, strict=True)
    assert f"{option}: sms_enterprise_project_id == 0 fails for" in message


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("sms_connected and sms_hostname", 8),
        ("sms_os_type == 'LINUX' and sms_failed_checks", 8),
        ("sms_state == 'finished' and sms_current_task", 7),
        ("sms_name | regex_search('^sms')", 3),
        ("sms_failed_checks", 8),
        ("sms_cpu_quantity", 0),
        ("sms_hostname", None),
        ("sms_name[:0]", 10),
        ("[]", 10),
        ("sms_name", 0),
    ],
)
def test_a_value_that_is_no_boolean_counts_by_its_truth(emulator, inventory, condition, kept):
    if kept is None:
        kept = sum(not record["hostname"] for record in emulator.fleet())
    result = inventory(exclude_host_filters=[condition])
    assert len(result.names) == kept
    assert "undefined" not in result.messages
    assert len(inventory(include_host_filters=[condition]).names) == 10 - kept


NEVER_EVALUABLE = [
    "sms_state = 'error'",
    "sms_connected && sms_state",
    "sms_state in ['error'",
    "sms_name | lowwer",
    "sms_name is nosuch",
    "sms_name | no.such.filter",
    "{{ sms_state == 'error' }}",
    "sms_state ==",
    "x }} {{ y",
    "sms_state, sms_name",
    "(sms_state, sms_name)",
    "[sms_state, sms_name]",
]
# Lists, which are values elsewhere.
SEVERAL = NEVER_EVALUABLE[-2:]


@pytest.mark.parametrize("option", ["include_host_filters", "exclude_host_filters", "hostnames"])
@pytest.mark.parametrize("expression", NEVER_EVALUABLE)
def test_what_can_be_evaluated_for_no_host_is_an_error_before_the_service_is_asked(
    failure, queries, option, expression
):
    message = failure(**{option: [expression]})
    assert f"{option}: {expression}" in message
    assert queries() == []


@pytest.mark.parametrize("expression", SEVERAL)
def test_several_expressions_in_one_text_are_told_as_such(failure, expression):
    message = failure(include_host_filters=expression)
    assert f"include_host_filters: {expression} is several expressions: write them as a YAML list." in message


@pytest.mark.parametrize("option", ["include_host_filters", "exclude_host_filters"])
@pytest.mark.parametrize("text", ["'sms_state == \"error\"'", "''", "'a' 'b'"])
def test_a_condition_in_quotes_is_an_error_since_it_asks_for_nothing(failure, option, text):
    assert f"{option}: {text} is a text and asks for nothing: write it without the quotes." in failure(**{option: text})


@pytest.mark.parametrize("expression", NEVER_EVALUABLE[:-3])
@pytest.mark.parametrize(
    "option",
    [
        lambda expression: {"compose": {"x": expression}},
        lambda expression: {"groups": {"x": expression}},
        lambda expression: {"keyed_groups": [{"key": expression}]},
    ],
    ids=["compose", "groups", "keyed_groups"],
)
def test_the_same_holds_for_constructed_options(failure, queries, option, expression):
    options = option(expression)
    message = failure(**options)
    assert re.search(rf"{next(iter(options))}: \w+: {re.escape(expression)}", message)
    assert queries() == []


@pytest.mark.parametrize("option", ["include_host_filters", "exclude_host_filters"])
@pytest.mark.parametrize(
    "condition", ["sms_state == error", "nosuch", "sms_connected and nosuch", "sms_stat == 'error'"]
)
def test_a_variable_that_no_server_has_is_an_error(failure, option, condition):
    message = failure(**{option: [condition]})
    assert f"{option}: {condition} uses what no source server has" in message


@pytest.mark.parametrize(
    "condition",
    ["nosuch is defined", "nosuch | default(false)", "sms_nosuch | d('') == 'x'", "nosuch is not undefined"],
)
def test_a_condition_may_ask_whether_there_is_a_variable(inventory, condition):
    assert inventory(include_host_filters=[condition]).names == set()


def test_a_condition_that_is_undefined_for_all_hosts_is_an_error(failure):
    message = failure(exclude_host_filters=["sms_init_target_server.nosuch == 1"])
    assert "is undefined for all 10 hosts" in message


@pytest.mark.parametrize("condition", ["1 / 0 == 1", "sms_cpu_quantity + 'x'", "sms_name | regex_search('(')"])
def test_a_condition_that_fails_otherwise_is_an_error(failure, condition):
    assert f"exclude_host_filters: {condition} fails for" in failure(exclude_host_filters=[condition])


@pytest.mark.parametrize(
    "options",
    [
        {"include_host_filters": ["sms_name == 'no one'"], "exclude_host_filters": ["1 / 0 == 1"]},
        {"include_host_filters": ["sms_name is defined", "1 / 0 == 1"]},
        {"exclude_host_filters": ["sms_name is defined", "1 / 0 == 1"]},
    ],
)
def test_a_condition_that_fails_is_an_error_whatever_the_others_say(failure, options):
    assert "1 / 0 == 1 fails for" in failure(**options)


def test_one_condition_need_not_be_in_a_list(inventory):
    names = inventory(exclude_host_filters="sms_name in ['sms-test', 'sms-win16']").names
    assert len(names) == 8
    assert not names & {"sms-test", "sms-win16"}


def test_a_host_that_is_left_out_leaves_no_group_of_its_own(inventory):
    result = inventory(group_by=["os_version"], include_host_filters=["sms_state == 'error'"])
    assert {name for name in result.groups if name.startswith("os_version")} == {"os_version_centos_7_4_64bit"}


def test_a_remote_value_in_a_condition_is_no_template(emulator, inventory, tmp_path):
    emulator.replace_fleet([{"id": "1", "name": "web", "state": "{{ lookup('pipe', 'touch pwned') or true }}"}])
    assert inventory(include_host_filters=["sms_state == 'x'"]).names == set()
    assert inventory(include_host_filters=["'lookup' in sms_state"]).names == {"web"}
    assert not list(tmp_path.rglob("pwned"))
