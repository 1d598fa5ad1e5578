# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts of a wave may take which step: all combinations of what SMS shows, documented or not."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _freeze_record, _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision, Evidence
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server as server

UNKNOWN = ("rolling", None, ["syncing"])
STATES = (*_states.KNOWN, *UNKNOWN)
CYCLES = (*_states.CYCLES, *UNKNOWN)
DOCUMENTED_TASKS = (
    *("READY", "RUNNING", "SYNCING", "ABORTING", "ABORT", "MIGRATE_FAIL", "SYNC_FAIL"),
    *("MIGRATE_SUCCESS", "SYNC_SUCCESS", "DELETING"),
)
TASKS = (*DOCUMENTED_TASKS, *UNKNOWN)
# What target_server of a task can be, and whether it shows snapshots, or does not show that there are none.
TARGETS = (
    ({}, False),
    ({"cutovered_snapshot_ids": ["7c9e"]}, True),
    (["7c9e"], True),
)
# What a launch leads to, while it lasts and afterwards.
LAUNCH_STATES = ("cutovering", "skipping", "finished", "clearing", "cleared", "clearfailed")
IN_SYNC = server(state="syncing", migration_cycle="syncing")
LAUNCHED = server(state="finished", migration_cycle="cutovered")
LAUNCHING = [
    server(state="cutovering", migration_cycle="cutovering"),
    server(state="cutovering", migration_cycle="syncing"),
    server(state="skipping", migration_cycle="syncing"),
    server(state="syncing", migration_cycle="cutovering"),
]
FAILED_LAUNCH = server(state="error", migration_cycle="cutovering")
FAILED_LATER = server(state="error", migration_cycle="cutovered")
SOURCE, TARGET = "192.0.2.1", "192.0.2.2"


def evidence_of(state="syncing", cycle="syncing", task="SYNCING", target=None, connected=True):
    record = {**IN_SYNC, "state": state, "migration_cycle": cycle, "connected": connected}
    return Evidence(record, {"id": "t", "state": task, "target_server": target})


def combinations():
    for state, cycle, task, (target, has_snapshots) in itertools.product(STATES, CYCLES, TASKS, TARGETS):
        yield (state, cycle, task, has_snapshots), evidence_of(state, cycle, task, target)


def shows_not_launched(state, cycle, task, has_snapshots):
    """What the guide says of a restart, as a table."""
    return (
        task in ("READY", "RUNNING", "SYNCING", "ABORTING", "ABORT", "MIGRATE_FAIL", "SYNC_FAIL")
        and cycle in ("checking", "setting", "replicating", "syncing")
        and isinstance(state, str)
        and state in set(_states.KNOWN).difference(LAUNCH_STATES)
        and not has_snapshots
    )


def test_of_all_combinations_only_those_without_a_launch_are_not_launched():
    wrong = [key for key, shown in combinations() if (not _gates.not_launched(shown)) is not shows_not_launched(*key)]
    assert wrong == []
    allowed = sum(not _gates.not_launched(shown) for _, shown in combinations())
    assert allowed == 14 * 4 * 7


@pytest.mark.parametrize(("by_this_run", "refused"), [*itertools.product((False, True), repeat=2)])
@pytest.mark.parametrize("progress", [*_freeze_record.PROGRESSES, "frozen ", "", "thawed"])
def test_services_are_restarted_only_with_a_progress_before_the_launch(progress, by_this_run, refused):
    before = progress in ("stopping", "frozen", "restarting", "launch_offered")
    expected = before or (progress == "launch_requested" and by_this_run and refused)
    for state in ("syncing", "error", "stopped"):
        shown = evidence_of(state, task="SYNC_FAIL")
        assert (not _gates.restart(shown, progress, by_this_run, refused)) is expected
    for shown in (evidence_of("cutovering"), evidence_of(task="MIGRATE_SUCCESS"), Evidence(IN_SYNC), Evidence(None)):
        assert _gates.restart(shown, progress, by_this_run, refused)


@pytest.mark.parametrize(
    ("target", "has_snapshots"),
    [
        (None, False),
        ({"cutovered_snapshot_ids": None}, False),
        ({"cutovered_snapshot_ids": []}, False),
        ({"cutovered_snapshot_ids": "7c9e"}, True),
        ("7c9e", True),
    ],
)
def test_snapshots_are_found_in_whatever_form_sms_shows_them(target, has_snapshots):
    assert bool(_gates.not_launched(evidence_of(target=target))) is has_snapshots
    assert _gates.freeze(evidence_of(task="SYNC_SUCCESS", target=target), True).go is not has_snapshots


