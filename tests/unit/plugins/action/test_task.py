# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action task: what it asks of SMS, what it leaves alone and what it refuses."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _retries
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _actor, _new_task, _outcome, _rules
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import (
    DISK,
    TARGET,
    bodies,
    operation_of,
    operations,
    server,
)

pytestmark = pytest.mark.core

READY = ("waiting", "setting", "READY")
SYNCING = ("syncing", "syncing", "SYNCING")
LAUNCHED = ("finished", "cutovered", "MIGRATE_SUCCESS")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(_actor, "EVIDENCE_TIMEOUT", 1.0)
    monkeypatch.setattr(_actor, "EVIDENCE_INTERVAL", 0.1)


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    running_emulator.replace_fleet([server("web"), server("db"), server("win", os_type="WINDOWS")])
    return running_emulator


@pytest.fixture
def task(act):
    """Runs the action for all three servers, or those that are named."""

    def run(state, *, servers=("web", "db", "win"), **options):
        return act("task", state=state, servers=list(servers), **options)

    return run


@pytest.fixture
def synchronised(emulator, task):
    """All three servers are being synchronised, and nothing was asked of SMS yet."""
    assert not task("started", target=TARGET).failed
    emulator.advance(4 * 3600)
    emulator.clear_requests()


@pytest.fixture
def launched(emulator, task, synchronised):
    assert not task("launched", confirm=3).failed
    emulator.advance(4 * 3600)
    emulator.clear_requests()


def statuses(emulator):
    return [
        (one["state"], one["migration_cycle"], one["current_task"] and one["current_task"]["state"])
        for one in emulator.fleet()
    ]


# Creating and starting


def test_present_creates_a_task_where_there_is_none(emulator, task):
    outcome = task("present", target=TARGET)
    assert not outcome.failed, outcome.result["msg"]
    assert outcome.result["changed"]
    assert outcome.result["msg"] == "3 of 3 source servers changed."
    assert statuses(emulator) == [READY] * 3
    assert operations(emulator) == ["create"] * 3


def test_a_task_synchronises_and_has_no_public_address_unless_somebody_says_so(emulator, task):
    task("present", target=TARGET)
    body = bodies(emulator)["id-web"]
    assert (body["syncing"], body["use_public_ip"], body["auto_start"]) == (True, False, False)
    assert (body["type"], bodies(emulator)["id-win"]["type"]) == ("MIGRATE_FILE", "MIGRATE_BLOCK")
    assert (body["region_name"], body["project_name"]) == ("la-north-2", "la-north-2")
    assert body["target_server"] == {"name": "web", "disks": [DISK]}
    assert body["name"] == "web-id-web"


def test_settings_are_sent_as_they_are_given(emulator, task):
    settings = {"use_public_ip": True, "syncing": False, "speed_limit": 100, "priority": 2, "type": "MIGRATE_BLOCK"}
    assert not task("present", servers=["web"], target={**TARGET, "name": "new"}, settings=settings).failed
    body = bodies(emulator)["id-web"]
    assert {name: body[name] for name in settings} == settings
    assert body["target_server"]["name"] == "new"


def test_started_creates_and_starts(emulator, task):
    outcome = task("started", target=TARGET)
    assert operations(emulator) == ["create"] * 3 + ["start"] * 3
    assert [one["after"]["state"] for one in outcome.result["servers"]] == ["initialize"] * 3
    assert outcome.result["servers"][0]["msg"] == "Task created, started. It is being replicated."


@pytest.mark.parametrize("state", ["present", "started"])
def test_asking_again_changes_nothing(emulator, task, state):
    task(state, target=TARGET)
    emulator.clear_requests()
    outcome = task(state, target=TARGET)
    assert not outcome.failed
    assert not outcome.result["changed"]
    assert emulator.changes() == []


def test_what_was_paused_or_has_failed_is_started_again(emulator, task, synchronised):
    task("paused")
    emulator.advance(300)
    assert statuses(emulator) == [("stopped", "syncing", "ABORT")] * 3
    assert not task("paused").result["changed"]
    outcome = task("started")
    assert outcome.result["changed"]
    assert operations(emulator) == ["start"] * 3 + ["stop"] * 3


def test_waiting_for_the_start_ends_when_all_are_synchronised(emulator, task):
    emulator.set(speed=20000)
    outcome = task("started", target=TARGET, wait=True, interval=0.2, wait_timeout=60)
    assert not outcome.failed, outcome.result["msg"]
    assert [tuple(one["after"].values()) for one in outcome.result["servers"]] == [SYNCING] * 3


