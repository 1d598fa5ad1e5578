# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the servers that an action waits for, and those that cannot arrive.

Nothing here sends a request or reads a clock: each listing comes with its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _progress, _records, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record

_MAX_SERVERS_SHOWN = 20
_MAX_SENTENCES = 10
_FIELDS = ("id", "name", "state", "migration_cycle", "connected")


@dataclass(frozen=True)
class WaitOptions:
    """The options of the action ``wait_for_cycle``, with their defaults. All times are in seconds.

    :ivar cycles: the migration cycles of which each server has to reach one.
    :ivar timeout: for one request.
    """

    cycles: Sequence[str]
    timeout: float
    wait_timeout: float = 14400
    interval: float = 30
    max_interval: float = 300
    tolerated_failures: int = 5
    disconnected_timeout: float = 900

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> WaitOptions:
        """Return those of the options that concern the wait."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})


class Waiting:
    """The servers that an action waits for.

    :ivar servers: the latest record of each server, by ID.
    :ivar missing: the IDs of the servers that the latest listing does not have.
    :ivar waiting: the servers that have not reached the goal, the one with the least progress first.
    :ivar obstacles: why servers cannot reach the goal, by ID. Each text is the predicate of a sentence.
    :param cycles: the goal: one of these migration cycles.
    :param disconnected_timeout: seconds for which a server may be disconnected; 0 for no limit.
    :param now: the time of the listing in seconds, by the same clock as all later ones.
    """

    def __init__(
        self, records: Sequence[Record], cycles: Sequence[str], disconnected_timeout: float, now: float
    ) -> None:
        self.servers = {record["id"]: record for record in records}
        self.missing: set[str] = set()
        self._cycles = cycles
        self._disconnected_timeout = disconnected_timeout
        self._disconnected_since: dict[str, float] = {}
        self._evaluate(now)

    def update(self, records: Iterable[Record], now: float) -> None:
        """Replace the records by those of a complete listing."""
        listed = {record["id"]: record for record in records}
        self.missing = self.servers.keys() - listed.keys()
        self.servers = {server_id: listed.get(server_id, record) for server_id, record in self.servers.items()}
        self._evaluate(now)

    def take_over(self, since: Mapping[str, float]) -> None:
        """Count the time of a disconnection from an earlier moment: ``disconnected_since`` of an earlier wait."""
        for server_id in self._disconnected_since:
            self._disconnected_since[server_id] = since.get(server_id, self._now)
        self._evaluate(self._now)

    def _evaluate(self, now: float) -> None:
        # Once for each listing: the loop and the lines that it prints read the results several times.
        self._now = now
        disconnected = [server_id for server_id, record in self.servers.items() if record.get("connected") is False]
        self._disconnected_since = {
            server_id: self._disconnected_since.get(server_id, now) for server_id in disconnected
        }
        self.waiting = sorted(
            (record for record in self.servers.values() if not self._has_reached(record)),
            key=lambda record: (_progress.percent_of(record) or 0, str(record.get("name"))),
        )
        obstacles = {record["id"]: self._obstacle(record) for record in self.waiting}
        # In the order of the servers, which does not change from one listing to the next.
        self.obstacles = {server_id: obstacles[server_id] for server_id in self.servers if obstacles.get(server_id)}

    def _obstacle(self, record: Record) -> str:
        """Return why a server that is waited for cannot reach the goal; empty if it still may."""
        if record["id"] in self.missing:
            return "is no longer registered."
        state = record.get("state")
        if _states.is_dead_end(state):
            return f"is in the state {state}. {_states.obstacle(state)}"
        lasted = self._now - self._disconnected_since.get(record["id"], self._now)
        # During the launch the source may have been shut down on purpose.
        if 0 < self._disconnected_timeout <= lasted and record.get("migration_cycle") != _states.LAUNCHING:
            return f"has been disconnected for {_text.duration(lasted)}. Start its agent, and check its network."
        return ""

    def _has_reached(self, record: Record) -> bool:
        if record["id"] in self.missing or record.get("state") == _states.FAILED:
            return False
        return _states.has_reached(record.get("migration_cycle"), self._cycles)

    @property
    def disconnected_since(self) -> dict[str, float]:
        """The times at which disconnected servers were first seen disconnected, by ID."""
        return dict(self._disconnected_since)

    def lacks(self, records: Iterable[Record]) -> bool:
        """Return whether one of the servers is not in a listing."""
        return not self.servers.keys() <= {record["id"] for record in records}

    @property
    def goal(self) -> str:
        return " or ".join(self._cycles)

    @property
    def headline(self) -> str:
        """The progress of all servers in one line."""
        progress = _progress.combine(map(_progress.progress_of, self.servers.values()))
        arrived = len(self.servers) - len(self.waiting)
        words = _progress.describe(progress)
        silent = sum(_progress.progress_of(record).seconds_left is None for record in self.waiting)
        if progress.seconds_left and silent:
            words += f" ({silent} {'does' if silent == 1 else 'do'} not tell)"
        return f"{arrived} of {len(self.servers)} servers in {self.goal}{': ' if words else ''}{words}"

    @property
    def lines(self) -> list[str]:
        """A line for each server that has not reached the goal, up to a maximum."""
        rows = [
            ("        ", _records.label(record), record.get("state"), record.get("migration_cycle"), _details(record))
            for record in self.waiting[:_MAX_SERVERS_SHOWN]
        ]
        more = len(self.waiting) - len(rows)
        return [*_text.table(rows), *([f"          and {more} more"] if more else [])]

    @property
    def stragglers(self) -> str:
        """The servers that have not reached the goal, as a clause."""
        return f"not yet in {self.goal} are {_text.some_of([*map(_records.label, self.waiting)])}"

    @property
    def sentences(self) -> list[str]:
        """The obstacles as sentences, each with the name of its server."""
        return [f"{_records.label(self.servers[server_id])} {reason}" for server_id, reason in self.obstacles.items()]

    def result(self, message: str) -> dict[str, Any]:
        """Return the result of an action."""
        return {"changed": False, "msg": message, "servers": [*map(self._row, self.servers.values())]}

    def failure(self, message: str) -> dict[str, Any]:
        """Return the result of an action that failed."""
        return {**self.result(message), "failed": True}

    def failure_by_obstacles(self) -> dict[str, Any]:
        """Return the result of an action that failed because servers cannot reach the goal."""
        sentences, count = self.sentences[:_MAX_SENTENCES], len(self.obstacles)
        more = [f"And {count - len(sentences)} more."] if count > len(sentences) else []
        return self.failure(
            f"{count} of {len(self.servers)} source servers will not get to {self.goal}:"
            f" {' '.join([*sentences, *more])}"
        )

    def _row(self, record: Record) -> dict[str, Any]:
        return {
            **{field: record.get(field) for field in _FIELDS},
            "reached": self._has_reached(record),
            "progress": _progress.percent_of(record),
        }


def _details(record: Record) -> str:
    words = _progress.describe(_progress.progress_of(record))
    return words if record.get("connected") is True else f"DISCONNECTED{', ' if words else ''}{words}"
