# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest permissions in the guide on credentials: all of them are enough, and each of them is needed."""

from __future__ import annotations

import re

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import (
    _launch_evidence,
    _source_servers,
    _targets,
    _tasks,
    _templates,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _retries
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import Query
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import TARGET, server
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import key_options, settings

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_authentication.rst"
RULES = [{"start": "08:00", "end": "18:00", "speed": 50}]


def rows():
    """The rows of the guide's table: for what, and the names of the permissions in both kinds of authorization."""
    text = GUIDE.read_text(encoding="utf-8").partition("\n  * - For\n")[2].partition("\n\nA row")[0]
    found = {}
    for row in re.split(r"\n  \* - ", text)[1:]:
        title, newer, older = re.split(r"\n    - ", row)
        found[" ".join(title.split()).replace("`", "")] = tuple(
            re.findall(r"\w+:\w+:\w+", one) for one in (newer, older)
        )
    return found


ROWS = rows()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.01)


@pytest.fixture
def emulator(running_emulator):
    """Set anew for each set of permissions."""
    return running_emulator


def prepared(act, emulator, goal):
    """The server with a task that can be brought to a goal."""
    if goal in ("paused", "launched", "cleared", "absent", "configured"):
        assert not act("task", state="present", servers=["web"], target=TARGET).failed
    if goal in ("paused", "launched", "cleared"):
        assert not act("task", state="started", servers=["web"]).failed
        emulator.advance(4 * 3600)
    if goal == "cleared":
        assert not act("task", state="launched", servers=["web"], confirm=1).failed
        emulator.advance(4 * 3600)


def with_existing_target(emulator):
    emulator.change_fleet(update={"id-web": {"firmware": "BIOS"}})
    emulator.add_machines({"id": "vm", "project": PROJECT, "region": "la-north-2", "os_type": "LINUX", "disks": [40]})


def task(goal, state=None, **options):
    """A run of the action task, after what it takes to get there."""

    def prepare(act, emulator):
        if "vm_id" in options.get("target", {}):
            with_existing_target(emulator)
        prepared(act, emulator, goal)

    def run(act, client):
        return act("task", state=state or goal, servers=["web"], ecs_endpoint=client.endpoint, **options).result

    return prepare, run


def reading(read, goal=""):
    """A query by a function of the collection, after what it takes to get there."""

    def run(act, client):
        try:
            read(client)
        except SmsError as error:
            return {"failed": True, "msg": str(error)}
        return {}

    return lambda act, emulator: prepared(act, emulator, goal), run


TEMPLATE = {"region_id": "la-north-2", "project_id": "p", "template": "small"}
# The project that the emulator's token is for.
PROJECT = "0123456789abcdef0123456789abcdef"
EXISTING = {"region_id": "la-north-2", "project_id": PROJECT, "vm_id": "vm", "overwrite_disks": True}
# A record of a server whose target ECS is asked about.
MIGRATED = server(
    "web",
    state="finished",
    migration_cycle="cutovered",
    current_task={"region_id": "la-north-2", "project_id": "p", "target_server": {"vm_id": "vm"}},
)
# A record of a server whose consistency check is asked about.
CHECKED = server(
    "web", migration_cycle="syncing", is_consistency_result_exist=True, current_task={"id": "t", "state": "SYNCING"}
)
RUNS = {
    "The inventory plugin, source_server_info, preflight, wait_for_cycle, report, events": reading(
        lambda client: _source_servers.list_servers(client, Query({}))
    ),
    "The same with a migration project by its name": reading(
        lambda client: _source_servers.list_servers(client, Query({"migproject": "example project"}))
    ),
    "The same with details: true": reading(
        lambda client: _source_servers.show_servers(client, _source_servers.list_servers(client, Query({})))
    ),
    "The same with connect_with or targets": reading(
        lambda client: (_source_servers.list_servers(client, Query({})), _targets.list_targets(client, [MIGRATED]))
    ),
    "task_info": reading(
        lambda client: [_tasks.show_task(client, one["id"]) for one in _tasks.list_tasks(client, {})], "configured"
    ),
    'report, section "Ready for the launch"': reading(
        lambda client: (
            _source_servers.list_servers(client, Query({})),
            _launch_evidence.evidence_of(client, [CHECKED], Deadline(30)),
        )
    ),
    "task_info, consistency: true": reading(
        lambda client: [
            (_tasks.show_task(client, one["id"]), _tasks.show_consistency(client, one["id"]))
            for one in _tasks.list_tasks(client, {})
        ],
        "configured",
    ),
    "template_info": reading(lambda client: _templates.list_templates(client, {})),
    "task, state: present": task("present", target=TARGET),
    "task, state: started": task("started", target=TARGET),
    "task, state: paused, launched or cleared": task("paused"),
    "task, state: absent": task("absent", confirm=1),
    "speed_rules": task("configured", "present", speed_rules=RULES),
    "options": task("configured", "present", options={"LINUX_CPU_LIMIT": 20}),
    "target.template": task("present", target=TEMPLATE),
    "target.vm_id": task("present", target=EXISTING),
}
OTHERS = {"launched": task("launched", confirm=1), "cleared": task("cleared", confirm=1)}


def test_each_row_of_the_guide_is_tried():
    assert RUNS.keys() == ROWS.keys()


@pytest.mark.parametrize("kind", [0, 1], ids=["identity policies", "roles and policies"])
@pytest.mark.parametrize("row", [*RUNS, *OTHERS])
def test_the_permissions_of_the_guide_are_enough_and_each_is_needed(emulator, act, row, kind):
    prepare, run = RUNS.get(row) or OTHERS[row]
    permissions = ROWS.get(row) or ROWS["task, state: paused, launched or cleared"]
    needed = permissions[kind]
    for missing in (*needed, ""):
        emulator.reset()
        emulator.set(attended=False)
        emulator.replace_fleet([server("web")])
        emulator.replace_templates([{"id": "t", "name": "small", "region": "la-north-2", "projectid": "p"}])
        prepare(act, emulator)
        emulator.set(allowed=[one for one in needed if one != missing])
        with Client(settings(**key_options(emulator, ecs_endpoint=emulator.url))) as client:
            result = run(act, client)
        assert result.get("failed", False) is bool(missing), (missing, result)
        if missing:
            assert missing in result["msg"]
