# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables: what a host knows of its record."""

from __future__ import annotations

import keyword

import pytest
from ansible.vars.reserved import get_reserved_names

pytestmark = pytest.mark.core

MADE = {"ansible_host", "sms_progress", "sms_failed_checks", "sms_checks"}
ALONE = {"id": "11111111-0000-4000-8000-000000000000", "name": "alone"}


@pytest.fixture
def alone(emulator, inventory):
    """The variables of the one host that a record with these fields makes."""

    def alone(fields, **options):
        emulator.replace_fleet([{**ALONE, **fields}])
        return inventory(**options).hosts["alone"]

    return alone


def by_id(result):
    return {hostvars["sms_id"]: hostvars for hostvars in result.hosts.values()}


def test_every_field_of_every_record_is_a_variable(emulator, inventory):
    hosts = by_id(inventory())
    for record in emulator.fleet():
        expected = {f"sms_{field}": value for field, value in record.items() if field != "checks"}
        hostvars = hosts[record["id"]]
        assert {name: value for name, value in hostvars.items() if name in expected} == expected
        assert hostvars.keys() - expected.keys() <= MADE


def test_a_play_sees_the_same_values_as_the_record_has(emulator, inventory):
    result = inventory(hostnames=["id"])
    for record in emulator.fleet():
        seen = result.variables_of(record["id"])
        assert {field: seen[f"sms_{field}"] for field in record if field != "checks"} == {
            field: value for field, value in record.items() if field != "checks"
        }


def test_unknown_fields_are_variables_too(alone):
    hostvars = alone({"brand_new": {"deep": [1, None, "x"]}, "has-dash": 1})
    assert hostvars["sms_brand_new"] == {"deep": [1, None, "x"]}
    assert hostvars["sms_has_dash"] == 1


def test_links_that_grant_access_are_left_out_wherever_they_stand(alone):
    link = {"log_share_url": "https://sms-logs.obs.example/secret"}
    hostvars = alone({**link, "agents": [link], "current_task": {**link, "id": 1}, "more": [{"deep": link}]})
    assert "secret" not in str(hostvars)
    assert hostvars["sms_current_task"] == {"id": 1}


def test_failed_checks_are_those_that_are_not_ok(emulator, inventory):
    hosts = by_id(inventory())
    for record in emulator.fleet():
        failed = [check for check in record["checks"] if check["result"] != "OK"]
        assert hosts[record["id"]]["sms_failed_checks"] == failed
    assert [check["error_code"] for check in hosts["02d6a461-b7a4-44ef-b37a-13abe57a715f"]["sms_failed_checks"]]


@pytest.mark.parametrize("result", ["WARN", "ERROR", "BRAND_NEW", None])
def test_a_check_with_any_other_result_than_ok_counts_as_failed(alone, result):
    check = {"id": 1, "name": "CPU", "result": result}
    assert alone({"checks": [{**check, "result": "OK"}, check]})["sms_failed_checks"] == [check]


@pytest.mark.parametrize("fields", [{}, {"checks": None}, {"checks": []}])
def test_a_server_that_was_not_checked_has_no_failed_checks(alone, fields):
    assert alone(fields)["sms_failed_checks"] == []


def test_all_checks_become_a_variable_on_demand(emulator, inventory):
    hosts = by_id(inventory(checks="all"))
    for record in emulator.fleet():
        assert hosts[record["id"]]["sms_checks"] == record["checks"]
        assert "sms_failed_checks" in hosts[record["id"]]


@pytest.mark.parametrize(("mode", "names"), [("failed", {"sms_failed_checks"}), ("none", set())])
def test_checks_are_left_out_on_demand(inventory, mode, names):
    for hostvars in inventory(checks=mode).hosts.values():
        assert hostvars.keys() & {"sms_checks", "sms_failed_checks"} == names


@pytest.mark.parametrize(
    ("replicated", "total", "progress"),
    [
        (0, 100, 0.0),
        (50, 100, 50.0),
        (100, 100, 100.0),
        (999_999, 1_000_000, 99.9),
        (2**60 - 1, 2**60, 99.9),
        (1, 3, 33.3),
        (150, 100, 100.0),
        pytest.param(10**400, 1, 100.0, id="huge"),
        (-5, 100, 0.0),
    ],
)
def test_progress_is_in_percent_and_rounded_down(alone, replicated, total, progress):
    assert alone({"replicatesize": replicated, "totalsize": total})["sms_progress"] == progress


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"totalsize": 0, "replicatesize": 0},
        {"totalsize": None, "replicatesize": 5},
        {"totalsize": 5, "replicatesize": None},
        {"totalsize": "5", "replicatesize": 5},
        {"totalsize": -5, "replicatesize": 5},
        {"totalsize": True, "replicatesize": 1},
    ],
)
def test_progress_is_null_where_the_sizes_do_not_tell(alone, fields):
    assert alone(fields)["sms_progress"] is None


def test_progress_is_null_where_a_size_is_too_large_for_a_number(emulator, inventory):
    record = '{"id": "1", "name": "alone", "totalsize": 1e999, "replicatesize": 1e999}'
    emulator.faults({"kind": "body", "text": f'{{"count": 1, "source_servers": [{record}]}}'})
    assert inventory().hosts["alone"]["sms_progress"] is None


def test_the_address_is_the_records_ip(emulator, inventory):
    hosts = by_id(inventory())
    assert {server: hosts[server]["ansible_host"] for server in hosts} == {
        record["id"]: record["ip"] for record in emulator.fleet()
    }


