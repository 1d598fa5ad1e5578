# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of each server that the action task returns: what SMS has to show before something counts as done."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _retries
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _actor, _evidence, _outcome, _rules, _status
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import (
    TARGET,
    in_status,
    operations,
    server,
)

# The outcomes, each with the values of "failed" and "changed" that it stands for.
OUTCOMES = {
    "done": {(False, True)},
    "in_progress": {(False, True), (True, True)},
    "unchanged": {(False, False)},
    "refused": {(True, False)},
    "failed": {(True, False)},
    "unknown": {(True, True)},
}
# For each goal: the status in which its operation is sent, the operation, and further options.
GOALS = {
    "present": (("waiting", "checking", None), "create", {"target": TARGET}),
    "started": (("waiting", "setting", "READY"), "start", {}),
    "paused": (("syncing", "syncing", "SYNCING"), "stop", {}),
    "launched": (("syncing", "syncing", "SYNCING"), "test", {"confirm": 1}),
    "cleared": (("finished", "cutovered", "MIGRATE_SUCCESS"), "clear", {"confirm": 1}),
    "absent": (("waiting", "setting", "READY"), "delete", {"confirm": 1}),
}
# What each operation may lead to, as far as a status shows it to be that operation.
SHOWN = {
    "present": [("waiting", "setting", "READY")],
    "started": [
        ("initialize", "replicating", "RUNNING"),
        ("replicate", "replicating", "RUNNING"),
        ("syncing", "syncing", "SYNCING"),
    ],
    "paused": [("stopping", "syncing", "ABORTING"), ("stopped", "syncing", "ABORT")],
    "launched": [
        ("cutovering", "cutovering", "SYNCING"),
        ("syncing", "cutovering", "SYNCING"),
        ("skipping", "cutovering", "SKIPPING"),
        ("finished", "cutovered", "MIGRATE_SUCCESS"),
    ],
    "cleared": [("clearing", "cutovered", "MIGRATE_SUCCESS"), ("cleared", "cutovered", "MIGRATE_SUCCESS")],
    "absent": [("waiting", "setting", "DELETING")],
}
# What somebody else or a failure leads to: the operation is not needed or not allowed any more, and was not done.
ELSEWHERE = [
    ("error", "syncing", "SYNC_FAIL"),
    ("error", "cutovering", "SYNC_FAIL"),
    ("error", "syncing", "SYNCING"),
    ("unavailable", "syncing", "SYNCING"),
    ("waiting", "setting", "RESETING"),
    ("unheard of", "syncing", "SYNCING"),
    ("syncing", "unheard of", "SYNCING"),
    ("syncing", "syncing", "unheard of"),
    (None, None, None),
]
# That the task is synchronized is evidence of a start, whatever the server's state is.
NO_EVIDENCE = [
    (goal, status)
    for goal, status in product([one for one in GOALS if one != "present"], ELSEWHERE)
    if (goal, status[0]) != ("started", "unavailable")
]
# A task that has not been deleted yet can still change.
NO_EFFECT = [(goal, status) for goal, status in NO_EVIDENCE if goal != "absent" or status[0] in ("error", None)]
DONE_AT_ONCE = {
    ("started", ("syncing", "syncing", "SYNCING")),
    ("paused", ("stopped", "syncing", "ABORT")),
    ("launched", ("finished", "cutovered", "MIGRATE_SUCCESS")),
    ("cleared", ("cleared", "cutovered", "MIGRATE_SUCCESS")),
    ("present", ("waiting", "setting", "READY")),
}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(_actor, "EVIDENCE_TIMEOUT", 0.3)
    monkeypatch.setattr(_actor, "EVIDENCE_INTERVAL", 0.05)


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    return running_emulator


@pytest.fixture
def task(act):
    """Runs the action for the server web, and returns its result for this server."""

    def run(state, **options):
        outcome = act("task", state=state, servers=["web"], **options)
        [result] = outcome.result["servers"]
        assert (result["failed"], result["changed"]) in OUTCOMES[result["outcome"]], result
        assert outcome.result.get("failed", False) == result["failed"]
        assert outcome.result["changed"] == result["changed"]
        return result

    return run


def begin(emulator, goal):
    """Put the server into the status in which the operation of a goal is sent; return its record."""
    (state, cycle, task_state), _operation, _options = GOALS[goal]
    if task_state is None:
        record = server("web", state=state, migration_cycle=cycle)
    else:
        record = in_status("web", state, cycle, task_state)
    emulator.replace_fleet([record])
    return record


def spoil(goal, **fault):
    """A fault that spoils the response to the request of a goal."""
    path = {"present": "/v3/tasks", "absent": "/v3/tasks/"}.get(goal, "/v3/tasks/*/action")
    return {"path": path, "method": "DELETE" if goal == "absent" else "POST", "times": 1, **fault}


def show(status, goal="", **fields):
    """A fault that makes the server have a status as soon as the request of a goal arrives."""
    state, cycle, task_state = status
    task = {"id": "task-web", "name": "web-id-web", "state": task_state}
    update = {"state": state, "migration_cycle": cycle, "current_task": task, **fields}
    return spoil(goal, kind="update", update={"id-web": update})


