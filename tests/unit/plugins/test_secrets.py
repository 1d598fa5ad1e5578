# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is shown: not by Ansible's programs at the highest verbosity, not in the cache, not in an exception."""

from __future__ import annotations

import html
import json
import ssl
import sys
from urllib.parse import quote

import pytest
import trustme
import yaml
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client, _redaction
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import programs
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import settings, site

# Each secret has a core of plain letters, which is found in whatever spelling the secret is shown.
TOKEN = "CoreOfTheToken+/=="
SECRET_KEY = "CoreOfTheSecretKey+/\"'"
SECURITY_TOKEN = "CoreOfTheSecurityToken+/=="
PASSWORD = "CoreOfThePassword\"' <&>\\+%/"
LINK = "https://obs.example.com/log?Signature=CoreOfTheLink"
CORES = ["CoreOfTheToken", "CoreOfTheSecretKey", "CoreOfTheSecurityToken", "CoreOfThePassword", "CoreOfTheLink"]

ACCESS_KEY = "ACCESSKEY00000000000"
USER = {"username": "emulator-user", "password": PASSWORD, "domain_name": "emulator-domain"}
KINDS = {
    "token": {"token": TOKEN},
    "access key": {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY},
    "temporary access key": {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "security_token": SECURITY_TOKEN},
    "password": USER,
}


def all_of(request):
    """All that was asked, what matters first."""
    seen = request.server.seen[-1]
    return json.dumps([seen["body"], dict(reversed(seen["headers"].items())), seen["target"]])


def echo(status):
    """Answers that hold all that was asked, and are no JSON."""
    return lambda request: (status, {"Content-Type": "text/html"}, f"<pre>{all_of(request)}</pre>")


def echo_as_error(request):
    """An error of the API whose words hold all that was asked."""
    return 500, {}, json.dumps({"error_code": "SMS.0001", "error_msg": all_of(request)})


def echo_as_redirect(request):
    """A redirect to an address that holds a credential."""
    headers = request.server.seen[-1]["headers"]
    credential = headers.get("X-Auth-Token") or headers.get("X-Security-Token") or request.server.seen[-1]["body"]
    return 302, {"Location": f"https://elsewhere.example.com/?credential={quote(credential, safe='')}"}, ""


def add_link(emulator):
    """Give one of the emulator's servers links that grant access."""
    server = emulator.fleet()[0]["id"]
    task = {"id": "task", "state": "RUNNING", "log_share_url": LINK}
    emulator.change_fleet(update={server: {"current_task": task, "log_share_url": LINK}})


@pytest.fixture
def services():
    """The emulator of each kind of credentials: one for temporary keys, and one for the others."""
    known = {"token": TOKEN, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "password": PASSWORD}
    with Emulator(**known) as lasting, Emulator(**known, security_token=SECURITY_TOKEN) as temporary:
        for emulator in (lasting, temporary):
            add_link(emulator)
            emulator.faults(
                {"kind": "status", "status": 401, "error_code": "APIGW.0301", "error_msg": "No.", "path": "/refused/"},
                {"kind": "status", "status": 503, "path": "/failing/"},
            )
        yield {kind: temporary if "security_token" in given else lasting for kind, given in KINDS.items()}


@pytest.fixture
def echoes():
    """Servers that show in their answers what they were asked, and one whose certificate nobody trusts."""
    untrusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(untrusted)
    with (
        site(echo(500)) as error_page,
        site(echo(200)) as web_page,
        site(echo_as_error) as error,
        site(echo_as_redirect) as redirect,
        site(tls=untrusted) as distrusted,
    ):
        yield [error, redirect, distrusted, error_page, web_page]


def connections(kind, services, echoes, ways=7):
    """The connection options that succeed with a kind of credentials, and those that fail in each way, at SMS and IAM.

    There are five echoes, a refusal and a service that is out of order.
    """
    service = services[kind]
    endpoints = [*(server.url for server in echoes), f"{service.url}/refused", f"{service.url}/failing"][:ways]
    common = {**KINDS[kind], "retries": 0}
    good = {**common, "endpoint": service.url, "auth_url": service.auth_url}
    bad = [{**common, "endpoint": url, "auth_url": service.auth_url} for url in endpoints]
    if "password" in common:
        bad += [{**common, "endpoint": service.url, "auth_url": url} for url in endpoints]
    return good, bad


def run(folder, program, *arguments):
    """What a program of Ansible's writes at the highest verbosity, without white space."""
    done = programs.run(folder, program, "-vvvvv", *arguments, ANSIBLE_PYTHON_INTERPRETER=sys.executable)
    # Long lines are broken anywhere.
    return "".join((done.stdout + done.stderr).split())


