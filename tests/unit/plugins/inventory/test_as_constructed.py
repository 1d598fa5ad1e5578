# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions give what ansible.builtin.constructed gives for the same hosts, on every ansible-core."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.core

EXPRESSIONS = [
    *("sms_name", "sms_name | lower", "sms_name ~ '-' ~ sms_ip", "sms_ip.split('.')[0]", "sms_name[:4]"),
    *("sms_memory", "sms_memory / 3", "sms_cpu_quantity + 1", "sms_connected and sms_oem_system"),
    *("sms_os_type == 'LINUX'", "sms_state in ['error', 'syncing']", "sms_name is match('s')"),
    *("sms_os_type | lower | replace('win', 'x')", "sms_os_version | regex_replace('_.*', '')"),
    *("sms_init_target_server", "sms_init_target_server.disks | map(attribute='size') | sum"),
    *("sms_init_target_server.disks[0].name", "sms_failed_checks | map(attribute='name') | list"),
    *("sms_current_task.state | default('none')", "sms_nosuch | default(sms_name)", "sms_nosuch", "1 / 0"),
    *("'a' if sms_connected", "{'a': sms_name, 'b': [sms_memory]}", "(sms_name, 1)", "range(3) | list", "none"),
    *("'1.10'", "'[1, 2]'", "'yes'", "sms_progress", "inventory_hostname | upper", "'\\\\d' ~ sms_name"),
]
CONDITIONS = [
    *(
        "sms_os_type == 'LINUX'",
        "sms_connected",
        "sms_failed_checks",
        "sms_name is match('s')",
        "sms_nosuch is defined",
    ),
    *("sms_nosuch == 1", "true", "x0 == sms_name", "'sms' in group_names", "inventory_hostname != sms_ip", "x5 == 1"),
    "'cond_0' in group_names or sms_connected",
]
KEYS = [
    {"key": "sms_os_type | lower", "prefix": "k"},
    {"key": "sms_name", "separator": "-"},
    {"key": "sms_init_target_server.disks | map(attribute='name') | list", "prefix": "disk", "parent_group": "disks"},
    {"key": "sms_nosuch", "prefix": "no", "default_value": "none"},
    {"key": "{'state': sms_state, 'os': sms_os_type}", "prefix": "d"},
    {"key": "sms_hostname", "prefix": "h", "default_value": "without"},
    {"key": "group_names", "prefix": "in"},
]
CONSTRUCTED = {
    "compose": {f"x{number}": expression for number, expression in enumerate(EXPRESSIONS)},
    "groups": {f"cond_{number}": condition for number, condition in enumerate(CONDITIONS)},
    "keyed_groups": KEYS,
}
# Values of every type.
ODD_SERVERS = [
    {"name": "1.10", "hostname": "1.10", "connected": True, "cpu_quantity": 4, "memory": 1.5},
    {
        "name": "Sms ß",
        "hostname": None,
        "connected": None,
        "cpu_quantity": -1,
        "memory": 0,
        "current_task": {"state": ""},
    },
    {
        "name": "yes",
        "hostname": "yes",
        "connected": "true",
        "memory": None,
        "init_target_server": {"disks": [{"size": 1}]},
    },
]


@pytest.fixture(scope="module")
def large_fleet():
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    with Emulator(servers=300) as emulator:
        # Ansible's own plugin takes long for each.
        emulator.replace_fleet(varied(emulator.fleet(), first=40))
        yield emulator


def varied(records, first):
    """The first records, and of the others those that show something new."""
    seen, chosen = set(), []
    for number, record in enumerate(records):
        kinds = set(kinds_of(record))
        if number < first or not kinds <= seen:
            seen |= kinds
            chosen.append(record)
    return chosen


def kinds_of(record):
    """What the expressions can tell this record from others by."""
    for field in ("os_type", "os_version", "state", "connected", "oem_system", "cpu_quantity", "current_task"):
        value = record.get(field)
        yield field, value.get("state") if isinstance(value, dict) else value
    for field, value in record.items():
        yield field, type(value)
    yield "disks", tuple(disk["name"] for disk in (record.get("init_target_server") or {}).get("disks", ()))
    yield "checks", tuple(check["name"] for check in record.get("checks") or () if check["result"] == "ERROR")


@pytest.fixture
def both(source, read, tmp_path):
    """The inventory of our own options, and that of Ansible's plugin over hosts without any."""

    def both(emulator, constructed):
        connection = {"endpoint": emulator.url, "token": emulator.token}
        other = tmp_path / "z_constructed.yml"
        other.write_text(json.dumps({"plugin": "ansible.builtin.constructed", **constructed}))
        plain = source("a_sms.yml", **connection)
        theirs = read(plain, other, plugins=("huaweicloud.sms.source_servers", "ansible.builtin.constructed"))
        own = read(source("own.yml", **connection, **constructed))
        assert "Failed to parse" not in own.messages + theirs.messages
        return own, theirs

    return both


def require_the_same(own, theirs):
    ours, expected = own.hosts, theirs.hosts
    assert ours.keys() == expected.keys()
    for name, variables in ours.items():
        assert variables == expected[name]
        # True equals 1, and 1 equals 1.0.
        assert scalar_types(variables) == scalar_types(expected[name])
    assert own.groups == theirs.groups


def scalar_types(variables):
    return {name: (isinstance(value, bool), isinstance(value, float)) for name, value in variables.items()}


@pytest.mark.slow
def test_the_results_are_those_of_ansibles_own_plugin(both, large_fleet):
    own, theirs = both(large_fleet, CONSTRUCTED)
    require_the_same(own, theirs)
    assert len(own.names) > 40
    assert sum(name.startswith("cond_") for name in own.groups) > 5


def test_values_of_every_type_give_the_results_of_ansibles_own_plugin(both, emulator):
    emulator.replace_fleet([{"id": f"{number}", **server} for number, server in enumerate(ODD_SERVERS)])
    own, theirs = both(emulator, CONSTRUCTED)
    require_the_same(own, theirs)
    assert len(own.names) == len(ODD_SERVERS)


def test_a_filter_of_the_users_own_takes_the_place_of_jinja2s(source, run_ansible, tmp_path):
    (tmp_path / "filter_plugins").mkdir()
    plugin = "class FilterModule:\n    def filters(self):\n        return {'upper': lambda text: f'own {text}'}\n"
    (tmp_path / "filter_plugins" / "own.py").write_text(plugin)
    path = source(compose={"x": "sms_name | upper"})
    completed = run_ansible("inventory", "-i", path, "--host", "sms-test", "--playbook-dir", tmp_path)
    assert json.loads(completed.stdout)["x"] == "own sms-test"
