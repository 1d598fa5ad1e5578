# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from a query to a complete, verified list of records.

The service lists the newest registration first and hands out at most 200 records at once, from an offset. A server
that registers, vanishes, or enters or leaves the filter between two answers shifts all that follow, so that a page
read later can lack a record or show one twice. Therefore each page is read such that it shares a record with the one
before: as long as both show that record in the same place, nothing moved in front of it, and nothing can be missing
between them. Together with a count that is the same in all answers, that proves a listing complete. One that cannot be
proven is read again from the start. No proof holds against a server that moves from a part of the list that is still
to be read to one that was read already, while others leave and enter to make up for it, all between the same two
answers; the order of the list, by registration, does not move servers.

Whether ``offset`` counts records or pages, the vendor's documentation leaves open. The second page tells: where offsets
count records, it begins with the last record of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote

from ..common._deadline import Deadline
from ..common._errors import ApiError, IncompleteListingError, SmsError
from ..common._parallel import map_in_parallel
from ..http._client import Client, Purpose
from ..options._query import MAX_OFFSET, PAGE_SIZE, Query
from ..records._records import Record

MAX_RECORDS = MAX_OFFSET + PAGE_SIZE
ATTEMPTS = 5
# The codes of SMS for a task and for a source server that it does not have; a gateway has other codes.
_ABSENT = ("SMS.7703", "SMS.7602")
# No number of servers, but one of thousands of digits, which nobody could print.
_MOST_COUNTED = 10**15
_NARROW = "Narrow the query with filters, such as a single state or enterprise_project_id."


@dataclass(frozen=True)
class Catalogue:
    """One of the service's lists: all of them come in the same kind of pages.

    :ivar field: of an answer, the one that has the records.
    :ivar nouns: what the records are, in words.
    """

    path: str
    field: str
    nouns: str
    purpose: Purpose


@dataclass(frozen=True)
class Page:
    """One answer of the service.

    :ivar count: how many servers match in all.
    """

    records: list[Record]
    count: int
    request_id: str


@dataclass(frozen=True)
class _Window:
    """A stretch of the listing to read.

    :ivar start: position of its first record in the whole listing.
    """

    start: int
    offset: int
    limit: int = PAGE_SIZE


_Step = tuple[_Window, ...]


class _Unproven(Exception):
    """The pages of one listing do not fit together; the text says why."""


