# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator through the vendor's own clients: they can call all of it, and understand all that it says."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import requests
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import (
    _ecs,
    _source_servers,
    _targets,
    _task_settings,
    _tasks,
    _templates,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _destinations, _new_task
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._configuration import Configuration
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import key_options, settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def sms() -> ModuleType:
    # imported late: these are large, and no other test needs them
    return importlib.import_module("huaweicloudsdksms.v3")


@pytest.fixture(scope="module")
def ecs() -> ModuleType:
    return importlib.import_module("huaweicloudsdkecs.v2")


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator(servers=60, unattended=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    shared_emulator.reset()
    return shared_emulator


@pytest.fixture
def client(sms: ModuleType, emulator: Emulator) -> Any:
    """The vendor's client of SMS, with the access key."""
    return build(sms.SmsClient, emulator, emulator.account["project_id"])


def build(client_class: Any, emulator: Emulator, project: str) -> Any:
    """A client of the vendor's, with the access key, for one project."""
    credentials = importlib.import_module("huaweicloudsdkcore.auth.credentials")
    keys = credentials.BasicCredentials(emulator.account["access_key"], emulator.account["secret_key"], project)
    return client_class.new_builder().with_credentials(keys).with_endpoint(emulator.url).build()


def served(emulator: Emulator, path: str, token: str | None = None) -> Any:
    headers = {"X-Auth-Token": token or emulator.token}
    response = requests.get(f"{emulator.url}{path}", headers=headers, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()


def differences(model: Any, value: Any, where: str = "") -> list[str]:
    """Where what a model of the vendor's holds is not what was served, fields that it does not know included."""
    if hasattr(model, "attribute_map") and isinstance(value, dict):
        attributes = {name: attribute for attribute, name in model.attribute_map.items()}
        found = []
        for name, part in value.items():
            inner = f"{where}.{name}"
            if name not in attributes:
                found.append(f"{inner}: unknown")
            else:
                found += differences(getattr(model, attributes[name]), part, inner)
        return found
    if isinstance(model, list) and isinstance(value, list) and len(model) == len(value):
        return [one for held, part in zip(model, value, strict=True) for one in differences(held, part, f"{where}[]")]
    if isinstance(model, dict) and isinstance(value, dict) and model.keys() == value.keys():
        return [one for name in model for one in differences(model[name], value[name], f"{where}.{name}")]
    return [] if model == value else [f"{where}: {model!r} instead of {value!r}"]


# What records of the live service have, and the vendor's models do not know.
NEWER_FIELDS = ("hostname", "agent_version")
NEWER_TASK_FIELDS = ("estimate_complete_time", "compress_rate", "remain_seconds")


def with_task(emulator: Emulator) -> dict:
    """A record of a server that has a task and no odd check."""
    return next(one for one in emulator.fleet() if one["current_task"])


def order(sms: ModuleType, record: dict, template: Any) -> Any:
    """The vendor's model of the body that creates a task."""
    disks = [sms.TargetDisks(name=one["name"], size=one["size"]) for one in record["init_target_server"]["disks"]]
    return sms.PostTask(
        name="task-1",
        type="MIGRATE_BLOCK" if record["os_type"] == "WINDOWS" else "MIGRATE_FILE",
        source_server=sms.SourceServerByTask(id=record["id"]),
        target_server=sms.TargetServerByTask(name="target", vm_id="", disks=disks, volume_groups=[], btrfs_list=[]),
        vm_template_id=template.id,
        region_id=template.region,
        region_name=template.region,
        project_id=template.projectid,
        project_name="project",
        use_public_ip=False,
        syncing=True,
    )


def test_the_vendor_s_model_of_the_list_holds_what_was_served(sms: ModuleType, client: Any, emulator: Emulator) -> None:
    plain = [{**one, "checks": [], "enterprise_project_id": "0"} for one in emulator.fleet()]
    emulator.replace_fleet(plain)
    request = sms.ListServersRequest(limit=50, offset=3, state="syncing", connected=False, enterprise_project_id="0")
    query = "limit=50&offset=3&state=syncing&connected=false&enterprise_project_id=0"
    answer = served(emulator, f"/v3/sources?{query}")
    assert answer["source_servers"]
    unknown = {f".source_servers[].{name}: unknown" for name in NEWER_FIELDS}
    assert set(differences(client.list_servers(request), answer)) <= unknown


def test_the_vendor_s_model_of_a_server_holds_what_was_served(sms: ModuleType, client: Any, emulator: Emulator) -> None:
    record = with_task(emulator)
    answer = served(emulator, f"/v3/sources/{record['id']}")
    unknown = {f".current_task.{name}: unknown" for name in NEWER_TASK_FIELDS}
    model = client.show_server(sms.ShowServerRequest(source_id=record["id"]))
    assert set(differences(model, answer)) <= unknown
    assert set(model.attribute_map.values()) <= answer.keys()
    assert {*model.networks[0].attribute_map.values()} == answer["networks"][0].keys()


@pytest.mark.parametrize(
    ("method", "request_class", "path", "rows"),
    [
        ("show_overview", "ShowOverviewRequest", "/v3/sources/overview", "syncing"),
        ("list_migprojects", "ListMigprojectsRequest", "/v3/migprojects", "migprojects"),
        ("list_templates", "ListTemplatesRequest", "/v3/vm/templates", "templates"),
        ("list_tasks", "ListTasksRequest", "/v3/tasks", "tasks"),
    ],
)
def test_the_vendor_s_model_of_another_list_holds_what_was_served(
    sms: ModuleType, client: Any, emulator: Emulator, method: str, request_class: str, path: str, rows: str
) -> None:
    answer = served(emulator, path)
    assert answer[rows]
    assert differences(getattr(client, method)(getattr(sms, request_class)()), answer) == []


def test_the_vendor_s_client_sees_a_task_through_from_creation_to_deletion(
    sms: ModuleType, client: Any, emulator: Emulator
) -> None:
    record = next(one for one in emulator.fleet() if one["state"] == "waiting" and not one["current_task"])
    client.create_privacy_agreements(sms.CreatePrivacyAgreementsRequest())
    template = client.list_templates(sms.ListTemplatesRequest(limit=1)).templates[0]
    emulator.clear_requests()
    task_id = client.create_task(sms.CreateTaskRequest(body=order(sms, record, template))).id
    states = []
    for operation in ("start", "stop", "start", "test", "clear"):
        body = sms.UpdateTaskStatusReq(operation=operation)
        client.update_task_status(sms.UpdateTaskStatusRequest(task_id=task_id, body=body))
        for seconds in (0, 40, 4 * 3600):
            emulator.advance(seconds)
            task = client.show_task(sms.ShowTaskRequest(task_id=task_id))
            assert differences(task, served(emulator, f"/v3/tasks/{task_id}")) == []
            listed = client.list_tasks(sms.ListTasksRequest(id=task_id))
            assert differences(listed, served(emulator, f"/v3/tasks?id={task_id}")) == []
        states.append((task.state, task.source_server.state))
    assert states[0] == states[2] == ("SYNCING", "syncing")
    assert states[1] == ("ABORT", "stopped")
    assert states[3:] == [("MIGRATE_SUCCESS", "finished"), ("MIGRATE_SUCCESS", "cleared")]
    client.delete_task(sms.DeleteTaskRequest(task_id=task_id))
    assert client.list_tasks(sms.ListTasksRequest(id=task_id)).count == 0
    assert [one["status"] for one in emulator.changes()] == [200] * 7


def test_the_vendor_s_client_clones_a_target_and_understands_each_phase(
    sms: ModuleType, client: Any, emulator: Emulator
) -> None:
    records = [one for one in emulator.fleet() if one["state"] == "syncing" and one["connected"]]
    made, failed = [one["current_task"]["id"] for one in records[:2]]
    emulator.set(failing=[records[1]["id"]])
    template = client.list_templates(sms.ListTemplatesRequest(limit=1)).templates[0]
    body = sms.UpdateTaskStatusReq(operation="clone_test", template_id=template.id)
    seen: dict[str, list[str]] = {made: [], failed: []}
    for task_id in seen:
        client.update_task_status(sms.UpdateTaskStatusRequest(task_id=task_id, body=body))
    for seconds in (0, 90, 900):
        emulator.advance(seconds)
        for task_id, states in seen.items():
            task = client.show_task(sms.ShowTaskRequest(task_id=task_id))
            assert differences(task, served(emulator, f"/v3/tasks/{task_id}")) == []
            listed = client.list_tasks(sms.ListTasksRequest(id=task_id))
            assert differences(listed, served(emulator, f"/v3/tasks?id={task_id}")) == []
            states.append(task.clone_server.clone_state)
    assert seen == {made: ["PREPARING", "CREATING", "FINISHED"], failed: ["PREPARING", "CREATING", "ERROR"]}


def test_the_vendor_s_client_renames_moves_and_deletes_source_servers(
    sms: ModuleType, client: Any, emulator: Emulator
) -> None:
    first, second, third = [one["id"] for one in emulator.fleet() if not one["current_task"]][:3]
    project = client.list_migprojects(sms.ListMigprojectsRequest()).migprojects[0].id
    body = sms.PutSourceServerBody(name="shop", migprojectid=project)
    client.update_server_name(sms.UpdateServerNameRequest(source_id=first, body=body))
    moved = client.list_servers(sms.ListServersRequest(name="shop", migproject=project)).source_servers
    assert [one.id for one in moved] == [first]
    client.delete_server(sms.DeleteServerRequest(source_id=first))
    client.delete_servers(sms.DeleteServersRequest(body=sms.DeleteIds(ids=[second, third])))
    assert {first, second, third}.isdisjoint(one["id"] for one in emulator.fleet())
    assert [one["status"] for one in emulator.changes()] == [200] * 3


@pytest.mark.parametrize("kind", ["object", "empty", "string"])
def test_the_vendor_s_client_takes_every_way_in_which_an_action_is_answered(
    sms: ModuleType, client: Any, emulator: Emulator, kind: str
) -> None:
    emulator.set(action_answer=kind)
    body = sms.UpdateTaskStatusReq(operation="network_check")
    task_id = next(one for one in emulator.fleet() if one["current_task"] and one["connected"])["current_task"]["id"]
    client.update_task_status(sms.UpdateTaskStatusRequest(task_id=task_id, body=body))
    assert emulator.requests()[-1]["status"] == 200


def test_the_vendor_s_client_tells_the_code_of_a_refusal(sms: ModuleType, client: Any) -> None:
    exceptions = importlib.import_module("huaweicloudsdkcore.exceptions.exceptions")
    with pytest.raises(exceptions.ClientRequestException) as caught:
        client.show_task(sms.ShowTaskRequest(task_id="unknown"))
    assert (caught.value.status_code, caught.value.error_code) == (404, "SMS.7703")


def test_the_vendor_s_client_tells_the_code_of_a_denied_permission(
    sms: ModuleType, client: Any, emulator: Emulator
) -> None:
    exceptions = importlib.import_module("huaweicloudsdkcore.exceptions.exceptions")
    emulator.set(denied=["sms:server:getTask"])
    with pytest.raises(exceptions.ClientRequestException) as caught:
        client.show_task(sms.ShowTaskRequest(task_id="unknown"))
    assert (caught.value.status_code, caught.value.error_code) == (403, "SMS.9004")


def test_the_vendor_s_models_of_machines_hold_what_was_served(ecs: ModuleType, emulator: Emulator) -> None:
    machine = emulator.machines()[0]
    project = machine["project"]
    client, token = build(ecs.EcsClient, emulator, project), emulator.token_for(project)
    path = f"/v1/{project}/cloudservers"
    answer = served(emulator, f"{path}/detail?limit=1000&offset=1", token)
    assert any(one["addresses"] for one in answer["servers"])
    assert differences(client.list_servers_details(ecs.ListServersDetailsRequest(limit=1000, offset=1)), answer) == []
    one = served(emulator, f"{path}/{machine['id']}", token)
    assert differences(client.show_server(ecs.ShowServerRequest(server_id=machine["id"])), one) == []


def test_the_vendor_s_model_of_disks_holds_what_was_served(ecs: ModuleType, emulator: Emulator) -> None:
    machine = emulator.machines()[0]
    client = build(ecs.EcsClient, emulator, machine["project"])
    path = f"/v1/{machine['project']}/cloudservers/{machine['id']}/block_device"
    answer = served(emulator, path, emulator.token_for(machine["project"]))
    assert answer["volumeAttachments"]
    model = client.list_server_block_devices(ecs.ListServerBlockDevicesRequest(server_id=machine["id"]))
    assert differences(model, answer) == []
    assert {*model.volume_attachments[0].attribute_map.values()} == answer["volumeAttachments"][0].keys()


def test_the_vendor_s_client_creates_a_task_for_an_existing_machine(
    sms: ModuleType, ecs: ModuleType, client: Any, emulator: Emulator
) -> None:
    record = next(one for one in emulator.fleet() if one["state"] == "waiting" and not one["current_task"])
    emulator.change_fleet(update={record["id"]: {"firmware": "BIOS"}})
    sizes = [disk["size"] // 2**30 for disk in record["init_target_server"]["disks"]]
    place = {"project": "p", "region": "la-north-2"}
    emulator.add_machines({"id": "vm", **place, "os_type": record["os_type"], "disks": sizes})
    theirs = build(ecs.EcsClient, emulator, "p")
    volumes = theirs.list_server_block_devices(ecs.ListServerBlockDevicesRequest(server_id="vm")).volume_attachments
    template = client.list_templates(sms.ListTemplatesRequest(limit=1)).templates[0]
    body = order(sms, record, template)
    body.target_server.vm_id, body.exist_server, body.vm_template_id = "vm", True, None
    body.project_id, body.region_id = place["project"], place["region"]
    for disk, volume, proposed in zip(
        body.target_server.disks, volumes, record["init_target_server"]["disks"], strict=True
    ):
        disk.disk_id, disk.device_use = volume.volume_id, proposed["device_use"].partition("|")[0]
    task_id = client.create_task(sms.CreateTaskRequest(body=body)).id
    task = client.show_task(sms.ShowTaskRequest(task_id=task_id))
    assert task.target_server.vm_id == "vm"
    assert differences(task, served(emulator, f"/v3/tasks/{task_id}")) == []


def test_the_vendor_s_client_asks_for_machines_by_their_ids(ecs: ModuleType, emulator: Emulator) -> None:
    machine = emulator.machines()[0]
    client = build(ecs.EcsClient, emulator, machine["project"])
    answer = client.list_servers_details(ecs.ListServersDetailsRequest(server_id=f"unknown,{machine['id']}"))
    assert [one.id for one in answer.servers] == ["unknown", machine["id"]]
    assert (answer.servers[0].fault["code"], answer.servers[0].addresses) == (404, None)


def test_the_vendor_s_client_tells_that_a_machine_is_gone(ecs: ModuleType, emulator: Emulator) -> None:
    exceptions = importlib.import_module("huaweicloudsdkcore.exceptions.exceptions")
    client = build(ecs.EcsClient, emulator, emulator.account["project_id"])
    with pytest.raises(exceptions.ClientRequestException) as caught:
        client.show_server(ecs.ShowServerRequest(server_id="unknown"))
    assert (caught.value.status_code, caught.value.error_code) == (404, "Ecs.0114")


def signature(request: dict) -> tuple:
    """What a service sees of a request, but for the time and who signed it."""
    return request["method"], request["path"], sorted(map(tuple, request["query"]))


def asked_by(emulator: Emulator, action: Any) -> list[tuple]:
    emulator.clear_requests()
    action()
    return [signature(one) for one in emulator.requests()]


@pytest.fixture
def ours(emulator: Emulator) -> Iterator[_client.Client]:
    """Our own client, with the same access key."""
    with _client.Client(settings(**key_options(emulator, ecs_endpoint=emulator.url))) as ours:
        yield ours


FILTERS = {"state": "syncing", "name": "web", "id": "x", "ip": "192.0.2.1", "ipv6": "::1", "vm_id": "y"} | {
    "migration_cycle": "syncing",
    "migproject": "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10",
    "enterprise_project_id": "0",
}


def test_our_request_for_a_list_is_one_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    assert FILTERS.keys() == {name for name, spec in _argument_spec.FILTER_SPEC.items() if spec["type"] != "bool"}
    asked = asked_by(emulator, lambda: _source_servers.list_servers(ours, _query.Query(FILTERS)))
    request = sms.ListServersRequest(limit=200, offset=0, **FILTERS)
    assert asked == asked_by(emulator, lambda: client.list_servers(request))


def test_our_requests_for_details_are_those_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    records = emulator.fleet()[:3]
    requests_of_theirs = [sms.ShowServerRequest(source_id=record["id"]) for record in records]
    # Ours are sent in parallel, in any order.
    asked = sorted(asked_by(emulator, lambda: _source_servers.show_servers(ours, records)))
    assert asked == sorted(asked_by(emulator, lambda: [client.show_server(request) for request in requests_of_theirs]))


def test_our_request_for_projects_is_one_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    name = client.list_migprojects(sms.ListMigprojectsRequest()).migprojects[0].name
    asked = asked_by(emulator, lambda: _source_servers.list_servers(ours, _query.Query({"migproject": name})))
    request = sms.ListMigprojectsRequest(limit=100, offset=0)
    assert asked[:1] == asked_by(emulator, lambda: client.list_migprojects(request))


TEMPLATE_FILTERS = {"name": "small", "id": "x", "region": "cn-north-4", "availability_zone": "cn-north-4a"}


def test_our_request_for_templates_is_one_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    # The vendor's client does not have the filter "id" of the API's definition.
    filters = {name: value for name, value in TEMPLATE_FILTERS.items() if hasattr(sms.ListTemplatesRequest, name)}
    assert filters.keys() >= {"name", "region", "availability_zone"}
    asked = asked_by(emulator, lambda: _templates.list_templates(ours, filters))
    request = sms.ListTemplatesRequest(limit=100, offset=0, **filters)
    assert asked == asked_by(emulator, lambda: client.list_templates(request))


def test_our_request_for_machines_is_one_of_the_vendor_s_client(
    ecs: ModuleType, ours: _client.Client, emulator: Emulator
) -> None:
    machine = emulator.machines()[0]
    project = machine["project"]
    ids = sorted(one["id"] for one in emulator.machines() if one["project"] == project)
    place = {"region_id": machine["region"], "project_id": project}
    records = [
        {"id": one, "migration_cycle": "cutovered", "current_task": {**place, "target_server": {"vm_id": one}}}
        for one in ids
    ]
    asked = asked_by(emulator, lambda: _targets.list_targets(ours, records))
    theirs = build(ecs.EcsClient, emulator, project)
    request = ecs.ListServersDetailsRequest(server_id=",".join(ids), limit=1000)
    assert asked == asked_by(emulator, lambda: theirs.list_servers_details(request))
    assert len(asked) == 1


def test_our_requests_for_an_existing_machine_are_those_of_the_vendor_s_client(
    ecs: ModuleType, ours: _client.Client, emulator: Emulator
) -> None:
    emulator.add_machines({"id": "vm", "project": "p", "region": "la-north-2"})
    asked = asked_by(emulator, lambda: _ecs.show_ecs(ours, _ecs.target_id_from("la-north-2", "p", "vm")))
    theirs = build(ecs.EcsClient, emulator, "p")

    def ask_theirs() -> None:
        theirs.show_server(ecs.ShowServerRequest(server_id="vm"))
        theirs.list_server_block_devices(ecs.ListServerBlockDevicesRequest(server_id="vm"))

    assert asked == asked_by(emulator, ask_theirs)


NEW_SETTINGS = {
    "start_network_check": True,
    "is_need_consistency_check": True,
    "need_migration_test": True,
    "over_speed_threshold": 20,
    "speed_limit": 100,
    "priority": 2,
}


def test_our_body_of_a_task_for_an_existing_machine_is_one_of_the_vendor_s_model(
    sms: ModuleType, ours: _client.Client, emulator: Emulator
) -> None:
    record = next(one for one in emulator.fleet() if one["state"] == "waiting" and not one["current_task"])
    place = {"project": "p", "region": "la-north-2", "os_type": record["os_type"]}
    sizes = [disk["size"] // 2**30 for disk in record["init_target_server"]["disks"]]
    emulator.change_fleet(update={record["id"]: {"firmware": "BIOS"}})
    emulator.add_machines({"id": "vm", **place, "disks": sizes})
    options = {"region_id": "la-north-2", "project_id": "p", "vm_id": "vm", "overwrite_disks": True}
    target = {**dict.fromkeys(_new_task.TARGET_SPEC), **options}
    new_task = _new_task.NewTask(NEW_SETTINGS, target)
    shown = _source_servers.show_server(ours, record["id"])
    destination = _destinations.Destinations(ours).find(target, shown or {}, Deadline(30))
    body = new_task.body(shown or {}, destination)
    model = sms.PostTask()
    unknown = [name for name in body if name not in model.attribute_map.values()]
    assert unknown == []
    known_disk = sms.TargetDisks().attribute_map.values()
    assert all(name in known_disk for disk in body["target_server"]["disks"] for name in disk)
    assert {*body["target_server"]} <= {*sms.TargetServerByTask().attribute_map.values()}
    _tasks.create_task(ours, body)
    assert emulator.changes()[-1]["status"] == 200


def test_a_difference_between_a_model_and_what_was_served_is_noticed(sms: ModuleType) -> None:
    model = sms.ListTasksResponse(count=1, tasks=[sms.TasksResponseBody(id="a")])
    assert differences(model, {"count": 1, "tasks": [{"id": "a"}]}) == []
    assert differences(model, {"count": 2, "tasks": [{"id": "b", "new": 1}]}) == [
        ".count: 1 instead of 2", ".tasks[].id: 'a' instead of 'b'", ".tasks[].new: unknown"
    ]  # fmt: skip


def changed_by(emulator: Emulator, action: Any) -> list[tuple]:
    """The requests of an action that change something, with what their bodies hold."""
    emulator.clear_requests()
    action()
    return [(*signature(one), json.loads(one["body"])) for one in emulator.requests() if one["method"] != "GET"]


def test_our_speed_rules_are_those_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    task_id = with_task(emulator)["current_task"]["id"]
    wanted = {"start": "08:00", "end": "18:00", "speed": 50, "over_speed_threshold": 10}
    rules = Configuration({"speed_rules": [wanted]}).rules or ()
    mine = changed_by(
        emulator, lambda: _task_settings.update_speed_rules(ours, task_id, [rule.body() for rule in rules])
    )
    body = sms.SpeedLimit(speed_limit=[sms.SpeedLimitlJson(**wanted)])
    assert mine == changed_by(emulator, lambda: client.update_speed(sms.UpdateSpeedRequest(task_id=task_id, body=body)))
    asked = asked_by(emulator, lambda: _task_settings.show_speed_rules(ours, task_id))
    request = sms.ShowsSpeedLimitsRequest(task_id=task_id)
    assert asked == asked_by(emulator, lambda: client.shows_speed_limits(request))
    assert differences(client.shows_speed_limits(request), served(emulator, f"/v3/tasks/{task_id}/speed-limit")) == []


def test_our_configuration_settings_are_those_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    task_id = with_task(emulator)["current_task"]["id"]
    values = Configuration({"options": {"LINUX_CPU_LIMIT": 20}}).values
    mine = changed_by(emulator, lambda: _task_settings.update_configuration(ours, task_id, values))
    body = sms.ConfigurationRequestBody(
        configurations=[sms.ConfigBody(config_key="LINUX_CPU_LIMIT", config_value="20")]
    )
    request = sms.UploadSpecialConfigurationSettingRequest(task_id=task_id, body=body)
    assert mine == changed_by(emulator, lambda: client.upload_special_configuration_setting(request))
    asked = asked_by(emulator, lambda: _task_settings.show_configuration(ours, task_id))
    show = sms.ShowConfigSettingRequest(task_id=task_id)
    assert asked == asked_by(emulator, lambda: client.show_config_setting(show))
    answer = served(emulator, f"/v3/tasks/{task_id}/configuration-setting")
    assert differences(client.show_config_setting(show), answer) == []


def in_sync(emulator: Emulator) -> dict:
    """A record of a connected server whose task is in SYNCING."""
    return next(
        one
        for one in emulator.fleet()
        if one["connected"] and one["state"] == "syncing" and one["current_task"]["state"] == "SYNCING"
    )


def test_our_request_for_a_synchronization_is_one_of_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator
) -> None:
    task_id = in_sync(emulator)["current_task"]["id"]
    mine = changed_by(emulator, lambda: _tasks.update_task_status(ours, task_id, "start", consistency_check=True))
    body = sms.UpdateTaskStatusReq(operation="start", is_need_consistency_check=True)
    request = sms.UpdateTaskStatusRequest(task_id=task_id, body=body)
    assert mine == changed_by(emulator, lambda: client.update_task_status(request))


@pytest.mark.parametrize("form", ["objects", "texts", "flat"])
def test_the_result_of_a_consistency_check_is_read_as_by_the_vendor_s_client(
    sms: ModuleType, client: Any, ours: _client.Client, emulator: Emulator, form: str
) -> None:
    emulator.set(consistency_form=form)
    record = in_sync(emulator)
    task_id = record["current_task"]["id"]
    show = sms.ShowConsistencyResultRequest(task_id=task_id)
    asked = asked_by(emulator, lambda: _tasks.show_consistency(ours, task_id))
    assert asked == asked_by(emulator, lambda: client.show_consistency_result(show))
    assert _tasks.show_consistency(ours, task_id) is None
    body = sms.UpdateTaskStatusReq(operation="start", is_need_consistency_check=True)
    client.update_task_status(sms.UpdateTaskStatusRequest(task_id=task_id, body=body))
    emulator.set(differing=[record["id"]])
    emulator.advance(1000)
    found = _tasks.show_consistency(ours, task_id)
    assert found is not None
    assert (found.files, found.differences, found.check_result) == (1234, 1, "success")
    answer = served(emulator, f"/v3/tasks/{task_id}/consistency-result")
    # The vendor's model has a list of texts, so that it fits one of the forms alone.
    model = client.show_consistency_result(show)
    assert (differences(model, answer) == []) is (form == "texts")


def test_a_synchronization_that_was_requested_is_a_subtask_of_the_vendor_s_model(
    sms: ModuleType, client: Any, emulator: Emulator
) -> None:
    task_id = in_sync(emulator)["current_task"]["id"]
    body = sms.UpdateTaskStatusReq(operation="start", is_need_consistency_check=True)
    client.update_task_status(sms.UpdateTaskStatusRequest(task_id=task_id, body=body))
    emulator.advance(400)
    task = client.show_task(sms.ShowTaskRequest(task_id=task_id))
    assert differences(task, served(emulator, f"/v3/tasks/{task_id}")) == []
    assert [one.end_date is not None for one in task.sub_tasks if one.name.startswith("SYNC_")] == [True, False]
    assert "CONSISTENCY_CHECK" in [one.name for one in task.sub_tasks]
