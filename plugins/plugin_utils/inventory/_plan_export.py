# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: a migration plan with the servers that SMS lists now. Pure functions.

What people entered stays, and no row is lost: a server that SMS does not list any more keeps its row, with a mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _migration_plan
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._migration_plan import MigrationPlan, PlanRow

NEW, GONE = "new", "gone"
_INFORMATION = (
    *("info.change", "info.state", "info.migration_cycle", "info.os_type", "info.ready", "info.disks", "info.size_gib"),
)
_GIB = 2**30


class Export(NamedTuple):
    """A plan to be written.

    :ivar new: the IDs of servers that had no row.
    :ivar gone: the IDs of rows whose server SMS does not list.
    """

    columns: list[str]
    rows: list[dict[str, str]]
    new: list[str]
    gone: list[str]


def export(plan: MigrationPlan | None, records: Sequence[Record], account: str) -> Export:
    """Return a plan with a row for each server, and with all rows that it had.

    :param plan: the plan that is there; None if there is none.
    :param records: the servers of one account.
    :param account: the name of this account in the plan; empty if the plan has one account only.
    """
    by_id = {record["id"]: record for record in records}
    old = plan.rows if plan else ()
    new = [server_id for server_id in by_id if server_id not in {row.server_id for row in old}]
    gone = [row.server_id for row in old if _is_ours(row, account) and row.server_id not in by_id]
    rows = [_kept(row, by_id.get(row.server_id), account) for row in old]
    rows += [_new(by_id[server_id], account) for server_id in new]
    entered = (
        [*_migration_plan.COLUMNS, *(column for column in plan.columns if plan)] if plan else _migration_plan.COLUMNS
    )
    manual = [column for column in dict.fromkeys(entered) if not column.startswith(_migration_plan.INFORMATION)]
    return Export([*manual, *_INFORMATION], rows, new, gone)


def _is_ours(row: PlanRow, account: str) -> bool:
    return not account or row.account in ("", account)


def _kept(row: PlanRow, record: Record | None, account: str) -> dict[str, str]:
    """Return the row of a plan with what SMS returns of its server now."""
    if record is None and not _is_ours(row, account):
        # Another account's export keeps it up to date.
        return dict(row.cells)
    manual = {column: text for column, text in row.cells.items() if not column.startswith(_migration_plan.INFORMATION)}
    if record is None:
        return {**manual, "info.change": GONE}
    return {"name": _cell(record.get("name")), **manual, **_information(record)}


def _new(record: Record, account: str) -> dict[str, str]:
    cells = {"id": record["id"], "name": _cell(record.get("name")), "account": account, "info.change": NEW}
    return {**cells, **_information(record)}


def _information(record: Record) -> dict[str, str]:
    problems = [problem.text for problem in _readiness.problems(record) if problem.kind in _readiness.BLOCKING_KINDS]
    proposed = record.get("init_target_server")
    disks = proposed.get("disks") if isinstance(proposed, Mapping) else None
    sizes = [disk.get("size") for disk in disks if isinstance(disk, Mapping)] if isinstance(disks, list) else []
    known = [size for size in sizes if isinstance(size, (int, float)) and not isinstance(size, bool)]
    return {
        "info.state": _cell(record.get("state")),
        "info.migration_cycle": _cell(record.get("migration_cycle")),
        "info.os_type": _cell(record.get("os_type")),
        "info.ready": " ".join(problems) or "yes",
        "info.disks": str(len(sizes)) if sizes else "",
        "info.size_gib": f"{sum(known) / _GIB:.0f}" if known else "",
    }


def _cell(value: Any) -> str:
    return "" if value is None else _text.plain(value)