def shown(text, cores=tuple(CORES)):
    """The secrets that a text shows, each with what stands around it."""
    return [text[max(0, place - 80) : place + 80] for core in cores if (place := text.find(core)) >= 0]


def tokens_sent(services, echoes):
    """The tokens that any server was sent, those that IAM issued among them."""
    requests = [request for service in services.values() for request in service.requests()]
    requests += [request for server in echoes for request in server.seen]
    return {request["headers"]["X-Auth-Token"] for request in requests if "X-Auth-Token" in request["headers"]}


@pytest.mark.slow
def test_the_inventory_shows_no_secret(services, echoes, tmp_path):
    cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    both = [connections(kind, services, echoes) for kind in KINDS]
    good, bad = [good for good, _bad in both], [options for _good, bad in both for options in bad]
    sources = []
    for number, options in enumerate([*good, *bad]):
        source = tmp_path / f"{number}.yml"
        # Each has variables of its own.
        own = {"hostvars_prefix": f"from_{number}_", "checks": "all"}
        source.write_text(yaml.safe_dump({"plugin": "huaweicloud.sms.source_servers", **own, **cache, **options}))
        sources += ["-i", source]
    first, second = (run(tmp_path, "inventory", *sources, "--list") for _run in ("without a cache", "with one"))
    cached = [path.read_text().replace("\\", "") for path in (tmp_path / "cache").iterdir()]

    assert first.count("Couldnot") >= len(bad)
    for number in range(len(good)):
        assert f"from_{number}_state" in first
        assert f"from_{number}_state" in second
    assert len([text for text in cached if '"content": {"records": [{"' in text]) == len(good)
    written = first + second + "".join(cached)
    assert shown(written) == []
    assert shown(written, tokens_sent(services, echoes)) == []


def play(folder, tasks, **variables):
    """What tasks print at the highest verbosity; Ansible shows lines of the playbook, in which no variable is."""
    (folder / "vars.json").write_text(json.dumps(variables))
    playbook = folder / "playbook.yml"
    playbook.write_text(
        json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}])
    )
    return run(folder, "playbook", "-i", "localhost,", "-e", f"@{folder / 'vars.json'}", playbook)


# Echoes as they are and escaped, which the masking of modules does not know, and a request without a response. Each
# failure takes a process here, and its message is the exception's text, looked at below for all of them.
FEW_WAYS = 3
WAYS = [1, pytest.param(FEW_WAYS, marks=pytest.mark.exhaustive)]


@pytest.mark.slow
@pytest.mark.parametrize("ways", WAYS)
def test_the_module_shows_no_secret(services, echoes, tmp_path, ways):
    both = [connections(kind, services, echoes, ways) for kind in KINDS]
    given = [options for good, bad in both for options in (good, *bad)]
    call = "huaweicloud.sms.source_server_info"
    tasks = [
        {call: {name: f"{{{{ connections[{number}].{name} }}}}" for name in options}, "ignore_errors": True}
        for number, options in enumerate(given)
    ]
    written = play(tmp_path, tasks, connections=given)

    assert written.count("Couldnot") >= sum(len(bad) for _good, bad in both)
    assert written.count('"count":10') >= len(both)
    # The records are given as they are, links and all.
    assert shown(written, [core for core in CORES if core != "CoreOfTheLink"]) == []
    assert shown(written, tokens_sent(services, echoes)) == []


NOTHING = {"meta": "noop"}
# What a user may give in place of a kind's connection, whose secret is `secret`.
MISTAKES = [
    "{{ good | combine({'regoin': 'x'}) }}",
    "{{ good | combine({'timeout': 'soon'}) }}",
    "{{ good | combine({'region': [secret]}) }}",
    "{{ [good] }}",
    "{{ secret }}",
    "{{ secret ~ '=' }}",
    "{{ {secret: 'x'} }}",
]


def tasks_of(number, kind, bad, mistakes):
    """The tasks that give an action and a role each connection of a kind, which is the number-th, and mistakes."""
    action, role = "huaweicloud.sms.preflight", {"include_role": {"name": "huaweicloud.sms.preflight"}}
    texts = ["{{ good }}", *(f"{{{{ all_bad[{number}][{place}] }}}}" for place in range(len(bad))), *mistakes]
    tasks = [
        {action: {"connection": "{{ good }}", **dict.fromkeys(KINDS[kind], "x")}, "ignore_errors": True},
        *({action: {"fail_on": [], "connection": text}, "ignore_errors": True} for text in texts),
        *({"block": [{**role, "vars": {"preflight_connection": text}}], "rescue": [NOTHING]} for text in texts),
    ]
    chosen = {"good": f"{{{{ all_good[{number}] }}}}", "secret": f"{{{{ secrets[{number}] }}}}"}
    return {"block": tasks, "vars": chosen}


