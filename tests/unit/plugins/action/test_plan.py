# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``plan``, against the emulator."""

from __future__ import annotations

import csv

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _migration_plan

GIB = 2**30
REGION, PROJECT = "la-north-2", "0123456789abcdef0123456789abcdef"


def server(name, **fields):
    """A server that nothing keeps from migrating."""
    return {
        "id": f"id-of-{name}",
        "name": name,
        "state": "waiting",
        "migration_cycle": "checking",
        "os_type": "LINUX",
        "connected": True,
        "checks": [{"name": "CPU", "result": "OK"}],
        "init_target_server": {"disks": [{"name": "vda", "size": 40 * GIB}]},
        "current_task": None,
        "add_date": 1_768_467_600_000,
        **fields,
    }


def template(name, **fields):
    return {
        "id": f"template-{name}",
        "name": name,
        "is_template": "true",
        "region": REGION,
        "projectid": PROJECT,
        **fields,
    }


@pytest.fixture
def fleet(emulator):
    """Replaces the servers of the account."""

    def replace(*records, templates=()):
        emulator.replace_fleet(list(records))
        emulator.replace_templates(list(templates))

    return replace


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_an_export_has_a_row_for_each_server_with_its_readiness_and_size(act, fleet, tmp_path):
    fleet(server("web"), server("db", connected=False, init_target_server={"disks": [{"size": 40 * GIB}] * 2}))
    path = tmp_path / "new" / "plan.csv"
    outcome = act("plan", state="exported", path=str(path), account="china")
    assert outcome.result["changed"], outcome.result
    assert sorted(outcome.result["new"]) == ["id-of-db", "id-of-web"]
    rows = rows_of(path)
    assert rows["id-of-web"]["info.ready"] == "yes"
    assert rows["id-of-web"]["account"] == "china"
    assert (rows["id-of-db"]["info.disks"], rows["id-of-db"]["info.size_gib"]) == ("2", "80")
    assert "not connected" in rows["id-of-db"]["info.ready"]


@pytest.mark.parametrize("name", ["plan.csv", "plan.yml"])
def test_a_second_export_keeps_what_people_entered_and_loses_no_row(act, fleet, tmp_path, name):
    fleet(server("web"), server("db"))
    path = tmp_path / name
    act("plan", state="exported", path=str(path))
    plan = _migration_plan.read(str(path))
    entered = {"wave": "7", "services": "-", "vars.owner": "Ann", "name": "shop"}
    rows = [{**row.cells, **(entered if row.server_id == "id-of-web" else {})} for row in plan.rows]
    rows.append({"id": "id-of-other", "account": "emea", "info.state": "syncing"})
    columns = dict.fromkeys([*plan.columns, *_migration_plan.COLUMNS, "vars.owner"])
    path.write_text(_migration_plan.to_text(name, [*columns], rows), encoding="utf-8")
    fleet(server("web", state="error"), server("mail"))
    outcome = act("plan", state="exported", path=str(path), account="china")
    assert (outcome.result["new"], outcome.result["gone"]) == (["id-of-mail"], ["id-of-db"]), outcome.result
    rows = {row.server_id: row.cells for row in _migration_plan.read(str(path)).rows}
    assert {column: rows["id-of-web"][column] for column in entered} == entered
    assert rows["id-of-web"]["info.state"] == "error"
    assert rows["id-of-db"]["info.change"] == "gone"
    assert rows["id-of-mail"]["info.change"] == "new"
    assert rows["id-of-other"] == {"id": "id-of-other", "account": "emea", "info.state": "syncing"}


def test_an_export_that_changes_nothing_is_unchanged_and_check_mode_writes_nothing(act, fleet, tmp_path):
    fleet(server("web"))
    path = tmp_path / "plan.csv"
    outcome = act("plan", check_mode=True, state="exported", path=str(path))
    assert outcome.result["changed"]
    assert not path.exists()
    act("plan", state="exported", path=str(path))
    # The mark of a new server goes with the next export.
    assert act("plan", state="exported", path=str(path)).result["changed"]
    assert not act("plan", state="exported", path=str(path)).result["changed"]


