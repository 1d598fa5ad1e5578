# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a service sends: an end within the bound, one message, no traceback, no part of a list, no secret."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
import unicodedata
from contextlib import ExitStack, contextmanager

import ansible.constants as C
import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.module_utils import basic
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.plugins.modules import source_server_info
from ansible_collections.huaweicloud.sms.tests.tools import programs
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.conftest import run_action
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_answers import (
    CASES,
    CORE,
    LATE,
    SECRET,
    SIZE,
    TIME,
    listing,
    message,
)
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import MEBIBYTE, serving
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import (
    server_records,
    settings,
)

# The event source finds the collections by its own path, so it is loaded from where Ansible finds it.
EVENT_SOURCE = programs.COLLECTION / "extensions/eda/plugins/event_source/source_servers.py"
PLUGIN = "huaweicloud.sms.source_servers"

# Long enough for a busy machine to connect to a server on loopback, so that what follows is what is late.
TIMEOUT = 1
TOTAL_TIMEOUT = 3
# What importing, forking and a busy machine may add: less than what a request may take where its end is tested.
SLACK = 25
LONGEST_MESSAGE = 1500
MOST_MEMORY = 400 * 1024
PAGES = 40
# How soon everything has ended after an interruption: 2 seconds, and what a busy machine may add. No request ends then.
PROMPTLY = 20
CONCURRENCY = 8


def options_for(url, **others):
    bounds = {"timeout": TIMEOUT, "total_timeout": TOTAL_TIMEOUT, "retries": 0}
    return {"endpoint": url, "token": SECRET, **bounds, **others}


def list_at(options, *_fixtures):
    """The message of a listing."""
    with _client.Client(settings(**options), 4) as client, pytest.raises(SmsError) as error:
        _source_servers.list_servers(client, Query({}))
    assert error.value.__cause__ is error.value.__context__ is None
    return str(error.value)


def sign_in_at(options, *_fixtures):
    """The message of a listing for which IAM is asked for a token."""
    user = {"token": None, "username": "user", "password": SECRET, "domain_name": "domain"}
    return list_at({**options, **user, "auth_url": options["endpoint"]})


def read_inventory_at(options, tmp_path, capsys, monkeypatch):
    """The message of an inventory file."""
    source = tmp_path / "sms.yml"
    source.write_text(yaml.safe_dump({"plugin": PLUGIN, **options}))
    monkeypatch.setattr(C, "INVENTORY_ENABLED", [PLUGIN])
    # Ansible prints a message only once per process, and folds it.
    Display()._warns.clear()
    Display().columns = 100_000
    capsys.readouterr()
    manager = InventoryManager(loader=DataLoader(), sources=[str(source)])
    printed = capsys.readouterr().err
    assert not manager.hosts
    assert len(re.findall(r"\[WARNING\]: +(\* )?Failed to parse", printed)) == 1, printed
    assert CORE not in printed
    assert "Traceback" not in printed
    # Some versions of ansible-core say it twice.
    return re.split(r" Failed to parse|\[WARNING\]", " ".join(printed.split()).split("plugin: ", 1)[1])[0]


def run_module_at(options, _tmp_path, capsys, monkeypatch):
    """The message of the module."""
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments)
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    capsys.readouterr()
    with pytest.raises(SystemExit):
        source_server_info.main()
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] is True
    assert "source_servers" not in result
    assert CORE not in json.dumps(result)
    return result["msg"]


def watch_at(options, *_fixtures):
    """The message of the event source: its end, or what it logs before it goes on."""
    # By its path, as the rulebook engine does.
    spec = importlib.util.spec_from_file_location("event_source", EVENT_SOURCE)
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    queue, logged = asyncio.Queue(), []
    watcher = logging.Handler()
    watcher.emit = lambda entry: logged.append(entry.getMessage())

    async def watch():
        source = asyncio.ensure_future(plugin.main(queue, {**options, "interval": 600}))
        while not logged and not source.done():
            await asyncio.sleep(0.01)
        source.cancel()
        await source

    plugin.logger.addHandler(watcher)
    try:
        asyncio.run(watch())
    except asyncio.CancelledError:
        pass
    except SmsError as error:
        logged = [str(error)]
    finally:
        plugin.logger.removeHandler(watcher)
    assert queue.empty()
    (told,) = logged
    return told


