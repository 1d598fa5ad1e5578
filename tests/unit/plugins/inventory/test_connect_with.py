# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option connect_with: which machine a host is reached at, and that nobody falls back to the source."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

SERVERS = 60
KINDS = {"target_private": "private_addresses", "target_public": "public_addresses"}


@pytest.fixture(scope="module")
def running_emulator():
    """One whose servers migrate to three regions."""
    with Emulator(servers=SERVERS) as emulator:
        yield emulator


@pytest.fixture
def connection(emulator):
    account = emulator.account
    return {
        "endpoint": emulator.url,
        "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}",
        "access_key": account["access_key"],
        "secret_key": account["secret_key"],
    }


@pytest.fixture
def asked(emulator):
    """Gives the requests that ECS has seen."""
    return lambda: [request for request in emulator.requests() if "/cloudservers" in request["path"]]


@pytest.fixture
def cut_over(emulator):
    records = [record for record in emulator.fleet() if record["migration_cycle"] == "cutovered"]
    assert records
    return records


def machine_id(record):
    return record["current_task"]["target_server"]["vm_id"]


def addresses(*entries):
    return {"vpc": [{"version": "4", "OS-EXT-IPS:type": kind, "addr": addr} for kind, addr in entries]}


def give_addresses(emulator, records):
    """Give each record's machine a private and a public address that follow from its place."""
    emulator.change_machines(
        {
            machine_id(record): {
                "status": "ACTIVE",
                "addresses": addresses(("fixed", f"192.0.2.{number}"), ("floating", f"203.0.113.{number}")),
            }
            for number, record in enumerate(records, 1)
        }
    )


def by_id(result):
    return {hostvars["sms_id"]: hostvars for hostvars in result.hosts.values()}


def test_without_the_option_hosts_are_their_sources_and_ecs_is_not_asked(emulator, inventory, asked, cut_over):
    hosts = by_id(inventory())
    assert all(hosts[record["id"]]["ansible_host"] == record["ip"] for record in emulator.fleet())
    assert not {"sms_target", "sms_source_address"} & {name for hostvars in hosts.values() for name in hostvars}
    assert asked() == []
    assert by_id(inventory(connect_with="source")) == hosts


@pytest.mark.parametrize(("kind", "network"), [("target_private", "192.0.2"), ("target_public", "203.0.113")])
def test_servers_that_are_cut_over_are_their_targets_and_all_others_their_sources(
    emulator, inventory, cut_over, kind, network
):
    give_addresses(emulator, cut_over)
    result = inventory(connect_with=kind)
    hosts = by_id(result)
    places = {record["id"]: number for number, record in enumerate(cut_over, 1)}
    for record in emulator.fleet():
        hostvars, place = hosts[record["id"]], places.get(record["id"])
        assert hostvars["sms_source_address"] == record["ip"]
        assert hostvars["ansible_host"] == (f"{network}.{place}" if place else record["ip"])
        assert hostvars["sms_target"] == (
            {
                "vm_id": machine_id(record),
                "name": record["current_task"]["target_server"]["name"],
                "status": "ACTIVE",
                "region_id": record["current_task"]["region_id"],
                "project_id": record["current_task"]["project_id"],
                "private_addresses": [f"192.0.2.{place}"],
                "public_addresses": [f"203.0.113.{place}"],
            }
            if place
            else None
        )
    assert "WARNING" not in result.messages


def test_ecs_is_asked_once_for_each_region(inventory, asked):
    inventory(connect_with="target_private")
    assert len(asked()) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_without_such_an_address_never_falls_back_to_its_source(emulator, inventory, cut_over, kind):
    give_addresses(emulator, cut_over)
    gone, bare, building, *_others = cut_over
    emulator.change_machines(
        {machine_id(gone): None, machine_id(bare): {"addresses": {}}, machine_id(building): {"addresses": None}}
    )
    result = inventory(connect_with=kind)
    hosts = by_id(result)
    for record in (gone, bare, building):
        assert hosts[record["id"]]["ansible_host"] == f"{record['id']}.target.invalid"
        assert hosts[record["id"]]["sms_source_address"] == record["ip"]
    assert hosts[gone["id"]]["sms_target"]["status"] is None
    assert result.messages.count("WARNING") == 1
    private_or_public = kind.removeprefix("target_")
    assert f"whose target has no {private_or_public} address or is gone: 3. Their ansible_host" in result.messages


