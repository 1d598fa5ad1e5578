# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A modifying request is sent once, except after throttling and a refused connection."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import ApiError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client, _retries
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import (
    closed_port,
    key_options,
    password_options,
    settings,
    site,
)

TASK = "/v3/tasks/t/action"
BODY = {"operation": "test"}
THROTTLED = (429, {}, '{"error_code": "APIGW.0308", "error_msg": "Throttled."}')


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.01)


def send(url, method="POST", **options):
    with _client.Client(settings(endpoint=url, token="t", **options)) as client:
        return client.modify(method, TASK, BODY if method == "POST" else None)


def responses(*script):
    """A service with these responses, one after the other, and then the last one for every request."""
    remaining = list(script)
    return lambda _request: remaining.pop(0) if len(remaining) > 1 else remaining[0]


@pytest.mark.parametrize("text", ["{}", "", '"done"', '{"id": "t"}'])
def test_a_response_is_an_object_a_text_or_nothing(text):
    with site(responses((200, {}, text))) as service:
        send(service.url)
    assert [(one["target"], one["body"]) for one in service.seen] == [(TASK, '{"operation": "test"}')]


def test_what_is_throttled_is_sent_again():
    with site(responses(THROTTLED, THROTTLED, (200, {}, "{}"))) as service:
        send(service.url)
    assert len(service.seen) == 3


def test_what_stays_throttled_was_certainly_not_done():
    with site(responses(THROTTLED)) as service, pytest.raises(ApiError, match="Throttled") as raised:
        send(service.url, retries=2)
    assert (len(service.seen), raised.value.failure.unprocessed) == (3, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "response",
    [
        (500, {}, "{}"),
        (502, {}, "{}"),
        (503, {"Retry-After": "1"}, "{}"),
        (504, {}, "{}"),
        (408, {}, "{}"),
        (200, {"Content-Length": "100"}, "{"),
        (200, {}, '{"id": '),
        (200, {"Content-Type": "text/html"}, "<html>Sign in</html>"),
        (302, {"Location": "http://127.0.0.1:1/"}, ""),
    ],
)
def test_what_may_have_been_done_is_not_sent_again(method, response):
    with site(responses(response)) as service, pytest.raises(ApiError) as raised:
        send(service.url, method, timeout=1)
    assert (len(service.seen), raised.value.failure.unprocessed) == (1, False)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_what_is_refused_was_certainly_not_done(status):
    with site(responses((status, {}, "{}"))) as service, pytest.raises(ApiError) as raised:
        send(service.url)
    assert (len(service.seen), raised.value.failure.unprocessed) == (1, True)


def test_a_connection_that_is_refused_is_tried_again_and_carried_nothing():
    with pytest.raises(ApiError, match="refused") as raised:
        send(closed_port(), retries=1)
    assert raised.value.failure.unprocessed


def test_what_changes_something_is_not_sent_again_with_another_token(emulator):
    with _client.Client(settings(**password_options(emulator))) as client:
        client.get("/v3/tasks", {})
        emulator.expire_tokens()
        with pytest.raises(ApiError, match="401") as raised:
            client.modify("POST", TASK, BODY)
    assert (len(emulator.changes()), raised.value.failure.unprocessed) == (1, True)


def test_what_is_sent_is_signed(emulator):

    with _client.Client(settings(**key_options(emulator))) as client:
        client.modify("POST", "/v3/privacy-agreements", {})
    assert [one["status"] for one in emulator.changes()] == [200]
