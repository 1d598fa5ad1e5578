# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's ECS: the machines that servers become, and their addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import pytest
import requests
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

EXAMPLE_PROJECT = "b276e6fb38c74aa2ba4598f049745ce9"
EXAMPLE_MACHINE = "23d74c12-b78b-4163-ba33-a898f79b8260"
WAITING = {"state": "waiting", "migration_cycle": "checking", "connected": True, "checks": [{"result": "OK"}]}


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator(servers=300) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    shared_emulator.reset()
    return shared_emulator


def ask(emulator: Emulator, project: str, call: str, token: str | None = None, **query: object) -> requests.Response:
    headers = {"X-Auth-Token": token or emulator.token_for(project)}
    url = f"{emulator.url}/v1/{project}/cloudservers/{call}"
    return requests.get(url, params=query, headers=headers, timeout=30)


def in_project(emulator: Emulator) -> tuple[str, list[str]]:
    """A project, and the IDs of its machines."""
    machines = emulator.machines()
    project = machines[0]["project"]
    return project, [machine["id"] for machine in machines if machine["project"] == project]


def all_described(emulator: Emulator) -> list[dict]:
    projects = sorted({machine["project"] for machine in emulator.machines()})
    return [one for project in projects for one in ask(emulator, project, "detail", limit=1000).json()["servers"]]


def test_a_machine_is_found_by_its_id_in_the_project_that_its_task_names(emulator: Emulator) -> None:
    target = next(one for one in emulator.fleet() if one["migration_cycle"] == "cutovered")["current_task"]
    machine = ask(emulator, target["project_id"], target["target_server"]["vm_id"]).json()["server"]
    assert machine["id"] == target["target_server"]["vm_id"]
    assert machine["name"] == target["target_server"]["name"]
    assert machine["tenant_id"] == target["project_id"]


def test_a_machine_of_another_project_is_not_found(emulator: Emulator) -> None:
    _project, ids = in_project(emulator)
    other = emulator.account["project_id"]
    assert ask(emulator, other, ids[0]).status_code == 404
    assert ask(emulator, other, "detail", server_id=ids[0]).json()["servers"][0].keys() == {"id", "fault"}


def test_the_disks_of_a_machine_are_those_of_its_server(emulator: Emulator) -> None:
    target = next(one for one in emulator.fleet() if one["migration_cycle"] == "cutovered")
    project, vm_id = target["current_task"]["project_id"], target["current_task"]["target_server"]["vm_id"]
    listed = ask(emulator, project, f"{vm_id}/block_device").json()["volumeAttachments"]
    sizes = [disk["size"] // 2**30 for disk in target["init_target_server"]["disks"]]
    assert [one["size"] for one in listed] == sizes
    assert [one["bootIndex"] == 0 for one in listed] == [True, *(False for _one in sizes[1:])]
    attached = ask(emulator, project, vm_id).json()["server"]["os-extended-volumes:volumes_attached"]
    assert [(one["id"], one["device"]) for one in attached] == [(one["volumeId"], one["device"]) for one in listed]
    assert [one["bootIndex"] == "0" for one in attached] == [one["bootIndex"] == 0 for one in listed]


def test_the_disks_of_a_machine_of_another_project_or_none_are_not_found(emulator: Emulator) -> None:
    _project, ids = in_project(emulator)
    own = emulator.account["project_id"]
    assert {ask(emulator, own, f"{one}/block_device").status_code for one in (ids[0], "unknown")} == {404}
    other = ask(emulator, "another", f"{ids[0]}/block_device", token=emulator.token)
    assert other.status_code == 403


def test_a_page_has_twenty_five_machines_and_pages_are_counted_from_one(emulator: Emulator) -> None:
    project, ids = in_project(emulator)
    first = ask(emulator, project, "detail").json()
    assert first["count"] == len(ids) > 50
    assert [one["id"] for one in first["servers"]] == ids[:25]
    assert (
        ask(emulator, project, "detail", offset=0).json() == ask(emulator, project, "detail", offset=1).json() == first
    )
    assert [one["id"] for one in ask(emulator, project, "detail", offset=2).json()["servers"]] == ids[25:50]
    assert [one["id"] for one in ask(emulator, project, "detail", marker=ids[24]).json()["servers"]] == ids[25:50]
    assert ask(emulator, project, "detail", offset=1000).json() == {"count": len(ids), "servers": []}


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"offset": -1}, {"offset": "x"}])
def test_a_page_that_makes_no_sense_is_refused(emulator: Emulator, query: dict) -> None:
    response = ask(emulator, emulator.account["project_id"], "detail", **query)
    assert response.status_code == 400
    assert next(iter(query)) in response.json()["error"]["message"]