def test_a_server_name_that_is_a_formula_is_none_in_the_file(act, fleet, tmp_path):
    fleet({**server("web"), "name": "=HYPERLINK(1)"})
    path = tmp_path / "plan.csv"
    act("plan", state="exported", path=str(path))
    assert rows_of(path)["id-of-web"]["name"] == "'=HYPERLINK(1)"


def check(act, tmp_path, text, **options):
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8")
    return act("plan", state="checked", path=str(path), **options)


HEADER = "id,wave,template,region_id,project_id,services,settings.type,vm_id,target_name\n"
GOOD = f"id-of-web,7,small,{REGION},{PROJECT},-,,,\n"


def test_a_plan_that_can_be_carried_out_passes(act, fleet, tmp_path):
    fleet(server("web"), templates=[template("small")])
    outcome = check(act, tmp_path, HEADER + GOOD)
    assert not outcome.failed, outcome.result
    assert outcome.result["msg"] == "All 1 rows of the plan can be carried out."


def test_every_problem_of_every_row_is_reported_in_one_run(act, fleet, tmp_path, emulator):
    task = {"id": "t", "state": "READY", "region_id": "elsewhere", "project_id": PROJECT, "target_server": {}}
    fleet(
        server("web"),
        server("launched", state="finished", migration_cycle="cutovered"),
        server("windows", os_type="WINDOWS"),
        server("broken", checks=[{"name": "CPU", "result": "ERROR", "error_code": "SMS.6504"}]),
        server("tasked", current_task=task, migration_cycle="setting"),
        server("bare"),
        templates=[template("small"), template("twice", id="1"), template("twice", id="2")],
    )
    emulator.clear_requests()
    rows = [
        ("id-of-nobody", "small", "-", "", "SMS does not list this server"),
        ("id-of-launched", "small", "-", "", "launched already"),
        ("id-of-windows", "small", "-", "MIGRATE_FILE", "Windows migrates by block only"),
        ("id-of-broken", "small", "-", "", "SMS.6504"),
        ("id-of-tasked", "small", "-", "", "region_id is la-north-2, but the task of the server has elsewhere"),
        ("id-of-web", "tiny", "", "", "services is empty"),
        ("id-of-web-2", "small", "-", "", "SMS does not list"),
        ("id-of-bare", "", "-", "", "no target"),
    ]
    text = HEADER + "".join(
        f"{server_id},7,{name},{REGION if name else ''},{PROJECT if name else ''},{services},{kind},,\n"
        for server_id, name, services, kind, _words in rows
    )
    outcome = check(act, tmp_path, text)
    assert outcome.failed
    found = {(one["id"], one["problem"]) for one in outcome.result["problems"]}
    for server_id, _name, _services, _kind, words in rows:
        assert any(one == server_id and words in problem for one, problem in found), (words, found)
    assert any(one == "id-of-web" and "tiny" in problem and "small" in problem for one, problem in found)
    assert all(problem in outcome.screen for _one, problem in found)
    assert len(emulator.requests()) == 2, "one list of servers, one of templates"


def test_a_wave_that_sms_cannot_run_at_once_is_a_problem(act, fleet, tmp_path):
    fleet(*(server(f"s{number}") for number in range(101)), templates=[template("small")])
    rows = "".join(f"id-of-s{number},7,small,{REGION},{PROJECT},-,,,\n" for number in range(101))
    outcome = check(act, tmp_path, HEADER + rows)
    [problem] = outcome.result["problems"]
    assert "The wave 7 has 101 servers" in problem["problem"]
    assert problem["line"] is None


def test_the_rows_of_another_account_are_not_checked(act, fleet, tmp_path):
    fleet(server("web"), templates=[template("small")])
    text = f"account,{HEADER}china,{GOOD}emea,{GOOD.replace('web', 'shop')}"
    assert not check(act, tmp_path, text, account="china").failed
    assert check(act, tmp_path, text, account="emea").failed


