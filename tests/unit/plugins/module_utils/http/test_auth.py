# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three kinds of credentials, as the emulator and the vendor's own signer see them."""

from __future__ import annotations

import json
import os

import pytest
import requests
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._source_servers import list_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import ApiError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._auth import KeyAuth, authorization, canonical_query
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._iam import TokenCache
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._argument_spec import FILTER_SPEC
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import (
    ids,
    key_options,
    password_options,
    server_records,
    settings,
)
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

HOST = "sms.ap-southeast-3.myhuaweicloud.com"
ACCESS_KEY = "AKEXAMPLE0000000000A"
SECRET_KEY = "SKexample+/0123456789abcdefABCDEFghijklmn"
DATE = "20260102T030405Z"
TOKENS_PATH = "/v3/auth/tokens"

HOSTILE_VALUES = [
    "web server/é~*",
    "a+b c%20d%2Fe",
    "x&limit=1&offset=7",
    "a=b;c#d?e",
    "\"'<>\\|^`{}[]",
    "{{ lookup('env', 'HOME') }}",
    "\u202eتجربة\u0000\t\r\n",
    "服务器😀",
    "~-._!$'()*,:@",
    "%",
    "x" * 255,
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
header_values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)


def listed(options, concurrency=1, **filters):
    with Client(settings(**options), concurrency) as client:
        return list_servers(client, Query(filters))


def issued(emulator):
    """The bodies of the requests for a token."""
    return [json.loads(request["body"]) for request in emulator.requests() if request["path"] == TOKENS_PATH]


def calls(emulator):
    """The requests as method, path and status, in order."""
    return [(request["method"], request["path"], request["status"]) for request in emulator.requests()]


# A token


def test_a_token_is_sent_with_every_request(emulator):
    listed({"endpoint": emulator.url, "token": emulator.token})
    assert [request["headers"]["X-Auth-Token"] for request in emulator.requests()] == [emulator.token]


def test_a_refused_token_of_the_users_own_is_not_tried_again(emulator):
    emulator.expire_tokens()
    with pytest.raises(ApiError, match=r"HTTP 401, APIGW\.0307"):
        listed({"endpoint": emulator.url, "token": emulator.token})
    assert calls(emulator) == [("GET", "/v3/sources", 401)]


# User and password


@pytest.mark.parametrize(
    ("project", "scope"),
    [
        ({}, {"domain": {"name": "emulator-domain"}}),
        (
            {"project_id": "0123456789abcdef0123456789abcdef"},
            {"project": {"id": "0123456789abcdef0123456789abcdef"}},
        ),
        ({"project_name": "emulator-project"}, {"project": {"name": "emulator-project"}}),
        (
            {"project_id": "0123456789abcdef0123456789abcdef", "project_name": "another"},
            {"project": {"id": "0123456789abcdef0123456789abcdef"}},
        ),
    ],
    ids=["domain", "project id", "project name", "the id wins over the name"],
)
def test_a_password_gives_a_token_of_the_scope_that_the_options_ask_for(emulator, project, scope):
    assert len(listed(password_options(emulator, **project))) == 10
    user = {"domain": {"name": "emulator-domain"}, "name": "emulator-user", "password": "emulator-password"}
    identity = {"methods": ["password"], "password": {"user": user}}
    assert issued(emulator) == [{"auth": {"identity": identity, "scope": scope}}]


def test_one_token_serves_a_whole_listing(emulator):
    emulator.replace_fleet(server_records(1000))
    listed(password_options(emulator), concurrency=4)
    assert len(issued(emulator)) == 1


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_token_that_expires_in_mid_listing_is_renewed_exactly_once(emulator, concurrency):
    emulator.replace_fleet(server_records(1000))
    emulator.set(latency=0.1)
    emulator.faults({"kind": "expire_tokens", "skip": 3, "times": 1})
    records = listed(password_options(emulator), concurrency)
    assert ids(records) == ids(server_records(1000))
    assert len(issued(emulator)) == 2
    assert ("GET", "/v3/sources", 401) in calls(emulator)


def test_a_page_whose_token_has_been_replaced_meanwhile_uses_the_one_that_replaced_it():
    issued = ["stale", "fresh"]
    tokens, deadline = TokenCache(lambda deadline: issued.pop(0)), Deadline()
    first = second = tokens.get(deadline)
    assert tokens.renew(first, deadline) == "fresh"
    assert tokens.renew(second, deadline) == "fresh"
    assert not issued