def test_a_server_or_a_task_that_sms_does_not_show_is_no_evidence_that_nothing_was_launched():
    assert "Nobody knows whether its target runs" in _gates.not_launched(Evidence(None, account="there"))
    assert "SMS shows no task" in _gates.not_launched(Evidence(IN_SYNC, None))
    assert "SMS shows no task" in _gates.not_launched(Evidence(IN_SYNC, {}))
    assert "snapshots" in _gates.not_launched(evidence_of(target={"cutovered_snapshot_ids": ["7c9e"]}))


def test_a_failure_of_a_synchronization_is_restarted_and_one_of_a_launch_is_not():
    assert not _gates.not_launched(evidence_of("error", "syncing", "SYNC_FAIL"))
    assert _gates.not_launched(evidence_of("error", "cutovering", "SYNC_FAIL"))
    assert _gates.not_launched(evidence_of("error", "cutovered", "SYNC_FAIL"))


@pytest.mark.parametrize("after_synchronization", [False, True])
def test_of_all_combinations_only_a_server_in_sync_is_frozen_and_launched(after_synchronization):
    def may_be_frozen(state, cycle, task, has_snapshots):
        synchronized = after_synchronization and task == "SYNC_SUCCESS" and not has_snapshots
        return (state, cycle) == ("syncing", "syncing") and (task in ("SYNCING", "RUNNING") or synchronized)

    wrong = [
        key for key, shown in combinations() if _gates.freeze(shown, after_synchronization).go != may_be_frozen(*key)
    ]
    assert wrong == []


@pytest.mark.parametrize("connected", [False, None, "true", 1])
def test_a_server_without_its_agent_is_neither_frozen_nor_launched(connected):
    assert "only a connected server in syncing" in _gates.freeze(evidence_of(connected=connected)).problem


@pytest.mark.parametrize("task", [None, {}])
def test_a_server_without_a_task_is_not_frozen(task):
    assert _gates.freeze(Evidence(IN_SYNC, task)).problem


def test_the_forecast_by_a_listing_is_the_decision_on_its_record():
    assert _gates.in_sync({**IN_SYNC, "current_task": {"id": "t", "state": "SYNCING"}}).go
    assert _gates.in_sync({**IN_SYNC, "current_task": {"id": "t", "state": "ABORT"}}).problem
    assert _gates.in_sync({**IN_SYNC, "current_task": None}).problem
    assert _gates.in_sync(None).problem


@pytest.mark.parametrize("record", [LAUNCHED, *LAUNCHING])
def test_what_is_launched_already_is_skipped_and_never_restarted(record):
    shown = Evidence(record, {"id": "t", "state": "SYNCING"})
    for decision in (_gates.check(record, (), True, True), _gates.freeze(shown), _gates.launched(record)):
        assert (decision.go, decision.problem) == (False, "")
        assert decision.note in ("It is launched already.", "It is being launched already.")
    assert _gates.launched_note(shown) == decision.note
    assert _gates.not_launched(shown)


def test_a_launch_that_failed_later_is_an_error_and_one_that_fails_is_no_launch():
    assert _gates.launched(FAILED_LAUNCH) is None
    assert "has failed since" in _gates.launched(FAILED_LATER).problem
    assert not _gates.freeze(Evidence(FAILED_LAUNCH, {"id": "t", "state": "SYNCING"})).go
    with pytest.raises(SmsError, match="has failed since"):
        _gates.launched_note(Evidence(FAILED_LATER))
    assert _gates.launched_note(Evidence(None)) == _gates.launched_note(Evidence(IN_SYNC)) == ""


def test_no_step_is_for_a_server_that_sms_does_not_have():
    for decision in (
        _gates.check(None, (), True, True),
        _gates.freeze(Evidence(None)),
        _gates.smoke_test(None, [TARGET], [SOURCE]),
    ):
        assert not decision.go
        assert decision.problem.startswith("It is not registered with SMS")


