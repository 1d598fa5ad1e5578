# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`POST /v3/tasks/{id}/action`: which operation is allowed when, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import courses
from machines import Machine
from messages import Answer, Request, answer_json
from orders import Order
from refusals import Refusal, require
from source import Server
from state import State
from taskview import find_task

NOT_STARTED = ("READY", "ABORT", "MIGRATE_FAIL")
SUCCEEDED = ("MIGRATE_SUCCESS", "SYNC_SUCCESS")
FAILED = ("MIGRATE_FAIL", "SYNC_FAIL")
NETWORK_CHECK_TIME = 30_000


class Act(NamedTuple):
    """What an operation is asked of."""

    state: State
    server: Server
    record: dict
    task: dict
    order: Order
    body: dict

    def voyage(self, **changes: object) -> courses.Voyage:
        """What a course depends on; `changes`: fields of the record."""
        return courses.Voyage(
            record={**self.record, **changes},
            now=self.state.fleet.now,
            syncing=self.order.syncing,
            rehearsed=self.order.rehearsed,
            failing=self.server.id in self.state.settings.failing,
        )

    def steer(self, phases: list, **fields: object) -> None:
        self.server.steer(phases, self.state.fleet.now, fields)


def answer(state: State, request: Request, task_id: str) -> Answer:
    """Answer a call to act on a task."""
    try:
        act(state, task_id, _body(state, request))
    except Refusal as refusal:
        return refusal.answer
    kind = state.settings.action_answer
    return Answer(200, b"") if kind == "empty" else answer_json("" if kind == "string" else {})


def _body(state: State, request: Request) -> dict:
    try:
        body: Any = request.json()
    except ValueError:
        raise Refusal("SMS.6010", "The request body is not in the JSON format.") from None
    refused = state.settings.refused_operations
    wrong = Refusal("SMS.6011", "The request body json does not meet the specifications")
    if not isinstance(body, dict) or not isinstance(body.get("operation"), str):
        raise wrong
    if body["operation"] not in OPERATIONS or body["operation"] in refused or not body.keys() <= FIELDS.keys():
        raise wrong
    if not all(isinstance(value, FIELDS[name]) for name, value in body.items()):
        raise wrong
    return body


def act(state: State, task_id: str, body: dict) -> None:
    """Do what a body asks of a task; Refusal if the service would not."""
    found = find_task(state, task_id)
    if found is None:
        raise Refusal("SMS.7703", "Task doesn't exist", 404)
    server, record = found
    order = state.orders.setdefault(task_id, Order())
    OPERATIONS[body["operation"]](Act(state, server, record, record["current_task"], order, body))


def _require_connection(act: Act) -> None:
    require(act.record.get("connected") is True, "SMS.6603", "The source server is not connected.")


def _require_state(act: Act, *states: str) -> None:
    # no code is documented for these, so the code is the emulator's own
    now = act.record.get("state")
    require(now in states, "SMS.0409", f"The source server is in the state {now}, not in {' or '.join(states)}.")


def _start(act: Act) -> None:
    state = act.task.get("state")
    allowed = (*NOT_STARTED, *SUCCEEDED, "SYNC_FAIL", "SYNCING")
    require(state in allowed, "SMS.7715", "Only tasks in Succeeded status can be synchronized.")
    _require_connection(act)
    if state == "SYNCING" or (state in SUCCEEDED and act.record.get("state") == "syncing"):
        _synchronize(act)
        return
    if state in NOT_STARTED:
        act.steer(courses.replicate(act.voyage()))
    elif state == "SYNC_FAIL":
        act.steer(courses.resume_sync(act.voyage()))
    else:
        _require_state(act, "finished", "stopped")
        act.steer(courses.synchronise(act.voyage()))


def _synchronize(act: Act) -> None:
    """Copy what has changed now, and compare the files if that is asked for. The target is not launched."""
    settings, now = act.state.settings, act.state.fleet.now
    refused = settings.synchronization == "refused" or act.server.id in settings.unsynchronizable
    require(not refused, "SMS.7715", "Only tasks in Succeeded status can be synchronized.")
    if settings.synchronization == "ignored":
        return
    end = now + courses.UPDATE_TIME
    act.order.synchronizations.append((now, end))
    fields = {}
    if act.body.get("is_need_consistency_check") and settings.consistency != "missing":
        act.order.checked = end + courses.COMPARE_TIME
        act.order.consistency = end, act.order.checked
        fields = {"is_consistency_result_exist": True}
    act.steer(courses.update(act.voyage(), settings.after_synchronization), **fields)


