# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source, run as a coroutine against the emulator."""

# ruff: noqa: RUF001 - look-alikes
from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import runpy
import stat
import time

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import id_group
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import serving

KIND = "huaweicloud.sms.source_servers 2"
INTERVAL = 0.1
PATIENCE = 60
# Two seconds, and what a busy machine may add: less than a request may take.
PROMPTLY = 20
FAILED_CHECK = {"id": 1, "name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}
LOG_LINK = "https://logs.example/log?grants=access"


class Watch:
    """A source that runs."""

    def __init__(self, emulator, queue, task):
        self._emulator = emulator
        self._queue = queue
        self._task = task

    def requests(self):
        return [request for request in self._emulator.requests() if request["path"] == "/v3/sources"]

    async def until(self, condition):
        """Wait until something is so, but no longer than the source runs."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self._task.done():
                self._task.result()
            assert time.monotonic() < deadline
            await asyncio.sleep(INTERVAL / 5)

    async def polled(self, times=1):
        """Wait until the list was read so many times more, and the changes told."""
        # The request after the last one shows that the changes of the last one were told.
        enough = len(self.requests()) + times + 1
        await self.until(lambda: len(self.requests()) >= enough)

    async def event(self):
        return (await asyncio.wait_for(self._queue.get(), PATIENCE))["sms"]

    def events(self):
        """The events that have been told and not been looked at."""
        return [self._queue.get_nowait()["sms"] for _number in range(self._queue.qsize())]

    def is_stuck(self):
        return self._queue.full()

    def changes(self):
        return [(event["server"]["id"], event["change"], event["from"], event["to"]) for event in self.events()]


@pytest.fixture(scope="session")
def source(collection):
    """The names that the event source defines, loaded by its path as the engine does."""
    return runpy.run_path(str(collection / "extensions" / "eda" / "plugins" / "event_source" / "source_servers.py"))


@pytest.fixture
def watching(source, emulator):
    """Runs the source: ``async with watching(option=…) as watch``; its first list has been read then."""

    @contextlib.asynccontextmanager
    async def run(queue_size=0, **options):
        queue = asyncio.Queue(queue_size)
        connection = {"endpoint": emulator.url, "token": emulator.token, "interval": INTERVAL, "retries": 0}
        task = asyncio.create_task(source["main"](queue, {**connection, **options}))
        watch = Watch(emulator, queue, task)
        try:
            if not queue_size:
                await watch.polled()
            yield watch
        finally:
            task.cancel()
            await asyncio.wait([task])

    return run


@pytest.fixture
def refusal(source, emulator):
    """The message with which the source ends at once."""

    def message(**options):
        with pytest.raises(source["SmsError"]) as failure:
            asyncio.run(asyncio.wait_for(source["main"](asyncio.Queue(), options), PATIENCE))
        return str(failure.value)

    return message


@pytest.fixture
def connection(emulator):
    return {"endpoint": emulator.url, "token": emulator.token}


@pytest.fixture
def record(emulator):
    """A server that is replicating, known to the emulator."""
    record = {
        **emulator.fleet()[0],
        "id": "a",
        "name": "web",
        "ip": "192.0.2.1",
        "state": "replicate",
        "connected": True,
    }
    record.update(migration_cycle="replicating", totalsize=1000, replicatesize=0, checks=[])
    record["current_task"] = {"id": "t", "state": "RUNNING", "log_share_url": LOG_LINK}
    emulator.replace_fleet([record])
    return record


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"state": "error"}, ("state", "replicate", "error")),
        ({"migration_cycle": "syncing"}, ("migration_cycle", "replicating", "syncing")),
        ({"connected": False}, ("disconnected", True, False)),
        ({"checks": [FAILED_CHECK]}, ("check_failed", None, "ERROR")),
        ({"current_task": {"id": "t", "state": "MIGRATE_FAIL"}}, ("task_failed", "RUNNING", "MIGRATE_FAIL")),
        ({"replicatesize": 250}, ("progress", 0.0, 25)),
    ],
)
def test_a_change_of_a_server_is_told_once(watching, emulator, record, update, expected):
    async def scenario():
        async with watching() as watch:
            emulator.change_fleet(update={"a": update})
            await watch.polled(3)
            return watch.changes()

    assert asyncio.run(scenario()) == [("a", *expected)]


def test_servers_that_register_and_vanish_are_told_once(watching, emulator, record):
    async def scenario():
        async with watching() as watch:
            emulator.change_fleet(register=[{"id": "new", "state": "waiting"}], vanish=["a"])
            await watch.polled(3)
            return watch.changes()

    expected = [("new", "registered", None, "waiting"), ("a", "vanished", "replicate", None)]
    assert asyncio.run(scenario()) == expected


def test_an_agent_that_comes_back_is_told_as_connected(watching, emulator, record):
    async def scenario():
        async with watching() as watch:
            for connected in (False, True):
                emulator.change_fleet(update={"a": {"connected": connected}})
                await watch.polled()
            return watch.changes()

    assert asyncio.run(scenario()) == [("a", "disconnected", True, False), ("a", "connected", False, True)]


def test_an_event_holds_the_change_the_server_its_record_and_a_key_but_no_secret(watching, emulator, record):
    async def scenario():
        async with watching() as watch:
            emulator.change_fleet(update={"a": {"checks": [FAILED_CHECK], "replicatesize": 123}})
            return await watch.event()

    task = {"id": "t", "state": "RUNNING"}
    assert asyncio.run(scenario()) == {
        "change": "check_failed",
        "server": {"id": "a", "name": "web", "ip": "192.0.2.1"},
        "from": None,
        "to": "ERROR",
        "progress": 12.3,
        "check": FAILED_CHECK,
        "record": {**record, "checks": [FAILED_CHECK], "replicatesize": 123, "current_task": task},
        "key": "a/check_failed/RSYNC/SMS.6517/ERROR",
        "host_pattern": id_group("a"),
    }


@pytest.mark.parametrize(("emit_existing", "expected"), [("no", []), ("yes", [("a", "registered", None, "replicate")])])
def test_servers_of_the_first_list_are_told_only_if_wanted(watching, record, emit_existing, expected):
    async def scenario():
        async with watching(emit_existing=emit_existing) as watch:
            await watch.polled(2)
            return watch.changes()

    assert asyncio.run(scenario()) == expected


def test_text_that_ansible_would_evaluate_is_harmless_in_an_event(watching, emulator, record):
    hostile = ["{{ 1 }}", {"{%if%}": "{#"}, "#jinja2: x", "lookup('x')"]

    async def scenario():
        async with watching() as watch:
            emulator.change_fleet(update={"a": {"state": "error", "name": hostile[0], "hostname": {"deep": hostile}}})
            return await watch.event()

    event = asyncio.run(scenario())
    assert event["server"]["name"] == "｛｛ 1 ｝｝"
    expected = ["｛｛ 1 ｝｝", {"｛%if%｝": "｛#"}, "＃jinja２: x", "lookup（＇x＇）"]
    assert event["record"]["hostname"]["deep"] == expected


def test_pending_events_in_the_state_file_are_made_harmless_too(watching, emulator, record, tmp_path):
    path = tmp_path / "state.json"

    async def scenario():
        async with watching(state_file=path) as watch:
            await watch.polled()
        content = _state_files.load_state(KIND, path.read_text())
        content["pending"] = [{"sms": {"server": {"name": "lookup('x')"}}}]
        path.write_text(_state_files.dump_state(KIND, content))
        async with watching(state_file=path) as watch:
            return await watch.event()

    assert asyncio.run(scenario())["server"]["name"] == "lookup（＇x＇）"


def test_an_unusual_record_is_told_and_remembered_and_ends_nothing(watching, emulator, record, tmp_path):
    """The emulator's answer has numbers that no arithmetic bears, half characters, and lists in place of words."""
    odd = [1e308, 5e-324, "half \ud83d", ["a"], {"b": [1]}, None]
    task = {"id": ["t"], "state": {"x": "FAIL"}, "migrate_speed": 5e-324}
    updates = [{"state": value, "name": value, "totalsize": value, "checks": [value]} for value in odd]
    text = json.dumps({"count": 1, "source_servers": [{**record, "totalsize": 0.125}]}).replace("0.125", "1e400")

    async def scenario():
        async with watching(state_file=tmp_path / "state.json") as watch:
            for update in updates:
                emulator.change_fleet(update={"a": {**update, "current_task": task}})
                await watch.polled()
            emulator.faults({"kind": "body", "text": text, "times": 1})
            await watch.polled(2)
            return watch.events()

    events = asyncio.run(scenario())
    assert len(events) >= len(odd)
    json.dumps(events, ensure_ascii=False, allow_nan=False).encode()
    assert "Infinity" not in (tmp_path / "state.json").read_text()


def test_only_servers_that_match_the_filters_are_watched(watching, emulator):
    async def scenario():
        async with watching(state="finished", connected="true") as watch:
            return watch.requests()

    assert {tuple(map(tuple, request["query"])) for request in asyncio.run(scenario())} == {
        (("limit", "200"), ("offset", "0"), ("state", "finished"))
    }


def test_a_server_that_goes_from_one_value_of_a_filter_to_another_has_changed_and_not_vanished(watching, emulator):
    (server, *_others) = [record["id"] for record in emulator.fleet() if record["state"] == "finished"]

    async def scenario():
        async with watching(state=["finished", "error"]) as watch:
            # Four requests make a list: one for each value, and again.
            await watch.polled(8)
            emulator.change_fleet(update={server: {"state": "error"}})
            await watch.polled(8)
            return watch.changes()

    assert asyncio.run(scenario()) == [(server, "state", "finished", "error")]


def test_credentials_may_come_from_the_environment(source, emulator, monkeypatch):
    monkeypatch.setenv("HUAWEICLOUD_SMS_ENDPOINT", emulator.url)
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", emulator.account["access_key"])
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", emulator.account["secret_key"])

    async def scenario():
        queue = asyncio.Queue()
        task = asyncio.create_task(source["main"](queue, {"emit_existing": True}))
        try:
            return await asyncio.wait_for(queue.get(), PATIENCE)
        finally:
            task.cancel()
            await asyncio.wait([task])

    assert asyncio.run(scenario())["sms"]["change"] == "registered"


def test_the_event_loop_is_free_while_the_service_takes_its_time(watching, emulator):
    emulator.faults({"kind": "delay", "seconds": 2, "times": 1})

    async def scenario():
        # A queue that blocks keeps the source's first list from being awaited here.
        async with watching(queue_size=1) as watch:
            await watch.until(watch.requests)
            return watch.requests()[0]["status"]

    assert asyncio.run(scenario()) is None


def test_an_unwell_service_is_asked_less_and_less_often_and_recovery_is_told(watching, emulator, record, caplog):
    async def scenario():
        async with watching(max_interval=4 * INTERVAL) as watch:
            emulator.faults({"kind": "status", "status": 503, "times": 4})
            emulator.change_fleet(update={"a": {"state": "syncing"}})
            await watch.until(lambda: "again" in caplog.text)
            await watch.polled()
            return watch.changes()

    assert asyncio.run(scenario()) == [("a", "state", "replicate", "syncing")]
    warnings = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.WARNING]
    assert [warning.rsplit(". ", 1)[1] for warning in warnings[:4]] == [
        "Next attempt in 0.2 seconds.",
        "Next attempt in 0.4 seconds.",
        "Next attempt in 0.4 seconds.",
        "Next attempt in 0.4 seconds.",
    ]
    assert warnings[0].startswith(f"Could not list source servers at {emulator.url}/v3/sources: HTTP 503")
    assert warnings[4:] == ["The source servers can be listed again, every 0.1 seconds."]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "body", "body": {"count": 10, "source_servers": []}}, id="fewer than announced"),
        pytest.param({"kind": "truncate"}, id="half of the answer"),
        pytest.param({"kind": "truncate_json"}, id="half of the JSON"),
        pytest.param({"kind": "not_json"}, id="a web page"),
    ],
)
def test_a_partial_list_lets_no_server_vanish(watching, emulator, caplog, fault):
    async def scenario():
        async with watching(max_interval=INTERVAL) as watch:
            # One more than a listing tries by itself.
            emulator.faults({**fault, "times": 6})
            await watch.until(lambda: "again" in caplog.text)
            return watch.changes()

    assert asyncio.run(scenario()) == []


