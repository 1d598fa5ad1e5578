# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One ECS that exists, and its disks: complete and consistent, or an error."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._ecs import show_ecs, target_id_from
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import ApiError, OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._target import TargetId
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import key_options, settings

ID = TargetId("la-north-2", "p", "vm")
PATH = "/v1/p/cloudservers/vm"
VOLUMES = "os-extended-volumes:volumes_attached"


@pytest.fixture
def client(emulator):
    emulator.add_machines(
        {"id": "vm", "project": "p", "region": "la-north-2", "name": "db", "disks": [100, 40], "system_disk": 1}
        | {"public": True, "firmware": "uefi"}
    )
    with Client(settings(**key_options(emulator, ecs_endpoint=emulator.url))) as made:
        yield made


def test_an_ecs_is_returned_with_its_disks(emulator, client):
    ecs = show_ecs(client, ID)
    assert (ecs.target_id, ecs.name, ecs.status, ecs.os_type, ecs.firmware) == (ID, "db", "ACTIVE", "LINUX", "UEFI")
    assert (ecs.memory, ecs.is_locked) == (4096, False)
    assert [(disk.device, disk.size, disk.is_system) for disk in ecs.disks] == [
        ("/dev/vda", 100, False), ("/dev/vdb", 40, True)
    ]  # fmt: skip
    assert [disk.volume_id for disk in ecs.disks] == [one["volumeId"] for one in emulator.block_devices("p", "vm")]
    assert len(ecs.private_addresses) >= 1
    assert len(ecs.public_addresses) == 1


def test_sizes_and_boot_indexes_that_are_texts_are_understood(emulator, client):
    listed = emulator.block_devices("p", "vm")
    texts = [{**one, "size": str(one["size"]), "bootIndex": str(one["bootIndex"])} for one in listed]
    emulator.faults({"kind": "body", "body": {"volumeAttachments": texts}, "path": f"{PATH}/block_device"})
    assert [(disk.size, disk.is_system) for disk in show_ecs(client, ID).disks] == [(100, False), (40, True)]


@pytest.mark.parametrize(
    "fields", [{"id": "other"}, {"project": "other"}, {"region": "other"}], ids=["id", "project", "region"]
)
def test_an_ecs_that_is_somewhere_else_is_not_found(emulator, client, fields):
    emulator.reset()
    emulator.add_machines({"id": "vm", "project": "p", "region": "la-north-2", **fields})
    pattern = emulator.url + "/regions/{region_id}"
    with (
        Client(settings(**key_options(emulator, ecs_endpoint=pattern))) as made,
        pytest.raises(
            SmsError, match=r"There is no ECS vm in the project p in the region la-north-2: check target\.vm"
        ),
    ):
        show_ecs(made, ID)


def test_missing_permissions_are_named(emulator, client):
    for action in ("ecs:cloudServers:showServer", "ecs:cloudServers:listServerBlockDevices"):
        emulator.set(denied=[action])
        with pytest.raises(ApiError) as error:
            show_ecs(client, ID)
        assert action in str(error.value)
        assert "ecs:cloudServers:get" in str(error.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "another"},
        {"tenant_id": "another"},
        {"status": None},
        {VOLUMES: None},
        {VOLUMES: [None]},
        {VOLUMES: []},
        {VOLUMES: [{"id": "detached"}]},
        {"addresses": ["x"]},
        {"addresses": {"vpc": [None]}},
    ],
)
def test_a_description_that_is_not_as_promised_is_an_error(emulator, client, fields):
    emulator.change_machines({"vm": fields})
    with pytest.raises(ApiError, match="unexpected answer"):
        show_ecs(client, ID)


@pytest.mark.parametrize(
    "change",
    [
        {"volumeId": ""},
        {"volumeId": None},
        {"size": 0},
        {"size": "40 GB"},
        {"size": None},
        {"size": True},
        {"bootIndex": None},
        {"serverId": "another"},
    ],
)
def test_a_disk_that_is_not_as_promised_is_an_error(emulator, client, change):
    first, *others = emulator.block_devices("p", "vm")
    body = {"volumeAttachments": [{**first, **change}, *others]}
    emulator.faults({"kind": "body", "body": body, "path": f"{PATH}/block_device"})
    with pytest.raises(ApiError, match="unexpected answer: its disks are not as documented"):
        show_ecs(client, ID)


@pytest.mark.parametrize("body", [[], {}, {"volumeAttachments": {}}, {"volumeAttachments": [None]}])
def test_an_answer_without_disks_is_an_error(emulator, client, body):
    emulator.faults({"kind": "body", "body": body, "path": f"{PATH}/block_device"})
    with pytest.raises(ApiError, match="unexpected answer"):
        show_ecs(client, ID)


def test_a_disk_that_is_listed_twice_is_an_error(emulator, client):
    first, *_others = emulator.block_devices("p", "vm")
    body = {"volumeAttachments": [first, first]}
    emulator.faults({"kind": "body", "body": body, "path": f"{PATH}/block_device"})
    with pytest.raises(ApiError, match="unexpected answer"):
        show_ecs(client, ID)


@pytest.mark.parametrize("parts", [("a.b", "p", "vm"), ("r", "p/q", "vm"), ("r", "p", "vm?x"), ("r", "p", "")])
def test_what_can_be_no_id_is_refused_before_a_request(parts):
    with pytest.raises(OptionsError, match="Check vm_id, project_id and region_id"):
        target_id_from(*parts)
