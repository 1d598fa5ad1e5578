# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message that a request can end with, word for word."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._source_servers import list_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import (
    closed_port,
    congested_port,
    server_records,
    settings,
    silent_port,
    site,
)

REQUEST_ID = "4d1bfb2b0c8a4c6f"
WORDS = "What the service says."

REFUSED_TOKEN = "The credentials (a token, from the options token) were refused: they are wrong or have expired."
REFUSED_KEY = (
    "The credentials (an access key AK, from the options access_key, secret_key) were refused: they are wrong or have"
    " expired. Check this machine's clock too: a signature is valid for 15 minutes."
)
REFUSED_PASSWORD = (
    "The credentials (an IAM user's password, from the options username, password, domain_name) were refused: they are"
    " wrong or have expired."
)
NO_PERMISSION = (
    "The credentials (a token, from the options token) lack a permission: listing needs sms:server:list (identity"
    " policies) or sms:server:queryServer (roles and policies), which the system policy SMS ReadOnlyAccess has."
)
CLOCK = "The clock of this machine is off: a signed request must bear the right time, within 15 minutes."
WRONG_ADDRESS = "There is no such API at that address: check endpoint or region."
THROTTLED = "Throttled, also after 5 retries: try later."
SERVICE_FAILED = "The service failed, also after 5 retries: try later."
OTHER = "Check the options; the service's words say which one it refuses."
REDIRECT = "Redirects are not followed, since they would carry credentials along: check endpoint."
NOT_SMS = "Something other than SMS answered: check endpoint, and proxies in between."
DAMAGED = "Try again; if it stays so, check proxies in between."
NOT_THE_API = "Check that endpoint is SMS's; if it is, show this message to the vendor's support."
TLS = "Check endpoint; where the certificate is signed by an authority of your own, name it in ca_path."

PROXIES = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment."
FEW_REGIONS = (
    "SMS runs in a few regions only, such as ap-southeast-3 and cn-north-4, whatever region the servers migrate to."
)

DENIED = {
    "error_code": "SMS.9004",
    "error_msg": "Policy does not allow it.",
    "error_param": ["sms:server:list"],
    "details": [{"error_code": "SMS.9004", "error_msg": "The action sms:server:list is not allowed."}],
    "encoded_authorization_message": "opaque",
}

TOKEN = {"token": "TOKEN"}
EMULATOR_TOKEN = {"token": "emulator-token"}
KEYS = {"access_key": "AK", "secret_key": "SK"}
PASSWORD = {"username": "user", "password": "PASSWORD", "domain_name": "domain"}

SHAPES = ["sms", "iam", "camel", "code", "text"]

# HTTP status, code, and the advice: with a code, and where the body has none.
API_ERRORS = [
    (401, "APIGW.0301", REFUSED_TOKEN, REFUSED_TOKEN),
    (401, "APIGW.0307", REFUSED_TOKEN, REFUSED_TOKEN),
    (403, "APIGW.0302", NO_PERMISSION, NO_PERMISSION),
    (400, "SMS.0202", REFUSED_TOKEN, OTHER),
    (400, "SMS.0204", NO_PERMISSION, OTHER),
    (400, "SMS.0205", CLOCK, OTHER),
    (404, "APIGW.0101", WRONG_ADDRESS, WRONG_ADDRESS),
    (429, "APIGW.0308", THROTTLED, THROTTLED),
    (500, "SMS.0001", SERVICE_FAILED, SERVICE_FAILED),
    (502, "APIGW.0201", SERVICE_FAILED, SERVICE_FAILED),
    (503, "APIGW.0201", SERVICE_FAILED, SERVICE_FAILED),
    (504, "APIGW.0201", SERVICE_FAILED, SERVICE_FAILED),
]


def refusing(status, code, shape="sms", path="/v3/sources"):
    """The emulator, refusing every request like this."""

    @contextmanager
    def arrange(fixtures):
        fault = {"kind": "status", "status": status, "error_code": code, "error_msg": WORDS, "shape": shape}
        fixtures["emulator"].faults({**fault, "path": path})
        yield fixtures["emulator"].url

    return arrange


def listing_badly(faults=(), **emulator_settings):
    """The emulator with a list that cannot be proven complete."""

    @contextmanager
    def arrange(fixtures):
        fixtures["emulator"].replace_fleet(server_records(700))
        fixtures["emulator"].set(**emulator_settings)
        fixtures["emulator"].faults(*faults)
        yield fixtures["emulator"].url

    return arrange


def answering(status, text, **headers):
    """A web server that answers every request like this, as the emulator cannot."""

    @contextmanager
    def arrange(_fixtures):
        named = {"X-Request-Id": REQUEST_ID, **{name.replace("_", "-"): value for name, value in headers.items()}}
        with site(lambda request: (status, named, text)) as server:
            yield server.url

    return arrange


