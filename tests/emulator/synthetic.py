# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic source servers: as many as wanted, always the same ones for the same seed, with the oddities of real data.

A record is made, when it is first looked at, as it was at registration, and then sent along the timeline to where it
stands today.
"""

from __future__ import annotations

import hashlib
import uuid
from functools import cached_property
from random import Random
from typing import Any

import journey
import timeline

TODAY = 1_768_467_600_000  # 2026-01-15 09:00 UTC: the simulated time at which synthetic fleets start
HOUR = 3_600_000
LONGEST_MIGRATION = 4 * HOUR
# where each twenty servers stand; the numbers are indexes in timeline.PATH
STANDINGS: tuple[Any, ...] = (0, 2, 5, 3, 2, "blocked", 0, 1, 5, 2, 3, 0, 5, "absent", 2, 4, 0, 5, 3, 2)
PROJECTS = ("wave 1", "wave 2", "Rechenzentrum Süd")
ROLES = ("web", "app", "db", "cache", "mail", "file", "build", "report")
ENTERPRISE_PROJECTS = tuple(str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.enterprise.example")) for name in "abc")
LINUX_CHECKS = (
    "OS_VERSION",
    "CPU",
    "MEMORY",
    "PARAVIRTUALIZATION",
    "FIRMWARE",
    "BOOT_LOADER",
    "RSYNC",
    "RAW_DEVICES",
    "DISK_INFO",
    "PARTITION_STYLE",
    "FILE_SYSTEM",
    "LINUX_BLOCK_SUPPORT",
)
WINDOWS_CHECKS = (
    "OS_VERSION",
    "FIRMWARE",
    "CPU",
    "MEMORY",
    "SYSTEM_ROOT",
    "PARTITION_STYLE",
    "FILE_SYSTEM",
    "FREE_SPACE",
    "OEM_SYSTEM",
    "DRIVER_FILE",
    "SERVICE",
    "ACCOUNT_RIGHTS",
)
LINUX_VERSIONS = ("CENTOS_7_9_64BIT", "REDHAT_7_3_64BIT", "UBUNTU_18_4_64BIT", "UBUNTU_22_4_64BIT", "EULER_2_9_64BIT")
WINDOWS_VERSIONS = ("WINDOWS2012_R2_64BIT", "WINDOWS2016_64BIT", "WINDOWS2019_64BIT", "WINDOWS2022_64BIT")
LINUX_ERRORS = (
    ("OS_VERSION", "SMS.6504"),
    ("FILE_SYSTEM", "SMS.6509"),
    ("RSYNC", "SMS.6517"),
    ("DISK_INFO", "SMS.6537"),
    ("BOOT_LOADER", "SMS.6563"),
    ("BOOT_LOADER", "SMS.6564"),
)
WINDOWS_ERRORS = (("OS_VERSION", "SMS.6504"), ("DRIVER_FILE", "SMS.6511"), ("SERVICE", "SMS.6533"))
LINUX_WARNINGS = (("LINUX_BLOCK_SUPPORT", "SMS.6616"), ("LINUX_BLOCK_SUPPORT", "SMS.6617"))
WINDOWS_WARNINGS = (("SERVICE", "SMS.6533"),)


class Draft:
    """A server that is known by ID and registration date only, until somebody wants to see its record."""

    def __init__(self, seed: int, number: int) -> None:
        self._name = f"{seed}/{number}"
        self._number = number
        self.id = _server_id(self._name)
        # however many there are, they registered within the last thirty days, and most of them lately
        age = LONGEST_MIGRATION + 30 * 24 * HOUR * number // (number + 500)
        self.add_date = (TODAY - age) // 1000 * 1000

    @cached_property
    def record(self) -> dict:
        chance = Random(self._name)
        standing = STANDINGS[self._number % len(STANDINGS)]
        record = _registered(chance, self._number, self.id, self.add_date, blocked=standing == "blocked")
        if standing == "blocked":
            return record
        if standing == "absent":
            return {**record, "state": "unavailable", "connected": False, "checks": [], "state_action_time": None}
        began = TODAY - _behind(standing, timeline.Fate(self.id).lengths, TODAY - self.add_date, chance)
        record.update(stage_action_time=began, state_action_time=began)
        return _embellished(journey.Journey(record, began, timeline.plan(record, began)).at(TODAY), chance)


def fleet(count: int, seed: int) -> tuple[list[Draft], list[dict]]:
    """`count` servers and the migration projects that they are in."""
    drafts = [Draft(seed, number) for number in range(count)]
    return drafts, _projects(drafts, seed)


def newcomer(seed: int, number: int, now: int) -> dict:
    """The record of a server that registers at that time."""
    name = f"{seed}/newcomer/{number}"
    chance = Random(name)
    return _registered(chance, number, _server_id(name), now, blocked=chance.random() < 0.05)


def _behind(standing: int, lengths: list[int], age: int, chance: Random) -> int:
    """How long ago a server's migration began that now stands at that stage, but not before it registered."""
    before = sum(lengths[:standing])
    length = lengths[standing] or age - before
    return before + int(0.95 * chance.random() * length)


