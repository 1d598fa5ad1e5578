# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator itself, over real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from ansible_collections.huaweicloud.sms.tests.emulator import handle
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

PROGRAM = Path(handle.__file__).parent
EXAMPLE = json.loads(
    (PROGRAM / "example-response.json").read_text(encoding="utf-8").replace('"ip": "192.168.', '"ip": "198.18.')
)
EXAMPLE_MACHINE = "23d74c12-b78b-4163-ba33-a898f79b8260"
HOSTILE = {
    "id": "hostile",
    "name": "{{ 7 * 7 }} \N{SNOWMAN} büro\ud800\u0000\r\n<b>",
    "ip": "::1; rm -rf /",
    "state": "quantum",
    "add_date": 1,
    "unknown": {"deeply": [None, 1.5, "√"]},
}


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    shared_emulator.reset()
    return shared_emulator


@pytest.fixture(scope="module")
def shared_fleet() -> Iterator[Emulator]:
    with Emulator(servers=300) as emulator:
        yield emulator


@pytest.fixture
def fleet(shared_fleet: Emulator) -> Emulator:
    shared_fleet.reset()
    return shared_fleet


def get(emulator: Emulator, path: str = "/v3/sources", **query: object) -> requests.Response:
    return requests.get(
        emulator.url + path, params=query, headers={"X-Auth-Token": emulator.token}, timeout=30, allow_redirects=False
    )


def listed(emulator: Emulator, **query: object) -> list:
    response = get(emulator, **query)
    assert response.status_code == 200, response.text
    return response.json()["source_servers"]


def connect(emulator: Emulator) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(emulator.url.partition("//")[2], timeout=30)


def ids(records: list, field: str = "id") -> list:
    return [record[field] for record in records]


def records(*server_ids: str) -> list[dict]:
    return [{"id": one, "name": one, "add_date": 1000 - number} for number, one in enumerate(server_ids)]


# The listing


def test_the_example_is_served_field_by_field(emulator: Emulator) -> None:
    response = get(emulator)
    assert response.json() == EXAMPLE
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "waiting"}, lambda one: one["state"] == "waiting"),
        ({"name": "linux sources"}, lambda one: one["name"] == "linux sources"),
        ({"id": "ee28ac0d-4f5d-479d-869c-e904aafbba70"}, lambda one: one["name"] == "smsc-test"),
        ({"ip": "198.18.0.1"}, lambda one: one["ip"] == "198.18.0.1"),
        ({"migration_cycle": "cutovered"}, lambda one: one["migration_cycle"] == "cutovered"),
        (
            {"vm_id": EXAMPLE_MACHINE},
            lambda one: one["current_task"] and one["current_task"]["target_server"]["vm_id"] == EXAMPLE_MACHINE,
        ),
        ({"connected": "true"}, lambda one: not one["connected"]),
        ({"connected": "false"}, lambda one: one["connected"]),
        ({"migproject": "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10"}, lambda one: one["current_task"] is not None),
        ({"state": "finished", "ip": "198.18.0.1"}, lambda one: one["name"] == "sms-test"),
    ],
)
def test_a_filter_selects_the_servers_whose_field_matches_exactly(emulator: Emulator, query: dict, expected) -> None:
    wanted = [record for record in EXAMPLE["source_servers"] if expected(record)]
    assert 0 < len(wanted) < 10
    response = get(emulator, **query)
    assert response.json() == {"count": len(wanted), "source_servers": wanted}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "quantum"},
        {"migration_cycle": "levitating"},
        {"name": "linux"},
        {"name": "x" * 300},
        {"migproject": "unknown"},
        {"ipv6": "::1"},
        {"vm_id": "unknown"},
        {"enterprise_project_id": "unknown"},
    ],
)
def test_a_filter_that_fits_nothing_is_no_error(emulator: Emulator, query: dict) -> None:
    assert get(emulator, **query).json() == {"count": 0, "source_servers": []}


def test_servers_without_an_enterprise_project_are_in_the_default_one(fleet: Emulator) -> None:
    everything = fleet.fleet()
    absent = [one for one in everything if "enterprise_project_id" not in one]
    integer = [one for one in everything if one.get("enterprise_project_id") == 0]
    named = next(one["enterprise_project_id"] for one in everything if one.get("enterprise_project_id"))
    assert absent
    assert integer
    assert get(fleet, enterprise_project_id="0", limit=1).json()["count"] == len(absent) + len(integer)
    assert {one["enterprise_project_id"] for one in listed(fleet, enterprise_project_id=named)} == {named}


def test_connected_selects_the_other_way_round_when_it_is_set_so(emulator: Emulator) -> None:
    emulator.set(connected_means="connected")
    assert {one["connected"] for one in listed(emulator, connected="true")} == {True}
    assert {one["connected"] for one in listed(emulator, connected="false")} == {False}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 201},
        {"limit": -1},
        {"limit": "ten"},
        {"limit": "1.0"},
        {"limit": ""},
        {"offset": 65536},
        {"offset": -1},
        {"offset": "x"},
        {"connected": "True"},
        {"connected": "1"},
    ],
)
def test_a_value_out_of_bounds_is_refused(emulator: Emulator, query: dict) -> None:
    response = get(emulator, **query)
    assert response.status_code == 400
    assert response.json().keys() == {"error_code", "error_msg"}
    assert next(iter(query)) in response.json()["error_msg"]


