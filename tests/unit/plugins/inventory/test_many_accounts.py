# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several files for several accounts and regions make one inventory, in which no server is lost or merged silently."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import ansible.constants as C
import pytest
from ansible.errors import AnsibleError
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

pytestmark = pytest.mark.core

PLUGINS = ("huaweicloud.sms.source_servers", "yaml")


class Account(NamedTuple):
    """An account whose servers an emulator of its own holds.

    :ivar write: writes its inventory file, with further options.
    """

    emulator: Emulator
    write: object


def server(account, number=0, **fields):
    """A record; no ID is in two accounts."""
    return {"id": f"{ord(account):04x}{number:04x}-0000-4000-8000-000000000000", "name": "web", **fields}


@pytest.fixture(scope="module")
def other_emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def account(running_emulator, other_emulator, source, tmp_path):
    """Gives accounts: ``a``, ``c`` and ``d`` are in one region, ``b`` is in another."""
    running_emulator.reset()
    other_emulator.reset()
    (tmp_path / "inventory").mkdir()

    def account(letter):
        emulator = other_emulator if letter == "b" else running_emulator

        def write(file=f"{letter}_sms.yml", **options):
            connection = {"endpoint": emulator.url, "token": emulator.token, "group": f"sms_{letter}"}
            return source(f"inventory/{file}", **{**connection, **options})

        return Account(emulator, write)

    return account


@pytest.fixture
def two(account):
    """Two accounts that hold what they are given, with the files written."""

    def two(first, second, **options):
        accounts = account("a"), account("b")
        for one, records in zip(accounts, (first, second), strict=True):
            one.emulator.replace_fleet(records)
            one.write(**options)
        return accounts

    return two


@pytest.fixture
def folder(read, tmp_path):
    """Lets Ansible read the folder of inventory files."""
    return lambda: read(tmp_path / "inventory", plugins=PLUGINS)


@pytest.fixture
def static(tmp_path):
    """Writes a file of Ansible's own into the folder."""
    return lambda file, text: (tmp_path / "inventory" / file).write_text(text)


def ids(result):
    """The server that each host stands for, by the host's name."""
    return {name: hostvars["sms_id"] for name, hostvars in result.hosts.items() if "sms_id" in hostvars}


def test_a_folder_of_files_is_one_inventory(account, folder):
    for letter in "ab":
        account(letter).write()
    account("b").emulator.replace_fleet([server("b", 1, name="db"), server("b", 2, name="app")])
    result = folder()
    assert len(result.names) == 12
    assert result.groups["sms_b"] == {"db", "app"}
    assert len(result.groups["sms_a"]) == 10
    assert not result.groups["sms_a"] & result.groups["sms_b"]


def test_servers_of_one_name_in_two_accounts_are_both_named_after_their_ids(two, folder):
    two([server("a")], [server("b")])
    result = folder()
    assert ids(result) == {"web_00610000": server("a")["id"], "web_00620000": server("b")["id"]}
    assert result.groups["sms_a"] == {"web_00610000"}
    assert result.groups["sms_b"] == {"web_00620000"}
    assert "web" not in result.names | result.groups.keys()


def test_the_warning_names_all_hosts_that_were_renamed_also_those_of_earlier_files(two, folder):
    two([server("a")], [server("b")])
    messages = folder().messages
    assert "share a name" in messages
    assert "web_00610000" in messages
    assert "web_00620000" in messages


@pytest.mark.parametrize("order", list(permutations("abcd")), ids="".join)
def test_names_do_not_depend_on_the_order_of_the_files(account, folder, order):
    account("a").emulator.replace_fleet([server(letter, state=letter) for letter in "acd"])
    account("b").emulator.replace_fleet([server("b", state="b"), server("b", 1, name="db")])
    for position, letter in enumerate(order):
        account(letter).write(f"{position}.yml", **({} if letter == "b" else {"state": letter}))
    result = folder()
    assert ids(result) == {
        **{f"web_{server(letter)['id'][:8]}": server(letter)["id"] for letter in "abcd"},
        "db": server("b", 1)["id"],
    }
    assert all(f"web_{server(letter)['id'][:8]}" in result.groups[f"sms_{letter}"] for letter in "abcd")