def act_at(options, _tmp_path, capsys, _monkeypatch):
    """The message of the action of a role."""
    capsys.readouterr()
    result = run_action("preflight", False, {"connection": options})
    printed = capsys.readouterr()
    assert result["failed"] is True
    assert "servers" not in result
    for text in (json.dumps(result), printed.out, printed.err):
        assert CORE not in text
        assert "Traceback" not in text
    return result["msg"]


FRONT_ENDS = {
    "action": act_at,
    "listing": list_at,
    "event source": watch_at,
    "sign-in": sign_in_at,
    "inventory": read_inventory_at,
    "module": run_module_at,
}


def options_of(case, url):
    """A client's options for a case. Where a status or an answer comes at once, a busy machine may take long for it."""
    patience = {}
    if CASES[case].words not in ("", LATE):
        patience = {"timeout": 2, "total_timeout": 4} if case in TIME else {"timeout": 20, "total_timeout": 20}
    return options_for(url, retries=CASES[case].retries, **patience)


@contextmanager
def an_end_within(seconds):
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < seconds


def pairs():
    """Yield every case with every front end. All of them share one client, so that some pairs prove that they do."""
    for number, case in enumerate(CASES):
        for place, front_end in enumerate(FRONT_ENDS):
            is_brief = front_end == "listing" or (number + place) % 6 == 0
            marks = [] if is_brief else [pytest.mark.exhaustive]
            # These end with the time, a second or more each. make check has some of them.
            if CASES[case].words in ("", LATE) and number % 4:
                marks.append(pytest.mark.slow)
            yield pytest.param(case, front_end, id=f"{case}-{front_end}", marks=marks)


@pytest.mark.parametrize(("case", "front_end"), list(pairs()))
def test_a_hostile_answer_is_one_message_in_time(case, front_end, tmp_path, capsys, monkeypatch):
    with serving(CASES[case].answer) as server, an_end_within(TOTAL_TIMEOUT + SLACK):
        told = FRONT_ENDS[front_end](options_of(case, server.url), tmp_path, capsys, monkeypatch)
    assert server.requests <= 1 + CASES[case].retries
    check_message(told, server.url)
    if front_end != "sign-in":
        assert CASES[case].words in told


def check_message(told, url):
    assert len(re.findall("Could not |source servers match", told)) == 1, told
    assert "match, but" in told or url in told
    assert CORE not in told
    assert "Traceback" not in told
    assert len(told) < LONGEST_MESSAGE
    assert not [each for each in told if unicodedata.category(each) in ("Cc", "Cf", "Cs") and each != "\n"]