@pytest.mark.parametrize("query", [{}, {"limit": 0}, {"limit": 200}])
def test_a_page_holds_two_hundred_servers_unless_limit_says_less(fleet: Emulator, query: dict) -> None:
    response = get(fleet, **query).json()
    assert response["count"] == 300
    assert len(response["source_servers"]) == 200


def test_the_largest_offset_is_allowed_and_empty(fleet: Emulator) -> None:
    assert get(fleet, offset=65535).json() == {"count": 300, "source_servers": []}


@pytest.mark.parametrize("unit", ["records", "pages"])
def test_pages_make_up_the_whole_list_newest_first(fleet: Emulator, unit: str) -> None:
    fleet.set(offset_unit=unit)
    step = 1 if unit == "pages" else 70
    pages = [listed(fleet, limit=70, offset=number * step) for number in range(6)]
    assert [len(page) for page in pages] == [70] * 4 + [20, 0]
    whole = [record for page in pages for record in page]
    assert whole == fleet.fleet()
    assert [one["add_date"] for one in whole] == sorted((one["add_date"] for one in whole), reverse=True)


def test_servers_of_the_same_date_are_in_the_order_of_their_ids(emulator: Emulator) -> None:
    emulator.replace_fleet([{"id": one, "add_date": 5} for one in "bca"])
    assert ids(listed(emulator)) == ["a", "b", "c"]


def test_a_page_cap_returns_fewer_than_asked_for(fleet: Emulator) -> None:
    fleet.set(page_cap=30)
    assert len(listed(fleet, limit=100)) == 30
    assert len(listed(fleet, limit=10)) == 10


def test_a_count_bias_falsifies_the_count_alone(emulator: Emulator) -> None:
    emulator.set(count_bias=3)
    response = get(emulator).json()
    assert response["count"] == 13
    assert len(response["source_servers"]) == 10


def test_records_of_any_shape_pass_through_unchanged(emulator: Emulator) -> None:
    odd = [HOSTILE, {"id": ["no", "string"]}, {}, None, 7, "text"]
    emulator.replace_fleet(odd)
    emulator.advance(3600)
    got = listed(emulator)
    assert sorted(map(repr, got)) == sorted(map(repr, odd))
    assert listed(emulator, name=HOSTILE["name"].replace("\ud800", "")) == []
    for query in ({"state": "x"}, {"connected": "true"}, {"migproject": "x"}, {"enterprise_project_id": "x"}):
        assert get(emulator, **query).status_code == 200


# The neighbouring calls and what is no call


