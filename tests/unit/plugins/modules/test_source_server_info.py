# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module source_server_info: the records, just as the service gives them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

WHOLE_PAGE = {"limit": "200", "offset": "0"}


def test_the_records_are_those_of_the_service_field_by_field(emulator, run_module):
    result = run_module()
    assert result["source_servers"] == emulator.fleet()
    assert len(result["source_servers"]) == result["count"] == 10
    assert result["changed"] is False


def test_a_fleet_of_several_pages_is_whole_and_in_order(run_module):
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    with Emulator(servers=450) as large:
        result = run_module(endpoint=large.url)
        assert result["source_servers"] == large.fleet()
        assert result["count"] == 450


@pytest.mark.parametrize(
    ("option", "value", "count"),
    [
        ("state", "finished", 3),
        ("name", "linux sources", 3),
        ("id", "766b8952-61e3-444d-8b7f-bc76c4c0d3f6", 1),
        ("ip", "198.18.0.1", 4),
        ("migproject", "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10", 4),
        ("migration_cycle", "checking", 6),
        ("enterprise_project_id", "0", 10),
        ("state", "brand_new", 0),
    ],
)
def test_a_filter_is_sent_as_given(run_module, queries, option, value, count):
    result = run_module(**{option: value})
    assert len(result["source_servers"]) == result["count"] == count
    assert queries() == [{option: value, **WHOLE_PAGE}]


@pytest.mark.parametrize("states", [["finished", "error"], "finished,error", "error, finished", ("error", "finished")])
def test_servers_with_any_of_several_values_are_listed_once(emulator, run_module, queries, states):
    result = run_module(state=states)
    assert result["source_servers"] == [one for one in emulator.fleet() if one["state"] in ("finished", "error")]
    assert result["count"] == 4
    assert queries() == [WHOLE_PAGE]


@pytest.mark.parametrize("page", [{"limit": 3}, {"offset": 1}])
def test_a_page_of_several_values_is_refused_before_any_request(emulator, run_module, page):
    result = run_module(state=["finished", "error"], **page)
    assert result["msg"].startswith("state: a page is one of the service's, which takes a single value.")
    assert emulator.requests() == []


@pytest.mark.parametrize("option", ["state", "migration_cycle"])
def test_an_empty_list_of_values_is_refused_and_an_empty_text_is_no_filter(emulator, run_module, option):
    assert f"{option} is an empty list" in run_module(**{option: []})["msg"]
    assert emulator.requests() == []
    assert run_module(**{option: ""})["count"] == 10


@pytest.mark.parametrize(("connected", "count"), [(True, 4), (False, 6)])
def test_connected_selects_by_the_records_field_and_is_not_sent(run_module, queries, connected, count):
    result = run_module(connected=connected)
    assert [record["connected"] for record in result["source_servers"]] == [connected] * count
    assert result["count"] == count
    assert queries() == [WHOLE_PAGE]


@pytest.mark.parametrize(
    ("options", "query", "stretch"),
    [
        ({"limit": 3, "offset": 2}, {"limit": "3", "offset": "2"}, slice(2, 5)),
        ({"limit": 3}, {"limit": "3", "offset": "0"}, slice(0, 3)),
        ({"offset": 8}, {"limit": "200", "offset": "8"}, slice(8, 10)),
        ({"limit": 0, "offset": 0}, {"limit": "0", "offset": "0"}, slice(0, 10)),
        ({"limit": 0}, {"limit": "0", "offset": "0"}, slice(0, 10)),
        ({"limit": 200, "offset": 65535}, {"limit": "200", "offset": "65535"}, slice(0, 0)),
    ],
)
def test_a_page_is_given_as_the_service_gives_it(emulator, run_module, queries, options, query, stretch):
    result = run_module(**options)
    assert result["source_servers"] == emulator.fleet()[stretch]
    assert result["count"] == 10
    assert queries() == [query]


def test_a_page_of_a_service_that_counts_pages_is_given_as_it_is(emulator, run_module):
    emulator.set(offset_unit="pages")
    assert run_module(limit=3, offset=2)["source_servers"] == emulator.fleet()[6:9]


def test_a_filter_goes_along_with_a_page(run_module, queries):
    result = run_module(state="finished", limit=1, offset=1)
    assert [record["name"] for record in result["source_servers"]] == ["sms-win16"]
    assert result["count"] == 3
    assert queries() == [{"state": "finished", "limit": "1", "offset": "1"}]


@pytest.mark.parametrize("options", [{"limit": -1}, {"limit": 201}, {"offset": -1}, {"offset": 65536}])
def test_a_page_that_the_service_does_not_have_is_refused_before_any_request(emulator, run_module, options):
    result = run_module(**options)
    assert result["failed"] is True
    assert f"{next(iter(options))}: {next(iter(options.values()))} is not between 0 and" in result["msg"]
    assert emulator.requests() == []


