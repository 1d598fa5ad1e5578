# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the fleet's state as a page, a table and data.

From the records and what was remembered of the last report to the content of files. Pure functions, but for
:func:`as_html`, which reads its template.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils import (
    _changes,
    _files,
    _progress,
    _readiness,
    _states,
    _text,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils._records import Record, task_of
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_ROLE = Path(__file__).parents[2] / "roles" / "report"
_STATE_VERSION = 1
_HEATS = 5
_GIB = 2**30
_NO_VALUE = "none"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

# The field of a record that holds the machine that the server became.
TARGET = "target"

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


def report_of(
    records: Sequence[Record],
    state: Mapping[str, Any] | None,
    title: str,
    scope: Mapping[str, Any],
    now: datetime,
) -> tuple[Report, dict[str, Any]]:
    """The report, and what to remember of it for the next one.

    Where the fleet is as it was at the last report, that one's time and changes are kept, so that the files are too.

    :param state: what was remembered of the last report; None where there is none.
    :param scope: which servers were asked for. A report about others is no measure for what has changed.
    """
    if state and state["scope"] != scope:
        state = None
    servers = sorted(map(server_of, records), key=lambda server: (str(server["name"] or "").lower(), server["id"]))
    fingerprint = hashlib.sha256(_json(servers).encode()).hexdigest()
    if state and state["fingerprint"] == fingerprint:
        return Report(title, state["as_of"], state.get("since"), state["changes"], servers), dict(state)
    after = {record["id"]: record for record in records}
    changes = [_in_words(change) for change in _changes.compare(state["servers"], after)] if state else []
    report = Report(title, now.strftime(_MOMENT), state["as_of"] if state else None, changes, servers)
    remembered = {
        "version": _STATE_VERSION,
        "as_of": report.as_of,
        "since": report.since,
        "scope": scope,
        "fingerprint": fingerprint,
        "changes": changes,
        "servers": {server_id: _changes.remembered(record) for server_id, record in sorted(after.items())},
    }
    return report, remembered


def state_from(content: bytes) -> dict[str, Any]:
    """What was remembered of the last report.

    :raises ValueError: the content is not what :func:`report_of` gives as JSON.
    """
    state = _files.parse_state(content)
    if state.get("version") != _STATE_VERSION:
        raise ValueError("it is of another version")
    sound = {
        "scope": isinstance(state.get("scope"), dict),
        "fingerprint": isinstance(state.get("fingerprint"), str),
        "as_of": _is_moment(state.get("as_of")),
        "since": state.get("since") is None or _is_moment(state["since"]),
        "changes": isinstance(state.get("changes"), list) and all(map(_is_told, state["changes"])),
        "servers": _changes.are_remembered(state.get("servers")),
    }
    damaged = [name for name, is_sound in sound.items() if not is_sound]
    if damaged:
        raise ValueError(f"{' and '.join(damaged)} {'is' if len(damaged) == 1 else 'are'} missing or damaged")
    return state


def _is_moment(value: Any) -> bool:
    try:
        datetime.strptime(value, _MOMENT)
    except (TypeError, ValueError):
        return False
    return True


def _is_told(change: Any) -> bool:
    """Whether this is a change as :func:`_in_words` gives it."""
    return (
        isinstance(change, dict)
        and change.keys() == {"kind", "id", "name", "text"}
        and all(isinstance(value, str) for key, value in change.items() if key != "name" or value is not None)
    )


def server_of(record: Record) -> Server:
    """What the report says about a server; plain values with the service's own names where it has them.

    :param record: with the machine that the server became as ``target``, where that was asked for.
    """
    progress = _progress.progress_of(record)
    task = task_of(record)
    fields = ("name", "ip", "hostname", "os_type", "os_version", "state", "migration_cycle")
    return {
        "id": str(record["id"]),
        **{field: _as_text(record.get(field)) for field in fields},
        "connected": record.get("connected") is True,
        "progress": progress.percent,
        "replicatesize": progress.replicated,
        "totalsize": progress.total,
        "migrate_speed": progress.rate,
        "seconds_left": None if progress.seconds_left is None else int(progress.seconds_left),
        "in_cycle_since": _time(record.get("stage_action_time")),
        "task_state": _as_text(task.get("state")),
        "region_id": _as_text(task.get("region_id")),
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


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def _time(milliseconds: Any) -> str | None:
    """A time of the service, ISO 8601 in UTC."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime(_MOMENT)
    except (OverflowError, ValueError, OSError):
        return None


def _in_words(change: _changes.Change) -> dict[str, Any]:
    name = change.record.get("name")
    return {"kind": change.kind, "id": change.server_id, "name": _as_text(name), "text": _what_happened(change)}


def _what_happened(change: _changes.Change) -> str:
    before, after = (_NO_VALUE if value is None else value for value in (change.before, change.after))
    check = change.check or {}
    texts = {
        "registered": f"was registered, state {after}",
        "state": f"state {before} → {after}",
        "migration_cycle": f"cycle {before} → {after}",
        "connected": "the agent is connected",
        "disconnected": "the agent has lost its connection",
        "check_failed": f"check {check.get('name')}: {check.get('result')} {check.get('error_code') or ''}".rstrip(),
        "task_failed": f"the migration task has failed: {after}",
        "progress": f"{after} % of the data replicated",
        "vanished": "is no longer registered",
    }
    return texts[change.kind]


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
        "by_state_and_cycle": [
            {"state": state, "migration_cycle": cycle, "servers": number}
            for (state, cycle), number in sorted(_standings(servers).items())
        ],
    }


def _progress_of(server: Server) -> _progress.Progress:
    keys = ("progress", "replicatesize", "totalsize", "migrate_speed", "seconds_left")
    return _progress.Progress(*(server[key] for key in keys))


def _standings(servers: Iterable[Server]) -> Counter[tuple[str, str]]:
    """How many servers are in each state and cycle."""
    return Counter((server["state"] or _NO_VALUE, server["migration_cycle"] or _NO_VALUE) for server in servers)


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
    return _json({**asdict(report), "summary": summary_of(report.servers)}, indent=1) + "\n"


def state_as_json(state: Mapping[str, Any]) -> str:
    """What to remember, as text for :func:`state_from`."""
    return _json(state) + "\n"


def _json(value: Any, indent: int | None = None) -> str:
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


def as_html(report: Report) -> str:
    """The report as one page that needs nothing else; all that the service says stays text."""
    environment = Environment(
        loader=FileSystemLoader(_ROLE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        amount=_amount, duration=_text.duration, moment=_readable_time, whole=lambda number: f"{number:,.0f}"
    )
    style, script = (_ROLE.joinpath("files", name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html.j2").render(
        report=report,
        summary=summary_of(report.servers),
        funnel=_funnel(report.servers),
        grid=_grid(report.servers),
        with_targets=any("target_id" in server for server in report.servers),
        failed_checks=failed_checks_of(report.servers),
        change_counts=Counter(change["kind"] for change in report.changes),
        style=Markup(style),
        style_hash=_content_hash(style),
        script=Markup(script),
        script_hash=_content_hash(script),
    )


def _content_hash(text: str) -> str:
    """What a content security policy knows an inline style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _amount(progress: Mapping[str, Any]) -> str:
    """How much of how much data, in a unit that gives numbers of a readable length."""
    unit, size = ("TiB", 1024 * _GIB) if progress["totalsize"] >= 10_000 * _GIB else ("GiB", _GIB)
    return f"{progress['replicatesize'] / size:,.1f} of {progress['totalsize'] / size:,.1f} {unit}"


def _readable_time(moment: str) -> str:
    time = datetime.strptime(moment, _MOMENT)
    return f"{time.day} {time.strftime('%B %Y, %H:%M')} UTC"


def _funnel(servers: Sequence[Server]) -> list[dict[str, Any]]:
    """The share of each migration cycle, as stretches of a bar that is 100 long."""
    numbers = Counter(server["migration_cycle"] or _NO_VALUE for server in servers)
    stretches = []
    begins = 0.0
    for cycle in _ordered(numbers, _states.CYCLES):
        width = numbers[cycle] * 100 / len(servers)
        known = _states.CYCLES.index(cycle) if cycle in _states.CYCLES else "other"
        stretches.append({"cycle": cycle, "servers": numbers[cycle], "begins": begins, "width": width, "color": known})
        begins += width
    return stretches


def _grid(servers: Sequence[Server]) -> dict[str, Any]:
    """How many servers are in each state (rows) and cycle (columns), with the heat of each cell."""
    standings = _standings(servers)
    most = max(standings.values(), default=0)
    cycles = _ordered({cycle for _state, cycle in standings} | {*_states.CYCLES}, _states.CYCLES)
    rows = []
    totals: Counter[str] = Counter()
    for state in _ordered({state for state, _cycle in standings}, _states.NAMES):
        numbers = {cycle: standings[state, cycle] for cycle in cycles}
        totals.update(numbers)
        cells = [{"servers": number, "heat": _heat(number, most)} for number in numbers.values()]
        rows.append({"state": state, "cells": cells, "total": sum(numbers.values())})
    return {"cycles": cycles, "rows": rows, "totals": [totals[cycle] for cycle in cycles]}


def _ordered(values: Iterable[str], order: Sequence[str]) -> list[str]:
    """The values in the given order, then those that are not in it."""
    return sorted(values, key=lambda value: (order.index(value) if value in order else len(order), value))


def _heat(number: int, most: int) -> int:
    """From 0 for none to 5 for the most; the root, so that small numbers can be told apart."""
    return max(1, round(_HEATS * (number / most) ** 0.5)) if number else 0
