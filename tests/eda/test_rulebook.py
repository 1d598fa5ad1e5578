# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source and the rulebooks in the real rulebook engine."""

# ruff: noqa: RUF001 - look-alikes
from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._changes import KINDS, compare
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import programs

FILES = Path(__file__).with_name("files")
PATIENCE = 120
STOP_SECONDS = 60
# Simulated seconds, and the last step, after which nothing moves any more.
STEP, LAST_STEP = 150, 86_400
STEPS = 60


class Engine:
    """``ansible-rulebook``, running."""

    def __init__(self, process, output, emulator):
        self._process = process
        self._output = output
        self._emulator = emulator

    @property
    def output(self):
        return self._output.read_text(encoding="utf-8")

    def until(self, condition):
        """Wait until something is so, but no longer than the engine runs."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def polled(self, times=1):
        """Wait until the list, as it is now, was read so many times."""
        # One may have been under way before; the one after the last shows that the last is complete.
        enough = len(self._emulator.requests()) + times + 2
        self.until(lambda: len(self._emulator.requests()) >= enough)

    def ended(self):
        """The exit status, once it ends of itself."""
        return self._process.wait(PATIENCE)

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            self._process.kill()


@pytest.fixture(scope="session")
def installed(collection, tmp_path_factory):
    """A collections path with the collection as it is installed from its artefact."""
    folder = tmp_path_factory.mktemp("artefact")
    programs.run(folder, "galaxy", "collection", "build", "--output-path", folder, collection).check_returncode()
    (artefact,) = folder.glob("huaweicloud-sms-*.tar.gz")
    # By force: Ansible sees the checkout, too, as installed.
    install = ("collection", "install", "--offline", "--force", "-p", folder, artefact)
    programs.run(folder, "galaxy", *install).check_returncode()
    return folder


@pytest.fixture
def engine(installed, tmp_path):
    """Runs a rulebook: ``with engine(emulator, rulebook, variable=…) as running``."""

    @contextlib.contextmanager
    def run(emulator, rulebook, token=None, collections_path=installed, **variables):
        values = tmp_path / "variables.yml"
        values.write_text(json.dumps(variables, default=str), encoding="utf-8")
        output = tmp_path / f"output-{len(list(tmp_path.iterdir()))}"
        environment = programs.environment(
            tmp_path,
            ANSIBLE_COLLECTIONS_PATH=collections_path,
            ANSIBLE_HOME=tmp_path / "home",
            ANSIBLE_NOCOLOR="true",
            HUAWEICLOUD_SMS_ENDPOINT=emulator.url,
            HW_AUTH_TOKEN=token or emulator.token,
        )
        # The checkout on Python's path would stand in for a collection that cannot be imported.
        environment.pop("PYTHONPATH", None)
        options = ["--rulebook", rulebook, "--vars", values, "--inventory", FILES / "inventory.yml"]
        with output.open("wb") as file:
            process = subprocess.Popen(
                [programs.PROGRAMS / "ansible-rulebook", *options],
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        running = Engine(process, output, emulator)
        try:
            yield running
        finally:
            running.stop()

    return run


class Fleet:
    """The servers of an emulator as they move on, and the events that this should give."""

    def __init__(self, emulator):
        self._emulator = emulator
        self._seen = self._now()
        self.expected = []

    def _now(self):
        return {record["id"]: record for record in self._emulator.fleet()}

    def note(self):
        """Expect an event for each change since the last time."""
        now = self._now()
        self.expected += [
            [change.server_id, change.kind, change.before, change.after, change.key]
            for change in compare(self._seen, now)
        ]
        self._seen = now

    def disturb(self, number):
        """Let something go wrong with the servers, different things at different times."""
        server = list(self._seen)[-number]
        check = {"name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}
        self._emulator.change_fleet(
            update={server: {"checks": [check], "connected": False, "current_task": {"id": "t", "state": "SYNC_FAIL"}}},
            register=[{**self._seen[server], "id": f"newcomer-{number}"}],
            vanish=[next(iter(self._seen))],
        )


def told(*engines):
    lines = [line for engine in engines for line in engine.output.splitlines()]
    return [json.loads(line.removeprefix("EVENT ")) for line in lines if line.startswith("EVENT ")]


def migrate(fleet, emulator, engine, steps):
    """Let simulated time pass, and the source see each step."""
    for step in steps:
        emulator.advance(step)
        fleet.note()
        engine.polled()


def test_every_change_is_told_once_over_the_whole_migration_of_20_servers(engine, tmp_path):
    """With a service that fails now and then, servers that come, go and fail, and a restart in the middle."""
    rulebook, state_file = FILES / "print_rulebook.yml", tmp_path / "state.json"
    with Emulator(servers=20) as emulator:
        fleet = Fleet(emulator)
        with engine(emulator, rulebook, state_file=state_file) as first:
            first.until(state_file.exists)
            migrate(fleet, emulator, first, [STEP] * (STEPS // 4))
            fleet.disturb(3)
            emulator.faults(
                {"kind": "status", "status": 503, "times": 3},
                {"kind": "body", "body": {"count": 20, "source_servers": []}, "times": 6},
                {"kind": "truncate", "times": 6},
            )
            first.until(lambda: "can be listed again" in first.output)
            migrate(fleet, emulator, first, [STEP] * (STEPS // 4))
            first.until(lambda: len(told(first)) >= len(fleet.expected))
        fleet.disturb(5)
        emulator.advance(STEP)
        with engine(emulator, rulebook, state_file=state_file) as second:
            migrate(fleet, emulator, second, [STEP] * (STEPS // 2) + [LAST_STEP])
            second.until(lambda: len(told(first, second)) >= len(fleet.expected))
            # Something told twice would be told by now.
            second.polled(5)
        events = told(first, second)
    assert Counter(map(json.dumps, events)) == Counter(map(json.dumps, fleet.expected))
    assert {change for _server, change, *_rest in events} == set(KINDS)


def test_a_rule_starts_a_playbook_with_the_server_of_the_event(emulator, engine, tmp_path):
    target = tmp_path / "acted"
    server = emulator.fleet()[0]["id"]
    variables = {"playbook": FILES / "act.yml", "target": target}
    with engine(emulator, FILES / "act_rulebook.yml", **variables) as running:
        running.until(emulator.requests)
        running.polled()
        emulator.change_fleet(update={server: {"migration_cycle": "syncing", "name": "web {1}", "ip": "192.0.2.7"}})
        running.until(target.exists)
    acted = json.loads(target.read_text(encoding="utf-8"))
    assert acted == {"id": server, "name": "web ｛1｝", "ip": "192.0.2.7"}


def hostile_fields(trap):
    """Texts of one server that run a command, alone or joined as the rulebook joins them."""
    command = f"lookup('ansible.builtin.pipe', 'touch {trap}')"
    header = "variable_start_string:'[[', variable_end_string:']]'"
    template = f"{{{{ {command} }}}}"
    escaped = "".join(f"\\x{ord(character):02x}" for character in template)
    return {
        "name": f"jinja2:{header}\n[[ {command} ]]",
        "ip": template.removeprefix("{"),
        "hostname": "{",
        "os_version": command,
        "template": template,
        "escaped": f"'{escaped}'",
        "first": "#jinja2",
        "second": f":{header}\n[[ {command} ]]",
        "vault": "$ANSIBLE_VAULT;1.1;AES256\n00",
        template: "key",
    }


def test_no_text_of_an_event_is_evaluated_wherever_a_rulebook_and_its_playbook_use_it(emulator, engine, tmp_path):
    target, trap = tmp_path / "acted", tmp_path / "evaluated"
    server = emulator.fleet()[0]["id"]
    variables = {"playbook": FILES / "join.yml", "target": target}
    with engine(emulator, FILES / "join_rulebook.yml", **variables) as running:
        running.until(emulator.requests)
        running.polled()
        emulator.change_fleet(update={server: {"migration_cycle": "syncing", **hostile_fields(trap)}})
        running.until(target.exists)
    assert not trap.exists()


@pytest.mark.parametrize("origin", ["artefact", "checkout"])
def test_the_notice_rulebook_says_which_server_is_ready(emulator, engine, collection, installed, origin):
    server = emulator.fleet()[0]["id"]
    path = {"artefact": installed, "checkout": collection.parents[2]}[origin]
    rulebook = "huaweicloud.sms.cutover_notice"
    with engine(emulator, rulebook, collections_path=path, sms_interval=0.2) as running:
        running.until(emulator.requests)
        running.polled()
        emulator.change_fleet(update={server: {"migration_cycle": "syncing", "name": "web"}})
        running.until(lambda: "Ready to cut over: web, IP address" in running.output)
        assert f"Loading rulebook from {path}" in running.output


def test_the_ticket_rulebook_writes_the_data_of_a_server_that_fell_into_error(emulator, engine, tmp_path):
    server, tickets = emulator.fleet()[0]["id"], tmp_path / "tickets"
    checks = [{"name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}, {"name": "CPU", "result": "OK"}]
    variables = {"sms_interval": 0.2, "sms_ticket_directory": tickets}
    with engine(emulator, "huaweicloud.sms.error_ticket", **variables) as running:
        running.until(emulator.requests)
        running.polled()
        emulator.change_fleet(
            update={server: {"state": "error", "name": "web", "checks": checks, "current_task": None}}
        )
        ticket = tickets / f"{server}.json"
        running.until(ticket.exists)
    data = json.loads(ticket.read_text(encoding="utf-8"))
    assert data["title"] == "Migration failed: web"
    assert data["key"] == f"{server}/state/error"
    assert data["state_before"] == "finished"
    assert data["checks"] == checks[:1]
    assert data["task"] is None


def test_the_ticket_rulebook_writes_into_the_home_that_the_environment_names(emulator, engine, tmp_path):
    """Which is not always the account's, such as in a container."""
    with engine(emulator, "huaweicloud.sms.error_ticket", sms_interval=0.2, sms_emit_existing=True) as running:
        running.until(lambda: list(tmp_path.glob("sms-tickets/*.json")))


