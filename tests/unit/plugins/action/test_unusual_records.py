# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record that is not as the API describes it ends no action, and costs no more than its size."""

from __future__ import annotations

import json
import math
import tracemalloc

import pytest

pytestmark = pytest.mark.core

ACTIONS = {"preflight": {"fail_on": []}, "report": {"path": "here"}, "wait_for_cycle": {"cycles": ["cutovered"]}}
ODD = [None, True, 7, -1, 1.5, 5e-324, 1e308, "", "text", "half \ud83d", "\x00\u2028", [], ["a"], {}, {"a": [1]}]
FIELDS = ("name", "ip", "state", "migration_cycle", "connected", "checks", "current_task", "init_target_server")
NUMBERS = ("totalsize", "replicatesize", "stage_action_time")
MEGABYTE = 2**20


def record(number, **fields):
    return {
        **{"id": f"{number:08}-odd", "name": f"web-{number}", "state": "replicate", "migration_cycle": "cutovered"},
        **{"connected": True, "totalsize": 2**40, "replicatesize": 2**30, "checks": [{"name": "CPU", "result": "OK"}]},
        **{"current_task": {"id": "t", "state": "RUNNING", "migrate_speed": 93.0}},
        **fields,
    }


def odd_records():
    """A record for each field with each odd value, on its own, within the task and within the checks."""
    values = [{field: value} for field in (*FIELDS, *NUMBERS) for value in ODD]
    values += [{"current_task": {"state": value, "migrate_speed": value, "id": value}} for value in ODD]
    values += [{"checks": [{"name": value, "result": value, "error_code": value}]} for value in ODD]
    values += [{"checks": [value]} for value in ODD]
    values += [{"checks": [{"name": "x", "result": "ERROR", "error_or_warn": {"error_code": value}}]} for value in ODD]
    return [record(number, **fields) for number, fields in enumerate(values)]


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=ACTIONS)
def action(request):
    return request.param


def test_an_unusual_value_anywhere_ends_no_action(act, emulator, action):
    emulator.replace_fleet(odd_records())
    outcome = act(action, check_mode=action == "wait_for_cycle", **ACTIONS[action])
    assert not outcome.failed, outcome.result
    json.dumps(outcome.result, allow_nan=False).encode()
    outcome.screen.encode()


def test_a_second_report_of_unusual_values_changes_nothing(act, emulator):
    emulator.replace_fleet(odd_records())
    act("report", path="here")
    assert act("report", path="here").result["changed"] is False


def test_changes_between_unusual_values_are_told(act, emulator):
    records = odd_records()
    emulator.replace_fleet(records)
    act("report", path="here")
    turned = [{**later, "id": earlier["id"]} for earlier, later in zip(records, reversed(records), strict=True)]
    emulator.replace_fleet(turned)
    assert act("report", path="here").result["changes"] > 100


@pytest.mark.parametrize("number", ["1e400", "-1e400", "5e-324", "1e308"])
def test_a_number_beyond_all_measure_ends_no_action(act, emulator, action, number):
    text = json.dumps({"count": 1, "source_servers": [record(1, totalsize=0.125, replicatesize=0.25)]})
    for place in ("0.125", "0.25", "93.0"):
        emulator.faults({"kind": "body", "text": text.replace(place, number), "times": 1})
        outcome = act(action, check_mode=action == "wait_for_cycle", **ACTIONS[action])
        assert not outcome.failed, outcome.result
        assert math.inf not in outcome.result.values()
        json.dumps(outcome.result, allow_nan=False)


@pytest.mark.slow
def test_a_huge_name_among_many_costs_little(act, emulator, action):
    emulator.replace_fleet([record(number) for number in range(1000)] + [record(1000, name="x" * MEGABYTE)])
    tracemalloc.start()
    try:
        act(action, check_mode=True, **ACTIONS[action])
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * MEGABYTE


def test_a_huge_name_is_cut_short_on_the_screen(act, emulator):
    emulator.replace_fleet([record(1), record(2, name="x" * 1000)])
    screen = act("preflight", fail_on=[]).screen
    assert "x" * 1000 not in screen
    assert max(map(len, screen.splitlines())) < 300
