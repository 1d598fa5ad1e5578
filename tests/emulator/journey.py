# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record that goes through phases, and what it says on the way. All times are epoch milliseconds."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Any

from regions import REGIONS, project_id, project_name
from timeline import TICK, Phase, as_uuid


class Journey:
    """A record on its way through phases; ask with times that never go back. The given record is not modified."""

    def __init__(self, record: Any, now: int, phases: list[Phase]) -> None:
        self._record = record
        self._ahead = deque(phases)
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

    def ahead(self) -> list[Phase]:
        """The phases that have not begun when it was last asked."""
        return list(self._ahead)

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
        task = {**_task(record, phase.begins), **idle, "state": phase.task_state}
        record["current_task"] = {**task, **(phase.task or {})}
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
    region = REGIONS[int(digest[1], 16) % len(REGIONS)]
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
        "region_id": region,
        "project_name": project_name(region),
        "project_id": project_id(region),
        "target_server": {"vm_id": as_uuid(digest[96:]), "name": record.get("name")},
        "log_collect_status": "INIT",
        "exist_server": False,
        "use_public_ip": True,
        "clone_server": None,
        "remain_seconds": None,
    }