def test_the_ticket_rulebook_writes_nowhere_but_into_its_folder(emulator, engine, tmp_path):
    tickets = tmp_path / "a" / "b" / "tickets"
    tickets.parent.mkdir(parents=True)
    variables = {"sms_interval": 0.2, "sms_ticket_directory": tickets}
    ids = ["../../x", f"/{'x' * 300}"]
    with engine(emulator, "huaweicloud.sms.error_ticket", **variables) as running:
        running.until(emulator.requests)
        running.polled()
        emulator.change_fleet(register=[{"id": server, "state": "error"} for server in ids])
        running.until(lambda: tickets.is_dir() and len(list(tickets.iterdir())) == len(ids))
    written = {json.loads(ticket.read_text(encoding="utf-8"))["server"]["id"] for ticket in tickets.glob("*.json")}
    assert written == {*ids}
    assert [path.name for path in (tmp_path / "a").rglob("*") if path.parent != tickets] == ["b", "tickets"]


def test_the_report_rulebook_writes_a_report_at_each_interval(emulator, engine, tmp_path):
    path = tmp_path / "report"
    variables = {"sms_report_path": path, "sms_report_interval": 1}
    with engine(emulator, "huaweicloud.sms.scheduled_report", **variables) as running:
        running.until(lambda: running.output.count("PLAY RECAP") >= 2)
        assert "failed=0" in running.output
        assert "failed=1" not in running.output
    assert list(path.glob("*.html"))


