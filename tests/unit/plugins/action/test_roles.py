# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles: they hand their dictionaries to their actions as they are, and their playbooks run by their full names."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

pytestmark = pytest.mark.core

ROLES = ("preflight", "report", "wait_for_cycle")
NOWHERE = "http://127.0.0.1:9"
PROJECT = "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10"
FILTERS = {name: "0" for name, option in _argument_spec.FILTER_SPEC.items() if option["type"] != "bool"}


def content_of(*path):
    return yaml.safe_load(ROOT.joinpath("roles", *path).read_text(encoding="utf-8"))


@pytest.fixture(params=ROLES)
def role(request):
    return request.param


@pytest.fixture
def play(role, run_ansible):
    """Runs the playbook of the role with variables; gives the completed process."""

    def run(**variables):
        needed = {f"{role}_servers": ["sms-test"], "preflight_fail_on": [], "wait_for_cycle_cycles": ["cutovered"]}
        return run_ansible("playbook", "-v", f"huaweicloud.sms.{role}", "-e", json.dumps({**needed, **variables}))

    return run


def test_the_defaults_are_the_documented_ones(role):
    options = content_of(role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert content_of(role, "defaults", "main.yml") == {
        **documented,
        f"{role}_connection": "{{ sms_connection | default({}) }}",
    }


def test_the_playbook_of_a_role_runs_by_its_full_name_with_the_connection_that_all_roles_share(play, connection):
    completed = play(sms_connection=connection)
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_every_filter_of_a_role_reaches_the_service(play, role, connection, emulator):
    emulator.reset()
    play(**{f"{role}_connection": connection, f"{role}_filters": {**FILTERS, "migproject": PROJECT}})
    query = dict(map(tuple, emulator.requests()[-1]["query"]))
    assert FILTERS.keys() <= query.keys()


def test_several_values_of_a_filter_reach_the_service_one_by_one(play, role, connection, emulator):
    emulator.reset()
    play(**{f"{role}_connection": connection, f"{role}_filters": {"state": ["error", "finished"]}})
    states = [dict(map(tuple, request["query"])).get("state") for request in emulator.requests()]
    assert states[:4] == ["finished", "error"] * 2


@pytest.mark.parametrize(
    ("kind", "spec"), [("connection", _argument_spec.CONNECTION_SPEC), ("filters", _argument_spec.FILTER_SPEC)]
)
def test_a_misspelt_option_is_an_error_that_names_it_its_variable_and_all_that_there_are(play, role, kind, spec):
    completed = play(**{"sms_connection": {"endpoint": NOWHERE}, f"{role}_{kind}": {"id": "x", "endpont": "x"}})
    assert completed.returncode == 2
    told = " ".join(completed.stdout.replace("\\n", " ").split())
    # The ID is a filter, and no option of the connection.
    options = {"connection": "options called id ", "filters": "option called endpont. "}
    assert f"{role}_{kind} has no {options[kind]}" in told
    assert "endpont" in told
    assert f"It takes {', '.join(sorted(spec))}." in told


def test_a_failure_is_told_as_what_it_is(play, role):
    completed = play(sms_connection={})
    assert completed.returncode == 2
    # Since ansible-core 2.19, what went wrong stands on standard error.
    told = completed.stderr if "[ERROR]" in completed.stderr else completed.stdout
    assert "Where is SMS? Give region" in " ".join(told.split())
    assert "'failed_when' expression" not in told


def test_a_misspelt_variable_is_warned_about_and_one_of_the_users_own_is_not(play, role, connection):
    completed = play(**{"sms_connection": connection, f"{role}_conection": {}, f"{role}_of_the_week": 7})
    warnings = " ".join(completed.stderr.split())
    assert f"{role}_conection is no variable of the role huaweicloud.sms.{role}: did you mean {role}_connection?" in (
        warnings
    )
    assert "of_the_week" not in warnings
    assert warnings.count("is no variable") == 1


def test_each_playbook_says_which_variables_it_takes():
    for playbook in sorted((ROOT / "playbooks").glob("*.yml")):
        text = playbook.read_text(encoding="utf-8")
        roles = re.findall(r"^    - huaweicloud\.sms\.(\w+)$", text, re.MULTILINE)
        head = text.partition("\n- name:")[0]
        for role in roles:
            assert f"# Variables: ansible-doc -t role huaweicloud.sms.{role}" in head
            own = set(re.findall(rf"\b{role}_\w+(?= \| default)", text)) - set(
                content_of(role, "meta", "argument_specs.yml")["argument_specs"]["main"].get("options", {})
            )
            assert all(f"# {name} " in head for name in own), own


@pytest.mark.parametrize(
    ("role", "wrong"),
    [
        ("preflight", "not-to-be-shown"),
        ("report", ["not-to-be-shown"]),
        ("wait_for_cycle", "not-to-be-shown="),
        ("preflight", None),
        ("report", ""),
    ],
)
def test_what_is_no_dictionary_is_an_error_that_names_the_variable_and_shows_no_value(play, role, wrong):
    completed = play(**{f"{role}_connection": wrong})
    assert completed.returncode == 2
    assert f"{role}_connection" in completed.stdout
    assert "not-to-be-shown" not in completed.stdout + completed.stderr


def test_a_roles_own_connection_replaces_sms_connection_as_a_whole(play, role, connection):
    completed = play(sms_connection={"endpoint": NOWHERE, "region": "no region!"}, **{f"{role}_connection": connection})
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_what_a_connection_leaves_out_comes_from_module_defaults(role, run_ansible, connection, tmp_path):
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/huaweicloud.sms.sms": {**connection, "endpoint": NOWHERE}},
        "vars": {
            "sms_connection": {"endpoint": connection["endpoint"]},
            "preflight_fail_on": [],
            "wait_for_cycle_servers": ["sms-test"],
            "wait_for_cycle_cycles": ["cutovered"],
        },
        "roles": [f"huaweicloud.sms.{role}"],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    completed = run_ansible("playbook", "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr
