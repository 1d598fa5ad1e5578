# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action task in plays: many servers, a service that misbehaves at every step, and ends in the middle."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _retries
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _actor
from ansible_collections.huaweicloud.sms.tests.tools import programs

GIB = 2**30
# Simulated seconds in each real one: a migration takes a second.
SPEED = 10000
THROTTLED = 429
# Two, and what a busy machine may add: less than the service takes for its answers.
MOST_SECONDS_TO_AN_END = 2 + 18
LOST = [
    {"kind": "drop"},
    {"kind": "truncate"},
    {"kind": "truncate_json"},
    {"kind": "not_json"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502, "shape": "text"},
    {"kind": "status", "status": 504},
    {"kind": "body", "body": []},
    {"kind": "delay", "seconds": 3},
]
PLAY = """
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/huaweicloud.sms.sms:
      timeout: 2
  tasks:
    - name: Create
      huaweicloud.sms.task: {state: present, servers: "{{ wave }}", target: "{{ target }}"}
    - name: Start
      huaweicloud.sms.task: {state: started, servers: "{{ wave }}", wait: true, interval: 0.3, wait_timeout: 100}
    - name: Launch
      huaweicloud.sms.task:
        state: launched
        servers: "{{ wave }}"
        confirm: "{{ left | default(wave | length) }}"
        wait: true
        interval: 0.3
"""
ROLLOUT = """
- hosts: localhost
  gather_facts: false
  tasks:
    - huaweicloud.sms.task:
        state: started
        servers: "{{ wave }}"
        target: "{{ target }}"
        max_running: "{{ max_running }}"
        interval: 0.3
        timeout: 2
"""
DELETION = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Delete
      huaweicloud.sms.task:
        {state: absent, servers: "{{ wave }}", confirm: "{{ wave | length }}", delete_snapshots: true, timeout: 2}
