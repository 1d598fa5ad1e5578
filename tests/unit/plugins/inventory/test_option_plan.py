# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``plan``: rows become groups and variables of hosts, and their texts are never evaluated."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

pytestmark = pytest.mark.core

HEADER = "id,account,wave,template,region_id,project_id,services,settings.syncing,vars.owner\n"


@pytest.fixture
def ids(emulator):
    """The IDs of the servers."""
    return [record["id"] for record in emulator.fleet()]


@pytest.fixture
def plan(tmp_path):
    """Writes the plan, which is beside the inventory file."""

    def write(*rows):
        (tmp_path / "plan.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return "plan.csv"

    return write


def host_of(inventory, server_id):
    """The name of a server's host."""
    return next(name for name, variables in inventory.hosts.items() if variables["sms_id"] == server_id)


def test_a_row_becomes_groups_and_variables_of_its_host(inventory, plan, ids):
    result = inventory(
        plan=plan(f"{ids[0]},,Wave 7,small,la-north-2,p1,nginx;mariadb,false,Ann", f"{ids[1]},,8,,,,-,,")
    )
    variables = result.hosts[host_of(result, ids[0])]
    assert variables["wave_target"] == {"template": "small", "region_id": "la-north-2", "project_id": "p1"}
    assert variables["wave_settings"] == {"syncing": False}
    assert variables["wave_services"] == ["nginx", "mariadb"]
    assert variables["owner"] == "Ann"
    assert result.hosts[host_of(result, ids[1])]["wave_services"] == []
    assert "wave_target" not in result.hosts[host_of(result, ids[1])]
    groups = result.groups
    assert groups["wave_wave_7"] == {host_of(result, ids[0])}
    assert groups["wave_8"] == {host_of(result, ids[1])}
    assert len(groups["unplanned"]) == len(ids) - 2


def test_the_texts_of_a_plan_are_no_templates(inventory, plan, ids):
    evil = "{{ lookup('pipe', 'touch /tmp/executed') }}"
    result = inventory(plan=plan(f'{ids[0]},,7,"{evil}",r,p,"{evil}",,"{evil}"'))
    variables = result.hosts[host_of(result, ids[0])]
    templar = Templar(DataLoader(), variables=variables)
    for name in ("owner", "wave_target", "wave_services"):
        assert evil in str(templar.template(variables[name]))


def test_rows_without_a_server_are_a_warning_unless_they_are_another_accounts(inventory, plan, ids):
    rows = (f"{ids[0]},china,7,,,,,,", "nobody,china,7,,,,,,", "elsewhere,emea,9,,,,,,")
    result = inventory(plan=plan(*rows), plan_account="china")
    assert "plan: 1 rows have no source server in this inventory: row 3 (nobody)" in result.messages
    assert "wave_9" not in result.groups
    assert "2 rows have no source server" in inventory(plan=plan(*rows)).messages


def test_a_plan_that_cannot_be_used_is_an_error_that_names_it(failure, plan):
    assert "cannot be read: No such file" in failure(plan="missing.csv")
    assert "row 2 (without an ID): it has no ID." in failure(plan=plan(",,7,,,,,,"))


def test_a_variable_of_the_server_itself_cannot_be_replaced(failure, tmp_path, ids):
    (tmp_path / "plan.csv").write_text(f"id,vars.state\n{ids[0]},x\n", encoding="utf-8")
    assert "state is a variable of the server itself" in failure(plan="plan.csv", hostvars_prefix="")


def test_a_changed_plan_takes_effect_at_once_although_the_cache_is_used(inventory, plan, ids, tmp_path, queries):
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    assert inventory(plan=plan(f"{ids[0]},,7,,,,,,"), **options).groups["wave_7"]
    before = len(queries())
    result = inventory(plan=plan(f"{ids[0]},,8,,,,,,"), **options)
    assert "wave_7" not in result.groups
    assert result.groups["wave_8"]
    assert len(queries()) == before