@pytest.mark.slow
@pytest.mark.parametrize("ways", WAYS)
def test_a_dictionary_of_an_action_or_role_shows_no_secret(services, echoes, tmp_path, ways):
    """Each kind with each mistake; in brief, each mistake with one kind."""
    both = [connections(kind, services, echoes, ways) for kind in KINDS]
    all_good, all_bad = [good for good, _bad in both], [bad for _good, bad in both]
    mistakes = [MISTAKES if ways == FEW_WAYS else MISTAKES[number :: len(KINDS)] for number in range(len(KINDS))]
    tasks = [tasks_of(number, kind, all_bad[number], mistakes[number]) for number, kind in enumerate(KINDS)]
    secrets = [next(value for value in given.values() if "CoreOf" in value) for given in KINDS.values()]
    written = play(tmp_path, tasks, all_good=all_good, all_bad=all_bad, secrets=secrets, preflight_fail_on=[])

    assert written.count('"ready_count"') == 2 * len(KINDS)
    assert written.count("Couldnot") >= 2 * sum(map(len, all_bad))
    misspelt, several = (sum(MISTAKES[place] in few for few in mistakes) for place in (0, 2))
    assert misspelt
    assert several
    assert written.count("isgiventwice") >= len(KINDS)
    assert written.count("preflight_connectionhasnooptioncalledregoin(didyoumeanregion?)") >= misspelt
    assert written.count("preflight_connection:regionhastobeasinglevalue") >= several
    assert shown(written) == []
    assert shown(written, tokens_sent(services, echoes)) == []


@pytest.mark.slow
def test_a_link_that_grants_access_becomes_no_variable(emulator, tmp_path):
    add_link(emulator)
    source = tmp_path / "sms.yml"
    options = {"endpoint": emulator.url, "token": emulator.token, "hostvars_prefix": ""}
    source.write_text(yaml.safe_dump({"plugin": "huaweicloud.sms.source_servers", **options}))
    listing = run(tmp_path, "inventory", "-i", source, "--list")
    assert "current_task" in listing
    assert shown(listing) == []


def everything_in(error):
    """All that an exception carries along: its arguments and attributes, and those of the errors behind it."""
    seen = []
    while error is not None:
        seen += [repr(error.args), repr(vars(error)), str(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(seen)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.replace(" ", "-"))
def test_no_exception_carries_a_secret(kind, services, echoes):
    _good, bad = connections(kind, services, echoes)
    for options in bad:
        with _client.Client(settings(**options)) as client, pytest.raises(SmsError) as error:
            client.get("/v3/sources", {})
        assert shown(everything_in(error.value)) == []
        assert shown(everything_in(error.value), tokens_sent(services, echoes)) == []


SPELLINGS = {
    "as it is": lambda secret: secret,
    "in JSON": json.dumps,
    "in JSON with plain letters": lambda secret: json.dumps(secret, ensure_ascii=False),
    "in JSON in JSON": lambda secret: json.dumps(json.dumps(secret)),
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a URL's path": quote,
    "in HTML": html.escape,
}
PASSWORDS = [
    "Core OfThePassword",
    'Core"OfThePassword\\',
    "Core<&>OfThePassword",
    "Core/OfThe+Password",
    "CöreOfThePasswört",
]


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8"])
def test_an_echoed_password_is_not_shown_however_it_is_spelled(emulator, password, spelling, content_type):
    options = {**USER, "password": password, "endpoint": emulator.url, "retries": 0}
    with (
        site(lambda request: (500, {"Content-Type": content_type}, f"Seen: {spelling(password)}")) as iam,
        _client.Client(settings(**options, auth_url=iam.url)) as client,
        pytest.raises(SmsError) as error,
    ):
        client.get("/v3/sources", {})
    assert f"HTTP 500: {_redaction.WITHHELD}" in str(error.value)
    assert "OfThe" not in str(error.value)


def test_no_part_of_a_secret_is_shown_where_a_long_text_is_cut():
    secret = "CoreOfTheSecret0123456789"
    redaction = _redaction.Redaction([secret])
    # Blanks are shown as one, so that the place of the cut can come among the words that are shown.
    shown = [redaction.redact(f"Seen:{' ' * blanks}{secret}{' more' * 2000}") for blanks in range(3000, 5000, 5)]
    assert shown[0] == _redaction.WITHHELD
    assert not [words for words in shown if "Core" in words]