def test_the_detail_is_the_record_with_more_and_its_memory_in_megabytes(emulator: Emulator) -> None:
    record = EXAMPLE["source_servers"][4]
    detail = get(emulator, f"/v3/sources/{record['id']}").json()
    added = {"firmware", "disks", "volume_groups", "btrfs_list", "networks", "agent_version"}
    added |= {"enterprise_project_id", "has_tc", "start_type"}
    assert detail.keys() == record.keys() | added
    assert {name: detail[name] for name in record} == {**record, "memory": record["memory"] // 2**20}
    assert [disk["name"] for disk in detail["disks"]] == ids(record["init_target_server"]["disks"], "name")


def test_an_unknown_server_is_not_found(emulator: Emulator) -> None:
    response = get(emulator, "/v3/sources/unknown")
    assert response.status_code == 404
    assert response.json() == {"error_code": "SMS.7602", "error_msg": "SourceServer does not exist."}


def test_the_overview_counts_servers_per_state(emulator: Emulator) -> None:
    overview = get(emulator, "/v3/sources/overview").json()
    assert {state: count for state, count in overview.items() if count} == {
        "unavailable": 5, "finished": 3, "error": 1, "waiting": 1
    }  # fmt: skip


def test_the_projects_are_those_whose_servers_the_filter_selects(fleet: Emulator) -> None:
    answer = get(fleet, "/v3/migprojects").json()
    counts = [get(fleet, migproject=project["id"]).json()["count"] for project in answer["migprojects"]]
    assert answer["count"] == len(counts) == 3
    assert min(counts) > 0
    assert sum(counts) < 300


def test_the_tasks_are_those_of_the_servers(emulator: Emulator) -> None:
    answer = get(emulator, "/v3/tasks").json()
    assert answer["count"] == 4
    sources = [one["source_server"]["id"] for one in answer["tasks"]]
    assert sorted(sources) == sorted(one["id"] for one in EXAMPLE["source_servers"] if one["current_task"])
    assert answer["tasks"][0]["source_server"]["name"] == "sms-test"


@pytest.mark.parametrize("path", ["/", "/v3", "/v2/sources", "/v3/sources/", "/v3/sources/a/b", "/v3/source"])
def test_a_wrong_path_is_answered_as_the_gateway_does(emulator: Emulator, path: str) -> None:
    response = get(emulator, path)
    assert response.status_code == 404
    assert response.json()["error_code"] == "APIGW.0101"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(emulator: Emulator, method: str) -> None:
    response = requests.request(method, f"{emulator.url}/v3/sources", data="x", timeout=30)
    assert response.status_code == 405
    assert response.json().keys() == {"error_code", "error_msg"}


def test_every_answer_has_its_own_request_id(emulator: Emulator) -> None:
    given = [get(emulator, path).headers["X-Request-Id"] for path in ("/v3/sources", "/v3/sources", "/nowhere")]
    assert len(set(given)) == 3
    assert [request["request_id"] for request in emulator.requests()] == given


# Credentials


@pytest.mark.parametrize("token", [None, "", "wrong", "x" * 16385])
def test_a_token_that_is_not_valid_is_refused(emulator: Emulator, token: str | None) -> None:
    response = requests.get(f"{emulator.url}/v3/sources", headers={"X-Auth-Token": token}, timeout=30)
    assert response.status_code == 401
    assert response.json()["error_code"] == "APIGW.0301"


def test_an_expired_token_is_told_from_a_wrong_one(emulator: Emulator) -> None:
    emulator.expire_tokens()
    response = get(emulator)
    assert response.status_code == 401
    assert response.json()["error_code"] == "APIGW.0307"


def test_a_user_who_is_not_allowed_gets_403(emulator: Emulator) -> None:
    emulator.set(forbidden=True)
    response = get(emulator)
    assert response.status_code == 403
    assert response.json()["error_code"] == "APIGW.0302"


VECTOR_KEYS = ("AKEXAMPLE0000000000A", "SKexample+/0123456789abcdefABCDEFghijklmn")


def signed_headers(keys: tuple[str, str], host: str, date: str, query: str, **others: str) -> dict[str, str]:
    """The headers of a signed `GET /v3/sources`; the query is in its canonical form."""
    headers = {"host": host, "x-sdk-date": date, **{name.replace("_", "-"): value for name, value in others.items()}}
    names = ";".join(sorted(headers))
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n/v3/sources/\n{query}\n{canonical_headers}\n{names}\n{empty}"
    to_sign = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(keys[1].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"SDK-HMAC-SHA256 Access={keys[0]}, SignedHeaders={names}, Signature={signature}"
    return headers


def test_the_signing_of_these_tests_agrees_with_the_vendors() -> None:
    host, date = "sms.ap-southeast-3.myhuaweicloud.com", "20260102T030405Z"
    headers = signed_headers(VECTOR_KEYS, host, date, "limit=100&offset=0")
    assert headers["Authorization"].endswith("d4c05a0c0bd48fb77746f0de3fdffc94a06c09c3c07ea9e93cd816f5c0c819f9")
    query = "connected=false&limit=100&name=web%20server%2F%C3%A9~%2A&offset=100&state=syncing"
    others = {"x_security_token": "TOKEN==", "x_project_id": "0123456789abcdef0123456789abcdef"}
    headers = signed_headers(VECTOR_KEYS, host, date, query, **others)
    assert headers["Authorization"].endswith("be6c30fb88e1a828a8502242999dc863863bea1cec5d22b273ecd6ef45b3333e")


def sdk_date(hours: float = 0) -> str:
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y%m%dT%H%M%SZ")


def get_signed(emulator: Emulator, query: str = "", sent_query: str | None = None, **changes: str) -> requests.Response:
    """A signed request; `changes` replace the keys, the date, or other headers after the signing."""
    keys = (emulator.account["access_key"], changes.pop("secret_key", emulator.account["secret_key"]))
    others = {name: value for name, value in changes.items() if name in ("x_project_id", "x_security_token")}
    host = emulator.url.partition("//")[2]
    headers = signed_headers(keys, host, changes.get("date", sdk_date()), query, **others)
    headers["Authorization"] = headers["Authorization"].replace(*changes.get("spoil", ("", "")))
    url = f"{emulator.url}/v3/sources?{query if sent_query is None else sent_query}"
    return requests.get(url, headers=headers, timeout=30)


@pytest.mark.parametrize(
    "query",
    ["", "limit=100&offset=0", "connected=false&limit=100&name=web%20server%2F%C3%A9~%2A&offset=100&state=syncing"],
)
def test_a_signed_request_is_served(emulator: Emulator, query: str) -> None:
    assert get_signed(emulator, query).status_code == 200
    assert get_signed(emulator, query, x_project_id="0123456789abcdef0123456789abcdef").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"secret_key": "wrong"},
        {"date": sdk_date(hours=-1)},
        {"date": sdk_date(hours=1)},
        {"date": "yesterday"},
        {"sent_query": "limit=7"},
        {"spoil": ("host;", "")},
        {"spoil": (";x-sdk-date", "")},
        {"spoil": ("Access=E", "Access=X")},
        {"spoil": ("Signature=", "Signature=0")},
        {"spoil": ("SDK-HMAC-SHA256", "Basic")},
        {"x_security_token": "keys are permanent"},
    ],
)
def test_a_signed_request_with_anything_wrong_is_refused(emulator: Emulator, changes: dict) -> None:
    response = get_signed(emulator, "limit=5", **changes)
    assert response.status_code == 401
    assert response.json()["error_code"] == "APIGW.0301"


def test_a_header_that_is_sent_must_be_signed(emulator: Emulator) -> None:
    keys = (emulator.account["access_key"], emulator.account["secret_key"])
    headers = signed_headers(keys, emulator.url.partition("//")[2], sdk_date(), "")
    response = requests.get(f"{emulator.url}/v3/sources", headers={**headers, "X-Project-Id": "p"}, timeout=30)
    assert response.status_code == 401
    assert "x-project-id" in response.json()["error_msg"]


def test_a_signed_query_that_sends_a_plus_for_a_space_is_refused(emulator: Emulator) -> None:
    query = "name=linux%20sources"
    assert get_signed(emulator, query).json()["count"] == 3
    assert get_signed(emulator, query, sent_query=query.replace("%20", "+")).status_code == 401