@pytest.mark.parametrize("fields", [{}, {"ip": None}, {"ip": ""}, {"ip": "  "}, {"ip": 7}])
def test_a_server_without_address_has_no_ansible_host(alone, fields):
    assert "ansible_host" not in alone(fields)


def test_white_space_around_the_address_is_left_out(alone):
    assert alone({"ip": " 192.0.2.1\n"})["ansible_host"] == "192.0.2.1"


def test_only_ascii_letters_of_a_field_stay_in_the_name_of_its_variable(alone):
    hostvars = alone({"gr\u00f6\u00dfe": 1, "ansible_gr\u00f6\u00dfe": 2}, hostvars_prefix="")
    assert hostvars["gr__e"] == 1
    assert hostvars["sms_ansible_gr__e"] == 2


def test_the_prefix_is_the_users(alone):
    hostvars = alone({"state": "error", "totalsize": 2, "replicatesize": 1}, hostvars_prefix="hw_")
    assert hostvars == {
        "hw_id": ALONE["id"],
        "hw_name": "alone",
        "hw_state": "error",
        "hw_totalsize": 2,
        "hw_replicatesize": 1,
        "hw_progress": 50.0,
        "hw_failed_checks": [],
    }


def test_without_a_prefix_only_names_that_ansible_reserves_keep_theirs(emulator, inventory):
    record = emulator.fleet()[0]
    hostvars = inventory(hostvars_prefix="", id=record["id"]).hosts["sms-test"]
    reserved = get_reserved_names()
    assert hostvars["sms_name"] == "sms-test"
    assert hostvars["state"] == "finished"
    assert hostvars["failed_checks"] == []
    assert not hostvars.keys() & reserved
    for field in record.keys() - {"checks"}:
        assert hostvars[f"sms_{field}" if field in reserved else field] == record[field]


@pytest.mark.parametrize("field", ["environment", "tags", "vars", "inventory_hostname", "group_names", "hostvars"])
def test_a_field_never_becomes_a_variable_that_ansible_gives_meaning_to(alone, field):
    hostvars = alone({field: "remote"}, hostvars_prefix="")
    assert field not in hostvars
    assert hostvars[f"sms_{field}"] == "remote"


@pytest.mark.parametrize("field", ["ansible_user", "ansible_connection", "ansible_host", "user"])
@pytest.mark.parametrize("prefix", ["", "ansible_"])
def test_a_field_never_becomes_a_connection_setting(alone, field, prefix):
    hostvars = alone({field: "remote"}, hostvars_prefix=prefix)
    assert not [name for name in hostvars if name.startswith("ansible_")]
    assert "remote" in hostvars.values()


@pytest.mark.parametrize("field", [*keyword.kwlist[3:6], "7up", ""])
def test_every_variable_has_a_name_that_templates_can_use(alone, field):
    hostvars = alone({field: "remote"}, hostvars_prefix="")
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in hostvars)
    assert hostvars[f"sms_{field}"] == "remote"


def test_a_field_named_like_a_made_variable_does_not_replace_it(alone):
    hostvars = alone({"progress": "none", "failed_checks": "none", "totalsize": 4, "replicatesize": 1})
    assert hostvars["sms_progress"] == 25.0
    assert hostvars["sms_failed_checks"] == []


@pytest.mark.parametrize(
    "address", ["-oProxyCommand=touch x", "192.0.2.1;x", "a b", "'x'", '"x"', "$(x)", "x\ny", "{{ x }}", "ssh://x"]
)
def test_an_ip_that_no_host_can_have_is_no_address(emulator, inventory, address):
    emulator.replace_fleet([{"id": "1", "name": "web", "ip": address}, {"id": "2", "name": "db", "ip": "192.0.2.2"}])
    result = inventory()
    assert "ansible_host" not in result.hosts["web"]
    assert result.hosts["web"]["sms_ip"] == address
    assert result.hosts["db"]["ansible_host"] == "192.0.2.2"
    assert "Source servers whose ip is no address or host name: 1." in result.messages


@pytest.mark.parametrize("address", ["192.0.2.1", "fe80::1%eth0", "::1", "db-1.example.org", " 192.0.2.1 "])
def test_an_ip_that_a_host_can_have_is_its_address(emulator, inventory, address):
    emulator.replace_fleet([{"id": "1", "name": "web", "ip": address}])
    result = inventory()
    assert result.hosts["web"]["ansible_host"] == address.strip()
    assert result.messages == ""


def test_fields_that_would_be_one_variable_are_two_and_a_warning_names_them(emulator, inventory):
    emulator.replace_fleet([{"id": "1", "name": "web", "a-b": 1, "a b": 2, "a_b": 3}])
    result = inventory()
    values = {name: value for name, value in result.hosts["web"].items() if name.startswith("sms_a_b")}
    assert values["sms_a_b"] == 3
    assert sorted(values.values()) == [1, 2, 3]
    assert "Fields whose variables would have names that others have" in result.messages


@pytest.mark.parametrize("field", ["progress", "failed_checks"])
def test_a_field_with_the_name_of_one_of_our_own_variables_is_not_lost(emulator, inventory, field):
    emulator.replace_fleet([{"id": "1", "name": "web", field: "theirs"}])
    hostvars = inventory().hosts["web"]
    assert hostvars[f"sms_{field}"] != "theirs"
    assert next(name for name, value in hostvars.items() if value == "theirs").startswith(f"sms_{field}_")
