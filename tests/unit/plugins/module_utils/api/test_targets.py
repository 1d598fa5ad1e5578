# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machines that servers became: all that are asked for, or an error; which address comes first."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _targets
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    ApiError,
    DeadlineError,
    OptionsError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _target
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import (
    key_options,
    password_options,
    settings,
    silent_port,
    site,
)
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

SERVERS = 300
REGION, PROJECT = "la-north-2", "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def running_emulator():
    """One whose servers migrate to three regions, a project in each."""
    with Emulator(servers=SERVERS) as emulator:
        yield emulator


def find(options, records, concurrency=1):
    with _client.Client(settings(**options), concurrency) as client:
        return _targets.list_targets(client, records)


def keys(emulator, **options):
    return key_options(emulator, ecs_endpoint=f"{emulator.url}/regions/{{region_id}}", **options)


def asked(emulator):
    return [request for request in emulator.requests() if "/cloudservers" in request["path"]]


def issued(emulator):
    """The projects for which IAM was asked for a token."""
    return [request for request in emulator.requests() if request["path"] == "/v3/auth/tokens"]


def cut_over(emulator):
    return [record for record in emulator.fleet() if record["migration_cycle"] == "cutovered"]


def in_one_project(emulator):
    records = cut_over(emulator)
    project = records[0]["current_task"]["project_id"]
    return project, [record for record in records if record["current_task"]["project_id"] == project]


def record(number, vm_id, region=REGION, project=PROJECT, cycle="cutovered"):
    task = {"region_id": region, "project_id": project, "target_server": {"vm_id": vm_id}}
    return {"id": f"id-{number}", "migration_cycle": cycle, "current_task": task}


def address(addr, kind="fixed", version="4", **fields):
    return {"addr": addr, "version": version, "OS-EXT-IPS:type": kind, **fields}


def machine(vm_id, status="ACTIVE", **fields):
    return {"id": vm_id, "name": f"name of {vm_id}", "status": status, "addresses": {}, **fields}


def gone(vm_id):
    return {"id": vm_id, "fault": {"code": 404, "message": "gone"}}


def ids_in(target):
    return parse_qs(urlsplit(target).query)["server_id"][0].split(",")


class Ecs:
    """A web server that answers for machines; the function says with which entries, given the IDs."""

    def __init__(self, entries):
        self._entries = entries
        self.targets = []

    def answer_with(self, entries):
        self._entries = entries

    def __call__(self, request):
        self.targets.append(request.path)
        entries = self._entries(ids_in(request.path))
        return entries if isinstance(entries, tuple) else (200, {}, json.dumps({"count": 1, "servers": entries}))

    def options(self, server):
        keys = {"access_key": "a-key", "secret_key": "a-secret"}
        return {"endpoint": server.url, "ecs_endpoint": server.url, **keys, "retries": 0}


def found_with(entries, records):
    ecs = Ecs(entries)
    with site(ecs) as server:
        return find(ecs.options(server), records), ecs.targets


def refusal_of(entries, records):
    with pytest.raises(ApiError) as refusal:
        found_with(entries, records)
    return str(refusal.value)


# What is asked.


def test_the_machines_of_all_servers_that_are_cut_over_are_found_with_one_request_for_each_region(emulator):
    targets = find(keys(emulator), emulator.fleet())
    assert len(asked(emulator)) == 3
    known = {one["id"]: one for one in emulator.machines()}
    assert targets.keys() == {one["id"] for one in cut_over(emulator)}
    for one in cut_over(emulator):
        task, target = one["current_task"], targets[one["id"]]
        assert target["vm_id"] == task["target_server"]["vm_id"]
        assert (target["region_id"], target["project_id"]) == (task["region_id"], task["project_id"])
        assert target["status"] == known.get(target["vm_id"], {}).get("status")


def test_servers_that_are_not_cut_over_are_not_asked_about(emulator):
    assert find(keys(emulator), [one for one in emulator.fleet() if one["migration_cycle"] != "cutovered"]) == {}
    assert asked(emulator) == []


