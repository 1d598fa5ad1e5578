# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's tasks: created, acted on, deleted, and what becomes of their servers in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

GIB = 2**30
DISK = {"name": "/dev/vda", "size": 40 * GIB, "device_use": "BOOT|OS"}


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator(unattended=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """Holds the Linux server `linux` and the Windows server `windows`, which wait for a task."""
    shared_emulator.reset()
    shared_emulator.replace_fleet([server("linux"), server("windows", os_type="WINDOWS")])
    return shared_emulator


def server(server_id: str, **fields: object) -> dict:
    return {
        "id": server_id,
        "name": server_id,
        "ip": "192.0.2.1",
        "os_type": "LINUX",
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "current_task": None,
        "checks": [{"id": 1, "name": "CPU", "result": "OK"}],
        "init_target_server": {"disks": [DISK]},
        "totalsize": 20 * GIB,
        "replicatesize": 0,
        **fields,
    }


def order(server_id: str = "linux", **changes: object) -> dict:
    """The body of a task that synchronises until it is launched; None leaves a field out."""
    body = {
        "name": "task-1",
        "type": "MIGRATE_FILE",
        "source_server": {"id": server_id},
        "target_server": {"name": "target", "vm_id": "", "disks": [DISK]},
        "vm_template_id": "template",
        "region_id": "la-north-2",
        "region_name": "LA-Mexico City2",
        "project_id": "p",
        "project_name": "la-north-2",
        "syncing": True,
        "use_public_ip": False,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def call(emulator: Emulator, method: str, path: str, body: object = None) -> requests.Response:
    data = body if isinstance(body, (str, bytes)) or body is None else json.dumps(body)
    headers = {"X-Auth-Token": emulator.token}
    return requests.request(method, f"{emulator.url}/v3/{path}", data=data, headers=headers, timeout=30)


def create(emulator: Emulator, server_id: str = "linux", **changes: object) -> str:
    response = call(emulator, "POST", "tasks", order(server_id, **changes))
    assert response.status_code == 200, response.text
    return response.json()["id"]


def act(emulator: Emulator, task_id: str, operation: str, **others: object) -> tuple[int, str | None]:
    """HTTP status and error code of a call to act on a task."""
    response = call(emulator, "POST", f"tasks/{task_id}/action", {"operation": operation, **others})
    return response.status_code, response.json().get("error_code")


def show(emulator: Emulator, task_id: str) -> dict:
    return call(emulator, "GET", f"tasks/{task_id}").json()


def record(emulator: Emulator, server_id: str = "linux") -> dict:
    return next(one for one in emulator.fleet() if one["id"] == server_id)


def standing(emulator: Emulator, server_id: str = "linux") -> tuple[str, str, str | None]:
    one = record(emulator, server_id)
    return one["state"], one["migration_cycle"], one["current_task"] and one["current_task"]["state"]


def stages(emulator: Emulator, server_id: str = "linux", hours: float = 3, step: int = 100) -> list:
    """The standings that a server goes through, its present one first."""
    seen = [standing(emulator, server_id)]
    for _step in range(int(hours * 3600 / step)):
        emulator.advance(step)
        now = standing(emulator, server_id)
        if now != seen[-1]:
            seen.append(now)
    return seen


def bring_to_syncing(emulator: Emulator, server_id: str = "linux", **changes: object) -> str:
    task_id = create(emulator, server_id, **changes)
    assert act(emulator, task_id, "start") == (200, None)
    emulator.advance(4 * 3600)
    return task_id


OK = (200, None)
SYNCING = ("syncing", "syncing", "SYNCING")
LAUNCHED = ("finished", "cutovered", "MIGRATE_SUCCESS")


# Creating


def test_a_created_task_is_ready_and_its_server_waits_for_the_start(emulator: Emulator) -> None:
    task_id = create(emulator)
    assert stages(emulator, step=3600) == [("waiting", "setting", "READY")]
    task = show(emulator, task_id)
    assert (task["id"], task["name"], task["state"], task["type"]) == (task_id, "task-1", "READY", "MIGRATE_FILE")
    assert (task["region_id"], task["region_name"]) == ("la-north-2", "LA-Mexico City2")
    assert (task["target_server"]["vm_id"], task["target_server"]["name"]) == ("", "")
    assert task["source_server"]["id"] == "linux"


def test_a_server_has_one_task_at_most(emulator: Emulator) -> None:
    create(emulator)
    response = call(emulator, "POST", "tasks", order())
    assert (response.status_code, response.json()["error_code"]) == (400, "SMS.7605")
    assert call(emulator, "GET", "tasks").json()["count"] == 1


TOO_FULL = {**DISK, "physical_volumes": [{"size": 10 * GIB, "used_size": 11 * GIB}]}
UNEVEN = {**DISK, "physical_volumes": [{"size": 10 * GIB + 1}]}
TOO_SMALL = {**DISK, "physical_volumes": [{"size": 30 * GIB}, {"size": 11 * GIB}]}
GPT = {**DISK, "partition_style": "GPT", "physical_volumes": [{"size": 40 * GIB}]}


def target(*disks: dict, **fields: object) -> dict:
    return {"name": "target", "vm_id": "", "disks": list(disks), **fields}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": None}, "SMS.7711"),
        ({"name": "with space"}, "SMS.7711"),
        ({"name": "x" * 65}, "SMS.7711"),
        ({"type": "MIGRATE_CLOUD"}, "SMS.7712"),
        ({"source_server": None}, "SMS.6030"),
        ({"source_server": {"id": 3}}, "SMS.6030"),
        ({"source_server": {"id": "unknown"}}, "SMS.7602"),
        ({"target_server": None}, "SMS.6031"),
        ({"vm_template_id": None}, "SMS.6032"),
        ({"exist_server": True}, "SMS.6032"),
        ({"target_server": target()}, "SMS.6033"),
        ({"target_server": target({"name": "no size"})}, "SMS.6033"),
        ({"target_server": target(DISK, vm_id="vm"), "exist_server": True}, "SMS.6103"),
        ({"os_type": "BEOS"}, "SMS.6601"),
        ({"os_type": "WINDOWS"}, "SMS.6610"),
        ({"source_server": {"id": "windows"}}, "SMS.6610"),
        ({"target_server": target(TOO_FULL)}, "SMS.6611"),
        ({"target_server": target(UNEVEN)}, "SMS.6612"),
        ({"target_server": target(GPT)}, "SMS.6613"),
        ({"target_server": target(TOO_SMALL)}, "SMS.6614"),
        ({"region_id": None}, "SMS.6011"),
        ({"speed_limit": 1001}, "SMS.6011"),
        ({"syncing": "true"}, "SMS.6011"),
        ({"priority": True}, "SMS.6011"),
    ],
)
def test_a_task_that_cannot_be_is_refused_with_the_documented_code(
    emulator: Emulator, changes: dict, code: str
) -> None:
    response = call(emulator, "POST", "tasks", order(**changes))
    assert (response.status_code, response.json()["error_code"]) == (400, code)
    assert call(emulator, "GET", "tasks").json()["count"] == 0


