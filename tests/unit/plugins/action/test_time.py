# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions end in time whatever the service does, say what was seen last, and have a connection for each thread."""

from __future__ import annotations

import json
import re
import time

import pytest
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import SECRET, serving
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import server_records, site

pytestmark = [pytest.mark.core, pytest.mark.slow]

# What forking and a busy machine may add: less than what a request may take.
SLACK = 25
CONCURRENCY = 4
WAITING = {"cycles": ["syncing"], "interval": 0.1, "max_interval": 0.2, "wait_timeout": 2}
RECORD = {"id": "11111111-wave", "name": "one", "state": "replicate", "migration_cycle": "replicating"}


def message(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


GOOD = message(json.dumps({"count": 1, "source_servers": [RECORD]}))


def fail(peer):
    peer.send(message("{}", "503 No"))


def drip_headers(peer):
    peer.drip(b"HTTP/1.1 200 OK\r\nX-More: ")


def drip_body(peer):
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    peer.drip(b" ")


def say_nothing(peer):
    peer.wait()


def throttle(peer):
    peer.send("HTTP/1.1 429 No\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")


ANSWERS = [fail, drip_headers, drip_body, say_nothing, throttle]


@pytest.fixture
def timed_act(act):
    """Runs an action, which has to end with the time it is given."""

    def run(url, name="wait_for_cycle", **options):
        begin = time.monotonic()
        outcome = act(name, endpoint=url, token=SECRET, timeout=60, **options)
        assert time.monotonic() - begin < WAITING["wait_timeout"] + SLACK
        assert outcome.failed
        assert SECRET not in f"{outcome}"
        return outcome

    return run


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_wait_ends_in_time_where_no_list_ever_comes(timed_act, answer):
    with serving(answer) as server:
        outcome = timed_act(server.url, **WAITING)
    assert re.match(
        "Time is up after 2 s, before the first list of the source servers at http.* was complete."
        " Raise wait_timeout, or check endpoint and proxies in between.$"
        "|Could not list source servers at .*HTTP (429|503)",
        outcome.result["msg"],
    )


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_wait_ends_in_time_where_no_further_list_comes_and_says_what_was_seen_last(timed_act, answer):
    answers = iter([lambda peer: peer.send(GOOD)])

    def each(peer):
        next(answers, answer)(peer)

    with serving(each) as server:
        outcome = timed_act(server.url, tolerated_failures=1000, **WAITING)
    assert outcome.result["msg"].startswith(
        "Time is up after 2 s: not yet in syncing are one (11111111). Raise wait_timeout to wait longer. The last look"
        " failed: Could not list source servers at "
    )
    assert [server["name"] for server in outcome.result["servers"]] == ["one"]


def test_a_wait_of_no_time_is_one_look(act, emulator, listings):
    emulator.replace_fleet([RECORD])
    outcome = act("wait_for_cycle", **{**WAITING, "wait_timeout": 0})
    assert outcome.result["msg"].startswith("Time is up after 0 s: not yet in syncing are one (11111111).")
    assert len(listings()) == 1


@pytest.mark.parametrize("name", ["preflight", "report"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_other_actions_end_with_the_total_timeout(timed_act, name, answer, tmp_path):
    options = {"path": str(tmp_path / "report")} if name == "report" else {}
    with serving(answer) as server:
        outcome = timed_act(server.url, name, total_timeout=2, retries=10, **options)
    assert outcome.result["msg"].startswith("Could not list source servers at ")


# What fails in the middle of a wait

FAILURES = {
    "401": ({"kind": "status", "status": 401, "times": 50}, "HTTP 401"),
    "403": ({"kind": "status", "status": 403, "times": 50}, "HTTP 403"),
    "503 too often": ({"kind": "status", "status": 503, "times": 50}, "HTTP 503"),
    "no JSON": ({"kind": "not_json", "times": 50}, "the answer is not JSON"),
    "never complete": ({"kind": "body", "body": {"count": 9, "source_servers": []}, "times": 500}, "proven complete"),
}


@pytest.mark.parametrize(("fault", "words"), FAILURES.values(), ids=FAILURES)
def test_whatever_fails_in_the_middle_of_a_wait_the_servers_are_in_the_result(act, emulator, fault, words):
    emulator.replace_fleet([RECORD])
    emulator.faults({**fault, "skip": 1})
    outcome = act("wait_for_cycle", **{**WAITING, "wait_timeout": 60}, retries=0, tolerated_failures=1)
    assert outcome.failed
    assert words in outcome.result["msg"]
    assert [(server["name"], server["reached"]) for server in outcome.result["servers"]] == [("one", False)]


# Connections


def pages(request):
    records = server_records(41 * 199)
    offset = int(re.search(r"offset=(\d+)", request.path)[1])
    return 200, {}, json.dumps({"count": len(records), "source_servers": records[offset : offset + 200]})


@pytest.mark.parametrize("name", ["preflight", "report", "wait_for_cycle"])
def test_each_thread_has_a_connection_of_its_own_for_all_its_pages(act, name, tmp_path):
    options = {"report": {"path": str(tmp_path)}, "wait_for_cycle": {"cycles": ["syncing"]}}.get(name, {})
    with site(pages) as server:
        act(name, check_mode=True, endpoint=server.url, token="token", **options)
    assert len(server.seen) > 40
    assert server.connections <= CONCURRENCY
