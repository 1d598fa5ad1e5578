# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings of the emulator: complete or an error, while servers come, go and move between the pages."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._source_servers import list_page, list_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import ApiError, IncompleteListingError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._argument_spec import CONNECTION_SPEC
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import PageOptions, Query
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ids, server_records, settings

UNITS = ["records", "pages"]
RETRIES = CONNECTION_SPEC["retries"]["default"]


@pytest.fixture
def client(emulator):
    with Client(settings(endpoint=emulator.url, token=emulator.token), 4) as made:
        yield made


def listed(client, concurrency=1, **filters):
    client.concurrency = concurrency
    return list_servers(client, Query(filters))


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 398, 399, 400, 401, 1000])
def test_every_server_is_listed_once_and_in_order(emulator, client, unit, concurrency, count):
    emulator.set(offset_unit=unit)
    emulator.replace_fleet(server_records(count))
    assert ids(listed(client, concurrency)) == ids(server_records(count))
    assert len(emulator.requests()) <= 2 + 2 * (count // 199)


def test_records_are_what_the_service_sent(emulator, client):
    assert listed(client) == emulator.fleet()


def test_a_list_that_fits_one_page_takes_one_request(emulator, client):
    listed(client)
    (request,) = emulator.requests()
    assert request["query"] == [["limit", "200"], ["offset", "0"]]


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("skip", [1, 2, 3])
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "register", "n": 1},
        {"kind": "register", "n": 250},
        {"kind": "vanish", "position": 0, "n": 1},
        {"kind": "vanish", "position": 150, "n": 120},
        {"kind": "move", "position": 500, "to": 0},
        {"kind": "move", "position": 0, "to": 500},
        {"kind": "move", "position": 450, "to": 300},
    ],
    ids=lambda change: " ".join(str(value) for value in change.values()),
)
def test_a_change_between_two_pages_loses_no_server(emulator, client, unit, concurrency, skip, change):
    emulator.set(offset_unit=unit)
    emulator.replace_fleet(server_records(600))
    emulator.faults({**change, "skip": skip, "times": 1})
    found = ids(listed(client, concurrency))
    still_there = set(ids(emulator.fleet())) & set(ids(server_records(600)))
    assert len(found) == len(set(found))
    assert still_there <= set(found)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("skip", [1, 2])
@pytest.mark.parametrize("state", ["syncing", "error"], ids=["entering", "leaving"])
def test_a_server_that_enters_or_leaves_the_filter_between_two_pages_hides_no_other(
    emulator, client, unit, skip, state
):
    before = "error" if state == "syncing" else "syncing"
    records = [{**record, "state": "syncing"} for record in server_records(600)]
    records[10]["state"] = before
    emulator.set(offset_unit=unit)
    emulator.replace_fleet(records)
    emulator.faults({"kind": "update", "update": {"id-000010": {"state": state}}, "skip": skip, "times": 1})
    found = ids(listed(client, state="syncing"))
    assert len(found) == len(set(found))
    assert set(found) >= set(ids(records)) - {"id-000010"}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("bias", [1, 250])
@pytest.mark.parametrize("count", [0, 10, 200, 600])
def test_fewer_servers_than_announced_are_an_error(emulator, client, unit, bias, count):
    emulator.set(offset_unit=unit, count_bias=bias)
    emulator.replace_fleet(server_records(count))
    with pytest.raises(IncompleteListingError):
        listed(client, concurrency=4)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("bias", [-1, -10_000])
@pytest.mark.parametrize("count", [10, 200, 600])
def test_more_servers_than_announced_are_all_listed(emulator, client, unit, bias, count):
    emulator.set(offset_unit=unit, count_bias=bias)
    emulator.replace_fleet(server_records(count))
    assert ids(listed(client)) == ids(server_records(count))


def test_pages_shorter_than_asked_for_are_an_error(emulator, client):
    emulator.set(page_cap=100)
    emulator.replace_fleet(server_records(600))
    with pytest.raises(IncompleteListingError):
        listed(client)


@pytest.mark.parametrize("bias", [0, -1], ids=["announced as two", "announced as one"])
def test_the_same_server_twice_is_an_error(emulator, client, bias):
    emulator.set(count_bias=bias)
    emulator.replace_fleet([*server_records(3), server_records(1)[0]])
    with pytest.raises(IncompleteListingError):
        listed(client)


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("meaning", ["connected", "disconnected"])
def test_connected_is_applied_to_the_records_and_not_sent(emulator, client, connected, meaning):
    emulator.set(connected_means=meaning)
    found = list_servers(client, Query({}, connected))
    wanted = [record["id"] for record in emulator.fleet() if record["connected"] is connected]
    assert ids(found) == wanted
    assert "connected" not in emulator.requests()[0]["raw_query"]


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("value", [None, 0, 1, "true", "false"])
def test_a_server_of_which_connected_is_neither_true_nor_false_is_neither(emulator, client, connected, value):
    emulator.replace_fleet([{**record, "connected": value} for record in server_records(3)])
    assert list_servers(client, Query({}, connected)) == []


