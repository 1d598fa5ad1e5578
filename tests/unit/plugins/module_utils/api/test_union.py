# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several lists as one: whichever way servers go between them while they are read, each is there once."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._source_servers import list_source_servers, read_page
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._union import PASSES, read_as_one
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    DeadlineError,
    IncompleteListingError,
    OptionsError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import PageOptions, query_from
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ids, server_records, settings
from hypothesis import event, given
from hypothesis import settings as examples
from hypothesis import strategies as st

PARTS = ("replicate", "syncing", "cutovering")
ELSEWHERE = "finished"


class Fleet:
    """Servers in states, some of which go to another one before a list is read.

    :param states: the state of each server.
    :param moves: by the number of the reading before which they happen: servers and where they go.
    """

    def __init__(self, states, moves):
        self.states = dict(enumerate(states))
        self.moves = moves
        self.readings = 0
        self.always_in = {number for number, state in self.states.items() if state in PARTS}
        self.ever_in = set(self.always_in)
        self.backs = dict.fromkeys(self.states, 0)

    def read(self, part):
        self.readings += 1
        for server, goal in self.moves.get(self.readings, ()):
            self._move(server % len(self.states), goal)
        return [{"id": str(server), "state": part} for server, state in self.states.items() if state == part]

    def _move(self, server, goal):
        if goal in PARTS:
            self.ever_in.add(server)
            self.backs[server] += self.states[server] in PARTS and PARTS.index(goal) < PARTS.index(self.states[server])
        else:
            self.always_in.discard(server)
        self.states[server] = goal


def read(fleet, told=None):
    records = read_as_one(PARTS, fleet.read, lambda words: None if told is None else told.append(words), "nowhere")
    return [int(record["id"]) for record in records]


moves = st.dictionaries(
    st.integers(1, 3 * PASSES),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([*PARTS, ELSEWHERE])), min_size=1, max_size=3),
    max_size=12,
)


@examples(max_examples=500, deadline=None)
@given(states=st.lists(st.sampled_from([*PARTS, ELSEWHERE]), min_size=1, max_size=10), moves=moves)
def test_a_server_that_goes_back_once_at_most_is_there_once_or_there_is_an_error(states, moves):
    fleet = Fleet(states, moves)
    try:
        found = read(fleet)
    except IncompleteListingError:
        event("refused")
        return
    event(f"complete after {fleet.readings} readings")
    assert len(found) == len(set(found))
    assert {server for server in fleet.always_in if fleet.backs[server] < 2} <= set(found) <= fleet.ever_in


@pytest.mark.parametrize("origin", PARTS)
@pytest.mark.parametrize("goal", PARTS)
@pytest.mark.parametrize("reading", range(1, 8))
def test_a_server_that_goes_from_one_list_to_another_is_there_once(origin, goal, reading):
    assert sorted(read(Fleet([origin, "syncing"], {reading: [(0, goal)]}))) == [0, 1]


def test_of_a_server_that_is_in_several_lists_the_last_that_was_seen_counts():
    fleet = Fleet(["replicate"], {5: [(0, "syncing")]})
    records = read_as_one(PARTS, fleet.read, lambda words: None, "nowhere")
    assert records == [{"id": "0", "state": "syncing"}]


def test_a_quiet_fleet_is_read_twice_and_one_that_a_server_leaves_three_times():
    for moves, readings in (({}, 6), ({4: [(0, ELSEWHERE)]}, 9), ({4: [(1, "replicate")]}, 6)):
        fleet = Fleet(["syncing", "cutovering"], moves)
        read(fleet)
        assert fleet.readings == readings


def test_a_fleet_that_a_server_leaves_in_every_pass_is_an_error_that_says_so():
    fleet = Fleet(["syncing"] * 9, {3 * number + 1: [(number, ELSEWHERE)] for number in range(9)})
    with pytest.raises(IncompleteListingError) as error:
        read(fleet)
    assert fleet.readings == len(PARTS) * PASSES
    assert error.value.transient
    assert str(error.value) == (
        "The lists of source servers at nowhere for 3 values or combinations of filters could not be proven complete"
        " together in 6 passes: the last one lacked 1 that the one before had. Nothing is listed rather than a part."
        " Servers may be changing faster than they can be listed: try again, or give fewer values."
    )


def test_the_newest_registration_comes_first_and_a_server_without_a_date_last():
    dates = {"replicate": [5, None, "7"], "syncing": [9, 1], "cutovering": [6, True]}
    lists = {
        part: [{"id": f"{part} {date}", "add_date": date} for date in dates_of] for part, dates_of in dates.items()
    }
    found = [record["add_date"] for record in read_as_one(PARTS, lists.__getitem__, lambda words: None, "nowhere")]
    assert found == [9, 6, 5, 1, True, None, "7"]


# Of the emulator


@pytest.fixture
def client(emulator):
    with Client(settings(endpoint=emulator.url, token=emulator.token), 4) as made:
        yield made


def query(**filters):
    return query_from(filters, {})


@pytest.mark.parametrize("unit", ["records", "pages"])
@pytest.mark.parametrize("skip", range(1, 10))
def test_no_server_of_long_lists_is_lost_or_doubled_while_others_move(emulator, client, unit, skip):
    records = [{**record, "state": PARTS[number % 2]} for number, record in enumerate(server_records(900))]
    there = {"id-000010": {"state": "syncing"}, "id-000700": {"state": "syncing"}}
    back = {"id-000011": {"state": "replicate"}, "id-000701": {"state": "replicate"}}
    emulator.set(offset_unit=unit)
    emulator.replace_fleet(records)
    emulator.faults({"kind": "update", "update": {**there, **back}, "skip": skip, "times": 1})
    assert ids(list_source_servers(client, query(state=PARTS), 4)) == ids(records)


def test_the_time_for_all_lists_is_that_for_one(emulator, client):
    emulator.faults({"kind": "delay", "seconds": 0.3, "times": 50})
    with pytest.raises(DeadlineError):
        list_source_servers(client, query(state=PARTS), deadline=Deadline(0.7))
    assert len(emulator.requests()) <= 3


def test_a_list_that_cannot_be_had_is_an_error_of_the_whole(emulator, client):
    emulator.faults({"kind": "status", "status": 403, "error_code": "APIGW.0302", "error_msg": "no", "skip": 3})
    with pytest.raises(Exception, match="sms:server:list"):
        list_source_servers(client, query(state=PARTS))


@pytest.mark.parametrize("filters", [{"state": ["error", "syncing"]}, {"migration_cycle": ["syncing", "checking"]}])
def test_a_single_page_of_several_lists_is_an_error_before_any_request(emulator, client, filters):
    (name,) = filters
    with pytest.raises(OptionsError, match=f"{name}: a page is one of the service's, which takes a single value"):
        read_page(client, query(**filters), PageOptions(10, 0))
    assert emulator.requests() == []