def test_ids_select_machines_whatever_else_is_asked_and_unknown_ones_are_named(emulator: Emulator) -> None:
    project, ids = in_project(emulator)
    wanted = [ids[3], "nobody-knows", ids[1]]
    answer = ask(emulator, project, "detail", server_id=",".join([*wanted, ids[3]]), status="ERROR", name="x").json()
    assert answer["count"] == 3
    assert [one["id"] for one in answer["servers"]] == wanted
    assert answer["servers"][1].keys() == {"id", "fault"}
    assert answer["servers"][0]["status"]


def test_a_thousand_ids_fit_into_one_request(emulator: Emulator) -> None:
    project, ids = in_project(emulator)
    wanted = ids[:50] + [f"{number:08d}-0000-4000-a000-000000000000" for number in range(950)]
    answer = ask(emulator, project, "detail", server_id=",".join(wanted), limit=1000).json()
    assert [one["id"] for one in answer["servers"]] == wanted
    assert len(ask(emulator, project, "detail", server_id=",".join(wanted)).json()["servers"]) == 25


def test_machines_are_filtered_by_status_name_and_address(emulator: Emulator) -> None:
    project, ids = in_project(emulator)
    everything = ask(emulator, project, "detail", limit=1000).json()["servers"]
    active = [one["id"] for one in everything if one["status"] == "ACTIVE"]
    assert 0 < len(active) < len(ids)
    assert [
        one["id"] for one in ask(emulator, project, "detail", status="ACTIVE", limit=1000).json()["servers"]
    ] == active
    one = everything[0]
    address = next(iter(one["addresses"].values()))[0]["addr"]
    assert one["id"] in [found["id"] for found in ask(emulator, project, "detail", ip_eq=address).json()["servers"]]
    assert ask(emulator, project, "detail", name=one["name"]).json()["servers"][0]["name"] == one["name"]
    assert ask(emulator, project, "detail", name="no such name").json()["servers"] == []


def test_a_token_reaches_only_the_project_that_it_was_made_for(emulator: Emulator) -> None:
    project, ids = in_project(emulator)
    for name in ("detail", ids[0]):
        assert ask(emulator, project, name, token=emulator.token).status_code == 403
        assert ask(emulator, project, name, token=emulator.token_for(project)).status_code == 200
    own = emulator.account["project_id"]
    assert ask(emulator, own, "detail", token=emulator.token).json() == {"count": 0, "servers": []}
    assert ask(emulator, project, "detail", token="wrong").status_code == 401


def test_a_token_for_the_whole_account_reaches_no_project(emulator: Emulator) -> None:
    account = emulator.account
    user = {"domain": {"name": account["domain"]}, "name": account["user"], "password": account["password"]}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
    answer = requests.post(f"{emulator.auth_url}/auth/tokens", json={"auth": auth}, timeout=30)
    token = answer.headers["X-Subject-Token"]
    assert ask(emulator, account["project_id"], "detail", token=token).status_code == 403


def test_iam_knows_the_projects_that_servers_migrate_to_and_no_others(emulator: Emulator) -> None:
    emulator.change_fleet(register=[{"id": "new", "current_task": {"project_id": "mine", "project_name": "my name"}}])
    assert emulator.token_for("mine")
    with pytest.raises(OSError, match="404"):
        emulator.token_for("unknown")


def test_a_synthetic_fleet_migrates_to_one_project_in_each_of_three_regions(emulator: Emulator) -> None:
    assert len({(machine["region"], machine["project"]) for machine in emulator.machines()}) == 3
    assert len({machine["project"] for machine in emulator.machines()}) == 3


