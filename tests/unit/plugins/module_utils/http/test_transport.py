# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How requests travel: connections, waits and retries, proxies, redirects and TLS."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import TRANSIENT_STATUSES, ApiError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._argument_spec import CONNECTION_SPEC
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import (
    closed_port,
    congested_port,
    ids,
    password_options,
    server_records,
    settings,
    silent_port,
    site,
)

RETRIES = CONNECTION_SPEC["retries"]["default"]
BEYOND_THE_LOOPBACK = {"endpoint": "http://sms.example.com", "token": "TOKEN", "validate_certs": False}


def listed(concurrency=1, **options):
    with Client(settings(**options), concurrency) as client:
        return _source_servers.list_servers(client, Query({}))


@pytest.fixture
def connection(emulator):
    return {"endpoint": emulator.url, "token": emulator.token}


def pages_of(count):
    """A web server's answers: pages of a list of so many servers."""
    records = server_records(count)

    def answer(request):
        query = parse_qs(urlsplit(request.path).query)
        limit, offset = int(query["limit"][0]), int(query["offset"][0])
        return 200, {}, json.dumps({"count": count, "source_servers": records[offset : offset + limit]})

    return answer


# Connections


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_listing_uses_no_more_connections_than_there_are_pages_in_flight(concurrency):
    with site(pages_of(2000)) as server:
        assert len(listed(concurrency, endpoint=server.url, token="TOKEN")) == 2000
        assert len(server.seen) == 11
        assert server.connections <= concurrency


def test_no_more_pages_are_in_flight_than_asked_for(emulator, connection):
    emulator.replace_fleet(server_records(2000))
    emulator.set(latency=0.02)
    listed(3, **connection)
    assert max(request["in_flight"] for request in emulator.requests()) <= 3


def test_a_connection_that_cannot_be_made_in_time_is_given_up():
    with congested_port() as url, pytest.raises(ApiError, match=r"no connection within 0\.2 seconds"):
        listed(endpoint=url, token="TOKEN", timeout=0.2, retries=0)


def test_an_answer_that_does_not_come_in_time_is_given_up():
    with silent_port() as url, pytest.raises(ApiError, match=r"no complete answer within 0\.2 seconds"):
        listed(endpoint=url, token="TOKEN", timeout=0.2, retries=0)


# Retries


@pytest.mark.parametrize("status", TRANSIENT_STATUSES)
def test_a_transient_failure_of_the_service_is_got_over(emulator, connection, waits, status):
    emulator.faults({"kind": "status", "status": status, "times": 2})
    assert len(listed(**connection)) == 10
    assert [request["status"] for request in emulator.requests()] == [status, status, 200]
    assert len(waits) == 2


@pytest.mark.parametrize("status", TRANSIENT_STATUSES)
def test_a_transient_failure_of_iam_is_got_over(emulator, waits, status):
    emulator.faults({"kind": "status", "status": status, "times": 1, "path": "/v3/auth/tokens"})
    assert len(listed(**password_options(emulator))) == 10
    assert len(waits) == 1


def test_a_connection_that_breaks_is_got_over(emulator, connection, waits):
    emulator.faults({"kind": "drop", "times": 2})
    assert len(listed(**connection)) == 10
    assert [request["status"] for request in emulator.requests()] == [None, None, 200]
    assert len(waits) == 2


def test_an_answer_that_breaks_off_is_asked_for_again(emulator, connection, waits):
    emulator.faults({"kind": "truncate", "times": 2})
    assert len(listed(**connection)) == 10
    assert len(emulator.requests()) == 3
    assert len(waits) == 2


def test_the_waits_double_with_a_random_part(emulator, connection, waits):
    emulator.faults({"kind": "status", "status": 503, "times": 9})
    assert len(listed(**connection, retries=9)) == 10
    longest = [min(0.5 * 2**number, 60) for number in range(9)]
    assert [limit / 2 <= wait <= limit for wait, limit in zip(waits, longest, strict=True)] == [True] * 9


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("7", 7),
        ("60", 60),
        ("61", 60),
        ("99999999999", 60),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 60),
    ],
)
@pytest.mark.parametrize("status", TRANSIENT_STATUSES)
def test_the_wait_that_the_service_asks_for_is_kept_up_to_a_minute(
    emulator, connection, waits, status, retry_after, wait
):
    emulator.faults({"kind": "status", "status": status, "retry_after": retry_after, "times": 1})
    assert len(listed(**connection)) == 10
    assert waits == [wait]


