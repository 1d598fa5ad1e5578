# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action task and the targets of new tasks: templates by name, and ECSs that exist."""

from __future__ import annotations

import json

import pytest

GIB = 2**30
SYSTEM = {"name": "/dev/sda", "size": 40 * GIB, "device_use": "BOOT|OS"}
DATA = {"name": "/dev/sdb", "size": 100 * GIB, "device_use": "NORMAL"}
MORE = {**DATA, "name": "/dev/sdc"}
PLACE = {"region_id": "la-north-2", "project_id": "p"}
EXISTING = {**PLACE, "vm_id": "vm", "overwrite_disks": True}
ECS = {"id": "vm", "project": "p", "region": "la-north-2", "name": "db-target", "disks": [40, 100]}
TEMPLATE_ID = "3a1b9f52-7d0c-4f7e-8a63-2c5be1a40f11"


def server(name, *disks, **fields):
    return {
        "id": f"id-{name}",
        "name": name,
        "ip": "192.0.2.1",
        "os_type": "LINUX",
        "firmware": "BIOS",
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "current_task": None,
        "checks": [{"id": 1, "name": "CPU", "result": "OK"}],
        "init_target_server": {"disks": list(disks)},
        "totalsize": 20 * GIB,
        "replicatesize": 0,
        **fields,
    }


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    running_emulator.replace_fleet([server("web", SYSTEM), server("db", SYSTEM, DATA), server("app", SYSTEM)])
    running_emulator.add_machines(ECS)
    template = {"region": PLACE["region_id"], "projectid": PLACE["project_id"]}
    running_emulator.replace_templates(
        [
            {"id": TEMPLATE_ID, "name": "small", **template},
            {"id": "t-large", "name": "large", **template},
            {"id": "t-large-2", "name": "large", **template},
            {"id": "t-far", "name": "far", **template, "region": "cn-north-4"},
            {"id": "t-other", "name": "other", **template, "projectid": "q"},
        ]
    )
    return running_emulator


@pytest.fixture
def task(act, emulator):
    def run(target, *servers, state="present", **options):
        options.setdefault("ecs_endpoint", emulator.url)
        keys = {name: emulator.account[name] for name in ("access_key", "secret_key")}
        return act("task", state=state, servers=list(servers or ["db"]), target=target, token=None, **keys, **options)

    return run


def sent(emulator):
    """The body of the one task that was created."""
    (request,) = emulator.changes()
    return json.loads(request["body"])


def volumes(emulator):
    return [one["volumeId"] for one in emulator.block_devices("p", "vm")]


def refusal(emulator, outcome):
    """The message of a server that was refused before anything was sent."""
    assert outcome.failed
    assert emulator.changes() == []
    (server,) = [one for one in outcome.result["servers"] if one["failed"]]
    assert (server["outcome"], server["changed"]) == ("refused", False)
    return server["msg"]


# Templates


@pytest.mark.parametrize("template", ["small", TEMPLATE_ID])
def test_a_template_is_given_by_name_or_id(emulator, task, template):
    assert not task({**PLACE, "template": template}).failed
    body = sent(emulator)
    assert (body["vm_template_id"], body["exist_server"], "vm_id" in body["target_server"]) == (
        TEMPLATE_ID,
        False,
        False,
    )


def test_templates_are_listed_once_for_all_servers(emulator, task):
    assert not task({**PLACE, "template": "small"}, "web", "db", "app").failed
    assert [one["path"] for one in emulator.requests()].count("/v3/vm/templates") == 1


def test_the_id_of_a_template_is_sent_without_a_look_up(emulator, task):
    assert not task({**PLACE, "template_id": "t-unknown"}).failed
    assert sent(emulator)["vm_template_id"] == "t-unknown"
    assert "/v3/vm/templates" not in [one["path"] for one in emulator.requests()]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("medium", "no template has the ID or the name 'medium'. Known names and IDs: far (t-far), large (t-large), "),
        ("large", "2 templates have the name 'large': give one of their IDs, which are t-large, t-large-2."),
        ("far", "far is for targets in the region_id cn-north-4, and target.region_id is la-north-2."),
        ("other", "other is for targets in the project_id q, and target.project_id is p."),
    ],
)
def test_a_template_that_cannot_be_meant_is_refused(emulator, task, template, words, check_mode):
    assert words in refusal(emulator, task({**PLACE, "template": template}, check_mode=check_mode))


# Existing ECSs


def test_a_server_migrates_to_an_ecs_that_exists(emulator, task):
    outcome = task(EXISTING)
    assert not outcome.failed, outcome.result
    body = sent(emulator)
    assert (body["exist_server"], "vm_template_id" in body) == (True, False)
    target = body["target_server"]
    assert (target["vm_id"], target["name"]) == ("vm", "db-target")
    assert [(one["name"], one["disk_id"]) for one in target["disks"]] == [
        ("/dev/sda", volumes(emulator)[0]), ("/dev/sdb", volumes(emulator)[1])
    ]  # fmt: skip
    assert body["migration_ip"].startswith("198.19.")