def test_waiting_ends_when_the_time_is_up(emulator, task):
    outcome = task("started", target=TARGET, wait=True, interval=0.1, wait_timeout=0.5)
    assert outcome.failed
    assert outcome.result["changed"]
    assert "Time is up" in outcome.result["servers"][0]["msg"]
    assert len(operations(emulator)) == 6


def test_no_more_migrations_run_at_once_than_is_asked_for(emulator, task):
    emulator.set(speed=20000)
    outcome = task("started", target=TARGET, max_running=1, interval=0.1, wait_timeout=60)
    assert not outcome.failed, outcome.result["msg"]
    new_task = [operation_of(one) for one in emulator.changes()]
    assert new_task == ["create", "start"] * 3


def test_migrations_of_others_count_too(emulator, task):
    task("started", servers=["db"], target=TARGET)
    emulator.clear_requests()
    outcome = task("started", servers=["web"], target=TARGET, max_running=1, interval=0.1, wait_timeout=0.5, name="web")
    assert "its turn" in outcome.result["servers"][0]["msg"]
    assert emulator.changes() == []


def test_those_whose_turn_does_not_come_are_named(emulator, task):
    outcome = task("started", target=TARGET, max_running=2, interval=0.1, wait_timeout=0.5)
    assert outcome.failed
    assert sum("its turn" in one["msg"] for one in outcome.result["servers"]) == 1
    assert operations(emulator) == ["create"] * 2 + ["start"] * 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"connected": False}, "not connected"),
        ({"checks": [{"name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}]}, "rsync"),
        ({"checks": []}, "No check has been run"),
        ({"init_target_server": None}, "no configuration for the target"),
        ({"state": "error"}, "cannot be started"),
        ({"state": "unheard_of"}, "cannot be started"),
    ],
)
def test_a_server_that_cannot_migrate_is_refused_and_the_others_go_on(emulator, task, fields, words):
    emulator.change_fleet(update={"id-db": fields})
    outcome = task("started", target=TARGET)
    assert outcome.failed
    [failed] = [one for one in outcome.result["servers"] if one["failed"]]
    assert failed["name"] == "db"
    assert words in failed["msg"]
    assert operations(emulator) == ["create"] * 2 + ["start"] * 2
    assert failed["msg"] in outcome.result["msg"]


def test_without_a_target_nothing_is_created(emulator, task):
    outcome = task("started")
    assert outcome.failed
    assert "target" in outcome.result["msg"]
    assert emulator.changes() == []


@pytest.mark.parametrize("name", ["vm_id", "name"])
def test_two_servers_are_never_migrated_to_one_machine(emulator, task, name):
    project = emulator.account["project_id"]
    emulator.add_machines({"id": "one", "project": project, "region": "r"})
    emulator.change_fleet(update={key: {"firmware": "BIOS"} for key in ("id-web", "id-db")})
    target = {"region_id": "r", "project_id": project, name: "one", "overwrite_disks": True}
    target |= {} if name == "vm_id" else {"template_id": "t"}
    outcome = task("present", servers=["web", "db"], target=target)
    assert f"target.{name} names one machine" in outcome.result["msg"]
    assert emulator.changes() == []
    assert not task("present", servers=["web"], target=target, ecs_endpoint=emulator.url).failed


def test_the_disks_of_an_existing_machine_are_overwritten_only_where_that_is_said(emulator, task):
    outcome = task("present", servers=["web"], target={"region_id": "r", "project_id": "p", "vm_id": "v"})
    assert "overwrite_disks" in outcome.result["msg"]
    assert emulator.changes() == []


def test_a_task_that_would_launch_by_itself_is_started_only_where_that_is_said(emulator, task):
    task("present", servers=["web"], target=TARGET, settings={"syncing": False})
    emulator.clear_requests()
    refused = task("started", servers=["web"])
    assert "would launch the target by itself" in refused.result["msg"]
    assert emulator.changes() == []
    assert not task("started", servers=["web"], settings={"syncing": False}).failed


# Launching


def test_launched_asks_once_for_each_that_is_synchronised(emulator, task, synchronised):
    outcome = task("launched", confirm=3)
    assert not outcome.failed, outcome.result["msg"]
    assert operations(emulator) == ["test"] * 3
    assert [one["after"]["state"] for one in outcome.result["servers"]] == ["cutovering"] * 3
    again = task("launched", confirm=3)
    assert not again.failed
    assert not again.result["changed"]
    assert "being launched" in again.result["servers"][0]["msg"]
    emulator.advance(4 * 3600)
    assert not task("launched").result["changed"]
    assert statuses(emulator) == [LAUNCHED] * 3
    assert operations(emulator) == ["test"] * 3


def test_the_other_launch_operation_is_used_only_where_it_is_asked_for(emulator, task, synchronised):
    task("launched", confirm=1, servers=["web"], launch_operation="cutover")
    assert operations(emulator) == ["cutover"]


@pytest.mark.parametrize("confirm", [None, 0, 2, 4])
def test_another_number_than_confirmed_is_an_error_that_lists_them(emulator, task, synchronised, confirm):
    options = {} if confirm is None else {"confirm": confirm}
    outcome = task("launched", **options)
    assert outcome.failed
    assert "3 source servers would be launched: " in outcome.result["msg"]
    assert "set confirm: 3" in outcome.result["msg"]
    assert all(f"{name} (id-{name})" in outcome.result["msg"] for name in ("web", "db", "win"))
    assert [(one["changed"], one["msg"]) for one in outcome.result["servers"]] == [(False, "Would launch it.")] * 3
    assert emulator.changes() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"connected": False}, "not connected"),
        ({"state": "replicate", "migration_cycle": "replicating"}, "replicate (replicating)"),
        ({"state": "cloning"}, "cannot be launched"),
        ({"state": "unheard_of"}, "cannot be launched"),
        ({"state": "error"}, "cannot be launched"),
        ({"state": None}, "cannot be launched"),
        ({"checks": [{"name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}]}, "rsync"),
        ({"current_task": None}, "no task"),
    ],
)
def test_what_is_not_ready_is_never_launched(emulator, task, synchronised, fields, words):
    emulator.change_fleet(update={"id-db": fields})
    outcome = task("launched", confirm=2)
    assert outcome.failed
    [failed] = [one for one in outcome.result["servers"] if one["failed"]]
    assert failed["name"] == "db"
    assert words in failed["msg"]
    assert operations(emulator) == ["test"] * 2


def test_a_task_that_is_another_servers_is_never_launched(emulator, task, synchronised):
    records = {one["id"]: one for one in emulator.fleet()}
    confused = {**records["id-db"], "current_task": records["id-web"]["current_task"]}
    emulator.faults({"kind": "body", "body": confused, "path": "/v3/sources/id-db", "times": 50})
    outcome = task("launched", servers=["db"], confirm=1)
    assert "names a task that is another server's: nothing was done" in outcome.result["servers"][0]["msg"]
    assert emulator.changes() == []


def test_a_server_that_changes_after_the_list_is_decided_anew_right_before_its_launch(emulator, task, synchronised):
    broken = {"kind": "update", "update": {"id-web": {"connected": False}}, "path": "/v3/sources/id-web"}
    emulator.faults({**broken, "times": 1})
    outcome = task("launched", confirm=3)
    assert [one["name"] for one in outcome.result["servers"] if one["failed"]] == ["web"]
    assert operations(emulator) == ["test"] * 2


def test_a_launch_that_fails_is_seen_while_waiting(emulator, task, synchronised):
    emulator.set(failing=["id-web"], speed=20000)
    outcome = task("launched", confirm=3, wait=True, interval=0.2, wait_timeout=60)
    assert [one["name"] for one in outcome.result["servers"] if one["failed"]] == ["web"]
    assert operations(emulator) == ["test"] * 3


def test_a_quota_that_is_used_up_fails_the_rest_with_the_services_words(emulator, task, synchronised):
    emulator.set(launch_quota=2)
    outcome = task("launched", confirm=3)
    [failed] = [one for one in outcome.result["servers"] if one["failed"]]
    assert "SMS.6526" in failed["msg"]
    assert (failed["changed"], outcome.result["changed"]) == (False, True)


# After the launch


def test_a_launched_server_counts_as_started_and_is_not_overwritten(emulator, task, launched):
    outcome = task("started")
    assert not outcome.failed
    assert "overwrite_launched" in outcome.result["servers"][0]["msg"]
    assert emulator.changes() == []


def test_a_launched_server_is_synchronised_again_only_where_that_is_said(emulator, task, launched):
    assert task("started", overwrite_launched=True).result["changed"]
    assert operations(emulator) == ["start"] * 3
    assert statuses(emulator) == [SYNCING] * 3
    assert not task("started", overwrite_launched=True).result["changed"]


def test_cleared_clears_what_is_launched(emulator, task, launched):
    assert "set confirm: 3" in task("cleared").result["msg"]
    assert task("cleared", confirm=3).result["changed"]
    emulator.advance(3600)
    assert not task("cleared").result["changed"]
    assert operations(emulator) == ["clear"] * 3


@pytest.mark.parametrize("state", ["paused", "cleared"])
def test_what_makes_no_sense_is_refused(emulator, task, state):
    outcome = task(state, confirm=3) if state == "cleared" else task(state)
    assert all(one["failed"] and "no task" in one["msg"] for one in outcome.result["servers"])
    assert emulator.changes() == []


def test_a_task_with_snapshots_is_deleted_only_where_that_is_said(emulator, task, launched):
    outcome = task("absent", confirm=3)
    assert all("delete_snapshots" in one["msg"] for one in outcome.result["servers"])
    assert emulator.changes() == []
    assert task("absent", confirm=3, delete_snapshots=True).result["changed"]
    assert not task("absent", confirm=3, delete_snapshots=True).result["changed"]
    assert operations(emulator) == ["delete"] * 3


def test_a_task_is_deleted_only_when_nothing_is_done_with_it(emulator, task, synchronised):
    outcome = task("absent", confirm=3)
    assert all("Pause it first" in one["msg"] for one in outcome.result["servers"])
    assert emulator.changes() == []


def test_a_task_without_snapshots_is_deleted(emulator, task):
    task("present", target=TARGET)
    assert task("absent", confirm=3).result["changed"]
    assert operations(emulator) == ["create"] * 3 + ["delete"] * 3


# Check mode and the rest


def test_check_mode_does_everything_but_the_call(emulator, task, synchronised):
    emulator.set(denied=["sms:server:manageTask", "sms:server:createTask", "sms:server:deleteTask"])
    outcome = task("launched", confirm=3, check_mode=True)
    assert not outcome.failed, outcome.result["msg"]
    assert outcome.result["msg"] == "3 of 3 source servers would be changed."
    assert outcome.result["servers"][0]["msg"] == "Would launch it."
    assert outcome.result["servers"][0]["after"]["state"] == "cutovering"
    assert emulator.changes() == []
    assert "set confirm: 3" in task("launched", confirm=2, check_mode=True).result["msg"]
    assert task("launched", check_mode=True).result["to_change"] == 3


def test_check_mode_foresees_a_task_that_is_created_and_started(emulator, task):
    outcome = task("started", target=TARGET, check_mode=True)
    assert outcome.result["servers"][0]["msg"] == "Would create a task for it and start it."
    lines = [line for line in outcome.screen.splitlines() if line.endswith("Would create a task for it and start it.")]
    assert len(lines) == outcome.result["to_change"]
    assert emulator.changes() == []


@pytest.mark.parametrize(
    ("state", "options", "action", "older"),
    [
        ("present", {"target": TARGET}, "sms:server:createTask", "sms:server:migrationServer"),
        ("paused", {}, "sms:server:manageTask", "sms:server:migrationServer"),
        ("paused", {}, "sms:server:get", "sms:server:queryServer"),
        ("absent", {"confirm": 1}, "sms:server:getTask", "sms:server:queryServer"),
        ("absent", {"confirm": 1}, "sms:server:deleteTask", "sms:server:migrationServer"),
    ],
)
def test_a_missing_permission_is_named_by_both_names(emulator, task, state, options, action, older):
    if state != "present":
        task("started" if state == "paused" else "present", servers=["web"], target=TARGET)
    emulator.set(denied=[action])
    message = task(state, servers=["web"], **options).result["msg"]
    assert "403" in message
    assert action in message
    assert older in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"state": "gone"}, "value of state must be one of"),
        ({"state": "paused", "confirm": 1}, "confirm has no meaning"),
        ({"state": "launched", "settings": {"syncing": True}}, "settings has no meaning"),
        ({"state": "present", "settings": {"speed_limit": 1001}}, "speed_limit: 1001"),
        ({"state": "present", "settings": {"sync": True}}, "Unsupported parameters"),
        ({"state": "present", "target": {**TARGET, "vm_id": "v"}}, "either template or template_id"),
        ({"state": "present", "target": {**TARGET, "region_id": ""}}, "target.region_id is empty"),
        ({"state": "present", "target": {"template_id": "t"}}, "missing required arguments"),
        ({"state": "started", "max_running": 0}, "max_running: 0"),
        ({"state": "started", "wait_timeout": -1}, "wait_timeout: -1"),
        ({"state": "started", "interval": "nan"}, "interval"),
        ({"state": "launched", "launch_operation": "both"}, "launch_operation"),
        ({"state": "started", "servers": ["nobody"]}, "No source server has the name or ID nobody"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_sent(emulator, act, options, words):
    outcome = act("task", **{"servers": ["web"], **options})
    assert outcome.failed
    assert words in outcome.result["msg"]
    assert emulator.changes() == []


def test_all_servers_are_never_meant_by_saying_nothing(emulator, act):
    assert "Say which servers" in act("task", state="started", target=TARGET).result["msg"]
    assert act("task", state="started", target=TARGET, servers=[]).result["servers"] == []
    for nothing in ("", " ", [""], []):
        result = act("task", state="started", target=TARGET, migration_cycle=nothing).result
        assert "Say which servers" in result["msg"] or "is an empty list" in result["msg"]
    assert emulator.requests() == []


def test_a_filter_says_which_servers_are_meant(emulator, act):
    outcome = act("task", state="present", target=TARGET, name="web")
    assert [one["name"] for one in outcome.result["servers"]] == ["web"]


def test_each_server_has_a_line_of_progress(task, emulator):
    screen = task("started", target=TARGET).screen
    assert len(screen.splitlines()) == 3
    assert "web (id-web)  initialize  " in screen
    assert "Task created, started." in screen


def test_what_servers_say_is_nothing_that_ansible_would_evaluate(emulator, act, task):
    from ansible_collections.huaweicloud.sms.plugins.plugin_utils import _trust

    hostile = "{{ lookup('pipe', 'touch /tmp/x') }}"
    emulator.change_fleet(update={"id-web": {"name": hostile, "state": hostile}})
    outcome = act("task", state="started", servers=["id-web"], target=TARGET)
    assert outcome.failed
    for text in (outcome.result["msg"], outcome.result["servers"][0]["name"], outcome.result["servers"][0]["msg"]):
        assert type(text) is type(_trust.untrusted("a"))


# Answers that are lost


LOST = [
    {"kind": "drop"},
    {"kind": "truncate"},
    {"kind": "not_json"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "retry_after": 1},
    {"kind": "body", "body": [1]},
    {"kind": "redirect", "location": "http://127.0.0.1:1/"},
    {"kind": "delay", "seconds": 2},
]
STEPS = {
    "present": ("present", {"target": TARGET}, "create"),
    "started": ("started", {}, "start"),
    "paused": ("paused", {}, "stop"),
    "launched": ("launched", {"confirm": 1}, "test"),
    "cleared": ("cleared", {"confirm": 1}, "clear"),
    "absent": ("absent", {"confirm": 1}, "delete"),
}


def prepare(emulator, task, step):
    if step in ("started", "absent"):
        task("present", servers=["web"], target=TARGET)
    elif step != "present":
        task("started", servers=["web"], target=TARGET)
        emulator.advance(4 * 3600)
    if step == "cleared":
        task("launched", servers=["web"], confirm=1)
        emulator.advance(4 * 3600)
    emulator.clear_requests()


def fault_on(step, **fault):
    path = {"present": "/v3/tasks", "absent": "/v3/tasks/"}.get(step, "/v3/tasks/*/action")
    return {"path": path, "method": "DELETE" if step == "absent" else "POST", "times": 1, **fault}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lost", LOST, ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}")