def test_a_missing_server_is_described_with_the_account_that_was_queried():
    assert _gates.freeze(Evidence(None, account="https://sms (key)")).problem == _gates.gone("https://sms (key)")
    assert "(https://sms (key))" in Evidence(None, account="https://sms (key)").description
    assert "syncing" in Evidence(IN_SYNC).description


def test_a_server_without_a_task_is_in_the_wave_if_the_wave_creates_one():
    record = server(current_task=None)
    assert _gates.check(record, (), True, True).go
    assert "wave_start and wave_target" in _gates.check(record, (), True, False).problem
    assert "wave_start and wave_target" in _gates.check(record, (), False, True).problem


def test_only_problems_that_are_not_accepted_keep_a_server_out():
    record = {**IN_SYNC, "connected": False}
    assert "not connected" in _gates.check(record, ("disconnected",), False, False).problem
    assert _gates.check(record, ("failed_check",), False, False).go


@pytest.mark.parametrize(
    ("record", "addresses", "sources", "problem"),
    [
        (LAUNCHED, [TARGET], [SOURCE], ""),
        (LAUNCHED, [TARGET], [], ""),
        (IN_SYNC, [TARGET], [SOURCE], "before it is launched"),
        *((record, [TARGET], [SOURCE], "before it is launched") for record in LAUNCHING),
        (FAILED_LATER, [TARGET], [SOURCE], "before it is launched"),
        (LAUNCHED, [], [SOURCE], "its source would prove nothing"),
        (LAUNCHED, [SOURCE], [SOURCE], "which of them was tested"),
        (LAUNCHED, [TARGET, SOURCE], [SOURCE], "which of them was tested"),
    ],
)
def test_a_smoke_test_is_of_a_launched_target_at_an_address_of_its_own(record, addresses, sources, problem):
    decision = _gates.smoke_test(record, addresses, sources)
    assert decision.go is not bool(problem)
    assert problem in decision.problem


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
def test_the_limits_of_the_play_stop_the_wave(removed, most_percent, any_fatal, stops):
    assert bool(_gates.stop_all(removed, 10, most_percent, any_fatal)) is stops


def test_a_decision_permits_nothing_unless_it_says_so():
    assert not Decision().go


def test_of_all_combinations_only_a_synchronized_server_in_sync_is_not_launched_as_well():
    def expected(state, cycle, task, has_snapshots):
        synchronized = (state, cycle, task) == ("syncing", "syncing", "SYNC_SUCCESS") and not has_snapshots
        return shows_not_launched(state, cycle, task, has_snapshots) or synchronized

    wrong = [key for key, shown in combinations() if (not _gates.not_launched(shown, True)) is not expected(*key)]
    assert wrong == []


def test_services_are_restarted_in_sync_success_only_after_a_synchronization_of_the_wave():
    shown = evidence_of(task="SYNC_SUCCESS")
    assert _gates.restart(shown, "frozen", True, False)
    assert not _gates.restart(shown, "frozen", True, False, True)
    assert _gates.restart(shown, "launch_requested", False, False, True)
    assert _gates.restart(
        evidence_of(task="SYNC_SUCCESS", target={"cutovered_snapshot_ids": "7c9e"}), "frozen", *(True,) * 3
    )


def test_of_all_combinations_only_a_task_in_syncing_without_snapshots_is_synchronized():
    wrong = [
        (state, cycle, task)
        for (state, cycle, task, has_snapshots), shown in combinations()
        if (not _gates.synchronize(shown, "frozen", 1.0)) is not (task == "SYNCING" and not has_snapshots)
    ]
    assert wrong == []
    assert "SYNCING" in _gates.synchronize(Evidence(IN_SYNC, None), "frozen", 1.0)


@pytest.mark.parametrize("progress", [one for one in (*_freeze_record.PROGRESSES, "") if one != "frozen"])
def test_no_synchronization_is_requested_unless_the_record_says_frozen(progress):
    assert "offered or requested" in _gates.synchronize(evidence_of(), progress, 1.0)


def test_no_synchronization_is_requested_whose_end_could_not_be_recognized():
    assert "time of the freeze" in _gates.synchronize(evidence_of(), "frozen", None)


def test_the_forecast_accepts_the_end_of_a_synchronization_which_each_host_decides_again():
    assert _gates.in_sync({**IN_SYNC, "current_task": {"id": "t", "state": "SYNC_SUCCESS"}}).go
    assert not _gates.freeze(evidence_of(task="SYNC_SUCCESS")).go
