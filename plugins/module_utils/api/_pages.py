# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: lists of SMS, read page by page and proven complete, and single records.

SMS lists the newest registration first and returns at most 200 records (100 of some lists) from an offset. A record
that appears, vanishes, or begins or ceases to match the filters between two responses shifts all records behind it, so
that a later page can lack a record or repeat one. Therefore each page is read such that it shares a record with the
page before. While both show that record at the same position, nothing moved in front of it, and no record between them
can be missing. Together with a count that is the same in all responses, this proves a list complete. A list that is not
proven complete is read again from its start.

The proof has one limit: a record that moves from a part that is still to be read to one that was already read, while
other records leave and enter to make up for it, all between the same two responses. SMS orders lists by registration,
so that records do not move.

The vendor's documentation does not say whether ``offset`` counts records or pages. The second page shows it: if
offsets count records, it begins with the last record of the first page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote

from ..common._deadline import Deadline
from ..common._errors import ApiError, IncompleteListingError, SmsError
from ..common._parallel import map_in_parallel
from ..http._client import Client, Purpose
from ..options._query import MAX_OFFSET, PAGE_SIZE
from ..records._records import Record

ATTEMPTS = 5
# Error codes of SMS for a task and for a source server that do not exist. A gateway's 404 has other codes.
_NOT_FOUND = ("SMS.7703", "SMS.7602")
# Python refuses to print an integer of thousands of digits.
_MAX_COUNT = 10**15
_NARROW = "Narrow the query with filters, such as a single state or enterprise_project_id."


@dataclass(frozen=True)
class Catalogue:
    """A paginated list of SMS.

    :ivar field: the field of a response that has the records.
    :ivar records: what the records are, in a message.
    :ivar page_size: the largest ``limit`` that SMS accepts.
    :ivar advice: what a user can do if the list cannot be proven complete.
    """

    path: str
    field: str
    records: str
    purpose: Purpose
    page_size: int = PAGE_SIZE
    advice: str = "narrow the query with filters"


@dataclass(frozen=True)
class Page:
    """One page of a list.

    :ivar count: the number of all records that match, as SMS returns it.
    """

    records: list[Record]
    count: int
    request_id: str


@dataclass(frozen=True)
class _Window:
    """A part of a list to read.

    :ivar start: position of its first record in the whole list.
    """

    start: int
    offset: int
    limit: int


_Step = tuple[_Window, ...]


class _UnprovenError(Exception):
    """The pages of one list contradict each other; the text says how."""


