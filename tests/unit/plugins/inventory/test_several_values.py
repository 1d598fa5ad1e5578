# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters with several values: which servers are meant, and what the service is asked for them."""

from __future__ import annotations

import pytest

FINISHED = {"sms-test", "sms-win16", "smsc-test"}
TWO = {*FINISHED, "sms-centos"}


def test_a_server_with_any_of_the_values_is_a_host(inventory):
    assert inventory(state=["finished", "error"]).names == TWO


def test_each_value_is_asked_for_by_itself_and_once_more_to_see_that_no_server_was_lost(inventory, queries):
    inventory(state=["finished", "error"])
    assert queries() == [{"state": "finished"}, {"state": "error"}] * 2


def test_the_values_are_asked_for_in_the_order_of_a_migration_whatever_the_order_of_the_list(inventory, queries):
    inventory(migration_cycle=["own", "cutovered", "checking", "setting"])
    cycles = [query["migration_cycle"] for query in queries()]
    assert cycles == ["checking", "setting", "cutovered", "own"] * 2


def test_with_two_lists_each_combination_is_asked_for(inventory, queries):
    assert inventory(state=["finished", "error"], migration_cycle=["syncing", "cutovered"], ip="198.18.0.65").names == {
        "smsc-test"
    }
    asked = [(query["state"], query["migration_cycle"], query["ip"]) for query in queries()]
    combinations = [("finished", "syncing"), ("finished", "cutovered"), ("error", "syncing"), ("error", "cutovered")]
    assert asked == [(*combination, "198.18.0.65") for combination in combinations] * 2


def test_connected_goes_along_with_several_values(inventory):
    assert inventory(state=["waiting", "finished"], connected=False).names == {"sms-sms2"}


@pytest.mark.parametrize(
    "value", ["finished", ["finished"], ["finished", "finished"], ["{{ 'finished' }}", "finished"]]
)
def test_one_value_is_one_question_however_it_is_given(inventory, queries, value):
    assert inventory(state=value).names == FINISHED
    assert queries() == [{"state": "finished"}]


@pytest.mark.parametrize(
    "value",
    [
        "finished,error",
        "{{ ['error', 'finished'] }}",
        ["{{ 'fin' ~ 'ished' }}", "error"],
        "{{ ['FINISHED', 'Error'] | map('lower') }}",
    ],
)
def test_several_values_may_come_in_every_way_in_which_lists_do(inventory, value):
    assert inventory(state=value).names == TWO


@pytest.mark.parametrize("value", ["", [""], "{{ '' }}"])
def test_an_empty_text_filters_nothing(inventory, queries, value):
    assert len(inventory(migration_cycle=value).names) == 10
    assert queries() == [{}]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "state is an empty list: give it a value or leave it out."),
        ("{{ [] }}", "state is an empty list"),
        (["error", ""], "state has an empty value among others"),
        (["error", "{{ '' }}"], "state has an empty value among others"),
        (["error", None], "The option state has to be a single value or a list of single values."),
        ([["error"]], "The option state has to be a single value or a list of single values."),
        ({"error": 1}, "The option state has to be a single value or a list of single values."),
        (["error", "e" * 256], "state: the API takes at most 255 characters, this has 256."),
    ],
)
def test_a_list_that_may_mean_no_server_or_all_is_an_error_before_any_request(failure, emulator, value, words):
    assert words in failure(state=value)
    assert emulator.requests() == []


def test_a_server_that_moves_from_one_value_to_another_in_between_is_a_host_once(inventory, emulator):
    server = next(record for record in emulator.fleet() if record["name"] == "sms-centos")
    for before, after in (("finished", "error"), ("error", "finished")):
        emulator.change_fleet(update={server["id"]: {"state": before}})
        emulator.faults({"kind": "update", "update": {server["id"]: {"state": after}}, "skip": 1, "times": 1})
        result = inventory(state=["finished", "error"])
        assert result.names == TWO
        assert result.hosts["sms-centos"]["sms_state"] == after


def test_the_hosts_are_in_the_order_of_registration_as_without_the_filter(inventory):
    names = [name for name in inventory().manager.hosts if name in TWO]
    assert list(inventory(state=["error", "finished"]).manager.hosts) == names