def test_a_path_below_a_region_finds_the_machines_of_that_region_alone(emulator: Emulator) -> None:
    machine = emulator.machines()[0]
    headers = {"X-Auth-Token": emulator.token_for(machine["project"])}
    path = f"v1/{machine['project']}/cloudservers/{machine['id']}"
    right = requests.get(f"{emulator.url}/regions/{machine['region']}/{path}", headers=headers, timeout=30)
    wrong = requests.get(f"{emulator.url}/regions/elsewhere/{path}", headers=headers, timeout=30)
    assert (right.status_code, wrong.status_code) == (200, 404)


@pytest.mark.slow
def test_a_machine_appears_is_built_boots_and_runs_as_its_server_migrates(emulator: Emulator) -> None:
    emulator.replace_fleet([{"id": "server-1", "name": "one", **WAITING}])
    seen: list[tuple[str, bool]] = []
    for _step in range(400):
        emulator.advance(40)
        found = [(one["status"], False) for one in emulator.machines()]
        if found and (not seen or found[0][0] != seen[-1][0]):
            machine = emulator.machines()[0]
            described = ask(emulator, machine["project"], machine["id"]).json()["server"]
            seen.append((described["status"], bool(described["addresses"])))
    assert seen == [("BUILD", False), ("ACTIVE", True), ("SHUTOFF", True), ("REBOOT", True), ("ACTIVE", True)]


def test_a_server_that_is_only_being_set_up_has_no_machine_yet(emulator: Emulator) -> None:
    task = {"id": "task", "project_id": "p", "region_id": "r", "target_server": {"vm_id": "vm", "name": "one"}}
    record = {"id": "server-1", "state": "initialize", "migration_cycle": "setting", "current_task": task}
    emulator.replace_fleet([record])
    assert emulator.machines() == []
    assert ask(emulator, "p", "vm").status_code == 404


def test_some_machines_are_gone_some_time_after_the_launch(emulator: Emulator) -> None:
    launched = {one["id"]: one for one in emulator.fleet() if one["migration_cycle"] == "cutovered"}
    targets = {one["current_task"]["target_server"]["vm_id"] for one in launched.values()}
    before = {machine["id"] for machine in emulator.machines()} & targets
    emulator.advance(4 * 3600)
    after = {machine["id"] for machine in emulator.machines()} & targets
    assert after < targets
    assert after <= before
    assert len(after) > 0.8 * len(targets)


def test_every_built_machine_has_one_primary_fixed_address_of_the_fourth_version(emulator: Emulator) -> None:
    for machine in all_described(emulator):
        addresses = [one for network in machine["addresses"].values() for one in network]
        if machine["status"] == "BUILD":
            assert addresses == []
            continue
        primary = [one for one in addresses if one.get("primary")]
        assert [one for one in primary if one["version"] == "4" and one["OS-EXT-IPS:type"] == "fixed"] == [primary[0]]
        assert len({one["OS-EXT-IPS-MAC:mac_addr"] for one in primary}) == 1
        for one in addresses:
            assert ipaddress.ip_address(one["addr"]).version == int(one["version"])


def test_machines_differ_in_floating_addresses_versions_and_interfaces(emulator: Emulator) -> None:
    networks = [machine["addresses"] for machine in all_described(emulator) if machine["addresses"]]
    flat = [[one for network in addresses.values() for one in network] for addresses in networks]
    floating = sum(any(one["OS-EXT-IPS:type"] == "floating" for one in addresses) for addresses in flat)
    assert 0.3 < floating / len(flat) < 0.7
    assert 0.1 < sum(any(one["version"] == "6" for one in addresses) for addresses in flat) / len(flat) < 0.5
    assert any(len(addresses) == 2 for addresses in networks)
    assert any(not addresses[0].get("primary") for addresses in flat), "the primary one is not always the first"


