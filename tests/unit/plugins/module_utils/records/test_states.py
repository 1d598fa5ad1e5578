# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of states, and what derives from it."""

from __future__ import annotations

import re

import pytest
import requests
import yaml
from ansible_collections.huaweicloud.sms.plugins.doc_fragments import filters
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.modules import source_server_info, wait_for_cycle

# States of the vendor's SDK that the API's page does not have.
BEYOND_THE_PAGE = {"premigready", "premiged", "skipping", "clearing", "cleared", "clearfailed", "premigfailed"}
DOCUMENTED = {*_states.NAMES} - BEYOND_THE_PAGE


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
    assert _states.has_reached(cycle, cycles) is reached


def values_in(paragraph):
    return set(re.findall(r"V\((\w+)\)", " ".join(paragraph)))


def test_the_filters_documentation_names_the_documented_states_and_cycles():
    fragment = filters.ModuleDocFragment
    options = {**yaml.safe_load(fragment.STATE)["options"], **yaml.safe_load(fragment.DOCUMENTATION)["options"]}
    assert values_in(options["state"]["description"]) == DOCUMENTED
    assert values_in(options["migration_cycle"]["description"]) == {*_states.CYCLES}


def test_the_modules_documentation_names_every_state_and_those_beyond_the_api_page():
    fields = yaml.safe_load(source_server_info.RETURN)["source_servers"]["contains"]
    documented, beyond = fields["state"]["description"][:2]
    assert values_in([documented]) == DOCUMENTED
    assert values_in([beyond]) == BEYOND_THE_PAGE


def test_the_documentation_of_waiting_names_the_states_that_a_server_does_not_leave_by_itself():
    described = " ".join(yaml.safe_load(wait_for_cycle.DOCUMENTATION)["description"])
    assert {row.name for row in _states.STATES if row.dead_end} <= values_in([described])


def test_the_emulator_counts_servers_in_the_documented_states(emulator):
    emulator.replace_fleet([])
    counts = requests.get(
        f"{emulator.url}/v3/sources/overview", headers={"X-Auth-Token": emulator.token}, timeout=10
    ).json()
    assert {*counts} == DOCUMENTED


def test_only_a_state_with_an_obstacle_is_a_dead_end():
    assert [row.name for row in _states.STATES if row.dead_end and not row.obstacle] == []
    assert (_states.obstacle("brandnew"), _states.obstacle(["odd"]), _states.is_dead_end(None)) == ("", "", False)
