# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an existing ECS can become the target of a source."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._target import Ecs, TargetId
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._existing_target import problem

RECORD = {"id": "id-web", "name": "web", "os_type": "LINUX", "firmware": "UEFI"}
ECS = Ecs(TargetId("r", "p", "vm"), "db", "ACTIVE", "LINUX", "UEFI", 2047, False, ("198.51.100.1",), (), ())
WINDOWS = {"os_type": "WINDOWS"}


def task(vm_id, **fields):
    return {"id": "t", "target_server": {"vm_id": vm_id}, "source_server": {"name": "app"}, **fields}


@pytest.mark.parametrize(
    ("record", "ecs", "tasks"),
    [
        ({}, {}, []),
        ({}, {}, [task("another"), task(""), task(None), {"id": "t"}, {"id": "t", "target_server": None}]),
        # What ECS does not return cannot be compared, except the operating system.
        ({}, {"firmware": "", "memory": None}, []),
        ({"firmware": None}, {}, []),
        (WINDOWS, {**WINDOWS, "memory": 2048}, []),
        (WINDOWS, {**WINDOWS, "memory": None}, []),
    ],
)
def test_an_ecs_that_suits_a_source_has_no_problem(record, ecs, tasks):
    assert problem({**RECORD, **record}, replace(ECS, **ecs), tasks) == ""


@pytest.mark.parametrize(
    ("record", "ecs", "tasks", "words"),
    [
        ({}, {}, [task("another"), task("vm")], "is the target of another task, of the server app"),
        ({}, {}, [task("vm", source_server=None)], "is the target of another task, of the server unknown"),
        ({}, {"is_locked": True}, [], "is locked, as SMS locks a target"),
        ({}, {"status": "SHUTOFF"}, [], "The ECS db (vm) is SHUTOFF, not ACTIVE"),
        ({}, {"status": "BUILD"}, [], "is BUILD, not ACTIVE"),
        ({}, WINDOWS, [], "The ECS db (vm) has the operating system WINDOWS, that of the source is LINUX"),
        ({}, {"os_type": ""}, [], "operating system unknown, that of the source is LINUX"),
        ({"os_type": None}, {}, [], "that of the source is unknown"),
        ({"firmware": "BIOS"}, {}, [], "has the firmware UEFI, that of the source is BIOS"),
        (WINDOWS, WINDOWS, [], "has 2047 MB of memory, and Windows needs 2048 MB"),
    ],
)
def test_an_ecs_that_does_not_suit_a_source_is_named_with_the_reason(record, ecs, tasks, words):
    assert words in problem({**RECORD, **record}, replace(ECS, **ecs), tasks)