@pytest.mark.parametrize(("body", "code"), [("", "SMS.6012"), ("{", "SMS.7705"), ("[]", "SMS.6011")])
def test_a_body_that_is_no_task_is_refused(emulator: Emulator, body: str, code: str) -> None:
    response = call(emulator, "POST", "tasks", body)
    assert (response.status_code, response.json()["error_code"]) == (400, code)


def test_a_task_for_a_server_that_is_not_connected_is_refused(emulator: Emulator) -> None:
    emulator.change_fleet(update={"linux": {"connected": False}})
    assert call(emulator, "POST", "tasks", order()).json()["error_code"] == "SMS.6603"


def test_a_kernel_that_block_migration_does_not_suit_is_refused_for_it_alone(emulator: Emulator) -> None:
    check = {"id": 1, "name": "LINUX_BLOCK_SUPPORT", "result": "WARN", "error_code": "SMS.6617"}
    emulator.change_fleet(update={"linux": {"checks": [check]}})
    assert call(emulator, "POST", "tasks", order(type="MIGRATE_BLOCK")).json()["error_code"] == "SMS.6617"
    assert create(emulator)


def test_no_task_is_created_before_the_privacy_agreement_is_accepted(emulator: Emulator) -> None:
    emulator.set(privacy_agreed=False)
    assert call(emulator, "POST", "tasks", order()).json()["error_code"] == "SMS.0403"
    assert call(emulator, "POST", "privacy-agreements").status_code == 200
    assert create(emulator)


PROJECT = "p"
ECS = {"id": "vm", "project": PROJECT, "region": "la-north-2", "os_type": "LINUX", "disks": [40, 100], "public": True}


@pytest.fixture
def ecs(emulator: Emulator) -> list[str]:
    """The IDs of the volumes of an ECS for the server `linux`, which has one disk and BIOS."""
    emulator.change_fleet(update={"linux": {"firmware": "BIOS"}})
    emulator.add_machines(ECS)
    return [one["volumeId"] for one in emulator.block_devices(PROJECT, "vm")]


def existing(*disks: dict, **changes: object) -> dict:
    """The body of a task for that ECS."""
    return order(
        **{"target_server": target(*disks, vm_id="vm"), "exist_server": True, "vm_template_id": None} | changes
    )


def refusal(emulator: Emulator, body: dict) -> str | None:
    return call(emulator, "POST", "tasks", body).json().get("error_code")


def test_a_server_migrates_to_an_existing_machine(emulator: Emulator, ecs: list[str]) -> None:
    response = call(emulator, "POST", "tasks", existing({**DISK, "disk_id": ecs[0]}))
    task_id = response.json()["id"]
    shown = show(emulator, task_id)["target_server"]
    assert (shown["vm_id"], [one["disk_id"] for one in shown["disks"]]) == ("vm", [ecs[0]])
    act(emulator, task_id, "start")
    emulator.advance(60)
    (machine,) = emulator.machines()
    assert (machine["id"], machine["name"], machine["status"]) == ("vm", "ecs", "ACTIVE")
    assert machine["disks"] == ECS["disks"]


