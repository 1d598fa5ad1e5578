# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The logic of paging against a service in memory: whatever changes between two requests, complete or an error.

Listings of random fleets, by the thousand, and of the largest that the service can show, would take too long over HTTP.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _pages, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    ApiError,
    Cause,
    Failure,
    IncompleteListingError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Response
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import MAX_OFFSET, Query
from hypothesis import event, given
from hypothesis import settings as examples
from hypothesis import strategies as st

UNITS = ["records", "pages"]
UNBOUNDED = 5_000


class Service:
    """The listing as the API describes it, with changes of the fleet before some of its answers.

    :param unit: what offset counts, records or pages.
    :param changes: change before a request, by its number; each takes and gives a list of IDs.
    """

    endpoint = "https://sms.example.com"
    total_timeout = None
    concurrency = 1

    def __init__(self, server_ids, unit, changes=None, count_bias=0):
        self._servers = list(server_ids)
        self._unit = unit
        self._changes = {} if changes is None else changes
        self._count_bias = count_bias
        self._lock = threading.Lock()
        self.requests = 0
        self.messages = []
        self.progress = self.messages.append
        self.always_there = set(self._servers)
        self.ever_there = set(self._servers)

    def get(self, path, parameters, deadline, purpose):
        limit, offset = int(parameters["limit"]), int(parameters["offset"])
        assert 0 < limit <= 200
        assert 0 <= offset <= MAX_OFFSET, "the service takes no such offset"
        with self._lock:
            self._pass_time()
            page = self._page(limit, offset)
            count = max(0, len(self._servers) + self._count_bias)
        return Response(None, 200, {}, "request-id", {"count": count, "source_servers": page})

    def invalid_response(self, response, problem):
        return ApiError(problem, Failure(Cause.INVALID_RESPONSE, problem, ""))

    def _page(self, limit, offset):
        start = offset * limit if self._unit == "pages" else offset
        return [{"id": server_id} for server_id in self._servers[start : start + limit]]

    def _pass_time(self):
        self.requests += 1
        assert self.requests < UNBOUNDED, "the number of requests is not bounded"
        if self.requests in self._changes:
            self._servers = self._changes[self.requests](self._servers)
            self.always_there &= set(self._servers)
            self.ever_there |= set(self._servers)


class ServiceThatIgnoresOffsets(Service):
    """Answers every request with the same page, as a cache that drops the query would."""

    def _page(self, limit, offset):
        return super()._page(limit, 0)


class ServiceThatCutsAPageShort(Service):
    """Leaves the end of a page out: the last two records of the third, with the one that the fourth begins with."""

    def _page(self, limit, offset):
        page = super()._page(limit, offset)
        return page[:-2] if offset == 398 else page


class ServiceThatHasNoSmallPages(Service):
    """Answers with an empty page where less than the most is asked for."""

    def _page(self, limit, offset):
        return super()._page(limit, offset) if limit == 200 else []