def test_the_notice_and_the_ticket_rulebook_count_existing_servers_when_asked_to(emulator, engine, tmp_path):
    """Where and as whom is in variables, which win over the environment."""
    tickets = tmp_path / "tickets"
    variables = {
        "sms_connection": {"endpoint": emulator.url, "token": emulator.token, "timeout": 10, "validate_certs": True},
        "sms_emit_existing": True,
        "sms_interval": 0.2,
        "sms_ticket_directory": tickets,
    }
    with engine(emulator, "huaweicloud.sms.cutover_notice", token="not-the-token", **variables) as running:
        running.until(lambda: "Ready to cut over: sms-centos, IP address" in running.output)
    with engine(emulator, "huaweicloud.sms.error_ticket", token="not-the-token", **variables) as running:
        running.until(lambda: list(tickets.glob("*.json")))
    (ticket,) = tickets.glob("*.json")
    assert json.loads(ticket.read_text(encoding="utf-8"))["title"] == "Migration failed: sms-centos"


def test_the_report_rulebook_takes_a_connection_and_a_project(emulator, engine, tmp_path):
    path = tmp_path / "report"
    variables = {
        "sms_connection": {"endpoint": emulator.url, "token": emulator.token},
        "sms_migproject": "example project",
        "sms_report_path": path,
    }
    with engine(emulator, "huaweicloud.sms.scheduled_report", token="not-the-token", **variables) as running:
        running.until((path / "report.json").exists)
    report = json.loads((path / "report.json").read_text(encoding="utf-8"))
    assert sorted(server["name"] for server in report["servers"]) == [
        *("sms-centos", "sms-test", "sms-win16", "smsc-test")
    ]


def test_a_refused_token_ends_the_engine_with_one_message_that_does_not_show_it(emulator, engine, tmp_path):
    with engine(emulator, FILES / "print_rulebook.yml", token="not-the-token", state_file=tmp_path / "s") as running:
        assert running.ended() == 1
        assert "HTTP 401, APIGW.0301" in running.output
        assert "not-the-token" not in running.output
        assert "Traceback" not in running.output