@pytest.mark.parametrize("retry_after", ["0", "-1", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT", "1e3"])
def test_a_wait_that_makes_no_sense_is_replaced_by_the_usual_one(emulator, connection, waits, retry_after):
    emulator.faults({"kind": "status", "status": 429, "retry_after": retry_after, "times": 1})
    assert len(listed(**connection)) == 10
    (wait,) = waits
    assert 0.25 <= wait <= 0.5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422])
def test_a_refusal_is_not_asked_for_again(emulator, connection, waits, status):
    emulator.faults({"kind": "status", "status": status})
    with pytest.raises(ApiError, match=f"HTTP {status}"):
        listed(**connection)
    assert len(emulator.requests()) == 1
    assert waits == []


@pytest.mark.parametrize("status", [413, 409])
def test_a_refusal_that_asks_for_a_wait_is_not_asked_for_again_either(emulator, connection, waits, status):
    emulator.faults({"kind": "status", "status": status, "retry_after": "7"})
    with pytest.raises(ApiError, match=f"HTTP {status}"):
        listed(**connection)
    assert len(emulator.requests()) == 1
    assert waits == []


@pytest.mark.parametrize("host", [".example.com", "*.example.com", "a..example.com"])
def test_an_address_that_cannot_be_asked_is_not_tried_again(waits, host):
    told = []
    options = settings(endpoint=f"https://{host}", token="TOKEN")
    with Client(options, progress=told.append) as client, pytest.raises(ApiError):
        _source_servers.list_servers(client, Query({}))
    assert told == []
    assert waits == []


@pytest.mark.parametrize("retries", [0, 3, 10])
@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "drop"}], ids=["failing", "breaking"])
def test_a_lasting_failure_ends_after_the_retries(emulator, connection, waits, fault, retries):
    emulator.faults(fault)
    with pytest.raises(ApiError, match=r"HTTP 503|broke off"):
        listed(**connection, retries=retries)
    assert len(emulator.requests()) == retries + 1
    assert len(waits) == retries


def test_answers_that_always_break_off_end_after_the_retries(emulator, connection, waits):
    emulator.faults({"kind": "truncate"})
    with pytest.raises(ApiError, match="broke off before the answer was complete"):
        listed(**connection)
    assert len(emulator.requests()) == RETRIES + 1


def test_a_refused_connection_is_tried_again_as_often_as_asked_for(waits):
    with pytest.raises(ApiError, match="the connection was refused"):
        listed(endpoint=closed_port(), token="TOKEN", retries=2)
    assert len(waits) == 2


# Proxies


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_used_beyond_the_loopback(monkeypatch, variable):
    with site() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert listed(**BEYOND_THE_LOOPBACK) == []
        assert [request["target"] for request in proxy.seen] == ["http://sms.example.com/v3/sources?limit=200&offset=0"]


def test_a_host_that_no_proxy_names_is_not_asked_through_the_proxy(monkeypatch, waits):
    with site() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "sms.invalid")
        with pytest.raises(ApiError, match="the host name cannot be resolved"):
            listed(**{**BEYOND_THE_LOOPBACK, "endpoint": "http://sms.invalid"})
        assert proxy.seen == []