def test_three_hundred_servers_have_each_kind_of_mistake_reported_once_in_one_run(act, fleet, tmp_path, emulator):
    """It takes a list of servers and one of templates; for an ECS itself, its disks, its server and the tasks."""
    kinds = ("gone", "launched", "windows", "broken", "tasked", "undeclared", "nowhere", "tiny", "elsewhere", "twice")
    machines = ("no-machine", "small-disk", "other-system", "same-1", "same-2", "fits")
    task = {"id": "t", "state": "READY", "region_id": "elsewhere", "project_id": PROJECT, "target_server": {}}
    own = {
        "launched": {"state": "finished", "migration_cycle": "cutovered"},
        "windows": {"os_type": "WINDOWS"},
        "broken": {"checks": [{"name": "CPU", "result": "ERROR", "error_code": "SMS.6504"}]},
        "tasked": {"current_task": task, "migration_cycle": "setting"},
    }
    plain = [f"s{number:03}" for number in range(300 - len(kinds) - len(machines))]
    names = [*kinds[1:], *machines, *plain]
    disks = {"disks": [{"name": "vda", "size": 40 * GIB, "device_use": "BOOT|OS"}]}
    records = [server(name, firmware="BIOS", **{"init_target_server": disks, **own.get(name, {})}) for name in names]
    templates = [template(name) for name in ("small", "medium", "twice")] + [template("twice", id="other")]
    fleet(*records, templates=[*templates, template("abroad", region="af-south-1")])
    place = {"project": PROJECT, "region": REGION, "os_type": "LINUX", "disks": [40]}
    for name in ("same", "fits"):
        emulator.add_machines({"id": f"vm-{name}", **place})
    emulator.add_machines({"id": "vm-small-disk", **place, "disks": [10]})
    emulator.add_machines({"id": "vm-other-system", **place, "os_type": "WINDOWS"})

    def row(number, name):
        given = {"nowhere": "", "tiny": "tiny", "elsewhere": "abroad", "twice": "twice"}
        target = "" if name in machines else given.get(name, ("small", "medium")[number % 2])
        machine = f"vm-{'same' if 'same' in name else name}" if name in machines else ""
        place = (REGION, PROJECT) if target or machine else ("", "")
        services = "" if name == "undeclared" else "-"
        kind = "MIGRATE_FILE" if name == "windows" else ""
        wave = "7" if name in machines or name in kinds else str(number // 100)
        return ",".join((f"id-of-{name}", wave, target, *place, services, kind, machine, "", "x"))

    header = HEADER.replace("\n", ",vars.ansible_host\n")
    emulator.clear_requests()
    text = header + "\n".join(row(number, name) for number, name in enumerate((kinds[0], *names))) + "\n"
    outcome = check(act, tmp_path, text, ecs_endpoint=emulator.url)
    told = [one["problem"] for one in outcome.result["problems"]]
    for words in MISTAKES:
        assert sum(words in problem for problem in told) == 1, (words, told)
    assert len(told) == len(MISTAKES), told
    assert outcome.result["rows"] == 300
    assert len(emulator.requests()) <= 2 + 4 * len(machines)


MISTAKES = (
    "The column vars.ansible_host would set a variable that Ansible or a role decides by",
    "SMS does not list this server in this account",
    "launched already",
    "Windows migrates by block only",
    "SMS.6504",
    "region_id is la-north-2, but the task of the server has elsewhere",
    "services is empty",
    "It has no target: give template or vm_id",
    "no template has the ID or the name 'tiny'",
    "abroad is for targets in the region_id af-south-1",
    "2 templates have the name 'twice'",
    "Instance vm-no-machine could not be found",
    "/dev/vda (10 GiB, system",
    "has the operating system WINDOWS",
    "The vm_id vm-same is in the rows",
)
