# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what in a status shows that an operation took effect. Pure functions.

One function per operation. Each compares the status in which the operation was sent with one that was read later. That
the operation is not needed any more is no evidence: an error, a pause by somebody else or a deleted task look the same.
"""

from __future__ import annotations

from collections.abc import Callable

from ..records import _states
from . import _rules
from ._status import ServerStatus

# The states of a task that a start leads to.
_STARTED_TASK_STATES = ("RUNNING", "SYNCING", *_states.SUCCEEDED_TASK_STATES)


def shows(operation: str, sent: ServerStatus, now: ServerStatus) -> bool:
    """Return whether a status shows that an operation took effect, or is under way.

    :param sent: the status in which the operation was sent.
    :param now: a status that was read after that.
    """
    # A status that SMS does not document may mean anything.
    return not now.unrecognized and not now.has_unusable_task and _FUNCTIONS[operation](sent, now)


def _is_created(sent: ServerStatus, now: ServerStatus) -> bool:
    return not sent.task_id and bool(now.task_id)


def _is_started(sent: ServerStatus, now: ServerStatus) -> bool:
    # A task that is synchronized again after a success ends in a success, so that its state has to be another one.
    is_moving = now.task_state in _STARTED_TASK_STATES and now.task_state != sent.task_state
    # SMS may show the failure of the server for longer than that of its task.
    return _is_same_task(sent, now) and is_moving and (not now.has_failed or now.state == sent.state)


def _is_paused(sent: ServerStatus, now: ServerStatus) -> bool:
    is_pausing = now.task_state in ("ABORTING", "ABORT") or now.state in ("stopping", "stopped")
    return _is_same_task(sent, now) and is_pausing and not now.has_failed


def _is_launched(sent: ServerStatus, now: ServerStatus) -> bool:
    is_launching = now.state in (_states.LAUNCHING, "skipping") or now.cycle in (_states.LAUNCHING, _states.CUT_OVER)
    return _is_same_task(sent, now) and is_launching and not now.has_failed


def _is_cleared(sent: ServerStatus, now: ServerStatus) -> bool:
    return _is_same_task(sent, now) and now.state in ("clearing", "cleared")


def _is_deleted(sent: ServerStatus, now: ServerStatus) -> bool:
    # SMS shows the deletion of a server, which deletes its task, as "deleting".
    return not _is_same_task(sent, now) or now.task_state == "DELETING" or now.state == "deleting"


def _is_same_task(sent: ServerStatus, now: ServerStatus) -> bool:
    return bool(sent.task_id) and sent.task_id == now.task_id


_FUNCTIONS: dict[str, Callable[[ServerStatus, ServerStatus], bool]] = {
    _rules.CREATE: _is_created,
    _rules.START: _is_started,
    _rules.STOP: _is_paused,
    _rules.LAUNCH: _is_launched,
    _rules.CLEAR: _is_cleared,
    _rules.DELETE: _is_deleted,
}
