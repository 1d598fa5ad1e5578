# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: requests and responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Purpose:
    """What a request is for, so that its errors can be explained.

    :ivar description: completes the sentence "Could not …".
    :ivar permissions: the permission that it needs, by its names in both kinds of authorization; empty if the user has
        to check the options instead.
    :ivar service: the name of the service.
    :ivar option: the option that has the service's address.
    :ivar pick: selects the part of the response's JSON that is needed, whatever that JSON is; None for all of it.
    """

    description: str
    permissions: str = ""
    service: str = "SMS"
    option: str = "endpoint"
    pick: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    :ivar url: with its query encoded.
    :ivar body: sent as JSON; None for no body.
    :ivar success: the status of a successful response.
    :ivar has_content: whether the body of a successful response is needed.
    :ivar project: the ID of the project that the URL contains; empty if it contains none.
    :ivar modifying: whether it changes something, so that it must not be processed twice.
    """

    purpose: Purpose
    method: str
    url: str
    body: Any = None
    success: int = 200
    has_content: bool = True
    project: str = ""
    modifying: bool = False

    @property
    def address(self) -> str:
        """The URL without the query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    @property
    def query(self) -> str:
        """The query of the URL."""
        return urlsplit(self.url).query


@dataclass(frozen=True)
class Response:
    """One HTTP response.

    :ivar request_id: identifies the request to the vendor's support; without secrets, empty if unknown.
    :ivar json: the decoded JSON of a successful response.
    :ivar content: the beginning of the body of any other response.
    :ivar retries: number of retries before this response.
    """

    request: Request
    status: int
    headers: Mapping[str, str]
    request_id: str = ""
    json: Any = None
    content: bytes = b""
    retries: int = 0

    @property
    def date(self) -> int | None:
        """When the service sent it, by its own clock, in milliseconds since the epoch; None if it does not say."""
        try:
            return round(parsedate_to_datetime(self.headers.get("Date") or "").timestamp() * 1000)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    @property
    def retry_after(self) -> str | None:
        """The header ``Retry-After``."""
        return self.headers.get("Retry-After")