def _projects(drafts: list[Draft], seed: int) -> list[dict]:
    """About three of four servers are in one of the projects."""
    members: list[list[str]] = [[] for _name in range(len(PROJECTS) + 1)]
    chance = Random(f"{seed}/projects")
    for draft in drafts:
        members[int(chance.random() * len(members))].append(draft.id)
    return [
        {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.project.example")), "name": name, "servers": servers}
        for name, servers in zip(PROJECTS, members, strict=False)
    ]


def _registered(chance: Random, number: int, server_id: str, now: int, blocked: bool) -> dict:
    """A record as it looks when its agent has just registered and checked the server."""
    windows = chance.random() < 0.4
    name, ip, hostname = _names(chance, number)
    newer = chance.random() < 0.5
    record = {
        "id": server_id,
        "ip": ip,
        "name": name,
        "hostname": hostname,
        **_enterprise_project(chance),
        "add_date": now // 1000 * 1000,
        "os_type": "WINDOWS" if windows else "LINUX",
        "os_version": chance.choice(WINDOWS_VERSIONS if windows else LINUX_VERSIONS),
        "oem_system": windows and chance.random() < 0.05,
        "state": "waiting",
        "connected": True,
        "cpu_quantity": chance.choice((1, 2, 4, 8, 16)),
        "memory": chance.choice((1, 2, 4, 8, 16, 32)) * 2**30 - 1_048_576 * int(chance.random() * 64),
        "current_task": None,
        "checks": _checks(chance, number, windows, blocked),
        "init_target_server": {"disks": _disks(chance, windows, newer)},
        "replicatesize": 0,
        "stage_action_time": now,
        "totalsize": 0,
        "last_visit_time": now,
        "migration_cycle": "checking",
        "state_action_time": now,
    }
    if newer:
        record["init_target_server"]["volume_groups"] = []
        record.update(is_consistency_result_exist=False, has_tc=False, start_type="MANUAL", agent_version="24.12.0")
    return record


def _names(chance: Random, number: int) -> tuple[str, str, str | None]:
    """Name, IP address and host name: three in a hundred are copies of one machine, some have a space in their name."""
    kind = chance.random()
    if kind < 0.03:
        return "golden image", "198.18.255.4", "golden-image"
    role = chance.choice(ROLES)
    name = f"{role}-{number:05d}"
    if kind < 0.08:
        name = f"{role} server {number}"
    elif kind < 0.09:
        name = f"büro-{role}-{number:05d}"
    hostname = f"{role}{number:05d}" if chance.random() < 0.7 else None
    return name, f"198.18.{number // 254 % 255}.{1 + number % 254}", hostname


def _enterprise_project(chance: Random) -> dict:
    kind = chance.random()
    if kind < 0.6:
        return {}
    return {"enterprise_project_id": 0 if kind < 0.8 else chance.choice(ENTERPRISE_PROJECTS)}


def _checks(chance: Random, number: int, windows: bool, blocked: bool) -> list[dict]:
    names = WINDOWS_CHECKS if windows else LINUX_CHECKS
    faulty = {}
    if chance.random() < 0.15:
        name, code = chance.choice(WINDOWS_WARNINGS if windows else LINUX_WARNINGS)
        faulty[name] = ("WARN", code)
    if blocked:
        name, code = chance.choice(WINDOWS_ERRORS if windows else LINUX_ERRORS)
        faulty[name] = ("ERROR", code)
    first = 600_000 + number * len(names)
    return [
        {
            "id": first + position,
            "params": [""],
            "name": name,
            "result": result,
            "error_code": code,
            "error_or_warn": _error_or_warn(chance, result, code) if code else None,
            "error_params": "",
        }
        for position, name in enumerate(names)
        for result, code in (faulty.get(name, ("OK", None)),)
    ]


def _error_or_warn(chance: Random, result: str, code: str) -> object:
    return chance.choice((None, result, {"error_code": code, "link": f"https://support.example/{code}"}))


def _disks(chance: Random, windows: bool, newer: bool) -> list[dict]:
    disks = []
    for position in range(1 + int(chance.random() * 3)):
        disk: dict[str, Any] = {
            "name": f"Disk {position}" if windows else f"/dev/vd{'abc'[position]}",
            "size": chance.choice((40, 40, 80, 100, 200)) * 2**30,
            "device_use": "NORMAL" if position else ("OS" if windows else "BOOT|OS"),
        }
        if newer:
            disk.update(used_size=disk["size"] // 2, physical_volumes=[])
        disks.append(disk)
    return disks


def _embellished(record: dict, chance: Random) -> dict:
    """The record with what newer versions of the service add to a task."""
    if record["current_task"] is None or "agent_version" not in record:
        return record
    task = dict(record["current_task"])
    task["subtask_info"] = "[]"
    if chance.random() < 0.2:
        expires = task["start_date"] + 24 * HOUR
        task.update(
            log_collect_status="UPLOADED",
            log_bucket="sms-logs",
            log_expire=expires,
            log_upload_time=task["start_date"],
            log_share_url=f"https://sms-logs.obs.example/{task['id']}?Expires={expires}&Signature=grants-access",
        )
    return {**record, "current_task": task}


def _server_id(name: str) -> str:
    return timeline.as_uuid(hashlib.blake2b(name.encode(), digest_size=16).hexdigest())
