# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a task migrates to another place or machine than a target says."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._agreement import differences, template_note

TARGET = {"region_id": "r1", "project_id": "p1", "vm_id": None, "template_id": None}
TASK = {"region_id": "r1", "project_id": "p1", "vm_template_id": "t1", "target_server": {"vm_id": "m1"}}


@pytest.mark.parametrize(
    ("target", "task", "named"),
    [
        ({}, {}, []),
        ({"region_id": "r2"}, {}, ["region_id is r2, but the task of the server has r1."]),
        ({"project_id": "p2"}, {}, ["project_id is p2, but the task of the server has p1."]),
        ({"vm_id": "m1"}, {}, []),
        ({"vm_id": "m2"}, {}, ["vm_id is m2, but the task of the server has m1."]),
        ({"vm_id": "m2"}, {"target_server": {"vm_id": ""}}, ["vm_id is m2, but the task of the server has none."]),
        ({"vm_id": "m2"}, {"target_server": None}, []),
        ({"region_id": "r2"}, {"region_id": None}, []),
        ({"region_id": " r1 "}, {}, []),
        (
            {"region_id": "r2", "project_id": "p2"},
            {},
            [
                f"{name} is {name[0]}2, but the task of the server has {name[0]}1."
                for name in ("region_id", "project_id")
            ],
        ),
    ],
)
def test_a_difference_is_told_with_both_values(target, task, named):
    assert differences({**TARGET, **target}, {**TASK, **task}) == named


def test_another_template_is_only_noted():
    assert "the template is t2, but the task of the server has t1" in template_note({"template_id": "t2"}, TASK)
    assert template_note({"template_id": "t1"}, TASK) == ""
    assert template_note({"template_id": None}, TASK) == ""
    assert template_note({"template_id": "t2"}, {}) == ""
    other = "3a1b9f52-7d0c-4f7e-8a63-2c5be1a40f11"
    assert f"the template is {other}, but" in template_note({"template": other}, TASK)
    assert template_note({"template": "a name"}, TASK) == ""
