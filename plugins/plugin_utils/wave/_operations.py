# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what a wave does with one host: inspect, freeze, launch, restart.

Each operation reads the server and its task from SMS itself, immediately before it changes anything, and checks all of
its own conditions. It does not matter which steps, tags or runs came before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import Watch
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import DiskError, ServerError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _evidence, _freeze_record, _gates, _tasks
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import FreezeRecord
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freezer import Freezer
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Evidence
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host

# The record of a host that can be launched: a launch that was offered or requested before can be requested again.
LAUNCHABLE = ("frozen", "launch_offered", "launch_requested")
_FORCE = " -e thaw_force=true -e thaw_confirm=1"
THAW = "ansible-playbook -i <inventory> huaweicloud.sms.thaw --limit"


@dataclass(frozen=True)
class Operation:
    """What an operation on a host needs.

    :ivar hosts_in_play: number of hosts that the play has, which a launch by API has to confirm.
    :ivar show: prints lines.
    """

    host: Host
    freezer: Freezer
    client: Client
    check_mode: bool
    hosts_in_play: int
    show: Callable[[str], object]

    def read(self) -> Evidence:
        """Return what SMS shows of the host now.

        :raises SmsError: SMS cannot be queried.
        """
        return _evidence.read(self.client, self.host.server_id)

    def is_registered(self, server_id: str) -> bool:
        return _evidence.is_registered(self.client, server_id)


def inspect(operation: Operation) -> dict[str, Any]:
    """Check that each declared service can be stopped and started. Nothing is changed.

    :raises SmsError: the server cannot be reached, or the state of a service is not known.
    """
    host = operation.host
    if host.freezes_nothing:
        return result_of(False, "Nothing to stop: wave_services is empty.")
    try:
        inspection = operation.freezer.inspect(host.services)
        _services.require_known(inspection.unknown)
        record = operation.freezer.take_over(inspection, operation.is_registered)
    except SmsError:
        # The source of a launched server may be switched off, and nothing is stopped on it any more.
        if note := _gates.launched_note(operation.read()):
            return result_of(False, note)
        raise
    running = [name for name, runs in inspection.states.items() if runs]
    own = f" {host.tasks('freeze')} would run." if host.tasks("freeze") else ""
    message = f"Would stop {_names(running)}.{own}"
    if operation.check_mode:
        operation.show(f"{_text.plain(host.name)}: freeze: {message}")
    return result_of(False, message, progress=record.progress if record else "")


def freeze(operation: Operation) -> dict[str, Any]:
    """Write the freeze record and stop the services, unless the user's own tasks stop them.

    :raises SmsError: SMS does not show that the host may be frozen, or the server cannot be changed.
    """
    host = operation.host
    if not host.declares_freeze:
        raise SmsError(_gates.UNDECLARED)
    if operation.check_mode:
        # The step check has shown what would be stopped.
        return result_of(False, "")
    before = None if host.freezes_nothing else _own_record(operation)
    evidence = operation.read()
    decision = _gates.freeze(evidence, _was_synchronized(before))
    if decision.problem:
        raise SmsError(decision.problem)
    if not decision.go or host.freezes_nothing:
        return result_of(False, decision.note or "Nothing to stop: wave_services is empty.")
    if before and before.progress in LAUNCHABLE and before.progress != _freeze_record.FROZEN:
        # An earlier run offered or requested its launch, and SMS shows none. It can be launched if it is still frozen.
        return frozen(operation, operation.freezer.prove(host.services, LAUNCHABLE), False, "It was frozen before.")
    if problem := _gates.freeze(evidence).problem:
        # Its synchronization has ended. Whatever a service has written since would not be on the target.
        return _frozen_before(operation, problem)
    record = operation.freezer.begin(host.services, operation.is_registered)
    if record.progress == _freeze_record.FROZEN:
        return frozen(operation, record, False, "It was frozen before.")
    if host.tasks("freeze"):
        # The user's own tasks stop what they know of, then "complete" checks what is declared.
        return result_of(True, f"{_names(record.ran)} to be stopped by {host.tasks('freeze')}.", own=True)
    stopped = operation.freezer.stop(record)
    return _complete(operation, stopped.record, f"Stopped {_names(stopped.stopped)}.")