def at(url):
    """An address where nothing needs to be set up."""

    @contextmanager
    def arrange(_fixtures):
        yield url

    return arrange


def at_port(port):
    """A port that answers nothing, in one of several ways."""

    @contextmanager
    def arrange(_fixtures):
        with port() as url:
            yield url

    return arrange


@contextmanager
def at_closed_port(_fixtures):
    yield closed_port()


def through_tls(**certificate):
    """A web server with a certificate."""

    @contextmanager
    def arrange(fixtures):
        with site(tls=fixtures["tls"](**certificate)) as server:
            yield server.url

    return arrange


@contextmanager
def without_tls(_fixtures):
    """A web server that is asked for https and does not speak it."""
    with site() as server:
        yield server.url.replace("http:", "https:")


@contextmanager
def through_a_proxy_that_refuses(fixtures):
    with site(lambda request: (407, {}, "")) as proxy:
        fixtures["monkeypatch"].setenv("https_proxy", proxy.url)
        yield "https://sms.example.com"


@contextmanager
def through_a_proxy_that_is_away(fixtures):
    fixtures["monkeypatch"].setenv("https_proxy", closed_port())
    yield "https://sms.example.com"


def in_an_environment(**variables):
    """The environment says something about the way to the service."""

    @contextmanager
    def arrange(fixtures):
        for name, value in variables.items():
            fixtures["monkeypatch"].setenv(name, value)
        yield "https://sms.example.com"

    return arrange


@contextmanager
def breaking_off(_fixtures):
    """A web server that promises more than it sends."""
    with site(lambda request: (200, {"Content-Length": "1000", "Connection": "close"}, '{"count"')) as server:
        yield server.url


def listing(facts, advice, request_id=" Request ID: {request_id}."):
    return f"Could not list source servers at {{endpoint}}/v3/sources: {facts}.{request_id} {advice}"


def sign_in(facts, advice, request_id=" Request ID: {request_id}."):
    return f"Could not get a token from IAM at {{endpoint}}/v3/auth/tokens: {facts}.{request_id} {advice}"


def incomplete(reason):
    return (
        "The list of source servers at {endpoint} could not be proven complete in 5 attempts:"
        f" {reason}. Nothing is listed rather than a part. The list may be changing faster than it can be read:"
        " try again, or narrow the query with filters."
    )


def api_errors():
    for (status, code, advice, advice_without_code), shape in itertools.product(API_ERRORS, SHAPES):
        if shape == "text":
            message = listing(f"HTTP {status}: {code}: What the service says", advice_without_code)
        else:
            message = listing(f"HTTP {status}, {code}: What the service says", advice)
        yield f"{status} {code} as {shape}", (refusing(status, code, shape), TOKEN, message)