def test_temporary_keys_need_their_security_token() -> None:
    with Emulator(security_token="TOKEN==") as emulator:
        assert get_signed(emulator).status_code == 401
        assert get_signed(emulator, x_security_token="WRONG").status_code == 401
        assert get_signed(emulator, x_security_token="TOKEN==").status_code == 200


def test_requests_that_the_vendors_sdk_signs_are_served(emulator: Emulator) -> None:
    signer = pytest.importorskip("huaweicloudsdkcore.signer.signer")
    sdk_request = pytest.importorskip("huaweicloudsdkcore.sdk_request")
    basic = pytest.importorskip("huaweicloudsdkcore.auth.credentials")
    keys = basic.BasicCredentials(emulator.account["access_key"], emulator.account["secret_key"], "project")
    request = sdk_request.SdkRequest(
        method="GET",
        schema="http",
        host=emulator.url.partition("//")[2],
        resource_path="/v3/sources",
        query_params=[("offset", 0), ("name", "web server/é~*"), ("connected", False), ("limit", 5)],
        header_params={"X-Project-Id": "project", "User-Agent": "sdk"},
    )
    signed = signer.Signer(keys).sign(request)
    assert requests.get(signed.url, headers=signed.header_params, timeout=30).json()["count"] == 0


# IAM


def ask_for_token(emulator: Emulator, scope: dict | None = None, **changes: object) -> requests.Response:
    account = {**emulator.account, **changes}
    user = {"domain": {"name": account["domain"]}, "name": account["user"], "password": account["password"]}
    auth: dict = {"identity": {"methods": ["password"], "password": {"user": user}}}
    auth["scope"] = scope or {"domain": {"name": account["domain"]}}
    return requests.post(f"{emulator.auth_url}/auth/tokens?nocatalog=true", json={"auth": auth}, timeout=30)


@pytest.mark.parametrize("kind", ["domain", "project id", "project name"])
def test_iam_issues_a_token_with_the_scope_asked_for(emulator: Emulator, kind: str) -> None:
    account = emulator.account
    scope = {
        "domain": {"domain": {"name": account["domain"]}},
        "project id": {"project": {"id": account["project_id"]}},
        "project name": {"project": {"name": account["project_name"]}},
    }[kind]
    response = ask_for_token(emulator, scope)
    assert response.status_code == 201
    token = response.json()["token"]
    where, wanted = next(iter(scope.items()))
    assert wanted.items() <= token[where].items()
    datetime.strptime(token["expires_at"], "%Y-%m-%dT%H:%M:%S.%fZ")
    headers = {"X-Auth-Token": response.headers["X-Subject-Token"]}
    assert requests.get(f"{emulator.url}/v3/sources", headers=headers, timeout=30).status_code == 200


def test_every_issued_token_is_new(emulator: Emulator) -> None:
    tokens = {ask_for_token(emulator).headers["X-Subject-Token"] for _number in range(3)}
    assert len(tokens) == 3


def test_iam_says_which_project_a_token_is_for(emulator: Emulator) -> None:
    for project in (emulator.account["project_id"], None):
        token = emulator.token_for(project)
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        response = requests.get(f"{emulator.auth_url}/auth/tokens", headers=headers, timeout=30)
        assert response.status_code == 200
        described = response.json()["token"]
        assert described.get("project", {}).get("id") == project
        assert ("domain" in described) == (project is None)


def test_iam_says_nothing_about_an_unknown_token(emulator: Emulator) -> None:
    for auth, subject, status in (("x", "x", 401), (emulator.token, "x", 404)):
        headers = {"X-Auth-Token": auth, "X-Subject-Token": subject}
        assert requests.get(f"{emulator.auth_url}/auth/tokens", headers=headers, timeout=30).status_code == status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"user": "nobody"}, 401),
        ({"domain": "elsewhere"}, 401),
        ({"scope": {"project": {"id": "unknown"}}}, 404),
        ({"scope": {"project": {"name": "unknown"}}}, 404),
        ({"scope": {"domain": {"name": "unknown"}}}, 404),
        ({"scope": {"project": {}}}, 400),
        ({"scope": {"galaxy": {}}}, 400),
    ],
)
def test_iam_refuses_in_its_own_shape(emulator: Emulator, changes: dict, status: int) -> None:
    response = ask_for_token(emulator, **changes)
    assert response.status_code == status
    assert response.json()["error"].keys() == {"code", "message", "title"}
    assert response.headers["X-IAM-Trace-Id"]
    assert "X-Subject-Token" not in response.headers


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"auth": 1}', '{"auth": {"identity": {"methods": []}}}', "no json"])
def test_iam_refuses_a_body_that_is_not_as_documented(emulator: Emulator, body: str) -> None:
    response = requests.post(f"{emulator.auth_url}/auth/tokens", data=body, timeout=30)
    assert response.status_code == 400
    assert response.json()["error"]["title"] == "Bad Request"


def test_an_issued_token_expires_after_its_lifetime(emulator: Emulator) -> None:
    emulator.set(token_lifetime=600)
    headers = {"X-Auth-Token": ask_for_token(emulator).headers["X-Subject-Token"]}
    emulator.advance(500)
    assert requests.get(f"{emulator.url}/v3/sources", headers=headers, timeout=30).status_code == 200
    emulator.advance(101)
    response = requests.get(f"{emulator.url}/v3/sources", headers=headers, timeout=30)
    assert response.json()["error_code"] == "APIGW.0307"


