# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two listings."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._changes import KINDS, compare, reduce_record
from hypothesis import given
from hypothesis import strategies as st

RECORD = {
    "id": "a",
    "name": "web",
    "ip": "192.0.2.1",
    "state": "replicate",
    "migration_cycle": "replicating",
    "connected": True,
    "current_task": {"id": "t1", "state": "RUNNING", "log_share_url": "https://logs.example/secret"},
    "checks": [{"id": 1, "name": "CPU", "result": "OK", "error_code": None}],
    "totalsize": 1000,
    "replicatesize": 0,
}
RSYNC = {"id": 7, "name": "RSYNC", "result": "ERROR", "error_code": "SMS.6517"}


def changes_between(old: dict, new: dict) -> list[tuple]:
    """Kind, from and to of each change when a record's fields go from one to the other."""
    return [change[:1] + change[2:4] for change in compare({"a": RECORD | old}, {"a": RECORD | new})]


def task(state: str, task_id: str = "t1") -> dict:
    return {"current_task": {"id": task_id, "state": state}}


def test_equal_listings_hold_no_change():
    assert compare({"a": RECORD}, {"a": RECORD}) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"state": "syncing"}, ("state", "replicate", "syncing")),
        ({}, {"state": "a new one"}, ("state", "replicate", "a new one")),
        ({}, {"migration_cycle": "syncing"}, ("migration_cycle", "replicating", "syncing")),
        ({}, {"connected": False}, ("disconnected", True, False)),
        ({"connected": False}, {}, ("connected", False, True)),
        ({}, {"checks": [RSYNC]}, ("check_failed", None, "ERROR")),
        ({"checks": [RSYNC | {"result": "WARN"}]}, {"checks": [RSYNC]}, ("check_failed", "WARN", "ERROR")),
        ({"checks": [RSYNC]}, {"checks": [RSYNC | {"error_code": "SMS.6509"}]}, ("check_failed", "ERROR", "ERROR")),
        ({}, task("MIGRATE_FAIL"), ("task_failed", "RUNNING", "MIGRATE_FAIL")),
        (task("SYNCING"), task("SYNC_FAIL"), ("task_failed", "SYNCING", "SYNC_FAIL")),
        (task("SYNC_FAIL"), task("SYNC_FAIL", "t2"), ("task_failed", "SYNC_FAIL", "SYNC_FAIL")),
        ({"current_task": None}, task("OTHER_FAIL"), ("task_failed", None, "OTHER_FAIL")),
        ({}, {"replicatesize": 250}, ("progress", 0.0, 25)),
        ({"totalsize": None}, {"replicatesize": 300}, ("progress", None, 25)),
    ],
)
def test_each_kind_of_change_is_told_once_with_from_and_to(old, new, expected):
    assert changes_between(old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param({}, {"name": "new", "hostname": "new", "last_visit_time": 5}, id="other fields"),
        pytest.param({"checks": [RSYNC]}, {"checks": [RSYNC | {"id": 9}]}, id="a check that fails again"),
        pytest.param({"checks": [RSYNC]}, {"checks": []}, id="a check that fails no more"),
        pytest.param(task("SYNC_FAIL"), task("SYNC_FAIL"), id="a task that failed before"),
        pytest.param(task("SYNC_FAIL"), {"current_task": None}, id="a failed task that is gone"),
        pytest.param({"replicatesize": 260}, {"replicatesize": 490}, id="progress between thresholds"),
        pytest.param({"replicatesize": 900}, {"replicatesize": 100}, id="progress that falls back"),
        pytest.param({}, {"replicatesize": 999, "totalsize": 0}, id="progress that is unknown"),
        pytest.param({}, {"state": None, "migration_cycle": None, "connected": None}, id="fields that are null"),
        pytest.param({}, {"checks": "none", "current_task": [], "totalsize": "1"}, id="fields of another type"),
    ],
)
def test_what_is_no_event_is_not_told(old, new):
    assert changes_between(old, new) == []