def test_a_server_with_a_private_address_alone_has_no_public_one(emulator, inventory, cut_over):
    emulator.change_machines({machine_id(one): {"addresses": addresses(("fixed", "192.0.2.1"))} for one in cut_over})
    hosts = by_id(inventory(connect_with="target_public"))
    assert all(hosts[one["id"]]["ansible_host"].endswith(".invalid") for one in cut_over)


def test_a_server_for_which_sms_names_no_machine_has_no_target(emulator, inventory, cut_over):
    give_addresses(emulator, cut_over)
    emulator.change_fleet(update={cut_over[0]["id"]: {"current_task": None}})
    result = inventory(connect_with="target_private")
    hostvars = by_id(result)[cut_over[0]["id"]]
    assert hostvars["sms_target"] is None
    assert hostvars["ansible_host"].endswith(".target.invalid")
    assert "or is gone: 1." in result.messages


@pytest.mark.parametrize("odd", ["-oProxyCommand=touch executed", "192.0.2.1;id", "{{ 7*7 }}", "fe80::1%$(id)"])
def test_what_is_no_address_is_never_connected_to(emulator, inventory, cut_over, odd):
    changed = addresses(("fixed", odd), ("floating", odd))
    emulator.change_machines({machine_id(cut_over[0]): {"addresses": changed}})
    for kind in KINDS:
        hostvars = by_id(inventory(connect_with=kind))[cut_over[0]["id"]]
        assert hostvars["ansible_host"].endswith(".target.invalid")
        assert hostvars["sms_target"]["private_addresses"] == []


@pytest.mark.parametrize("server_id", ["{{ 7*7 }}", "-x", "a b/c", "ä", "x" * 300])
def test_the_name_that_leads_nowhere_is_one_whatever_the_id(emulator, inventory, cut_over, server_id):
    record = {**cut_over[0], "id": server_id, "current_task": None}
    emulator.replace_fleet([record])
    hostvars = by_id(inventory(connect_with="target_private"))[server_id]
    label, domain = hostvars["ansible_host"].split(".", 1)
    assert domain == "target.invalid"
    assert 0 < len(label) <= 63
    assert label.replace("-", "").isalnum()
    assert not label.startswith("-")


def test_filters_names_compose_and_groups_see_the_target(emulator, inventory, cut_over):
    give_addresses(emulator, cut_over)
    stopped = {"status": "SHUTOFF", "addresses": addresses(("fixed", "192.0.2.1"))}
    emulator.change_machines({machine_id(cut_over[0]): stopped})
    result = inventory(
        connect_with="target_private",
        hostnames=["sms_target.vm_id"],
        include_host_filters=["sms_target and sms_target.private_addresses | length == 1"],
        group_by=["target_status"],
        compose={"region_of_target": "sms_target.region_id"},
        keyed_groups=[{"key": "sms_target.region_id", "prefix": "in"}],
    )
    assert result.names == {machine_id(record) for record in cut_over}
    assert result.groups["target_status_shutoff"] == {machine_id(cut_over[0])}
    assert result.groups["target_status_active"] == {machine_id(record) for record in cut_over[1:]}
    for record in cut_over:
        assert result.hosts[machine_id(record)]["region_of_target"] == record["current_task"]["region_id"]
    assert any(group.startswith("in_") for group in result.groups)


def test_grouping_by_the_status_of_targets_needs_them(failure):
    message = failure(group_by=["target_status"])
    assert "target_status is known only with connect_with target_private or target_public" in message


def test_an_unknown_machine_to_connect_with_is_refused(failure):
    assert "connect_with" in failure(connect_with="elsewhere")


def test_variables_have_the_prefix_that_is_wanted(emulator, inventory, cut_over):
    hosts = inventory(connect_with="target_private", hostvars_prefix="m_").hosts
    assert all({"m_target", "m_source_address"} <= hostvars.keys() for hostvars in hosts.values())


def test_a_field_called_target_does_not_hide_the_target(emulator, inventory, cut_over):
    emulator.change_fleet(update={cut_over[0]["id"]: {"target": "a field of the service's"}})
    result = inventory(connect_with="target_private")
    assert by_id(result)[cut_over[0]["id"]]["sms_target"]["vm_id"] == machine_id(cut_over[0])
    assert "Fields whose variables would have names that others have: target is sms_target_" in result.messages


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 404, "times": 1}, "HTTP 404"),
        ({"kind": "status", "status": 403, "times": 1}, "ecs:cloudServers:list (roles and policies)"),
        ({"kind": "status", "status": 500}, "HTTP 500"),
        ({"kind": "body", "body": "{}", "times": 1}, "unexpected answer: servers is missing or no list"),
    ],
)
def test_ecs_that_cannot_be_asked_is_an_error_of_the_inventory(emulator, failure, fault, words):
    emulator.faults({"path": "/regions/*", **fault})
    message = failure(connect_with="target_private", retries=0)
    assert words in message
    assert "Could not look up target servers in ECS at" in message