"""


def servers(count):
    disks = [{"name": "/dev/vda", "size": 40 * GIB, "device_use": "BOOT|OS"}]
    return [
        {
            "id": f"id-{number:04}",
            "name": f"web-{number:04}",
            "ip": "192.0.2.1",
            "os_type": "LINUX",
            "state": "waiting",
            "migration_cycle": "checking",
            "connected": True,
            "current_task": None,
            "checks": [{"id": 1, "name": "CPU", "result": "OK"}],
            "init_target_server": {"disks": disks},
            "totalsize": 20 * GIB,
            "replicatesize": 0,
            "add_date": number,
        }
        for number in range(count)
    ]


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    return running_emulator


@pytest.fixture
def play(emulator, tmp_path, run_ansible):
    """Runs a play for a wave; gives its output and how many of its tasks changed something."""
    target = {"region_id": "la-north-2", "project_id": "p", "template_id": "template"}

    def run(text, wave):
        (tmp_path / "play.yml").write_text(text)
        (tmp_path / "vars.json").write_text(json.dumps({"wave": wave, "target": target}))
        done = run_ansible("playbook", "play.yml", "-e", "@vars.json", **environment(emulator))
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done

    return run


def environment(emulator):
    return {"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HW_AUTH_TOKEN": emulator.token}


def calls(emulator):
    """How often each call that changes something was sent, throttled ones aside."""
    sent = [one for one in emulator.changes() if one["status"] != THROTTLED]
    return Counter(map(_name, sent))


def _name(request):
    body = json.loads(request["body"]) if request["body"] else {}
    subject = body["source_server"]["id"] if "source_server" in body else request["path"]
    return request["method"], subject, body.get("operation", "")


def operations(emulator):
    return Counter((method, operation) for method, _subject, operation in calls(emulator).elements())


def scattered(faults, among, seed, **fields):
    """Each fault hits one of so many requests, none of them the same."""
    positions = random.Random(seed).sample(range(among), len(faults))
    return [{"times": 1, "skip": skip, **fault, **fields} for fault, skip in zip(faults, positions, strict=True)]


@pytest.mark.slow
@pytest.mark.edges
@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_a_play_takes_many_servers_all_the_way_with_faults_at_every_step(emulator, play, times):
    """Each fault hits so many requests."""
    count = 16 * times
    fleet = servers(count)
    wave = [one["name"] for one in fleet]
    emulator.replace_fleet(fleet)
    emulator.set(speed=SPEED)
    throttling = [{"kind": "status", "status": THROTTLED, "retry_after": 1}] * times
    reading = [fault for fault in LOST if fault["kind"] not in ("body", "not_json")]
    emulator.faults(
        *(scattered(LOST * times, 3 * count, 1, path="/v3/tasks", method="POST", after=True)),
        *(scattered(throttling, 2 * count, 2, path="/v3/tasks", method="POST")),
        *(scattered(reading, 6 * count, 3, path="/v3/sources/", method="GET")),
    )
    done = play(PLAY, wave)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=3" in done.stdout
    assert {(one["state"], one["migration_cycle"]) for one in emulator.fleet()} == {("finished", "cutovered")}
    assert max(calls(emulator).values()) == 1
    assert operations(emulator) == {("POST", ""): count, ("POST", "start"): count, ("POST", "test"): count}

    emulator.clear_faults()
    emulator.clear_requests()
    again = play(PLAY, wave)
    assert again.returncode == 0, again.stdout
    assert "changed=0" in again.stdout
    assert emulator.changes() == []

    emulator.faults(*scattered(LOST, count, 4, path="/v3/tasks/", method="DELETE", after=True))
    done = play(DELETION, wave)
    assert done.returncode == 0, done.stdout
    assert operations(emulator) == {("DELETE", ""): count}
    assert max(calls(emulator).values()) == 1
    emulator.clear_faults()
    emulator.clear_requests()
    assert "changed=0" in play(DELETION, wave).stdout
    assert emulator.changes() == []


@pytest.mark.slow
@pytest.mark.edges
@pytest.mark.exhaustive
def test_three_hundred_servers_are_where_they_should_be_or_named_with_the_reason(emulator, act, monkeypatch):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(_actor, "EVIDENCE_TIMEOUT", 1.0)
    monkeypatch.setattr(_actor, "EVIDENCE_INTERVAL", 0.1)
    fleet = servers(300)
    wave = [one["id"] for one in fleet]
    emulator.replace_fleet(fleet)
    emulator.change_fleet(update={one: {"connected": False} for one in wave[:5]})
    emulator.set(speed=SPEED, failing=wave[5:10])
    target = {"region_id": "la-north-2", "project_id": "p", "template_id": "template"}
    for state, options, among in (
        ("started", {"target": target, "max_running": 80}, 590),
        ("launched", {}, 250),
        ("absent", {"delete_snapshots": True}, 250),
    ):
        emulator.clear_requests()
        spoil_changes(emulator, "DELETE" if state == "absent" else "POST", among)
        if state != "started":
            # A wrong number is an error that says which it has to be.
            options["confirm"] = act("task", state=state, servers=wave, confirm=0, **options).result["to_change"]
            assert options["confirm"] > 250
            assert calls(emulator) == {}
        outcome = act("task", state=state, servers=wave, wait=True, interval=0.3, wait_timeout=100, **options)
        check_all_accounted_for(emulator, outcome.result["servers"], state)
        assert max(calls(emulator).values()) == 1
    assert len(outcome.result["msg"]) < 5000


def spoil_changes(emulator, method, among):
    """Lose many answers of what was done, and some of what was not, among so many calls."""
    kinds = [one for one in LOST if one["kind"] != "delay"]
    emulator.faults(
        *scattered(kinds * 5, among, 5, path="/v3/tasks", method=method, after=True),
        *scattered(kinds, among, 6, path="/v3/tasks", method=method),
    )


def check_all_accounted_for(emulator, results, state):
    fleet = {one["id"]: one for one in emulator.fleet()}
    there = {
        "started": lambda one: one["state"] == "syncing",
        "launched": lambda one: one["migration_cycle"] == "cutovered",
        "absent": lambda one: one["current_task"] is None,
    }[state]
    assert len(results) == 300
    assert "Time is up" not in str(results)
    for one in results:
        assert one["failed"] or there(fleet[one["id"]]), one
        assert one["msg"], one
    assert sum(one["failed"] for one in results) < 60


@pytest.mark.slow
@pytest.mark.parametrize("step", ["create", "start", "launch"])
def test_a_run_that_is_killed_between_call_and_answer_is_taken_up_by_the_next(emulator, tmp_path, step):
    fleet = servers(3)
    emulator.replace_fleet(fleet)
    emulator.set(speed=SPEED)
    skip = {"create": 0, "start": 3, "launch": 6}[step]
    delay = {"kind": "delay", "seconds": 5, "after": True, "skip": skip, "times": 1}
    emulator.faults({**delay, "path": "/v3/tasks", "method": "POST"})
    wave = [one["name"] for one in fleet]
    first = start_play(emulator, tmp_path, PLAY, wave=wave)
    wait_for_changes(emulator, first, skip + 1)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    emulator.clear_faults()
    # The calls of a step are sent side by side: how many were sent differs from run to run.
    left = 3 - operations(emulator)["POST", "test"]
    second = start_play(emulator, tmp_path, PLAY, wave=wave, left=left)
    output, _nothing = second.communicate(timeout=100)
    assert second.returncode == 0, output
    assert {(one["state"], one["migration_cycle"]) for one in emulator.fleet()} == {("finished", "cutovered")}
    assert operations(emulator) == {("POST", ""): 3, ("POST", "start"): 3, ("POST", "test"): 3}


def start_play(emulator, tmp_path, text, **variables):
    """Starts a play; gives the process, which is the leader of a group."""
    target = {"region_id": "la-north-2", "project_id": "p", "template_id": "template"}
    (tmp_path / "play.yml").write_text(text)
    (tmp_path / "vars.json").write_text(json.dumps({"target": target, **variables}))
    return subprocess.Popen(
        programs.command("playbook", "play.yml", "-e", "@vars.json"),
        cwd=tmp_path,
        env=programs.environment(tmp_path, **environment(emulator)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for_changes(emulator, run, count):
    while len(emulator.changes()) < count:
        assert run.poll() is None, run.communicate()[0]
        time.sleep(0.02)


@pytest.mark.core
@pytest.mark.slow
def test_one_interruption_ends_a_run_at_once_and_nothing_is_sent_after_it(emulator, tmp_path):
    fleet = servers(12)
    emulator.set(attended=False)
    emulator.replace_fleet(fleet)
    emulator.faults({"kind": "delay", "seconds": 30, "path": "/v3/tasks", "method": "POST", "skip": 2})
    text = PLAY.replace("timeout: 2", "timeout: 60")
    run = start_play(emulator, tmp_path, text, wave=[one["name"] for one in fleet])
    try:
        wait_for_changes(emulator, run, 4)
        # A terminal sends it to all processes of the command.
        os.killpg(run.pid, signal.SIGINT)
        output = run.communicate(timeout=MOST_SECONDS_TO_AN_END)[0]
    finally:
        end(run)
    sent = len(emulator.changes())
    assert "interrupt" in output.lower()
    assert "Traceback" not in output
    time.sleep(1)
    assert len(emulator.changes()) == sent
    emulator.clear_faults()


@pytest.mark.slow
@pytest.mark.parametrize("max_running", [1, 12])
def test_nothing_is_sent_after_ansible_was_killed(emulator, tmp_path, max_running):
    fleet = servers(12)
    emulator.replace_fleet(fleet)
    # With 1, the rollout waits for each server; with 12, it is killed while it sends one request after another.
    emulator.set(speed=SPEED, latency=0 if max_running == 1 else 0.3)
    wave = [one["name"] for one in fleet]
    run = start_play(emulator, tmp_path, ROLLOUT, wave=wave, max_running=max_running)
    wait_for_changes(emulator, run, 3)
    running = workers(run)
    run.kill()
    run.wait()
    # Requests that were in flight are still received.
    time.sleep(MOST_SECONDS_TO_AN_END / 2)
    sent = len(emulator.changes())
    time.sleep(MOST_SECONDS_TO_AN_END / 2)
    try:
        assert len(emulator.changes()) == sent
        assert not any(Path(f"/proc/{worker}").exists() for worker in running)
    finally:
        for worker in running:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        run.communicate()


# Each: what the service does, the requests after which Ansible is killed, and the task that then has to end.
WAITS = {
    "retries of the listing": (
        {"kind": "status", "status": 503, "retry_after": 60, "path": "/v3/sources", "method": "GET"},
        "/v3/sources",
        "task: {state: started, servers: [web-0000], total_timeout: 600}",
    ),
    "the evidence after a lost response": (
        {"kind": "drop", "path": "/v3/tasks", "method": "POST"},
        "/v3/tasks",
        "task: {state: present, servers: [web-0000], target: '{{ target }}'}",
    ),
    "the wait for a cycle": (
        None,
        "/v3/sources",
        "wait_for_cycle: {cycles: [cutovered], servers: [web-0000], interval: 60}",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("wait", WAITS)
def test_every_wait_ends_when_ansible_is_killed(emulator, tmp_path, wait):
    fault, path, task = WAITS[wait]
    emulator.replace_fleet(servers(1))
    emulator.faults(*([fault] if fault else []))
    text = f"- hosts: localhost\n  gather_facts: false\n  tasks:\n    - huaweicloud.sms.{task}\n"
    run = start_play(emulator, tmp_path, text)
    while not any(fnmatch(one["path"], path) for one in emulator.requests()):
        assert run.poll() is None, run.communicate()[0]
        time.sleep(0.02)
    running = workers(run)
    assert running
    try:
        run.kill()
        run.wait()
        deadline = time.monotonic() + MOST_SECONDS_TO_AN_END
        while any(Path(f"/proc/{worker}").exists() for worker in running):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        for worker in running:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        run.communicate()
        emulator.clear_faults()


def workers(run):
    """Gives the IDs of a play's workers, which are in sessions of their own."""
    return [int(one) for file in Path(f"/proc/{run.pid}/task").glob("*/children") for one in file.read_text().split()]


