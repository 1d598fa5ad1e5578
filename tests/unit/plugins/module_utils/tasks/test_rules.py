# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be done with a task: of all combinations of states, only those that are known to be allowed."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _rules, _status
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server

# What SMS may return beside the values that it documents.
UNKNOWN = ("unheard of", None, ["syncing"])
STATES = (*_states.NAMES, "premiging", *UNKNOWN)
CYCLES = (*_states.CYCLES, *UNKNOWN)
TASK_STATES = (*_status.TASK_STATES, "SYNC_F_ROLLBACKING", *UNKNOWN)
NO_TASK = "no task"
EVERYTHING = _rules.Allowed(overwrite_launched=True, delete_snapshots=True, unattended_launch=True)
# For each goal, the states, migration cycles and states of the task in which something is done.
ACTED_ON = {
    "launched": {("syncing", "syncing", "SYNCING"), ("syncing", "syncing", "RUNNING")},
    "cleared": set(product(("finished", "clearfailed"), ("cutovered",), _status.TASK_STATES)),
    "paused": {
        *product(("initialize", "replicate", "syncing"), _states.CYCLES, ("RUNNING", "SYNCING")),
    }
    - {(state, "cutovering", task) for state in _states.NAMES for task in _status.TASK_STATES},
    "present": {
        *product(["waiting"], ["checking", "setting"], [NO_TASK]),
        *product(["cleared"], ["checking", "setting", "cutovered"], [NO_TASK]),
    },
}


def record_in(state, cycle, task_state, **fields):
    task = None if task_state == NO_TASK else {"id": "task", "state": task_state}
    return ready_server(state=state, migration_cycle=cycle, current_task=task, **fields)


def decision(goal, record, allowed=EVERYTHING):
    return _rules.decide(goal, _rules.status_of(record), allowed)


def combinations():
    return product(STATES, CYCLES, (*TASK_STATES, NO_TASK))


def is_in(value, values):
    return any(type(value) is type(one) and value == one for one in values)


@pytest.mark.parametrize("goal", ACTED_ON)
def test_of_all_states_something_is_done_only_in_those_that_are_known_to_allow_it(goal):
    acted_on = [each for each in combinations() if decision(goal, record_in(*each)).kind == _rules.ACT]
    assert {*acted_on} == ACTED_ON[goal]


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("goal", _rules.GOALS)
def test_nothing_is_done_in_a_state_that_sms_does_not_document(goal, connected):
    acted_on = [
        each for each in combinations() if decision(goal, record_in(*each, connected=connected)).kind == _rules.ACT
    ]
    assert all(is_in(state, _states.NAMES) for state, _cycle, _task in acted_on)
    assert all(is_in(cycle, _states.CYCLES) for _state, cycle, _task in acted_on)
    assert all(is_in(task, (*_status.TASK_STATES, NO_TASK)) for _state, _cycle, task in acted_on)
    # The only goal that needs no connected source, so that this test is one of something.
    assert acted_on or (connected is not True and goal not in ("absent", "paused", "cleared"))


@pytest.mark.parametrize("goal", _rules.GOALS)
@pytest.mark.parametrize(
    "task", ["task", ["task"], {}, 7, True, {"state": "READY"}, {"id": None}, {"id": 7}, {"id": ""}]
)
def test_a_task_without_an_id_is_neither_a_task_nor_none(goal, task):
    for state, cycle in product(_states.NAMES, _states.CYCLES):
        record = ready_server(state=state, migration_cycle=cycle, current_task=task)
        assert decision(goal, record).kind == _rules.REFUSE


@pytest.mark.parametrize("state", _states.BUSY_STATES)
@pytest.mark.parametrize("connected", [True, None, "false", 0])
def test_only_a_server_that_sms_shows_as_disconnected_loses_a_task_that_is_busy(state, connected):
    for cycle, task_state in product(_states.CYCLES, _status.TASK_STATES):
        record = record_in(state, cycle, task_state, connected=connected)
        assert decision("absent", record).kind != _rules.ACT


@pytest.mark.parametrize("task_state", ["SYNC_FAIL", "MIGRATE_FAIL"])
def test_the_task_of_a_launch_that_failed_may_have_snapshots(task_state):
    record = record_in("error", "cutovering", task_state)
    refusal = decision("absent", record, _rules.Allowed())
    assert refusal.kind == _rules.REFUSE
    assert "delete_snapshots" in refusal.reason
    assert decision("absent", record).kind == _rules.ACT


def test_a_task_whose_synchronization_has_ended_is_launched_only_if_the_caller_requested_it():
    allowed = _rules.Allowed(after_synchronization=True)
    launched = [each for each in combinations() if decision("launched", record_in(*each), allowed).kind == _rules.ACT]
    assert {*launched} == {*ACTED_ON["launched"], ("syncing", "syncing", "SYNC_SUCCESS")}