def test_what_was_done_although_its_answer_is_lost_is_not_asked_for_again(emulator, task, step, lost, monkeypatch):
    # Ends with the first look that shows it, which a busy machine may take long for.
    monkeypatch.setattr(_actor, "EVIDENCE_TIMEOUT", 30.0)
    prepare(emulator, task, step)
    emulator.faults(fault_on(step, after=True, **lost))
    state, options, operation = STEPS[step]
    outcome = task(state, servers=["web"], timeout=1, **options)
    assert not outcome.failed, outcome.result["msg"]
    assert outcome.result["changed"]
    assert operations(emulator) == [operation]
    again = task(state, servers=["web"], **options)
    assert (again.failed, again.result["changed"]) == (False, False)
    assert operations(emulator) == [operation]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lost", [LOST[0], LOST[2], LOST[3], LOST[5]], ids=lambda fault: fault["kind"])
def test_what_was_not_done_is_not_asked_for_again_in_the_same_run(emulator, task, step, lost):
    prepare(emulator, task, step)
    emulator.faults(fault_on(step, **lost))
    state, options, operation = STEPS[step]
    outcome = task(state, servers=["web"], **options)
    assert outcome.failed
    assert "It was not sent again" in outcome.result["servers"][0]["msg"]
    assert operations(emulator) == [operation]
    again = task(state, servers=["web"], **options)
    assert (again.failed, again.result["changed"]) == (False, True)


