# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option concurrency: how many pages are in flight together, and what does not depend on it."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

pytestmark = pytest.mark.slow

SERVERS = 1100
MANY = 32


@pytest.fixture(scope="module")
def running_emulator():
    """One that holds six pages of servers: two tell how offsets count, four are left to be read together."""
    with Emulator(servers=SERVERS) as emulator:
        yield emulator


@pytest.fixture
def in_flight(emulator):
    """Gives how many requests the service had to answer at once, at most."""
    return lambda: max(request["in_flight"] for request in emulator.requests())


@pytest.mark.parametrize("concurrency", [1, MANY])
def test_the_inventory_does_not_depend_on_the_concurrency(inventory, concurrency):
    result, usual = inventory(concurrency=concurrency), inventory()
    assert list(result.hosts) == list(usual.hosts)
    assert result.hosts == usual.hosts
    assert [(name, [host.name for host in group.get_hosts()]) for name, group in result.manager.groups.items()] == [
        (name, [host.name for host in group.get_hosts()]) for name, group in usual.manager.groups.items()
    ]


def test_hosts_are_in_the_order_of_the_listing_even_when_a_page_in_its_middle_comes_last(emulator, inventory):
    emulator.faults({"kind": "delay", "seconds": 0.5, "skip": 3, "times": 1})
    hosts = inventory(concurrency=4).hosts
    assert [hostvars["sms_id"] for hostvars in hosts.values()] == [record["id"] for record in emulator.fleet()]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_as_many_pages_are_in_flight_as_the_option_says(emulator, inventory, in_flight, concurrency):
    emulator.set(latency=0.3)
    assert len(inventory(concurrency=concurrency).names) == SERVERS
    assert in_flight() == concurrency


def test_four_pages_are_in_flight_by_default(emulator, inventory, in_flight):
    emulator.set(latency=0.3)
    inventory()
    assert in_flight() == 4


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_error_on_one_of_the_pages_in_flight_leaves_no_host(emulator, failure, concurrency):
    emulator.faults({"kind": "status", "status": 403, "skip": 4, "times": 1})
    assert "HTTP 403" in failure(concurrency=concurrency)


@pytest.mark.parametrize("concurrency", [1, MANY])
def test_throttled_pages_are_asked_for_again_and_none_is_lost(emulator, inventory, concurrency):
    emulator.faults({"kind": "status", "status": 429, "retry_after": 0, "skip": 3, "times": 3})
    assert len(inventory(concurrency=concurrency).names) == SERVERS


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_server_that_registers_while_pages_are_in_flight_is_neither_lost_nor_doubled(
    emulator, inventory, concurrency
):
    emulator.faults({"kind": "register", "n": 1, "skip": 4, "times": 1})
    hosts = inventory(concurrency=concurrency).hosts
    assert len(hosts) == SERVERS + 1
    assert {hostvars["sms_id"] for hostvars in hosts.values()} == {record["id"] for record in emulator.fleet()}


def test_pages_counted_in_pages_give_the_same_inventory(emulator, inventory):
    by_record = inventory(concurrency=4).hosts
    emulator.set(offset_unit="pages")
    by_page = inventory(concurrency=4).hosts
    assert list(by_page) == list(by_record)
    assert by_page == by_record
