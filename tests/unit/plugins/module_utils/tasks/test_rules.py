# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be done with a task: of all combinations of states, only those that are known to be allowed."""

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _rules
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server

TASK_STATES = (
    *("READY", "RUNNING", "SYNCING", "ABORTING", "ABORT", "DELETING", "SYNC_SUCCESS", "SYNC_FAIL"),
    *("MIGRATE_SUCCESS", "MIGRATE_FAIL", "unheard of", None),
)
# For each goal, the states, migration cycles and states of the task in which something is done.
ACTED_ON = {
    "launched": {("syncing", "syncing", "SYNCING"), ("syncing", "syncing", "RUNNING")},
    "cleared": set(product(("finished", "clearfailed"), ("cutovered",), TASK_STATES)),
}


@pytest.mark.parametrize("goal", ACTED_ON)
def test_of_all_states_something_is_done_only_in_those_that_are_known_to_allow_it(goal):
    def decision(state, cycle, task_state):
        record = ready_server(state=state, migration_cycle=cycle, current_task={"id": "task", "state": task_state})
        return _rules.decide(goal, _rules.status_of(record), _rules.Allowed()).kind

    states = product((*_states.NAMES, "unheard of"), (*_states.CYCLES, "unheard of"), TASK_STATES)
    assert {each for each in states if decision(*each) == _rules.ACT} == ACTED_ON[goal]