# Uses the role for each case, which are hosts, one after the other; then writes down what each use came to.
PLAYBOOK = """
- hosts: cases
  serial: 1
  gather_facts: false
  tasks:
    - block:
        - import_role: {name: huaweicloud.sms.preflight}
        - set_fact: {told: {msg: It did not fail.}}
      rescue:
        - set_fact: {told: "{{ ansible_failed_result }}"}
- hosts: case_0
  gather_facts: false
  tasks:
    - copy:
        content: "{{ groups.cases | map('extract', hostvars, 'told') | to_json }}"
        dest: "{{ playbook_dir }}/told.json"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "cases",
    [pytest.param([*SIZE, *TIME][::4], id="some"), pytest.param([*CASES], id="all", marks=pytest.mark.exhaustive)],
)
def test_a_role_ends_with_one_message_for_each_hostile_answer_and_little_memory(tmp_path, cases):
    with ExitStack() as stack:
        servers = {case: stack.enter_context(serving(CASES[case].answer)) for case in cases}
        results = use_the_role(tmp_path, [options_of(case, server.url) for case, server in servers.items()])
    for case, result in zip(cases, results, strict=True):
        assert "servers" not in result
        check_message(result["msg"], servers[case].url)
        assert CASES[case].words in result["msg"]
        assert servers[case].requests <= 1 + CASES[case].retries
    assert int((tmp_path / "memory").read_text()) < MOST_MEMORY


def use_the_role(folder, connections):
    """What each use came to."""
    hosts = {f"case_{number}": {"preflight_connection": options} for number, options in enumerate(connections)}
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (folder / "hosts.json").write_text(json.dumps({"cases": {"hosts": hosts, "vars": local}}))
    (folder / "play.yml").write_text(PLAYBOOK)
    play = start(folder, measured(folder, programs.command("playbook", "-i", folder / "hosts.json", "play.yml")))
    printed = "".join(play.communicate(timeout=len(connections) * (TOTAL_TIMEOUT + SLACK)))
    assert play.returncode == 0, printed
    assert CORE not in printed
    assert "Traceback" not in printed
    return json.loads((folder / "told.json").read_text())


def test_the_token_that_iam_issued_is_not_shown_either():
    issued = "CoreOfTheIssued/Token=="

    def answer(peer):
        if b"/auth/tokens" in peer.request:
            peer.send(message("{}", "201 Created", f"X-Subject-Token: {issued}"))
        else:
            peer.send(message(f"Seen: {issued}", "500 No"))

    user = {"username": "user", "password": SECRET, "domain_name": "domain", "token": None}
    with (
        serving(answer) as server,
        _client.Client(settings(**options_for(server.url, auth_url=server.url, **user))) as client,
        pytest.raises(SmsError, match=r"HTTP 500: \(not shown, since it repeats a credential\)"),
    ):
        client.get("/v3/sources", {})


# Time


@pytest.mark.parametrize("case", ["silence", "a body that drips", "100 Continue that drips", "headers that drip"])
def test_a_list_ends_with_its_total_timeout_however_many_retries_there_are(case):
    with serving(CASES[case].answer) as server, an_end_within(1 + SLACK):
        options = options_for(server.url, timeout=30, total_timeout=0.5, retries=10)
        with _client.Client(settings(**options)) as client, pytest.raises(SmsError) as error:
            _source_servers.list_servers(client, Query({}))
    assert "the time for all of it, 0.5 seconds, was up" in str(error.value)
    assert error.value.transient


def test_a_wait_that_the_time_left_is_too_short_for_is_not_begun():
    with serving(CASES["throttling for an hour"].answer) as server, an_end_within(SLACK):
        options = options_for(server.url, total_timeout=30, retries=10)
        with _client.Client(settings(**options)) as client, pytest.raises(SmsError, match="HTTP 503") as error:
            _source_servers.list_servers(client, Query({}))
    assert "retries" not in str(error.value)
    assert server.requests == 1


# Many pages in flight


def pages(then):
    """Full pages of a long list, as many as tell how offsets count; behind them, another answer."""
    records = server_records(PAGES * 199)

    def answer(peer):
        query = dict(re.findall(rb"(limit|offset)=(\d+)", peer.request))
        offset = int(query[b"offset"])
        if offset > 199:
            then(peer, offset)
        else:
            peer.send(message(listing(*records[offset : offset + 200], count=len(records))))

    return answer


def test_the_first_refusal_among_pages_in_flight_ends_the_others_and_is_what_is_told():
    def then(peer, offset):
        if offset == 5 * 199:
            peer.send(message("{}", "403 Forbidden"))
        else:
            peer.wait()

    with serving(pages(then)) as server, an_end_within(SLACK):
        options = options_for(server.url, timeout=60, total_timeout=60, retries=5)
        with _client.Client(settings(**options), 32) as client, pytest.raises(SmsError, match="HTTP 403"):
            _source_servers.list_servers(client, Query({}))
    assert server.requests <= 2 + 32


# Runs a command and notes how much memory its largest process took, in KiB. A process of its own does so, because the
# system counts what a program is started from as the program's.
MEASURE = """
import pathlib, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
pathlib.Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


def measured(folder, command):
    """The command, which notes its memory in the file ``memory``."""
    return [sys.executable, "-c", MEASURE, folder / "memory", *command]


# Lists with these options, one after the other.
LIST = """
import json, sys
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _errors
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _query, _settings

for options in json.loads(sys.argv[1]):
    defaults = {name: spec.get("default") for name, spec in _argument_spec.CONNECTION_SPEC.items()}
    try:
        with _client.Client(_settings.settings_from({**defaults, **options}, {}), 4) as client:
            _source_servers.list_servers(client, _query.Query({}))
    except _errors.SmsError as error:
        print(error, file=sys.stderr)
"""


