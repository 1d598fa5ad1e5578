# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: requests a synchronization of one frozen host, once for each freeze.

The freeze record notes the request before it is sent. So a run that is killed, or whose response is lost, does not
lead to a second one.
"""

from __future__ import annotations

import contextlib
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import ApiError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._configuration import Configuration
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import ServerError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _freeze_record, _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import FreezeRecord
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._operations import (
    LAUNCHABLE,
    Operation,
    frozen,
    result_of,
)


def synchronize(operation: Operation) -> dict[str, Any]:
    """Prove that the host is frozen, and request a synchronization if none was requested since the freeze.

    :raises SmsError: the host cannot be launched, or a consistency check is required and cannot be requested.
    """
    host = operation.host
    if not host.settings.get("synchronize"):
        return result_of(False, "")
    if operation.check_mode:
        return _predict(operation)
    if host.freezes_nothing:
        return result_of(False, "Nothing was stopped, so that there is no change to synchronize.")
    if not host.declares_freeze:
        raise SmsError(_gates.UNDECLARED)
    evidence = operation.read()
    if note := _gates.launched_note(evidence):
        return result_of(False, note)
    record = operation.freezer.prove(host.services, LAUNCHABLE)
    requested = record.synchronize_requested_at is not None
    if problem := _gates.freeze(evidence, requested).problem:
        raise SmsError(problem)
    if reason := host.synchronization.get("refused"):
        return _not_requested(operation, record, reason)
    if requested:
        # By this run or an earlier one, whatever became of it.
        return _requested(operation, record, False, "A synchronization was requested before.")
    if reason := _gates.synchronize(evidence, record.progress, record.frozen_at_sms):
        return _not_requested(operation, record, reason)
    return _request(operation, record, str((evidence.task or {}).get("id")))


def _request(operation: Operation, record: FreezeRecord, task_id: str) -> dict[str, Any]:
    checks = bool(operation.host.settings.get("consistency_check"))
    if checks and (scope := _scope_of(operation.host)):
        deadline = Deadline(operation.client.total_timeout)
        Configuration({"options": scope}).apply(operation.client, task_id, deadline, lambda: None)
    # Written before the request: whoever finds it must not send another one.
    now = operation.freezer.now
    record = operation.freezer.advance(record, _freeze_record.FROZEN, synchronize_requested_at=now)
    try:
        _tasks.update_task_status(operation.client, task_id, "start", consistency_check=checks)
    except SmsError as error:
        if isinstance(error, ApiError) and error.failure.unprocessed:
            with contextlib.suppress(ServerError):
                record = operation.freezer.advance(record, _freeze_record.FROZEN, synchronize_requested_at=None)
            code = error.failure.code or error.failure.status
            return _not_requested(operation, record, f"SMS did not accept the synchronization ({code}): {error}")
        message = f"It is not known whether SMS synchronizes it: {error} It is not requested again."
        operation.show(f"{_text.plain(operation.host.name)}: {message}")
        return _requested(operation, record, True, message)
    return _requested(operation, record, True, f"A synchronization{_with_check(operation.host)} was requested.")


def _requested(operation: Operation, record: FreezeRecord, changed: bool, message: str) -> dict[str, Any]:
    return {**frozen(operation, record, changed, message), "requested": True}


def _not_requested(operation: Operation, record: FreezeRecord, reason: str) -> dict[str, Any]:
    """Return that the wave goes on with the time since the freeze instead.

    :raises SmsError: only the consistency check that belongs to the synchronization permits a launch.
    """
    if operation.host.settings.get("consistency_check"):
        raise SmsError(f"There is no consistency check, which wave_consistency_check requires: {reason}")
    message = f"The wave waited for wave_settle instead of a synchronization: {reason}"
    return {**frozen(operation, record, False, message), "requested": False, "refused": reason}


def _predict(operation: Operation) -> dict[str, Any]:
    host = operation.host
    message = f"Would request a synchronization{_with_check(host)}."
    if host.freezes_nothing:
        message = "Would request no synchronization: wave_services is empty."
    operation.show(f"{_text.plain(host.name)}: synchronize: {message}")
    return result_of(False, message)


def _with_check(host: Host) -> str:
    if not host.settings.get("consistency_check"):
        return ""
    scope = ", ".join(f"{name} {_text.plain(value)}" for name, value in _scope_of(host).items())
    return f" with a consistency check ({scope or 'of the scope that its task has'})"


def _scope_of(host: Host) -> dict[str, Any]:
    """Return the configuration settings of the consistency check that the user gives."""
    options = (host.settings.get("settings") or {}).get("options") or {}
    return {name: value for name, value in options.items() if str(name).startswith("CONSISTENCY_")}
