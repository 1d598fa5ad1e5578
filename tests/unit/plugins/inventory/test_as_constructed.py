# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions give what ansible.builtin.constructed gives for the same hosts, on every ansible-core."""

from __future__ import annotations

import json

import pytest

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


@pytest.fixture(scope="module")
def large_fleet():
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    with Emulator(servers=300) as emulator:
        yield emulator


@pytest.fixture
def constructed(large_fleet, source, read, tmp_path):
    """The inventory of our own options, and that of Ansible's plugin over hosts without any."""
    connection = {"endpoint": large_fleet.url, "token": large_fleet.token}
    other = tmp_path / "z_constructed.yml"
    other.write_text(json.dumps({"plugin": "ansible.builtin.constructed", **CONSTRUCTED}))
    plain = source("a_sms.yml", **connection)
    theirs = read(plain, other, plugins=("huaweicloud.sms.source_servers", "ansible.builtin.constructed"))
    own = read(source("own.yml", **connection, **CONSTRUCTED))
    assert "Failed to parse" not in own.messages + theirs.messages
    return own, theirs


def test_the_results_are_those_of_ansibles_own_plugin(constructed):
    own, theirs = constructed
    assert own.names == theirs.names
    assert len(own.names) == 300
    for name in own.names:
        assert own.hosts[name] == theirs.hosts[name]
    assert own.groups == theirs.groups
    assert sum(name.startswith("cond_") for name in own.groups) > 5