def run(emulator, task, goal, *faults, **options):
    begin(emulator, goal)
    emulator.faults(*faults)
    result = task(goal, **GOALS[goal][2], **options)
    assert operations(emulator) == [GOALS[goal][1]]
    return result


def test_the_outcomes_are_those_that_are_documented():
    assert {kind: {*values} for kind, values in _outcome.KINDS.items()} == OUTCOMES


# Lost responses


@pytest.mark.parametrize(("goal", "status"), [(goal, status) for goal in SHOWN for status in SHOWN[goal]])
def test_after_a_lost_response_the_status_of_that_operation_is_evidence(emulator, task, goal, status):
    result = run(emulator, task, goal, show(status, goal), spoil(goal, kind="drop"))
    expected = "done" if (goal, status) in DONE_AT_ONCE else "in_progress"
    assert result["outcome"] == expected, result


@pytest.mark.parametrize(("goal", "status"), NO_EVIDENCE)
def test_after_a_lost_response_no_other_status_is_evidence(emulator, task, goal, status):
    result = run(emulator, task, goal, show(status, goal), spoil(goal, kind="drop"))
    assert result["outcome"] == "unknown", result
    assert "Whether it was done is not known" in result["msg"]
    assert "Look at the task and its target" in result["msg"]


@pytest.mark.parametrize("goal", [goal for goal in GOALS if goal not in ("present", "absent")])
@pytest.mark.parametrize(
    "fields",
    [
        {"current_task": None, "state": "waiting", "migration_cycle": "checking"},
        {"current_task": {"id": "another", "name": "another", "state": "SYNCING"}},
        {"current_task": {"state": "SYNCING"}},
        {"current_task": "task-web"},
        {"connected": False},
    ],
    ids=["deleted", "another task", "no ID", "no task", "disconnected"],
)
def test_a_task_that_is_gone_or_another_one_is_no_evidence(emulator, task, goal, fields):
    update = spoil(goal, kind="update", update={"id-web": fields})
    result = run(emulator, task, goal, update, spoil(goal, kind="drop"))
    assert result["outcome"] == "unknown", result


def test_somebody_elses_pause_is_no_evidence_of_a_launch(emulator, task):
    paused = show(("stopping", "syncing", "ABORTING"), "launched")
    result = run(emulator, task, "launched", paused, spoil("launched", kind="drop"))
    assert result["outcome"] == "unknown"
    assert "Launched" not in result["msg"]


def test_a_record_without_a_task_is_no_evidence_that_it_was_deleted(emulator, task):
    record = begin(emulator, "absent")
    emulator.faults(
        spoil("absent", kind="drop"),
        {"kind": "body", "body": {**record, "current_task": None}, "path": "/v3/sources/id-web", "skip": 1},
    )
    assert task("absent", confirm=1)["outcome"] == "unknown"


def test_a_task_that_sms_does_not_have_any_more_was_deleted(emulator, task):
    result = run(emulator, task, "absent", spoil("absent", kind="drop", after=True))
    assert result["outcome"] == "done", result


def test_somebody_elses_new_task_is_no_evidence_of_ours(emulator, task):
    other = {"id": "other", "name": "made by a person", "state": "READY"}
    created = spoil("present", kind="update", update={"id-web": {"current_task": other}})
    result = run(emulator, task, "present", created, spoil("present", kind="drop"))
    assert result["outcome"] == "unknown", result


def test_a_lost_creation_is_never_followed_by_a_start(emulator, task):
    emulator.replace_fleet([server("web")])
    other = {"id": "other", "name": "made by a person", "state": "READY"}
    emulator.faults(
        spoil("present", kind="update", update={"id-web": {"current_task": other}}), spoil("present", kind="drop")
    )
    assert task("started", target=TARGET)["outcome"] == "unknown"
    assert operations(emulator) == ["create"]


# Responses that arrive


@pytest.mark.parametrize("goal", GOALS)
def test_what_sms_does_is_in_progress_or_done(emulator, task, goal):
    result = run(emulator, task, goal)
    assert result["outcome"] == ("done" if goal in ("present", "absent") else "in_progress"), result
    assert "does not show" not in result["msg"]


@pytest.mark.parametrize("goal", [goal for goal in GOALS if goal != "present"])
def test_what_sms_accepts_and_does_not_show_is_in_progress_until_the_time_is_up(emulator, task, goal, monkeypatch):
    accepted = spoil(goal, kind="body", body={})
    result = run(emulator, task, goal, accepted)
    assert result["outcome"] == "in_progress"
    assert "requested. SMS accepted the request, and does not show its effect yet." in result["msg"]
    for participle in _rules.PARTICIPLES.values():
        assert participle.capitalize() not in result["msg"]
    monkeypatch.setattr(_outcome, "EFFECT_TIMEOUT", 0.2)
    emulator.clear_requests()
    result = run(emulator, task, goal, accepted, wait=True, interval=0.1, wait_timeout=30)
    assert result["outcome"] == "unknown"
    assert "It is not known whether it was done. Look at the task and its target" in result["msg"]