def test_a_cancelled_source_ends_while_the_service_drips(source):
    """Its thread too, which the end of the event loop waits for."""

    def drip(peer):
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        peer.drip(b" ")

    async def scenario(server):
        options = {"endpoint": server.url, "token": "token", "timeout": 60, "total_timeout": 60}
        task = asyncio.create_task(source["main"](asyncio.Queue(), options))
        while not server.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return time.monotonic()

    with serving(drip) as server:
        cancelled = asyncio.run(scenario(server))
        assert time.monotonic() - cancelled < PROMPTLY
        assert server.requests == 1


def test_a_refusal_by_iam_counts_for_one_list_and_the_next_asks_iam_and_sms_again(watching, emulator, record, caplog):
    user = {"username": emulator.account["user"], "password": emulator.account["password"]}
    iam = {"auth_url": emulator.auth_url, "domain_name": emulator.account["domain"], **user}

    async def scenario():
        async with watching(token=None, max_interval=2 * INTERVAL, **iam) as watch:
            emulator.faults({"kind": "status", "status": 403, "path": "*/auth/tokens", "times": 3})
            emulator.expire_tokens()
            emulator.change_fleet(update={"a": {"state": "syncing"}})
            await watch.until(lambda: "can be listed again" in caplog.text)
            await watch.polled()
            return watch.changes()

    assert asyncio.run(scenario()) == [("a", "state", "replicate", "syncing")]
    assert caplog.text.count("Could not get a token from IAM") == 3