# How it comes about, the options beside endpoint and auth_url, and the message.
MESSAGES = {
    **dict(api_errors()),
    # the same refusals with other credentials
    "a refused access key": (
        refusing(401, "APIGW.0301"),
        KEYS,
        listing("HTTP 401, APIGW.0301: What the service says", REFUSED_KEY),
    ),
    "a refused access key, as SMS says it": (
        refusing(400, "SMS.0202"),
        KEYS,
        listing("HTTP 400, SMS.0202: What the service says", REFUSED_KEY),
    ),
    "a refused password": (
        refusing(401, 401, "iam", "/v3/auth/tokens"),
        PASSWORD,
        sign_in("HTTP 401: What the service says", REFUSED_PASSWORD),
    ),
    "an IAM that is not at auth_url": (
        answering(404, "Not found"),
        PASSWORD,
        sign_in(
            "HTTP 404: Not found",
            "There is no such API at that address, or no such project: check project_id, project_name, auth_url or"
            " region.",
        ),
    ),
    "a project that IAM does not let the user into": (
        answering(403, '{"error": {"code": 403, "message": "Not allowed."}}'),
        PASSWORD,
        sign_in(
            "HTTP 403: Not allowed",
            "The credentials (an IAM user's password, from the options username, password, domain_name) may not be used"
            " here: check project_id, project_name and the user.",
        ),
    ),
    "an answer of IAM's without a token": (
        answering(201, "{}"),
        PASSWORD,
        sign_in("HTTP 201: no token came with the answer", "Check that auth_url is IAM's."),
    ),
    "a web page in place of IAM": (
        answering(200, "<html>Sign in to the network</html>"),
        PASSWORD,
        sign_in("HTTP 200: no token came with the answer", "Check that auth_url is IAM's."),
    ),
    "a request ID as IAM calls it": (
        answering(401, '{"error": {"code": 401, "message": "Wrong."}}', X_Request_Id="", X_IAM_Trace_Id="trace"),
        PASSWORD,
        sign_in("HTTP 401: Wrong", REFUSED_PASSWORD, " Request ID: trace."),
    ),
    # other bodies of errors
    "an error without a body": (
        answering(500, ""),
        TOKEN,
        listing("HTTP 500: no explanation was given", SERVICE_FAILED),
    ),
    "an error without words": (
        answering(500, '{"error_code": "SMS.0001"}'),
        TOKEN,
        listing("HTTP 500, SMS.0001: no explanation was given", SERVICE_FAILED),
    ),
    "an error without a request ID": (
        answering(500, "{}", X_Request_Id=""),
        TOKEN,
        listing("HTTP 500: no explanation was given", SERVICE_FAILED, ""),
    ),
    "an error whose words are no text": (
        answering(500, '{"error_code": 7, "error_msg": null}'),
        TOKEN,
        listing("HTTP 500, 7: no explanation was given", SERVICE_FAILED),
    ),
    "an error that is a list": (answering(500, "[1, 2]"), TOKEN, listing("HTTP 500: [1, 2]", SERVICE_FAILED)),
    "an error with line breaks and control characters": (
        answering(500, '{"error_msg": "one\\r\\ntwo\\u001b[31m\\tthree"}'),
        TOKEN,
        listing("HTTP 500: one two[31m three", SERVICE_FAILED),
    ),
    "a very long error": (
        answering(500, "word " * 1000),
        TOKEN,
        listing(f"HTTP 500: {'word ' * 60}…", SERVICE_FAILED),
    ),
    "a status that nobody knows": (
        refusing(418, "SMS.0418"),
        TOKEN,
        listing("HTTP 418, SMS.0418: What the service says", OTHER),
    ),
    "a refusal of SMS's own": (
        answering(403, json.dumps(DENIED)),
        TOKEN,
        listing(
            "HTTP 403, SMS.9004: Policy does not allow it. The action sms:server:list is not allowed", NO_PERMISSION
        ),
    ),
    # redirects
    "a redirect": (
        answering(302, "", Location="https://elsewhere.example.com/v3/sources"),
        TOKEN,
        listing("HTTP 302: redirected to https://elsewhere.example.com/v3/sources", REDIRECT),
    ),
    "a redirect to nowhere": (answering(301, ""), TOKEN, listing("HTTP 301: redirected to nowhere", REDIRECT)),
    # answers that are no list
    "a sign-in page": (
        answering(200, "<!DOCTYPE html>\n<h1>Sign in</h1>\n", Content_Type="text/html"),
        TOKEN,
        listing("HTTP 200: the answer is not JSON but text/html, beginning: <!DOCTYPE html> <h1>Sign in</h1>", NOT_SMS),
    ),
    "JSON that is cut off": (
        answering(200, '{"count": 1, "source_'),
        TOKEN,
        listing("HTTP 200: the answer's JSON is damaged or cut off (21 bytes arrived)", DAMAGED),
    ),
    "an empty answer": (
        answering(200, ""),
        TOKEN,
        listing("HTTP 200: the answer's JSON is damaged or cut off (0 bytes arrived)", DAMAGED),
    ),
    "an answer that breaks off": (
        breaking_off,
        TOKEN,
        listing(
            "the connection broke off before the answer was complete", DAMAGED.replace("; if it stays so,", ";"), ""
        ),
    ),
    "JSON that is no object": (
        answering(200, "[]"),
        TOKEN,
        listing("unexpected answer: the JSON is no object", NOT_THE_API),
    ),
    "JSON without a count": (
        answering(200, '{"source_servers": []}'),
        TOKEN,
        listing("unexpected answer: count is missing or no number", NOT_THE_API),
    ),
    "JSON without servers": (
        answering(200, '{"count": 0}'),
        TOKEN,
        listing("unexpected answer: source_servers is missing or no list", NOT_THE_API),
    ),
    "a server without id": (
        answering(200, '{"count": 1, "source_servers": [{}]}'),
        TOKEN,
        listing("unexpected answer: record 0 of source_servers has no id", NOT_THE_API),
    ),
    # lists that are not complete
    "fewer servers than announced": (
        listing_badly(count_bias=1),
        EMULATOR_TOKEN,
        incomplete("701 were announced, but 700 different ones arrived"),
    ),
    "pages shorter than asked for": (
        listing_badly(page_cap=100),
        EMULATOR_TOKEN,
        incomplete("700 were announced, but 100 different ones arrived"),
    ),
    "servers that go while they are listed": (
        listing_badly(
            [
                {"kind": "vanish", "position": 699 - number, "n": 1, "skip": 4 * number + 3, "times": 1}
                for number in range(5)
            ]
        ),
        EMULATOR_TOKEN,
        incomplete("their number changed between 695 and 696 while they were read"),
    ),
    # no answer at all
    "a host name that does not exist": (
        at("https://sms.invalid"),
        TOKEN,
        listing(
            "the host name cannot be resolved",
            f"Check endpoint or region for a typing error, and this machine's DNS. {FEW_REGIONS}",
            "",
        ),
    ),
    "an IAM host name that does not exist": (
        at("https://iam.invalid"),
        PASSWORD,
        sign_in(
            "the host name cannot be resolved",
            f"Check auth_url or region for a typing error, and this machine's DNS. {FEW_REGIONS}",
            "",
        ),
    ),
    "an address that cannot be asked": (
        at("https://.example.com"),
        TOKEN,
        listing("no host can have that name", "Check endpoint for a typing error.", ""),
    ),
    "a port where nothing listens": (
        at_closed_port,
        TOKEN,
        listing("the connection was refused", "Check endpoint and its port, and firewalls in between.", ""),
    ),
    "a host that does not accept in time": (
        at_port(congested_port),
        {**TOKEN, "timeout": 0.2, "retries": 0},
        listing("no connection within 0.2 seconds", "Check endpoint, the network and firewalls in between.", ""),
    ),
    "a host that does not answer in time": (
        at_port(silent_port),
        {**TOKEN, "timeout": 0.2, "retries": 0},
        listing("no complete answer within 0.2 seconds", "Check proxies in between, or raise timeout.", ""),
    ),
    "a certificate of an unknown authority": (
        through_tls(),
        TOKEN,
        listing("the TLS connection failed (unable to get local issuer certificate)", TLS, ""),
    ),
    "a certificate of another host": (
        through_tls(host="sms.example.com"),
        {**TOKEN, "ca_path": "the authority's"},
        listing(
            "the TLS connection failed (IP address mismatch, certificate is not valid for '127.0.0.1')",
            TLS,
            "",
        ),
    ),
    "a certificate that has expired": (
        through_tls(days=-1),
        {**TOKEN, "ca_path": "the authority's"},
        listing("the TLS connection failed (certificate has expired)", TLS, ""),
    ),
    "a host that does not speak TLS": (
        without_tls,
        TOKEN,
        listing("the TLS connection failed (WRONG_VERSION_NUMBER)", TLS, ""),
    ),
    "a proxy that refuses": (
        through_a_proxy_that_refuses,
        TOKEN,
        listing("the proxy could not be used", "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment.", ""),
    ),
    "a proxy of the kind SOCKS without PySocks": (
        in_an_environment(https_proxy="socks5://127.0.0.1:1080"),
        TOKEN,
        listing(
            "the proxy of the environment needs the Python library PySocks", f"Install PySocks, or c{PROXIES[1:]}", ""
        ),
    ),
    "a proxy whose port is a word": (
        in_an_environment(https_proxy="http://127.0.0.1:notaport"),
        TOKEN,
        listing("the proxy of the environment has no usable address", PROXIES, ""),
    ),
    "a proxy without a host": (
        in_an_environment(https_proxy="http://user:SECRET@"),
        TOKEN,
        listing("the proxy of the environment has no usable address", PROXIES, ""),
    ),
    "certificates of the environment that are not there": (
        in_an_environment(REQUESTS_CA_BUNDLE="/nonexistent"),
        TOKEN,
        listing(
            "the certificates that the environment variable REQUESTS_CA_BUNDLE names do not exist",
            "Correct or unset REQUESTS_CA_BUNDLE, or set ca_path.",
            "",
        ),
    ),
    "a proxy that is away": (
        through_a_proxy_that_is_away,
        TOKEN,
        listing("the proxy could not be used", "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment.", ""),
    ),
}


@pytest.mark.parametrize(("arrange", "options", "message"), MESSAGES.values(), ids=MESSAGES)
def test_the_message_is(arrange, options, message, emulator, tls, ca_file, monkeypatch, waits):
    if "ca_path" in options:
        options = {**options, "ca_path": ca_file}
    with (
        arrange({"emulator": emulator, "tls": tls, "monkeypatch": monkeypatch}) as url,
        Client(settings(endpoint=url, auth_url=url, **options)) as client,
        pytest.raises(SmsError) as error,
    ):
        list_servers(client, Query({}))
    request_ids = [request["request_id"] for request in emulator.requests()] or [REQUEST_ID]
    assert str(error.value) == message.replace("{endpoint}", url).replace("{request_id}", request_ids[-1])
