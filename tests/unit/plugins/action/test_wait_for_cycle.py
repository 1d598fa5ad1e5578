# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``wait_for_cycle``, against the emulator, whose servers change from poll to poll."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

QUICK = {"interval": 0.1, "max_interval": 0.2, "wait_timeout": 60, "retries": 0}
ONE = "11111111-wave"
OTHER = "22222222-wave"


def change(server_id, poll, **fields):
    """A fault that changes a record just before a poll, the first being number 1."""
    return {"kind": "update", "update": {server_id: fields}, "skip": poll - 1, "times": 1}


def at(poll, kind, times=1, **details):
    """A fault that hits polls, from one on."""
    return {"kind": kind, "skip": poll - 1, "times": times, **details}


@pytest.fixture
def wave(emulator):
    """Two servers that are being replicated, by name."""
    common = {"state": "replicate", "migration_cycle": "replicating", "connected": True, "totalsize": 40 * 2**30}
    task = {"migrate_speed": 93.0}
    emulator.replace_fleet(
        [
            {**common, "id": ONE, "name": "one", "replicatesize": 16 * 2**30, "current_task": task},
            {**common, "id": OTHER, "name": "other", "replicatesize": 20 * 2**30, "current_task": task},
        ]
    )
    return emulator


def reached(outcome):
    return {server["name"]: server["reached"] for server in outcome.result["servers"]}


def test_it_goes_on_when_all_servers_have_arrived(act, wave):
    wave.faults(
        change(ONE, 2, state="syncing", migration_cycle="syncing"),
        change(OTHER, 4, state="syncing", migration_cycle="syncing"),
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], **QUICK)
    assert outcome.result["msg"] == "All 2 source servers have reached syncing."
    assert reached(outcome) == {"one": True, "other": True}


def test_it_shows_how_far_each_server_and_the_wave_are(act, wave):
    wave.faults(
        change(ONE, 2, migration_cycle="syncing"),
        change(OTHER, 2, migration_cycle="syncing"),
    )
    screen = act("wait_for_cycle", cycles=["syncing"], **QUICK).screen
    assert "0 of 2 servers in syncing: 45.0 %, 36.0 of 80.0 GiB, 186 Mbit/s, about 37 min left" in screen
    assert "one (11111111)" in screen
    assert "40.0 %, 16.0 of 40.0 GiB, 93 Mbit/s, about 37 min left" in screen
    assert "2 of 2 servers in syncing" in screen


def test_there_is_one_listing_for_each_poll_and_none_for_a_server(act, wave, listings):
    for server in (ONE, OTHER):
        wave.change_fleet(update={server: {"migration_cycle": "cutovered"}})
    act("wait_for_cycle", cycles=["syncing"], **QUICK)
    assert len(listings()) == 1


def test_it_fails_at_once_when_a_server_falls_into_error(act, wave):
    wave.faults(change(ONE, 2, state="error"))
    outcome = act("wait_for_cycle", cycles=["syncing"], **QUICK)
    assert outcome.failed
    assert "one (11111111) is in the state error" in outcome.result["msg"]


def test_it_fails_at_once_when_a_server_disappears(act, wave):
    wave.faults(at(2, "vanish", ids=[OTHER]))
    outcome = act("wait_for_cycle", cycles=["syncing"], **QUICK)
    assert "other (22222222) is no longer registered" in outcome.result["msg"]


def test_it_fails_when_the_time_is_up_and_says_who_is_missing(act, wave):
    wave.change_fleet(update={ONE: {"migration_cycle": "syncing"}})
    outcome = act("wait_for_cycle", cycles=["syncing"], **{**QUICK, "wait_timeout": 1})
    assert "Time is up after 1 s: not yet in syncing are other (22222222)." in outcome.result["msg"]
    assert reached(outcome) == {"one": True, "other": False}


def test_a_failed_poll_is_reported_and_the_next_one_counts(act, wave):
    wave.faults(
        at(2, "status", times=3, status=503),
        change(ONE, 5, migration_cycle="syncing"),
        change(OTHER, 5, migration_cycle="syncing"),
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], **QUICK)
    assert not outcome.failed
    assert reached(outcome) == {"one": True, "other": True}
    assert "HTTP 503" in outcome.warnings


def test_too_many_failed_polls_in_a_row_are_an_error(act, wave, listings):
    wave.faults(at(2, "status", times=50, status=503))
    outcome = act("wait_for_cycle", cycles=["syncing"], tolerated_failures=2, **QUICK)
    assert "HTTP 503" in outcome.result["msg"]
    assert len(listings()) == 4


def test_a_listing_that_cannot_be_complete_makes_no_server_disappear(act, wave):
    partial = {"count": 2, "source_servers": [{"id": ONE, "name": "one", "migration_cycle": "replicating"}]}
    wave.faults(
        at(2, "body", times=5, body=partial),
        change(ONE, 8, migration_cycle="syncing"),
        change(OTHER, 8, migration_cycle="syncing"),
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], **QUICK)
    assert reached(outcome) == {"one": True, "other": True}
    assert "could not be proven complete" in outcome.warnings


def test_a_filter_that_ceases_to_match_loses_no_server(act, wave):
    wave.faults(
        change(ONE, 2, state="syncing", migration_cycle="syncing"),
        change(OTHER, 3, state="syncing", migration_cycle="syncing"),
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], state="replicate", **QUICK)
    assert reached(outcome) == {"one": True, "other": True}


def test_a_server_that_registers_meanwhile_does_not_join_the_wave(act, wave):
    wave.faults(
        at(2, "register", n=1),
        change(ONE, 3, migration_cycle="syncing"),
        change(OTHER, 3, migration_cycle="syncing"),
    )
    assert reached(act("wait_for_cycle", cycles=["syncing"], **QUICK)) == {"one": True, "other": True}


def test_a_disconnected_server_is_shown_as_such(act, wave):
    wave.change_fleet(update={ONE: {"connected": False}})
    assert "DISCONNECTED" in act("wait_for_cycle", check_mode=True, cycles=["syncing"], **QUICK).screen


def test_check_mode_looks_once_and_does_not_wait(act, wave, listings):
    outcome = act("wait_for_cycle", check_mode=True, cycles=["syncing"], **QUICK)
    assert outcome.result["msg"] == "Would wait for 2 of 2 source servers."
    assert len(listings()) == 1


def test_a_cycle_that_is_not_documented_is_waited_for_with_a_warning(act, wave):
    outcome = act("wait_for_cycle", check_mode=True, cycles=["synching"], **QUICK)
    assert "No migration cycle called synching is documented" in outcome.warnings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cycles": []}, "cycles is empty"),
        ({"interval": 0}, "interval: 0.0 is less than 0.1"),
        ({"wait_timeout": -1}, "wait_timeout: -1.0 is less than 0"),
        ({"servers": ["nobody"]}, "No source server has the name or ID nobody"),
        ({"state": "cloning"}, "nothing to wait for"),
        ({"token": "wrong"}, "HTTP 401"),
    ],
)
def test_what_cannot_work_is_an_error_at_once(act, wave, options, message):
    outcome = act("wait_for_cycle", **{"cycles": ["syncing"], **QUICK, **options})
    assert outcome.failed
    assert message in outcome.result["msg"]