def test_a_restart_tells_what_changed_in_between_and_nothing_twice(watching, emulator, record, tmp_path):
    async def scenario():
        changes = []
        for update in ({"state": "syncing"}, {"connected": False}, {"connected": True}, {}):
            emulator.change_fleet(update={"a": update})
            async with watching(state_file=tmp_path / "state.json", emit_existing=True) as watch:
                await watch.polled()
                changes.append(watch.changes())
        return changes

    assert asyncio.run(scenario()) == [
        [("a", "registered", None, "syncing")],
        [("a", "disconnected", True, False)],
        [("a", "connected", False, True)],
        [],
    ]


def test_events_that_the_engine_had_not_taken_are_told_after_a_restart(watching, emulator, tmp_path):
    """Nobody takes events from a queue of four, so that the source stops in the middle of telling."""
    state_file = tmp_path / "state.json"

    async def scenario():
        async with watching(queue_size=4, state_file=state_file, emit_existing=True) as watch:
            await watch.until(watch.is_stuck)
            first = watch.events()[:4]
        async with watching(state_file=state_file) as watch:
            return first, watch.events()

    first, rest = asyncio.run(scenario())
    assert len(first) == 4
    keys = [event["key"] for event in first + rest]
    assert len(keys) == len(set(keys))
    registered = [event["server"]["id"] for event in first + rest if event["change"] == "registered"]
    assert registered == [record["id"] for record in emulator.fleet()]