def test_a_token_issued_after_all_were_invalidated_is_valid(emulator: Emulator) -> None:
    emulator.expire_tokens()
    headers = {"X-Auth-Token": ask_for_token(emulator).headers["X-Subject-Token"]}
    assert requests.get(f"{emulator.url}/v3/sources", headers=headers, timeout=30).status_code == 200


# Faults


def test_a_status_fault_answers_in_the_service_s_shape_by_default(emulator: Emulator) -> None:
    fault = {"kind": "status", "status": 429, "error_code": "APIGW.0308", "error_msg": "slow", "retry_after": 2}
    emulator.faults(fault)
    response = get(emulator)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "2"
    assert response.json() == {"error_code": "APIGW.0308", "error_msg": "slow"}


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("sms", {"error_code": "C", "error_msg": "m"}),
        ("iam", {"error": {"code": "C", "message": "m", "title": "Forbidden"}}),
        ("camel", {"errorCode": "C", "errorMsg": "m"}),
        ("code", {"code": "C", "message": "m"}),
    ],
)
def test_a_status_fault_knows_every_shape_of_errors(emulator: Emulator, shape: str, body: dict) -> None:
    emulator.faults({"kind": "status", "status": 403, "error_code": "C", "error_msg": "m", "shape": shape})
    assert get(emulator).json() == body


def test_a_status_fault_can_answer_with_plain_text(emulator: Emulator) -> None:
    emulator.faults({"kind": "status", "status": 502, "error_msg": "bad gateway", "shape": "text"})
    response = get(emulator)
    assert response.status_code == 502
    assert response.headers["Content-Type"] == "text/plain"
    assert "bad gateway" in response.text


def test_a_fault_lets_requests_pass_and_then_hits_as_often_as_it_says(emulator: Emulator) -> None:
    emulator.faults({"kind": "status", "status": 503, "skip": 1, "times": 2})
    assert [get(emulator).status_code for _number in range(5)] == [200, 503, 503, 200, 200]


def test_the_first_fault_that_is_due_is_the_one_that_hits(emulator: Emulator) -> None:
    one = {"kind": "status", "status": 500, "skip": 1, "times": 1}
    other = {"kind": "status", "status": 503, "times": 2}
    emulator.faults(one, other)
    assert [get(emulator).status_code for _number in range(4)] == [503, 500, 503, 200]


def test_a_fault_hits_only_its_path(emulator: Emulator) -> None:
    emulator.faults({"kind": "status", "status": 500, "path": "/v3/auth"})
    assert get(emulator).status_code == 200
    assert ask_for_token(emulator).status_code == 500


def test_a_dropped_request_gets_no_answer(emulator: Emulator) -> None:
    emulator.faults({"kind": "drop", "times": 1})
    with pytest.raises(requests.ConnectionError):
        get(emulator)
    assert emulator.requests()[-1]["status"] is None
    assert get(emulator).status_code == 200


def test_a_truncated_answer_is_shorter_than_it_says(emulator: Emulator) -> None:
    emulator.faults({"kind": "truncate"})
    connection = connect(emulator)
    connection.request("GET", "/v3/sources", headers={"X-Auth-Token": emulator.token})
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    connection.close()


def test_truncated_json_is_a_complete_answer_that_is_no_json(emulator: Emulator) -> None:
    emulator.faults({"kind": "truncate_json"})
    response = get(emulator)
    assert int(response.headers["Content-Length"]) == len(response.content)
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_a_web_page_can_stand_in_for_the_answer(emulator: Emulator) -> None:
    emulator.faults({"kind": "not_json"})
    response = get(emulator)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html"


@pytest.mark.parametrize("body", [None, [], {}, {"count": "10", "source_servers": None}, "text", 3])
def test_any_json_can_stand_in_for_the_answer(emulator: Emulator, body: object) -> None:
    emulator.faults({"kind": "body", "body": body})
    assert get(emulator).json() == body


def test_any_text_can_stand_in_for_the_answer(emulator: Emulator) -> None:
    emulator.faults({"kind": "body", "text": "{broken"})
    assert get(emulator).text == "{broken"


def test_a_redirect_points_elsewhere(emulator: Emulator) -> None:
    emulator.faults({"kind": "redirect", "location": "http://127.0.0.1:9/"})
    response = get(emulator)
    assert response.status_code == 302
    assert response.headers["Location"] == "http://127.0.0.1:9/"


def test_a_delayed_request_is_answered_properly_after_a_client_s_patience(emulator: Emulator) -> None:
    emulator.faults({"kind": "delay", "seconds": 0.5, "times": 1})
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{emulator.url}/v3/sources", headers={"X-Auth-Token": emulator.token}, timeout=0.1)
    assert get(emulator).status_code == 200


def test_tokens_can_expire_in_the_middle_of_a_listing(emulator: Emulator) -> None:
    emulator.faults({"kind": "expire_tokens", "skip": 1, "times": 1})
    assert [get(emulator, limit=5, offset=offset).status_code for offset in (0, 5)] == [200, 401]


def test_servers_that_register_in_the_middle_of_a_listing_shift_its_pages(emulator: Emulator) -> None:
    emulator.faults({"kind": "register", "n": 2, "skip": 1, "times": 1})
    first, second = listed(emulator, limit=5), get(emulator, limit=5, offset=5).json()
    assert second["count"] == 12
    assert ids(second["source_servers"])[:2] == ids(first)[3:]


