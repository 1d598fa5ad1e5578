# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``wait_for_cycle`` does not wait for servers that cannot arrive, and loses none that only moved."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._waiting import Waiting

QUICK = {"interval": 0.1, "max_interval": 0.2, "wait_timeout": 60, "retries": 0}
ONE = {"id": "11111111-wave", "name": "one", "state": "replicate", "migration_cycle": "replicating", "connected": True}
OTHER = {**ONE, "id": "22222222-wave", "name": "other"}


def change(record, poll, **fields):
    """A fault that changes a record just before a poll, the first being number 1."""
    return {"kind": "update", "update": {record["id"]: fields}, "skip": poll - 1, "times": 1}


@pytest.fixture
def wave(emulator):
    emulator.replace_fleet([ONE, OTHER])
    return emulator


@pytest.mark.parametrize("state", ["stopped", "premigfailed", "clearfailed", "cleared", "deleting", "error"])
def test_a_state_that_nothing_leaves_by_itself_ends_the_wait_and_is_explained(act, wave, state):
    wave.faults(change(ONE, 2, state=state))
    outcome = act("wait_for_cycle", cycles=["cutovered"], **QUICK)
    assert outcome.failed
    assert outcome.result["msg"] == (
        f"1 of 2 source servers will not get to cutovered: one (11111111) is in the state {state}."
        f" {_states.obstacle(state)}"
    )
    assert [server["state"] for server in outcome.result["servers"]] == [state, "replicate"]


def test_each_of_several_servers_has_a_sentence(act, wave):
    wave.change_fleet(update={ONE["id"]: {"state": "stopped"}, OTHER["id"]: {"state": "deleting"}})
    assert act("wait_for_cycle", cycles=["syncing"], **QUICK).result["msg"] == (
        "2 of 2 source servers will not get to syncing: one (11111111) is in the state stopped. The migration is"
        " paused. Resume its task. other (22222222) is in the state deleting. The server is being removed from SMS."
    )


def test_a_server_that_has_arrived_may_be_paused_and_its_task_be_cleared(act, wave):
    wave.change_fleet(
        update={
            ONE["id"]: {"state": "stopped", "migration_cycle": "syncing"},
            OTHER["id"]: {"state": "clearfailed", "migration_cycle": "cutovered"},
        }
    )
    assert not act("wait_for_cycle", cycles=["syncing"], **QUICK).failed


@pytest.mark.parametrize("state", ["stopping", "unavailable", "clearing", "skipping", "a new one", None, ["stopped"]])
def test_a_state_that_may_pass_is_waited_out(act, wave, state):
    wave.faults(
        change(ONE, 2, state=state),
        change(ONE, 4, state="syncing", migration_cycle="syncing"),
        change(OTHER, 4, state="syncing", migration_cycle="syncing"),
    )
    assert not act("wait_for_cycle", cycles=["syncing"], **QUICK).failed


def test_a_server_that_stays_disconnected_ends_the_wait(act, wave):
    wave.change_fleet(update={ONE["id"]: {"connected": False}})
    outcome = act("wait_for_cycle", cycles=["syncing"], disconnected_timeout=1, **QUICK)
    assert "1 of 2 source servers will not get to syncing: one (11111111) has been disc" in outcome.result["msg"]
    assert outcome.result["msg"].endswith(" Start its agent, and check its network.")


def test_a_server_that_is_disconnected_for_a_moment_does_not(act, wave):
    wave.faults(
        change(ONE, 2, connected=False),
        change(ONE, 4, connected=True),
        change(ONE, 5, state="syncing", migration_cycle="syncing"),
        change(OTHER, 5, state="syncing", migration_cycle="syncing"),
    )
    assert not act("wait_for_cycle", cycles=["syncing"], disconnected_timeout=30, **QUICK).failed


def obstacles_after(seconds, timeout=900, **fields):
    record = {**ONE, **fields}
    waiting = Waiting([record], ["cutovered"], timeout, now=1000)
    waiting.update([record], now=1000 + seconds)
    return waiting.sentences


def test_the_time_without_a_connection_counts_from_the_first_look_without_one():
    assert obstacles_after(899, connected=False) == []
    assert obstacles_after(900, connected=False) == [
        "one (11111111) has been disconnected for 15 min. Start its agent, and check its network."
    ]


@pytest.mark.parametrize(
    "case",
    [
        {"timeout": 0, "connected": False},
        {"connected": True},
        {"connected": None},
        {"connected": False, "migration_cycle": "cutovered"},
        # The target is being launched, and the source may well have been shut down.
        {"connected": False, "migration_cycle": "cutovering"},
    ],
)
def test_no_connection_is_needed_where_none_is_missing_or_none_matters(case):
    assert obstacles_after(10**6, **case) == []


def test_a_connection_in_between_begins_the_time_anew():
    waiting = Waiting([{**ONE, "connected": False}], ["syncing"], 900, now=0)
    waiting.update([ONE], now=800)
    waiting.update([{**ONE, "connected": False}], now=1000)
    waiting.update([{**ONE, "connected": False}], now=1800)
    assert waiting.sentences == []


def test_more_servers_than_a_message_can_hold_are_counted():
    records = [{**ONE, "id": f"{number:08}", "state": "stopped"} for number in range(300)]
    message = Waiting(records, ["syncing"], 900, now=0).failure_by_obstacles()["msg"]
    assert message.count("is in the state stopped") == 10
    assert message.startswith("300 of 300 source servers will not get to syncing")
    assert message.endswith("And 290 more.")


# Enterprise projects


@pytest.fixture
def project(wave):
    wave.change_fleet(update={record["id"]: {"enterprise_project_id": "7"} for record in (ONE, OTHER)})
    return wave


def test_a_server_that_is_moved_to_another_enterprise_project_is_still_waited_for(act, project):
    project.faults(
        change(ONE, 2, enterprise_project_id="8"),
        change(ONE, 5, migration_cycle="syncing"),
        change(OTHER, 5, migration_cycle="syncing"),
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], enterprise_project_id="7", **QUICK)
    assert outcome.result["msg"] == "All 2 source servers have reached syncing."


def test_a_server_that_is_in_no_enterprise_project_any_more_is_gone(act, project):
    project.faults({"kind": "vanish", "ids": [ONE["id"]], "skip": 1, "times": 1})
    outcome = act("wait_for_cycle", cycles=["syncing"], enterprise_project_id="7", **QUICK)
    assert outcome.result["msg"] == (
        "1 of 2 source servers will not get to syncing: one (11111111) is no longer registered."
    )


def test_whoever_may_not_look_into_other_enterprise_projects_is_told_so(act, project):
    project.faults(
        change(ONE, 2, enterprise_project_id="8"),
        {"kind": "status", "status": 403, "skip": 2, "times": 1},
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], enterprise_project_id="7", **QUICK)
    assert "one (11111111) is no longer registered." in outcome.result["msg"]
    assert "Servers that have left the enterprise project cannot be looked for: Could not list" in outcome.warnings


def test_a_failure_while_looking_for_moved_servers_loses_none(act, project):
    project.faults(
        change(ONE, 2, enterprise_project_id="8"),
        {"kind": "status", "status": 503, "skip": 2, "times": 1},
        change(ONE, 5, migration_cycle="syncing"),
        change(OTHER, 5, migration_cycle="syncing"),
    )
    outcome = act("wait_for_cycle", cycles=["syncing"], enterprise_project_id="7", **QUICK)
    assert outcome.result["msg"] == "All 2 source servers have reached syncing."
