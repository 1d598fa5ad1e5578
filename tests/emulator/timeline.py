# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies ahead of a server as simulated time goes by.

A server goes along PATH in one to three simulated hours; how fast, and whether something goes wrong on the way, follows
from its id alone. Nothing here depends on when or how often anybody looks. All times are epoch milliseconds.
"""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache
from typing import Any, NamedTuple

TICK = 10_000  # agents report their progress this often
FAILING = 0.05  # the share of the servers whose migration fails
LEAVING = 0.05  # the share of the servers whose agent is disconnected for a while


class Stage(NamedTuple):
    state: str
    cycle: str
    task_state: str | None
    share: float  # of the time that the whole migration takes
    copied: float  # the share of the data that was copied when the stage begins


PATH = (
    Stage("waiting", "checking", None, 0.08, 0.0),
    Stage("initialize", "setting", "READY", 0.07, 0.0),
    Stage("replicate", "replicating", "RUNNING", 0.55, 0.0),
    Stage("syncing", "syncing", "SYNCING", 0.20, 1.0),
    Stage("cutovering", "cutovering", "SYNCING", 0.10, 1.0),
    Stage("finished", "cutovered", "MIGRATE_SUCCESS", 0.0, 1.0),
)
CHECKING, SETTING, REPLICATING, SYNCING, CUTOVERING = range(5)
BY_HAND = (CHECKING, SETTING, SYNCING)  # stages that only a person at the console, or a call of the API, ends


class Phase(NamedTuple):
    """From `begins` on the record shows this, until the next phase begins."""

    begins: int
    state: str
    cycle: str
    task_state: str | None
    connected: bool
    copied: float
    task: dict | None = None  # what else the current task then says


class Fate:
    """What is in store for one server; everything is drawn, needed or not."""

    def __init__(self, server_id: str) -> None:
        pace, incident, failing, leaving, moment, absence, elapsed = draws(server_id)
        whole = 3_600_000 * (1 + 2 * pace)
        self.lengths = [int(stage.share * whole) for stage in PATH]
        self.fails_in = self.leaves_in = None
        if incident < FAILING:
            self.fails_in = (REPLICATING, SYNCING, CUTOVERING)[int(failing * 3)]
        elif incident < FAILING + LEAVING:
            self.leaves_in = (CHECKING, REPLICATING, SYNCING)[int(leaving * 3)]
        self.incident_at = 0.2 + 0.6 * moment  # share of the stage that is over by then
        self.absence = int(300_000 + 900_000 * absence)
        self.elapsed = elapsed  # share of its stage that is behind a server whose times do not tell

    def duration(self, index: int) -> int:
        return self.lengths[index] + (self.absence if self.leaves_in == index else 0)


@lru_cache(maxsize=20_000)
def draws(name: str) -> tuple[float, ...]:
    """Seven numbers from 0 to 1 (exclusive) that follow from a name. (To seed Random takes five times as long.)"""
    digest = hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=56).digest()
    return tuple((number >> 11) / 2**53 for number in struct.unpack("<7Q", digest))


def standing(record: Any) -> int | None:
    """The index in PATH of the stage where the record stands; None if it stays as it is for ever."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        return None
    for index, stage in enumerate(PATH[:-1]):
        if record.get("migration_cycle") == stage.cycle and record.get("state") in (stage.state, "unavailable"):
            return None if index == CHECKING and not _checks_passed(record) else index
    return None


def _checks_passed(record: dict) -> bool:
    checks = record.get("checks")
    if not isinstance(checks, list) or not checks:
        return False
    return all(isinstance(check, dict) and check.get("result") != "ERROR" for check in checks)


def plan(record: Any, now: int, attended: bool = True) -> list[Phase]:
    """The phases that lie ahead of a record; without somebody at the console it stops where a person has to act."""
    index = standing(record)
    if index is None:
        return []
    lot = Fate(record["id"])
    begins = _stage_began(record, lot.duration(index), lot.elapsed, now)
    phases: list[Phase] = []
    while index < len(PATH) and not (phases and phases[-1].state == "error"):
        phases += _phases_of(index, begins, lot)
        begins += lot.duration(index)
        if index in BY_HAND and not attended:
            break
        index += 1
    return [phase for phase in phases if phase.begins > now]


def _stage_began(record: dict, duration: int, elapsed: float, now: int) -> int:
    began = record.get("stage_action_time")
    if isinstance(began, int) and now - duration < began <= now:
        return began
    return now - int(elapsed * duration)


def _phases_of(index: int, begins: int, lot: Fate) -> list[Phase]:
    stage = PATH[index]
    incident = begins + int(lot.incident_at * lot.lengths[index])
    done = lot.incident_at if index == REPLICATING else stage.copied
    phases = [Phase(begins, stage.state, stage.cycle, stage.task_state, True, stage.copied)]
    if lot.leaves_in == index:
        phases.append(Phase(incident, "unavailable", stage.cycle, stage.task_state, False, done))
        phases.append(Phase(incident + lot.absence, stage.state, stage.cycle, stage.task_state, True, done))
    if lot.fails_in == index:
        phases.append(Phase(incident, "error", stage.cycle, "MIGRATE_FAIL", True, done))
    return phases


def as_uuid(digits: str) -> str:
    """The first 32 of some hexadecimal digits in the form of a random UUID."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