def end(run):
    """Ends a play, and its workers."""
    if run.poll() is None:
        for worker in workers(run):
            os.kill(worker, signal.SIGKILL)
        run.kill()
        run.communicate()


def test_two_runs_at_once_have_each_thing_done_once(emulator, play, tmp_path):
    fleet = servers(8)
    wave = [one["name"] for one in fleet]
    emulator.replace_fleet(fleet)
    emulator.set(latency=0.05)
    text = PLAY[: PLAY.index("    - name: Launch")].replace(
        "wait: true, interval: 0.3, wait_timeout: 100", "wait: false"
    )
    (tmp_path / "two.yml").write_text(text)
    target = {"region_id": "la-north-2", "project_id": "p", "template_id": "template"}
    (tmp_path / "two.json").write_text(json.dumps({"wave": wave, "target": target}))
    runs = [
        subprocess.Popen(
            programs.command("playbook", "two.yml", "-e", "@two.json"),
            cwd=tmp_path,
            env=programs.environment(tmp_path, **environment(emulator)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _number in range(2)
    ]
    outputs = [run.communicate(timeout=100)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    done = Counter(_name(one) for one in emulator.changes() if one["status"] == 200)
    assert max(done.values()) == 1
    assert Counter(operation for _method, _subject, operation in done) == {"": 8, "start": 8}


@pytest.mark.core
def test_hosts_of_the_inventory_can_be_named(emulator, tmp_path, run_ansible):
    fleet = servers(3)
    fleet[0]["name"] = fleet[1]["name"] = "twin"
    emulator.replace_fleet(fleet)
    (tmp_path / "sms.yml").write_text("plugin: huaweicloud.sms.source_servers\n")
    (tmp_path / "play.yml").write_text(
        """
- hosts: localhost
  gather_facts: false
  tasks:
    - huaweicloud.sms.task:
        state: present
        servers: [twin_id-0000, web-0002]
        target: {region_id: r, project_id: p, template_id: t}
      register: result
    - ansible.builtin.debug:
        msg: "{{ result.servers | map(attribute='id') | sort | join(' ') }}"
"""
    )
    names = run_ansible("inventory", "-i", "sms.yml", "--graph", **environment(emulator)).stdout
    host = next(line.split("--")[1] for line in names.splitlines() if "twin_" in line)
    text = (tmp_path / "play.yml").read_text().replace("twin_id-0000", host)
    (tmp_path / "play.yml").write_text(text)
    done = run_ansible("playbook", "-i", "sms.yml", "play.yml", **environment(emulator))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(emulator.changes()) == 2
    diff = run_ansible("playbook", "-i", "sms.yml", "play.yml", "--check", "--diff", **environment(emulator))
    assert diff.returncode == 0, diff.stdout


@pytest.mark.core
def test_a_failing_play_shows_no_traceback(emulator, play):
    emulator.replace_fleet(servers(2))
    done = play(DELETION.replace("absent", "launched").replace("delete_snapshots: true, ", ""), ["web-0000"])
    assert done.returncode != 0
    assert "An exception occurred" not in done.stdout + done.stderr
    assert "no task that could be launched" in done.stdout
