# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters: what the service is asked, and which hosts come of it."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec

# A project that does not exist is an error before anything is listed.
TEXT_FILTERS = [
    name for name, spec in _argument_spec.FILTER_SPEC.items() if spec["type"] != "bool" and name != "migproject"
]
FINISHED = {"sms-test", "sms-win16", "smsc-test"}
CONNECTED = {"sms-test", "sms-win16", "sms-centos", "smsc-test"}


def test_without_filters_the_service_is_asked_for_all_servers(inventory, queries):
    assert len(inventory().names) == 10
    assert queries() == [{}]


@pytest.mark.parametrize(
    ("option", "value", "names"),
    [
        ("state", "finished", FINISHED),
        ("name", "sms-centos", {"sms-centos"}),
        ("id", "766b8952-61e3-444d-8b7f-bc76c4c0d3f6", {"sms-ubuntu"}),
        ("ip", "198.18.0.239", {"sms-centos7"}),
        ("migproject", "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10", CONNECTED),
        ("migration_cycle", "syncing", {"sms-centos"}),
        ("enterprise_project_id", "b1a6e2c4-3f0d-4a55-9a7e-0d9f3c1b2a77", set()),
    ],
)
def test_a_filter_is_sent_as_given_and_selects_hosts(inventory, queries, option, value, names):
    assert inventory(**{option: value}).names == names
    assert queries() == [{option: value}]


def test_the_default_enterprise_project_is_a_filter_although_it_is_zero(inventory, queries):
    assert len(inventory(enterprise_project_id=0).names) == 10
    assert queries() == [{"enterprise_project_id": "0"}]


def test_filters_are_sent_together(inventory, queries):
    assert inventory(state="finished", ip="198.18.0.65").names == {"smsc-test"}
    assert queries() == [{"state": "finished", "ip": "198.18.0.65"}]


@pytest.mark.parametrize("option", ["state", "migration_cycle"])
def test_a_value_that_is_not_documented_is_passed_on(inventory, queries, option):
    assert inventory(**{option: "brand_new"}).names == set()
    assert queries() == [{option: "brand_new"}]


@pytest.mark.parametrize("value", ["web server/é~*", "a&state=error", "100%", "{"])
def test_special_characters_in_a_filter_reach_the_service_unchanged(inventory, queries, value):
    inventory(name=value)
    assert queries() == [{"name": value}]


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("meaning", ["connected", "disconnected"])
def test_connected_selects_by_the_records_field_and_is_never_sent(emulator, inventory, queries, connected, meaning):
    emulator.set(connected_means=meaning)
    result = inventory(connected=connected)
    assert {name for name, hostvars in result.hosts.items() if hostvars["sms_connected"] is connected} == result.names
    assert len(result.names) == (4 if connected else 6)
    assert queries() == [{}]


def test_connected_goes_along_with_a_filter_that_the_service_applies(inventory, queries):
    names = inventory(connected=False, state="unavailable", ip="198.18.0.235").names
    assert names == {"sms-ubuntu"}
    assert queries() == [{"state": "unavailable", "ip": "198.18.0.235"}]


def test_an_empty_enterprise_project_lists_all_whatever_the_environment_says(inventory, queries, monkeypatch):
    monkeypatch.setenv("HW_ENTERPRISE_PROJECT_ID", "b1a6e2c4-3f0d-4a55-9a7e-0d9f3c1b2a77")
    assert len(inventory(enterprise_project_id="").names) == 10
    assert inventory().names == set()
    assert queries() == [{}, {"enterprise_project_id": "b1a6e2c4-3f0d-4a55-9a7e-0d9f3c1b2a77"}]


def test_filters_that_nothing_matches_leave_the_groups_and_no_host(inventory):
    result = inventory(state="deleting")
    assert result.groups["sms"] == result.groups["state_deleting"] == set()
    assert result.messages == ""


@pytest.mark.parametrize("name", TEXT_FILTERS)
def test_no_filter_is_one_that_the_service_ignores(inventory, name):
    assert inventory(**{name: "what-no-server-has"}).names == set()
