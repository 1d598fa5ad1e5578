# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of the action task: as few as a decision on the status of that moment needs."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import (
    TARGET,
    in_status,
    operations,
    server,
)

SYNCING = ("syncing", "syncing", "SYNCING")
READY = ("waiting", "setting", "READY")
LAUNCHED = ("finished", "cutovered", "MIGRATE_SUCCESS")
SERVER, TASK, TASKS = "GET /v3/sources/ID", "GET /v3/tasks/ID", "GET /v3/tasks"
ACTION, CREATION, DELETION = "POST /v3/tasks/ID/action", "POST /v3/tasks", "DELETE /v3/tasks/ID"
# For each goal: the status of a server, and the requests for it in their order, after the listing.
REQUESTS = {
    "launched": (SYNCING, [SERVER, ACTION, SERVER]),
    "paused": (SYNCING, [SERVER, ACTION, SERVER]),
    "cleared": (LAUNCHED, [SERVER, ACTION, SERVER]),
    # The number that is confirmed depends on snapshots, which only the task has.
    "absent": (READY, [TASK, SERVER, TASK, DELETION, SERVER]),
    "present": (None, [SERVER, TASKS, CREATION, SERVER]),
    "started": (READY, [SERVER, TASK, TASKS, ACTION, SERVER]),
}


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    return running_emulator


def record(number, status):
    return in_status(f"{number:02}", *status) if status else server(f"{number:02}")


def requests_of(emulator, number):
    """The requests for one server, in order: those for its record, its task, and lists that name one of them."""
    own = (f"id-{number:02}", f"task-{number:02}")
    found = []
    for request in emulator.requests():
        about = f"{request['path']} {request['query']} {request['body']}"
        if any(one in about for one in own) or _created(emulator, number) in request["path"].split("/"):
            path = [part for part in request["path"].split("/") if part]
            parts = [part if part in ("v3", "sources", "tasks", "action") else "ID" for part in path]
            found.append(f"{request['method']} /{'/'.join(parts)}")
    return found


def _created(emulator, number):
    task = next(one["current_task"] for one in emulator.fleet() if one["id"] == f"id-{number:02}")
    return task["id"] if task else "none"


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("goal", REQUESTS)
def test_no_more_is_requested_than_a_decision_needs(emulator, act, goal, count):
    status, expected = REQUESTS[goal]
    emulator.replace_fleet([record(number, status) for number in range(count)])
    options = {"confirm": count} if goal in ("launched", "cleared", "absent") else {"target": TARGET}
    options = {} if goal == "paused" else options
    outcome = act("task", state=goal, servers=[f"{number:02}" for number in range(count)], **options)
    assert not outcome.failed, outcome.result["msg"]
    assert len(emulator.requests()) == 1 + count * len(expected)
    assert emulator.requests()[0]["path"] == "/v3/sources"
    assert all(requests_of(emulator, number) == expected for number in range(min(count, 3)))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "cutovering", "migration_cycle": "cutovering"},
        {"state": "error"},
        {"connected": False},
        {"state": "unheard of"},
        {"current_task": {"id": "task-01", "state": "ABORTING"}},
        {"current_task": None},
        {"current_task": {"id": "task-00", "state": "SYNCING"}},
    ],
)
def test_each_server_is_decided_on_a_record_that_is_read_after_the_listing(emulator, act, change):
    emulator.replace_fleet([record(number, SYNCING) for number in range(3)])
    # As soon as the listing has been sent.
    path = {"path": "/v3/sources/id-01", "method": "GET", "times": 1}
    emulator.faults({"kind": "update", "update": {"id-01": change}, **path})
    outcome = act("task", state="launched", servers=["00", "01", "02"], confirm=3)
    assert operations(emulator) == ["test"] * 2
    [changed] = [one for one in outcome.result["servers"] if one["id"] == "id-01"]
    assert changed["outcome"] in ("refused", "failed", "unchanged")


def test_a_server_with_a_task_that_the_listing_did_not_name_is_launched_only_if_it_is_its_own(emulator, act):
    emulator.replace_fleet([record(number, SYNCING) for number in range(2)])
    new = {"current_task": {"id": "new", "state": "SYNCING"}}
    path = {"path": "/v3/sources/id-01", "method": "GET", "times": 1}
    emulator.faults({"kind": "update", "update": {"id-01": new}, **path})
    assert not act("task", state="launched", servers=["01"], confirm=1).failed
    assert requests_of(emulator, 1) == [SERVER, TASK, ACTION, SERVER]