@pytest.mark.slow
def test_no_two_machines_share_an_address_and_all_are_reserved_for_tests_and_documentation() -> None:
    with Emulator(servers=1000) as emulator:
        networks = [network for machine in all_described(emulator) for network in machine["addresses"].values()]
        sources = [record["ip"] for record in emulator.fleet()]
    found = [(one["OS-EXT-IPS:type"], one["addr"]) for network in networks for one in network]
    private = [address for kind, address in found if kind == "fixed" and ":" not in address]
    public = [address for kind, address in found if kind == "floating"]
    documentation = [address for address in public if is_in(address, "203.0.113.0/24")]
    assert len(private) == len(set(private))
    assert len(public) == len(set(public)) > len(documentation) == 254
    assert all(is_in(address, "198.18.0.0/16") for address in sources)
    assert all(is_in(address, "198.19.0.0/17") for address in private)
    assert all(is_in(address, "198.19.128.0/17") for address in public if address not in documentation)
    assert all(is_in(address, "2001:db8::/32") for _kind, address in found if ":" in address)


def is_in(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def test_a_machine_keeps_its_addresses(emulator: Emulator) -> None:
    before = {machine["id"]: machine["addresses"] for machine in all_described(emulator)}
    emulator.advance(3600)
    after = {machine["id"]: machine["addresses"] for machine in all_described(emulator)}
    assert [one for one, addresses in before.items() if addresses and after.get(one, addresses) != addresses] == []


def test_a_task_without_a_public_address_gives_its_machine_none(emulator: Emulator) -> None:
    update = {}
    for record in emulator.fleet():
        if record["current_task"]:
            update[record["id"]] = {"current_task": {**record["current_task"], "use_public_ip": False}}
    emulator.change_fleet(update=update)
    described = all_described(emulator)
    assert described
    assert not any(
        one["OS-EXT-IPS:type"] == "floating"
        for machine in described
        for network in machine["addresses"].values()
        for one in network
    )


def test_a_test_can_change_what_is_said_of_a_machine_and_let_it_vanish(emulator: Emulator) -> None:
    project, ids = in_project(emulator)
    emulator.change_machines({ids[0]: {"status": "ERROR", "addresses": {}}, ids[1]: None})
    answer = ask(emulator, project, "detail", server_id=f"{ids[0]},{ids[1]}").json()["servers"]
    assert (answer[0]["status"], answer[0]["addresses"]) == ("ERROR", {})
    assert answer[1].keys() == {"id", "fault"}
    assert ask(emulator, project, ids[1]).status_code == 404
    emulator.reset()
    assert ask(emulator, project, ids[1]).status_code == 200


def test_changes_of_machines_that_make_no_sense_are_refused(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="expected an object"):
        emulator.change_machines({"id": "gone"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("ecs:cloudServers:listServersDetails", "detail"),
        ("ecs:cloudServers:list", "detail"),
        ("ecs:cloudServers:showServer", "x"),
        ("ecs:cloudServers:get", "x"),
    ],
)
def test_a_permission_can_be_denied_by_either_of_its_names(emulator: Emulator, action: str, name: str) -> None:
    emulator.set(denied=[action])
    response = ask(emulator, emulator.account["project_id"], name)
    assert response.status_code == 403
    assert action.rpartition(":")[0] in response.json()["error"]["message"]
    other = "x" if name == "detail" else "detail"
    assert ask(emulator, emulator.account["project_id"], other).status_code != 403


def test_faults_hit_ecs_by_their_path(emulator: Emulator) -> None:
    emulator.faults({"kind": "status", "path": "/v1/*/cloudservers/detail", "times": 1})
    own = emulator.account["project_id"]
    assert ask(emulator, own, "x").status_code == 404
    assert ask(emulator, own, "detail").status_code == 500
    assert ask(emulator, own, "detail").status_code == 200


def test_the_machines_of_the_example_are_those_of_its_tasks() -> None:
    with Emulator(project_id=EXAMPLE_PROJECT) as emulator:
        answer = ask(emulator, EXAMPLE_PROJECT, "detail", token=emulator.token).json()
        assert EXAMPLE_MACHINE in [one["id"] for one in answer["servers"]]
        assert (
            ask(emulator, EXAMPLE_PROJECT, EXAMPLE_MACHINE, token=emulator.token).json()["server"]["status"] == "ACTIVE"
        )
