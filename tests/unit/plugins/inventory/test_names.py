# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names: each host has one of its own by which it can be addressed, whatever the server is called."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

LINUX_SOURCES = {"linux_sources_1a9aee6c", "linux_sources_2d41ea08", "linux_sources_d8ab16fe"}
CONTROL_NODE = ["localhost", "127.0.0.1", "::1"]
GROUPS = ["all", "ungrouped", "sms", "state_error", "state_premiged", "os_type_windows"]
HOSTILE = [
    *CONTROL_NODE,
    *GROUPS,
    *("a:b", "web,db", "web db", "[web]", "web[1:3]", "web*", "web?", "!web", "&web", "~web", "@web", "web#1", "{web}"),
    *("x{{ lookup('pipe', 'touch pwned') }}", "{% for x in y %}", "$(touch pwned)", "`touch pwned`", "-vvv", "--help"),
    *("", " ", "\t", "web\n[all]\nlocalhost", "\x00\x1b[31mred\x7f", "a" * 255),
    *("сервер", "サーバー", "خادم", "e\u0301clair", "\u202egnitset", "local\u200bhost", "web\u00a0db", "web\u2028db"),
    *("web\u2029db", "\ud800", "web\udfff", "🖥️"),
]


def server_id(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


@pytest.fixture
def fleet(emulator):
    """Makes the emulator hold servers with these names."""

    def fleet(names):
        emulator.replace_fleet([{"id": server_id(number), "name": name} for number, name in enumerate(names)])

    return fleet


def names_by_id(result):
    return {hostvars["sms_id"]: name for name, hostvars in result.hosts.items()}


def test_servers_with_one_name_are_all_named_after_their_ids_too(inventory):
    names = inventory().names
    assert len(names) == 10
    assert names >= LINUX_SOURCES
    assert not names & {"linux sources", "linux_sources"}


def test_one_warning_says_which_hosts_were_renamed(inventory):
    messages = inventory().messages
    assert messages.count("[WARNING]") == 1
    assert all(name in messages for name in LINUX_SOURCES)
    assert "hostnames" in messages


def test_a_warning_about_many_hosts_is_short(inventory, fleet):
    fleet(["golden image"] * 30)
    messages = inventory().messages
    assert messages.count("[WARNING]") == 1
    assert messages.count("golden_image_") == 10
    assert "20 more" in messages


def test_no_warning_where_only_characters_were_replaced(inventory, fleet):
    fleet(["web server", "db:1"])
    result = inventory()
    assert result.names == {"web_server", "db_1"}
    assert result.messages == ""


def test_names_do_not_depend_on_the_order_of_the_listing(emulator, inventory):
    records = emulator.fleet()
    before = names_by_id(inventory())
    emulator.replace_fleet([{**record, "add_date": number} for number, record in enumerate(records)])
    assert [record["id"] for record in emulator.fleet()] == [record["id"] for record in reversed(records)]
    assert names_by_id(inventory()) == before


def test_a_second_listing_gives_the_same_names(inventory):
    assert names_by_id(inventory()) == names_by_id(inventory())


def test_filters_that_keep_one_of_several_do_not_give_it_the_plain_name(inventory):
    result = inventory(include_host_filters=["sms_id.startswith('1a9aee6c')"])
    assert result.names == {"linux_sources_1a9aee6c"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_host_can_be_addressed_by_its_name_and_nothing_else_can(inventory, fleet, tmp_path, name):
    fleet([name, "bystander"])
    result = inventory()
    assert len(result.names) == 2
    (host,) = result.names - {"bystander"}
    assert result.limited_to(host) == [host]
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("name", HOSTILE)
def test_awx_can_import_a_host_of_any_name(inventory, fleet, name):
    fleet([name])
    (host,) = inventory().names
    assert not set(host) & set(":,[]{}*?&!~@#\n\t ")
    assert host.isprintable()
    host.encode()


def test_hosts_with_hostile_names_live_side_by_side(inventory, fleet):
    fleet(HOSTILE)
    result = inventory()
    assert names_by_id(result).keys() == {server_id(number) for number in range(len(HOSTILE))}
    assert [result.limited_to(name) for name in sorted(result.names)] == [[name] for name in sorted(result.names)]


@pytest.mark.parametrize("name", CONTROL_NODE)
def test_no_server_becomes_the_control_node(inventory, fleet, name):
    fleet([name])
    result = inventory()
    assert result.names == {f"{name.replace(':', '_')}_00000000"}
    assert "control node" in result.messages
    assert [host.vars.get("sms_id") for host in result.manager.list_hosts(name)] == [None]


@pytest.mark.parametrize("name", GROUPS)
def test_no_server_has_the_name_of_a_group(inventory, fleet, name):
    fleet([name])
    result = inventory()
    assert result.names == {f"{name}_00000000"}
    assert "with a group" in result.messages


def test_no_server_has_the_name_of_a_group_that_another_server_makes(emulator, inventory):
    emulator.replace_fleet(
        [{"id": server_id(0), "name": "state_new"}, {"id": server_id(1), "name": "b", "state": "new"}]
    )
    result = inventory()
    assert result.names == {"state_new_00000000", "b"}
    assert result.groups["state_new"] == {"b"}


@pytest.mark.parametrize(
    "options",
    [
        {"groups": {"web": "true"}},
        {"keyed_groups": [{"key": "'web'", "separator": ""}]},
        {"group": "web"},
    ],
)
def test_no_server_has_the_name_of_a_group_that_the_user_makes(inventory, fleet, options):
    fleet(["web", "db"])
    result = inventory(**options)
    assert result.names == {"web_00000000", "db"}
    assert result.groups["web"] == {"web_00000000", "db"}
    assert result.messages.count("[WARNING]") == 1


def test_no_server_has_the_name_of_a_group_of_another_source(source, read, fleet, tmp_path):
    fleet(["web"])
    static = tmp_path / "a_static.yml"
    static.write_text("all: {children: {web: {hosts: {static: }}}}")
    result = read(static, source(), plugins=("yaml", "huaweicloud.sms.source_servers"))
    assert result.names == {"static", "web_00000000"}
    assert result.groups["web"] == {"static"}


@pytest.mark.parametrize("name", [".", "..", "../secret", "../group_vars/secret", "x/../../secret"])
def test_a_name_leads_to_no_variables_of_other_hosts_or_groups(inventory, fleet, tmp_path, name):
    for folder in (tmp_path, tmp_path / "host_vars" / "x", tmp_path / "group_vars"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "secret.yml").write_text("stolen: true")
    fleet([name])
    result = inventory()
    (host,) = result.names
    assert "stolen" not in result.variables_of(host)


def test_servers_of_several_files_do_not_share_names_either(emulator, source, read):
    emulator.replace_fleet([{"id": state, "name": "web", "state": state} for state in ("error", "waiting")])
    files = [source(f"{state}.yml", state=state) for state in ("error", "waiting")]
    result = read(*files)
    assert names_by_id(result) == {"error": "web_error", "waiting": "web_waiting"}
    assert result.groups["state_error"] == {"web_error"}
    assert result.groups["sms"] == {"web_error", "web_waiting"}
    assert "web" not in result.names | result.groups.keys()


def test_a_server_in_several_files_is_one_host(source, read):
    result = read(source("all.yml"), source("finished.yml", state="finished", group="done"))
    assert len(result.names) == 10
    assert result.groups["done"] == {"sms-test", "sms-win16", "smsc-test"}


def test_a_host_of_another_source_with_the_name_of_a_server_is_warned_about(source, read, tmp_path):
    static = tmp_path / "a_static.yml"
    static.write_text("all: {hosts: {sms-test: {mine: 1}}}")
    result = read(static, source(), plugins=("yaml", "huaweicloud.sms.source_servers"))
    assert result.hosts["sms-test"]["mine"] == 1
    assert "Source servers have the names of hosts from other inventory sources" in result.messages


def test_a_name_that_clashes_with_another_servers_new_name_is_made_longer(emulator, inventory):
    first, second = f"{'1' * 8}-a", f"{'1' * 8}-b"
    records = [
        {"id": first, "name": "web"},
        {"id": second, "name": "web"},
        {"id": server_id(9), "name": f"web_{first}"},
    ]
    emulator.replace_fleet(records)
    result = inventory()
    assert names_by_id(result) == {
        first: f"web_{first}",
        second: f"web_{second}",
        server_id(9): f"web_{first}_00000009",
    }
    assert "web" not in result.names | result.groups.keys()


def test_ids_may_be_hostile_too(emulator, inventory, tmp_path):
    identifiers = ["{{ lookup('pipe', 'touch pwned') }}", "a,b", "a:b:c", "localhost", "é\ud800"]
    emulator.replace_fleet([{"id": identifier, "name": "same"} for identifier in identifiers])
    result = inventory()
    assert set(names_by_id(result)) == {*identifiers[:-1], "é\ufffd"}
    assert all(result.limited_to(name) == [name] for name in result.names)
    assert not list(tmp_path.rglob("pwned"))


def test_servers_whose_ids_differ_in_special_characters_alone_are_an_error(emulator, failure):
    emulator.replace_fleet([{"id": "a:b", "name": "same"}, {"id": "a,b", "name": "same"}])
    assert "cannot be given a name of its own" in failure()


def test_groups_named_after_the_hosts_themselves_are_an_error_that_says_what_to_do(fleet, failure):
    fleet(["web"])
    message = failure(keyed_groups=[{"key": "inventory_hostname", "separator": ""}])
    assert "give keyed_groups a prefix" in message
