# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters with several values: which servers they select, and which requests are sent."""

from __future__ import annotations

import pytest

FINISHED = {"sms-test", "sms-win16", "smsc-test"}
TWO = {*FINISHED, "sms-centos"}


def test_a_server_with_any_of_the_values_is_a_host(inventory):
    assert inventory(state=["finished", "error"]).names == TWO


def test_several_values_are_not_sent_but_select_by_the_records_field(inventory, queries):
    inventory(state=["finished", "error"])
    assert queries() == [{}]


def test_a_value_that_sms_does_not_document_selects_too(inventory, emulator):
    server = next(record for record in emulator.fleet() if record["name"] == "sms-centos")
    emulator.change_fleet(update={server["id"]: {"migration_cycle": "own"}})
    assert inventory(migration_cycle=["own", "unknown"]).names == {"sms-centos"}


def test_with_two_lists_a_server_has_to_match_both_and_all_other_filters_are_sent(inventory, queries):
    options = {"state": ["finished", "error"], "migration_cycle": ["syncing", "cutovered"], "ip": "198.18.0.65"}
    assert inventory(**options).names == {"smsc-test"}
    assert queries() == [{"ip": "198.18.0.65"}]


def test_a_single_value_is_sent_beside_a_list_of_the_other_filter(inventory, queries):
    assert inventory(state="finished", migration_cycle=["checking", "setting"]).names == set()
    assert queries() == [{"state": "finished"}]


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
        (["error", None], "state has to be a single value or a list of single values."),
        ([["error"]], "state has to be a single value or a list of single values."),
        ({"error": 1}, "state has to be a single value or a list of single values."),
        (["error", "e" * 256], "state: the API takes at most 255 characters, this has 256."),
    ],
)
def test_a_list_that_may_mean_no_server_or_all_is_an_error_before_any_request(failure, emulator, value, words):
    assert words in failure(state=value)
    assert emulator.requests() == []


def test_the_hosts_are_in_the_order_of_registration_as_without_the_filter(inventory):
    names = [name for name in inventory().manager.hosts if name in TWO]
    assert list(inventory(state=["error", "finished"]).manager.hosts) == names