def test_a_server_whose_task_names_no_machine_has_no_target_and_is_not_asked_about(emulator):
    nameless = [
        {**record(1, "vm"), "current_task": None},
        record(2, None),
        record(3, ""),
        record(4, "vm", region=None),
        record(5, "vm", project=None),
        {**record(6, "vm"), "current_task": {"target_server": None}},
        {**record(7, "vm"), "current_task": ["odd"]},
    ]
    assert find(keys(emulator), nameless) == dict.fromkeys([f"id-{number}" for number in range(1, 8)])
    assert asked(emulator) == []


@pytest.mark.parametrize(
    "names",
    [
        {"region": "evil.example.com/"},
        {"region": "evil.example.com"},
        {"region": "a@evil"},
        {"project": "../../v3/users"},
        {"project": "a?b=c"},
        {"project": "a b"},
        {"vm_id": "a,b"},
        {"vm_id": "a&limit=1"},
    ],
)
def test_no_record_sends_the_credentials_elsewhere(emulator, names):
    assert find(keys(emulator), [record(1, **{"vm_id": "vm", **names})]) == {"id-1": None}
    assert asked(emulator) == []


def test_a_thousand_machines_are_asked_for_at_once():
    records = [record(number, f"vm-{number}") for number in range(2001)]
    targets, requests = found_with(lambda ids: [machine(one) for one in ids], records)
    assert [len(ids_in(request)) for request in requests] == [1000, 1000, 1]
    assert all(parse_qs(urlsplit(request).query)["limit"] == ["1000"] for request in requests)
    assert [targets[f"id-{number}"]["name"] for number in range(2001)] == [f"name of vm-{n}" for n in range(2001)]


def test_five_thousand_machines_in_three_regions_take_six_requests():
    regions = ("ap-southeast-1", "ap-southeast-3", "la-north-2")
    records = [record(n, f"{n:08}-0000-4000-a000-000000000000", regions[n % 3], f"project{n % 3}") for n in range(5000)]
    targets, requests = found_with(lambda ids: [machine(one) for one in ids], records)
    assert len(requests) == 6
    assert all(target["status"] == "ACTIVE" for target in targets.values())


def test_a_machine_that_two_records_name_is_asked_for_once():
    targets, requests = found_with(lambda ids: [machine(one) for one in ids], [record(1, "vm"), record(2, "vm")])
    assert [ids_in(request) for request in requests] == [["vm"]]
    assert targets["id-1"] == targets["id-2"]


@pytest.mark.parametrize("status", [400, 413, 414, 431])
def test_a_gateway_that_takes_no_such_long_url_is_asked_for_a_hundred_machines_at_once(status):
    def entries(ids):
        return (status, {}, "too long") if len(ids) > 100 else [machine(one) for one in ids]

    targets, requests = found_with(entries, [record(number, f"vm-{number}") for number in range(250)])
    assert [len(ids_in(request)) for request in requests] == [250, 100, 100, 50]
    assert len(targets) == 250
    assert all(target["status"] == "ACTIVE" for target in targets.values())


def test_a_gateway_that_takes_no_hundred_machines_either_is_not_asked_again():
    requests = []

    def entries(ids):
        requests.append(ids)
        return 413, {}, "too long"

    assert "HTTP 413" in refusal_of(entries, [record(number, f"vm-{number}") for number in range(100)])
    assert len(requests) == 1


@pytest.mark.parametrize("extra", ["x" * 32_768, ["x"] * 1000], ids=["long texts", "many values"])
def test_machines_that_are_too_much_for_one_answer_are_asked_for_in_parts(extra):
    def entries(ids):
        return [machine(one, extra=extra) for one in ids]

    targets, requests = found_with(entries, [record(number, f"vm-{number}") for number in range(300)])
    assert len(requests) == 4
    assert len(targets) == 300