@pytest.mark.parametrize("step", [step for step in STEPS if step != "present"])
def test_what_sms_took_and_never_shows_is_not_waited_for_without_end(emulator, task, monkeypatch, step):
    monkeypatch.setattr(_outcome, "EFFECT_TIMEOUT", 0.5)
    prepare(emulator, task, step)
    emulator.faults(fault_on(step, kind="body", body={}))
    state, options, operation = STEPS[step]
    outcome = task(state, servers=["web"], wait=True, interval=0.1, wait_timeout=60, **options)
    assert outcome.failed
    [result] = outcome.result["servers"]
    assert "SMS accepted the request, and has shown no effect for" in result["msg"]
    assert (result["outcome"], result["failed"], result["changed"]) == ("unknown", True, True)
    assert operations(emulator) == [operation]


def test_a_server_is_overdue_only_when_sms_was_queried_once_more(monkeypatch):
    monkeypatch.setattr(_outcome, "EFFECT_TIMEOUT", 0)
    record = server("web", current_task={"id": "task", "state": "READY"})
    job = _outcome.Job(None, record, _new_task.NewTask(None, None))
    outcome = _outcome.Outcome(job, "absent", _rules.Allowed())
    outcome.mark_sent(_rules.DELETE)
    outcome.accepted.append(_rules.DELETE)
    # Otherwise the wait could end for it before a query, without a failure.
    assert outcome.is_underway
    outcome.update(_rules.status_of(record))
    outcome.set_message()
    assert (outcome.is_underway, outcome.failed) == (False, True)