@pytest.mark.parametrize("files", [2, 3])
def test_each_host_has_the_variables_and_groups_of_its_own_server(account, folder, files):
    account("a").emulator.replace_fleet([server("a", ip="192.0.2.1", state="syncing"), server("c", state="error")])
    account("b").emulator.replace_fleet([server("b", ip="192.0.2.2", state="finished")])
    options = {"compose": {"region": "'one'"}, "keyed_groups": [{"key": "sms_state", "prefix": "is"}]}
    account("a").write(state="syncing", **options)
    account("b").write(**{**options, "compose": {"region": "'two'"}})
    if files == 3:
        account("c").write(state="error")
    result = folder()
    first, second = result.hosts["web_00610000"], result.hosts["web_00620000"]
    assert (first["ansible_host"], first["region"], first["sms_state"]) == ("192.0.2.1", "one", "syncing")
    assert (second["ansible_host"], second["region"], second["sms_state"]) == ("192.0.2.2", "two", "finished")
    assert result.groups["is_syncing"] == result.groups["state_syncing"] == {"web_00610000"}
    assert result.groups["is_finished"] == result.groups["state_finished"] == {"web_00620000"}


def test_each_host_tells_the_file_that_it_comes_from(two, folder):
    two([server("a")], [server("b")])
    hosts = folder().manager.hosts
    assert hosts["web_00610000"].vars["inventory_file"].endswith("a_sms.yml")
    assert hosts["web_00620000"].vars["inventory_file"].endswith("b_sms.yml")


def test_renaming_leaves_no_trace_of_the_first_name(two, folder):
    two([server("a", state="syncing")], [server("b", state="syncing")])
    result = folder()
    assert "web" not in result.names
    assert all("web" not in hosts for hosts in result.groups.values())
    assert "ungrouped" not in {group.name for host in result.manager.hosts.values() for group in host.groups}


def test_a_renamed_host_is_in_the_same_groups_directly_as_one_that_is_not(two, folder):
    options = {"keyed_groups": [{"key": "sms_name[:1]", "prefix": "on", "parent_group": "sites"}]}
    two([server("a"), server("a", 1, name="wall")], [server("b")], **options)
    groups = folder().manager.groups
    assert {host.name for host in groups["on_w"].hosts} == {"web_00610000", "web_00620000", "wall"}
    assert groups["sites"].hosts == []


def test_a_server_that_two_files_list_is_one_host(account, folder):
    records = [server("a", state="syncing"), server("a", 1, name="db", state="error")]
    account("a").emulator.replace_fleet(records)
    account("a").write()
    account("c").write(state="syncing", group="wave")
    result = folder()
    assert ids(result) == {"web": records[0]["id"], "db": records[1]["id"]}
    assert result.groups["wave"] == {"web"}
    assert result.messages == ""


def test_a_server_that_two_files_list_stays_one_host_when_a_third_brings_its_name_again(account, folder):
    account("a").emulator.replace_fleet([server("a")])
    account("b").emulator.replace_fleet([server("b")])
    account("a").write()
    account("c").write(group="wave")
    account("b").write("d.yml")
    result = folder()
    assert set(result.names) == {"web_00610000", "web_00620000"}
    assert result.groups["wave"] == result.groups["sms_a"] == {"web_00610000"}


def test_a_server_named_like_the_group_of_another_account_gets_its_id(two, folder):
    two([server("a", name="sms_b")], [server("b")])
    result = folder()
    assert set(result.names) == {"sms_b_00610000", "web"}
    assert result.groups["sms_b"] == {"web"}


def test_a_static_file_may_add_variables_to_a_server_and_a_warning_says_so(account, folder, static):
    account("a").emulator.replace_fleet([server("a")])
    account("a").write("b_sms.yml")
    static("a_static.yml", "all: {hosts: {web: {mine: 1}}}")
    result = folder()
    assert result.hosts["web"]["mine"] == 1
    assert result.hosts["web"]["sms_id"] == server("a")["id"]
    assert "Source servers have the names of hosts from other inventory sources" in result.messages


def test_a_static_file_behind_the_others_adds_variables_too(account, folder, static):
    account("a").emulator.replace_fleet([server("a")])
    account("a").write()
    static("z_static.yml", "all: {hosts: {web: {mine: 1}}}")
    result = folder()
    assert (result.hosts["web"]["mine"], result.hosts["web"]["sms_id"]) == (1, server("a")["id"])