def list_all(
    client: Client,
    catalogue: Catalogue,
    query: Query,
    concurrency: int = 1,
    progress: Callable[[str], None] = lambda message: None,
    deadline: Deadline | None = None,
) -> list[Record]:
    """All records of one of the service's lists that match.

    :param query: of its filters, only ``parameters`` are applied.
    :raises DeadlineError: the time was up before, or the deadline was called off.
    :raises ApiError: the service could not be asked, or answered something else.
    :raises IncompleteListingError: the list could not be proven complete, or is longer than the service can show.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    problem = IncompleteListingError(f"The list of {catalogue.nouns} was not read.")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _Listing(client, catalogue, query, concurrency, progress, deadline).read()
        except _Unproven as unproven:
            problem = IncompleteListingError(
                f"The list of {catalogue.nouns} at {client.endpoint} could not be proven complete in {ATTEMPTS}"
                f" attempts: {unproven}. Nothing is listed rather than a part. Servers may be changing faster than they"
                " can be listed: try again, or narrow the query with filters."
            )
        progress(f"Attempt {attempt} of {ATTEMPTS} to list the {catalogue.nouns} failed: {problem}")
    raise problem


class _Listing:
    """One attempt to read the whole list."""

    def __init__(
        self,
        client: Client,
        catalogue: Catalogue,
        query: Query,
        concurrency: int,
        progress: Callable[[str], None],
        deadline: Deadline,
    ) -> None:
        self._deadline = deadline
        self._client = client
        self._catalogue = catalogue
        self._query = query
        self._concurrency = concurrency
        self._progress = progress
        self._pages: dict[_Window, Page] = {}

    def read(self) -> list[Record]:
        """The records in their order.

        :raises _Unproven: something may be missing.
        """
        first_window = _Window(start=0, offset=0)
        first = self._fetch(first_window)
        if first.count > MAX_RECORDS:
            raise IncompleteListingError(
                f"{first.count} {self._catalogue.nouns} match, but the service shows no more than the first"
                f" {MAX_RECORDS} (request ID: {first.request_id}). {_NARROW}",
                transient=False,
            )
        self._pages[first_window] = first
        if self._is_full(first_window):
            self._read_rest(first)
        return _join(self._pages)

    def _read_rest(self, first: Page) -> None:
        """Read on until a page is not full: a count that is too low must not end the list early.

        :raises IncompleteListingError: there may be servers behind the last one that the service can show.
        """
        steps = self._steps_behind(first)
        while plan := list(_up_to(first.count, steps)):
            self._read_together([window for step in plan for window in step])
            if not self._is_full(plan[-1][0]):
                return
        # Nothing behind a full last page can be asked for: that it is the end, only the count says.
        end = max(window.start + len(page.records) for window, page in self._pages.items())
        if end != first.count:
            raise IncompleteListingError(
                f"{first.count} {self._catalogue.nouns} were announced, but the service showed the first {end}, which"
                f" is all that it can show (request ID: {first.request_id}). {_NARROW}",
                transient=False,
            )

    def _steps_behind(self, first: Page) -> Iterator[_Step]:
        """The way through the rest of the list, as the second page shows it.

        :raises _Unproven: the second page fits neither meaning of ``offset``, so that something moved.
        """
        for steps in (_steps_by_record(), _steps_by_page()):
            step = next(steps)
            second = self._fetch(step[0])
            shared = _ids(first) & _ids(second)
            if shared == ({first.records[-1]["id"]} if step[0].start < PAGE_SIZE else set()):
                self._pages[step[0]] = second
                return chain([step], steps)
            if shared:
                break
        raise _Unproven("servers moved in the list while it was read")

    def _read_together(self, windows: list[_Window]) -> None:
        missing = [window for window in windows if window not in self._pages]
        total = len(self._pages) + len(missing)
        for window, page in map_in_parallel(self._fetch, missing, self._concurrency, self._deadline):
            self._pages[window] = page
            self._progress(f"Read {len(self._pages)} of {total} pages of the list of {self._catalogue.nouns}")

    def _fetch(self, window: _Window) -> Page:
        return fetch_page(self._client, self._catalogue, self._query, window.limit, window.offset, self._deadline)

    def _is_full(self, window: _Window) -> bool:
        return len(self._pages[window].records) >= window.limit


def _ids(page: Page) -> set[str]:
    return {record["id"] for record in page.records}


def _steps_by_record() -> Iterator[_Step]:
    """Behind the first page: pages that begin with the last record of the one before."""
    stride = PAGE_SIZE - 1
    for position in range(stride, MAX_OFFSET + stride, stride):
        offset = min(position, MAX_OFFSET)
        yield (_Window(start=offset, offset=offset),)


def _steps_by_page() -> Iterator[_Step]:
    """Behind the first page: pages side by side, each with a small one across the seam to the page before."""
    for number in range(1, MAX_RECORDS // PAGE_SIZE + 2):
        seam = number * PAGE_SIZE
        # The smallest page that does not begin at the seam.
        limit = min(size for size in range(2, seam + 2) if seam % size)
        yield _Window(seam, number), _Window(seam // limit * limit, seam // limit, limit)


def _up_to(count: int, steps: Iterator[_Step]) -> Iterator[_Step]:
    """The next steps, as far as the list goes by its count, but one at least."""
    for step in steps:
        yield step
        if step[0].start + PAGE_SIZE > count:
            return


def _join(pages: Mapping[_Window, Page]) -> list[Record]:
    """The whole list from pages that overlap.

    :raises _Unproven: the pages contradict one another, so that something moved while they were read.
    """
    counts = {page.count for page in pages.values()}
    if len(counts) > 1:
        raise _Unproven(f"their number changed between {min(counts)} and {max(counts)} while they were read")
    by_position: dict[int, Record] = {}
    for window, page in pages.items():
        for position, record in enumerate(page.records, window.start):
            if by_position.setdefault(position, record)["id"] != record["id"]:
                raise _Unproven("servers moved in the list while it was read")
    total = len(by_position)
    for window, page in pages.items():
        if len(page.records) < min(window.limit, total - window.start):
            raise _Unproven(f"a page of {window.limit} from offset {window.offset} has {len(page.records)} records")
    unique = len({record["id"] for record in by_position.values()})
    if unique < max(total, *counts):
        raise _Unproven(f"{max(counts)} were announced, but {unique} different ones arrived")
    return [by_position[position] for position in sorted(by_position)]


def fetch_page(client: Client, catalogue: Catalogue, query: Query, limit: int, offset: int, deadline: Deadline) -> Page:
    parameters = {**query.parameters, "limit": str(limit), "offset": str(offset)}
    response = client.get(catalogue.path, parameters, deadline, catalogue.purpose)
    problem = malformation(response.json, catalogue.field)
    if problem:
        raise client.invalid_response(response, problem)
    return Page(response.json[catalogue.field], response.json["count"], response.request_id)


def malformation(body: Any, field: str) -> str:
    """What makes an answer, or what was kept of it, useless; empty where it is as the API promises."""
    if not isinstance(body, dict):
        return "the JSON is no object"
    count, records = body.get("count"), body.get(field)
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < _MOST_COUNTED:
        return "count is missing or no number"
    if not isinstance(records, list):
        return f"{field} is missing or no list"
    for position, record in enumerate(records):
        if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not record["id"]:
            return f"record {position} of {field} has no id"
    return ""


def show_one(client: Client, path: str, wanted: str, deadline: Deadline | None, purpose: Purpose) -> Record | None:
    """Return one task or source server; None if SMS does not have it.

    :param wanted: its ID, which the answer has to be about.
    :raises ApiError: it cannot be read, or the answer is about something else.
    """
    try:
        response = client.get(path, {}, deadline, purpose)
    except ApiError as error:
        if error.failure.status == 404 and error.failure.code in _ABSENT:
            return None
        raise
    if not isinstance(response.json, dict) or response.json.get("id") != wanted:
        raise client.invalid_response(response, "it is about something else than what was asked for")
    return response.json


def path_segment(identifier: str) -> str:
    """An ID as a part of a path, which it cannot leave.

    :raises SmsError: it is none.
    """
    if identifier in ("", ".", ".."):
        raise SmsError(f"{identifier!r} is no ID of a task or source server.")
    return quote(identifier, safe="")