def _frozen_before(operation: Operation, problem: str) -> dict[str, Any]:
    """Return that the host is still frozen as it was when the wave requested its synchronization.

    :raises SmsError: it is not.
    """
    try:
        return frozen(operation, operation.freezer.prove(operation.host.services), False, "It was frozen before.")
    except SmsError as error:
        raise SmsError(f"{problem} {error}") from None


def complete(operation: Operation) -> dict[str, Any]:
    """Write into the freeze record that the host is frozen, once none of the declared services runs.

    :raises SmsError: a service runs, or the server cannot be changed.
    """
    record = operation.freezer.prove(operation.host.services, (_freeze_record.STOPPING, _freeze_record.FROZEN))
    return _complete(operation, record, "It is frozen.")


def _complete(operation: Operation, record: FreezeRecord, message: str) -> dict[str, Any]:
    # The first response after the last stop: what SMS synchronizes later has all that the services wrote. The date of a
    # response has whole seconds, so that the last moment of that second counts.
    date = operation.read().date
    record = operation.freezer.complete(record, None if date is None else date + 999)
    return frozen(operation, record, True, message)


def _own_record(operation: Operation) -> FreezeRecord | None:
    """Return the freeze record of the host; None if there is none, or if it is not this server's."""
    inspection = operation.freezer.inspect(operation.host.services)
    return None if inspection.owner_problem else inspection.record


def _was_synchronized(record: FreezeRecord | None) -> bool:
    """Return whether the wave requested a synchronization of the frozen host."""
    return record is not None and record.synchronize_requested_at is not None


def prove(operation: Operation) -> dict[str, Any]:
    """Check on the server that the host is frozen, and return since when.

    :raises SmsError: the host is not frozen.
    """
    host = operation.host
    if operation.check_mode or host.freezes_nothing:
        return result_of(False, "Nothing to stop: wave_services is empty." if host.freezes_nothing else "")
    if not host.declares_freeze:
        raise SmsError(_gates.UNDECLARED)
    if _gates.launched_note(operation.read()):
        return result_of(False, "It is launched already.")
    record = operation.freezer.prove(host.services, LAUNCHABLE)
    return frozen(operation, record, False, "It is frozen.")


def launch(operation: Operation) -> dict[str, Any]:
    """Prove that the host can be launched, and request it, or note in the freeze record that somebody else may.

    :raises SmsError: the proof failed. Nothing was requested.
    """
    host, by_api = operation.host, operation.host.settings.get("launch") == "api" and not operation.host.tasks("launch")
    if operation.check_mode:
        return _predict_launch(operation)
    if by_api and host.settings.get("confirm") != operation.hosts_in_play:
        raise SmsError(f"wave_confirm is not {operation.hosts_in_play}, the number of hosts in the play.")
    evidence = operation.read()
    if note := _gates.launched_note(evidence):
        return result_of(False, note)
    if not host.declares_freeze:
        raise SmsError(_gates.UNDECLARED)
    record = None if host.freezes_nothing else operation.freezer.prove(host.services, LAUNCHABLE)
    decision = _gates.freeze(evidence, _was_synchronized(record))
    if not decision.go:
        raise SmsError(f"{decision.problem} It was not launched.")
    _require_consistency(operation, evidence, record)
    if not by_api:
        if record:
            operation.freezer.advance(record, "launch_offered", requested_at=operation.freezer.now)
        return result_of(record is not None, "It can be launched.", offered=True)
    before = record.progress if record else ""
    if record:
        # Written before the request: a run that ends here must not restart the services of a target that may start.
        record = operation.freezer.advance(record, "launch_requested", requested_at=operation.freezer.now)
    result = _request_launch(operation, evidence, record)
    # SMS may have rejected this request because it carries out an earlier one, which it does not show yet.
    return {**result, "refused": result.get("refused", False) and before in ("", _freeze_record.FROZEN)}


