# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misbehaviour on request: changes of the fleet in the middle of a listing, and answers that are wrong or missing."""

from __future__ import annotations

import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from messages import ERROR_SHAPES, Answer, Request, answer_error, answer_json

if TYPE_CHECKING:
    from state import State

PATH = "/v3/sources"
ANY = object
COUNT = "a whole number from 0 on"
TEXT = "a string"
# kind -> its fields and what each must be
KINDS: dict[str, dict[str, Any]] = {
    # these change something and then let the request be answered
    "register": {"n": COUNT, "records": list},
    "vanish": {"ids": list, "position": COUNT, "n": COUNT},
    "move": {"id": TEXT, "position": COUNT, "to": COUNT},
    "update": {"update": dict},
    "expire_tokens": {},
    # these spoil the answer
    "delay": {"seconds": float},
    "status": {"status": COUNT, "error_code": ANY, "error_msg": TEXT, "retry_after": ANY, "shape": TEXT},
    "drop": {},
    "truncate": {},
    "truncate_json": {},
    "not_json": {},
    "body": {"body": ANY, "text": TEXT},
    "redirect": {"location": TEXT, "status": COUNT},
}
COMMON = {"kind": TEXT, "path": TEXT, "method": TEXT, "skip": COUNT, "times": COUNT, "after": bool}
CHANGES = ("register", "vanish", "move", "update", "expire_tokens")
# kind -> sets of fields, of which one must be given whole
REQUIRED = {
    "register": ({"n"}, {"records"}),
    "vanish": ({"ids"}, {"position", "n"}),
    "move": ({"id", "to"}, {"position", "to"}),
    "update": ({"update"},),
    "delay": ({"seconds"},),
    "body": ({"body"}, {"text"}),
    "redirect": ({"location"},),
}
LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n"


class Fault:
    """One fault: it lets `skip` requests for its path pass and then hits `times` of them (None: all)."""

    def __init__(self, description: Any) -> None:
        """ValueError says what is wrong with a description."""
        _validate(description)
        self.kind: str = description["kind"]
        self.details: dict = description
        self._path: str = description.get("path", PATH) + "*"
        self._method: str | None = description.get("method")
        self._skip: int = description.get("skip", 0)
        self._times: int | None = description.get("times")
        self._hits = 0

    def due(self, request: Request) -> bool:
        """Whether it is to hit that request, which counts as one that it could have hit if it is for it."""
        if not fnmatchcase(request.path, self._path) or self._method not in (None, request.method):
            return False
        if self._hits == self._times:
            return False
        self._skip -= 1
        return self._skip < 0

    def hit(self) -> None:
        self._hits += 1

    def as_json(self) -> dict:
        """The description, and how often it has hit."""
        return {**self.details, "hits": self._hits}


class Faults:
    """The faults in the order in which they were set."""

    def __init__(self, descriptions: list) -> None:
        self._faults = [Fault(description) for description in descriptions]

    def as_json(self) -> list[dict]:
        return [fault.as_json() for fault in self._faults]

    def strike(self, state: State, request: Request) -> Fault | None:
        """Apply every change that is due; return the first fault that is to spoil the answer."""
        spoiler = None
        for fault in [fault for fault in self._faults if fault.due(request)]:
            if fault.kind in CHANGES:
                fault.hit()
                _change(state, fault.kind, fault.details)
            elif spoiler is None:
                fault.hit()
                spoiler = fault
        return spoiler


def _validate(description: Any) -> None:
    if not isinstance(description, dict) or str(description.get("kind")) not in KINDS:
        raise ValueError(f"a fault is an object whose kind is one of {', '.join(KINDS)}")
    kind = description["kind"]
    known = {**COMMON, **KINDS[kind]}
    for name, value in description.items():
        if name not in known:
            raise ValueError(f"a fault of kind {kind} has no field {name}; it may have {', '.join(known)}")
        if not _fits(value, known[name]):
            raise ValueError(f"{name} of a fault of kind {kind} must be {_wanted(known[name])}, not {value!r}")
    choices = REQUIRED.get(kind, (set(),))
    if not any(choice <= description.keys() for choice in choices):
        raise ValueError(f"a fault of kind {kind} needs {' or '.join('+'.join(sorted(one)) for one in choices)}")
    if description.get("shape", "text") not in (*ERROR_SHAPES, "text"):
        raise ValueError(f"shape must be one of {', '.join(ERROR_SHAPES)}, text")


def _fits(value: Any, wanted: Any) -> bool:
    if wanted == COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if wanted == TEXT:
        return isinstance(value, str)
    if wanted is dict:
        return isinstance(value, dict) and all(isinstance(fields, dict) for fields in value.values())
    if wanted is float:
        return type(value) in (int, float) and value >= 0
    return isinstance(value, wanted)


def _wanted(wanted: Any) -> str:
    names = {float: "a number from 0 on", list: "a list", dict: "an object of objects", bool: "true or false"}
    return names.get(wanted, wanted)


def _change(state: State, kind: str, details: dict) -> None:
    fleet = state.fleet
    if kind == "expire_tokens":
        state.expire_tokens()
    elif kind == "update":
        fleet.update(details["update"])
    elif kind == "register":
        fleet.register(details.get("records", []))
        fleet.register_new(details.get("n", 0))
    elif kind == "vanish":
        fleet.vanish(details.get("ids", []))
        fleet.vanish_at(details.get("position", 0), details.get("n", 0))
    else:
        fleet.move(details["position"] if "position" in details else fleet.position(details["id"]), details["to"])


def spoil(fault: Fault, answer_request: Callable[[], Answer]) -> Answer | None:
    """The answer that a fault makes of a request (None: no answer at all).

    `answer_request` does what is asked and gives the proper answer. `after` has it done whatever is answered then.
    """
    details = fault.details
    if details.get("after"):
        done = answer_request()
        return _spoil(fault.kind, details, lambda: done)
    return _spoil(fault.kind, details, answer_request)


def _spoil(kind: str, details: dict, answer_request: Callable[[], Answer]) -> Answer | None:
    if kind == "drop":
        return None
    if kind == "status":
        return _error(details)
    if kind == "not_json":
        return Answer(200, LOGIN_PAGE, content_type="text/html")
    if kind == "body":
        return _body(details)
    if kind == "redirect":
        return Answer(details.get("status", 302), b"", {"Location": details["location"]})
    if kind == "delay":
        time.sleep(details["seconds"])
    answer = answer_request()
    if kind == "truncate":
        answer.sent = len(answer.body) // 2
    elif kind == "truncate_json":
        answer.body = answer.body[: len(answer.body) // 2]
    return answer


def _error(details: dict) -> Answer:
    answer = answer_error(
        details.get("status", 500),
        details.get("error_code", "SMS.0001"),
        details.get("error_msg", "An internal error occurred."),
        details.get("shape", "sms"),
    )
    if "retry_after" in details:
        answer.headers["Retry-After"] = str(details["retry_after"])
    return answer


def _body(details: dict) -> Answer:
    if "text" in details:
        return Answer(200, details["text"].encode(errors="surrogatepass"))
    return answer_json(details["body"])
