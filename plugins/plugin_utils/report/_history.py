# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what one report remembers for the next, and what changed in between.

Pure functions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _changes
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _model


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_moment(value: Any) -> bool:
    try:
        datetime.strptime(value, _model.MOMENT)
    except (TypeError, ValueError):
        return False
    return True


def _is_moment_or_nothing(value: Any) -> bool:
    return value is None or _is_moment(value)


def _is_told(change: Any) -> bool:
    """Whether this is a change as :func:`_tell` gives it."""
    if not isinstance(change, dict) or change.keys() != {"kind", "id", "name", "text"}:
        return False
    return all(isinstance(value, str) for key, value in change.items() if key != "name" or value is not None)


def _are_told(changes: Any) -> bool:
    return isinstance(changes, list) and all(map(_is_told, changes))


_MARKS: dict[str, Any] = {"version": 1}
_PARTS = {
    "scope": _state_files.is_object,
    "fingerprint": _is_text,
    "as_of": _is_moment,
    "since": _is_moment_or_nothing,
    "changes": _are_told,
    "servers": _changes.are_remembered,
}


def state_from(content: bytes) -> dict[str, Any]:
    """What was remembered of the last report.

    :raises ValueError: the content is not what :func:`state_as_json` makes of that.
    """
    return _state_files.parse_state(content, _MARKS, _PARTS)


def state_as_json(state: Mapping[str, Any]) -> str:
    """What to remember, as text for :func:`state_from`."""
    return _model.in_json(state) + "\n"


def report_of(
    records: Sequence[Record],
    state: Mapping[str, Any] | None,
    title: str,
    scope: Mapping[str, Any],
    now: datetime,
) -> tuple[_model.Report, dict[str, Any]]:
    """The report, and what to remember of it for the next one.

    Where the fleet is as it was at the last report, that one's time and changes are kept, so that the files are too.

    :param state: what was remembered of the last report; None where there is none.
    :param scope: which servers were asked for. A report about others is no measure for what has changed.
    """
    if state and state["scope"] != scope:
        state = None
    servers = _model.servers_of(records)
    fingerprint = hashlib.sha256(_model.in_json(servers).encode()).hexdigest()
    if state and state["fingerprint"] == fingerprint:
        return _model.Report(title, state["as_of"], state.get("since"), state["changes"], servers), dict(state)
    after = {record["id"]: record for record in records}
    changes = [_tell(change) for change in _changes.compare(state["servers"], after)] if state else []
    report = _model.Report(title, now.strftime(_model.MOMENT), state["as_of"] if state else None, changes, servers)
    remembered = {
        **_MARKS,
        "as_of": report.as_of,
        "since": report.since,
        "scope": scope,
        "fingerprint": fingerprint,
        "changes": changes,
        "servers": {server_id: _changes.remembered(record) for server_id, record in sorted(after.items())},
    }
    return report, remembered


def _tell(change: _changes.Change) -> dict[str, Any]:
    name = change.record.get("name")
    return {"kind": change.kind, "id": change.server_id, "name": _model.text_of(name), "text": _what_happened(change)}


def _what_happened(change: _changes.Change) -> str:
    before, after = (_model.NO_VALUE if value is None else value for value in (change.before, change.after))
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