@pytest.mark.parametrize(("goal", "status"), NO_EFFECT)
def test_what_sms_accepts_and_shows_otherwise_is_unknown(emulator, task, goal, status):
    result = run(emulator, task, goal, show(status, goal), spoil(goal, kind="body", body={}))
    assert result["outcome"] == "unknown", result


def test_a_launch_whose_server_cannot_be_read_afterwards_is_unknown(emulator, task):
    gone = {"kind": "status", "status": 403, "path": "/v3/sources/id-web", "skip": 1}
    result = run(emulator, task, "launched", gone)
    assert result["outcome"] == "unknown"
    assert "SMS accepted the request, and it is not known what became of it: " in result["msg"]


def test_a_launch_that_fails_after_it_was_seen_is_unknown(emulator, task):
    begin(emulator, "launched")
    emulator.set(failing=["id-web"], speed=20000)
    result = task("launched", confirm=1, wait=True, interval=0.1, wait_timeout=60)
    assert result["outcome"] == "unknown"
    assert "error (cutovering)" in result["msg"]


def test_a_wait_that_is_over_too_early_is_in_progress_and_failed(emulator, task):
    result = run(emulator, task, "launched", wait=True, interval=0.1, wait_timeout=0.2)
    assert (result["outcome"], result["failed"]) == ("in_progress", True)


def test_a_task_that_was_created_and_is_not_started_is_unknown(emulator, task):
    emulator.replace_fleet([server("web")])
    refusal = {"kind": "status", "status": 400, "error_code": "SMS.6526"}
    emulator.faults(spoil("started", **refusal))
    result = task("started", target=TARGET)
    assert result["outcome"] == "unknown"
    assert result["msg"].startswith("Task created. ")


def test_a_restart_is_under_way_while_sms_still_shows_the_failure_of_the_server(emulator, task):
    failed = in_status("web", "error", "replicating", "MIGRATE_FAIL")
    emulator.replace_fleet([failed])
    emulator.faults(show(("error", "replicating", "RUNNING"), "started"), spoil("started", kind="body", body={}))
    assert task("started")["outcome"] == "in_progress"


# Nothing is sent


def test_what_another_run_does_is_unchanged(emulator, task):
    emulator.replace_fleet([in_status("web", "cutovering", "cutovering", "SYNCING")])
    assert task("launched")["outcome"] == "unchanged"
    # It has not reached the goal, and this run has changed nothing.
    assert task("launched", wait=True, interval=0.1, wait_timeout=0.2)["outcome"] == "failed"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (("finished", "cutovered", "MIGRATE_SUCCESS"), "unchanged"),
        (("replicate", "replicating", "RUNNING"), "refused"),
        (("syncing", "unheard of", "SYNCING"), "refused"),
    ],
)
def test_a_server_that_is_left_alone_is_unchanged_or_refused(emulator, task, status, outcome):
    emulator.replace_fleet([in_status("web", *status)])
    assert task("launched", confirm=1)["outcome"] == outcome
    assert emulator.changes() == []


def test_a_refusal_by_sms_is_failed_and_changes_nothing(emulator, task):
    result = run(emulator, task, "launched", spoil("launched", kind="status", status=400, error_code="SMS.6526"))
    assert result["outcome"] == "failed"


def test_a_launch_that_somebody_else_requested_at_that_moment_is_unchanged(emulator, task):
    refusal = {"kind": "status", "status": 400, "error_code": "SMS.7715", "after": True}
    assert run(emulator, task, "launched", spoil("launched", **refusal))["outcome"] == "unchanged"


@pytest.mark.parametrize("goal", GOALS)
def test_check_mode_returns_the_outcome_that_the_change_would_have(emulator, task, goal):
    begin(emulator, goal)
    predicted = task(goal, check_mode=True, **GOALS[goal][2])
    assert emulator.changes() == []
    assert predicted["outcome"] == task(goal, **GOALS[goal][2])["outcome"]


# The functions


@pytest.mark.parametrize("operation", _rules.VERBS)
def test_no_status_that_allows_an_operation_is_evidence_of_it(operation):
    goal = {
        _rules.CREATE: "present",
        _rules.START: "started",
        _rules.STOP: "paused",
        _rules.LAUNCH: "launched",
        _rules.CLEAR: "cleared",
        _rules.DELETE: "absent",
    }[operation]
    allowed = _rules.Allowed(True, True, True)
    tasks = [None, *_status.TASK_STATES]
    statuses = []
    for state, cycle, task in product(_states.NAMES, _states.CYCLES, tasks):
        record = in_status("web", state, cycle, task) if task else server("web", state=state, migration_cycle=cycle)
        statuses.append(_rules.status_of(record))
    allowing = [one for one in statuses if _rules.decide(goal, one, allowed).operation == operation]
    assert allowing
    for sent, now in product(allowing[:40], allowing):
        # A task that succeeded, and is synchronized once more, may succeed again.
        if not (operation == _rules.START and now.task_state in _states.SUCCEEDED_TASK_STATES):
            assert not _evidence.shows(operation, sent, now), (sent.summary, now.summary)
        assert not _evidence.shows(operation, sent, sent)
