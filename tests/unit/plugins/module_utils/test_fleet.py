# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers are chosen, what keeps them from migrating, and how far they are: pure functions on records."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils import _fleet

GIB = 2**30


def server(server_id="aaaaaaaa-1", **fields):
    """A record of a server that is ready to be migrated."""
    return {
        "id": server_id,
        "name": "web",
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
        "init_target_server": {"disks": [{"name": "vda"}]},
        "current_task": {"state": "READY"},
        **fields,
    }


def kinds(record):
    return [problem.kind for problem in _fleet.problems(record)]


def copying(replicated, total, rate):
    return server(replicatesize=replicated, totalsize=total, current_task={"migrate_speed": rate})


def test_a_server_can_be_chosen_by_name_or_by_id():
    records = [server("1", name="a"), server("2", name="b"), server("3", name="c")]
    assert [record["id"] for record in _fleet.chosen(records, ["3", "a"])] == ["1", "3"]


def test_all_servers_are_chosen_when_none_is_named():
    records = [server("1"), server("2")]
    assert _fleet.chosen(records, []) == records


def test_an_unknown_server_is_an_error_that_names_it():
    with pytest.raises(_fleet.SelectionError, match="No source server has the name or ID wbe"):
        _fleet.chosen([server("1")], ["wbe"])


def test_a_name_that_several_servers_have_is_an_error_with_their_ids():
    with pytest.raises(_fleet.SelectionError, match=r"2 source servers are called web.*\(1, 2\)"):
        _fleet.chosen([server("1"), server("2")], ["web"])


def test_a_healthy_server_has_no_problem():
    assert _fleet.problems(server()) == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"connected": False}, "disconnected"),
        ({"connected": None}, "disconnected"),
        ({"checks": []}, "unchecked"),
        ({"checks": None}, "unchecked"),
        ({"init_target_server": {"disks": []}}, "no_target"),
        ({"init_target_server": None}, "no_target"),
        ({"current_task": None}, "no_task"),
        ({"state": "error"}, "state"),
        ({"state": "finished"}, "state"),
        ({"checks": [{"name": "OS_VERSION", "result": "ERROR", "error_code": "SMS.6504"}]}, "failed_check"),
        ({"checks": [{"name": "OS_VERSION", "result": "WARN", "error_code": "SMS.6617"}]}, "warned_check"),
        ({"checks": [{"name": "OS_VERSION", "result": "NEW", "error_code": "SMS.6617"}]}, "failed_check"),
    ],
)
def test_each_problem_has_its_kind(fields, kind):
    assert kinds(server(**fields)) == [kind]


def test_a_state_that_is_not_known_here_is_no_problem():
    assert kinds(server(state="quantum")) == []


@pytest.mark.parametrize("code", ["SMS.6504", "SMS.6533", "SMS.6617"])
def test_the_code_of_a_check_is_explained(code):
    [finding] = _fleet.findings(server(checks=[{"name": "X", "result": "ERROR", "error_code": code}]))
    assert finding == ("X", "ERROR", code, _fleet.CHECK_MEANINGS[code])


def test_an_unknown_code_says_where_to_look_it_up():
    [finding] = _fleet.findings(server(checks=[{"name": "X", "result": "ERROR", "error_code": "SMS.9999"}]))
    assert "documentation" in finding.meaning


def test_the_code_is_found_where_newer_records_have_it():
    check = {
        "name": "X",
        "result": "ERROR",
        "error_code": None,
        "error_or_warn": {"error_code": "SMS.6517", "link": ""},
    }
    [finding] = _fleet.findings(server(checks=[check]))
    assert finding.code == "SMS.6517"


@pytest.mark.parametrize(("conditions", "met"), [(["failed_check"], True), (["SMS.6504"], True), (["state"], False)])
def test_a_problem_is_met_by_its_kind_or_its_code(conditions, met):
    assert _fleet.is_met(_fleet.Problem("failed_check", "SMS.6504", ""), conditions) is met


@pytest.mark.parametrize(
    ("cycle", "cycles", "reached"),
    [
        ("syncing", ["syncing"], True),
        ("replicating", ["syncing"], False),
        ("cutovered", ["syncing"], True),
        ("replicating", ["setting", "syncing"], False),
        ("setting", ["setting", "syncing"], True),
        ("brandnew", ["syncing"], False),
        ("brandnew", ["brandnew"], True),
        ("cutovered", ["brandnew"], False),
        (None, ["syncing"], False),
    ],
)
def test_a_server_has_arrived_in_a_cycle_or_past_the_last_of_them(cycle, cycles, reached):
    assert _fleet.has_reached(server(migration_cycle=cycle), cycles) is reached


def test_the_time_left_follows_from_the_missing_data_and_the_rate():
    progress = _fleet.progress_of(copying(1_000_000_000, 2_000_000_000, 80))
    assert (progress.percent, progress.seconds_left) == (50.0, 100)


def test_a_hundred_percent_means_that_nothing_is_left():
    assert _fleet.progress_of(copying(9999, 10_000, 1)).percent == 99.9


@pytest.mark.parametrize("total", [None, 0, -5, "many", True])
def test_progress_is_unknown_without_a_total(total):
    progress = _fleet.progress_of(server(replicatesize=5, totalsize=total))
    assert (progress.percent, progress.seconds_left) == (None, None)


def test_the_time_left_is_unknown_while_nothing_moves():
    assert _fleet.progress_of(copying(1, 2, 0)).seconds_left is None


def test_a_wave_takes_as_long_as_its_slowest_server():
    wave = _fleet.combined(map(_fleet.progress_of, [copying(0, 10**6, 8), copying(0, 10**6, 4)]))
    assert (wave.percent, wave.rate, wave.seconds_left) == (0, 12, 2)


def test_the_time_of_a_wave_is_unknown_as_long_as_that_of_one_server_is():
    wave = _fleet.combined(map(_fleet.progress_of, [copying(0, 10**6, 8), server()]))
    assert wave.seconds_left is None


def test_an_empty_wave_has_no_progress():
    assert _fleet.combined([]) == (None, 0, 0, 0, None)


def test_progress_reads_as_a_person_would_say_it():
    words = _fleet.progress_in_words(_fleet.progress_of(copying(16 * GIB, 40 * GIB, 93)))
    assert words == "40.0 %, 16.0 of 40.0 GiB, 93 Mbit/s, about 37 min left"


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (59.6, "1 min"), (2100, "35 min"), (7500, "2 h 5 min")])
def test_a_duration_reads_as_a_person_would_say_it(seconds, words):
    assert _fleet.duration_in_words(seconds) == words


def test_what_could_move_the_cursor_does_not_reach_the_terminal():
    assert _fleet.plain("a\x1b[2Jb\u202ec\nd") == "a [2Jb c d"


def test_the_columns_of_a_table_are_aligned():
    assert _fleet.table([("SERVER", "WHY"), ("a", "x"), ("longer name", None)]) == [
        "SERVER       WHY",
        "a            x",
        "longer name",
    ]
