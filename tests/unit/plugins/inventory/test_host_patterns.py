# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host pattern of an event matches the host of its server or no host, whatever the server is called."""

from __future__ import annotations

import asyncio
import importlib.util
import uuid

import pytest
import yaml
from ansible_collections.huaweicloud.sms.tests.tools import programs

pytestmark = pytest.mark.core

EVENT_SOURCE = programs.COLLECTION / "extensions" / "eda" / "plugins" / "event_source" / "source_servers.py"
GROUP_BY = ["state", "os_type", "migration_cycle", "id"]
PLUGINS = ("yaml", "huaweicloud.sms.source_servers")
PATTERNS = ["a:b", "a,b", "web*", "~x", "x[0]", "!x", "&x", "-x", "@x", "", "{{ 7 * 7 }}", "büro (1)"]
GROUPS = ["all", "ungrouped", "sms", "state_error", "databases", "one"]
NAMES = [*PATTERNS, *GROUPS, "localhost", "web", "web", "static", "x", "a"]


def identifier(number):
    """An ID such as those of SMS."""
    return str(uuid.UUID(int=number + (0xABCDEF << 100)))


def id_pattern(server_id):
    """The group of an ID, in the form that the guide shows."""
    return "id_" + server_id.replace("-", "_")


@pytest.fixture
def servers(emulator):
    """Makes the emulator hold servers with these names, and gives the name of each by its ID."""

    def servers(names):
        records = [
            {"id": identifier(number), "name": name, "state": "error", "ip": f"192.0.2.{number}"}
            for number, name in enumerate(names, 1)
        ]
        emulator.replace_fleet(records)
        return {record["id"]: record["name"] for record in records}

    return servers


@pytest.fixture
def patterns(connection):
    """The host pattern of each server, by its ID, from the events of the event source."""

    async def collect():
        # By its path, as the rulebook engine does.
        spec = importlib.util.spec_from_file_location("event_source_of_patterns", EVENT_SOURCE)
        plugin = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(plugin)
        queue = asyncio.Queue()
        source = asyncio.ensure_future(plugin.main(queue, {**connection, "emit_existing": True, "interval": 600}))
        first = await asyncio.wait_for(queue.get(), 60)
        source.cancel()
        events = [first, *(queue.get_nowait() for _number in range(queue.qsize()))]
        return {event["sms"]["server"]["id"]: event["sms"]["host_pattern"] for event in events}

    return lambda: asyncio.run(collect())


def ids_matched(result, pattern):
    """The IDs of the servers that a limit and a play of this pattern have; ``static`` for another host."""
    names = result.limited_to(pattern)
    assert names == [host.name for host in result.manager.get_hosts(pattern)]
    return {str(result.hosts[name].get("sms_id", "static")) for name in names}


def test_a_pattern_matches_the_host_of_its_server_alone(servers, patterns, inventory):
    known = servers(NAMES)
    result = inventory(group_by=GROUP_BY)
    found = patterns()
    assert found.keys() == known.keys()
    assert {server_id: ids_matched(result, pattern) for server_id, pattern in found.items()} == {
        server_id: {server_id} for server_id in known
    }


def test_no_host_or_group_of_another_source_is_matched(servers, patterns, source, read, tmp_path):
    """Among them groups with a single source server: a play on the name of another server would run on that one."""
    known = servers(NAMES)
    static = tmp_path / "z_static.yml"
    children = {
        "databases": {"hosts": {"static": None, "x": None}},
        "one": {"hosts": {"a": None}},
        "web": {"hosts": {"another": None}},
        "x": {"hosts": {"static": None}},
    }
    static.write_text(yaml.safe_dump({"all": {"children": children}}))
    result = read(source(group_by=GROUP_BY), static, plugins=PLUGINS)
    for server_id, pattern in patterns().items():
        assert ids_matched(result, pattern) == {server_id}, known[server_id]


@pytest.mark.parametrize("hostnames", [["id"], ["ip"], ["'db-' ~ sms_id[:13]"]])
def test_the_option_hostnames_does_not_matter(servers, patterns, inventory, hostnames):
    known = servers(["web", "db", "all"])
    result = inventory(group_by=["id"], hostnames=hostnames)
    assert [ids_matched(result, pattern) for pattern in patterns().values()] == [{server_id} for server_id in known]


def test_a_server_that_the_inventory_does_not_have_is_nothing(servers, patterns, inventory):
    """Also where another server has the name of the group that it would be."""
    servers(["hidden", id_pattern(identifier(1)), "web"])
    hidden, *others = patterns().values()
    for options in ({"group_by": GROUP_BY}, {}):
        result = inventory(exclude_host_filters=["sms_name == 'hidden'"], **options)
        assert len(result.names) == 2
        assert ids_matched(result, hidden) == set()
    result = inventory()
    assert [ids_matched(result, pattern) for pattern in others] == [set(), set()]


def test_the_pattern_is_the_group_of_the_id_as_the_guide_shows_it(servers, patterns):
    known = servers(["web"])
    assert list(patterns().values()) == [id_pattern(server_id) for server_id in known]


def test_ids_that_differ_in_special_characters_alone_have_patterns_of_their_own(emulator, patterns, inventory):
    identifiers = ["a-b", "a_b", "A-B", "all", "*", "ä", identifier(1).upper(), identifier(1)]
    emulator.replace_fleet([{"id": one, "name": f"server-{number}"} for number, one in enumerate(identifiers)])
    result = inventory(group_by=["id"])
    found = patterns()
    assert len({*found.values()}) == len(identifiers)
    assert all(ids_matched(result, pattern) == {one} for one, pattern in found.items())