def test_given_servers_can_register(emulator: Emulator) -> None:
    emulator.faults({"kind": "register", "records": [HOSTILE, {"id": "newest"}], "times": 1})
    assert ids(listed(emulator)) == ["newest", *ids(EXAMPLE["source_servers"]), "hostile"]


def test_servers_can_vanish_by_id_and_by_position(emulator: Emulator) -> None:
    emulator.replace_fleet(records(*"abcdef"))
    emulator.faults(
        {"kind": "vanish", "ids": ["b"], "times": 1}, {"kind": "vanish", "position": 2, "n": 2, "times": 1, "skip": 1}
    )
    assert ids(listed(emulator)) == list("acdef")
    assert ids(listed(emulator)) == list("acf")


def test_a_server_can_move_in_the_listing(emulator: Emulator) -> None:
    emulator.replace_fleet(records(*"abcd"))
    emulator.faults({"kind": "move", "id": "c", "to": 0, "times": 1})
    assert ids(listed(emulator)) == list("cabd")
    emulator.faults({"kind": "move", "position": 0, "to": 3, "times": 1}, {"kind": "move", "id": "nobody", "to": 0})
    assert ids(listed(emulator)) == list("abdc")


def test_every_change_that_is_due_happens_even_beside_another_fault(emulator: Emulator) -> None:
    emulator.replace_fleet(records(*"abc"))
    update = {"kind": "update", "update": {"a": {"state": "error"}}}
    emulator.faults({"kind": "status", "status": 500, "times": 1}, update, {"kind": "vanish", "ids": ["b"]})
    assert get(emulator).status_code == 500
    assert [(one["id"], one.get("state")) for one in emulator.fleet()] == [("a", "error"), ("c", None)]


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "unheard"},
        {"kind": []},
        {"kind": "status", "status": "500"},
        {"kind": "status", "shape": "round"},
        {"kind": "delay"},
        {"kind": "vanish", "n": 3},
        {"kind": "drop", "time": 3},
        {"kind": "drop", "skip": -1},
        {"kind": "update", "update": {"a": 1}},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(emulator: Emulator, fault: dict) -> None:
    with pytest.raises(ValueError, match=r"fault|shape"):
        emulator.faults(fault)
    assert get(emulator).status_code == 200


def test_cleared_faults_hit_no_more(emulator: Emulator) -> None:
    emulator.faults({"kind": "status"})
    assert get(emulator).status_code == 500
    emulator.clear_faults()
    assert get(emulator).status_code == 200


# The control endpoint


def test_every_request_is_recorded_as_it_came(emulator: Emulator) -> None:
    url = f"{emulator.url}/v3/sources?name=a%20b&limit=3&name="
    requests.get(url, headers={"X-Auth-Token": emulator.token, "X-Extra": "1"}, timeout=30)
    requests.post(f"{emulator.url}/v3/auth/tokens", data="bödy".encode(), timeout=30)
    first, second = emulator.requests()
    assert (first["method"], first["path"], first["status"]) == ("GET", "/v3/sources", 200)
    assert first["query"] == [["name", "a b"], ["limit", "3"], ["name", ""]]
    assert first["raw_query"] == "name=a%20b&limit=3&name="
    assert first["headers"]["X-Extra"] == "1"
    assert first["headers"]["X-Auth-Token"] == emulator.token
    assert (second["method"], second["body"], second["status"]) == ("POST", "bödy", 400)
    emulator.clear_requests()
    assert emulator.requests() == []


def test_requests_in_flight_at_once_are_counted(emulator: Emulator) -> None:
    emulator.set(latency=0.5)
    connections = [connect(emulator) for _number in range(3)]
    for connection in connections:
        connection.request("GET", "/v3/sources")
    for connection in connections:
        connection.getresponse().read()
        connection.close()
    assert sorted(request["in_flight"] for request in emulator.requests()) == [1, 2, 3]


def test_the_fleet_can_be_replaced_and_changed(emulator: Emulator) -> None:
    emulator.replace_fleet(records("a", "b"))
    emulator.change_fleet(register=records("z"), vanish=["a"], update={"b": {"name": "B", "state": "error"}})
    assert emulator.fleet() == [
        {"id": "z", "name": "z", "add_date": 1000},
        {"id": "b", "name": "B", "add_date": 999, "state": "error"},
    ]
    assert listed(emulator) == emulator.fleet()


def test_a_fleet_can_bring_its_projects(emulator: Emulator) -> None:
    projects = [{"id": "p", "name": "P", "servers": ["b"]}]
    emulator.replace_fleet({"source_servers": records("a", "b"), "migprojects": projects})
    assert ids(listed(emulator, migproject="p")) == ["b"]


@pytest.mark.parametrize(
    "settings",
    [{"unheard": 1}, {"speed": -1}, {"offset_unit": "feet"}, {"page_cap": 0}, {"count_bias": 0.5}, {"forbidden": 1}],
)
def test_a_setting_that_makes_no_sense_is_refused(emulator: Emulator, settings: dict) -> None:
    before = emulator.set()
    with pytest.raises(ValueError, match=next(iter(settings))):
        emulator.set(**settings)
    assert emulator.set() == before


@pytest.mark.parametrize("body", [{}, {"source_servers": {}}, 3, {"source_servers": [], "migprojects": [{"id": 1}]}])
def test_a_fleet_that_makes_no_sense_is_refused(emulator: Emulator, body: object) -> None:
    with pytest.raises(ValueError, match=r"expected|migprojects"):
        emulator.replace_fleet(body)
    assert emulator.fleet() == EXAMPLE["source_servers"]


