# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the emulator holds, and how it is put back to what it was started with."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from clock import Clock
from faults import Faults
from fleet import Dataset, Fleet
from iam import Account, Tokens
from machines import Machines
from messages import Request
from metadata import AgencyKeys
from orders import Order
from templates import first_templates

LOGGED_REQUESTS = 10_000


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


@dataclass(frozen=True)
class Settings:
    """What can be changed while the emulator runs; RULES says what each may be."""

    offset_unit: str = "records"
    latency: float = 0.0
    speed: float = 0.0
    count_bias: int = 0
    connected_means: str = "disconnected"
    forbidden: bool = False
    token_lifetime: float = 86400
    page_cap: int | None = None
    register_every: float | None = None
    attended: bool = True
    denied: list[str] = field(default_factory=list)
    allowed: list[str] | None = None
    failing: list[str] = field(default_factory=list)
    refused_operations: list[str] = field(default_factory=list)
    launch_quota: int | None = None
    privacy_agreed: bool = True
    action_answer: str = "object"
    agency: bool = True
    configuration_names: str = "newer"
    metadata_token: bool = False
    synchronization: str = "accepted"
    unsynchronizable: list[str] = field(default_factory=list)
    after_synchronization: str = "SYNCING"
    consistency: str = "success"
    consistency_form: str = "objects"
    differing: list[str] = field(default_factory=list)
    clone: str = "made"
    clone_again: str = "accepted"
    record_names: str = "long"
    batch_deletion: str = "whole"

    def changed(self, changes: object) -> Settings:
        """These settings with some changed; ValueError if there is no such setting or value."""
        if not isinstance(changes, dict):
            raise ValueError("settings are an object")
        for name, value in changes.items():
            if name not in RULES:
                raise ValueError(f"there is no setting {name}; there are {', '.join(RULES)}")
            accepts, wanted = RULES[name]
            if not accepts(value):
                raise ValueError(f"{name} must be {wanted}, not {value!r}")
        return replace(self, **changes)

    def as_json(self) -> dict:
        return asdict(self)


RULES = {
    "offset_unit": (lambda value: value in ("records", "pages"), "records or pages"),
    "latency": (_number, "seconds, from 0 on"),
    "speed": (_number, "simulated seconds per second, from 0 on"),
    "count_bias": (_whole, "a whole number"),
    "connected_means": (lambda value: value in ("connected", "disconnected"), "connected or disconnected"),
    "forbidden": (_flag, "true or false"),
    "token_lifetime": (_number, "seconds, from 0 on"),
    "page_cap": (lambda value: value is None or (_whole(value) and value > 0), "a whole number from 1 on, or null"),
    "register_every": (lambda value: value is None or (_number(value) and value > 0), "seconds, above 0, or null"),
    "attended": (_flag, "true or false"),
    "denied": (_texts, "a list of actions"),
    "allowed": (lambda value: value is None or _texts(value), "a list of actions, or null"),
    "failing": (_texts, "a list of server IDs"),
    "refused_operations": (_texts, "a list of operations"),
    "launch_quota": (
        lambda value: value is None or (_whole(value) and value >= 0),
        "a whole number from 0 on, or null",
    ),
    "privacy_agreed": (_flag, "true or false"),
    "action_answer": (lambda value: value in ("object", "empty", "string"), "object, empty or string"),
    "agency": (_flag, "true or false"),
    "configuration_names": (lambda value: value in ("newer", "older", "refused"), "newer, older or refused"),
    "metadata_token": (_flag, "true or false"),
    "synchronization": (lambda value: value in ("accepted", "refused", "ignored"), "accepted, refused or ignored"),
    "unsynchronizable": (_texts, "a list of server IDs"),
    "after_synchronization": (
        lambda value: value in ("SYNCING", "RUNNING", "SYNC_SUCCESS"),
        "SYNCING, RUNNING or SYNC_SUCCESS",
    ),
    "consistency": (
        lambda value: value in ("success", "failed", "empty", "missing"),
        "success, failed, empty or missing",
    ),
    "consistency_form": (lambda value: value in ("objects", "texts", "flat"), "objects, texts or flat"),
    "differing": (_texts, "a list of server IDs"),
    "clone": (lambda value: value in ("made", "left", "ignored"), "made, left or ignored"),
    "clone_again": (lambda value: value in ("accepted", "refused"), "accepted or refused"),
    "record_names": (lambda value: value in ("long", "short"), "long or short"),
    "batch_deletion": (lambda value: value in ("whole", "partial"), "whole or partial"),
}


class RequestLog:
    """The latest requests, in order of arrival, as the control endpoint shows them."""

    def __init__(self) -> None:
        self._entries: deque[dict] = deque(maxlen=LOGGED_REQUESTS)
        self._in_flight = 0

    def arrived(self, request: Request, request_id: str) -> dict:
        """Note a request; its entry's status is None until it is answered."""
        self._in_flight += 1
        entry = {
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query],
            "raw_query": request.raw_query,
            "headers": dict(request.headers.items()),
            "body": request.body.decode("utf-8", "replace"),
            "status": None,
            "request_id": request_id,
            "in_flight": self._in_flight,
        }
        self._entries.append(entry)
        return entry

    def answered(self, entry: dict, status: int | None) -> None:
        self._in_flight -= 1
        entry["status"] = status

    def entries(self) -> list[dict]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()


@dataclass(frozen=True)
class Start:
    """What the command line asks for."""

    data: Dataset
    seed: int
    settings: Settings
    account: Account
    faults: list


class State:
    """The emulator's whole state. Whoever reads or changes it holds `lock`."""

    def __init__(self, start: Start) -> None:
        self.lock = threading.Lock()
        self._start = start
        self.reset()

    def reset(self) -> None:
        """Back to what the emulator was started with."""
        start = self._start
        self.account = start.account
        self.settings = start.settings
        self.clock = Clock(start.settings.speed)
        self.fleet = Fleet(start.data, self.clock, start.seed, start.settings.attended)
        self.orders: dict[str, Order] = {}  # by the ID of the task
        self.machines = Machines()
        self.templates: list[dict] = first_templates()
        self.faults = Faults(start.faults)
        self.tokens = Tokens(start.account.tokens, start.account.project_id)
        self.agency = AgencyKeys()
        self.log = RequestLog()

    def order(self, task: object) -> Order | None:
        """What was asked for when that task of a record's was created; None if nobody has acted on it."""
        task_id = task.get("id") if isinstance(task, dict) else None
        return self.orders.get(task_id) if isinstance(task_id, str) else None

    def change_settings(self, changes: object) -> None:
        self.settings = self.settings.changed(changes)
        self.clock.set_speed(self.settings.speed)
        self.fleet.attend(self.settings.attended)

    def expire_tokens(self) -> None:
        self.tokens.expire_all(self.clock.token_time())

    def pass_time(self) -> None:
        """Let happen what simulated time brings about of itself."""
        if self.settings.register_every:
            self.fleet.register_due(self.settings.register_every)