def test_a_gateway_that_breaks_off_at_a_long_url_is_asked_for_a_hundred_machines_at_once():
    def entries(ids):
        if len(ids) > 100:
            raise ConnectionAbortedError
        return [machine(one) for one in ids]

    targets, requests = found_with(entries, [record(number, f"vm-{number}") for number in range(101)])
    assert [len(ids_in(request)) for request in requests] == [101, 100, 1]
    assert len(targets) == 101


def test_as_many_requests_are_in_flight_as_the_concurrency_says(emulator):
    emulator.set(latency=0.3)
    find(keys(emulator), cut_over(emulator), concurrency=3)
    assert max(request["in_flight"] for request in asked(emulator)) == 3


# What is answered.


def test_a_machine_that_is_gone_has_neither_status_nor_address():
    targets, _requests = found_with(lambda ids: [gone(one) for one in ids], [record(1, "vm")])
    assert targets["id-1"] == {
        "vm_id": "vm",
        "name": None,
        "status": None,
        "region_id": REGION,
        "project_id": PROJECT,
        "private_addresses": [],
        "public_addresses": [],
    }


def test_a_machine_with_all_other_fields_null_is_gone():
    targets, _requests = found_with(
        lambda ids: [{**gone(one), "status": None, "name": None, "addresses": None} for one in ids], [record(1, "vm")]
    )
    assert targets["id-1"]["status"] is None


def test_a_machine_that_has_a_fault_is_there():
    targets, _requests = found_with(
        lambda ids: [machine(one, "ERROR", fault={"message": "no host"}) for one in ids], [record(1, "vm")]
    )
    assert targets["id-1"]["status"] == "ERROR"


MALFORMED = {
    "no object": (200, {}, "[]"),
    "no servers": (200, {}, '{"count": 0}'),
    "servers that are no list": (200, {}, '{"servers": {}}'),
    "an entry that is no object": ["vm"],
    "an entry without an id": [{"status": "ACTIVE"}],
    "an entry that says nothing": [{"id": "vm"}],
    "a status that is no text": [{"id": "vm", "status": 7}],
    "addresses that are no object": [machine("vm", addresses=["192.0.2.1"])],
    "networks that are no list": [machine("vm", addresses={"vpc": "192.0.2.1"})],
    "an address that is no object": [machine("vm", addresses={"vpc": ["192.0.2.1"]})],
}