@pytest.mark.parametrize(
    ("limit", "offset", "expected"), [(3, 2, slice(2, 5)), (0, 0, slice(0, 200)), (200, 590, slice(590, 600))]
)
def test_one_page_is_just_what_the_service_gives(emulator, client, limit, offset, expected):
    emulator.replace_fleet(server_records(600))
    page = list_page(client, Query({}), PageOptions(limit, offset))
    assert ids(page.records) == ids(server_records(600))[expected]
    assert page.count == 600
    assert len(emulator.requests()) == 1


MALFORMED = {
    "a list": ({"body": []}, "unexpected answer: the JSON is no object"),
    "null": ({"body": None}, "unexpected answer: the JSON is no object"),
    "a number": ({"body": 5}, "unexpected answer: the JSON is no object"),
    "no count": ({"body": {"source_servers": []}}, "unexpected answer: count is missing or no number"),
    "a count as text": (
        {"body": {"count": "0", "source_servers": []}},
        "unexpected answer: count is missing or no number",
    ),
    "a count that is true": (
        {"body": {"count": True, "source_servers": []}},
        "unexpected answer: count is missing or no number",
    ),
    "a count below nothing": (
        {"body": {"count": -1, "source_servers": []}},
        "unexpected answer: count is missing or no number",
    ),
    "a count with a fraction": (
        {"body": {"count": 1.5, "source_servers": []}},
        "unexpected answer: count is missing or no number",
    ),
    "no servers": ({"body": {"count": 0}}, "unexpected answer: source_servers is missing or no list"),
    "servers as an object": (
        {"body": {"count": 0, "source_servers": {}}},
        "unexpected answer: source_servers is missing or no list",
    ),
    "servers that are null": (
        {"body": {"count": 0, "source_servers": None}},
        "unexpected answer: source_servers is missing or no list",
    ),
    "a record that is no object": (
        {"body": {"count": 2, "source_servers": [{"id": "a"}, None]}},
        "unexpected answer: record 1 of source_servers has no id",
    ),
    "a record without id": (
        {"body": {"count": 1, "source_servers": [{"name": "a"}]}},
        "unexpected answer: record 0 of source_servers has no id",
    ),
    "an id that is a number": (
        {"body": {"count": 1, "source_servers": [{"id": 1}]}},
        "unexpected answer: record 0 of source_servers has no id",
    ),
    "an empty id": (
        {"body": {"count": 1, "source_servers": [{"id": ""}]}},
        "unexpected answer: record 0 of source_servers has no id",
    ),
    "JSON that is cut off": ({"text": '{"count": 1, "source_'}, "the answer's JSON is damaged or cut off"),
    "a number that JSON does not have": (
        {"text": '{"count": NaN, "source_servers": []}'},
        "the answer's JSON is damaged or cut off",
    ),
    "JSON nested too deep": ({"text": '{"a":' * 100_000}, "the answer is nested more than 50 levels deep"),
    "a value nested too deep": (
        {"text": '{"count": 1, "source_servers": [{"id": "a", "x": ' + "[" * 48 + "]" * 48 + "}]}"},
        "the answer is nested more than 50 levels deep",
    ),
    "more values than anybody needs": (
        {"text": '{"count": 0, "source_servers": [' + ",".join(["1"] * 250_001) + "]}"},
        "the answer has more than 250000 values",
    ),
    "nothing": ({"text": ""}, "the answer's JSON is damaged or cut off (0 bytes arrived)"),
    "a web page": ({"text": "<html>Sign in</html>"}, "the answer is not JSON"),
}


@pytest.mark.parametrize(("body", "problem"), MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_not_what_the_api_promises_is_told_apart(emulator, client, waits, body, problem):
    emulator.faults({"kind": "body", **body})
    with pytest.raises(ApiError) as error:
        listed(client)
    assert problem in str(error.value)
    assert f"{emulator.url}/v3/sources" in str(error.value)
    # An answer that was damaged on its way may be whole the next time.
    assert len(emulator.requests()) == (RETRIES + 1 if "damaged" in problem else 1)