def test_check_mode_gives_the_same_result(run_module):
    usual, checked = run_module(), run_module(check_mode=True)
    assert checked["source_servers"] == usual["source_servers"]
    assert checked["changed"] is False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"token": None}, "No credentials: give token"),
        ({"endpoint": None}, "Give region"),
        ({"access_key": "AK"}, "More than one kind of credentials"),
        ({"token": None, "username": "me"}, "password and domain_name"),
        ({"retries": 11}, "retries: 11 is not between 0 and 10"),
        ({"timeout": 0}, "timeout: 0.0 is not between"),
        ({"validate_certs": "treu"}, "validate_certs"),
        ({"connected": "perhaps"}, "connected"),
        ({"limit": "many"}, "limit"),
        ({"name": "n" * 256}, "name: the API takes at most 255 characters"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_options_that_cannot_be_used_are_one_message_and_no_request(emulator, run_module, options, words):
    result = run_module(**options)
    assert result["failed"] is True
    assert words in result["msg"]
    assert emulator.requests() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 403, "error_code": "APIGW.0302", "error_msg": "no"}, "sms:server:list"),
        ({"kind": "status", "status": 404, "error_code": "APIGW.0101", "error_msg": "no"}, "check endpoint or region"),
        ({"kind": "status", "status": 503, "error_code": "SMS.1", "error_msg": "no"}, "HTTP 503, SMS.1: no"),
        ({"kind": "not_json"}, "the answer is not JSON"),
        ({"kind": "body", "body": {"count": 1}}, "source_servers is missing"),
    ],
)
def test_a_failure_of_the_service_is_one_message_and_no_records(emulator, run_module, fault, words):
    emulator.faults(fault)
    result = run_module(retries=0)
    assert result["failed"] is True
    assert emulator.url in result["msg"]
    assert words in result["msg"]
    assert "source_servers" not in result


def test_a_wrong_token_is_refused_and_not_shown(run_module):
    result = run_module(token="wrong-token-0123456789")
    assert "HTTP 401" in result["msg"]
    assert "wrong-token-0123456789" not in str(result)


@pytest.mark.parametrize("option", ["token", "secret_key", "security_token", "password"])
def test_secrets_are_not_returned_with_the_other_options(run_module, option):
    result = run_module(**{"token": None, option: "secret-0123456789", "retries": 11})
    assert result["failed"] is True
    assert "secret-0123456789" not in str(result)


@pytest.mark.parametrize("options", [{}, {"limit": 5}, {"state": ["finished", "error"]}])
def test_details_are_added_to_the_records_just_as_the_service_gives_them(emulator, run_module, options):
    plain = run_module(**options)["source_servers"]
    assert not [record for record in plain if "details" in record]
    emulator.clear_requests()
    detailed = run_module(details=True, **options)["source_servers"]
    assert [{name: value for name, value in one.items() if name != "details"} for one in detailed] == plain
    asked = [one["path"] for one in emulator.requests() if one["path"].startswith("/v3/sources/")]
    assert sorted(asked) == sorted(f"/v3/sources/{record['id']}" for record in plain)
    for record in detailed:
        details = record["details"]
        assert {"networks", "firmware", "agent_version", "disks", "volume_groups", "btrfs_list"} <= details.keys()
        assert {name: details[name] for name in record if name not in ("details", "memory")} == {
            name: value for name, value in record.items() if name not in ("details", "memory")
        }


def test_a_server_that_vanishes_before_it_is_asked_about_has_null_for_details(emulator, run_module):
    gone = emulator.fleet()[2]["id"]
    emulator.faults({"kind": "vanish", "ids": [gone], "skip": 1, "times": 1})
    result = run_module(details=True)
    assert result["count"] == 10
    assert [record["id"] for record in result["source_servers"] if record["details"] is None] == [gone]


def test_details_that_cannot_be_read_are_one_error(run_module, emulator):
    emulator.set(denied=["sms:server:get"])
    result = run_module(details=True)
    assert result["failed"] is True
    assert "reading one needs sms:server:get (identity policies) or sms:server:queryServer" in result["msg"]
    assert "source_servers" not in result


def test_details_go_along_with_targets(run_module, ecs):
    records = run_module(details=True, targets=True, **ecs)["source_servers"]
    assert all(record["details"] for record in records)
    assert any(record["target"] for record in records)


@pytest.fixture
def ecs(emulator):
    """The options that reach the emulator's ECS for all projects, in place of a token."""
    account = emulator.account
    keys = {"access_key": account["access_key"], "secret_key": account["secret_key"]}
    return {"token": None, "ecs_endpoint": emulator.url, **keys}


@pytest.mark.parametrize("page", [{}, {"limit": 5}])
def test_targets_are_added_to_the_records_of_the_servers_that_are_cut_over(run_module, emulator, ecs, page):
    plain = run_module(**ecs, **page)["source_servers"]
    assert not [record for record in plain if "target" in record]
    with_targets = run_module(targets=True, **ecs, **page)["source_servers"]
    assert [{name: value for name, value in one.items() if name != "target"} for one in with_targets] == plain
    for record in with_targets:
        vm_id = record["target"] and record["target"]["vm_id"]
        if record["migration_cycle"] == "cutovered":
            assert vm_id == record["current_task"]["target_server"]["vm_id"]
        else:
            assert record["target"] is None
    known = {machine["id"]: machine["status"] for machine in emulator.machines()}
    found = {one["target"]["vm_id"]: one["target"]["status"] for one in with_targets if one["target"]}
    assert found == {vm_id: known.get(vm_id) for vm_id in found}


def test_targets_that_cannot_be_looked_up_are_one_error(run_module, emulator, ecs):
    emulator.set(denied=["ecs:cloudServers:list"])
    result = run_module(targets=True, **ecs)
    assert result["failed"] is True
    assert "ecs:cloudServers:listServersDetails (identity policies)" in result["msg"]
    assert "source_servers" not in result
