# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles: they take every option of their module and hand it on, and their playbooks run by their full names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.module_utils import _spec

COLLECTION = Path(_spec.__file__).parents[2]
ROLES = ("preflight", "report", "wait_for_cycle")


def content_of(*path):
    return yaml.safe_load(COLLECTION.joinpath("roles", *path).read_text(encoding="utf-8"))


@pytest.fixture(params=ROLES)
def role(request):
    return request.param


@pytest.mark.parametrize(("kind", "spec"), [("connection", _spec.CONNECTION_SPEC), ("filters", _spec.FILTER_SPEC)])
def test_a_role_knows_every_option_and_its_type(role, kind, spec):
    options = content_of(role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    documented = options[f"{role}_{kind}"]["options"]
    assert {name: option["type"] for name, option in documented.items()} == {
        name: option["type"] for name, option in spec.items()
    }


def test_a_role_hands_every_option_on(role):
    [task] = content_of(role, "tasks", "main.yml")
    given = task[f"huaweicloud.sms.{role}"]
    for kind, spec in (("connection", _spec.CONNECTION_SPEC), ("filters", _spec.FILTER_SPEC)):
        for name in spec:
            assert given[name] == f"{{{{ {role}_{kind}.{name} | default(omit) }}}}"


def test_the_defaults_are_the_documented_ones(role):
    options = content_of(role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    documented = {name: option["default"] for name, option in options.items() if "default" in option}
    assert content_of(role, "defaults", "main.yml") == documented


def test_the_playbook_of_a_role_runs_by_its_full_name(role, run_ansible, connection):
    variables = {
        f"{role}_connection": connection,
        f"{role}_servers": ["sms-test"],
        "preflight_fail_on": [],
        "wait_for_cycle_cycles": ["cutovered"],
    }
    completed = run_ansible("playbook", f"huaweicloud.sms.{role}", "-e", json.dumps(variables))
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_a_misspelt_connection_option_is_an_error_that_names_it(role, run_ansible):
    variables = {f"{role}_connection": {"endpont": "http://127.0.0.1:9"}, "wait_for_cycle_cycles": ["syncing"]}
    completed = run_ansible("playbook", f"huaweicloud.sms.{role}", "-e", json.dumps(variables))
    assert completed.returncode != 0
    assert "endpont" in completed.stdout
