# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the state of the last report, and the changes since. Pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _changes
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _model

_KIND = "huaweicloud.sms report 2"


class ReportScope(TypedDict):
    """Which servers a report is about. Only reports with the same scope are compared.

    :ivar accounts: the endpoint, the identity and the filters of each account.
    :ivar servers: the names or IDs that the user gave.
    :ivar targets: whether the report has the targets.
    """

    accounts: Sequence[Mapping[str, Any]]
    servers: list[str]
    targets: bool


class ReportState(TypedDict):
    """The state of the last report.

    :ivar as_of: the time of the last report that differed from the one before, as :data:`_model.MOMENT`.
    :ivar since: the time of the report that it was compared with; None if it was the first.
    :ivar scope: which servers it was about.
    :ivar fingerprint: digest of its servers.
    :ivar changes: what changed between ``since`` and ``as_of``.
    :ivar servers: the servers, reduced by :func:`_changes.reduce_record`, by their IDs.
    """

    as_of: str
    since: str | None
    scope: ReportScope
    fingerprint: str
    changes: list[_model.ChangeRow]
    servers: dict[str, Record]


def load(content: bytes) -> ReportState:
    """Return the state of the last report from the content of its file.

    :raises ValueError: the content is damaged, or was written by another version.
    """
    state: ReportState = _state_files.load_state(_KIND, content.decode("utf-8", "replace"))
    return state


def dump(state: ReportState) -> str:
    """Return the content of the state file, for :func:`load`."""
    return _state_files.dump_state(_KIND, state)


def report_of(
    records: Sequence[Record],
    state: ReportState | None,
    title: str,
    scope: ReportScope,
    now: datetime,
) -> tuple[_model.Report, ReportState]:
    """Return the report, and its state for the next report.

    If no server has changed since the last report, its time and changes are kept, so that the files stay the same.

    :param state: the state of the last report; None if there is none.
    :param scope: which servers the report is about. It is not compared with a report about other servers.
    """
    if state and state["scope"] != scope:
        state = None
    servers = _model.servers_of(records)
    ready = _model.ready_of(records)
    fingerprint = hashlib.sha256(_model.in_json([servers, ready]).encode()).hexdigest()
    if state and state["fingerprint"] == fingerprint:
        return _model.Report(title, state["as_of"], state["since"], state["changes"], servers, ready), state
    after = {record["id"]: record for record in records}
    changes = [_describe(change) for change in _changes.compare(state["servers"], after)] if state else []
    since = state["as_of"] if state else None
    report = _model.Report(title, now.strftime(_model.MOMENT), since, changes, servers, ready)
    new_state: ReportState = {
        "as_of": report.as_of,
        "since": report.since,
        "scope": scope,
        "fingerprint": fingerprint,
        "changes": changes,
        "servers": {server_id: _changes.reduce_record(record) for server_id, record in sorted(after.items())},
    }
    return report, new_state


def _describe(change: _changes.Change) -> _model.ChangeRow:
    name = change.record.get("name")
    return {"kind": change.kind, "id": change.server_id, "name": _model.text_of(name), "text": _text_of(change)}


def _text_of(change: _changes.Change) -> str:
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