def start(folder, command):
    """A program of this Python, running."""
    paths = os.pathsep.join([str(programs.COLLECTIONS), *filter(None, sys.path)])
    return subprocess.Popen(
        command,
        cwd=folder,
        env=programs.environment(folder, PYTHONPATH=paths),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
def test_an_interruption_ends_all_pages_in_flight_and_no_request_follows(tmp_path):
    with serving(pages(lambda peer, offset: peer.wait())) as server:
        options = options_for(server.url, timeout=60, total_timeout=60, retries=10)
        source = tmp_path / "sms.yml"
        source.write_text(yaml.safe_dump({"plugin": PLUGIN, "concurrency": 32, **options}))
        interrupt_listing(tmp_path, source, lambda: server.requests == 2 + 32)
        assert server.requests == 2 + 32


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["nothing", "drips"])
def test_an_interruption_ends_all_that_ecs_is_asked_and_no_request_follows(tmp_path, answer):
    task = {"region_id": "la-north-2", "target_server": {"vm_id": "a-machine"}}
    tasks = [{**task, "project_id": f"project-{number}"} for number in range(2 * CONCURRENCY)]
    records = [{"id": str(n), "migration_cycle": "cutovered", "current_task": task} for n, task in enumerate(tasks)]
    asked = []
    with serving(all_but_the_list(records, asked, answer)) as server:
        keys = {"access_key": "a-key", "secret_key": SECRET, "token": None}
        options = options_for(server.url, timeout=60, total_timeout=60, retries=10, **keys)
        options = {"plugin": PLUGIN, "concurrency": CONCURRENCY, "ecs_endpoint": server.url, **options}
        source = tmp_path / "sms.yml"
        source.write_text(yaml.safe_dump({**options, "connect_with": "target_private"}))
        interrupt_listing(tmp_path, source, lambda: len(asked) == CONCURRENCY)
        assert len(asked) == CONCURRENCY


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["nothing", "drips"])
def test_an_interruption_ends_all_details_in_flight_and_no_request_follows(tmp_path, answer):
    records = [{"id": str(number)} for number in range(2 * CONCURRENCY)]
    asked = []
    with serving(all_but_the_list(records, asked, answer)) as server:
        options = options_for(server.url, timeout=60, total_timeout=60, retries=10)
        source = tmp_path / "sms.yml"
        options = {"plugin": PLUGIN, "concurrency": CONCURRENCY, "details": True, **options}
        source.write_text(yaml.safe_dump(options))
        interrupt_listing(tmp_path, source, lambda: len(asked) == CONCURRENCY)
        assert len(asked) == CONCURRENCY


def all_but_the_list(records, asked, answer):
    """A service that lists servers at once, and notes down what else it is asked, which it never answers in full."""

    def serve(peer):
        if b"/v3/sources?" in peer.request:
            peer.send(message(listing(*records)))
            return
        asked.append(peer.request)
        if answer == "drips":
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            peer.drip(b" ")
        peer.wait()

    return serve


def interrupt_listing(folder, source, is_time):
    """Have the inventory listed, and interrupt that when it is time."""
    program = start(folder, programs.command("inventory", "-i", source, "--list"))
    wait_for(lambda: is_time() or program.poll() is not None)
    program.send_signal(signal.SIGINT)
    with an_end_within(PROMPTLY):
        printed, errors = program.communicate(timeout=60)
    assert "User interrupted" in errors
    assert "Traceback" not in errors
    assert printed == ""


# Memory


def bombs(peer, offset):
    """A page of the greatest size and the most values that pass."""
    values = "{}," * (MEBIBYTE // 5) + '"' + "\U0001f600" * MEBIBYTE + '"'
    peer.send(message(f'{{"count": 7960, "source_servers": [{{"id": "a", "x": [{values}]}}]}}'))


@pytest.mark.slow
def test_no_answer_fills_the_memory(tmp_path):
    answers = [*(case.answer for case in SIZE.values()), pages(bombs)]
    # Some only end with the time: a few seconds of them would be far more than the limit.
    bounds = [5 if case.words in ("", LATE) else 60 for case in SIZE.values()] + [60]
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(answer)) for answer in answers]
        options = [
            options_for(server.url, timeout=bound, total_timeout=bound)
            for server, bound in zip(servers, bounds, strict=True)
        ]
        command = measured(tmp_path, [sys.executable, "-c", LIST, json.dumps(options)])
        _printed, errors = start(tmp_path, command).communicate(timeout=300)
    assert errors.count("Could not ") + errors.count("could not be proven") == len(answers), errors
    assert int((tmp_path / "memory").read_text()) < MOST_MEMORY