def _stop(act: Act) -> None:
    running = act.task.get("state") in ("RUNNING", "SYNCING") and act.record.get("migration_cycle") != "cutovering"
    require(running, "SMS.7714", "Only tasks in Migrating or Synchronizing status can be paused.")
    act.steer(courses.stop(act.voyage()))


def _launch(act: Act) -> None:
    _require_state(act, "syncing")
    _require_connection(act)
    _take_quota(act.state)
    extra = 0
    if act.body.get("is_need_consistency_check") or act.order.body.get("is_need_consistency_check"):
        extra = courses.COMPARE_TIME
        act.order.checked = act.state.fleet.now + extra
        act.order.consistency = act.state.fleet.now, act.order.checked
    act.steer(courses.launch(act.voyage(), extra=extra))


def _take_quota(state: State) -> None:
    quota = state.settings.launch_quota
    require(quota != 0, "SMS.6526", "Insufficient user quota to test or cut over to new virtual machine")
    if quota:
        state.settings = replace(state.settings, launch_quota=quota - 1)


def _clone(act: Act) -> None:
    require(bool(act.body.get("template_id")), "SMS.6011", "The request body json does not meet the specifications")
    _require_state(act, "syncing")
    _require_connection(act)
    settings = act.state.settings
    refused = settings.clone_again == "refused" and _has_clone(act.task)
    require(not refused, "SMS.0409", "The task has a clone already.")
    _take_quota(act.state)
    if settings.clone == "ignored":
        return
    act.order.template_id = act.body["template_id"]
    act.order.clones += 1
    # Each clone is a machine of its own, so that a server that is cloned twice shows.
    number = f" {act.order.clones}" if act.order.clones > 1 else ""
    voyage = act.voyage()
    clone = {
        "vm_id": courses.machine_id(f"clone of {act.task['id']}{number}"),
        "name": f"{act.record.get('name')}-clone",
    }
    left = settings.clone == "left"
    act.steer(courses.clone(voyage, clone, left))
    if left or not voyage.failing:
        built = voyage.now + courses.CLONE_START + courses.CLONE_TIME
        act.state.machines.keep(_clone_machine(act, clone, voyage.now + courses.CLONE_START), built)


def _has_clone(task: dict) -> bool:
    clone = task.get("clone_server")
    return isinstance(clone, dict) and clone.get("clone_state") == "FINISHED"


def _clone_machine(act: Act, clone: dict, created: int) -> Machine:
    return Machine(
        id=clone["vm_id"],
        name=clone["name"],
        region=str(act.task.get("region_id")),
        project=str(act.task.get("project_id")),
        os_type=str(act.record.get("os_type")),
        enterprise_project=str(act.record.get("enterprise_project_id") or "0"),
        created=created,
        status="ACTIVE",
        public=False,
    )


def _restart(act: Act) -> None:
    message = "Only tasks in Failed status can be restarted."
    require(act.task.get("state") in FAILED, "SMS.0409", message)
    _require_connection(act)
    act.steer(courses.restart(act.voyage(replicatesize=0)), replicatesize=0)


def _check_network(act: Act) -> None:
    _require_connection(act)
    act.order.network_checked = act.state.fleet.now + NETWORK_CHECK_TIME


def _clear(act: Act) -> None:
    _require_state(act, "finished", "clearfailed")
    act.steer(courses.clear(act.voyage()))


def _skip(act: Act) -> None:
    begins, ends = act.order.consistency or (0, 0)
    comparing = begins <= act.state.fleet.now < ends and act.record.get("state") == "cutovering"
    require(comparing, "SMS.7720", "Only subtask in consistency check can be skipped.")
    act.order.consistency = act.order.checked = None
    act.steer(courses.skip(act.voyage()))


def _rehearse(act: Act) -> None:
    require(act.order.rehearsed, "SMS.0409", "The task was created without a migration test.")
    _require_state(act, "premigready", "premigfailed")
    _require_connection(act)
    act.steer(courses.rehearse(act.voyage()))


FIELDS = {"operation": str, "template_id": str, "switch_hce": bool, "is_need_consistency_check": bool}
OPERATIONS: dict[str, Callable[[Act], None]] = {
    "start": _start,
    "stop": _stop,
    "test": _launch,
    "cutover": _launch,
    "clone_test": _clone,
    "restart": _restart,
    "network_check": _check_network,
    "clear": _clear,
    "skip": _skip,
    "migration_test": _rehearse,
}