def test_the_option_and_the_place_of_ecs_may_be_templates(emulator, source, read, cut_over, monkeypatch):
    monkeypatch.setenv("WHICH", "target_private")
    monkeypatch.setenv("WHERE", emulator.url)
    path = source(
        connect_with="{{ lookup('ansible.builtin.env', 'WHICH') }}",
        ecs_endpoint="{{ lookup('ansible.builtin.env', 'WHERE') }}/regions/{region_id}",
    )
    hosts = by_id(read(path))
    assert all(hosts[record["id"]]["sms_target"] for record in cut_over)


def test_the_environment_says_where_ecs_is(emulator, inventory, asked, monkeypatch):
    monkeypatch.setenv("HUAWEICLOUD_ECS_ENDPOINT", emulator.url)
    inventory(connect_with="target_private", ecs_endpoint=None)
    assert {request["path"].startswith("/v1/") for request in asked()} == {True}


def test_a_user_and_password_reach_all_projects(emulator, inventory, cut_over):
    account = emulator.account
    result = inventory(
        connect_with="target_private",
        access_key=None,
        secret_key=None,
        auth_url=emulator.auth_url,
        username=account["user"],
        password=account["password"],
        domain_name=account["domain"],
    )
    assert all(by_id(result)[record["id"]]["sms_target"]["vm_id"] == machine_id(record) for record in cut_over)


def test_a_token_for_another_project_is_one_error_that_names_both(emulator, failure, cut_over):
    project = cut_over[0]["current_task"]["project_id"]
    emulator.replace_fleet([record for record in cut_over if record["current_task"]["project_id"] == project])
    own = emulator.account["project_id"]
    message = failure(
        connect_with="target_private", access_key=None, secret_key=None, token=emulator.token, project_id=own
    )
    assert f"this is about the project {project}" in message
    assert f"is for the project {own}" in message


PLAY = """
- hosts: sms
  gather_facts: false
  tasks:
    - debug: {msg: "{{ sms_target.name }}{{ sms_target.status }}"}
    - debug: {var: sms_target}
    - debug: {msg: met}
      when: "{{ sms_target.name }}"
      ignore_errors: true
    - assert: {that: ["{{ sms_target.status }}"]}
      ignore_errors: true
"""


def test_what_ecs_says_is_never_evaluated(emulator, source, run_ansible, cut_over, tmp_path):
    texts = ["{{ lookup('pipe', 'touch executed') }}", "lookup('pipe', 'touch executed')"]
    emulator.replace_fleet(cut_over[: len(texts)])
    for record, text in zip(cut_over, texts, strict=False):
        changed = {"name": text, "status": text, "addresses": addresses(("fixed", text))}
        emulator.change_machines({machine_id(record): changed})
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    path = source(connect_with="target_private", group_by=["target_status"])
    completed = run_ansible("playbook", "-i", path, "play.yml")
    assert all(text in completed.stdout.replace("\\", "") for text in texts)
    listed = run_ansible("inventory", "-i", path, "--list")
    assert listed.returncode == 0, listed.stderr
    assert not (tmp_path / "executed").exists()


@pytest.fixture
def planned(cut_over, tmp_path):
    """The expression that looks an address up in a table, and the address of each server that is cut over."""
    table = tmp_path / "planned.csv"
    known = {record["id"]: f"192.0.2.{number}" for number, record in enumerate(cut_over[1:])}
    table.write_text("".join(f"{server_id},{address}\n" for server_id, address in known.items()), encoding="utf-8")
    lookup = f"lookup('ansible.builtin.csvfile', sms_id, file='{table}', delimiter=',', default='unplanned.invalid')"
    return lookup, {**known, cut_over[0]["id"]: "unplanned.invalid"}


def test_addresses_that_were_planned_come_from_a_table(emulator, source, read, planned):
    lookup, addresses = planned
    composed = {"ansible_host": f"{lookup} if sms_migration_cycle == 'cutovered' else ansible_host"}
    result = read(source(compose=composed, strict=True))
    if not result.names:
        # Before ansible-core 2.19, which the guide says.
        assert "lookups were disabled from templating" in result.messages
        return
    hosts = by_id(result)
    for record in emulator.fleet():
        assert hosts[record["id"]]["ansible_host"] == addresses.get(record["id"], record["ip"])