@pytest.mark.parametrize("entries", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_not_as_documented_is_an_error(entries):
    message = refusal_of(lambda ids: entries, [record(1, "vm")])
    assert re.search(r"Could not look up target servers in ECS at .*/cloudservers/detail: unexpected answer: ", message)
    assert "Check that ecs_endpoint is ECS's" in message


def nested(levels):
    return json.loads("[" * levels + "]" * levels)


def test_how_deep_a_field_is_nested_that_nobody_reads_does_not_matter():
    targets, _requests = found_with(lambda ids: [machine(one, metadata=nested(60)) for one in ids], [record(1, "vm")])
    assert targets["id-1"]["status"] == "ACTIVE"


@pytest.mark.parametrize("field", ["fault", "name", "addresses"])
def test_a_field_that_is_read_is_an_error_where_it_is_nested_too_deep(field):
    message = refusal_of(lambda ids: [machine(one, **{field: nested(60)}) for one in ids], [record(1, "vm")])
    assert "the answer is nested more than 50 levels deep" in message


VM_IDS = st.lists(st.uuids().map(str), min_size=1, max_size=8, unique=True)
ADDRESSES = st.lists(
    st.builds(
        address,
        st.ip_addresses().map(str) | st.text(max_size=8),
        st.sampled_from(["fixed", "floating"]),
        primary=st.booleans(),
    ),
    max_size=4,
)
ENTRIES = st.one_of(
    st.just(gone),
    st.builds(
        lambda status, addresses: lambda vm_id: machine(vm_id, status, addresses={"vpc": addresses}),
        st.sampled_from(["BUILD", "ACTIVE", "SHUTOFF", "ERROR"]),
        ADDRESSES,
    ),
)


@pytest.fixture(scope="module")
def any_ecs():
    """A web server whose answer can be changed, and the options that reach it."""
    ecs = Ecs(None)
    with site(ecs) as server:
        yield ecs, ecs.options(server)


@pytest.mark.slow
@hypothesis_settings(deadline=None, max_examples=60)
@given(VM_IDS, st.data())
def test_each_machine_is_found_or_gone_whatever_the_order_of_the_answer(any_ecs, vm_ids, data):
    ecs, options = any_ecs
    entries = {vm_id: data.draw(ENTRIES)(vm_id) for vm_id in vm_ids}
    answer = data.draw(st.permutations(list(entries.values())))
    ecs.answer_with(lambda ids: answer)
    targets = find(options, [record(vm_id, vm_id) for vm_id in vm_ids])
    assert targets.keys() == {f"id-{vm_id}" for vm_id in vm_ids}
    for vm_id in vm_ids:
        target = targets[f"id-{vm_id}"]
        assert (target["vm_id"], target["status"]) == (vm_id, entries[vm_id].get("status"))
        networks = entries[vm_id].get("addresses") or {}
        known = {one["addr"] for network in networks.values() for one in network}
        assert known.issuperset([*target["private_addresses"], *target["public_addresses"]])


SPOILT = {
    "lacks": (lambda entries, dropped: [entry for entry in entries if entry["id"] != dropped], "lacks 1 of the"),
    "adds": (lambda entries, dropped: [*entries, machine("other")], "has 1 servers that were not asked for"),
    "doubles": (lambda entries, dropped: [*entries, gone(dropped)], "has servers twice"),
    "replaces": (
        lambda entries, dropped: [machine("other") if entry["id"] == dropped else entry for entry in entries],
        "lacks 1 of the",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), SPOILT.values(), ids=SPOILT)
@hypothesis_settings(deadline=None, max_examples=20)
@given(VM_IDS, st.data())
def test_an_answer_that_lacks_or_adds_or_doubles_machines_is_an_error(any_ecs, spoil, words, vm_ids, data):
    ecs, options = any_ecs
    answer = spoil([data.draw(ENTRIES)(vm_id) for vm_id in vm_ids], data.draw(st.sampled_from(vm_ids)))
    ecs.answer_with(lambda ids: answer)
    with pytest.raises(ApiError, match=f"unexpected answer: it {words}"):
        find(options, [record(vm_id, vm_id) for vm_id in vm_ids])


def test_one_request_that_fails_is_an_error_of_all(emulator):
    emulator.faults({"kind": "status", "status": 404, "path": "/regions/*", "skip": 1, "times": 1})
    with pytest.raises(ApiError, match="HTTP 404"):
        find(keys(emulator), cut_over(emulator), concurrency=2)


def test_a_failure_that_passes_is_got_over(emulator, waits):
    emulator.faults({"kind": "status", "status": 503, "path": "/regions/*", "times": 2})
    assert len(find(keys(emulator), cut_over(emulator))) == len(cut_over(emulator))


def test_an_ecs_that_never_answers_is_given_up_in_time():
    with silent_port() as url, pytest.raises((ApiError, DeadlineError), match="look up target servers in ECS"):
        find(
            {"endpoint": url, "ecs_endpoint": url, "token": "t", "retries": 0, "timeout": 5, "total_timeout": 0.5},
            [record(1, "vm")],
        )


def test_a_region_whose_ecs_has_another_host_says_which_option_helps():
    options = {"endpoint": "http://127.0.0.1:9", "token": "t", "ecs_endpoint": "https://{region_id}.invalid"}
    with pytest.raises(ApiError) as refusal:
        find({**options, "retries": 0}, [record(1, "vm")])
    assert f"https://{REGION}.invalid/v1/{PROJECT}/cloudservers/detail: the host name cannot be" in str(refusal.value)
    assert "need that option, such as https://ecs.{region_id}.myhuaweicloud.eu" in str(refusal.value)


# Credentials.


def test_an_access_key_signs_for_every_region_and_project(emulator):
    own = emulator.account["project_id"]
    find(keys(emulator, project_id=own), cut_over(emulator))
    assert {request["status"] for request in asked(emulator)} == {200}
    assert issued(emulator) == []


@pytest.mark.parametrize("scope", [{}, {"project_name": "emulator-project"}])
def test_a_user_gets_one_token_for_each_project(emulator, scope):
    options = password_options(emulator, ecs_endpoint=f"{emulator.url}/regions/{{region_id}}", **scope)
    with _client.Client(settings(**options), 3) as client:
        client.get("/v3/sources", {})
        _targets.list_targets(client, cut_over(emulator))
        _targets.list_targets(client, cut_over(emulator))
    assert len(asked(emulator)) == 6
    assert len(issued(emulator)) == 4


def test_a_user_whose_project_is_the_target_s_needs_one_token_for_both(emulator):
    project, records = in_one_project(emulator)
    options = password_options(emulator, ecs_endpoint=emulator.url, project_id=project)
    with _client.Client(settings(**options)) as client:
        client.get("/v3/sources", {})
        _targets.list_targets(client, records)
    assert len(issued(emulator)) == 1


def test_a_token_that_expires_meanwhile_is_renewed_for_its_project_alone(emulator):
    _project, records = in_one_project(emulator)
    options = password_options(emulator, ecs_endpoint=emulator.url)
    with _client.Client(settings(**options)) as client:
        _targets.list_targets(client, records)
        emulator.expire_tokens()
        assert len(_targets.list_targets(client, records)) == len(records)
    assert [request["status"] for request in asked(emulator)] == [200, 401, 200]
    assert len(issued(emulator)) == 2


def test_a_token_for_the_target_s_project_is_enough(emulator):
    project, records = in_one_project(emulator)
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "token": emulator.token_for(project)}
    assert len(find(options, records)) == len(records)


