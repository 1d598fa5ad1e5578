# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: servers on their way to a migration cycle, and those that will not arrive.

Nothing here asks the service, or looks at a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _progress, _records, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record

_SERVERS_SHOWN = 20
_SENTENCES_IN_A_MESSAGE = 10
_FIELDS = ("id", "name", "state", "migration_cycle", "connected")


class Wave:
    """The servers that are waited for.

    :ivar servers: the latest record by ID.
    :ivar missing: IDs of the servers that have disappeared.
    :param cycles: the migration cycles to reach one of.
    :param patience: seconds that a server may be disconnected; 0 for no bound.
    :param now: the time of the listing, in seconds, as for all later ones.
    """

    def __init__(self, records: Sequence[Record], cycles: Sequence[str], patience: float, now: float) -> None:
        self.servers = {record["id"]: record for record in records}
        self.missing: set[str] = set()
        self._cycles = cycles
        self._patience = patience
        self._now = now
        self._disconnected_since: dict[str, float] = {}
        self._note_connections()

    def update(self, records: Iterable[Record], now: float) -> None:
        """Take over a complete listing."""
        listed = {record["id"]: record for record in records}
        self.missing = self.servers.keys() - listed.keys()
        self.servers = {server_id: listed.get(server_id, record) for server_id, record in self.servers.items()}
        self._now = now
        self._note_connections()

    def _note_connections(self) -> None:
        disconnected = [server_id for server_id, record in self.servers.items() if record.get("connected") is False]
        self._disconnected_since = {
            server_id: self._disconnected_since.get(server_id, self._now) for server_id in disconnected
        }

    def take_over(self, since: Mapping[str, float]) -> None:
        """Count the time for which servers have been disconnected from an earlier moment on."""
        for server_id in self._disconnected_since:
            self._disconnected_since[server_id] = since.get(server_id, self._now)

    @property
    def disconnected_since(self) -> dict[str, float]:
        """When the servers were seen disconnected first that still are, by their IDs."""
        return dict(self._disconnected_since)

    def lacks(self, records: Iterable[Record]) -> bool:
        """Whether a listing is without one of the servers."""
        return not self.servers.keys() <= {record["id"] for record in records}

    @property
    def goal(self) -> str:
        return " or ".join(self._cycles)

    @property
    def waiting(self) -> list[Record]:
        """The servers that have not reached the goal, the one with the least progress first."""
        waiting = [record for record in self.servers.values() if not self._has_reached(record)]
        return sorted(waiting, key=lambda record: (_progress.percent_of(record) or 0, str(record.get("name"))))

    @property
    def lost(self) -> list[str]:
        """A sentence or two about each server that will not reach the goal."""
        return [f"{_records.label(self.servers[server_id])} {reason}" for server_id, reason in self.obstacles.items()]

    @property
    def obstacles(self) -> dict[str, str]:
        """Why servers will not reach the goal, by their IDs, behind their names."""
        reasons = {server_id: self._obstacle(record) for server_id, record in self.servers.items()}
        return {server_id: reason for server_id, reason in reasons.items() if reason}

    def _obstacle(self, record: Record) -> str:
        """Why a server will not get to the goal, behind its name; empty where nothing is in its way."""
        if record["id"] in self.missing:
            return "is no longer registered."
        if self._has_reached(record):
            return ""
        state = record.get("state")
        if _states.is_dead_end(state):
            return f"is in the state {state}. {_states.obstacle(state)}"
        since = self._disconnected_since.get(record["id"], self._now)
        if 0 < self._patience <= self._now - since and record.get("migration_cycle") != _states.LAUNCHING:
            lasted = _text.duration(self._now - since)
            return f"has been disconnected for {lasted}. Start its agent, and check its network."
        return ""

    @property
    def headline(self) -> str:
        progress = _progress.combine(map(_progress.progress_of, self.servers.values()))
        arrived = len(self.servers) - len(self.waiting)
        words = _progress.describe(progress)
        silent = sum(_progress.progress_of(record).seconds_left is None for record in self.waiting)
        if progress.seconds_left and silent:
            words += f" ({silent} {'does' if silent == 1 else 'do'} not tell)"
        return f"{arrived} of {len(self.servers)} servers in {self.goal}{': ' if words else ''}{words}"

    @property
    def lines(self) -> list[str]:
        """How far the servers are that are still waited for."""
        waiting = self.waiting
        rows = [
            ("        ", _records.label(record), record.get("state"), record.get("migration_cycle"), _details(record))
            for record in waiting[:_SERVERS_SHOWN]
        ]
        more = len(waiting) - len(rows)
        return [*_text.table(rows), *([f"          and {more} more"] if more else [])]

    def result(self, message: str) -> dict[str, Any]:
        return {"changed": False, "msg": message, "servers": [*map(self._outcome, self.servers.values())]}

    def failure(self, message: str) -> dict[str, Any]:
        return {**self.result(message), "failed": True}

    def loss(self) -> dict[str, Any]:
        """The failure for servers that will not reach the goal."""
        lost = self.lost
        more = len(lost) - _SENTENCES_IN_A_MESSAGE
        sentences = [*lost[:_SENTENCES_IN_A_MESSAGE], *([f"And {more} more."] if more > 0 else [])]
        return self.failure(
            f"{len(lost)} of {len(self.servers)} source servers will not get to {self.goal}: {' '.join(sentences)}"
        )

    @property
    def stragglers(self) -> str:
        """In words, who has not arrived."""
        return f"not yet in {self.goal} are {_text.some_of([*map(_records.label, self.waiting)])}"

    def _outcome(self, record: Record) -> dict[str, Any]:
        return {
            **{field: record.get(field) for field in _FIELDS},
            "reached": self._has_reached(record),
            "progress": _progress.percent_of(record),
        }

    def _has_reached(self, record: Record) -> bool:
        if record["id"] in self.missing or record.get("state") == _states.FAILED:
            return False
        return _states.has_reached(record.get("migration_cycle"), self._cycles)


def _details(record: Record) -> str:
    words = _progress.describe(_progress.progress_of(record))
    return words if record.get("connected") is True else f"DISCONNECTED{', ' if words else ''}{words}"
