# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several accounts in one inventory: each host is asked for with its own file's endpoint, and its own credentials.

As the guide on many accounts has it: a group for each account, and the credentials in one variable of the group.
"""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from conftest import TARGET, id_of, in_sync, server

ROLES = {
    "preflight": {},
    "report": {"report_path": "page"},
    "wait_for_cycle": {"wait_for_cycle_cycles": ["syncing"], "wait_for_cycle_interval": 0.2},
}


@pytest.fixture
def china(weekend):
    """A second account, with two servers; the first one has two as well."""
    with Emulator(servers=0, unattended=True, speed=600, token="china") as china:
        weekend.fleet(in_sync("web"), in_sync("mail"))
        china.replace_fleet([in_sync("shop"), in_sync("bank")])
        for name in ("shop", "bank"):
            weekend.service(f"app-{name}")
        keys = {name: china.account[name] for name in ("access_key", "secret_key")}
        there = {"endpoint": china.url, "ecs_endpoint": f"{china.url}/regions/{{region_id}}", **keys}
        weekend.group_vars("sms", sms_connection=weekend.settings["sms_connection"])
        weekend.group_vars("sms_china", sms_connection=there)
        file = {"plugin": "huaweicloud.sms.source_servers", "group": "sms_china", **there}
        (weekend.folder / "china.yml").write_text(json.dumps(file), encoding="utf-8")
        china.clear_requests()
        yield china


def listings(emulator):
    return [one for one in emulator.requests() if one["path"] == "/v3/sources"]


def test_a_wave_asks_for_a_list_once_a_step_and_account_whatever_the_number_of_hosts(weekend, china):
    tags = ("--tags", "check,freeze,summary")
    groups = {"wave_hosts": "sms:sms_china", "wave_confirm": 4}
    ended = weekend.play("-i", "china.yml", *tags, sms_connection=None, wave_report_path="", **groups)
    assert ended.code == 0, ended.output
    assert set(ended.results()) == {"web", "mail", "shop", "bank"}
    assert len(listings(china)) == 4, "the inventory, check, freeze and summary"
    assert not weekend.running("shop")


@pytest.mark.parametrize("role", ROLES)
def test_the_other_roles_do_so_too_and_see_the_hosts_of_the_play_alone(weekend, china, role):
    limit = ("-i", "china.yml", "--limit", "web,shop")
    ended = weekend.play(*limit, playbook=f"huaweicloud.sms.{role}", sms_connection=None, **ROLES[role])
    assert ended.code == 0, ended.output
    assert len(listings(china)) == len(listings(weekend.emulator)) == 2, "the inventory and the role"
    page = weekend.folder / "page" / "report.csv"
    shown = page.read_text(encoding="utf-8") if page.exists() else ended.output
    assert [name for name in ("web", "shop", "mail", "bank") if name in shown] == ["web", "shop"]


def test_each_account_gets_the_targets_of_its_own_hosts(weekend, china):
    """A server was once created in the region and project of another account: that of the first host."""
    weekend.fleet(server("web"))
    china.replace_fleet([server("shop")])
    there = {**TARGET, "region_id": "cn-north-4", "project_id": "c" * 32}
    weekend.group_vars("web", "host_vars", wave_target=TARGET, wave_settings={"speed_limit": 100})
    weekend.group_vars("shop", "host_vars", wave_target=there, wave_settings={"speed_limit": 200})
    groups = {"wave_hosts": "sms:sms_china", "wave_confirm": 2, "wave_start": True}
    tags = ("--tags", "check,replicate,summary")
    ended = weekend.play("-i", "china.yml", *tags, sms_connection=None, wave_report_path="", **groups)
    assert ended.code == 0, ended.output
    created = []
    for emulator in (weekend.emulator, china):
        bodies = [json.loads(one["body"]) for one in emulator.changes() if one["path"] == "/v3/tasks"]
        created.append([(b["source_server"]["id"], b["region_id"], b["project_id"], b["speed_limit"]) for b in bodies])
    assert created == [
        [(id_of("web"), "la-north-2", TARGET["project_id"], 100)],
        [(id_of("shop"), "cn-north-4", "c" * 32, 200)],
    ]
