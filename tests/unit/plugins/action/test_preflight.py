# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``preflight``, against the emulator."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

BLOCKED = "02d6a461-b7a4-44ef-b37a-13abe57a715f"


@pytest.fixture
def ready_server(emulator):
    """The name of a server that nothing keeps from migrating."""
    emulator.change_fleet(
        register=[
            {
                "id": "11111111-ready",
                "name": "ready",
                "state": "waiting",
                "migration_cycle": "checking",
                "connected": True,
                "checks": [{"name": "CPU", "result": "OK"}],
                "init_target_server": {"disks": [{"name": "vda"}]},
                "current_task": None,
            }
        ]
    )
    return "ready"


def test_a_ready_server_passes_with_its_note(act, ready_server):
    outcome = act("preflight", servers=[ready_server])
    assert not outcome.failed
    assert outcome.result["msg"] == "1 of 1 source servers are ready."
    assert "No migration task has been set up yet." in outcome.screen


def test_a_server_with_problems_fails_with_all_of_them_in_the_table(act):
    outcome = act("preflight", servers=[BLOCKED])
    assert outcome.failed
    assert "sms-centos7 (02d6a461)" in outcome.result["msg"]
    [verdict] = outcome.result["servers"]
    assert [problem["kind"] for problem in verdict["problems"]] == ["disconnected", "failed_check", "no_task", "state"]
    for problem in verdict["problems"]:
        assert problem["text"] in outcome.screen


def test_nothing_fails_that_the_user_accepts(act):
    outcome = act("preflight", fail_on=[])
    assert not outcome.failed
    assert len(outcome.result["servers"]) == 10


def test_a_single_code_can_be_failed_on(act):
    outcome = act("preflight", fail_on=["SMS.6617"])
    refused = [server["name"] for server in outcome.result["servers"] if not server["accepted"]]
    assert (outcome.failed, refused) == (True, ["smsc-test"])


def test_a_misspelt_condition_is_an_error_before_the_service_is_asked(act, listings):
    outcome = act("preflight", fail_on=["disconected"])
    assert "disconected is neither a kind of problem" in outcome.result["msg"]
    assert listings() == []


def test_all_misspelt_conditions_are_in_one_message(act):
    message = act("preflight", fail_on=["disconected", "SMS.6617", "stat"]).result["msg"]
    assert "fail_on: disconected, stat are neither kinds of problem" in message


def test_filters_that_match_no_server_are_an_error(act):
    assert "nothing to check" in act("preflight", state="cloning").result["msg"]


def test_check_mode_does_the_same(act, ready_server):
    assert act("preflight", check_mode=True, servers=[ready_server]).result["msg"] == "1 of 1 source servers are ready."


def test_a_template_in_the_name_of_a_server_is_not_evaluated(act, emulator):
    emulator.change_fleet(update={BLOCKED: {"name": "{{ 7 * 7 }}"}})
    outcome = act("preflight", servers=[BLOCKED], fail_on=[])
    assert outcome.result["servers"][0]["name"] == "{{ 7 * 7 }}"


def test_the_name_of_a_server_cannot_move_the_cursor(act, emulator):
    emulator.change_fleet(update={BLOCKED: {"name": "a\u001b[2Jb"}})
    assert "\x1b" not in act("preflight", servers=[BLOCKED], fail_on=[]).screen


def test_an_error_does_not_show_the_token(act, emulator):
    emulator.set(forbidden=True)
    outcome = act("preflight", token=emulator.token)
    assert "sms:server:list" in outcome.result["msg"]
    assert emulator.token not in str(outcome)
