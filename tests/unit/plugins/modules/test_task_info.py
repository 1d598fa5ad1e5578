# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module task_info: complete lists of tasks, with their steps."""

from __future__ import annotations

import pytest
import requests
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

pytestmark = pytest.mark.core


@pytest.fixture
def task_info(run_module):
    return lambda **options: run_module(module="task_info", **options)


def tasks_of(emulator):
    return {one["current_task"]["id"]: one for one in emulator.fleet() if isinstance(one["current_task"], dict)}


def test_all_tasks_are_listed_with_their_details(emulator, task_info):
    result = task_info()
    assert {one["id"] for one in result["tasks"]} == tasks_of(emulator).keys()
    assert result["count"] == len(result["tasks"]) > 0
    assert result["changed"] is False
    for task in result["tasks"]:
        assert task["sub_tasks"][0].keys() >= {"name", "progress", "start_date", "end_date"}
        assert task.keys() >= {"migrate_speed", "syncing", "region_id", "seconds_left", "errors"}


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["records", "pages"])
def test_a_long_list_is_whole(task_info, unit):
    with Emulator(servers=900, offset_unit=unit) as large:
        result = task_info(endpoint=large.url)
        assert {one["id"] for one in result["tasks"]} == tasks_of(large).keys()
        assert result["count"] > 200


def test_a_list_that_is_not_whole_is_an_error(emulator, task_info):
    emulator.set(count_bias=1)
    assert "The list of tasks" in task_info()["msg"]


def test_tasks_are_selected_by_server_state_and_id(emulator, task_info):
    [(task_id, record), *_others] = tasks_of(emulator).items()
    state = record["current_task"]["state"]
    assert [one["id"] for one in task_info(servers=[record["id"]])["tasks"]] == [task_id]
    assert [one["id"] for one in task_info(task_ids=[task_id])["tasks"]] == [task_id]
    assert {one["state"] for one in task_info(state=state)["tasks"]} == {state}
    assert task_info(state="brand_new")["tasks"] == []
    assert task_info(task_ids=[task_id], state="brand_new")["tasks"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"servers": ["nobody"]}, "No source server has the name or ID nobody"),
        ({"servers": ["nobody", "no one"]}, "No source server has the names or IDs nobody, no one"),
        ({"task_ids": ["none"]}, "No task has the ID none"),
        ({"task_ids": ["none", "nil"]}, "No task has the IDs none, nil"),
        ({"task_ids": [".."]}, "no ID of a task"),
        ({"state": "x" * 300}, "state"),
        ({"limit": 1}, "Unsupported parameters"),
    ],
)
def test_what_cannot_be_is_one_message(task_info, options, words):
    result = task_info(**options)
    assert result["failed"]
    assert words in result["msg"]


def test_a_failed_task_says_why(task_info):
    with Emulator(servers=400) as large:
        large.advance(6 * 3600)
        failed = task_info(endpoint=large.url, state="MIGRATE_FAIL")["tasks"]
        assert failed
        assert all(one["errors"][0]["error_code"] == "SMS.0500" for one in failed)


def test_a_missing_permission_is_named_by_both_names(emulator, task_info):
    for action in ("sms:server:listTask", "sms:server:getTask"):
        emulator.set(denied=[action])
        message = task_info()["msg"]
        assert action in message
        assert "sms:server:queryServer" in message


def test_the_last_consistency_check_is_queried_if_it_is_wanted(emulator, task_info):
    found = task_info(consistency=True)["tasks"]
    assert [task["consistency"] for task in found] == [None] * len(found)
    assert all("consistency" not in task for task in task_info()["tasks"])
    task = {"id": "task-web", "state": "SYNCING", "source_server": {"id": "id-web"}}
    record = {"id": "id-web", "name": "web", "state": "syncing", "migration_cycle": "syncing", "connected": True}
    emulator.replace_fleet([{**record, "current_task": task}])
    headers = {"X-Auth-Token": emulator.token}
    body = {"operation": "start", "is_need_consistency_check": True}
    requests.post(f"{emulator.url}/v3/tasks/task-web/action", json=body, headers=headers, timeout=30)
    emulator.advance(1000)
    [task] = task_info(task_ids=["task-web"], consistency=True)["tasks"]
    assert (task["consistency"]["files"], task["consistency"]["differences"]) == (1234, 0)
