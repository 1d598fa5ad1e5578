# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps servers from migrating."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server as server


def kinds(record):
    return [problem.kind for problem in _readiness.problems(record)]


def test_a_healthy_server_has_no_problem():
    assert _readiness.problems(server()) == []


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
    [finding] = _readiness.findings(server(checks=[{"name": "X", "result": "ERROR", "error_code": code}]))
    assert finding == ("X", "ERROR", code, _readiness.CHECK_MEANINGS[code])


def test_an_unknown_code_says_where_to_look_it_up():
    [finding] = _readiness.findings(server(checks=[{"name": "X", "result": "ERROR", "error_code": "SMS.9999"}]))
    assert "documentation" in finding.meaning


def test_the_code_is_found_where_newer_records_have_it():
    check = {
        "name": "X",
        "result": "ERROR",
        "error_code": None,
        "error_or_warn": {"error_code": "SMS.6517", "link": ""},
    }
    [finding] = _readiness.findings(server(checks=[check]))
    assert finding.code == "SMS.6517"


@pytest.mark.parametrize(("conditions", "met"), [(["failed_check"], True), (["SMS.6504"], True), (["state"], False)])
def test_a_problem_is_met_by_its_kind_or_its_code(conditions, met):
    assert _readiness.is_met(_readiness.Problem("failed_check", "SMS.6504", ""), conditions) is met
