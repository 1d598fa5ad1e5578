# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts of a wave may take which step: whatever is not known to be allowed is refused."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server as server

IN_SYNC = server(state="syncing", migration_cycle="syncing")
CUT_OVER = server(state="finished", migration_cycle="cutovered")
LAUNCHING = [
    server(state="cutovering", migration_cycle="cutovering"),
    server(state="cutovering", migration_cycle="syncing"),
    server(state="skipping", migration_cycle="syncing"),
    server(state="syncing", migration_cycle="cutovering"),
]
FAILED = server(state="error", migration_cycle="cutovering")
SOURCE, TARGET = "192.0.2.1", "192.0.2.2"


def test_of_all_states_and_cycles_one_pair_is_frozen_and_launched():
    pairs = [(state, cycle) for state in _states.NAMES for cycle in _states.CYCLES]
    records = {pair: server(state=pair[0], migration_cycle=pair[1]) for pair in pairs}
    assert len(pairs) > 50
    assert [pair for pair in pairs if _gates.freeze(records[pair]).go] == [("syncing", "syncing")]
    assert [pair for pair in pairs if _gates.launch(records[pair], True, "").go] == [("syncing", "syncing")]


@pytest.mark.parametrize("connected", [False, None, "true", 1])
def test_a_server_without_its_agent_is_neither_frozen_nor_launched(connected):
    record = {**IN_SYNC, "connected": connected}
    assert "only a server that is connected and in syncing" in _gates.freeze(record).problem
    assert not _gates.launch(record, True, "").go


def test_a_server_that_is_not_known_to_be_frozen_is_not_launched():
    assert _gates.launch(IN_SYNC, True, "").go
    assert _gates.launch(IN_SYNC, False, "").problem == "It is not frozen. It was not launched."
    assert _gates.launch(IN_SYNC, False, "It has been started since.").problem == (
        "It has been started since. It was not launched."
    )


@pytest.mark.parametrize("record", [CUT_OVER, *LAUNCHING])
def test_what_is_launched_already_is_passed_over_and_never_thawed(record):
    for decision in (
        _gates.check(record, (), True, True),
        _gates.freeze(record),
        _gates.launch(record, True, ""),
    ):
        assert (decision.go, decision.problem) == (False, "")
        assert decision.note in ("It is cut over already.", "It is being launched already.")
    for step in ("", *_gates.STEPS):
        assert "the source is not thawed" in _gates.thaw(record, step).problem


def test_what_has_failed_or_never_been_launched_is_thawed():
    for record in (IN_SYNC, FAILED):
        for step in ("", *_gates.STEPS):
            assert _gates.thaw(record, step).go


def test_what_sms_forgets_is_thawed_only_before_it_can_have_been_launched():
    assert [step for step in ("", *_gates.STEPS) if _gates.thaw(None, step).go] == ["freeze", "settle"]
    assert "Nobody knows whether its target runs" in _gates.thaw(None, "launch").problem


def test_no_step_is_for_a_server_that_sms_has_forgotten():
    for decision in (
        _gates.check(None, (), True, True),
        _gates.freeze(None),
        _gates.launch(None, True, ""),
        _gates.smoke_test(None, TARGET, SOURCE),
    ):
        assert decision == _gates.Decision(problem="It is no longer registered with SMS.")


def test_a_server_without_a_task_is_in_the_wave_where_the_wave_makes_one():
    record = server(current_task=None)
    assert _gates.check(record, (), True, True).go
    assert "wave_start and wave_target" in _gates.check(record, (), True, False).problem
    assert "wave_start and wave_target" in _gates.check(record, (), False, True).problem


def test_only_problems_that_are_not_accepted_keep_a_server_out():
    record = {**IN_SYNC, "connected": False}
    assert "not connected" in _gates.check(record, ("disconnected",), False, False).problem
    assert _gates.check(record, ("failed_check",), False, False).go


def test_a_smoke_test_is_of_a_target_that_runs_at_an_address_of_its_own():
    assert _gates.smoke_test(CUT_OVER, TARGET, SOURCE).go
    assert "before it is cut over" in _gates.smoke_test(IN_SYNC, TARGET, SOURCE).problem
    assert "its source would prove nothing" in _gates.smoke_test(CUT_OVER, None, SOURCE).problem
    assert "which of them was tested" in _gates.smoke_test(CUT_OVER, SOURCE, SOURCE).problem


@pytest.mark.parametrize(
    ("removed", "most_percent", "any_fatal", "stops"),
    [
        (0, 0.0, True, False),
        (1, None, True, True),
        (1, 0.0, False, True),
        (3, 30.0, False, False),
        (4, 30.0, False, True),
        (10, None, False, False),
    ],
)
def test_the_plays_own_limits_stop_the_wave(removed, most_percent, any_fatal, stops):
    assert bool(_gates.stop_all(removed, 10, most_percent, any_fatal)) is stops
