# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys of the agency of an ECS, as the emulator's metadata service gives them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import describe_account
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._source_servers import list_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    ApiError,
    DeadlineError,
    OptionsError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _agency
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _endpoints
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import settings, silent_port
from huaweicloudsdkcore.auth.internal import MetadataAccessor

KEYS = "/openstack/latest/securitykey"
TOKEN = "/meta-data/latest/api/token"
PROJECT = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def metadata(emulator, monkeypatch):
    monkeypatch.setattr(_agency, "METADATA_ENDPOINT", emulator.url)
    return emulator


def client_of(emulator, **options):
    return Client(settings(endpoint=emulator.url, ecs_agency=True, **options), 4)


def paths(emulator):
    return [(request["method"], request["path"], request["status"]) for request in emulator.requests()]


def test_requests_are_signed_with_the_keys_of_the_agency(metadata):
    with client_of(metadata, project_id=PROJECT) as client:
        assert len(list_servers(client, Query({}))) == 10
    asked, listed, *_rest = metadata.requests()
    assert (asked["path"], listed["path"]) == (KEYS, "/v3/sources")
    assert not {"Authorization", "X-Auth-Token", "X-Security-Token"} & asked["headers"].keys()
    assert listed["headers"]["X-Project-Id"] == PROJECT
    assert listed["headers"]["X-Security-Token"]


def test_keys_are_requested_once_for_all_requests_at_a_time(metadata):
    with client_of(metadata) as client, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: client.get("/v3/sources", {}), range(8)))
    assert paths(metadata).count(("GET", KEYS, 200)) == 1


def test_keys_are_renewed_before_they_expire(metadata):
    metadata.set(token_lifetime=_agency._MARGIN - 1)
    with client_of(metadata) as client:
        for _look in range(3):
            client.get("/v3/sources", {})
    assert [path for _method, path, _status in paths(metadata)] == [KEYS, "/v3/sources"] * 3


def test_keys_that_are_refused_are_renewed(metadata):
    with client_of(metadata) as client:
        client.get("/v3/sources", {})
        metadata.advance(3600)
        client.get("/v3/sources", {})
    assert [one[1:] for one in paths(metadata)] == [
        (KEYS, 200),
        ("/v3/sources", 200),
        ("/v3/sources", 401),
        (KEYS, 200),
        ("/v3/sources", 200),
    ]


def test_newer_images_are_asked_for_a_token_first(metadata):
    metadata.set(metadata_token=True)
    with client_of(metadata) as client:
        client.get("/v3/sources", {})
    assert paths(metadata)[:3] == [("GET", KEYS, 401), ("PUT", TOKEN, 200), ("GET", KEYS, 200)]


def test_the_vendors_own_client_gets_the_same_keys(metadata, monkeypatch):
    monkeypatch.setattr(MetadataAccessor, "_METADATA_ENDPOINT", metadata.url)
    metadata.set(metadata_token=True)
    theirs = MetadataAccessor().get_credential()
    with client_of(metadata) as client:
        client.get("/v3/sources", {})
    sent = metadata.requests()[-1]["headers"]
    assert sent["X-Security-Token"] == theirs.security_token
    assert f"Access={theirs.access}," in sent["Authorization"]


def failure(client, **options):
    with pytest.raises(ApiError) as caught:
        client.get("/v3/sources", {}, **options)
    return str(caught.value)


@pytest.mark.parametrize("image_has_tokens", [True, False])
def test_an_ecs_without_an_agency_says_so(metadata, image_has_tokens):
    metadata.set(agency=False)
    if not image_has_tokens:
        metadata.faults({"kind": "status", "status": 404, "path": TOKEN})
    with client_of(metadata) as client:
        message = failure(client)
    assert "HTTP 401: Please configure Cloud Service Agency first" in message
    assert message.endswith(
        "an ECS that has an agency. Check both in the ECS console, or use another kind of credentials."
    )


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"credential": null}',
        '{"credential": {"access": "a", "secret": "b", "securitytoken": "c"}}',
        '{"credential": {"access": "a", "secret": "b", "securitytoken": "c", "expires_at": "soon"}}',
        '{"credential": {"access": "a\\nb", "secret": "b", "securitytoken": "c",'
        ' "expires_at": "2026-01-01T00:00:00.000000Z"}}',
    ],
)
def test_an_answer_without_keys_is_one_message(metadata, body):
    metadata.faults({"kind": "body", "text": body, "path": KEYS})
    with client_of(metadata) as client:
        assert "its answer holds no keys as documented. ecs_agency works on an ECS" in failure(client)


def test_a_machine_that_is_no_ecs_says_so(emulator, monkeypatch):
    monkeypatch.setattr(_agency, "_TIMEOUT", 0.2)
    with silent_port() as address:
        monkeypatch.setattr(_agency, "METADATA_ENDPOINT", address)
        with client_of(emulator, retries=0) as client:
            message = failure(client)
    assert message.startswith("Could not get temporary keys from the metadata service of this ECS at http://127.0.0.1:")
    assert message.endswith("or use another kind of credentials.")
    assert emulator.requests() == []


def test_a_deadline_of_the_caller_stays_its_own(emulator, monkeypatch):
    with silent_port() as address:
        monkeypatch.setattr(_agency, "METADATA_ENDPOINT", address)
        with client_of(emulator) as client, pytest.raises(DeadlineError, match=r"0\.2 seconds"):
            client.get("/v3/sources", {}, deadline=Deadline(0.2))


def test_no_message_shows_what_the_service_gave(metadata):
    with client_of(metadata) as client:
        client.get("/v3/sources", {})
        sent = metadata.requests()[-1]["headers"]["X-Security-Token"]
        metadata.faults({"kind": "status", "status": 400, "error_msg": f"bad: {sent}"})
        message = failure(client)
    assert sent not in message
    assert "not shown, since it repeats a credential" in message


def test_the_account_is_known_by_the_agency_and_the_project(metadata):
    given = settings(endpoint=metadata.url, ecs_agency=True, project_id=PROJECT)
    assert given.identity == {"ecs_agency": "true", "project_id": PROJECT}
    with Client(given) as client:
        assert describe_account(client) == f"{metadata.url} (the agency of this ECS, project {PROJECT})"


def test_an_agency_beside_other_credentials_is_refused():
    with pytest.raises(OptionsError, match=r"\(token, ecs_agency\): keep one"):
        settings(region="ap-southeast-3", ecs_agency=True, token="x").credentials()


def test_no_agency_is_no_kind_of_credentials():
    assert settings(region="ap-southeast-3", ecs_agency=False, token="x").credentials().values == {"token": "x"}
    with pytest.raises(OptionsError, match="ecs_agency: true"):
        settings(region="ap-southeast-3", ecs_agency=False).credentials()


def test_the_metadata_service_is_never_asked_through_a_proxy():
    assert _endpoints.is_reached_directly("169.254.169.254")
    assert not _endpoints.is_reached_directly("192.0.2.1")
