# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option hostnames: fields and expressions that name a host, in order of preference."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

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
        ("sms_name ~ '-' ~ sms_ip", "web-192.0.2.4"),
        ("sms_name | upper", "WEB"),
        ("sms_current_task.target_server.vm_id", "vm-1"),
        ("ansible_host", "192.0.2.4"),
        ("sms_name if sms_state == 'finished'", "fallback"),
        ("sms_no_such_variable", "fallback"),
        ("1 / 0", "fallback"),
    ],
)
def test_an_expression_over_the_variables_gives_a_name(alone, expression, name):
    task = {"target_server": {"vm_id": "vm-1"}}
    fields = {"name": "web", "hostname": "fallback", "ip": "192.0.2.4", "state": "error", "current_task": task}
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


def test_one_expression_need_not_be_in_a_list(alone):
    assert alone({"name": "web", "hostname": None}, "x") == ID
    assert alone({"name": "web", "hostname": "pc"}, "sms_hostname | default(sms_name, true)") == "pc"


def test_an_expression_with_a_comma_that_is_not_in_a_list_is_not_split(emulator, inventory):
    emulator.replace_fleet([{"id": ID, "name": "web", "hostname": None}])
    assert inventory(hostnames="sms_hostname | default(sms_name, true)").names == {"web"}


def test_an_extra_variable_names_a_host_where_extra_variables_are_wanted(source, listed):
    path = source(hostnames=["my_extra"], include_host_filters=["sms_name == 'sms-test'"], use_extra_vars=True)
    (name,) = listed(path, "-e", "my_extra=mine")["_meta"]["hostvars"]
    assert name.startswith("mine_")


def test_with_strict_a_name_that_fails_for_a_server_that_is_left_out_is_no_error(emulator, inventory):
    emulator.replace_fleet([{"id": "1", "name": "web", "site": "a"}, {"id": "2", "name": "db"}])
    result = inventory(hostnames=["sms_site ~ sms_name"], exclude_host_filters=["sms_name == 'db'"], strict=True)
    assert result.names == {"aweb"}


@pytest.mark.parametrize("native", ["true", "false"])
def test_a_name_that_looks_like_a_number_stays_as_it_is(emulator, source, listed, native):
    emulator.replace_fleet(
        [{"id": "1", "name": "1.10", "hostname": "1_0"}, {"id": "2", "name": "0x1f", "hostname": "x"}]
    )
    path = source(hostnames=["sms_name"])
    assert set(listed(path, ANSIBLE_JINJA2_NATIVE=native)["_meta"]["hostvars"]) == {"1.10", "0x1f"}
    path = source(hostnames=["sms_name | lower"])
    assert set(listed(path, ANSIBLE_JINJA2_NATIVE=native)["_meta"]["hostvars"]) == {"1.10", "0x1f"}
