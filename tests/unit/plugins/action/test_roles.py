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
NEEDED = {
    **{f"{role}_servers": ["sms-test"] for role in ROLES},
    "preflight_fail_on": [],
    "wait_for_cycle_cycles": ["cutovered"],
}
FILTERS = [name for name, option in _argument_spec.FILTER_SPEC.items() if option["type"] != "bool"]


def content_of(*path):
    return yaml.safe_load(ROOT.joinpath("roles", *path).read_text(encoding="utf-8"))


@pytest.fixture
def run_playbooks(run_ansible):
    """Runs the playbooks of all roles one after the other, with variables; gives the completed process."""

    def run(**variables):
        playbooks = [f"huaweicloud.sms.{role}" for role in ROLES]
        return run_ansible("playbook", "-v", *playbooks, "-e", json.dumps({**NEEDED, **variables}))

    return run


@pytest.fixture
def include_roles(run_ansible, tmp_path):
    """Includes roles in one play, each with its own variables, whatever the others end with.

    Gives what each printed, and all that was written to standard error.
    """

    def run(*included):
        tasks = [
            {
                "name": f"Case {number}",
                "block": [
                    {"debug": {"msg": f"Case {number}"}},
                    {"include_role": {"name": f"huaweicloud.sms.{role}"}, "vars": variables},
                    {"debug": {"msg": "The role has succeeded."}},
                ],
                "rescue": [{"debug": {"msg": "The role has failed."}}],
            }
            for number, (role, variables) in enumerate(included)
        ]
        play = {"hosts": "localhost", "gather_facts": False, "vars": NEEDED, "tasks": tasks}
        (tmp_path / "play.yml").write_text(json.dumps([play]))
        completed = run_ansible("playbook", "-v", "play.yml")
        printed = re.split(r'"msg": "Case \d+"', completed.stdout)[1:]
        assert len(printed) == len(included), completed.stdout + completed.stderr
        return [" ".join(text.replace("\\n", " ").split()) for text in printed], completed.stderr

    return run


