# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a migration plan: what is read, and what is refused with all of its problems."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _migration_plan as plans

HEADER = "id,name,wave,template,vm_id,services,settings.speed_limit,vars.owner"


@pytest.fixture
def plan(tmp_path):
    """Writes a file, and returns its path."""

    def write(text, name="plan.csv"):
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return str(tmp_path / name)

    return write


def test_a_row_becomes_the_variables_and_the_group_of_its_server(plan):
    rows = plans.read(plan(f"{HEADER}\na-1,web,Wave 7,small,,nginx; mariadb,100,Ann\n")).rows
    assert rows[0].role_variables == {
        "wave_target": {"template": "small"},
        "wave_settings": {"speed_limit": 100},
        "wave_services": ["nginx", "mariadb"],
    }
    assert rows[0].variables == {"owner": "Ann"}
    assert rows[0].group == "wave_wave_7"


@pytest.mark.parametrize(
    ("cell", "services"), [("-", {"wave_services": []}), ("'-", {"wave_services": []}), ("", {})], ids=str
)
def test_nothing_to_stop_is_another_thing_than_nothing_declared(plan, cell, services):
    assert plans.read(plan(f"id,services\na-1,{cell}\n")).rows[0].role_variables == services


def test_an_existing_ecs_in_a_plan_is_meant_to_be_overwritten(plan):
    row = plans.read(plan("id,vm_id\na-1,ecs-1\n")).rows[0]
    assert row.role_variables == {"wave_target": {"vm_id": "ecs-1", "overwrite_disks": True}}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["without a mark", "with a byte order mark"])
def test_the_separators_and_the_mark_of_spreadsheets_are_understood(plan, separator, mark):
    text = f"{mark}{HEADER}\na-1,web,7,small,,-,,Ann\n\n,,,,,,,\n".replace(",", separator)
    (row,) = plans.read(plan(text)).rows
    assert row.cells == {"id": "a-1", "name": "web", "wave": "7", "template": "small", "services": "-",
                         "vars.owner": "Ann"}  # fmt: skip


def test_yaml_has_the_same_content_as_csv_and_texts_only(plan):
    yaml = "- {id: a-1, wave: 007, services: [nginx, mariadb], vars.owner: yes, template: 0x10}\n"
    csv = 'id,wave,services,vars.owner,template\na-1,007,"nginx;mariadb",yes,0x10\n'
    assert plans.read(plan(yaml, "plan.yml")).rows[0].cells == plans.read(plan(csv)).rows[0].cells


def test_a_file_that_was_written_is_read_as_it_was(plan):
    rows = [{"id": "a-1", "name": "=cmd()", "services": "-", "vars.note": '-x;"y", z\n2'}, {"id": "a-2", "name": "@b"}]
    for name in ("plan.csv", "plan.yml"):
        path = plan(plans.to_text(name, ["id", "name", "services", "vars.note"], rows), name)
        assert [row.cells for row in plans.read(path).rows] == rows


def test_no_cell_of_a_written_file_is_a_formula():
    text = plans.to_text("plan.csv", ["id", "name"], [{"id": "a-1", "name": "=HYPERLINK(1)"}])
    assert "\n=" not in text
    assert ",=" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,wave\nweb,7\n", "no column id"),
        ("id,flavour\na-1,x\n", "The column flavour is unknown"),
        ("id,name,name\na-1,x,y\n", "The column name is there 2 times"),
        ("id,settings.speed\na-1,x\n", "The column settings.speed is no setting"),
        ("id,vars.ansible_host\na-1,x\n", "The column vars.ansible_host would set a variable"),
        ("id,vars.wave_launch\na-1,api\n", "The column vars.wave_launch would set a variable"),
        ("id,vars.environment\na-1,x\n", "The column vars.environment would set a variable"),
        ("id,vars.a-b\na-1,x\n", "The column vars.a-b has no name of a variable"),
        ("id,name\n,web\n", "row 2 (web): it has no ID"),
        ("id\na-1\nA-1\n", "The ID a-1 is in the rows 2, 3"),
        ("id,vm_id\na-1,e\na-2,e\n", "The vm_id e is in the rows 2, 3"),
        ("id,wave\na-1,7 a\na-2,7-a\n", "The waves 7 a and 7-a would be one group, wave_7_a"),
        ("id,services\na-1,;\n", "services names none"),
        ("id,settings.speed_limit\na-1,fast\n", "row 2 (a-1): settings:"),
        ("id,template,vm_id\na-1,t,e\n", "a template and a vm_id"),
        ("id\na-1,x\n", "line 2 has more cells than the header"),
        (b"id\n\xff\xfe\n", "not in UTF-8"),
        ('id,name\n"a-1,x\n', "is no table"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_what_is_wrong_is_one_error_that_names_the_plan(plan, text, words):
    path = plan(text)
    with pytest.raises(plans.PlanError) as error:
        plans.read(path)
    assert str(error.value).startswith(f"plan: {path}")
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["a: b\n", "- a\n", "- {id: {x: y}}\n", "- {id: [a]}\n", "- id: *x\n", "{"])
def test_yaml_that_is_no_table_is_an_error(plan, text):
    with pytest.raises(plans.PlanError, match="is no table"):
        plans.read(plan(text, "plan.yaml"))


@pytest.mark.parametrize(
    "text",
    ["- {id: a, services: [[nginx]]}\n", "- {id: a, wave: 1, wave: 2}\n", "[\n" * 2000],
    ids=["a list in a list", "a column twice", "deeper than Python calls"],
)
def test_yaml_that_would_lose_cells_or_grow_without_bound_is_no_table(plan, text):
    with pytest.raises(plans.PlanError, match="is no table"):
        plans.read(plan(text, "plan.yaml"))


def test_a_file_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(plans.PlanError, match="cannot be read: No such file"):
        plans.read(str(tmp_path / "plan.csv"))


def test_the_problems_of_all_rows_are_reported_at_once(plan):
    with pytest.raises(plans.PlanError) as error:
        plans.read(plan("id,settings.priority,template,vm_id\n,1,,\na-1,x,,\na-2,1,t,e\n"))
    assert all(f"row {number} " in str(error.value) for number in (2, 3, 4))


def test_the_rows_of_other_accounts_are_left_out(plan):
    path = plan("id,account,wave\na-1,china,1\na-2,emea,2\na-3,,3\n")
    rows = plans.rows_of(path, "china")
    assert [*rows.by_id] == ["a-1", "a-3"]
    assert rows.groups == ["wave_1", "wave_3", "unplanned"]
    assert [*plans.rows_of(path, None).by_id] == ["a-1", "a-2", "a-3"]