@pytest.mark.parametrize("file", ["a_static.yml", "b_static.yml"])
def test_what_a_static_file_says_of_a_name_is_given_to_none_of_several_servers(account, folder, static, file):
    account("a").emulator.replace_fleet([server("a")])
    account("b").emulator.replace_fleet([server("b")])
    account("a").write("a_sms.yml" if file == "b_static.yml" else "b_sms.yml")
    account("b").write("c_sms.yml")
    static(file, "all: {hosts: {web: {mine: 1}}}")
    result = folder()
    assert ids(result) == {"web_00610000": server("a")["id"], "web_00620000": server("b")["id"]}
    assert result.hosts["web"] == {"mine": 1}
    assert not {"mine"} & (result.hosts["web_00610000"].keys() | result.hosts["web_00620000"].keys())
    assert result.groups["sms_a"] == {"web_00610000"}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("state_syncing", {"a1", "b1"}),
        ("state_syncing:&sms_b", {"b1"}),
        ("sms_a:!state_syncing", {"a2"}),
        ("state_error:sms_b", {"a2", "b1", "b2"}),
        ("state_cloning:&sms_b", set()),
    ],
)
def test_patterns_combine_state_and_account(two, folder, pattern, names):
    two(
        [server("a", 1, name="a1", state="syncing"), server("a", 2, name="a2", state="error")],
        [server("b", 1, name="b1", state="syncing"), server("b", 2, name="b2", state="finished")],
    )
    assert set(folder().limited_to(pattern)) == names


def test_names_with_the_accounts_prefix_need_no_ids(account, folder):
    for letter in "ab":
        account(letter).emulator.replace_fleet([server(letter)])
        account(letter).write(hostnames=[f"'{letter}-' ~ sms_name"])
    result = folder()
    assert ids(result) == {"a-web": server("a")["id"], "b-web": server("b")["id"]}
    assert result.messages == ""


def test_each_file_may_have_its_own_variables(account, folder):
    account("a").emulator.replace_fleet([server("a")])
    account("b").emulator.replace_fleet([server("b")])
    account("a").write(hostvars_prefix="hw_")
    account("b").write()
    hosts = folder().hosts
    assert "sms_id" not in hosts["web_00610000"]
    assert hosts["web_00610000"]["hw_id"] == server("a")["id"]
    assert hosts["web_00620000"]["sms_id"] == server("b")["id"]


@pytest.mark.parametrize("failing", "ab")
def test_the_hosts_of_the_others_are_complete_when_one_account_fails(two, folder, failing):
    accounts = dict(zip("ab", two([server("a")], [server("b")]), strict=True))
    accounts[failing].emulator.faults({"kind": "status", "status": 403})
    result = folder()
    assert set(ids(result).values()) == {server(letter)["id"] for letter in "ab" if letter != failing}
    assert f"{failing}_sms.yml" in result.messages
    assert "HTTP 403" in result.messages


@pytest.mark.parametrize("failing", "ab")
def test_one_failing_account_stops_everything_on_demand(two, folder, monkeypatch, failing):
    accounts = dict(zip("ab", two([server("a")], [server("b")]), strict=True))
    accounts[failing].emulator.faults({"kind": "status", "status": 403})
    monkeypatch.setattr(C, "INVENTORY_ANY_UNPARSED_IS_FAILED", True)
    with pytest.raises(AnsibleError, match=f"{failing}_sms.yml"):
        folder()


def test_an_account_whose_hosts_cannot_be_made_leaves_those_of_the_others(account, folder):
    account("a").emulator.replace_fleet([server("a", state="syncing")])
    account("b").emulator.replace_fleet([server("b", 1, name="db"), server("b")])
    account("a").write()
    account("b").write(compose={"x": "no_such_variable"}, strict=True)
    result = folder()
    (name,) = result.names
    assert result.hosts[name]["sms_id"] == server("a")["id"]
    assert result.groups["sms_a"] == result.groups["state_syncing"] == {name}
    assert "sms_b" not in result.groups


def test_a_thousand_shared_names_are_told_apart(two, folder):
    names = [f"host{number}" for number in range(500)]
    two(*([server(letter, number, name=name) for number, name in enumerate(names)] for letter in "ab"))
    result = folder()
    assert len(set(ids(result).values())) == len(result.names) == 1000
    assert result.messages.count("[WARNING]") == 1


def test_accounts_do_not_share_a_cache_folder_s_entries(two, folder, tmp_path):
    options = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}
    accounts = two([server("a")], [server("b")], **options)
    fetched = folder()
    assert len(list((tmp_path / "cache").iterdir())) == 2
    for one in accounts:
        one.emulator.clear_requests()
    cached = folder()
    assert [one.emulator.requests() for one in accounts] == [[], []]
    assert cached.hosts == fetched.hosts
    assert list(cached.hosts) == list(fetched.hosts)