def test_every_threshold_that_was_passed_is_told_in_ascending_order():
    changes = compare({"a": RECORD}, {"a": RECORD | {"replicatesize": 1000}}, thresholds=(100, 10, 50.5))
    assert [(change.after, change.key) for change in changes] == [
        (10, "a/progress/10"),
        (50.5, "a/progress/50.5"),
        (100, "a/progress/100"),
    ]


def test_progress_is_whole_only_when_nothing_is_left():
    assert changes_between({"replicatesize": 900}, {"totalsize": 10**9, "replicatesize": 10**9 - 1}) == []
    assert changes_between({"replicatesize": 900}, {"replicatesize": 1000}) == [("progress", 90.0, 100)]


def test_a_server_that_registers_is_told_with_its_failures():
    record = RECORD | {"checks": [RSYNC]} | task("MIGRATE_FAIL")
    assert [(change.kind, change.after) for change in compare({}, {"a": record})] == [
        ("registered", "replicate"),
        ("check_failed", "ERROR"),
        ("task_failed", "MIGRATE_FAIL"),
    ]


def test_a_server_that_vanishes_is_told_with_its_last_record():
    (change,) = compare({"a": RECORD, "b": {**RECORD, "id": "b"}}, {"b": {**RECORD, "id": "b"}})
    assert (change.kind, change.server_id, change.before, change.after) == ("vanished", "a", "replicate", None)
    assert change.record == RECORD


def test_a_failed_check_is_part_of_its_change_and_of_its_key():
    (change,) = compare({"a": RECORD}, {"a": RECORD | {"checks": [RSYNC, RSYNC]}})
    assert change.check == RSYNC
    assert change.key == "a/check_failed/RSYNC/SMS.6517/ERROR"


def test_changes_come_in_the_order_of_the_later_listing_and_vanished_ones_last():
    before = {name: {**RECORD, "id": name} for name in ("gone", "a", "b")}
    after = {name: {**RECORD, "id": name, "state": "error"} for name in ("b", "new", "a")}
    assert [(change.server_id, change.kind) for change in compare(before, after)] == [
        ("b", "state"),
        ("new", "registered"),
        ("a", "state"),
        ("gone", "vanished"),
    ]


def test_the_key_is_the_same_when_the_same_happens_again():
    (first,) = compare({"a": RECORD}, {"a": RECORD | {"state": "error", "last_visit_time": 1}})
    (again,) = compare({"a": RECORD | {"state": "syncing"}}, {"a": RECORD | {"state": "error", "last_visit_time": 2}})
    assert first.key == again.key == "a/state/error"


def test_what_is_remembered_of_a_record_is_small_and_holds_no_secret():
    kept = json.dumps(reduce_record(RECORD | {"checks": [RSYNC], "init_target_server": {"disks": ["…"] * 100}}))
    assert len(kept) < 400
    assert "secret" not in kept


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(["syncing", "SYNC_FAIL", "OK", "ERROR", ""])
)
CHECKS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "result", "error_code"), VALUES)), max_size=3
)
TASKS = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "state"), VALUES))
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("state", "migration_cycle", "connected", "totalsize", "replicatesize"), VALUES),
        "current_task": VALUES | TASKS,
        "checks": VALUES | CHECKS,
    },
)
LISTINGS = st.dictionaries(st.sampled_from("abc"), RECORDS)


@given(before=LISTINGS, after=LISTINGS)
def test_remembered_records_compare_as_whole_ones_do(before, after):
    kept = {server_id: reduce_record(record) for server_id, record in before.items()}
    told = [change._replace(record={}) for change in compare(before, after)]
    assert [change._replace(record={}) for change in compare(json.loads(json.dumps(kept)), after)] == told
    assert {change.kind for change in told} <= set(KINDS)


@given(first=LISTINGS, second=LISTINGS)
def test_nothing_is_told_twice(first, second):
    assert compare(second, second) == []
    keys = [change.key for change in compare(first, second)]
    assert len(keys) == len(set(keys))
