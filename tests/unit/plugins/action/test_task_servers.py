# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option servers of the action task: names, IDs, and dictionaries with a target and settings of their own."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import (
    TARGET,
    bodies,
    operations,
    server,
)

ECS = {"region_id": "la-north-2", "project_id": "p", "overwrite_disks": True}


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    running_emulator.replace_fleet([server(name, firmware="BIOS") for name in ("web", "db", "win")])
    return running_emulator


@pytest.fixture
def create(emulator, act):
    """Creates tasks for these servers."""

    def run(*servers, **options):
        return act("task", **{"state": "present", "servers": [*servers], "target": TARGET, **options})

    return run


def listings(emulator):
    return [one for one in emulator.requests() if one["path"] == "/v3/sources"]


def test_each_server_has_the_target_and_the_settings_that_are_given_for_it(emulator, create):
    own = {"region_id": "ap-southeast-1", "project_id": "q", "template_id": "other", "name": "database"}
    outcome = create(
        {"name": "db", "target": {**own, "vm_id": None}, "settings": None},
        {"id": "id-win", "settings": {"speed_limit": 7, "type": None}},
        "web",
        settings={"priority": 3},
    )
    assert not outcome.failed, outcome.result["msg"]
    sent = bodies(emulator)
    names = ("region_id", "vm_template_id", "priority", "speed_limit", "syncing")
    assert {one: [body.get(name) for name in names] for one, body in sent.items()} == {
        "id-db": ["ap-southeast-1", "other", 3, None, True],
        "id-win": ["la-north-2", "template", None, 7, True],
        "id-web": ["la-north-2", "template", 3, None, True],
    }
    assert sent["id-db"]["target_server"]["name"] == "database"
    assert len(listings(emulator)) == 1


def test_a_target_of_its_own_replaces_the_one_of_the_others(emulator, create):
    # That the disks of one ECS may be overwritten says nothing about the disks of another.
    other = {"region_id": "r", "project_id": "p", "vm_id": "v"}
    outcome = create({"name": "web", "target": other}, target={**ECS, "vm_id": "w"})
    assert "servers: web: target.vm_id: the start of the migration formats the disks" in outcome.result["msg"]
    assert emulator.requests() == []


def test_one_confirmation_is_for_all(emulator, create, act):
    create({"name": "web"}, {"id": "id-db"})
    emulator.clear_requests()
    refused = act("task", state="absent", servers=[{"name": "web"}, "db"], confirm=1)
    assert "2 source servers would be rid of their tasks" in refused.result["msg"]
    assert not act("task", state="absent", servers=[{"name": "web"}, "db"], confirm=2).failed
    assert operations(emulator) == ["delete"] * 2


def test_servers_that_nobody_knows_are_named_together(emulator, create):
    outcome = create({"name": "nobody"}, "web", {"id": "none"}, "nowhere", {"id": "db"})
    assert "No source server has the names or IDs nobody, none, nowhere, db" in outcome.result["msg"]
    assert emulator.changes() == []


@pytest.mark.parametrize("twice", ["web", "id-web", {"name": "web"}, {"id": "id-web"}])
def test_a_server_that_is_named_twice_is_an_error(emulator, create, twice):
    outcome = create("db", {"name": "web"}, twice)
    assert "servers names web (id-web) more than once" in outcome.result["msg"]
    assert emulator.changes() == []


def test_two_servers_with_one_ecs_are_refused_before_anything_is_sent(emulator, create):
    outcome = create(
        {"name": "web", "target": {**ECS, "vm_id": "V-1"}}, {"name": "db", "target": {**ECS, "vm_id": "v-1 "}}
    )
    assert "servers: web, db have one target.vm_id, v-1" in outcome.result["msg"]
    assert emulator.requests() == []


def test_the_ecs_of_a_server_that_has_its_task_is_not_given_to_another(emulator, create):
    emulator.add_machines({"id": "v", "project": emulator.account["project_id"], "region": ECS["region_id"]})
    target = {**ECS, "project_id": emulator.account["project_id"], "vm_id": "v"}
    assert not create("web", target=target, ecs_endpoint=emulator.url).failed
    outcome = create("web", "db", target=target, ecs_endpoint=emulator.url)
    assert "target.vm_id names one machine, v, but is given for 2 servers" in outcome.result["msg"]
    assert operations(emulator) == ["create"]


@pytest.mark.parametrize(
    ("servers", "words"),
    [
        ([{"name": "web", "target": {"region_id": "r"}}], "servers: web: missing required arguments: project_id"),
        ([{"id": "id-web", "settings": {"priority": -1}}], "servers: id-web: settings.priority: -1"),
        ([{"name": "web", "settings": {"speed": 1}}], "servers: web: "),
        ([{"name": "web", "wave": 7}], "servers: web: "),
        ([{"name": "web", "id": "id-web"}], "servers: web: give either name or id"),
        ([{"target": TARGET}], "servers: element 1: give either name or id"),
        (["web", {"name": " "}], "servers:  : the name or ID is empty"),
        ([""], "servers: element 1: the name or ID is empty"),
        ([["web"]], "give a name, an ID, or a dictionary"),
        ([True], "give a name, an ID, or a dictionary"),
        ([{"name": "web", "target": "r"}], "servers: web: "),
    ],
)
def test_each_dictionary_is_validated_and_its_server_is_named(emulator, create, servers, words):
    outcome = create(*servers)
    assert outcome.failed
    assert words in outcome.result["msg"]
    assert emulator.requests() == []


def test_the_problems_of_all_dictionaries_are_named_together(emulator, create):
    outcome = create({"name": "web", "wave": 7}, {"name": "db", "settings": {"priority": -1}})
    assert "servers: web: " in outcome.result["msg"]
    assert "servers: db: " in outcome.result["msg"]


@pytest.mark.parametrize("own", [{"target": TARGET}, {"settings": {}}])
def test_a_target_or_settings_are_refused_where_no_task_is_created(emulator, act, own):
    outcome = act("task", state="paused", servers=[{"name": "web", **own}])
    assert "servers: web: target and settings have no meaning with state: paused" in outcome.result["msg"]
    assert emulator.requests() == []


def test_a_host_of_the_inventory_can_be_named_in_a_dictionary(emulator, create):
    hostvars = {"frontend": {"sms_id": "id-web"}}
    outcome = create({"name": "frontend", "settings": {"priority": 9}}, task_vars={"hostvars": hostvars})
    assert not outcome.failed, outcome.result["msg"]
    assert bodies(emulator)["id-web"]["priority"] == 9
