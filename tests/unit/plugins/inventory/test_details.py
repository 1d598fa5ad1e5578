# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option details: what SMS says of each server alone, all of it or an error."""

from __future__ import annotations

import json

import pytest
import requests

LINK = "https://obs.example.com/log?Signature=grants-access"
COMMAND = "lookup('pipe', 'touch executed')"


@pytest.fixture
def asked(emulator):
    """Gives the IDs of the servers that were asked about by themselves."""
    return lambda: [one["path"].split("/")[3] for one in emulator.requests() if one["path"].startswith("/v3/sources/")]


def shown(emulator, server_id):
    """What the service says of a server, without its checks."""
    headers = {"X-Auth-Token": emulator.token}
    answer = requests.get(f"{emulator.url}/v3/sources/{server_id}", headers=headers, timeout=30).json()
    return {field: value for field, value in answer.items() if field != "checks"}


def by_id(result):
    return {hostvars["sms_id"]: hostvars for hostvars in result.hosts.values()}


def test_without_the_option_nobody_asks_and_no_host_has_details(inventory, asked):
    for options in ({}, {"details": False}, {"details": "{{ '' }}"}):
        assert not [name for hostvars in inventory(**options).hosts.values() for name in hostvars if "details" in name]
    assert asked() == []


def test_each_host_has_what_the_service_says_of_its_server_alone(inventory, emulator, asked):
    result = inventory(details=True)
    ids = [record["id"] for record in emulator.fleet()]
    assert sorted(asked()) == sorted(ids)
    details = {server_id: hostvars["sms_details"] for server_id, hostvars in by_id(result).items()}
    assert details == {server_id: shown(emulator, server_id) for server_id in ids}
    assert all(one["networks"] and one["firmware"] and one["agent_version"] for one in details.values())
    assert "details" not in result.messages


def test_all_else_is_as_without_the_option(inventory):
    with_details, without = inventory(details="{{ 'yes' }}"), inventory()
    hosts = without.hosts
    for name, hostvars in with_details.hosts.items():
        assert hostvars.pop("sms_details")
        assert hostvars == hosts[name]
    assert with_details.groups == without.groups


def test_details_can_be_filtered_and_grouped_by(inventory, emulator):
    result = inventory(
        details=True,
        include_host_filters=["sms_details.networks | length == 1"],
        keyed_groups=[{"key": "sms_details.firmware | lower", "prefix": "firmware"}],
        compose={"mac": "sms_details.networks[0].mac"},
    )
    firmwares = {hostvars["sms_details"]["firmware"].lower() for hostvars in result.hosts.values()}
    assert {name for name in result.groups if name.startswith("firmware_")} == {f"firmware_{one}" for one in firmwares}
    assert all(hostvars["mac"] == hostvars["sms_details"]["networks"][0]["mac"] for hostvars in result.hosts.values())


def test_only_the_servers_that_match_are_asked_about(inventory, asked):
    assert inventory(details=True, state=["finished", "waiting"], connected=False).names == {"sms-sms2"}
    assert len(asked()) == 1


@pytest.mark.parametrize("hostile", ["../tasks", "a/b", "a?x=1", "a#b", "a%2f..", "é;"])
def test_an_id_leads_to_no_other_path(inventory, emulator, hostile):
    emulator.replace_fleet([{"id": hostile, "name": "web"}])
    details = by_id(inventory(details=True))[hostile]["sms_details"]
    assert details["id"] == hostile


@pytest.mark.parametrize("concurrency", [1, 4])
def test_as_many_requests_are_in_flight_as_the_option_concurrency_says(emulator, inventory, concurrency):
    emulator.set(latency=0.2)
    assert len(inventory(details=True, concurrency=concurrency).names) == 10
    assert max(request["in_flight"] for request in emulator.requests()) == concurrency


