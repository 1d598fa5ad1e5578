# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan for two accounts is checked and carried out, with one call of each action per account."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _migration_plan
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.conftest import run_action
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import server

PLACES = (("la-north-2", "small"), ("af-south-1", "large"), ("af-south-1", "medium"))
PROJECTS = {"la-north-2": "a" * 32, "af-south-1": "f" * 32}
MACHINES = 5
HEAD = "id,account,wave,region_id,project_id,template,vm_id,services,settings.speed_limit"


def prepare(emulator, account, count):
    """A fleet of servers that wait, three templates in two regions, and five machines."""
    names = [f"{account}{number:03}" for number in range(count)]
    emulator.replace_fleet([server(name, firmware="BIOS") for name in names])
    emulator.replace_templates(
        [
            {"id": f"id-of-{name}", "name": name, "region": region, "projectid": PROJECTS[region]}
            for region, name in PLACES
        ]
    )
    place = {"region": "la-north-2", "project": PROJECTS["la-north-2"], "os_type": "LINUX", "disks": [40]}
    for number in range(MACHINES):
        emulator.add_machines({"id": f"vm-{account}{number}", **place})
    return names


def target_of(account, number):
    """Region, template and machine of a row."""
    if number < MACHINES:
        return "la-north-2", "", f"vm-{account}{number}"
    return (*PLACES[number % 3], "")


def line_of(account, number, name):
    region, template, machine = target_of(account, number)
    wave = str(number // 100)
    return f"id-{name},{account},{wave},{region},{PROJECTS[region]},{template},{machine},-,{100 + number}"


def servers_of(plan, account):
    """The rows of an account as the module task takes them."""
    rows = [row for row in plan.rows if row.account == account]
    names = {"target": "wave_target", "settings": "wave_settings"}
    return [{"id": row.server_id, **{name: dict(row.role_variables[of]) for name, of in names.items()}} for row in rows]


@pytest.mark.parametrize("count", [12, pytest.param(150, marks=pytest.mark.exhaustive)])
def test_the_servers_of_two_accounts_migrate_where_their_rows_say(count, tmp_path):
    path = tmp_path / "plan.csv"
    with Emulator(servers=0) as first, Emulator(servers=0, token="other") as second:
        accounts = {"a": first, "c": second}
        fleets = {account: prepare(emulator, account, count) for account, emulator in accounts.items()}
        lines = [line_of(account, *one) for account, names in fleets.items() for one in enumerate(names)]
        path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
        for account, emulator in accounts.items():
            keys = {name: emulator.account[name] for name in ("access_key", "secret_key")}
            connection = {"endpoint": emulator.url, "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}", **keys}
            checked = run_action(
                "plan", False, {"state": "checked", "path": str(path), "account": account, **connection}
            )
            assert not checked.get("failed"), checked["msg"]
            emulator.clear_requests()
            servers = servers_of(_migration_plan.read(str(path)), account)
            started = run_action("task", False, {"state": "started", "servers": servers, **connection})
            assert not started.get("failed"), started["msg"]
            requests = emulator.requests()
            bodies = [
                json.loads(one["body"]) for one in requests if (one["method"], one["path"]) == ("POST", "/v3/tasks")
            ]
            found = {
                body["source_server"]["id"]: (
                    body["region_id"],
                    body["project_id"],
                    body.get("vm_template_id", "").removeprefix("id-of-"),
                    body["target_server"].get("vm_id", ""),
                    body["speed_limit"],
                )
                for body in bodies
            }
            wanted = {}
            for number, name in enumerate(fleets[account]):
                region, template, machine = target_of(account, number)
                wanted[f"id-{name}"] = (region, PROJECTS[region], template, machine, 100 + number)
            assert found == wanted
            assert {one["state"] for one in emulator.fleet()} == {"initialize"}
            # The list of servers, that of the templates, and nine for each server; three more for a machine.
            assert len(requests) <= 2 + 9 * count + 3 * MACHINES