def _require_consistency(operation: Operation, evidence: Evidence, record: FreezeRecord | None) -> None:
    """
    :raises SmsError: the user requires a consistency check, and none proves that the target has all files.
    """
    settings = operation.host.settings
    if not settings.get("consistency_check"):
        return
    since = record.frozen_at_sms if record else None
    most = int(settings.get("consistency_max_differences") or 0)
    if problem := _evidence.consistency_problem(operation.client, evidence.task, since, most):
        raise SmsError(f"{problem} It was not launched, since wave_consistency_check is true.")


def _predict_launch(operation: Operation) -> dict[str, Any]:
    host = operation.host
    how = {"api": "be launched by API", "ask": "be launched by a person at the prompt", "none": "be launched elsewhere"}
    by = f"be launched by {host.tasks('launch')}" if host.tasks("launch") else how[str(host.settings.get("launch"))]
    message = f"Would {by} ({host.settings.get('launch_operation')})."
    operation.show(f"{_text.plain(host.name)}: launch: {message}")
    return result_of(False, message)


def _request_launch(operation: Operation, evidence: Evidence, record: FreezeRecord | None) -> dict[str, Any]:
    name = str(operation.host.settings.get("launch_operation") or "test")
    synchronized = _was_synchronized(record)
    outcome = _tasks.launch_one(operation.client, evidence.record or {}, name, synchronized, operation.show)
    if not outcome.failed:
        if record:
            _note_launched(operation, record)
        return result_of(outcome.kind != "unchanged", outcome.msg)
    # SMS rejected it, or it was not sent at all: only then the services may be restarted.
    refused = outcome.kind in ("refused", "failed") and not outcome.accepted
    return {**result_of(not refused, outcome.msg), "failed": True, "unknown": not refused, "refused": refused}


def _note_launched(operation: Operation, record: FreezeRecord) -> None:
    """Write into the freeze record that SMS launches the target. Nothing depends on it, so that it may fail."""
    try:
        operation.freezer.advance(record, "launched")
    except ServerError as error:
        operation.show(f"{_text.plain(operation.host.name)}: the freeze record could not be updated: {error}")


def confirm(operation: Operation) -> dict[str, Any]:
    """Check again that a host which somebody else launches is still frozen.

    :raises SmsError: it is not, and SMS does not show that it was launched.
    """
    host = operation.host
    evidence = operation.read()
    try:
        if not host.freezes_nothing:
            operation.freezer.prove(host.services, LAUNCHABLE)
    except SmsError as error:
        # The person may have switched the source off. What they launched is waited for and tested in any case.
        if not _gates.launched_note(evidence):
            raise
        note = f"Its target was launched, but its source is not proven to be frozen: {error}"
        return result_of(False, note, offered=True, note=note)
    return result_of(False, f"{evidence.description}.", offered=True)


