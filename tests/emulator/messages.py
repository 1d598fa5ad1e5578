# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes in and out: requests, answers, and the error bodies of the service, its gateway and IAM."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Request:
    """One HTTP request as it was received; `target` is the path with its query string, still percent-encoded."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def raw_query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def json(self) -> Any:
        """The body as JSON; ValueError if it is none."""
        return json.loads(self.body)


@dataclass
class Answer:
    """One HTTP answer; only the first `sent` bytes of its body go out (None: all), then the connection closes."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    sent: int | None = None


def answer_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers or {})


ERROR_SHAPES = {
    "sms": lambda status, code, message: {"error_code": code, "error_msg": message},
    "iam": lambda status, code, message: {"error": {"code": code, "message": message, "title": _title(status)}},
    "ecs": lambda status, code, message: {"error": {"code": code, "message": message}},
    "camel": lambda status, code, message: {"errorCode": code, "errorMsg": message},
    "code": lambda status, code, message: {"code": code, "message": message},
}


def answer_error(status: int, code: str | int, message: str, shape: str = "sms") -> Answer:
    """An error in one of the ERROR_SHAPES, or in the shape `text`, which is no JSON at all."""
    if shape == "text":
        return Answer(status, f"{code}: {message}".encode(), content_type="text/plain")
    return answer_json(ERROR_SHAPES[shape](status, code, message), status)


def _title(status: int) -> str:
    titles = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
    return titles.get(status, "Error")
