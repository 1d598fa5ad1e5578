# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave takes the row of each host from the plan, and compares it with the task that the server has."""

from __future__ import annotations

import json

from conftest import TARGET, id_of, in_sync, server, task_of

OTHER = {"region_id": "af-south-1", "project_id": "f" * 32, "template_id": TARGET["template_id"]}
COLUMNS = ("id", "wave", "region_id", "project_id", "template", "services", "settings.speed_limit")


def row(name, target, services=None, speed=""):
    return (id_of(name), "7", target["region_id"], target["project_id"], target["template_id"], services, speed)


def test_a_wave_takes_the_rows_of_its_plan_and_no_host_whose_task_goes_elsewhere(weekend):
    moved = in_sync("moved", current_task={**task_of("moved", "SYNCING"), "region_id": "eu-west-101"})
    same = in_sync("same", current_task={**task_of("same", "SYNCING"), "vm_template_id": "bound"})
    weekend.fleet(server("north"), server("south"), same, moved, in_sync("later"))
    template = {"name": "small", "region": TARGET["region_id"], "projectid": TARGET["project_id"]}
    weekend.emulator.replace_templates(
        [
            {"id": TARGET["template_id"], **template},
            {"id": "other", "name": "small", "region": OTHER["region_id"], "projectid": OTHER["project_id"]},
        ]
    )
    there = {**OTHER, "template_id": "other"}
    rows = [
        row("north", TARGET, "app-north", "100"),
        row("south", there, "app-south", "200"),
        row("same", TARGET, "app-same"),
        row("moved", TARGET, "app-moved"),
    ]
    lines = [",".join(COLUMNS), *(",".join(map(str, one)) for one in rows)]
    (weekend.folder / "plan.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    weekend.inventory["plan"] = "plan.csv"
    ended = weekend.play("--limit", "wave_7", wave_start=True, wave_confirm=4, wave_services=None)
    assert ended.results() == {
        **dict.fromkeys(("north", "south", "same"), "tested"),
        "moved": "removed in check",
    }, ended.output
    told = ended.table()["moved"][-1]
    assert f"wave_target: region_id is {TARGET['region_id']}, but the task of the server has eu-west-101." in told
    assert (
        f"same: wave_target: the template is {TARGET['template_id']}, but the task of the server has bound"
        in " ".join(ended.output.split())
    )
    created = {}
    for change in weekend.emulator.changes():
        if change["path"] == "/v3/tasks":
            body = json.loads(change["body"])
            created[body["source_server"]["id"]] = (body["region_id"], body["vm_template_id"], body["speed_limit"])
    assert created == {
        id_of("north"): (TARGET["region_id"], TARGET["template_id"], 100),
        id_of("south"): (OTHER["region_id"], "other", 200),
    }
    assert weekend.running("later", "moved")
    assert not weekend.running("same")