def test_a_renewed_token_that_is_refused_too_is_an_error(emulator):
    emulator.faults(
        {"kind": "status", "status": 401, "error_code": "APIGW.0307", "error_msg": "The token must be updated."}
    )
    with pytest.raises(ApiError, match=r"HTTP 401, APIGW\.0307"):
        listed(password_options(emulator))
    asked, refused = ("POST", TOKENS_PATH, 201), ("GET", "/v3/sources", 401)
    assert calls(emulator) == [asked, refused, asked, refused]


@pytest.mark.parametrize("status", [400, 403])
def test_no_other_token_is_asked_for_where_it_was_not_the_token_that_was_refused(emulator, status):
    emulator.faults({"kind": "status", "status": status, "path": "/v3/sources"})
    with pytest.raises(ApiError, match=rf"HTTP {status}\b"):
        listed(password_options(emulator))
    assert calls(emulator) == [("POST", TOKENS_PATH, 201), ("GET", "/v3/sources", status)]


def test_a_wrong_password_is_tried_once(emulator):
    with pytest.raises(ApiError, match="Could not get a token from IAM"):
        listed(password_options(emulator, password="wrong"), concurrency=4)
    assert calls(emulator) == [("POST", TOKENS_PATH, 401)]


def test_a_renewal_that_iam_refuses_is_not_tried_again_by_each_page_in_flight(emulator):
    emulator.replace_fleet(server_records(1000))
    emulator.set(latency=0.1)
    emulator.faults(
        {"kind": "expire_tokens", "skip": 3, "times": 1},
        {"kind": "status", "status": 401, "error_code": 401, "shape": "iam", "path": TOKENS_PATH, "skip": 1},
    )
    with pytest.raises(ApiError, match="Could not get a token from IAM"):
        listed(password_options(emulator), concurrency=4)
    assert len(issued(emulator)) == 2


REFUSALS = [201, 400, 401, 403, 404]


@pytest.mark.parametrize("status", REFUSALS)
def test_a_listing_that_iam_refused_does_not_ask_iam_again(emulator, status):
    emulator.faults({"kind": "status", "status": status, "path": TOKENS_PATH, "times": 1})
    listing = Deadline()
    with Client(settings(**password_options(emulator))) as client:
        for _page in range(2):
            with pytest.raises(ApiError, match=rf"Could not get a token from IAM .* HTTP {status}\b"):
                client.get("/v3/sources", {}, listing)
    assert calls(emulator) == [("POST", TOKENS_PATH, status)]


@pytest.mark.parametrize("status", REFUSALS)
def test_the_next_listing_asks_iam_again(emulator, status):
    emulator.faults({"kind": "status", "status": status, "path": TOKENS_PATH, "times": 1})
    with Client(settings(**password_options(emulator))) as client:
        with pytest.raises(ApiError, match=rf"Could not get a token from IAM .* HTTP {status}\b"):
            list_servers(client, Query({}))
        assert len(list_servers(client, Query({}))) == 10
    assert len(issued(emulator)) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_client_that_iam_failed_asks_iam_again(emulator, status):
    emulator.faults({"kind": "status", "status": status, "path": TOKENS_PATH, "times": 1})
    with Client(settings(**password_options(emulator, retries=0))) as client:
        with pytest.raises(ApiError, match=rf"Could not get a token from IAM .* HTTP {status}\b"):
            client.get("/v3/sources", {})
        assert client.get("/v3/sources", {}).json["count"] == 10
    assert len(issued(emulator)) == 2


# Access key and secret key


@pytest.mark.parametrize(
    ("parameters", "extra_headers", "query", "signed_headers", "signature"),
    [
        (
            {"limit": "100", "offset": "0"},
            {},
            "limit=100&offset=0",
            "host;x-sdk-date",
            "d4c05a0c0bd48fb77746f0de3fdffc94a06c09c3c07ea9e93cd816f5c0c819f9",
        ),
        (
            {"name": "web server/é~*", "connected": "false", "state": "syncing", "limit": "100", "offset": "100"},
            {"X-Security-Token": "TOKEN==", "X-Project-Id": "0123456789abcdef0123456789abcdef"},
            "connected=false&limit=100&name=web%20server%2F%C3%A9~%2A&offset=100&state=syncing",
            "host;x-project-id;x-sdk-date;x-security-token",
            "be6c30fb88e1a828a8502242999dc863863bea1cec5d22b273ecd6ef45b3333e",
        ),
    ],
    ids=["permanent key", "temporary key with a project"],
)
def test_the_vendors_published_vectors_are_met(parameters, extra_headers, query, signed_headers, signature):
    assert canonical_query(list(parameters.items())) == query
    headers = {"Host": HOST, "X-Sdk-Date": DATE, **extra_headers}
    assert authorization(ACCESS_KEY, SECRET_KEY, "GET", "/v3/sources", query, headers, b"") == (
        f"SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders={signed_headers}, Signature={signature}"
    )