@contextmanager
def pages_of(size):
    """Pages so small that a few servers fill several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_source_servers, "SOURCE_SERVERS", replace(_source_servers.SOURCE_SERVERS, page_size=size))
        yield


def listed(service, concurrency=1):
    service.concurrency = concurrency
    return [record["id"] for record in _source_servers.list_servers(service, Query({}))]


def fleet(count):
    return [f"id-{number}" for number in range(count)]


# Changes between two requests


class Registration:
    """Servers register: they come first."""

    def __init__(self, new):
        self.new = new

    def __call__(self, servers):
        return self.new + servers

    def __repr__(self):
        return f"register {self.new}"


class Entry:
    """A server enters the filter, somewhere in the list."""

    def __init__(self, server_id, where):
        self.server_id, self.where = server_id, where

    def __call__(self, servers):
        position = round(self.where * len(servers))
        return [*servers[:position], self.server_id, *servers[position:]]

    def __repr__(self):
        return f"enter {self.server_id} at {self.where:.2f}"


class Leaving:
    """Some servers vanish, or leave the filter, somewhere in the list."""

    def __init__(self, where, number):
        self.where, self.number = where, number

    def __call__(self, servers):
        position = round(self.where * len(servers))
        return servers[:position] + servers[position + self.number :]

    def __repr__(self):
        return f"leave {self.number} at {self.where:.2f}"


class Move:
    """A server moves to another place of the list."""

    def __init__(self, origin, goal):
        self.origin, self.goal = origin, goal

    def __call__(self, servers):
        if not servers:
            return servers
        rest = list(servers)
        moved = rest.pop(int(self.origin * (len(servers) - 1)))
        rest.insert(round(self.goal * len(rest)), moved)
        return rest

    def __repr__(self):
        return f"move {self.origin:.2f} to {self.goal:.2f}"


class Together:
    """Several changes between the same two requests."""

    def __init__(self, changes):
        self.changes = changes

    def __call__(self, servers):
        for change in self.changes:
            servers = change(servers)
        return servers

    def __repr__(self):
        return " and ".join(map(repr, self.changes))


places = st.floats(0, 1, width=16)
names = st.uuids().map(str)
membership_changes = (
    st.builds(Registration, st.lists(names, min_size=1, max_size=4, unique=True))
    | st.builds(Entry, names, places)
    | st.builds(Leaving, places, st.integers(1, 4))
)
moves = st.builds(Move, places, places)


def timelines(changes):
    """Changes before some of the first requests."""
    several = st.lists(changes, min_size=1, max_size=4).map(Together)
    return st.dictionaries(st.integers(1, 40), several, max_size=12)


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("unit", UNITS)
@examples(max_examples=200, deadline=None)
@given(
    count=st.integers(0, 40),
    page_size=st.integers(2, 7),
    changes=timelines(membership_changes) | timelines(moves),
    count_bias=st.sampled_from([0, 0, 0, -1, 1, -30, 30]),
)
def test_a_listing_is_complete_or_an_error_whatever_changes(unit, concurrency, count, page_size, changes, count_bias):
    service = Service(fleet(count), unit, changes, count_bias)
    with pages_of(page_size):
        try:
            found = listed(service, concurrency)
        except IncompleteListingError:
            event("refused")
            return
    event("complete")
    assert len(found) == len(set(found))
    assert service.always_there <= set(found) <= service.ever_there


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
@examples(max_examples=300, deadline=None)
@given(
    count=st.integers(0, 60), page_size=st.integers(2, 7), change=membership_changes | moves, moment=st.integers(1, 12)
)
def test_a_fleet_that_changes_once_is_listed_in_the_end(unit, count, page_size, change, moment):
    service = Service(fleet(count), unit, {moment: change})
    with pages_of(page_size):
        found = listed(service)
    assert len(found) == len(set(found))
    assert service.always_there <= set(found) <= service.ever_there


@pytest.mark.parametrize("unit", UNITS)
@examples(max_examples=100, deadline=None)
@given(count=st.integers(0, 60), page_size=st.integers(2, 9), concurrency=st.sampled_from([1, 4]))
def test_a_quiet_fleet_is_listed_in_order_at_the_first_attempt(unit, count, page_size, concurrency):
    service = Service(fleet(count), unit)
    with pages_of(page_size):
        assert listed(service, concurrency) == fleet(count)
    assert service.requests <= 2 + 2 * (count // (page_size - 1))


# Changes that make up for one another


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("moment", range(2, 8))
@pytest.mark.parametrize("server_ids", [fleet(600), fleet(600)[::-1]], ids=["ascending", "descending"])
def test_a_server_that_leaves_while_another_enters_behind_it_hides_no_third(unit, moment, server_ids):
    service = Service(server_ids, unit, {moment: Together([Leaving(0, 1), Entry("new", 1)])})
    assert set(listed(service)) >= set(server_ids[1:])


@pytest.mark.parametrize(("unit", "moment"), [("records", 3), ("pages", 5)])
def test_a_server_that_moves_out_of_sight_is_listed_although_another_makes_up_for_its_place(unit, moment):
    changes = [Move(1, 0), Leaving(0.1, 1), Entry("new", 1), Entry("newer", 1)]
    service = Service(fleet(600), unit, {moment: Together(changes)})
    assert "id-599" in listed(service)


# Pages that are shorter than they should be


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_page_that_lacks_its_end_is_an_error_even_if_no_more_servers_were_announced(concurrency):
    service = ServiceThatCutsAPageShort(fleet(600), "records", count_bias=-1)
    with pytest.raises(IncompleteListingError, match="a page of 200 from offset 398 has 198 records"):
        listed(service, concurrency)


def test_pages_side_by_side_are_an_error_where_nothing_shows_what_lies_across_their_seam():
    with pytest.raises(IncompleteListingError, match="a page of 3 from offset 66 has 0 records"):
        listed(ServiceThatHasNoSmallPages(fleet(600), "pages"))


# The largest lists


NEARLY_THE_LARGEST = [pytest.param(count, marks=pytest.mark.exhaustive) for count in (39_800, 40_001, 65_734)]


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 398, 399, 400, 401, 1000, *NEARLY_THE_LARGEST, 65_735])
def test_lists_of_every_size_up_to_the_largest_are_complete(unit, count):
    service = Service(fleet(count), unit)
    assert listed(service, 4) == fleet(count)
    assert service.requests <= 2 + 2 * (count // 199)


@pytest.mark.parametrize("unit", UNITS)
def test_one_server_more_than_the_service_can_show_is_an_error_that_says_what_to_do(unit):
    service = Service(fleet(65_736), unit)
    with pytest.raises(IncompleteListingError) as error:
        listed(service)
    assert str(error.value) == (
        "65736 source servers match, but the service shows no more than the first 65735 (request ID: request-id)."
        " Narrow the query with filters, such as a single state or enterprise_project_id."
    )
    assert not error.value.transient
    assert service.requests == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "shown", "bias"),
    [
        ("records", 65_735, -100),
        ("records", 65_735, -65_000),
        pytest.param("pages", 66_000, -1000, marks=pytest.mark.exhaustive),
    ],
)
def test_more_servers_than_announced_and_than_the_service_can_show_are_an_error(unit, shown, bias):
    service = Service(fleet(shown + 65), unit, count_bias=bias)
    with pytest.raises(IncompleteListingError) as error:
        listed(service, 4)
    assert str(error.value) == (
        f"{shown + 65 + bias} source servers were announced, but the service showed the first {shown}, which is all"
        " that it can show (request ID: request-id). Narrow the query with filters, such as a single state or"
        " enterprise_project_id."
    )
    assert not error.value.transient


@pytest.mark.slow
@pytest.mark.exhaustive
def test_more_servers_than_announced_are_all_listed_even_behind_the_most_that_could_be_announced():
    service = Service(fleet(65_801), "pages", count_bias=-100)
    assert listed(service, 4) == fleet(65_801)


# The number of requests is bounded


class AlwaysRegistering(dict):
    """A registration before every request."""

    def __contains__(self, request):
        return True

    def __getitem__(self, request):
        return Registration([f"new-{request}"])


def most_requests(count):
    """What reading so many servers, and the few that may register meanwhile, takes at most."""
    return _pages.ATTEMPTS * (2 + 2 * (count // 199 + 1))


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("count", [600, 1000, 2000])
def test_a_fleet_that_changes_with_each_request_is_an_error_after_few_requests(unit, count):
    service = Service(fleet(count), unit, AlwaysRegistering())
    with pytest.raises(IncompleteListingError, match=r"could not be proven complete in 5 attempts: "):
        listed(service)
    assert service.requests <= most_requests(count + service.requests)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("count", [600, 1000, 2000])
@pytest.mark.parametrize("moment", [2, 3, 4])
def test_one_registration_in_mid_listing_costs_one_more_attempt(unit, count, moment):
    service = Service(fleet(count), unit, {moment: Registration(["new"])})
    assert listed(service) == ["new", *fleet(count)]
    assert service.requests <= 2 * (3 + 2 * (count // 199))


@pytest.mark.parametrize("count", [201, 600, 1000])
def test_a_service_that_ignores_offsets_is_an_error_after_few_requests(count):
    service = ServiceThatIgnoresOffsets(fleet(count), "records")
    with pytest.raises(IncompleteListingError):
        listed(service)
    assert service.requests <= most_requests(count)


@pytest.mark.parametrize("unit", UNITS)
def test_a_count_that_is_far_too_low_does_not_make_the_number_of_requests_grow(unit):
    service = Service(fleet(2000), unit, count_bias=-1999)
    assert listed(service) == fleet(2000)
    assert service.requests <= 2 + 2 * (2000 // 199 + 1)


def test_progress_is_told_in_words():
    service = Service(fleet(800), "records")
    listed(service)
    assert service.messages == [f"Read {number} of 5 pages of the list of source servers" for number in (3, 4, 5)]


def test_an_attempt_that_fails_is_told_with_the_reason():
    service = Service(fleet(600), "records", {3: Registration(["new"])})
    listed(service)
    (failed,) = [message for message in service.messages if not message.startswith("Read ")]
    assert failed.startswith("Attempt 1 of 5 to list the source servers failed: ")
    assert "their number changed between 600 and 601" in failed
