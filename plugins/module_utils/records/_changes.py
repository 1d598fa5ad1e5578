# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the changes between two listings of source servers. Pure functions.

A listing is a mapping of server ID to record. Its records may be reduced by :func:`reduce_record`, so that a small file
can keep a listing until the next one is compared with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ._progress import progress_of
from ._readiness import failed_checks
from ._records import Record, task_of

# In the order in which the changes of one server are reported.
KINDS = (
    "registered",
    "state",
    "migration_cycle",
    "connected",
    "disconnected",
    "check_failed",
    "task_failed",
    "progress",
    "vanished",
)
THRESHOLDS = (25, 50, 75, 100)

_KEPT_FIELDS = ("id", "name", "ip", "state", "migration_cycle", "connected", "totalsize", "replicatesize")
_KEPT_TASK_FIELDS = ("id", "state")
_KEPT_CHECK_FIELDS = ("name", "result", "error_code")


class Change(NamedTuple):
    """One change of one server.

    :ivar kind: one of :data:`KINDS`.
    :ivar before: the state, migration cycle, ``connected``, check result, task state or progress (percent) that was;
        None where there was none. For ``vanished``, the last state.
    :ivar after: the same as it is now; for ``progress`` the threshold that was passed, for ``registered`` the state,
        for ``vanished`` None.
    :ivar record: the server as it is now; for ``vanished`` as it was.
    :ivar key: the same whenever the same thing happens to the same server.
    :ivar check: the check that failed, for ``check_failed`` alone.
    """

    kind: str
    server_id: str
    before: Any
    after: Any
    record: Record
    key: str
    check: Mapping[str, Any] | None = None


def compare(
    before: Mapping[str, Record], after: Mapping[str, Record], thresholds: Iterable[float] = THRESHOLDS
) -> list[Change]:
    """Return the changes between two complete listings: in the order of the later one, then the vanished servers.

    The failed checks and the failed task of a new server are changes too, so that a failure before its first listing
    is reported.

    :param before: server ID to record, whole or reduced by :func:`reduce_record`.
    :param after: the later listing.
    :param thresholds: percentages; each one that the progress passed is a change.
    """
    ordered = sorted(thresholds)
    changes = [
        change
        for server_id, record in after.items()
        for change in _changes_of(server_id, before.get(server_id), record, ordered)
    ]
    vanished = [server_id for server_id in before if server_id not in after]
    return changes + [_change("vanished", _state(before[gone]), None, gone, before[gone]) for gone in vanished]


def reduce_record(record: Record) -> dict[str, Any]:
    """Return the fields of a record that a later comparison needs; a few hundred bytes as JSON."""
    reduced = {field: record[field] for field in _KEPT_FIELDS if field in record}
    task = _task(record)
    if task:
        reduced["current_task"] = task
    failed = failed_checks(record)
    if failed:
        reduced["checks"] = [
            {field: check[field] for field in _KEPT_CHECK_FIELDS if field in check} for check in failed
        ]
    return reduced


def _changes_of(server_id: str, old: Record | None, new: Record, thresholds: list[float]) -> Iterator[Change]:
    """Yield the changes of one server that is listed now, in the order of :data:`KINDS`."""
    if old is None:
        yield _change("registered", None, _state(new), server_id, new)
        yield from _failures({}, new, server_id)
        return
    yield from _transitions(old, new, server_id)
    yield from _failures(old, new, server_id)
    yield from _progress(old, new, server_id, thresholds)


def _transitions(old: Record, new: Record, server_id: str) -> Iterator[Change]:
    for field in ("state", "migration_cycle"):
        was, now = old.get(field), new.get(field)
        # A record without the field does not show a change.
        if now is not None and now != was:
            yield _change(field, was, now, server_id, new)
    was, now = old.get("connected"), new.get("connected")
    if isinstance(now, bool) and now is not was:
        yield _change("connected" if now else "disconnected", was, now, server_id, new)


def _failures(old: Record, new: Record, server_id: str) -> Iterator[Change]:
    known = [_identity(check) for check in failed_checks(old)]
    results = {name: result for name, _code, result in known}
    for check in failed_checks(new):
        identity = _identity(check)
        if identity not in known:
            # A record may show the same failure twice, which is still one.
            known.append(identity)
            name, code, result = identity
            yield _change("check_failed", results.get(name), result, server_id, new, name, code)._replace(check=check)
    was, now = _task(old), _task(new)
    if str(now.get("state")).endswith("FAIL") and now != was:
        yield _change("task_failed", was.get("state"), now.get("state"), server_id, new, now.get("id"))


def _progress(old: Record, new: Record, server_id: str, thresholds: list[float]) -> Iterator[Change]:
    was, now = progress_of(old).percent, progress_of(new).percent
    for threshold in thresholds:
        if now is not None and (was or 0) < threshold <= now:
            yield _change("progress", was, threshold, server_id, new)


def _change(kind: str, before: Any, after: Any, server_id: str, record: Record, *distinction: Any) -> Change:
    """Return a change with its key.

    :param distinction: further parts of the key, for changes of one kind that have the same end.
    """
    key = "/".join(str(part) for part in (server_id, kind, *distinction, after) if part is not None)
    return Change(kind, server_id, before, after, record, key)


def _state(record: Record) -> Any:
    return record.get("state")


def _task(record: Record) -> dict[str, Any]:
    """Return the fields of the task that identify it and its state."""
    task = task_of(record)
    return {field: task.get(field) for field in _KEPT_TASK_FIELDS} if task else {}


def _identity(check: Mapping[str, Any]) -> tuple[str, str, Any]:
    """Return what stays the same if a check runs again and fails as before. Its ID does not."""
    return str(check.get("name")), str(check.get("error_code")), check.get("result")
