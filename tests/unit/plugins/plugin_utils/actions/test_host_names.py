# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of inventory hosts stand for the source servers that the hosts are."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._selection import SelectionError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _host_names

RECORDS = [{"id": "11111111", "name": "web"}, {"id": "22222222", "name": "db"}]


class HostVars(dict):
    """Counts the hosts whose variables are computed."""

    def __init__(self, hosts):
        super().__init__(hosts)
        self.computed = []

    def raw_get(self, name):
        self.computed.append(name)
        return self[name]


@pytest.fixture
def hostvars():
    return HostVars({"prod_web": {"sms_id": "11111111"}, "other": {}, **{f"host{number}": {} for number in range(99)}})


def test_the_variables_of_no_host_are_computed_for_ids(hostvars):
    assert _host_names.resolve(["11111111", "22222222"], RECORDS, hostvars) == ["11111111", "22222222"]
    assert hostvars.computed == []


def test_only_the_variables_of_the_named_hosts_are_computed(hostvars):
    assert _host_names.resolve(["prod_web", "db", "other"], RECORDS, hostvars) == ["11111111", "db", "other"]
    assert hostvars.computed == ["prod_web", "other"]


def test_a_host_with_the_name_of_another_server_is_an_error():
    with pytest.raises(SelectionError, match="db is a host of the inventory, and the name of another server"):
        _host_names.resolve(["db"], RECORDS, {"db": {"sms_id": "11111111"}})
