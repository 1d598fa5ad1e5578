# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the content of a report, as JSON and CSV. Pure functions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, TypedDict

from ansible_collections.huaweicloud.sms.plugins.module_utils.common._csv import to_csv
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import (
    _consistency,
    _progress,
    _readiness,
    _states,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, task_of

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
# Shown if a record has no state or migration cycle.
NO_VALUE = "none"
# More differences than a check can find.
_ANY = 10**12

# The fields that the action adds to a record: its target, and why its migration failed.
TARGET, FAILURE = "target", "failure"
# The field with the evidence before the launch, a LaunchEvidence.
EVIDENCE = "launch_evidence"


class _TargetColumns(TypedDict, total=False):
    """The target of a server; absent if the report is without targets."""

    target_id: str | None
    target_name: str | None
    target_status: str | None
    target_addresses: str | None


class ServerRow(_TargetColumns):
    """A server in the report. The names are those of the API if it has the value.

    :ivar progress: percent; None if not known.
    :ivar replicatesize: bytes, and ``totalsize``.
    :ivar migrate_speed: Mbit/s.
    :ivar in_cycle_since: a time as :data:`MOMENT`.
    :ivar failure: why the migration failed, as its task says.
    :ivar failed_checks: the checks that are not OK.
    """

    id: str
    name: str | None
    ip: str | None
    hostname: str | None
    os_type: str | None
    os_version: str | None
    state: str | None
    migration_cycle: str | None
    connected: bool
    progress: float | None
    replicatesize: int
    totalsize: int
    migrate_speed: float
    seconds_left: int | None
    in_cycle_since: str | None
    task_state: str | None
    region_id: str | None
    failure: str | None
    failed_checks: list[dict[str, Any]]


class ReadyRow(TypedDict):
    """A server in sync: what SMS shows of it before its launch. Times are as :data:`MOMENT`, empty if unknown.

    :ivar consistency: the numbers of its last consistency check, or why they are no evidence; empty without a check.
    :ivar clone: the clone of its target that SMS names, with its state; empty if there is none.
    """

    id: str
    name: str | None
    synchronized_at: str
    checked_at: str
    consistency: str
    clone: str


class ChangeRow(TypedDict):
    """A change since the last report."""

    kind: str
    id: str
    name: str | None
    text: str


@dataclass(frozen=True)
class Report:
    """The content of the files.

    :ivar as_of: when the servers were first seen like this, as :data:`MOMENT`.
    :ivar since: the time of the report before; None if there is none.
    :ivar changes: the changes since then.
    :ivar servers: in the order of their names.
    :ivar ready: those of them that are in sync, with what SMS shows before their launch.
    """

    title: str
    as_of: str
    since: str | None
    changes: list[ChangeRow]
    servers: list[ServerRow]
    ready: list[ReadyRow] = field(default_factory=list)


def ready_of(records: Iterable[Record]) -> list[ReadyRow]:
    """Return the servers in sync, in the order of their names.

    :param records: with the field :data:`EVIDENCE`, if it was read.
    """
    rows = [_ready_row(record) for record in records if record.get("migration_cycle") == "syncing"]
    return sorted(rows, key=lambda row: (str(row["name"] or "").lower(), row["id"]))


def _ready_row(record: Record) -> ReadyRow:
    evidence = record.get(EVIDENCE)
    result = evidence.consistency if evidence else None
    clone = task_of(record).get("clone_server")
    parts = [clone.get(name) for name in ("name", "vm_id", "clone_state")] if isinstance(clone, dict) else []
    return {
        "id": str(record["id"]),
        "name": text_of(record.get("name")),
        "synchronized_at": _consistency.moment(evidence.synchronized) if evidence else "",
        "checked_at": _consistency.moment(result.finished) if result else "",
        # Whether it is older than the freeze is for the wave to decide.
        "consistency": (_consistency.problem_of(result, 0, _ANY) or result.numbers) if result else "",
        "clone": " ".join(str(part) for part in parts if part),
    }


def servers_of(records: Iterable[Record]) -> list[ServerRow]:
    """Return the servers of the report, in the order of their names."""
    return sorted(map(server_of, records), key=lambda server: (str(server["name"] or "").lower(), server["id"]))


def server_of(record: Record) -> ServerRow:
    """Return a server of the report.

    :param record: with the fields :data:`TARGET`, if targets were requested, and :data:`FAILURE`.
    """
    progress = _progress.progress_of(record)
    task = task_of(record)
    return {
        "id": str(record["id"]),
        "name": text_of(record.get("name")),
        "ip": text_of(record.get("ip")),
        "hostname": text_of(record.get("hostname")),
        "os_type": text_of(record.get("os_type")),
        "os_version": text_of(record.get("os_version")),
        "state": text_of(record.get("state")),
        "migration_cycle": text_of(record.get("migration_cycle")),
        "connected": record.get("connected") is True,
        "progress": progress.percent,
        "replicatesize": progress.replicated,
        "totalsize": progress.total,
        "migrate_speed": progress.rate,
        "seconds_left": None if progress.seconds_left is None else int(progress.seconds_left),
        "in_cycle_since": _time(record.get("stage_action_time")),
        "task_state": text_of(task.get("state")),
        "region_id": text_of(task.get("region_id")),
        "failure": text_of(record.get(FAILURE)),
        **_target_of(record),
        "failed_checks": [finding._asdict() for finding in _readiness.findings(record)],
    }


def _target_of(record: Record) -> _TargetColumns:
    """Return the columns of the target; none if targets were not requested."""
    if TARGET not in record:
        return {}
    target = record[TARGET] or {}
    addresses = [*target.get("private_addresses", ()), *target.get("public_addresses", ())]
    return {
        "target_id": target.get("vm_id"),
        "target_name": target.get("name"),
        "target_status": target.get("status"),
        "target_addresses": ", ".join(addresses) or None,
    }


def text_of(value: Any) -> str | None:
    return None if value is None else str(value)


def _time(milliseconds: Any) -> str | None:
    """Return a time of the API as ISO 8601 in UTC; None if it is no time."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime(MOMENT)
    except (OverflowError, ValueError, OSError):
        return None


def summary_of(servers: Sequence[ServerRow]) -> dict[str, Any]:
    """Return the totals of the servers."""
    progress = _progress.combine(map(_progress_of, servers))
    return {
        "servers": len(servers),
        "connected": sum(server["connected"] for server in servers),
        "cutovered": sum(server["migration_cycle"] == _states.CUT_OVER for server in servers),
        "in_error": sum(server["state"] == _states.FAILED for server in servers),
        "with_failed_checks": sum(bool(server["failed_checks"]) for server in servers),
        "progress": progress.percent,
        "replicatesize": progress.replicated,
        "totalsize": progress.total,
        "migrate_speed": progress.rate,
        "seconds_left": time_left(servers)[0],
        "by_state_and_cycle": [
            {"state": state, "migration_cycle": cycle, "servers": number}
            for (state, cycle), number in sorted(status_counts(servers).items())
        ],
    }


def time_left(servers: Sequence[ServerRow]) -> tuple[int | None, int]:
    """Return the seconds until the slowest server is done, and the number of servers without an estimate."""
    known = [server["seconds_left"] for server in servers if server["seconds_left"] is not None]
    return max(known, default=None), len(servers) - len(known)


def _progress_of(server: ServerRow) -> _progress.Progress:
    size = (server["replicatesize"], server["totalsize"])
    return _progress.Progress(server["progress"], *size, server["migrate_speed"], server["seconds_left"])


def status_counts(servers: Iterable[ServerRow]) -> Counter[tuple[str, str]]:
    """Count the servers in each state and cycle."""
    return Counter((server["state"] or NO_VALUE, server["migration_cycle"] or NO_VALUE) for server in servers)


def failed_checks_of(servers: Iterable[ServerRow]) -> list[dict[str, Any]]:
    """Return the checks that are not OK, each with its servers, the most frequent first."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for server in servers:
        for finding in server["failed_checks"]:
            key = (finding["check"], finding["result"], finding["code"])
            found.setdefault(key, {**finding, "servers": []})["servers"].append(server)
    return sorted(found.values(), key=lambda check: (check["result"] == "WARN", -len(check["servers"]), check["check"]))


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return in_json({**asdict(report), "summary": summary_of(report.servers)}, indent=1) + "\n"


def in_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=True, indent=indent)


def as_csv(report: Report) -> str:
    """Return the servers as CSV in which no spreadsheet takes a cell for a formula."""
    columns = [*(report.servers[0] if report.servers else server_of({"id": ""}))]
    rows: list[list[Any]] = [columns]
    for server in report.servers:
        checks = "; ".join(f"{check['check']} {check['result']} {check['code']}" for check in server["failed_checks"])
        cells: dict[str, Any] = {**server, "failed_checks": checks}
        rows.append([cells[column] for column in columns])
    return to_csv(rows)