def test_the_state_file_is_private_and_holds_no_secret(watching, emulator, record, tmp_path):
    state_file = tmp_path / "state.json"

    async def scenario():
        async with watching(state_file=state_file) as watch:
            await watch.polled()

    asyncio.run(scenario())
    assert stat.S_IMODE(state_file.stat().st_mode) == 0o600
    assert emulator.token not in state_file.read_text()
    assert LOG_LINK not in state_file.read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


def test_a_source_that_has_ended_writes_its_state_file_no_more(watching, tmp_path, monkeypatch):
    state_file = tmp_path / "state.json"
    # The first list is written down at once, and the next one by a disk that is slow.
    monkeypatch.setattr("os.fsync", lambda _file: state_file.exists() and time.sleep(1))

    async def scenario():
        async with watching(state_file=state_file) as watch:
            await watch.until(lambda: len(list(tmp_path.iterdir())) == 2)
        state_file.unlink()
        await asyncio.sleep(1.5)

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def state_file(watching, emulator, tmp_path):
    """The state file of a source with a permanent access key."""
    path = tmp_path / "state.json"

    async def scenario():
        keys = {name: emulator.account[name] for name in ("access_key", "secret_key")}
        async with watching(state_file=path, token=None, **keys) as watch:
            await watch.polled()

    asyncio.run(scenario())
    return path


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"state": "finished"}, "filters: {} instead of {'state': 'finished'}"),
        ({"state": ["finished", "error"]}, "filters: {} instead of {'state': ['error', 'finished']}"),
        ({"connected": False}, "filters: {} instead of {'connected': False}"),
        (
            {"access_key": "OTHER"},
            "identity: {'access_key': 'EMULATORACCESSKEY000'} instead of {'access_key': 'OTHER'}",
        ),
        ({"endpoint": "https://sms.example"}, "instead of https://sms.example"),
    ],
)
def test_the_state_file_of_another_configuration_is_refused(refusal, emulator, state_file, other, difference):
    keys = {"access_key": emulator.account["access_key"], "secret_key": "a secret"}
    content = state_file.read_text()
    message = refusal(**{"endpoint": emulator.url, **keys, "state_file": state_file, **other})
    assert difference in message
    assert "Name another file, or remove this one" in message
    assert "a secret" not in message
    assert state_file.read_text() == content


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", "{}"),
        # The state file of version 2.0.0: its pending events are not lost without notice.
        '{"source": "huaweicloud.sms.source_servers", "version": 1, "question": {}, "untold": [], "servers": {}}',
    ],
)
def test_a_file_that_is_no_state_file_is_refused_and_left_alone(refusal, connection, tmp_path, content):
    path = tmp_path / "state.json"
    path.write_text(content)
    message = refusal(**connection, state_file=path)
    assert message.startswith(f"state_file: {path} is damaged, or no state file of huaweicloud.sms.source_servers: ")
    assert path.read_text() == content


def tampered_contents(text):
    yield text.replace("sms-centos", "sms-centOs").encode()
    yield text.replace('"pending": []', '"pending": [1]').encode()
    yield text.replace(f"{KIND}", "another kind").encode()
    yield json.dumps(json.loads(text), indent=1).encode()
    yield text.encode()[:-20]
    yield text.encode() + b"\xff"
    yield b"[" * 100_000


def test_a_state_file_that_was_tampered_with_is_one_message_and_left_alone(refusal, emulator, state_file):
    keys = {name: emulator.account[name] for name in ("access_key", "secret_key")}
    for tampered in tampered_contents(state_file.read_text()):
        state_file.write_bytes(tampered)
        message = refusal(endpoint=emulator.url, **keys, state_file=state_file)
        assert message.startswith(f"state_file: {state_file} is damaged, or no state file of ")
        assert "\n" not in message
        assert len(message) < 500
        assert state_file.read_bytes() == tampered


def test_a_state_file_that_cannot_be_read_or_written_is_an_error(refusal, connection, tmp_path):
    assert refusal(**connection, state_file=tmp_path) == f"state_file: {tmp_path} cannot be read: Is a directory."
    missing = tmp_path / "missing" / "state.json"
    assert refusal(**connection, state_file=missing) == (
        f"state_file: {missing} cannot be written: No such file or directory."
    )


def test_a_renewed_temporary_access_key_goes_on_with_the_state_file(source, emulator):
    def scope(access_key):
        options = source["_read_options"](
            {"endpoint": emulator.url, "access_key": access_key, "secret_key": "s", "security_token": "t"}
        )
        return source["scope_of"](source["_settings"].settings_from(options), source["_query"].query_from(options))

    assert scope("FIRST") == scope("SECOND")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stat": "error"}, "huaweicloud.sms.source_servers has no option stat. It has region, endpoint,"),
        ({"interval": "often"}, "argument 'interval' is of type"),
        ({"interval": 0}, "interval: 0 is not between 0.1 and 86400."),
        ({"max_interval": 1e9}, "max_interval: 1e+09 is not between 0.1 and 86400."),
        ({"progress_thresholds": "50,101"}, "progress_thresholds: 101 is not a percentage above 0 and up to 100."),
        ({"access_key": "a"}, "More than one kind of credentials is given as options (token, access_key)"),
        ({"token": None}, "No credentials: give token;"),
        ({"endpoint": None}, "Where is SMS? Give region"),
        ({"endpoint": "http://sms.example"}, "would send credentials unencrypted"),
        ({"token": "wrong"}, "The credentials (a token, from the options token) were refused"),
    ],
)
def test_what_cannot_work_ends_the_source_with_one_message(refusal, connection, options, message):
    told = refusal(**{**connection, **options})
    assert message in told
    assert "\n" not in told


def test_options_are_documented_as_they_are(source):
    documentation = yaml.safe_load(source["DOCUMENTATION"])
    documented = {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in documentation["options"].items()
    }
    assert documented == source["OWN_SPEC"]
    text = " ".join(documentation["description"])
    assert [kind for kind in source["_changes"].KINDS if f"V({kind})" not in text] == []


def test_the_examples_use_options_that_exist(source):
    for ruleset in yaml.safe_load(source["EXAMPLES"]):
        for entry in ruleset["sources"]:
            source["_read_options"](entry["huaweicloud.sms.source_servers"])