def test_https_goes_through_the_proxy_as_a_tunnel(monkeypatch, waits):
    with site(lambda request: (403, {}, "")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(ApiError, match="the proxy could not be used"):
            listed(endpoint="https://sms.example.com", token="TOKEN", retries=0)
        assert [request["target"] for request in proxy.seen] == ["sms.example.com:443"]
        assert "TOKEN" not in str(proxy.seen)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3"])
def test_the_loopback_is_never_asked_through_a_proxy(emulator, monkeypatch, waits, host):
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(variable, "http://proxy.invalid:3128")
    endpoint = emulator.url.replace("127.0.0.1", host)
    if host == "127.1.2.3":
        # Nothing listens there.
        with pytest.raises(ApiError, match="the connection was refused"):
            listed(endpoint=endpoint, token=emulator.token, retries=0)
    else:
        assert len(listed(endpoint=endpoint, token=emulator.token)) == 10


# Credentials stay where they belong


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_other_host_is_not_asked(emulator, connection, status):
    with site() as other:
        emulator.faults({"kind": "redirect", "location": f"{other.url}/v3/sources", "status": status})
        with pytest.raises(ApiError, match=f"HTTP {status}: redirected to {other.url}/v3/sources"):
            listed(**connection)
        assert len(emulator.requests()) == 1
        assert other.connections == 0


def test_a_redirect_of_iam_is_not_followed_either(emulator):
    with site() as other:
        emulator.faults({"kind": "redirect", "location": other.url, "status": 307, "path": "/v3/auth/tokens"})
        with pytest.raises(ApiError, match=r"Could not get a token from IAM .*HTTP 307: redirected to"):
            listed(**password_options(emulator))
        assert other.connections == 0


def test_a_cookie_is_not_sent_back():
    answer = pages_of(250)
    with site(lambda request: (200, {"Set-Cookie": "session=1; Path=/"}, answer(request)[2])) as server:
        assert len(listed(endpoint=server.url, token="TOKEN")) == 250
        assert len(server.seen) == 2
        assert not [one for one in server.seen if "Cookie" in one["headers"]]


def test_a_netrc_file_is_ignored(emulator, monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login netrc-user password netrc-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    listed(endpoint=emulator.url, token=emulator.token)
    listed(**password_options(emulator))
    assert [request["status"] for request in emulator.requests()] == [200, 201, 200]
    assert not any("Authorization" in request["headers"] for request in emulator.requests())


# TLS


def test_a_certificate_of_an_authority_that_ca_path_names_is_trusted(tls, ca_file):
    with site(tls=tls()) as server:
        assert listed(endpoint=server.url, token="TOKEN", ca_path=ca_file) == []


def test_a_certificate_of_an_unknown_authority_is_refused(tls):
    with site(tls=tls()) as server:
        with pytest.raises(ApiError, match="the TLS connection failed"):
            listed(endpoint=server.url, token="TOKEN")
        assert server.seen == []


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ({"host": "sms.example.com"}, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ({"days": -1}, "certificate has expired"),
    ],
    ids=["wrong host", "expired"],
)
def test_a_bad_certificate_of_a_trusted_authority_is_refused(tls, ca_file, waits, certificate, reason):
    with site(tls=tls(**certificate)) as server:
        with pytest.raises(ApiError, match=reason):
            listed(endpoint=server.url, token="TOKEN", ca_path=ca_file)
        assert server.seen == []
        assert waits == []


@pytest.mark.parametrize("certificate", [{}, {"host": "sms.example.com"}, {"days": -1}])
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_no_certificate_is_refused_when_the_user_accepts_the_risk(tls, certificate):
    with site(tls=tls(**certificate)) as server:
        assert listed(endpoint=server.url, token="TOKEN", validate_certs=False) == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_the_options_win_over_the_environments_certificates(tls, ca_file, monkeypatch, tmp_path, variable):
    other = tmp_path / "empty.pem"
    other.write_text("")
    monkeypatch.setenv(variable, str(other))
    with site(tls=tls()) as server:
        assert listed(endpoint=server.url, token="TOKEN", ca_path=ca_file) == []
        assert listed(endpoint=server.url, token="TOKEN", validate_certs=False) == []


def test_ca_path_is_not_widened_by_the_environments_certificates(tls, ca_file, monkeypatch, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    with site(tls=tls()) as server, pytest.raises(ApiError, match="the TLS connection failed"):
        listed(endpoint=server.url, token="TOKEN", ca_path=str(other))


def test_the_listing_is_the_same_through_tls(tls, ca_file):
    with site(pages_of(1000), tls()) as server:
        assert ids(listed(endpoint=server.url, token="TOKEN", ca_path=ca_file)) == ids(server_records(1000))
        assert server.connections == 1