def test_a_token_for_another_project_is_one_error_that_names_both(emulator):
    project, records = in_one_project(emulator)
    own = emulator.account["project_id"]
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "token": emulator.token}
    with pytest.raises(ApiError) as refusal:
        find({**options, "project_id": own}, records)
    made_for = f"this is about the project {project}, and the token (from the options token) is for the project {own}"
    assert made_for in str(refusal.value)
    assert emulator.token not in str(refusal.value)
    with pytest.raises(ApiError, match=f"about the project {project}, and the token .* probably for another project"):
        find(options, records)
    assert issued(emulator) == []


@pytest.mark.parametrize("claims", [False, True])
def test_iam_says_once_which_project_a_token_is_for_that_is_refused(emulator, claims):
    """Also where the options claim that it is for the target's."""
    project, records = in_one_project(emulator)
    own = emulator.account["project_id"]
    claimed = {"project_id": project} if claims else {}
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "auth_url": emulator.auth_url, **claimed}
    with _client.Client(settings(**options, token=emulator.token)) as client:
        for _number in range(2):
            with pytest.raises(ApiError) as refusal:
                _targets.list_targets(client, records)
            made_for = f"about the project {project}, and the token (from the options token) is for the project {own}"
            assert f"{made_for}, as IAM says." in str(refusal.value)
            assert "lacks a permission" not in str(refusal.value)
            assert emulator.token not in str(refusal.value)
    assert [request["method"] for request in issued(emulator)] == ["GET"]


def test_a_token_that_iam_says_is_for_the_target_s_project_lacks_a_permission(emulator):
    project, records = in_one_project(emulator)
    emulator.set(denied=["ecs:cloudServers:list"])
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "auth_url": emulator.auth_url}
    with pytest.raises(ApiError, match="lack a permission: looking them up needs ecs:cloudServers:listServersDetails"):
        find({**options, "token": emulator.token_for(project)}, records)


def test_a_token_for_the_whole_account_is_named_as_one(emulator):
    _project, records = in_one_project(emulator)
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "auth_url": emulator.auth_url}
    with pytest.raises(ApiError, match=r"the token \(from the options token\) is for no project, as IAM says\."):
        find({**options, "token": emulator.token_for(None)}, records)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 404}, {"kind": "body", "body": {"token": [1]}}])