class VendorCredentials:
    ak = ACCESS_KEY
    sk = SECRET_KEY


@pytest.mark.slow
@examples(max_examples=300, deadline=None)
@given(
    filters=st.dictionaries(st.sampled_from(sorted(FILTER_SPEC)), texts),
    host=st.sampled_from([HOST, "127.0.0.1:8443", "[::1]:8443"]),
    path=st.sampled_from(["/v3/sources", "/v3/sources/", "/prefix/with%20space/v3/sources", "/~a/b-c_d.e/v3/sources"]),
    security_token=st.none() | header_values,
    project_id=st.none() | header_values,
)
def test_every_request_is_signed_and_sent_as_the_vendors_sdk_does_it(filters, host, path, security_token, project_id):
    parameters = {**filters, "limit": "200", "offset": "0"}
    auth = KeyAuth(ACCESS_KEY, SECRET_KEY, security_token, project_id)
    url = f"https://{host}{path}?{canonical_query(list(parameters.items()))}"
    ours = requests.Request("GET", url, auth=auth).prepare()

    names = [
        "Host",
        "X-Sdk-Date",
        *(["X-Security-Token"] if security_token else []),
        *(["X-Project-Id"] if project_id else []),
    ]
    theirs = SdkRequest(
        method="GET",
        schema="https",
        host=host,
        resource_path=path,
        query_params=list(parameters.items()),
        header_params={name: ours.headers[name] for name in names},
        body="",
    )
    Signer(VendorCredentials).sign(theirs)
    assert ours.headers["Authorization"] == theirs.header_params["Authorization"]
    assert ours.headers["Host"] == host
    assert ours.path_url == theirs.uri


@pytest.mark.parametrize(("scheme", "port"), [("https", ":443"), ("https", ""), ("http", ":80"), ("http", "")])
def test_a_default_port_is_not_part_of_the_signed_host(scheme, port):
    request = requests.Request(
        "GET", f"{scheme}://{HOST}{port}/v3/sources", auth=KeyAuth(ACCESS_KEY, SECRET_KEY)
    ).prepare()
    assert request.headers["Host"] == HOST


def test_a_query_is_sent_in_the_spelling_that_is_signed():
    request = requests.Request(
        "GET", f"https://{HOST}/v3/sources?state=a+b&name=c/d&limit=", auth=KeyAuth(ACCESS_KEY, SECRET_KEY)
    ).prepare()
    assert request.path_url == "/v3/sources?limit=&name=c%2Fd&state=a%20b"


@pytest.mark.parametrize("value", HOSTILE_VALUES)
@pytest.mark.parametrize("name", ["name", "vm_id"])
def test_the_service_accepts_signed_requests_whatever_characters_a_filter_has(emulator, name, value):
    assert listed(key_options(emulator), **{name: value}) == []
    (request,) = emulator.requests()
    assert [name, value] in request["query"]
    assert request["status"] == 200


def test_a_project_is_sent_and_signed_with_an_access_key(emulator):
    listed(key_options(emulator, project_id="0123456789abcdef0123456789abcdef"))
    (request,) = emulator.requests()
    assert request["headers"]["X-Project-Id"] == "0123456789abcdef0123456789abcdef"
    assert "SignedHeaders=host;x-project-id;x-sdk-date," in request["headers"]["Authorization"]


def test_a_temporary_access_key_works_with_its_security_token_and_no_other():
    with Emulator(security_token="TOKEN==/+") as emulator:
        assert len(listed(key_options(emulator, security_token="TOKEN==/+"))) == 10
        for options in (key_options(emulator), key_options(emulator, security_token="TOKEN==")):
            with pytest.raises(ApiError, match=r"HTTP 401, APIGW\.0301"):
                listed(options)


@pytest.mark.parametrize("kind", ["secret_key", "password"])
def test_a_secret_that_is_no_text_gives_a_clear_error(emulator, kind):
    no_text = os.fsdecode(b"caf\xe9")
    options = {"secret_key": key_options, "password": password_options}[kind](emulator, **{kind: no_text})
    with pytest.raises(SmsError, match=f"^{kind} holds bytes that are no UTF-8 text: copy it again.$"):
        listed(options)


def test_the_secret_key_is_never_sent(emulator):
    listed(key_options(emulator))
    assert emulator.account["secret_key"] not in json.dumps(emulator.requests())
