# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the fleet's state as data: servers, numbers, checks. Pure functions."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _progress, _readiness, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, task_of

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
# Stands for a state or a migration cycle that a record does not have.
NO_VALUE = "none"

# The fields of a record that hold the machine that the server became, and why its migration has failed.
TARGET, FAILURE = "target", "failure"

# What a spreadsheet takes for the beginning of a formula.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")

Server = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """All that the files tell.

    :ivar as_of: when the service first said what is in here, ISO 8601 in UTC.
    :ivar since: when the report before was made; None where there is none.
    :ivar changes: what has happened since then.
    :ivar servers: by name.
    """

    title: str
    as_of: str
    since: str | None
    changes: list[dict[str, Any]]
    servers: list[Server]


def servers_of(records: Iterable[Record]) -> list[Server]:
    """What the report says about the servers, by their names."""
    return sorted(map(server_of, records), key=lambda server: (str(server["name"] or "").lower(), server["id"]))


def server_of(record: Record) -> Server:
    """What the report says about a server; plain values with the service's own names where it has them.

    :param record: with the machine that the server became as ``target``, where that was asked for, and with why its
        migration has failed as ``failure``, where its task says.
    """
    progress = _progress.progress_of(record)
    task = task_of(record)
    fields = ("name", "ip", "hostname", "os_type", "os_version", "state", "migration_cycle")
    return {
        "id": str(record["id"]),
        **{field: text_of(record.get(field)) for field in fields},
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


def _target_of(record: Record) -> dict[str, Any]:
    """What the report says about the machine that a server became; nothing at all where nobody asked for it."""
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
    """A time of the service, ISO 8601 in UTC."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime(MOMENT)
    except (OverflowError, ValueError, OSError):
        return None


def summary_of(servers: Sequence[Server]) -> dict[str, Any]:
    """The fleet in numbers."""
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
            for (state, cycle), number in sorted(standings_of(servers).items())
        ],
    }


def time_left(servers: Sequence[Server]) -> tuple[int | None, int]:
    """Seconds until the slowest server is done, of those of which that is known; and the number of the others."""
    known = [server["seconds_left"] for server in servers if server["seconds_left"] is not None]
    return max(known, default=None), len(servers) - len(known)


def _progress_of(server: Server) -> _progress.Progress:
    keys = ("progress", "replicatesize", "totalsize", "migrate_speed", "seconds_left")
    return _progress.Progress(*(server[key] for key in keys))


def standings_of(servers: Iterable[Server]) -> Counter[tuple[str, str]]:
    """How many servers are in each state and cycle."""
    return Counter((server["state"] or NO_VALUE, server["migration_cycle"] or NO_VALUE) for server in servers)


def failed_checks_of(servers: Iterable[Server]) -> list[dict[str, Any]]:
    """The checks that are not OK, each with the servers that it concerns, the most frequent first."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for server in servers:
        for finding in server["failed_checks"]:
            key = (finding["check"], finding["result"], finding["code"])
            found.setdefault(key, {**finding, "servers": []})["servers"].append(server)
    return sorted(found.values(), key=lambda check: (check["result"] == "WARN", -len(check["servers"]), check["check"]))


def as_json(report: Report) -> str:
    """The report as data, its servers in the form of :func:`server_of`."""
    return in_json({**asdict(report), "summary": summary_of(report.servers)}, indent=1) + "\n"


def in_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=True, indent=indent)


def as_csv(report: Report) -> str:
    """The servers as a table for spreadsheets: no cell of it is taken for a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    columns = [*(report.servers[0] if report.servers else server_of({"id": ""}))]
    writer.writerow(columns)
    for server in report.servers:
        checks = "; ".join(f"{check['check']} {check['result']} {check['code']}" for check in server["failed_checks"])
        writer.writerow([_cell({**server, "failed_checks": checks}[column]) for column in columns])
    # Without the mark at its beginning, spreadsheets take the file for one in the local character set.
    return "\ufeff" + file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        # The writer of Python 3.10 takes none.
        value = value.replace("\x00", " ")
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_BEGINS):
        return f"'{value}"
    return str(value).lower() if isinstance(value, bool) else value