def test_an_iam_that_does_not_say_which_project_a_token_is_for_changes_nothing(emulator, fault):
    _project, records = in_one_project(emulator)
    emulator.faults({**fault, "path": "*/auth/tokens"})
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "auth_url": emulator.auth_url, "retries": 0}
    with pytest.raises(ApiError, match="probably for another project"):
        find({**options, "token": emulator.token}, records)


def test_a_token_is_not_shown_to_the_iam_of_another_cloud(emulator):
    """SMS has an address of its own, and IAM's is the usual one of the region."""
    elsewhere = settings(endpoint=emulator.url, region="ap-southeast-3", token="a-token")
    assert (elsewhere.auth_url, elsewhere.token_issuer) == ("https://iam.ap-southeast-3.myhuaweicloud.com/v3", None)
    usual = settings(region="ap-southeast-3", token="a-token")
    assert usual.token_issuer == usual.auth_url


def test_a_token_for_targets_in_several_projects_is_an_error_before_any_request(emulator):
    options = {"endpoint": emulator.url, "ecs_endpoint": emulator.url, "token": emulator.token}
    with pytest.raises(OptionsError) as refusal:
        find(options, cut_over(emulator))
    assert "The target servers are in 3 projects (" in str(refusal.value)
    assert all(one["project"] in str(refusal.value) for one in emulator.machines())
    assert asked(emulator) == []


@pytest.mark.parametrize("action", ["ecs:cloudServers:listServersDetails", "ecs:cloudServers:list"])
def test_a_missing_permission_is_named_by_both_of_its_names(emulator, action):
    emulator.set(denied=[action])
    with pytest.raises(ApiError) as refusal:
        find(keys(emulator), cut_over(emulator))
    assert "HTTP 403" in str(refusal.value)
    assert "ecs:cloudServers:listServersDetails (identity policies) or ecs:cloudServers:list (roles" in str(
        refusal.value
    )
    assert "system policy ECS ReadOnlyAccess" in str(refusal.value)


# Which address comes first.


@pytest.mark.parametrize(
    ("networks", "private", "public"),
    [
        ({}, [], []),
        (None, [], []),
        ({"vpc": [{"addr": "192.0.2.116", "version": "4"}]}, ["192.0.2.116"], []),
        (
            {"vpc": [address("192.0.2.1"), address("198.51.100.1", "floating")]},
            ["192.0.2.1"],
            ["198.51.100.1"],
        ),
        (
            {
                "a": [address("192.0.2.9")],
                "b": [address("2001:db8::1", primary=True), address("192.0.2.1", primary=True)],
            },
            ["192.0.2.1", "2001:db8::1", "192.0.2.9"],
            [],
        ),
        ({"a": [address("2001:db8::1"), address("192.0.2.1")]}, ["192.0.2.1", "2001:db8::1"], []),
        (
            {
                "a": [
                    address("198.51.100.2", "floating", **{"OS-EXT-IPS:port_id": "two"}),
                    address("192.0.2.1", primary=True, **{"OS-EXT-IPS:port_id": "one"}),
                    address("198.51.100.1", "floating", **{"OS-EXT-IPS:port_id": "one"}),
                ]
            },
            ["192.0.2.1"],
            ["198.51.100.1", "198.51.100.2"],
        ),
        ({"a": [address("192.0.2.1", **{"OS-EXT-IPS:port_id": []}, primary=True)]}, ["192.0.2.1"], []),
    ],
)
def test_the_primary_address_comes_first_and_ipv4_before_ipv6(networks, private, public):
    assert _target.addresses_of({"addresses": networks}) == (private, public)


@pytest.mark.parametrize(
    "odd", ["-oProxyCommand=id", "192.0.2.1;id", "fe80::1%;id", "fe80::1%eth0", "", "host.example.com", None, 7, ["a"]]
)
def test_what_is_no_address_is_left_out(odd):
    assert _target.addresses_of({"addresses": {"vpc": [address(odd), address("192.0.2.1")]}}) == (["192.0.2.1"], [])