def test_a_play_takes_addresses_that_were_planned_from_a_table(source, run_ansible, planned, tmp_path):
    lookup, addresses = planned
    play = {
        "hosts": "migration_cycle_cutovered",
        "gather_facts": False,
        "vars": {"ansible_host": f"{{{{ {lookup} }}}}"},
    }
    play["tasks"] = [{"ansible.builtin.debug": {"msg": "[{{ sms_id }} at {{ ansible_host }}]"}}]
    (tmp_path / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    completed = run_ansible("playbook", "-i", source(), "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert dict(re.findall(r"\[(\S+) at (\S+)\]", completed.stdout)) == addresses


# The cache.


@pytest.mark.parametrize("order", [("10.yml", "20.yml"), ("20.yml", "10.yml")])
def test_a_server_that_two_files_list_is_reached_at_its_target_if_either_says_so(source, read, cut_over, order):
    with_targets, without = order
    source(with_targets, connect_with="target_private")
    folder = source(without, group="all_waves").parent
    result = read(folder)
    hosts = by_id(result)
    assert len(hosts) == SERVERS
    for record in cut_over:
        target = hosts[record["id"]]["sms_target"]
        assert hosts[record["id"]]["ansible_host"] in [*target["private_addresses"], f"{record['id']}.target.invalid"]
    assert "listed by files with different connect_with, and are reached at their targets" in result.messages


def test_files_that_agree_on_connect_with_are_not_warned_about(source, read):
    source("10.yml", connect_with="target_private")
    result = read(source("20.yml", connect_with="target_private").parent)
    assert "different connect_with" not in result.messages


def test_a_server_that_a_third_file_renames_is_still_reached_at_its_target(emulator, source, read, cut_over):
    server = cut_over[0]
    source("10.yml", connect_with="target_private", id=server["id"])
    source("20.yml", id=server["id"])
    give_addresses(emulator, cut_over)
    emulator.change_fleet(register=[{**server, "id": "another", "migration_cycle": "syncing"}])
    hosts = by_id(read(source("30.yml", id="another").parent))
    assert len(hosts) == 2
    assert hosts[server["id"]]["ansible_host"] == "192.0.2.1"
    assert hosts["another"]["ansible_host"] == server["ip"]


@pytest.fixture
def cached(source, read, tmp_path):
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    return lambda **others: read(source(**{**options, **others}))


def test_what_ecs_said_is_cached_with_the_records(emulator, cached, cut_over):
    first = cached(connect_with="target_private").hosts
    emulator.clear_requests()
    assert cached(connect_with="target_private").hosts == first
    assert emulator.requests() == []


def test_another_address_of_the_same_targets_takes_no_request(emulator, cached, cut_over):
    give_addresses(emulator, cut_over)
    cached(connect_with="target_private")
    emulator.clear_requests()
    hosts = by_id(cached(connect_with="target_public"))
    assert hosts[cut_over[0]["id"]]["ansible_host"] == "203.0.113.1"
    assert emulator.requests() == []


@pytest.mark.parametrize("before", ["source", "target_private"])
def test_a_list_without_targets_is_no_answer_to_who_wants_them(emulator, cached, asked, before):
    after = {"source": "target_private", "target_private": "source"}[before]
    cached(connect_with=before)
    emulator.clear_requests()
    hosts = by_id(cached(connect_with=after))
    assert any("sms_target" in hostvars for hostvars in hosts.values()) == (after != "source")
    assert emulator.requests()


def test_another_ecs_is_another_question(emulator, cached, asked):
    cached(connect_with="target_private")
    emulator.clear_requests()
    cached(connect_with="target_private", ecs_endpoint=emulator.url)
    assert asked()


def test_targets_that_were_changed_in_the_cache_are_fetched_anew(cached, tmp_path, emulator, asked):
    first = cached(connect_with="target_private").hosts
    [file] = (tmp_path / "cache").iterdir()
    entry = file.read_text(encoding="utf-8")
    changed = entry.replace("private_addresses", "public_addresses")
    assert changed != entry
    file.write_text(changed, encoding="utf-8")
    emulator.clear_requests()
    result = cached(connect_with="target_private")
    assert result.hosts == first
    assert asked()
    assert "cannot be used and is fetched anew" in result.messages