def test_the_task_for_an_ecs_that_exists_starts_and_synchronises(emulator, task):
    assert not task(EXISTING, state="started").failed
    emulator.advance(4 * 3600)
    (record,) = [one for one in emulator.fleet() if one["id"] == "id-db"]
    assert (record["state"], record["current_task"]["target_server"]["vm_id"]) == ("syncing", "vm")


def test_the_data_are_sent_to_the_public_address_if_the_settings_say_so(emulator, task):
    emulator.add_machines({**ECS, "public": True})
    assert not task(EXISTING, settings={"use_public_ip": True}).failed
    assert sent(emulator)["migration_ip"].startswith("203.0.113.")


def test_a_given_address_is_sent_as_it_is(emulator, task):
    assert not task(EXISTING, settings={"migration_ip": "192.0.2.77"}).failed
    assert sent(emulator)["migration_ip"] == "192.0.2.77"


def test_the_user_can_map_the_disks(emulator, task):
    emulator.add_machines({**ECS, "disks": [40, 100, 200]})
    emulator.change_fleet(register=[server("two", SYSTEM, DATA, MORE)])
    assert "have the same size" in refusal(emulator, task(EXISTING, "two"))
    first, second, third = volumes(emulator)
    mapping = {"/dev/sdb": third, "/dev/sdc": second}
    assert not task({**EXISTING, "disks": mapping}, "two").failed
    assert [one["disk_id"] for one in sent(emulator)["target_server"]["disks"]] == [first, third, second]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"disks": [40]}, "The ECS has 1 disk, and the source has 2. Disks of the source: /dev/sda (40 GiB"),
        ({"disks": [40, 99]}, "large enough for /dev/sdb of the source, which needs 100 GiB"),
        ({"os_type": "WINDOWS"}, "has the operating system WINDOWS, that of the source is LINUX"),
        ({"firmware": "uefi"}, "has the firmware UEFI, that of the source is BIOS"),
        ({"status": "SHUTOFF"}, "The ECS db-target (vm) is SHUTOFF, not ACTIVE"),
    ],
)
def test_an_ecs_that_does_not_suit_a_server_is_refused(emulator, task, machine, words, check_mode):
    emulator.add_machines({**ECS, **machine})
    assert words in refusal(emulator, task(EXISTING, check_mode=check_mode))


def test_an_ecs_that_another_server_uses_is_refused(emulator, task):
    emulator.change_fleet(update={"id-web": {"firmware": "BIOS"}})
    assert not task(EXISTING, "web").failed
    emulator.clear_requests()
    assert "is the target of another task, of the server web" in refusal(emulator, task(EXISTING, "db"))


def test_an_ecs_without_the_address_that_is_needed_is_refused(emulator, task):
    message = refusal(emulator, task(EXISTING, settings={"use_public_ip": True}))
    assert "has no public IPv4 address" in message


def test_an_ecs_that_is_not_there_fails_the_server(emulator, task):
    outcome = task({**EXISTING, "vm_id": "unknown"})
    assert outcome.failed
    assert "There is no ECS unknown in the project p" in outcome.result["msg"]
    assert emulator.changes() == []


def test_check_mode_says_that_a_task_would_be_created_and_sends_nothing(emulator, task):
    outcome = task(EXISTING, check_mode=True)
    assert not outcome.failed
    assert outcome.result["servers"][0]["msg"] == "Would create a task for it."
    assert emulator.changes() == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (PLACE, "either template or template_id"),
        ({**PLACE, "template": "a", "template_id": "b"}, "either template or template_id"),
        ({**EXISTING, "template": "a"}, "either template or template_id"),
        ({**PLACE, "template": "a", "disks": {"a": "b"}}, "needs target.vm_id"),
        ({**EXISTING, "disks": {"a": None}}, "target.disks: each value has to be the ID of a volume"),
        ({**PLACE, "template": " "}, "target.template is empty"),
    ],
)
def test_options_that_do_not_fit_together_are_refused_before_a_request(emulator, task, target, words):
    assert words in task(target).result["msg"]
    assert emulator.requests() == []


# Settings


def test_settings_are_sent_only_if_they_are_given(emulator, task):
    given = {
        "start_network_check": True,
        "is_need_consistency_check": False,
        "need_migration_test": True,
        "over_speed_threshold": 25,
    }
    assert not task({**PLACE, "template_id": "t"}, settings=given).failed
    assert given.items() <= sent(emulator).items()
    emulator.clear_requests()
    assert not task({**PLACE, "template_id": "t"}, "web").failed
    assert not given.keys() & sent(emulator).keys()


@pytest.mark.parametrize("threshold", [9, 101])
def test_a_threshold_out_of_range_is_refused(emulator, task, threshold):
    outcome = task({**PLACE, "template_id": "t"}, settings={"over_speed_threshold": threshold})
    assert "settings.over_speed_threshold" in outcome.result["msg"]
    assert emulator.requests() == []