def test_a_server_that_vanishes_in_between_is_a_host_without_details_and_a_warning_names_it(inventory, emulator):
    (gone,) = [record["id"] for record in emulator.fleet() if record["name"] == "sms-centos"]
    emulator.faults({"kind": "vanish", "ids": [gone], "skip": 1, "times": 1})
    result = inventory(details=True)
    assert len(result.names) == 10
    assert [server_id for server_id, hostvars in by_id(result).items() if hostvars["sms_details"] is None] == [gone]
    assert (
        "Source servers that were listed, and were gone when SMS was asked for their details: sms-centos"
        f" ({gone[:8]}). They are hosts all the same, without details."
    ) in result.messages


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 403, "error_code": "SMS.9004"}, "sms:server:get (identity policies)"),
        ({"kind": "status", "status": 404, "error_code": "APIGW.0101"}, "HTTP 404, APIGW.0101"),
        ({"kind": "status", "status": 500, "error_code": "SMS.1"}, "HTTP 500, SMS.1"),
        ({"kind": "body", "body": {"id": "another"}}, "it is about something else than what was asked for"),
        ({"kind": "body", "body": []}, "it is about something else than what was asked for"),
        ({"kind": "not_json"}, "the answer is not JSON"),
        ({"kind": "drop"}, "Could not read a source server"),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_one_that_cannot_be_read_is_an_error_and_no_host_is_made(failure, emulator, fault, words):
    emulator.faults({**fault, "path": "/v3/sources/", "skip": 5, "times": 50})
    assert words in failure(details=True, retries=0)


def test_a_passing_failure_of_one_is_repaired_by_asking_again(inventory, emulator):
    emulator.faults({"kind": "status", "status": 503, "path": "/v3/sources/", "skip": 3, "times": 2})
    assert all(hostvars["sms_details"] for hostvars in inventory(details=True, retries=3).hosts.values())


def test_the_time_for_the_list_is_that_for_the_details_too(failure, emulator):
    emulator.faults({"kind": "delay", "seconds": 0.5, "times": 50})
    assert "total_timeout" in failure(details=True, total_timeout=1, concurrency=1)
    assert len(emulator.requests()) <= 3


@pytest.fixture
def cached(inventory, tmp_path):
    """The inventory that some options make with a cache on disk."""
    cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    return lambda **options: inventory(**cache, **options)


def test_details_come_from_the_cache_with_the_records(cached, emulator):
    first = cached(details=True)
    emulator.clear_requests()
    assert cached(details=True).hosts == first.hosts
    assert emulator.requests() == []


def test_a_list_without_details_is_not_taken_for_one_with_them(cached, emulator, asked):
    cached()
    assert all(hostvars["sms_details"] for hostvars in cached(details=True).hosts.values())
    emulator.clear_requests()
    assert not [name for hostvars in cached().hosts.values() for name in hostvars if "details" in name]
    assert emulator.requests() == []


def test_neither_the_hosts_nor_the_cache_have_links_that_grant_access(cached, emulator, tmp_path):
    server = next(record for record in emulator.fleet() if record["current_task"])
    task = {**server["current_task"], "log_share_url": LINK}
    emulator.change_fleet(update={server["id"]: {"current_task": task, "log_share_url": LINK}})
    details = by_id(cached(details=True))[server["id"]]["sms_details"]
    assert details["current_task"]["id"] == task["id"]
    assert "log_share_url" not in json.dumps(details)
    (entry,) = (tmp_path / "cache").iterdir()
    assert LINK not in entry.read_text()


def test_the_texts_in_details_are_never_evaluated(source, emulator, run_ansible, tmp_path):
    emulator.replace_fleet([{"id": "a", "name": "web", "odd": f"{{{{ {COMMAND} }}}}", "worse": COMMAND}])
    tasks = [
        {"ansible.builtin.debug": {"msg": "<{{ sms_details.odd }}|{{ sms_details.worse }}>"}},
        {"ansible.builtin.debug": {"msg": "evaluated"}, "when": "{{ sms_details.worse }}", "ignore_errors": True},
    ]
    play = [{"hosts": "sms", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    completed = run_ansible("playbook", "-i", source(details=True), "play.yml")
    assert f"<{{{{ {COMMAND} }}}}|{COMMAND}>" in completed.stdout
    assert not list(tmp_path.rglob("executed"))
