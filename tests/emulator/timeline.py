# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a record changes as simulated time goes by.

A server goes along PATH in one to three simulated hours; how fast, and whether something goes wrong on the way, follows
from its id alone. Nothing here depends on when or how often anybody looks. All times are epoch milliseconds.
"""

from __future__ import annotations

import hashlib
import struct
from collections import deque
from typing import Any, NamedTuple

TICK = 10_000  # agents report their progress this often
REGIONS = ("ap-southeast-3", "ap-southeast-1", "cn-north-4")  # where servers migrate to
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
CHECKING, REPLICATING, SYNCING, CUTOVERING = 0, 2, 3, 4


class Phase(NamedTuple):
    """From `begins` on the record shows this, until the next phase begins."""

    begins: int
    state: str
    cycle: str
    task_state: str | None
    connected: bool
    copied: float


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


def draws(name: str) -> list[float]:
    """Seven numbers from 0 to 1 (exclusive) that follow from a name. (To seed Random takes five times as long.)"""
    digest = hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=56).digest()
    return [(number >> 11) / 2**53 for number in struct.unpack("<7Q", digest)]


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


def plan(record: Any, now: int) -> list[Phase]:
    """The phases that lie ahead of a record."""
    index = standing(record)
    if index is None:
        return []
    lot = Fate(record["id"])
    begins = _stage_began(record, lot.duration(index), lot.elapsed, now)
    phases: list[Phase] = []
    while index < len(PATH) and not (phases and phases[-1].state == "error"):
        phases += _phases_of(index, begins, lot)
        begins += lot.duration(index)
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


class Journey:
    """A record on its way; ask with times that never go back. The record it was made with is not modified."""

    def __init__(self, record: Any, now: int) -> None:
        self._record = record
        self._ahead = deque(plan(record, now))
        self._since = now
        self._copied = copied(record) if self._ahead else 0.0

    def at(self, now: int) -> Any:
        """The record as it is at that time."""
        while self._ahead and self._ahead[0].begins <= now:
            phase = self._ahead.popleft()
            self._since, self._copied = phase.begins, max(self._copied, phase.copied)
            self._record = _enter(self._record, phase, self._copied)
        if self._copying():
            self._record = self._progressed(max(self._since, now - now % TICK))
        return self._record

    def valid_until(self, now: int) -> float:
        """The last millisecond at which `at` gives what it gives now."""
        changes = [phase.begins for phase in list(self._ahead)[:1]]
        if self._copying():
            changes.append(now - now % TICK + TICK)
        return min(changes) - 1 if changes else float("inf")

    def _copying(self) -> bool:
        return bool(self._ahead) and self._record["state"] == "replicate"

    def _progressed(self, now: int) -> dict:
        following = self._ahead[0]
        total = _total(self._record)
        left_to_copy = max(0.0, following.copied - self._copied) * total
        rate = left_to_copy / (following.begins - self._since)  # bytes per millisecond
        replicated = self._copied * total + rate * (now - self._since)
        remaining = int((total - replicated) / rate) if rate else 0
        task = {
            **_task(self._record, self._since),
            "migrate_speed": round(rate * 8 / 1000, 2),
            "remain_seconds": remaining // 1000,
            "estimate_complete_time": now + remaining,
        }
        return {**self._record, "totalsize": total, "replicatesize": int(replicated), "current_task": task}


def _enter(record: dict, phase: Phase, copied_by_then: float) -> dict:
    """The record as it is when a phase begins."""
    record = dict(record)
    for field, value, time_field in (
        ("state", phase.state, "state_action_time"),
        ("migration_cycle", phase.cycle, "stage_action_time"),
        ("connected", phase.connected, "last_visit_time"),
    ):
        if record.get(field) != value:
            record[field] = value
            record[time_field] = phase.begins
    if phase.cycle not in ("checking", "setting"):
        record["totalsize"] = _total(record)
        record["replicatesize"] = int(copied_by_then * record["totalsize"])
    if phase.task_state:
        idle = {"migrate_speed": 0.0, "remain_seconds": None, "estimate_complete_time": None}
        record["current_task"] = {**_task(record, phase.begins), **idle, "state": phase.task_state}
    return record


def copied(record: dict) -> float:
    """The share of the data that a record says was replicated, 0 to 1."""
    total, replicated = record.get("totalsize"), record.get("replicatesize")
    if not isinstance(total, int) or not isinstance(replicated, int) or total <= 0:
        return 0.0
    return min(max(replicated / total, 0.0), 1.0)


def _total(record: dict) -> int:
    """The record's `totalsize`; as long as it has none, half of what its disks hold, or 40 GiB."""
    total = record.get("totalsize")
    if isinstance(total, int) and total > 0:
        return total
    target = record.get("init_target_server")
    disks = target.get("disks") if isinstance(target, dict) else None
    sizes = [disk.get("size") for disk in disks if isinstance(disk, dict)] if isinstance(disks, list) else []
    return sum(size for size in sizes if isinstance(size, int)) // 2 or 40 * 2**30


def _task(record: dict, now: int) -> dict:
    """The record's task, or the one that is made when a server's migration is set up."""
    if isinstance(record.get("current_task"), dict):
        return record["current_task"]
    digest = hashlib.blake2b(f"task of {record['id']}".encode(errors="surrogatepass"), digest_size=64).hexdigest()
    by_block = record.get("os_type") == "WINDOWS" or digest[0] < "8"
    return {
        "id": as_uuid(digest),
        "name": "MigrationTask",
        "type": "MIGRATE_BLOCK" if by_block else "MIGRATE_FILE",
        "state": "READY",
        "estimate_complete_time": None,
        "start_date": now,
        "speed_limit": 0,
        "migrate_speed": 0.0,
        "compress_rate": 1 + int(digest[:2], 16) / 256,
        "start_target_server": True,
        "vm_template_id": as_uuid(digest[32:]),
        "region_id": REGIONS[int(digest[1], 16) % len(REGIONS)],
        "project_name": "migration",
        "project_id": digest[64:96],
        "target_server": {"vm_id": as_uuid(digest[96:]), "name": record.get("name")},
        "log_collect_status": "INIT",
        "exist_server": False,
        "use_public_ip": True,
        "clone_server": None,
        "remain_seconds": None,
    }


def as_uuid(digits: str) -> str:
    """The first 32 of some hexadecimal digits in the form of a random UUID."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
