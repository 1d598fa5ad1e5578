# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness, _records, _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base

_KINDS = (*_readiness.BLOCKING_KINDS, *_readiness.NOTED_KINDS)


class ActionModule(_base.FleetAction):
    """Says which servers are ready to be migrated, and why others are not."""

    OPTIONS: ClassVar[_base.Spec] = {
        "fail_on": {"type": "list", "elements": "str", "default": list(_readiness.BLOCKING_KINDS)}
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        _check_conditions(options["fail_on"])
        with _accounts.accounts_of_play(task_vars, self._prefix(), options, self.complete) as accounts:
            records = accounts.list_servers(_query.query_from(options))
        wave = self.select(records, options["servers"], task_vars)
        if not wave:
            raise _selection.SelectionError("No source server matches the filters: there is nothing to check.")
        verdicts = sorted((_verdict(record, options["fail_on"]) for record in wave), key=_worst_first)
        self.show("\n".join(_table(verdicts)))
        result = _result(verdicts)
        self.show(result["msg"])
        return result


def _check_conditions(conditions: Collection[str]) -> None:
    unknown = [each for each in conditions if each not in _KINDS and not re.fullmatch(r"SMS\.\d+", each)]
    if unknown:
        words = "is neither a kind" if len(unknown) == 1 else "are neither kinds"
        raise OptionsError(
            f"fail_on: {_text.some_of([*map(_text.plain, unknown)])} {words} of problem ({', '.join(_KINDS)})"
            " nor the code of a check such as SMS.6504."
        )


def _verdict(record: Record, conditions: Collection[str]) -> dict[str, Any]:
    problems = _readiness.problems(record)
    return {
        **{field: record.get(field) for field in ("id", "name", "state", "migration_cycle", "connected")},
        "ready": not any(problem.kind in _readiness.BLOCKING_KINDS for problem in problems),
        "accepted": not any(_readiness.is_met(problem, conditions) for problem in problems),
        "problems": [problem._asdict() for problem in problems],
    }


def _worst_first(verdict: Mapping[str, Any]) -> tuple[Any, ...]:
    return verdict["accepted"], verdict["ready"], str(verdict["name"]).lower(), verdict["id"]


def _table(verdicts: list[dict[str, Any]]) -> list[str]:
    """A line for each server and each of its problems."""
    rows: list[tuple[Any, ...]] = [("SERVER", "ID", "STATE", "CYCLE", "READY", "PROBLEM", "MEANING")]
    for verdict in verdicts:
        reasons = [(problem["kind"], problem["text"]) for problem in verdict["problems"]] or [("", "")]
        server = (verdict["name"], verdict["id"][:8], verdict["state"], verdict["migration_cycle"])
        rows.append((*server, "yes" if verdict["ready"] else "NO", *reasons[0]))
        rows += [("", "", "", "", "", *reason) for reason in reasons[1:]]
    return _text.table(rows)


def _result(verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    refused = [verdict for verdict in verdicts if not verdict["accepted"]]
    ready = sum(verdict["ready"] for verdict in verdicts)
    result = {
        "changed": False,
        "failed": bool(refused),
        "msg": f"{ready} of {len(verdicts)} source servers are ready.",
        "ready_count": ready,
        "servers": verdicts,
    }
    if refused:
        result["msg"] += (
            f" {len(refused)} {'has' if len(refused) == 1 else 'have'} problems that fail_on names:"
            f" {_text.some_of([*map(_records.label, refused)])}."
            " The table above says which; solve them, or take these servers out of the wave."
        )
    return result