@pytest.mark.parametrize("role", ROLES)
def test_the_defaults_are_the_documented_ones(role):
    options = content_of(role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert content_of(role, "defaults", "main.yml") == {
        **documented,
        f"{role}_connection": "{{ sms_connection | default({}) }}",
    }


def test_the_playbook_of_a_role_runs_by_its_full_name_with_the_connection_that_all_roles_share(
    run_playbooks, connection
):
    completed = run_playbooks(sms_connection=connection)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert completed.stdout.count("\nPLAY [") == len(ROLES)


def test_every_filter_of_a_role_reaches_the_service(include_roles, connection, emulator):
    # One project for each role.
    project = "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d1"
    include_roles(
        *(
            (
                role,
                {
                    f"{role}_connection": connection,
                    f"{role}_filters": {**dict.fromkeys(FILTERS, "0"), "migproject": f"{project}{number}"},
                },
            )
            for number, role in enumerate(ROLES)
        )
    )
    queries = {query.get("migproject"): query for query in queries_of(emulator)}
    assert queries.keys() == {f"{project}{number}" for number in range(len(ROLES))}
    for query in queries.values():
        assert {*FILTERS} <= query.keys()


def queries_of(emulator):
    return [dict(map(tuple, request["query"])) for request in emulator.requests()]


def test_several_values_of_a_filter_are_not_sent_to_the_service(include_roles, connection, emulator):
    filters = {"state": ["error", "finished"]}
    include_roles(
        *((role, {f"{role}_connection": connection, f"{role}_filters": {**filters, "name": role}}) for role in ROLES)
    )
    for role in ROLES:
        queries = [query for query in queries_of(emulator) if query.get("name") == role]
        assert queries
        assert not [query for query in queries if "state" in query]


@pytest.mark.parametrize(
    ("kind", "spec"), [("connection", _argument_spec.CONNECTION_SPEC), ("filters", _argument_spec.FILTER_SPEC)]
)
def test_a_misspelt_option_is_an_error_that_names_it_its_variable_and_all_that_there_are(include_roles, kind, spec):
    given = {"sms_connection": {"endpoint": NOWHERE}}
    printed, _errors = include_roles(
        *((role, {**given, f"{role}_{kind}": {"id": "x", "endpont": "x"}}) for role in ROLES)
    )
    # The ID is a filter, and no option of the connection.
    options = {"connection": "options called id ", "filters": "option called endpont. "}
    for role, told in zip(ROLES, printed, strict=True):
        assert "The role has failed." in told
        assert f"{role}_{kind} has no {options[kind]}" in told
        assert "endpont" in told
        assert f"It takes {', '.join(sorted(spec))}." in told


def test_a_failure_is_told_as_what_it_is(include_roles):
    printed, errors = include_roles(*((role, {"sms_connection": {}}) for role in ROLES))
    # Since ansible-core 2.19, what went wrong stands on standard error.
    told = " ".join(errors.split()) if "[ERROR]" in errors else "".join(printed)
    assert told.count("Where is SMS? Give region") >= len(ROLES)
    assert "'failed_when' expression" not in told
    for text in printed:
        assert "Where is SMS? Give region" in text
        assert "The role has failed." in text


def test_a_misspelt_variable_is_warned_about_and_one_of_the_users_own_is_not(run_playbooks, connection):
    own = {f"{role}_of_the_week": 7 for role in ROLES}
    completed = run_playbooks(sms_connection=connection, **{f"{role}_conection": {} for role in ROLES}, **own)
    warnings = " ".join(completed.stderr.split())
    for role in ROLES:
        misspelt, right = f"{role}_conection", f"{role}_connection"
        assert f"{misspelt} is no variable of the role huaweicloud.sms.{role}: did you mean {right}?" in warnings
    assert "of_the_week" not in warnings
    assert warnings.count("is no variable") == len(ROLES)


@pytest.mark.parametrize("playbook", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda path: path.stem)
def test_a_playbook_says_which_variables_it_takes(playbook):
    text = playbook.read_text(encoding="utf-8")
    head = text.partition("\n- name:")[0]
    own = set(re.findall(rf"\b{playbook.stem}_\w+(?= \| default|\s*}}}})", text))
    for role in re.findall(r"^    - huaweicloud\.sms\.(\w+)$", text, re.MULTILINE):
        assert role == playbook.stem
        assert f"# Variables: ansible-doc -t role huaweicloud.sms.{role}" in head
        own -= set(content_of(role, "meta", "argument_specs.yml")["argument_specs"]["main"].get("options", {}))
    assert own or "Variables: ansible-doc" in head
    assert all(f"# {name} " in head for name in own), own


def test_what_is_no_dictionary_is_an_error_that_names_the_variable_and_shows_no_value(include_roles):
    wrong = [
        ("preflight", "not-to-be-shown"),
        ("report", ["not-to-be-shown"]),
        ("wait_for_cycle", "not-to-be-shown="),
        ("preflight", None),
        ("report", ""),
    ]
    printed, errors = include_roles(*((role, {f"{role}_connection": value}) for role, value in wrong))
    for (role, _value), told in zip(wrong, printed, strict=True):
        assert "The role has failed." in told
        assert f"{role}_connection" in told
    assert "not-to-be-shown" not in "".join(printed) + errors


def test_a_roles_own_connection_replaces_sms_connection_as_a_whole(run_playbooks, connection):
    shared = {"endpoint": NOWHERE, "region": "no region!"}
    completed = run_playbooks(sms_connection=shared, **{f"{role}_connection": connection for role in ROLES})
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert completed.stdout.count("\nPLAY [") == len(ROLES)


def test_what_a_connection_leaves_out_comes_from_module_defaults(run_ansible, connection, tmp_path):
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/huaweicloud.sms.sms": {**connection, "endpoint": NOWHERE}},
        "vars": {"sms_connection": {"endpoint": connection["endpoint"]}, **NEEDED},
        "roles": [f"huaweicloud.sms.{role}" for role in ROLES],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    completed = run_ansible("playbook", "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr
