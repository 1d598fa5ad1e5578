# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide on events shows is what the event source gives, and what rules make of it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import re
import time

import jinja2
import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _retries
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import programs
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of, commands_of

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_events.rst"
# The event source finds the collections by its own path, so it is loaded from where Ansible finds it.
SOURCE = programs.COLLECTION / "extensions" / "eda" / "plugins" / "event_source" / "source_servers.py"
BLOCKS = [text for _language, text in blocks_of(GUIDE)]
# The servers of the demo, and the moments at which rules fire.
FLEET = {"servers": 5, "seed": 868}
STEPS = (600, 1200, 2400)
PATIENCE = 60
WEB = "5d50c930-f5e5-4e94-aa59-e0545679c67b"


@pytest.fixture(scope="module")
def source():
    """The event source, loaded by its path as the engine does."""
    spec = importlib.util.spec_from_file_location("shown_event_source", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fleet():
    with Emulator(**FLEET) as emulator:
        yield emulator


def watch(source, emulator, act, **options):
    """The events that a source tells while something happens."""

    async def run():
        queue = asyncio.Queue()
        connection = {"endpoint": emulator.url, "token": emulator.token, "interval": 0.1}
        task = asyncio.create_task(source.main(queue, {**connection, **options}))
        await asyncio.to_thread(act, emulator)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return [queue.get_nowait() for _number in range(queue.qsize())]

    return asyncio.run(run())


def look(emulator, times=2):
    """Wait until the source has listed the servers as they are."""
    enough = len(emulator.requests()) + times
    until(lambda: len(emulator.requests()) > enough)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def block(mark):
    """The one block with this mark."""
    (text,) = (text for text in BLOCKS if mark in text)
    return text


def rendered(rule, event):
    """What a rule says of an event, or does with it."""
    action = rule["action"]
    return jinja2.Template(action["debug"]["msg"]).render(event=event) if "debug" in action else event


def fired(event):
    """What the guide's rules make of an event."""
    (ruleset,) = yaml.safe_load(block("  rules:"))
    for rule in ruleset["rules"]:
        if jinja2.Environment().compile_expression(rule["condition"])(event=event):
            yield rendered(rule, event)


def migrate(emulator):
    look(emulator)
    for step in STEPS:
        emulator.advance(step)
        look(emulator)


def without_decoration(lines):
    """The lines without empty ones, and without what the engine puts around a message."""
    return [line.rstrip() for line in lines if line.strip() and not line.startswith("**")]


def test_the_rules_say_and_run_what_is_shown(source, fleet, run_ansible, tmp_path):
    (tmp_path / "cut_over.yml").write_text(block("- name: Prepare the cut-over"))
    (tmp_path / "inventory.yml").write_text(block("ansible_python_interpreter"))
    (shown,) = (command.output for command in commands_of(GUIDE) if command.line.endswith("--rulebook ready.yml"))
    lines = []
    for event in watch(source, fleet, migrate):
        for outcome in fired(event):
            if isinstance(outcome, str):
                lines.append(outcome)
                continue
            variables = json.dumps({"ansible_eda": {"event": outcome}})
            completed = run_ansible("playbook", "-i", "inventory.yml", "cut_over.yml", "-e", variables)
            lines += completed.stdout.splitlines()
    assert without_decoration(lines) == without_decoration(shown)


def test_an_event_holds_what_is_shown(source, fleet):
    def fail(emulator):
        look(emulator)
        check = {"name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}
        emulator.change_fleet(update={WEB: {"checks": [check]}})
        look(emulator)

    (shown,) = (json.loads(text) for language, text in blocks_of(GUIDE) if language == "json")
    (event,) = watch(source, fleet, fail)
    record = event["sms"]["record"]
    event["sms"]["record"] = {name: record[name] for name in shown["sms"]["record"]}
    assert event == shown


def test_a_state_file_of_another_configuration_is_refused_as_shown(source, fleet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    watch(source, fleet, look, state_file="state.json")
    connection = {"endpoint": fleet.url, "token": fleet.token, "interval": 0.1}
    refused = source.main(asyncio.Queue(), {**connection, "state_file": "state.json", "state": "finished"})
    with pytest.raises(source.SmsError) as refusal:
        asyncio.run(asyncio.wait_for(refused, PATIENCE))
    assert str(refusal.value) == block("state_file: state.json belongs")


@pytest.mark.slow
def test_a_service_that_is_unwell_is_told_as_shown(source, fleet, monkeypatch, caplog):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.001)
    fault = {"kind": "status", "status": 503, "times": 6}
    fault.update(error_code="SMS.0001", error_msg="An internal error occurred.")

    def be_unwell(emulator):
        look(emulator, times=0)
        emulator.faults(fault)
        until(lambda: "can be listed again" in caplog.text)

    def constant(text):
        return re.sub(r":\d{4,}/|[0-9a-f]{32}", "…", text)

    watch(source, fleet, be_unwell, interval=1)
    shown = [line.partition(" - ")[2] for line in block("Next attempt in").splitlines()]
    printed = [f"{one.name} - {one.levelname} - {one.getMessage()}" for one in caplog.records]
    assert list(map(constant, printed)) == list(map(constant, shown))


def test_a_server_has_its_own_name_where_it_is_asked_for_by_the_events_id(source, fleet, run_ansible, tmp_path):
    def rename(emulator):
        look(emulator)
        emulator.change_fleet(register=[{**emulator.fleet()[0], "id": "a", "name": "lookup('pipe', 'id')"}])
        look(emulator)

    event = watch(source, fleet, rename)[0]
    assert f"is ``{event['sms']['server']['name']}`` in the event" in GUIDE.read_text(encoding="utf-8")
    (tmp_path / "ticket.yml").write_text(block("Open a ticket"))
    completed = run_ansible(
        *("playbook", "ticket.yml", "-e", json.dumps({"ansible_eda": {"event": event}})),
        HUAWEICLOUD_SMS_ENDPOINT=fleet.url,
        HW_AUTH_TOKEN=fleet.token,
    )
    assert block("TASK [Say its name]") in completed.stdout
