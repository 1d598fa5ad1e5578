# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the report as one HTML page, with its funnel and grid."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _model
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_ROLE = Path(__file__).parents[3] / "roles" / "report"
_HEATS = 5
_GIB = 2**30


def as_html(report: _model.Report, refresh: int = 0) -> str:
    """Return the report as one HTML page without external files, in which all values from SMS are text.

    :param refresh: seconds after which a browser reloads the page; 0 for never.
    """
    environment = Environment(
        loader=FileSystemLoader(_ROLE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        amount=_amount, age=_age, duration=_text.duration, moment=_readable_time, whole=lambda number: f"{number:,.0f}"
    )
    # After the launch, nobody has to repair the agent or a check of the source any more.
    unfinished = [server for server in report.servers if server["migration_cycle"] != _states.CUT_OVER]
    style, script = (_ROLE.joinpath("files", name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html.j2").render(
        report=report,
        refresh=refresh,
        time_left=_time_left(report.servers),
        summary=_model.summary_of(report.servers),
        funnel=_funnel(report.servers),
        grid=_grid(report.servers),
        with_targets=any("target_id" in server for server in report.servers),
        disconnected=[server for server in unfinished if not server["connected"]],
        checked=sum(bool(server["failed_checks"]) for server in unfinished),
        failed_checks=_model.failed_checks_of(unfinished),
        change_counts=Counter(change["kind"] for change in report.changes),
        style=Markup(style),
        style_hash=_content_hash(style),
        script=Markup(script),
        script_hash=_content_hash(script),
    )


def _content_hash(text: str) -> str:
    """Return the hash by which the content security policy allows an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _amount(progress: Mapping[str, Any]) -> str:
    """Return the amount of replicated data with a suitable unit."""
    unit, size = ("TiB", 1024 * _GIB) if progress["totalsize"] >= 10_000 * _GIB else ("GiB", _GIB)
    return f"{progress['replicatesize'] / size:,.1f} of {progress['totalsize'] / size:,.1f} {unit}"


def _time_left(servers: Sequence[_model.ServerRow]) -> dict[str, str]:
    """Return the time left for all servers, and a note about it."""
    seconds, unknown = _model.time_left(servers)
    if seconds is None:
        return {"value": "unknown", "note": "no rate yet"}
    value = _text.duration(seconds) if seconds else "none"
    return {"value": value, "note": f"not counting {unknown:,} without a rate" if unknown else "at the present rates"}


def _readable_time(moment: str) -> str:
    time = datetime.strptime(moment, _model.MOMENT)
    return f"{time.day} {time.strftime('%B %Y, %H:%M')} UTC"


def _age(moment: str, as_of: str) -> str:
    """Return how old something was at the time of the report."""
    seconds = [datetime.strptime(time, _model.MOMENT).timestamp() for time in (as_of, moment)]
    return _text.duration(max(0.0, seconds[0] - seconds[1]))


def _funnel(servers: Sequence[_model.ServerRow]) -> list[dict[str, Any]]:
    """Return the share of each migration cycle as sections of a bar with the length 100."""
    numbers = Counter(server["migration_cycle"] or _model.NO_VALUE for server in servers)
    stretches = []
    begins = 0.0
    for cycle in _order(numbers, _states.CYCLES):
        width = numbers[cycle] * 100 / len(servers)
        known = _states.CYCLES.index(cycle) if cycle in _states.CYCLES else "other"
        stretches.append({"cycle": cycle, "servers": numbers[cycle], "begins": begins, "width": width, "color": known})
        begins += width
    return stretches


def _grid(servers: Sequence[_model.ServerRow]) -> dict[str, Any]:
    """Return the number of servers in each state (rows) and cycle (columns), with the heat of each cell."""
    counts = _model.status_counts(servers)
    most = max(counts.values(), default=0)
    cycles = _order({cycle for _state, cycle in counts} | {*_states.CYCLES}, _states.CYCLES)
    rows = []
    totals: Counter[str] = Counter()
    for state in _order({state for state, _cycle in counts}, _states.NAMES):
        numbers = {cycle: counts[state, cycle] for cycle in cycles}
        totals.update(numbers)
        cells = [{"servers": number, "heat": _heat(number, most)} for number in numbers.values()]
        rows.append({"state": state, "cells": cells, "total": sum(numbers.values())})
    return {"cycles": cycles, "rows": rows, "totals": [totals[cycle] for cycle in cycles]}


def _order(values: Iterable[str], order: Sequence[str]) -> list[str]:
    """Return the values in the given order, followed by those that are not in it."""
    return sorted(values, key=lambda value: (order.index(value) if value in order else len(order), value))


def _heat(number: int, most: int) -> int:
    """Return from 0 for none to 5 for the most. The square root keeps small numbers distinguishable."""
    return max(1, round(_HEATS * (number / most) ** 0.5)) if number else 0
