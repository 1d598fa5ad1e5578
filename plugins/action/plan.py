# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files, _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import (
    _migration_plan,
    _plan_check,
    _plan_export,
    _plan_targets,
)

_Problem = tuple["_migration_plan.PlanRow | None", str]


class ActionModule(_base.FleetAction):
    """Writes a migration plan with the servers that SMS lists, or checks each row of one."""

    OPTIONS: ClassVar[_base.Spec] = {
        "state": {"type": "str", "required": True, "choices": ["exported", "checked"]},
        "path": {"type": "path", "required": True},
        "account": {"type": "str", "default": ""},
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        path = Path(options["path"]).expanduser()
        with _connection.connect(options) as client:
            filters = {name: value for name, value in options.items() if name != "state"}
            query = _query.query_from(filters, environ={})
            if options["state"] == "exported":
                records = _source_servers.list_servers(client, query)
                return self._export(path, options["account"], records)
            rows, problems = _read(str(path), options["account"])
            records = _source_servers.list_servers(client, _query.query_from({}).lasting)
            by_id = {record["id"]: record for record in records}
            resolve = _plan_targets.TargetResolver(client)
            found = [*problems, *_plan_check.problems_of(rows, by_id, resolve)]
        return self._checked(rows, found)

    def _export(self, path: Path, account: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        plan = _migration_plan.read(str(path)) if path.exists() else None
        # As bytes: a file that was saved with other ends of lines is another file.
        before = path.read_bytes() if plan else b""
        export = _plan_export.export(plan, records, account)
        text = _migration_plan.to_text(str(path), export.columns, export.rows)
        changed = text.encode() != before
        if changed and not self._task.check_mode:
            _write(path, text)
        verb = "would have" if self._task.check_mode and changed else "has"
        result: dict[str, Any] = {
            "changed": changed,
            "msg": f"{path} {verb} {len(export.rows)} rows: {len(export.new)} new, {len(export.gone)} gone from SMS.",
            "rows": len(export.rows),
            "new": export.new,
            "gone": export.gone,
        }
        if self._task.diff:
            headers = {"before_header": str(path), "after_header": str(path)}
            result["diff"] = {"before": before.decode("utf-8-sig"), "after": text.lstrip("\ufeff"), **headers}
        return result

    def _checked(self, rows: Sequence[_migration_plan.PlanRow], found: Sequence[_Problem]) -> dict[str, Any]:
        lines = [(row.label if row else "plan", problem) for row, problem in found]
        if lines:
            self.show("\n".join(_text.table([("ROW", "PROBLEM"), *lines])))
        count = len({row.server_id for row, _problem in found if row})
        message = f"All {len(rows)} rows of the plan can be carried out."
        if found:
            message = f"{len(found)} problems in {count} of {len(rows)} rows of the plan, see the table above."
        return {
            "changed": False,
            "failed": bool(found),
            "msg": message,
            "rows": len(rows),
            "problems": [
                {"line": row.line if row else None, "id": row.server_id if row else "", "problem": problem}
                for row, problem in found
            ],
        }


def _read(path: str, account: str) -> tuple[list[_migration_plan.PlanRow], list[_Problem]]:
    """Return the rows of the account, and the problems that the file has by itself.

    :raises PlanError: the file cannot be read.
    """
    plan, problems = _migration_plan.inspect(path)
    if not plan.rows and problems:
        raise _migration_plan.PlanError(f"plan: {_text.plain(path)}: {' '.join(problems)}")
    rows = [row for row in plan.rows if not account or row.account in ("", account)]
    return rows, [(None, problem) for problem in problems]


def _write(path: Path, text: str) -> None:
    """
    :raises SmsError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _state_files.replace_file(path, text.encode("utf-8"))
    except OSError as error:
        raise SmsError(f"{path} cannot be written: {error.strerror}. Choose another path.") from None