@pytest.mark.parametrize(
    ("machine", "record", "disk", "changes", "code"),
    [
        ({}, {}, {"disk_id": None}, {}, "SMS.6103"),
        ({}, {}, {"disk_id": "of another machine"}, {}, "SMS.6103"),
        ({}, {}, {"size": 41 * GIB}, {}, "SMS.6539"),
        ({"public": False}, {}, {}, {"use_public_ip": True}, "SMS.6602"),
        ({"public": False}, {}, {}, {"use_public_ip": None}, "SMS.6602"),
        ({}, {"disks": [{"name": DISK["name"], "partition_style": "GPT"}]}, {}, {}, "SMS.6613"),
        ({}, {"disks": [{}, {}, {}]}, {}, {}, "SMS.0409"),
        ({"os_type": "WINDOWS"}, {}, {}, {}, "SMS.0409"),
        ({"firmware": "uefi"}, {}, {}, {}, "SMS.0409"),
        ({"status": "SHUTOFF"}, {}, {}, {}, "SMS.0409"),
        ({}, {}, {"device_use": "NORMAL"}, {}, "SMS.0409"),
        ({"system_disk": 1, "disks": [40, 40]}, {}, {}, {}, "SMS.0409"),
        ({}, {}, {}, {"project_id": "another"}, "SMS.0409"),
        ({}, {}, {}, {"region_id": "another"}, "SMS.0409"),
    ],
)
def test_an_existing_machine_that_does_not_suit_a_server_is_refused(
    emulator: Emulator, ecs: list[str], machine: dict, record: dict, disk: dict, changes: dict, code: str
) -> None:
    assert refusal(emulator, existing({**DISK, "disk_id": ecs[0]}, name="fits")) is None
    emulator.reset()
    emulator.replace_fleet([server("linux", firmware="BIOS", **record)])
    emulator.add_machines({**ECS, **machine})
    assert refusal(emulator, existing({**DISK, "disk_id": ecs[0], **disk}, **changes)) == code
    assert call(emulator, "GET", "tasks").json()["count"] == 0


def test_a_machine_is_the_target_of_one_task(emulator: Emulator, ecs: list[str]) -> None:
    emulator.change_fleet(register=[server("second", firmware="BIOS")])
    body = existing({**DISK, "disk_id": ecs[0]})
    assert refusal(emulator, body) is None
    assert refusal(emulator, {**body, "source_server": {"id": "second"}}) == "SMS.0409"


def test_two_disks_do_not_go_to_one(emulator: Emulator, ecs: list[str]) -> None:
    disk = {**DISK, "disk_id": ecs[0]}
    assert refusal(emulator, existing(disk, {**disk, "name": "second"})) == "SMS.6103"


@pytest.mark.parametrize(
    "machine", [{"id": "vm"}, {"id": "vm", "project": "p", "size": 1}, {**ECS, "disks": []}, {**ECS, "disks": ["40"]}]
)
def test_a_machine_that_makes_no_sense_is_refused(emulator: Emulator, machine: dict) -> None:
    with pytest.raises(ValueError, match=r"machine has id and project|disks must be a list"):
        emulator.add_machines(machine)


def test_the_disks_that_the_service_itself_proposes_are_accepted() -> None:
    with Emulator(servers=40, unattended=True) as emulator:
        waiting = [one for one in emulator.fleet() if one["state"] == "waiting" and one["current_task"] is None]
        for number, one in enumerate(waiting):
            kind = "MIGRATE_BLOCK" if one["os_type"] == "WINDOWS" else "MIGRATE_FILE"
            disks = call(emulator, "GET", f"sources/{one['id']}").json()["init_target_server"]["disks"]
            create(emulator, one["id"], name=f"task-{number}", type=kind, target_server=target(*disks))
        assert len(waiting) > 5


def test_a_task_can_start_as_it_is_created(emulator: Emulator) -> None:
    create(emulator, auto_start=True, start_network_check=True)
    assert standing(emulator) == ("initialize", "replicating", "RUNNING")


# Starting, pausing and launching


def test_a_started_task_replicates_and_then_synchronises_until_it_is_launched(emulator: Emulator) -> None:
    task_id = create(emulator)
    assert act(emulator, task_id, "start") == OK
    assert stages(emulator) == [
        ("initialize", "replicating", "RUNNING"),
        ("replicate", "replicating", "RUNNING"),
        SYNCING,
    ]
    emulator.advance(7 * 24 * 3600)
    assert standing(emulator) == SYNCING


@pytest.mark.parametrize("operation", ["test", "cutover"])
def test_a_synchronising_task_is_launched_by_either_operation(emulator: Emulator, operation: str) -> None:
    task_id = bring_to_syncing(emulator)
    assert act(emulator, task_id, operation) == OK
    assert stages(emulator) == [("cutovering", "cutovering", "SYNCING"), LAUNCHED]
    task = show(emulator, task_id)
    assert task["target_server"]["cutovered_snapshot_ids"]
    assert task["finish_date"] > task["create_date"]


