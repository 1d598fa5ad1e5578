# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypedDict

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness, _records, _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base

_KINDS = (*_readiness.BLOCKING_KINDS, *_readiness.NOTED_KINDS)


class _Row(TypedDict):
    """A server in the result, as the module documents it. The record's values may have any type."""

    id: str
    name: Any
    state: Any
    migration_cycle: Any
    connected: Any
    ready: bool
    accepted: bool
    problems: list[dict[str, Any]]


class ActionModule(_base.FleetAction):
    """Checks which servers are ready for their migration, and lists the problems of the others."""

    OPTIONS: ClassVar[_base.Spec] = {
        "fail_on": {"type": "list", "elements": "str", "default": list(_readiness.BLOCKING_KINDS)}
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        _check_conditions(options["fail_on"])
        with _accounts.accounts_of_play(task_vars, self._prefix(), options, self.complete) as accounts:
            records = accounts.list_servers(_query.query_from(options))
        servers = self.select(records, options["servers"], task_vars)
        if not servers:
            raise _selection.SelectionError("No source server matches the filters: there is nothing to check.")
        rows = sorted((_row_of(record, options["fail_on"]) for record in servers), key=_worst_first)
        self.show("\n".join(_table(rows)))
        result = _result(rows)
        self.show(result["msg"])
        return result


def _check_conditions(conditions: Collection[str]) -> None:
    """
    :raises OptionsError: a condition is neither a kind of problem nor the code of a check.
    """
    unknown = [each for each in conditions if each not in _KINDS and not re.fullmatch(r"SMS\.\d+", each)]
    if unknown:
        words = "is neither a kind" if len(unknown) == 1 else "are neither kinds"
        raise OptionsError(
            f"fail_on: {_text.some_of([*map(_text.plain, unknown)])} {words} of problem ({', '.join(_KINDS)})"
            " nor the code of a check such as SMS.6504."
        )


def _row_of(record: Record, conditions: Collection[str]) -> _Row:
    problems = _readiness.problems(record)
    return {
        "id": record["id"],
        "name": record.get("name"),
        "state": record.get("state"),
        "migration_cycle": record.get("migration_cycle"),
        "connected": record.get("connected"),
        "ready": not any(problem.kind in _readiness.BLOCKING_KINDS for problem in problems),
        "accepted": not any(_readiness.is_met(problem, conditions) for problem in problems),
        "problems": [problem._asdict() for problem in problems],
    }


def _worst_first(row: _Row) -> tuple[Any, ...]:
    return row["accepted"], row["ready"], str(row["name"]).lower(), row["id"]


def _table(servers: list[_Row]) -> list[str]:
    """Return a line for each server, and for each further problem of it."""
    rows: list[tuple[Any, ...]] = [("SERVER", "ID", "STATE", "CYCLE", "READY", "PROBLEM", "MEANING")]
    for row in servers:
        reasons = [(problem["kind"], problem["text"]) for problem in row["problems"]] or [("", "")]
        columns = (row["name"], row["id"][:8], row["state"], row["migration_cycle"])
        rows.append((*columns, "yes" if row["ready"] else "NO", *reasons[0]))
        rows += [("", "", "", "", "", *reason) for reason in reasons[1:]]
    return _text.table(rows)


def _result(servers: list[_Row]) -> dict[str, Any]:
    refused = [row for row in servers if not row["accepted"]]
    ready = sum(row["ready"] for row in servers)
    result: dict[str, Any] = {
        "changed": False,
        "failed": bool(refused),
        "msg": f"{ready} of {len(servers)} source servers are ready.",
        "ready_count": ready,
        "servers": servers,
    }
    if refused:
        result["msg"] += (
            f" {len(refused)} {'has' if len(refused) == 1 else 'have'} problems that fail_on names:"
            f" {_text.some_of([*map(_records.label, refused)])}."
            " The table above says which; solve them, or take these servers out of the wave."
        )
    return result
