# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One source server: its record as it is at any time."""

from __future__ import annotations

import json
from typing import Any

import synthetic
from journey import Journey
from timeline import Phase, plan

STANDING_FIELDS = {"state", "migration_cycle", "current_task"}


def _identity(record: Any) -> tuple[Any, int]:
    """ID and registration date of a record, as far as it has them."""
    if isinstance(record, synthetic.Draft):
        return record.id, record.add_date
    if not isinstance(record, dict):
        return None, 0
    added = record.get("add_date")
    return record.get("id"), added if isinstance(added, int) else 0


class Server:
    """One source server; its record, and the JSON of it, are made anew only when time has changed them."""

    def __init__(self, record: Any, now: int, attended: bool = True) -> None:
        self._attended = attended
        self._steered = False  # whether calls of the API say where it goes
        self._begin(record, now)

    def _begin(self, record: Any, now: int) -> None:
        self._record = record
        self._json: bytes | None = None
        self._epoch = now
        self._journey: Journey | None = None
        self._valid_until: float = now
        self.id, added = _identity(record)
        self.sort_key = (-added, str(self.id))

    def record(self, now: int) -> Any:
        """The record at that time, which never goes back. It must not be modified."""
        if isinstance(self._record, synthetic.Draft):
            self._record = self._record.record
        if now > self._valid_until:
            self._journey = self._journey or Journey(
                self._record, self._epoch, plan(self._record, self._epoch, self._attended)
            )
            self._look(self._journey, now)
        return self._record

    def _look(self, journey: Journey, now: int) -> None:
        changed = journey.at(now)
        self._valid_until = journey.valid_until(now)
        if changed is not self._record:
            self._record, self._json = changed, None

    def json(self, now: int) -> bytes:
        record = self.record(now)
        if self._json is None:
            self._json = json.dumps(record).encode()
        return self._json

    def update(self, fields: dict, now: int) -> None:
        """Change fields of the record; it goes on from what it then says."""
        record = self.record(now)
        if not self._steered:
            self._begin({**record, **fields}, now)
            return
        goes_on = self._journey and not fields.keys() & STANDING_FIELDS
        self.steer(self._journey.ahead() if goes_on else [], now, fields)

    def steer(self, phases: list[Phase], now: int, fields: dict) -> None:
        """Change fields of the record, and let it go through these phases, and nowhere else, from now on."""
        self._steered = True
        self._begin({**self.record(now), **fields}, now)
        self._journey = Journey(self._record, now, phases)
        self._look(self._journey, now)

    def attend(self, attended: bool, now: int) -> None:
        """Whether somebody at the console takes it further from now on, unless calls of the API do."""
        self._attended = attended
        if not self._steered and (self._journey or now > self._epoch):
            self._begin(self.record(now), now)