@pytest.mark.parametrize("step", STEPS)
def test_a_storm_of_throttling_ends_with_one_that_is_done(emulator, task, step):
    prepare(emulator, task, step)
    emulator.faults(fault_on(step, kind="status", status=429) | {"times": 4})
    state, options, operation = STEPS[step]
    assert not task(state, servers=["web"], **options).failed
    assert [one["status"] for one in emulator.changes()] == [429] * 4 + [200]
    assert set(operations(emulator)) == {operation}


def test_a_task_that_somebody_else_creates_at_the_same_time_is_taken_as_it_is(emulator, task):
    emulator.faults(fault_on("present", kind="status", status=400, error_code="SMS.7605", after=True))
    outcome = task("present", servers=["web"], target=TARGET)
    assert (outcome.failed, outcome.result["changed"]) == (False, False)
    assert operations(emulator) == ["create"]


def test_one_lost_answer_does_not_hide_that_the_service_is_gone(emulator, task, synchronised):
    emulator.faults(
        fault_on("launched", kind="drop", after=True),
        {"kind": "drop", "path": "/v3/sources/id-web", "skip": 1},
    )
    outcome = task("launched", servers=["web"], confirm=1, retries=0)
    assert "Whether it was done is not known" in outcome.result["servers"][0]["msg"]
    assert outcome.result["servers"][0]["outcome"] == "unknown"
    emulator.clear_faults()
    again = task("launched", servers=["web"], confirm=1)
    assert (again.failed, again.result["changed"]) == (False, False)
    assert operations(emulator) == ["test"]


def test_a_new_task_that_the_record_does_not_show_yet_is_found(emulator, task):
    task("present", servers=["web"], target=TARGET)
    record = next(one for one in emulator.fleet() if one["id"] == "id-web")
    emulator.clear_requests()
    emulator.faults(
        {"kind": "body", "body": {**record, "current_task": None}, "path": "/v3/sources/id-web"},
        {"kind": "body", "body": {"count": 1, "source_servers": [{**record, "current_task": None}]}},
    )
    outcome = task("present", servers=["web"], target=TARGET)
    assert (outcome.failed, outcome.result["changed"]) == (False, False)
    assert emulator.changes() == []
