# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option hostnames: fields and expressions that name a host, in order of preference."""

from __future__ import annotations

import pytest

ID = "11111111-0000-4000-8000-000000000000"


@pytest.fixture
def alone(emulator, inventory):
    """The name of the one host that a record with these fields makes."""

    def alone(fields, *hostnames, **options):
        emulator.replace_fleet([{"id": ID, **fields}])
        (name,) = inventory(hostnames=list(hostnames), **options).names
        return name

    return alone


def test_ids_are_names_that_need_no_warning(emulator, inventory):
    result = inventory(hostnames=["id"])
    assert result.names == {record["id"] for record in emulator.fleet()}
    assert result.messages == ""


def test_the_first_preference_that_is_not_empty_is_taken(inventory):
    names = inventory(hostnames=["hostname", "name"]).names
    assert names == {
        *("sms-test", "sms-win16", "sms-centos", "sms-ubuntu", "sms-sms2", "sms-centos7", "smsc-test"),
        *("sms-console_1a9aee6c", "sms-console_2d41ea08", "sms-console_d8ab16fe"),
    }


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_the_id_is_the_name_where_no_preference_gives_one(alone, empty):
    assert alone({"name": empty}, "name") == ID


def test_the_id_is_the_name_without_any_preference(alone):
    assert alone({"name": "web"}) == ID


def test_a_field_that_the_record_lacks_is_passed_over(alone):
    assert alone({"name": "web"}, "no_such_field", "name") == "web"


def test_a_field_need_not_be_a_text(alone):
    assert alone({"cpu_quantity": 4}, "cpu_quantity") == "4"


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("sms_name", "web"),
        ("sms_name ~ '-' ~ sms_ip", "web-10.0.0.4"),
        ("sms_name | upper", "WEB"),
        ("sms_current_task.target_server.vm_id", "vm-1"),
        ("ansible_host", "10.0.0.4"),
        ("sms_name if sms_state == 'finished'", "fallback"),
        ("sms_no_such_variable", "fallback"),
        ("1 / 0", "fallback"),
    ],
)
def test_an_expression_over_the_variables_gives_a_name(alone, expression, name):
    task = {"target_server": {"vm_id": "vm-1"}}
    fields = {"name": "web", "hostname": "fallback", "ip": "10.0.0.4", "state": "error", "current_task": task}
    assert alone(fields, expression, "hostname") == name


def test_an_expression_sees_the_variables_under_the_users_prefix(alone):
    assert alone({"name": "web", "state": "error"}, "hw_name ~ '.' ~ hw_state", hostvars_prefix="hw_") == "web.error"


def test_with_strict_an_expression_that_fails_is_an_error(failure):
    message = failure(hostnames=["sms_no_such_variable | upper"], strict=True)
    assert "hostnames" in message
    assert "sms_no_such_variable" in message


def test_names_from_expressions_are_made_addressable_and_unique(emulator, inventory):
    emulator.replace_fleet([{"id": f"{number}", "name": "a,b"} for number in "12"])
    assert inventory(hostnames=["sms_name ~ ':'"]).names == {"a_b__1", "a_b__2"}


def test_a_remote_name_is_no_template(alone, tmp_path):
    name = alone({"name": "{{ lookup('pipe', 'touch pwned') }}"}, "sms_name ~ '!'")
    assert "lookup" in name
    assert not list(tmp_path.rglob("pwned"))


def test_a_name_that_is_neither_field_nor_variable_is_warned_about(inventory):
    assert "no source server has a field or variable nmae" in inventory(hostnames=["nmae"]).messages
    assert "no source server has" not in inventory(hostnames=["hostname", "sms_name"]).messages