def test_a_task_that_does_not_synchronise_is_launched_by_the_service_itself(emulator: Emulator) -> None:
    task_id = create(emulator, syncing=None)
    act(emulator, task_id, "start")
    assert stages(emulator)[-2:] == [("cutovering", "cutovering", "SYNCING"), LAUNCHED]


def test_the_target_gets_its_id_and_name_while_it_is_made(emulator: Emulator) -> None:
    task_id = create(emulator)
    act(emulator, task_id, "start")
    assert show(emulator, task_id)["target_server"]["vm_id"] == ""
    assert emulator.machines() == []
    emulator.advance(60)
    made = show(emulator, task_id)["target_server"]
    machine = emulator.machines()[0]
    assert (machine["id"], machine["status"], machine["public"]) == (made["vm_id"], "BUILD", False)
    assert (machine["project"], machine["region"]) == ("p", "la-north-2")
    emulator.advance(120)
    assert emulator.machines()[0]["status"] == "ACTIVE"
    assert record(emulator)["current_task"]["target_server"]["vm_id"] == made["vm_id"]


def test_a_paused_task_goes_on_from_where_it_was(emulator: Emulator) -> None:
    task_id = create(emulator)
    act(emulator, task_id, "start")
    emulator.advance(1200)
    assert act(emulator, task_id, "stop") == OK
    assert stages(emulator, hours=1) == [
        ("stopping", "replicating", "ABORTING"), ("stopped", "replicating", "ABORT")
    ]  # fmt: skip
    copied = record(emulator)["replicatesize"]
    assert copied > 0
    assert act(emulator, task_id, "start") == OK
    emulator.advance(160)
    assert record(emulator)["state"] == "replicate"
    assert record(emulator)["replicatesize"] >= copied
    assert stages(emulator)[-1] == SYNCING


def test_only_a_running_or_synchronising_task_can_be_paused(emulator: Emulator) -> None:
    task_id = create(emulator)
    assert act(emulator, task_id, "stop") == (400, "SMS.7714")
    act(emulator, task_id, "start")
    assert act(emulator, task_id, "stop") == OK
    assert act(emulator, task_id, "stop") == (400, "SMS.7714")


def test_a_running_task_cannot_be_started_again_and_a_synchronising_one_goes_on(emulator: Emulator) -> None:
    task_id = create(emulator)
    act(emulator, task_id, "start")
    assert act(emulator, task_id, "start") == (400, "SMS.7715")
    emulator.advance(4 * 3600)
    assert act(emulator, task_id, "start") == OK
    assert standing(emulator) == SYNCING