def test_a_reset_restores_what_the_emulator_was_started_with(fleet: Emulator) -> None:
    before, settings = fleet.fleet(), fleet.set()
    fleet.set(count_bias=5, offset_unit="pages", speed=3600, register_every=10)
    fleet.faults({"kind": "status"})
    fleet.advance(7200)
    fleet.change_fleet(vanish=ids(before)[:7], update={before[9]["id"]: {"name": "other"}})
    fleet.expire_tokens()
    get(fleet)
    fleet.reset()
    assert fleet.requests() == []
    assert fleet.set() == settings
    assert fleet.fleet() == before
    assert get(fleet).status_code == 200


# Time


def test_nothing_changes_while_time_stands_still(fleet: Emulator) -> None:
    assert fleet.fleet() == fleet.fleet()


def test_a_waiting_server_of_the_example_goes_the_whole_way(emulator: Emulator) -> None:
    seen = []
    for _step in range(50):
        record = next(one for one in emulator.fleet() if one["name"] == "sms-sms2")
        task = record["current_task"] and record["current_task"]["state"]
        seen.append((record["state"], record["migration_cycle"], task))
        emulator.advance(300)
    path = list(dict.fromkeys(one for one in seen if one[0] not in ("unavailable", "error")))
    assert path == [
        ("waiting", "checking", None),
        ("initialize", "setting", "READY"),
        ("replicate", "replicating", "RUNNING"),
        ("syncing", "syncing", "SYNCING"),
        ("cutovering", "cutovering", "SYNCING"),
        ("finished", "cutovered", "MIGRATE_SUCCESS"),
    ]


def test_servers_of_the_example_that_failed_finished_or_are_gone_stay_as_they_are(emulator: Emulator) -> None:
    emulator.advance(86400)
    changed = [
        one["name"] for one, other in zip(emulator.fleet(), EXAMPLE["source_servers"], strict=True) if one != other
    ]
    assert changed == ["sms-sms2"]


def test_a_whole_fleet_reaches_its_end(fleet: Emulator) -> None:
    fleet.advance(4 * 3600)
    states = {one["state"] for one in fleet.fleet()}
    assert states == {"finished", "error", "unavailable", "waiting"}
    for one in fleet.fleet():
        if one["state"] == "waiting":
            assert "ERROR" in {check["result"] for check in one["checks"]}
        if one["state"] == "unavailable":
            assert one["checks"] == []
    before = fleet.fleet()
    fleet.advance(86400)
    assert fleet.fleet() == before


@pytest.mark.slow
def test_records_stay_consistent_while_time_goes_by(fleet: Emulator) -> None:
    cycles = ["checking", "setting", "replicating", "syncing", "cutovering", "cutovered"]
    times = {"state": "state_action_time", "migration_cycle": "stage_action_time", "connected": "last_visit_time"}
    before = {one["id"]: one for one in fleet.fleet()}
    disconnected = set()
    for _step in range(40):
        fleet.advance(300)
        now = {one["id"]: one for one in fleet.fleet()}
        for server_id, new in now.items():
            old = before[server_id]
            assert old["replicatesize"] <= new["replicatesize"] <= new["totalsize"]
            assert cycles.index(old["migration_cycle"]) <= cycles.index(new["migration_cycle"])
            for field, time_field in times.items():
                assert (new[field] != old[field]) == (new[time_field] != old[time_field])
                assert new[field] == old[field] or new[time_field] > old[time_field]
            assert new["connected"] == (new["state"] != "unavailable")
            if new["state"] == "replicate":
                assert new["current_task"]["migrate_speed"] > 0
                assert new["current_task"]["remain_seconds"] >= 0
            if not new["connected"] and new["checks"]:
                disconnected.add(server_id)
        before = now
    assert disconnected
    assert all(before[server_id]["connected"] for server_id in disconnected)


def test_what_a_fleet_becomes_does_not_depend_on_how_often_it_is_looked_at(fleet: Emulator) -> None:
    for _step in range(30):
        fleet.advance(121)
        listed(fleet, state="replicate")
    often = fleet.fleet()
    fleet.reset()
    fleet.advance(30 * 121)
    assert fleet.fleet() == often


@pytest.mark.slow
def test_the_same_seed_gives_the_same_fleet(fleet: Emulator) -> None:
    with Emulator(servers=300) as same, Emulator(servers=400, seed=2) as other:
        assert same.fleet() == fleet.fleet()
        assert not set(ids(other.fleet())) & set(ids(fleet.fleet()))


def test_time_goes_by_itself_at_the_speed_that_is_set(emulator: Emulator) -> None:
    emulator.set(speed=1e8)
    for _attempt in range(1000):
        if next(one for one in emulator.fleet() if one["name"] == "sms-sms2")["state"] in ("finished", "error"):
            return
    pytest.fail("the server did not come to its end")


def test_servers_register_over_time_when_it_is_set_so(fleet: Emulator) -> None:
    fleet.set(register_every=60)
    fleet.advance(600)
    grown = listed(fleet, limit=15)
    assert get(fleet).json()["count"] == 310
    assert len({one["add_date"] for one in grown[:10]}) == 10
    assert not set(ids(grown[:10])) & set(ids(grown[10:]))