def restart(
    operation: Operation, allowed: bool, forced: bool = False, own_done: bool = False, own_problem: str = ""
) -> dict[str, Any]:
    """Restart the services that the freeze record names, if SMS shows that the target was not launched.

    :param allowed: whether this run may restart them. Otherwise the result says that the host is frozen.
    :param forced: whether a person has decided so, whatever SMS shows.
    :param own_done: whether the user's own tasks have run.
    :param own_problem: why they failed; empty if they did not.
    :raises SmsError: the freeze record cannot be read. It may name services that have to run.
    """
    if not allowed and operation.host.freezes_nothing:
        # Nobody may be able to log in to it, and this run has stopped nothing.
        return result_of(False, "", nothing=True)
    inspection = operation.freezer.inspect([])
    record = operation.freezer.take_over(inspection, operation.is_registered)
    if record is None:
        return result_of(False, "", nothing=True)
    stays = f"{_text.some_of([_text.plain(name) for name in record.ran]) or 'Nothing'} was stopped"
    advice = f"If its target does not run, restart them: {THAW} {_text.plain(operation.host.name)}"
    if not allowed:
        why = "It stays frozen, since wave_thaw is false" if operation.host.stays_frozen else "An earlier run froze it"
        return result_of(False, f"{why} ({stays}). {advice}", frozen=True)
    reason, force = ("", "") if forced and operation.check_mode else _restart_problem(operation, record)
    if reason and not forced:
        return result_of(False, f"It stays frozen ({stays}): {reason} {advice}{force}", frozen=True)
    if reason:
        operation.show(f"{_text.plain(operation.host.name)}: restarted on your word, although: {reason}")
    if operation.check_mode:
        return result_of(False, f"Would restart {_names(record.ran)}.")
    if operation.host.tasks("thaw") and not own_done:
        return _begin_restart(operation, record)
    return _restart(operation, record, own_problem)


def _begin_restart(operation: Operation, record: FreezeRecord) -> dict[str, Any]:
    """Write into the record that the host is no longer frozen, before the user's own tasks start anything."""
    try:
        operation.freezer.advance(record, _freeze_record.RESTARTING)
    except DiskError as error:
        operation.show(f"{_text.plain(operation.host.name)}: the freeze record could not be updated: {error}")
    return result_of(True, "", own=True)


def _restart(operation: Operation, record: FreezeRecord, own_problem: str) -> dict[str, Any]:
    result = operation.freezer.restart(record)
    problems = " ".join(filter(None, [*result.problems, result.record_problem, own_problem]))
    message = f"Restarted {_names(result.started)}."
    return {**result_of(True, f"{message} {problems}".strip()), "failed": bool(result.problems or own_problem)}


def _restart_problem(operation: Operation, record: FreezeRecord) -> tuple[str, str]:
    """Return why the services must not be restarted, and what a person adds to the command; empty if they may.

    A launch that somebody else requests shows in SMS only after a while. So a host that was offered is read twice.
    """
    host = operation.host
    by_this_run = record.run == host.run
    refused, synchronized = bool(host.launch.get("refused")), _was_synchronized(record)
    try:
        reason = _gates.restart(operation.read(), record.progress, by_this_run, refused, synchronized)
        if not reason and record.progress == "launch_offered":
            Watch(None, _seconds_to_second_read(host)).sleep()
            reason = _gates.restart(operation.read(), record.progress, by_this_run, refused, synchronized)
    except SmsError as error:
        # Another query may succeed, so that nobody has to force it.
        return f"SMS does not show whether its target was launched: {error}", ""
    return reason, _FORCE


def _seconds_to_second_read(host: Host) -> float:
    """Return how long to wait until the next read is far enough from the first one."""
    if host.seen_at is None:
        return _gates.OFFER_INTERVAL
    return max(0.0, _gates.OFFER_INTERVAL - (time.monotonic() - host.seen_at))


def frozen(operation: Operation, record: FreezeRecord, changed: bool, message: str) -> dict[str, Any]:
    now = operation.freezer.now
    age = None if now is None or record.frozen_at is None else max(0.0, now - record.frozen_at)
    return result_of(
        changed,
        message,
        progress=record.progress,
        age=age,
        read_at=time.monotonic(),
        frozen_at_sms=record.frozen_at_sms,
        frozen=True,
    )


def result_of(changed: bool, message: str, **values: Any) -> dict[str, Any]:
    return {"changed": changed, "msg": message, **values}


def _names(services: Sequence[str]) -> str:
    return _text.some_of([_text.plain(name) for name in services]) or "nothing"
