# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of states, and what derives from it."""

from __future__ import annotations

import ast
import re

import pytest
import requests
import yaml
from ansible_collections.huaweicloud.sms.plugins.doc_fragments import filters
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.modules import source_server_info, wait_for_cycle
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _hostvars
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

# The states in the vendor's definition of the API.
DOCUMENTED = {
    *("unavailable", "waiting", "initialize", "replicate", "syncing", "stopping", "stopped", "skipping", "deleting"),
    *("clearing", "cleared", "clearfailed", "premigready", "premiged", "premigfailed", "cloning", "cutovering"),
    *("finished", "error"),
}
# The drill and the clearing have no counter in the overview, and "unconfigured" is no state.
NOT_COUNTED = {"clearing", "cleared", "clearfailed", "premigready", "premiged", "premigfailed"}
EMULATOR = ROOT / "tests" / "emulator"


def test_the_table_has_the_documented_states_once_each():
    assert sorted(_states.NAMES) == sorted(DOCUMENTED)
    assert {*_states.KNOWN} - DOCUMENTED == {"premiging"}


def test_every_state_has_a_group_even_if_no_server_is_in_it():
    groups = _hostvars.documented_groups(["state"])
    assert sorted(groups) == sorted(f"state_{name}" for name in DOCUMENTED)


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


def test_the_modules_documentation_names_every_state_and_the_one_of_a_running_drill():
    fields = yaml.safe_load(source_server_info.RETURN)["source_servers"]["contains"]
    documented, beyond = fields["state"]["description"][:2]
    assert values_in([documented]) == DOCUMENTED
    assert values_in([beyond]) - DOCUMENTED == {_states.DRILLING}


def test_the_documentation_of_waiting_names_the_states_that_a_server_does_not_leave_by_itself():
    described = " ".join(yaml.safe_load(wait_for_cycle.DOCUMENTATION)["description"])
    assert {row.name for row in _states.STATES if row.dead_end} <= values_in([described])


def test_the_emulator_counts_servers_in_the_states_that_have_a_counter(emulator):
    emulator.replace_fleet([])
    counts = requests.get(
        f"{emulator.url}/v3/sources/overview", headers={"X-Auth-Token": emulator.token}, timeout=10
    ).json()
    assert {*counts} == DOCUMENTED - NOT_COUNTED | {"unconfigured"}


def states_in(file):
    """The states that the phases in a file of the emulator have."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    positions = {"phase": 1, "Stage": 0, "Phase": 1}
    for call in calls:
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        position = positions.get(name, len(call.args))
        yield from (one.value for one in call.args[position : position + 1] if isinstance(one, ast.Constant))


def test_the_emulator_puts_servers_into_states_of_the_table_only():
    states = {state for name in ("courses.py", "timeline.py") for state in states_in(EMULATOR / name)}
    assert states <= {*_states.KNOWN}
    assert states >= {"syncing", "cloning", "premigready", "premiging", "premiged", "finished", "replicate"}


def test_only_a_state_with_an_obstacle_is_a_dead_end():
    assert [row.name for row in _states.STATES if row.dead_end and not row.obstacle] == []
    assert (_states.obstacle("brandnew"), _states.obstacle(["odd"]), _states.is_dead_end(None)) == ("", "", False)