def test_a_launched_task_that_is_started_synchronises_again(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    act(emulator, task_id, "test")
    emulator.advance(3600)
    assert act(emulator, task_id, "start") == OK
    assert stages(emulator, hours=1) == [SYNCING]


def test_a_task_that_does_not_go_on_synchronising_does_so_once_after_the_launch(emulator: Emulator) -> None:
    task_id = create(emulator, syncing=False)
    act(emulator, task_id, "start")
    emulator.advance(5 * 3600)
    assert act(emulator, task_id, "start") == OK
    assert stages(emulator) == [SYNCING, ("finished", "cutovered", "SYNC_SUCCESS")]
    assert act(emulator, task_id, "start") == OK


def test_only_a_synchronising_server_can_be_launched(emulator: Emulator) -> None:
    task_id = create(emulator)
    assert act(emulator, task_id, "test") == (400, "SMS.0409")
    act(emulator, task_id, "start")
    assert act(emulator, task_id, "test") == (400, "SMS.0409")
    emulator.advance(4 * 3600)
    emulator.change_fleet(update={"linux": {"connected": False}})
    assert act(emulator, task_id, "test") == (400, "SMS.6603")
    emulator.change_fleet(update={"linux": {"connected": True}})
    assert act(emulator, task_id, "test") == OK
    assert act(emulator, task_id, "test") == (400, "SMS.0409")
    assert act(emulator, task_id, "stop") == (400, "SMS.7714")


def test_launches_and_clones_use_up_the_quota(emulator: Emulator) -> None:
    first, second = (
        bring_to_syncing(emulator, "linux"),
        bring_to_syncing(emulator, "windows", type="MIGRATE_BLOCK", name="task-2"),
    )
    emulator.set(launch_quota=1)
    assert act(emulator, first, "test") == OK
    assert act(emulator, second, "test") == (400, "SMS.6526")
    assert act(emulator, second, "clone_test", template_id="t") == (400, "SMS.6526")
    assert standing(emulator, "windows") == SYNCING


def test_a_failing_server_fails_on_the_way_and_starts_over_when_it_is_restarted(emulator: Emulator) -> None:
    emulator.set(failing=["linux"])
    task_id = create(emulator)
    act(emulator, task_id, "start")
    assert stages(emulator)[-1] == ("error", "replicating", "MIGRATE_FAIL")
    assert json.loads(show(emulator, task_id)["error_json"])["error_msg"]
    emulator.set(failing=[])
    assert act(emulator, task_id, "restart") == OK
    assert record(emulator)["replicatesize"] == 0
    assert stages(emulator, hours=0.05, step=20) == [
        ("initialize", "replicating", "RESETING"),
        ("initialize", "replicating", "RUNNING"),
        ("replicate", "replicating", "RUNNING"),
    ]
    assert stages(emulator)[-1] == SYNCING
    assert act(emulator, task_id, "restart") == (400, "SMS.0409")


def test_a_failed_task_goes_on_when_it_is_started(emulator: Emulator) -> None:
    emulator.set(failing=["linux"])
    task_id = create(emulator)
    act(emulator, task_id, "start")
    emulator.advance(4 * 3600)
    half = record(emulator)["replicatesize"]
    emulator.set(failing=[])
    assert act(emulator, task_id, "start") == OK
    assert record(emulator)["replicatesize"] == half > 0
    assert stages(emulator)[-1] == SYNCING


def test_a_launch_can_fail_and_the_synchronisation_goes_on_when_it_is_started(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    emulator.set(failing=["linux"])
    assert act(emulator, task_id, "test") == OK
    assert stages(emulator)[-1] == ("error", "cutovering", "SYNC_FAIL")
    emulator.set(failing=[])
    assert act(emulator, task_id, "start") == OK
    assert standing(emulator) == SYNCING


# The other operations


def test_a_clone_is_made_while_the_server_is_cloning_and_ecs_knows_it(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    assert act(emulator, task_id, "clone_test") == (400, "SMS.6011")
    assert act(emulator, task_id, "clone_test", template_id="t") == OK
    assert (standing(emulator)[0], show(emulator, task_id)["clone_server"]["clone_state"]) == ("cloning", "PREPARING")
    emulator.advance(90)
    assert show(emulator, task_id)["clone_server"]["clone_state"] == "CREATING"
    emulator.advance(900)
    clone = show(emulator, task_id)["clone_server"]
    assert (standing(emulator), clone["clone_state"]) == (SYNCING, "FINISHED")
    assert clone["vm_id"] in [machine["id"] for machine in emulator.machines()]


def test_a_clone_can_fail_and_leaves_no_machine(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    emulator.set(failing=["linux"])
    act(emulator, task_id, "clone_test", template_id="t")
    emulator.advance(900)
    assert show(emulator, task_id)["clone_server"]["clone_state"] == "ERROR"
    assert (standing(emulator), len(emulator.machines())) == (SYNCING, 1)


def bring_to_failed_clone(emulator: Emulator) -> str:
    """ID of the task of a server whose clone has failed."""
    task_id = bring_to_syncing(emulator)
    emulator.set(failing=["linux"])
    assert clone_once(emulator, task_id)["clone_state"] == "ERROR"
    return task_id


def clone_once(emulator: Emulator, task_id: str) -> dict:
    """What the task says of the clone that was asked for, when it is over."""
    assert act(emulator, task_id, "clone_test", template_id="t") == OK
    emulator.advance(900)
    return show(emulator, task_id)["clone_server"]


def test_a_server_that_is_cloned_twice_has_two_clones(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    first, second = clone_once(emulator, task_id), clone_once(emulator, task_id)
    assert first["vm_id"] != second["vm_id"]
    assert {first["vm_id"], second["vm_id"]} < {machine["id"] for machine in emulator.machines()}
    assert standing(emulator) == SYNCING


def test_a_second_clone_can_be_refused(emulator: Emulator) -> None:
    emulator.set(clone_again="refused")
    task_id = bring_to_syncing(emulator)
    first = clone_once(emulator, task_id)
    assert act(emulator, task_id, "clone_test", template_id="t") == (400, "SMS.0409")
    assert (show(emulator, task_id)["clone_server"], len(emulator.machines())) == (first, 2)


def test_a_clone_that_failed_is_no_reason_to_refuse_another(emulator: Emulator) -> None:
    emulator.set(clone_again="refused")
    task_id = bring_to_failed_clone(emulator)
    emulator.set(failing=[])
    assert clone_once(emulator, task_id)["clone_state"] == "FINISHED"


def test_a_clone_that_fails_can_leave_a_machine(emulator: Emulator) -> None:
    emulator.set(clone="left")
    task_id = bring_to_failed_clone(emulator)
    left = show(emulator, task_id)["clone_server"]["vm_id"]
    assert left in [machine["id"] for machine in emulator.machines()]


def test_a_clone_can_be_accepted_and_never_made(emulator: Emulator) -> None:
    emulator.set(clone="ignored")
    task_id = bring_to_syncing(emulator)
    assert clone_once(emulator, task_id) is None
    assert (standing(emulator), len(emulator.machines())) == (SYNCING, 1)


def test_nothing_else_is_done_with_a_server_while_it_is_cloned(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    assert act(emulator, task_id, "clone_test", template_id="t") == OK
    assert act(emulator, task_id, "clone_test", template_id="t") == (400, "SMS.0409")
    assert act(emulator, task_id, "test") == (400, "SMS.0409")
    emulator.advance(900)
    assert len(emulator.machines()) == 2


def test_the_snapshots_of_a_launched_task_are_cleared_once(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    assert act(emulator, task_id, "clear") == (400, "SMS.0409")
    act(emulator, task_id, "test")
    emulator.advance(3600)
    emulator.set(failing=["linux"])
    assert act(emulator, task_id, "clear") == OK
    assert [state for state, *_others in stages(emulator, hours=0.2)] == ["clearing", "clearfailed"]
    emulator.set(failing=[])
    assert act(emulator, task_id, "clear") == OK
    assert [state for state, *_others in stages(emulator, hours=0.2)] == ["clearing", "cleared"]
    assert show(emulator, task_id)["target_server"]["cutovered_snapshot_ids"] is None
    assert act(emulator, task_id, "clear") == (400, "SMS.0409")
    assert act(emulator, task_id, "start") == (400, "SMS.0409")


def test_only_the_comparison_of_the_data_can_be_skipped(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    assert act(emulator, task_id, "skip") == (400, "SMS.7720")
    assert act(emulator, task_id, "test", is_need_consistency_check=True) == OK
    assert "CONSISTENCY_CHECK" in [step["name"] for step in show(emulator, task_id)["sub_tasks"]]
    assert act(emulator, task_id, "skip") == OK
    assert standing(emulator) == ("skipping", "cutovering", "SKIPPING")
    assert act(emulator, task_id, "skip") == (400, "SMS.7720")
    assert stages(emulator)[-1] == LAUNCHED


DRILL = ["premigready", "premiging", "premiged"]


def test_a_migration_is_rehearsed_before_the_data_are_copied(emulator: Emulator) -> None:
    task_id = create(emulator, need_migration_test=True)
    assert act(emulator, task_id, "start") == OK
    seen = stages(emulator, hours=0.3, step=5) + stages(emulator)[1:]
    assert [state for state, *_others in seen] == ["initialize", *DRILL, "replicate", "syncing"]
    assert {one[1:] for one in seen[:-1]} == {("replicating", "RUNNING")}


def test_a_rehearsal_that_failed_is_repeated_and_the_migration_goes_on(emulator: Emulator) -> None:
    emulator.set(failing=["linux"])
    task_id = create(emulator, need_migration_test=True)
    act(emulator, task_id, "start")
    assert stages(emulator)[-1] == ("premigfailed", "replicating", "MIGRATE_FAIL")
    assert record(emulator)["replicatesize"] == 0
    emulator.set(failing=[])
    assert act(emulator, task_id, "migration_test") == OK
    seen = stages(emulator, hours=0.2, step=5) + stages(emulator)[1:]
    assert [state for state, *_others in seen] == [*DRILL, "replicate", "syncing"]


def test_a_server_is_not_launched_during_a_rehearsal(emulator: Emulator) -> None:
    task_id = create(emulator, need_migration_test=True)
    act(emulator, task_id, "start")
    emulator.advance(200)
    assert standing(emulator)[0] == "premiging"
    assert act(emulator, task_id, "test") == (400, "SMS.0409")


def test_a_migration_is_not_rehearsed_where_nobody_asked_for_it(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    assert act(emulator, task_id, "migration_test") == (400, "SMS.0409")


def test_the_network_is_checked_when_that_is_asked_for(emulator: Emulator) -> None:
    task_id = create(emulator)
    assert show(emulator, task_id)["network_check_info"] is None
    assert act(emulator, task_id, "network_check") == OK
    assert show(emulator, task_id)["network_check_info"] is None
    emulator.advance(60)
    assert show(emulator, task_id)["network_check_info"]["destination_connectivity"] is True


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "SMS.6010"),
        ("start", "SMS.6010"),
        ("[]", "SMS.6011"),
        ({}, "SMS.6011"),
        ({"operation": "launch"}, "SMS.6011"),
        ({"operation": None}, "SMS.6011"),
        ({"operation": "start", "switch_hce": "no"}, "SMS.6011"),
        ({"operation": "start", "force": True}, "SMS.6011"),
    ],
)
def test_an_action_that_is_not_as_documented_is_refused(emulator: Emulator, body: object, code: str) -> None:
    response = call(emulator, "POST", f"tasks/{create(emulator)}/action", body)
    assert (response.status_code, response.json()["error_code"]) == (400, code)
    assert standing(emulator) == ("waiting", "setting", "READY")


def test_the_service_can_refuse_an_operation_that_its_enumeration_lacks(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    emulator.set(refused_operations=["cutover"])
    assert act(emulator, task_id, "cutover") == (400, "SMS.6011")
    assert act(emulator, task_id, "test") == OK


@pytest.mark.parametrize(("kind", "text"), [("object", "{}"), ("empty", ""), ("string", '""')])
def test_an_action_is_answered_in_one_of_the_three_known_ways(emulator: Emulator, kind: str, text: str) -> None:
    emulator.set(action_answer=kind)
    response = call(emulator, "POST", f"tasks/{create(emulator)}/action", {"operation": "start"})
    assert (response.status_code, response.text) == (200, text)


@pytest.mark.parametrize("call_", [("GET", ""), ("DELETE", ""), ("POST", "/action")])
def test_an_unknown_task_is_not_found(emulator: Emulator, call_: tuple[str, str]) -> None:
    response = call(emulator, call_[0], f"tasks/unknown{call_[1]}", {"operation": "start"})
    assert (response.status_code, response.json()["error_code"]) == (404, "SMS.7703")


# Lists, steps and deletion


def test_tasks_are_listed_in_pages_and_by_each_filter(emulator: Emulator) -> None:
    first = create(emulator, name="one")
    emulator.advance(10)
    second = create(emulator, "windows", name="two", type="MIGRATE_BLOCK")
    act(emulator, second, "start")

    def listed(query: str) -> list[str]:
        return [task["id"] for task in call(emulator, "GET", f"tasks?{query}").json()["tasks"]]

    assert listed("") == [second, first]
    assert (listed("limit=1"), listed("limit=1&offset=1")) == ([second], [first])
    for query in ("state=READY", "name=one", f"id={first}", "source_server_id=linux"):
        assert listed(query) == [first]
    assert listed("enterprise_project_id=0") == [second, first]
    assert listed("state=ABORT") == []
    assert call(emulator, "GET", "tasks?limit=201").status_code == 400


def test_the_steps_of_a_task_are_done_one_after_the_other(emulator: Emulator) -> None:
    task_id = create(emulator)
    act(emulator, task_id, "start")
    done = []
    copying: list[int] = []
    for _step in range(int(3 * 3600 / 120)):
        emulator.advance(120)
        steps = show(emulator, task_id)["sub_tasks"]
        done.append(sum(step["progress"] == 100 for step in steps))
        copying += [step["progress"] for step in steps if step["name"] == "MIGRATE_LINUX_FILE"]
        assert call(emulator, "GET", "tasks").json()["tasks"][0]["sub_tasks"][0]["name"] == "CREATE_CLOUD_SERVER"
    assert done == sorted(done)
    assert copying == sorted(copying)
    assert len(set(copying)) > 10
    synchronising = next(step for step in steps if step["name"] == "SYNC_LINUX_FILE")
    assert synchronising["progress"] is None
    act(emulator, task_id, "test")
    emulator.advance(3600)
    assert {step["progress"] for step in show(emulator, task_id)["sub_tasks"]} == {100}


@pytest.mark.parametrize(
    "state",
    ["initialize", "stopping", "deleting", "cloning", "replicate", "syncing", "cutovering", "skipping", "clearing",
     "premiging"],
)  # fmt: skip
def test_a_busy_task_is_deleted_only_when_its_server_is_not_connected(emulator: Emulator, state: str) -> None:
    task_id = create(emulator)
    emulator.change_fleet(update={"linux": {"state": state}})
    response = call(emulator, "DELETE", f"tasks/{task_id}")
    assert (response.status_code, response.json()["error_code"]) == (400, "SMS.7719")
    emulator.change_fleet(update={"linux": {"connected": False}})
    assert call(emulator, "DELETE", f"tasks/{task_id}").status_code == 200
    assert record(emulator)["current_task"] is None


def test_the_target_of_a_deleted_task_stays_and_its_server_can_have_another_task(emulator: Emulator) -> None:
    task_id = bring_to_syncing(emulator)
    act(emulator, task_id, "test")
    emulator.advance(3600)
    before = emulator.machines()
    assert call(emulator, "DELETE", f"tasks/{task_id}").status_code == 200
    assert call(emulator, "DELETE", f"tasks/{task_id}").status_code == 404
    assert emulator.machines() == before
    assert standing(emulator) == ("waiting", "checking", None)
    assert create(emulator)


def test_templates_are_listed_by_region(emulator: Emulator) -> None:
    answer = call(emulator, "GET", "vm/templates?region=ap-southeast-3").json()
    assert answer["count"] == 1
    assert answer["templates"][0]["region"] == "ap-southeast-3"
    assert call(emulator, "GET", "vm/templates").json()["count"] == 3
    assert call(emulator, "GET", "vm/templates?limit=101").status_code == 400


# Faults, permissions and records of what was asked


def test_a_fault_before_the_service_does_it_leaves_everything_as_it_was(emulator: Emulator) -> None:
    task_id = create(emulator)
    emulator.faults({"kind": "drop", "path": "/v3/tasks", "method": "POST", "times": 1})
    with pytest.raises(requests.ConnectionError):
        act(emulator, task_id, "start")
    assert standing(emulator) == ("waiting", "setting", "READY")


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "status", "status": 503}, {"kind": "not_json"}])
def test_an_answer_can_be_lost_after_the_service_has_done_it(emulator: Emulator, fault: dict) -> None:
    task_id = create(emulator)
    emulator.faults({**fault, "path": "/v3/tasks/*/action", "after": True, "times": 1})
    try:
        response = call(emulator, "POST", f"tasks/{task_id}/action", {"operation": "start"})
        assert response.text != "{}"
    except requests.ConnectionError:
        assert fault["kind"] == "drop"
    assert standing(emulator) == ("initialize", "replicating", "RUNNING")
    assert len(emulator.changes()) == 2


def test_an_answer_that_comes_too_late_comes_after_the_service_has_done_it(emulator: Emulator) -> None:
    task_id = create(emulator)
    emulator.faults({"kind": "delay", "seconds": 5, "path": "/v3/tasks/*/action", "after": True})
    url, headers = f"{emulator.url}/v3/tasks/{task_id}/action", {"X-Auth-Token": emulator.token}
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json={"operation": "start"}, headers=headers, timeout=2)
    assert standing(emulator) == ("initialize", "replicating", "RUNNING")


def test_of_many_calls_at_once_only_one_creates_the_task_and_one_launches_it(emulator: Emulator) -> None:
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda _number: call(emulator, "POST", "tasks", order()), range(8)))
        task_id = next(one.json()["id"] for one in created if one.status_code == 200)
        act(emulator, task_id, "start")
        emulator.advance(4 * 3600)
        launched = list(pool.map(lambda _number: act(emulator, task_id, "test"), range(8)))
    assert sorted(one.status_code for one in created) == [200] + [400] * 7
    assert sorted(launched) == [OK] + [(400, "SMS.0409")] * 7


def test_records_of_any_shape_disturb_neither_tasks_nor_machines(emulator: Emulator) -> None:
    odd: list = [
        {"id": ["no", "string"], "current_task": {"id": "a"}},
        {"id": "b", "current_task": {"id": ["c"], "target_server": "text"}},
        {"id": "d", "current_task": {"target_server": {"vm_id": 7}}, "init_target_server": []},
        {"id": "e", "current_task": {"id": "f", "clone_server": 3}, "init_target_server": {"disks": "none"}},
        {"id": "g", "current_task": "text"},
        None,
        7,
    ]
    emulator.replace_fleet(odd)
    emulator.advance(60)
    assert call(emulator, "GET", "tasks").json()["count"] == 3
    assert show(emulator, "f")["target_server"]["disks"] == []
    assert emulator.machines() == []


def test_a_fault_for_one_method_hits_no_other(emulator: Emulator) -> None:
    emulator.faults({"kind": "status", "status": 429, "path": "/v3/tasks", "method": "POST"})
    assert call(emulator, "GET", "tasks").status_code == 200
    assert call(emulator, "POST", "tasks", order()).status_code == 429


def test_what_changes_something_is_recorded_with_its_body(emulator: Emulator) -> None:
    emulator.clear_requests()
    task_id = create(emulator)
    act(emulator, task_id, "start")
    call(emulator, "GET", f"tasks/{task_id}")
    call(emulator, "DELETE", f"tasks/{task_id}")
    asked = [(one["method"], one["path"], one["body"]) for one in emulator.changes()]
    assert asked == [
        ("POST", "/v3/tasks", json.dumps(order())),
        ("POST", f"/v3/tasks/{task_id}/action", '{"operation": "start"}'),
        ("DELETE", f"/v3/tasks/{task_id}", ""),
    ]


@pytest.mark.parametrize("action", ["sms:server:manageTask", "sms:server:migrationServer"])
def test_a_user_who_may_only_read_is_refused_in_the_service_s_own_shape(emulator: Emulator, action: str) -> None:
    task_id = create(emulator)
    emulator.set(denied=[action])
    response = call(emulator, "POST", f"tasks/{task_id}/action", {"operation": "start"})
    assert response.status_code == 403
    assert response.json()["error_code"] == response.json()["details"][0]["error_code"] == "SMS.9004"
    assert "sms:server:manageTask" in response.json()["details"][0]["error_msg"]
    assert call(emulator, "GET", f"tasks/{task_id}").status_code == 200


# Servers that calls send somewhere, and the others


def test_without_anybody_at_the_console_servers_wait_where_somebody_has_to_act() -> None:
    with Emulator(servers=200, unattended=True) as emulator:
        emulator.advance(12 * 3600)
        assert {one["state"] for one in emulator.fleet() if one["connected"]} <= {
            "waiting", "initialize", "syncing", "finished", "error"
        }  # fmt: skip
        assert [one for one in emulator.fleet() if one["state"] == "syncing"]
        emulator.set(attended=True)
        emulator.advance(12 * 3600)
        assert not [one for one in emulator.fleet() if one["state"] == "syncing"]


def test_a_server_that_a_call_has_sent_somewhere_goes_nowhere_else(emulator: Emulator) -> None:
    emulator.set(attended=True)
    task_id = bring_to_syncing(emulator)
    emulator.advance(24 * 3600)
    assert standing(emulator) == SYNCING
    emulator.set(attended=False)
    emulator.set(attended=True)
    emulator.advance(24 * 3600)
    assert standing(emulator) == SYNCING
    assert act(emulator, task_id, "test") == OK


def test_an_update_of_another_field_does_not_stop_a_server_on_its_way(emulator: Emulator) -> None:
    task_id = create(emulator)
    act(emulator, task_id, "start")
    emulator.advance(300)
    emulator.change_fleet(update={"linux": {"hostname": "renamed"}})
    assert stages(emulator)[-1] == SYNCING
    assert record(emulator)["hostname"] == "renamed"


def test_a_reset_forgets_every_task(emulator: Emulator) -> None:
    bring_to_syncing(emulator)
    emulator.reset()
    emulator.replace_fleet([server("linux")])
    assert call(emulator, "GET", "tasks").json() == {"count": 0, "tasks": []}
    assert emulator.machines() == []
    assert create(emulator)