def test_a_second_reading_gives_the_same_names_in_the_same_order(two, folder):
    two([server("a"), server("a", 1, name="db")], [server("b"), server("b", 2, name="app")])
    first, second = folder(), folder()
    assert list(first.hosts) == list(second.hosts)
    assert first.hosts == second.hosts


@pytest.mark.parametrize("position", ["a_static.yml", "z_static.yml"])
def test_a_static_host_stays_what_it_is_beside_several_servers_of_its_name(account, folder, static, position):
    account("a").emulator.replace_fleet([server("a", ip="192.0.2.1")])
    account("b").emulator.replace_fleet([server("b", ip="192.0.2.2")])
    account("a").write("b_sms.yml")
    account("b").write("c_sms.yml")
    static(position, "prod: {hosts: {web: {ansible_host: 198.51.100.7, mine: 1}}}")
    result = folder()
    assert result.hosts["web"] == {"ansible_host": "198.51.100.7", "mine": 1}
    assert result.groups["prod"] == {"web"}
    assert ids(result) == {"web_00610000": server("a")["id"], "web_00620000": server("b")["id"]}
    assert result.groups["sms_a"] == {"web_00610000"}
    assert result.groups["sms_b"] == {"web_00620000"}


def test_a_static_host_stays_what_it_is_when_a_group_gets_its_name(account, folder, static):
    account("a").emulator.replace_fleet([server("a")])
    account("a").write("b_sms.yml", keyed_groups=[{"key": "'web'", "separator": ""}])
    static("a_static.yml", "prod: {hosts: {web: {mine: 1}}}")
    result = folder()
    assert result.hosts["web"] == {"mine": 1}
    assert ids(result) == {"web_00610000": server("a")["id"]}


def test_a_host_that_is_renamed_has_the_values_and_groups_of_its_new_name(two, folder):
    options = {
        "compose": {"fqdn": "inventory_hostname ~ '.example.com'"},
        "keyed_groups": [{"key": "inventory_hostname", "prefix": "is"}],
        "groups": {"early": "inventory_hostname == 'web'"},
    }
    two([server("a")], [server("b")], **options)
    result = folder()
    assert {name: hostvars["fqdn"] for name, hostvars in result.hosts.items()} == {
        "web_00610000": "web_00610000.example.com",
        "web_00620000": "web_00620000.example.com",
    }
    assert result.groups["is_web_00610000"] == {"web_00610000"}
    assert not result.groups.get("early")
    assert not result.groups.get("is_web")


def test_a_server_that_two_files_call_differently_is_one_host(account, folder):
    account("a").emulator.replace_fleet([server("a", name="web one")])
    account("a").write(hostnames=["name"])
    account("c").write(hostnames=["sms_name | replace(' ', '-')"], compose={"second": "'yes'"})
    result = folder()
    assert ids(result) == {"web_one": server("a")["id"]}
    assert result.groups["sms_a"] == result.groups["sms_c"] == {"web_one"}
    assert result.hosts["web_one"]["second"] == "yes"
    assert result.messages == ""


def test_what_each_of_two_files_says_of_a_server_moves_with_it(account, folder):
    account("a").emulator.replace_fleet([server("a")])
    account("b").emulator.replace_fleet([server("b")])
    account("a").write("a.yml", compose={"first": "inventory_hostname"})
    account("c").write("b.yml", compose={"second": "inventory_hostname"})
    account("b").write("d.yml")
    hostvars = folder().hosts["web_00610000"]
    assert (hostvars["first"], hostvars["second"]) == ("web_00610000", "web_00610000")


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"x": "no_such_variable"}, "strict": True},
        {"exclude_host_filters": ["1 / 0"]},
    ],
)
def test_a_file_that_fails_changes_nothing_of_another(account, folder, options):
    account("a").emulator.replace_fleet([server("a")])
    account("b").emulator.replace_fleet([server("b")])
    account("a").write()
    before = folder()
    account("b").write(**options)
    after = folder()
    assert (after.hosts, after.groups) == (before.hosts, before.groups)


def test_a_play_on_the_group_of_a_source_that_fails_is_no_success(account, run_ansible, tmp_path):
    account("a").emulator.faults({"kind": "status", "status": 403})
    account("a").write(group="sms")
    (tmp_path / "play.yml").write_text("- {hosts: sms, gather_facts: false, tasks: []}")
    completed = run_ansible("playbook", "-i", tmp_path / "inventory", "play.yml", ANSIBLE_HOST_PATTERN_MISMATCH="error")
    assert completed.returncode != 0
