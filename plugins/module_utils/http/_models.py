# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what is asked of a service, and what can come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """What is asked of whom.

    :ivar purpose: what for, after "Could not".
    :ivar option: the option that says where it is.
    :ivar url: with its query encoded.
    :ivar success: the status of the answer that is hoped for.
    :ivar has_content: whether that answer's body is needed.
    :ivar permissions: what it takes, in the words of an advice; empty where the advice is to look elsewhere.
    :ivar service: who is asked.
    :ivar project: the ID of the project that it is about, where that stands in the URL.
    :ivar changes: whether it changes something, so that it must never be done twice.
    :ivar pick: takes what is needed out of the answer's content; None where all of it is needed.
    """

    purpose: str
    option: str
    method: str
    url: str
    body: Any = None
    success: int = 200
    has_content: bool = True
    permissions: str = ""
    service: str = "SMS"
    project: str = ""
    changes: bool = False
    pick: Callable[[Any], Any] | None = None

    @property
    def place(self) -> str:
        """The address without the query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    @property
    def query(self) -> str:
        """What comes behind the address."""
        return urlsplit(self.url).query


@dataclass(frozen=True)
class Reply:
    """What came back.

    :ivar content: the decoded JSON of the answer that was hoped for.
    :ivar body: the beginning of any other.
    :ivar retries: how often it was asked for again.
    """

    status: int
    headers: Mapping[str, str]
    content: Any = None
    body: bytes = b""
    retries: int = 0

    @property
    def retry_after(self) -> str | None:
        return self.headers.get("Retry-After")

    @property
    def request_id(self) -> str:
        return self.headers.get("X-Request-Id") or self.headers.get("X-IAM-Trace-Id") or ""