def list_all(
    client: Client, catalogue: Catalogue, filters: Mapping[str, str], deadline: Deadline | None = None
) -> list[Record]:
    """Return all records of a list that match the filters, in the order of SMS.

    :param filters: query parameters.
    :param deadline: ends the listing if that is earlier than the option ``total_timeout``.
    :raises DeadlineError: the deadline expired before, or was cancelled.
    :raises ApiError: a request failed, or its response is not what the API promises.
    :raises IncompleteListingError: the list could not be proven complete, or is longer than SMS can show.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    problem = IncompleteListingError(f"The list of {catalogue.records} was not read.")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            # Each attempt begins anew: pages of two attempts prove nothing about each other.
            return _Paginator(client, catalogue, filters, deadline).read()
        except _UnprovenError as unproven:
            problem = IncompleteListingError(
                f"The list of {catalogue.records} at {client.endpoint} could not be proven complete in {ATTEMPTS}"
                f" attempts: {unproven}. Nothing is listed rather than a part. The list may be changing faster than it"
                f" can be read: try again, or {catalogue.advice}."
            )
        client.progress(f"Attempt {attempt} of {ATTEMPTS} to list the {catalogue.records} failed: {problem}")
    raise problem


class _Paginator:
    """One attempt to read a whole list."""

    def __init__(self, client: Client, catalogue: Catalogue, filters: Mapping[str, str], deadline: Deadline) -> None:
        self._client = client
        self._catalogue = catalogue
        self._filters = filters
        self._deadline = deadline
        self._pages: dict[_Window, Page] = {}

    def read(self) -> list[Record]:
        """Return the records in the order of the list.

        :raises _UnprovenError: a record may be missing.
        """
        first_window = _Window(0, 0, self._catalogue.page_size)
        first = self._fetch(first_window)
        most = MAX_OFFSET + self._catalogue.page_size
        if first.count > most:
            raise IncompleteListingError(
                f"{first.count} {self._catalogue.records} match, but the service shows no more than the first"
                f" {most} (request ID: {first.request_id}). {_NARROW}",
                transient=False,
            )
        self._pages[first_window] = first
        if self._is_full(first_window):
            self._read_rest(first)
        return _join(self._pages)

    def _read_rest(self, first: Page) -> None:
        """Read on until a page is not full: a count that is too low must not end the list early.

        :raises IncompleteListingError: there may be records behind the last one that SMS can show.
        """
        steps = self._steps_behind(first)
        while next_steps := list(self._steps_up_to(first.count, steps)):
            self._fetch_all([window for step in next_steps for window in step])
            if not self._is_full(next_steps[-1][0]):
                return
        # The last page that SMS can show is full, so that only the count says whether the list ends there.
        end = max(window.start + len(page.records) for window, page in self._pages.items())
        if end != first.count:
            raise IncompleteListingError(
                f"{first.count} {self._catalogue.records} were announced, but the service showed the first {end}, which"
                f" is all that it can show (request ID: {first.request_id}). {_NARROW}",
                transient=False,
            )

    def _steps_behind(self, first: Page) -> Iterator[_Step]:
        """Return the steps through the rest of the list, for the meaning of ``offset`` that the second page shows.

        :raises _UnprovenError: the second page fits neither meaning of ``offset``, so that a record moved.
        """
        size = self._catalogue.page_size
        for steps in (_steps_by_record(size), _steps_by_page(size)):
            step = next(steps)
            second = self._fetch(step[0])
            shared = _ids(first) & _ids(second)
            # If offsets count records, the pages share the last record of the first page; if pages, they share none.
            if shared == ({first.records[-1]["id"]} if step[0].start < size else set()):
                self._pages[step[0]] = second
                return chain([step], steps)
            # More or other records are shared: the list moved between the two responses.
            if shared:
                break
        raise _UnprovenError("records moved in the list while it was read")

    def _steps_up_to(self, count: int, steps: Iterator[_Step]) -> Iterator[_Step]:
        """Yield the next steps up to the position ``count``, but at least one."""
        for step in steps:
            yield step
            if step[0].start + self._catalogue.page_size > count:
                return

    def _fetch_all(self, windows: list[_Window]) -> None:
        missing = [window for window in windows if window not in self._pages]
        total = len(self._pages) + len(missing)
        for window, page in map_in_parallel(self._fetch, missing, self._client.concurrency, self._deadline):
            self._pages[window] = page
            self._client.progress(f"Read {len(self._pages)} of {total} pages of the list of {self._catalogue.records}")

    def _fetch(self, window: _Window) -> Page:
        return fetch_page(self._client, self._catalogue, self._filters, window.limit, window.offset, self._deadline)

    def _is_full(self, window: _Window) -> bool:
        return len(self._pages[window].records) >= window.limit


def _ids(page: Page) -> set[str]:
    return {record["id"] for record in page.records}


def _steps_by_record(size: int) -> Iterator[_Step]:
    """Yield the pages behind the first one: each begins with the last record of the page before."""
    stride = size - 1
    for position in range(stride, MAX_OFFSET + stride, stride):
        offset = min(position, MAX_OFFSET)
        yield (_Window(offset, offset, size),)


def _steps_by_page(size: int) -> Iterator[_Step]:
    """Yield the pages behind the first one: pages side by side, each with a small one across the seam before it."""
    for page in range(1, MAX_OFFSET // size + 3):
        seam = page * size
        # The smallest page that does not begin at the seam.
        limit = min(number for number in range(2, seam + 2) if seam % number)
        yield _Window(seam, page, size), _Window(seam // limit * limit, seam // limit, limit)


def _join(pages: Mapping[_Window, Page]) -> list[Record]:
    """Return the whole list, joined from pages that overlap.

    :raises _UnprovenError: the pages contradict each other, so that a record moved while they were read.
    """
    counts = {page.count for page in pages.values()}
    if len(counts) > 1:
        raise _UnprovenError(f"their number changed between {min(counts)} and {max(counts)} while they were read")
    by_position: dict[int, Record] = {}
    for window, page in pages.items():
        for position, record in enumerate(page.records, window.start):
            if by_position.setdefault(position, record)["id"] != record["id"]:
                raise _UnprovenError("records moved in the list while it was read")
    total = len(by_position)
    for window, page in pages.items():
        if len(page.records) < min(window.limit, total - window.start):
            raise _UnprovenError(
                f"a page of {window.limit} from offset {window.offset} has {len(page.records)} records"
            )
    unique = len({record["id"] for record in by_position.values()})
    if unique < max(total, *counts):
        raise _UnprovenError(f"{max(counts)} were announced, but {unique} different ones arrived")
    return [by_position[position] for position in sorted(by_position)]


def fetch_page(
    client: Client, catalogue: Catalogue, filters: Mapping[str, str], limit: int, offset: int, deadline: Deadline
) -> Page:
    """Return one page of a list.

    :raises ApiError: the request failed, or the response is not what the API promises.
    """
    parameters = {**filters, "limit": str(limit), "offset": str(offset)}
    response = client.get(catalogue.path, parameters, deadline, catalogue.purpose)
    problem = malformation(response.json, catalogue.field)
    if problem:
        raise client.invalid_response(response, problem)
    return Page(response.json[catalogue.field], response.json["count"], response.request_id)


def malformation(content: Any, field: str) -> str:
    """Return in which way the content of a response is not what the API promises; empty if it is."""
    if not isinstance(content, dict):
        return "the JSON is no object"
    count, records = content.get("count"), content.get(field)
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < _MAX_COUNT:
        return "count is missing or no number"
    if not isinstance(records, list):
        return f"{field} is missing or no list"
    for position, record in enumerate(records):
        if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not record["id"]:
            return f"record {position} of {field} has no id"
    return ""


def show_one(client: Client, path: str, record_id: str, deadline: Deadline | None, purpose: Purpose) -> Record | None:
    """Return one task or source server; None if SMS does not have it.

    :raises ApiError: the request failed, or the response has another ID.
    """
    return show_one_with_date(client, path, record_id, deadline, purpose)[0]


def show_one_with_date(
    client: Client, path: str, record_id: str, deadline: Deadline | None, purpose: Purpose
) -> tuple[Record | None, int | None]:
    """Return what :func:`show_one` returns, and when SMS sent it in milliseconds by its own clock, if it says so.

    :raises ApiError: as :func:`show_one`.
    """
    try:
        response = client.get(f"{path}/{path_segment(record_id)}", {}, deadline, purpose)
    except ApiError as error:
        if error.failure.status == 404 and error.failure.code in _NOT_FOUND:
            return None, None
        raise
    # A response about another record would be taken as evidence for this one.
    if not isinstance(response.json, dict) or response.json.get("id") != record_id:
        raise client.invalid_response(response, "it is about something else than what was asked for")
    return response.json, response.date


def path_segment(record_id: str) -> str:
    """Return an ID encoded as one segment of a path.

    :raises SmsError: it is no ID.
    """
    if record_id in ("", ".", ".."):
        raise SmsError(f"{record_id!r} is no ID of a task or source server.")
    return quote(record_id, safe="")
