# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Consistency checks and synchronizations: what SMS shows of them, in each documented form and in others."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _consistency

SINCE = 1_000_000
FILES = {
    "dir_check": "/data",
    "num_total_files": 7,
    "num_different_files": 1,
    "num_target_miss_files": 2,
    "num_target_more_files": 3,
}
EQUAL = {**dict.fromkeys(FILES, 0), "dir_check": "/data", "num_total_files": 7}
ENTRY = {"finished_time": SINCE + 1, "check_result": "success", "consistency_result": [FILES]}


def entry(**changes):
    return {**ENTRY, "consistency_result": [EQUAL], **changes}


def problem(content, since=SINCE, most=0):
    return _consistency.problem_of(_consistency.latest(content), since, most)


@pytest.mark.parametrize(
    "content",
    [
        {"task_id": "t", "result_list": [ENTRY]},
        {"task_id": "t", "result_list": [json.dumps(ENTRY)]},
        {"task_id": "t", "result_list": [{**ENTRY, "consistency_result": [json.dumps(FILES)]}]},
        {"task_id": "t", "result_list": [{**ENTRY, "consistency_result": json.dumps([FILES])}]},
        {"task_id": "t", **ENTRY},
        {"task_id": "t", "result_list": [{**ENTRY, "finished_time": 5, "consistency_result": []}, ENTRY]},
    ],
)
def test_each_documented_form_has_the_same_numbers(content):
    found = _consistency.latest(content)
    assert (found.files, found.differences, found.finished) == (7, 6, SINCE + 1)
    assert found.numbers == "7 files, 6 differences"
    assert "7 files, 6 differences. wave_consistency_max_differences is 5." in problem(content, most=5)
    assert problem(content, most=6) == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no result"),
        ([], "no result"),
        ({}, "no result"),
        ({"result_list": None}, "no result"),
        ({"result_list": ["no JSON"]}, "no result"),
        ({"result_list": [{}]}, "no result"),
        ({"task_id": "t"}, "no result"),
        (entry(finished_time=SINCE), "older than the freeze"),
        (entry(finished_time=None), "older than the freeze"),
        (entry(finished_time="2099"), "older than the freeze"),
        (entry(check_result="failed"), "did not succeed: failed"),
        (entry(check_result=None), "did not succeed: SMS shows no result"),
        (entry(consistency_result=None), "not understood"),
        (entry(consistency_result=["7"]), "not understood"),
        (entry(consistency_result=[{**EQUAL, "num_target_miss_files": None}]), "not understood"),
        (entry(consistency_result=[{**EQUAL, "num_different_files": "0"}]), "not understood"),
        (entry(consistency_result=[{**EQUAL, "num_different_files": -1}]), "not understood"),
        (entry(consistency_result=[{**EQUAL, "num_total_files": True}]), "not understood"),
        (entry(consistency_result=[]), "no file in any directory"),
        (entry(consistency_result=[{**EQUAL, "num_total_files": 0}]), "no file in /data"),
        (entry(consistency_result=[EQUAL, {**EQUAL, "num_total_files": 0, "dir_check": "/etc"}]), "no file in /etc"),
        (entry(consistency_result=[EQUAL, FILES]), "14 files, 6 differences"),
    ],
)
def test_whatever_is_no_evidence_says_why(content, reason):
    assert reason in problem(content)


def test_a_check_is_no_evidence_if_the_time_of_the_freeze_is_not_known():
    assert problem(entry()) == ""
    assert "not known" in problem(entry(), since=None)


def subtask(began, ended, name="SYNC_LINUX_FILE"):
    return {"name": name, "start_date": began, "end_date": ended}


@pytest.mark.parametrize(
    ("subtasks", "ended"),
    [
        (None, None),
        ([], None),
        (["SYNC_"], None),
        ([subtask(SINCE, SINCE + 5)], None),
        ([subtask(SINCE + 1, None)], None),
        ([subtask(None, SINCE + 5)], None),
        ([subtask(SINCE + 9, SINCE + 5)], None),
        ([subtask(SINCE + 1, SINCE + 5, "MIGRATE_LINUX_FILE")], None),
        ([subtask(1, 2), subtask(SINCE + 1, SINCE + 5), subtask(SINCE + 6, SINCE + 8)], SINCE + 5),
    ],
)
def test_a_synchronization_counts_if_it_began_after_the_freeze_and_has_ended(subtasks, ended):
    assert _consistency.synchronized_at({"sub_tasks": subtasks}, SINCE) == ended
    assert _consistency.synchronized_at({"sub_tasks": subtasks}, None) is None
    assert _consistency.synchronized_at(None, SINCE) is None


def test_the_last_synchronization_is_the_one_that_ended_last():
    task = {"sub_tasks": [subtask(1, 9), subtask(2, 4), subtask(10, None), subtask(1, 99, "MIGRATE_X"), None]}
    assert _consistency.last_synchronized_at(task) == 9
    assert _consistency.last_synchronized_at(None) is None


def test_a_time_is_shown_in_utc_and_an_odd_one_not_at_all():
    assert _consistency.moment(1_736_854_315_000) == "2025-01-14T11:31:55Z"
    assert _consistency.moment(None) == _consistency.moment(10**30) == ""
