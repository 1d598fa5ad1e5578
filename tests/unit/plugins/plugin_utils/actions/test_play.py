# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What actions take from the play: the servers that its hosts are, and its environment."""

from __future__ import annotations

import os

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base, _host_names

HOSTS = {"web": {"sms_id": "id-1"}, "old": {"sms_id": None}, "other": {}}
RECORDS = [{"id": "id-1", "name": "web_old"}, {"id": "id-2", "name": "database"}]


class LazyHosts(dict):
    """The variables of hosts as Ansible has them: it templates what is read, unless that is read raw."""

    def raw_get(self, name):
        return super().__getitem__(name)

    def __getitem__(self, name):
        raise AssertionError("is templated")


@pytest.mark.parametrize("kind", [dict, LazyHosts])
def test_a_host_with_an_id_of_sms_is_a_server_and_its_variables_are_not_templated(kind):
    assert _host_names.ids_of_hosts({"hostvars": kind(HOSTS)}) == {"web": "id-1"}
    assert _host_names.ids_of_hosts({}) == {}


def test_a_host_is_replaced_by_its_server_and_everything_else_stays():
    assert _host_names.resolve(["web", "database", "id-2"], RECORDS, {"web": "id-1"}) == ["id-1", "database", "id-2"]


def test_a_name_that_means_one_server_to_the_inventory_and_another_to_sms_is_an_error_with_both_ids():
    with pytest.raises(_selection.SelectionError, match=r"database is a host of the inventory.* id-1 .* id-2"):
        _host_names.resolve(["database"], RECORDS, {"database": "id-1"})


def test_the_environment_of_a_play_is_that_of_the_process_until_the_work_is_done(monkeypatch):
    monkeypatch.setenv("SMS_TEST_BEFORE", "before")
    monkeypatch.delenv("SMS_TEST_NEW", raising=False)
    with _base.environment({"SMS_TEST_BEFORE": "during", "SMS_TEST_NEW": 7}):
        assert (os.environ["SMS_TEST_BEFORE"], os.environ["SMS_TEST_NEW"]) == ("during", "7")
    assert os.environ["SMS_TEST_BEFORE"] == "before"
    assert "SMS_TEST_NEW" not in os.environ


@pytest.mark.parametrize("variables", [{"A=B": "x"}, {"SMS_TEST_NEW": "a\0b"}])
def test_what_no_environment_can_hold_is_an_error_that_shows_no_value(variables):
    with pytest.raises(OptionsError, match="no environment variable can have") as error, _base.environment(variables):
        pass
    assert "a\0b" not in str(error.value)