def test_an_updated_server_goes_on_from_what_it_then_says(fleet: Emulator) -> None:
    server_id = next(one["id"] for one in fleet.fleet() if one["state"] == "replicate")
    fleet.change_fleet(update={server_id: {"state": "error"}})
    fleet.advance(7200)
    assert get(fleet, f"/v3/sources/{server_id}").json()["state"] == "error"


# Synthetic fleets


def test_a_synthetic_fleet_has_the_oddities_of_real_data(fleet: Emulator) -> None:
    fleet_records = fleet.fleet()
    checks = [check for one in fleet_records for check in one["checks"]]
    names = [one["name"] for one in fleet_records]
    assert {one["state"] for one in fleet_records} >= {
        "waiting", "initialize", "replicate", "syncing", "cutovering", "finished", "unavailable", "error"
    }  # fmt: skip
    assert len(set(names)) < len(names)
    assert any(" " in name for name in names)
    assert any(not name.isascii() for name in names)
    assert {type(one.get("enterprise_project_id")) for one in fleet_records} == {type(None), int, str}
    assert {type(check["error_or_warn"]) for check in checks} == {type(None), str, dict}
    assert {check["result"] for check in checks} == {"OK", "WARN", "ERROR"}
    for field in ("hostname", "current_task", "state_action_time"):
        assert 0 < sum(one[field] is None for one in fleet_records) < len(fleet_records)
    assert any(one["checks"] == [] for one in fleet_records)
    assert any("agent_version" in one for one in fleet_records)
    assert any("log_share_url" in (one["current_task"] or {}) for one in fleet_records)
    assert len(set(ids(fleet_records))) == len(fleet_records)
    assert 2000 < len(json.dumps(fleet_records)) / len(fleet_records) < 4000


# The program


def test_one_connection_serves_many_requests(emulator: Emulator) -> None:
    connection = connect(emulator)
    connection.connect()
    opened = connection.sock
    for path in ("/v3/sources", "/nowhere", "/v3/auth/tokens", "/_emulator/fleet"):
        connection.request("GET", path)
        assert connection.getresponse().read()
        assert connection.sock is opened
    connection.close()


def test_data_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "fleet.json"
    file.write_text(json.dumps({"count": 1, "source_servers": [HOSTILE]}), encoding="utf-8")
    with Emulator(data=file) as emulator:
        assert listed(emulator) == [HOSTILE]


def test_faults_tokens_and_settings_can_be_given_at_the_start() -> None:
    fault = {"kind": "status", "status": 503, "times": 1}
    with Emulator(fault=[fault], token=["one", "two"], offset_unit="pages") as emulator:
        statuses = []
        for token in ("one", "two", "emulator-token"):
            headers = {"X-Auth-Token": token}
            statuses.append(requests.get(f"{emulator.url}/v3/sources", headers=headers, timeout=30).status_code)
        assert statuses == [503, 200, 401]
        assert emulator.set()["offset_unit"] == "pages"
        emulator.reset()
        assert get(emulator).status_code == 503


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"servers": -1}, "--servers"),
        ({"offset_unit": "feet"}, "offset_unit"),
        ({"fault": "{"}, "Expecting"),
        ({"fault": {"kind": "unheard"}}, "kind"),
        ({"data": "no-such-file.json"}, "no-such-file.json"),
        ({"host": "0.0.0.0"}, "--host"),
        ({"tls_key": "key.pem"}, "--tls-cert"),
    ],
)
def test_a_wrong_option_ends_the_start_with_one_clear_message(options: dict, message: str) -> None:
    with pytest.raises(RuntimeError, match=message) as raised:
        Emulator(**options)
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly(number: int) -> None:
    with started() as process:
        process.send_signal(number)
        _out, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, b"")


def test_it_ends_when_standard_input_closes() -> None:
    with started("--exit-with-stdin") as process:
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def started(*options: str) -> subprocess.Popen:
    pipe = subprocess.PIPE
    program = [sys.executable, str(PROGRAM), *options]
    process = subprocess.Popen(program, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdout.readline().startswith(b"SMS emulator: http://127.0.0.1:")
    return process


def test_the_handle_leaves_no_process_behind() -> None:
    with Emulator() as emulator:
        process = emulator._process
        assert process.poll() is None
    assert process.returncode == 0
    with pytest.raises(requests.ConnectionError):
        get(emulator)
    emulator.stop()


def test_it_runs_without_any_package_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    program = [sys.executable, "-I", "-S", str(PROGRAM), "--help"]
    result = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, timeout=30, check=False)
    assert result.returncode == 0
    assert b"--exit-with-stdin" in result.stdout


def test_it_serves_https_with_a_certificate(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    key = tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    make += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(make, capture_output=True, timeout=60, check=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    with Emulator(tls_cert=certificate, tls_key=key) as emulator:
        assert emulator.url.startswith("https://127.0.0.1:")
        headers = {"X-Auth-Token": emulator.token}
        response = requests.get(f"{emulator.url}/v3/sources", headers=headers, verify=str(certificate), timeout=30)
        assert response.json() == EXAMPLE


def test_the_query_is_decoded_for_the_filter(emulator: Emulator) -> None:
    name = "a b/é~*&=+%"
    emulator.replace_fleet([{"id": "a", "name": name}])
    url = f"{emulator.url}/v3/sources?name={quote(name, safe='')}"
    assert requests.get(url, headers={"X-Auth-Token": emulator.token}, timeout=30).json()["count"] == 1
