# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what is done in each step of a wave, for all of its hosts together.

What SMS says of them is read once, and decided on at once. Each step gives what becomes of each host.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _targets
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _connect_with
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import is_launched, is_launching
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _tasks, _waits
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import Plan
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Verdict
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Verdicts = dict[str, Verdict]
_FIELDS = ("name", "state", "migration_cycle", "connected")
# Steps before which it is asked whether too many have dropped out. Who has been launched is waited for and tested.
_LIMITED = ("freeze", "settle", "launch")
# What starting a task takes.
_ORDERED = ("settings", "target", "max_running", "wait_timeout", "interval")


def do(plan: Plan, accounts: WaveAccounts) -> dict[str, Any]:
    """Do a step, and say what becomes of each host."""
    snapshot = accounts.snapshot() if plan.step not in _WAITING or plan.check_mode else Snapshot({}, {})
    further: dict[str, Any] = {}
    if plan.step in _LIMITED and plan.end_of_all:
        verdicts = {host.name: Verdict(problem=plan.end_of_all) for host in accounts.hosts}
    elif plan.step in _WAITING and not plan.check_mode:
        verdicts, further = _WAITING[plan.step](plan, accounts)
    else:
        verdicts, further = _DECIDING[plan.step](plan, accounts, snapshot)
    verdicts.update({name: Verdict(problem=problem) for name, problem in snapshot.problems.items()})
    hosts = {host.name: _said(host, snapshot, verdicts.get(host.name, Verdict())) for host in accounts.hosts}
    return {"changed": False, **further, "step": plan.step, "hosts": hosts}


def _said(host: Host, snapshot: Snapshot, verdict: Verdict) -> dict[str, Any]:
    record = snapshot.records.get(host.name, {})
    return {
        "id": host.server_id,
        **{field: record.get(field) for field in _FIELDS},
        "go": verdict.go,
        "failed": bool(verdict.problem),
        "is_misuse": verdict.is_misuse,
        "msg": verdict.problem or verdict.note,
    }


def begin(plan: Plan, hosts: Iterable[Host]) -> dict[str, Any]:
    """Where the user's own tasks are. What is not to be found, the check tells."""
    return {"changed": False, "hosts": {host.name: {"tasks": plan.all_tasks_of(host)} for host in hosts}}


def _each(accounts: WaveAccounts, snapshot: Snapshot, decide: Callable[[Host, Any], Verdict]) -> Verdicts:
    return {
        host.name: decide(host, snapshot.records.get(host.name))
        for host in accounts.hosts
        if host.name not in snapshot.problems
    }


def _check(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    options = plan.options
    for_all = _problem_for_all(plan)

    def decide(host: Host, record: Any) -> Verdict:
        verdict = _gates.check(record, options["fail_on"], options["start"], bool(options["target"]))
        misuse = " ".join(filter(None, [for_all, plan.problem_of(host)]))
        return Verdict(problem=misuse, is_misuse=True) if misuse else verdict

    return _each(accounts, snapshot, decide), {}


def _problem_for_all(plan: Plan) -> str:
    """What keeps the whole wave from beginning, found out before anything is touched; empty where nothing does."""
    if plan.check_mode and plan.options["confirm"] is None:
        return ""
    if plan.options["launch"] == "ask" and not plan.check_mode and _lacks_terminal():
        return (
            "wave_launch is ask, and there is no terminal on which somebody could answer. Set wave_launch: api, with"
            " wave_confirm, or wave_launch: none if somebody launches in the SMS console."
        )
    return plan.confirmation_problem


def _lacks_terminal() -> bool:
    """Whether nobody can type, as far as that can be told: Ansible runs this in a process without any input."""
    try:
        terminal = os.open(f"/proc/{os.getppid()}/fd/0", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not os.isatty(terminal)
    finally:
        os.close(terminal)


def _replicate(plan: Plan, accounts: WaveAccounts) -> tuple[Verdicts, dict[str, Any]]:
    started: Verdicts = {}
    patience = _patience(plan)
    if plan.options["start"] and not plan.options["memory"]:
        snapshot = accounts.snapshot()
        names = [
            name for name, record in snapshot.records.items() if not is_launching(record) and not is_launched(record)
        ]
        order = {name: plan.options[name] for name in _ORDERED}
        order.update(state="started", launch_operation="test", wait=bool(plan.options["max_running"]))
        started = _tasks.act(accounts, snapshot, names, order, False, plan.show)
    lost = {name: verdict for name, verdict in started.items() if verdict.problem}
    if lost:
        return lost, {"again": True, "memory": patience.memory}
    return _waited(plan, accounts, "syncing", patience)


def _wait(plan: Plan, accounts: WaveAccounts) -> tuple[Verdicts, dict[str, Any]]:
    return _waited(plan, accounts, "cutovered", _patience(plan))


def _patience(plan: Plan) -> _waits.Patience:
    options = plan.options
    return _waits.Patience(options["wait_timeout"], options["interval"], options["memory"], plan.show, plan.warn)


def _waited(
    plan: Plan, accounts: WaveAccounts, goal: str, patience: _waits.Patience
) -> tuple[Verdicts, dict[str, Any]]:
    verdicts = _waits.wait_for(accounts, goal, plan.options["disconnected_timeout"], patience)
    again = any(host.name not in verdicts for host in accounts.hosts)
    return verdicts, {"again": again, "memory": patience.memory}


def _settle(plan: Plan, accounts: WaveAccounts) -> tuple[Verdicts, dict[str, Any]]:
    patience = _patience(plan)
    patience.seconds = plan.options["settle"]
    seconds = {host.name: _seconds_to_settle(plan, host) for host in accounts.hosts if not host.freezes_nothing}
    lost, settled = _waits.settle(accounts, seconds, patience)
    for words in sorted(set(settled.values())):
        names = [_text.plain(name) for name in sorted(settled) if settled[name] == words]
        plan.show(f"{_text.some_of(names)}: {words}")
    notes = {name: Verdict(go=True, note=words) for name, words in settled.items()}
    again = any(host.name not in notes and host.name not in lost for host in accounts.hosts)
    return {**notes, **lost}, {"again": again, "memory": patience.memory}


def _seconds_to_settle(plan: Plan, host: Host) -> float:
    """How long to wait for a host where SMS gives no evidence."""
    settle = float(plan.options["settle"])
    try:
        since = datetime.now(timezone.utc) - datetime.fromisoformat(str(host.mark.get("frozen") or ""))
    except (ValueError, TypeError):
        return settle
    return min(settle, max(0.0, settle - since.total_seconds()))


def _would_wait(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    return _each(accounts, snapshot, lambda host, record: _would(_gates.freeze(record), "wait for it")), {}


def _would(verdict: Verdict, words: str) -> Verdict:
    """In check mode, what is not there yet may be by then."""
    return Verdict(note=verdict.note or f"Would {words}.")


def _freeze(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    def decide(host: Host, record: Any) -> Verdict:
        verdict = _gates.freeze(record)
        if plan.check_mode and verdict.problem and record is not None:
            verdict = _would(verdict, "freeze it once it is in syncing")
        if host.freezes_nothing and verdict.go:
            return Verdict(note="It has nothing to freeze: wave_services is empty.")
        return verdict

    return _each(accounts, snapshot, decide), {}


def _verify(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    """Which hosts have to say themselves that they are frozen."""

    def decide(host: Host, record: Any) -> Verdict:
        verdict = _gates.freeze(record)
        return Verdict(go=verdict.go and not host.freezes_nothing and not plan.check_mode)

    return _each(accounts, snapshot, decide), {}


def _launch(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    for_all = plan.confirmation_problem if not plan.check_mode else ""

    def decide(host: Host, record: Any) -> Verdict:
        frozen = host.freezes_nothing or bool(host.mark.get("frozen"))
        if plan.check_mode:
            return _would(_gates.freeze(record), _LAUNCHING[plan.options["launch"]])
        verdict = _gates.launch(record, frozen, str(host.mark.get("msg") or ""))
        return Verdict(problem=for_all, is_misuse=True) if verdict.go and for_all else verdict

    verdicts = _each(accounts, snapshot, decide)
    going = [host for host in accounts.hosts if host.name in verdicts and verdicts[host.name].go]
    unaided = [host.name for host in going if not plan.tasks_of(host, "launch")]
    if plan.options["launch"] == "api" and unaided:
        order = {"state": "launched", "launch_operation": plan.options["launch_operation"], "interval": 30}
        verdicts.update(_tasks.act(accounts, snapshot, unaided, order, plan.check_mode, plan.show))
    further: dict[str, Any] = {"changed": plan.options["launch"] == "api" and bool(unaided)}
    if plan.options["launch"] == "ask" and unaided:
        further["notice"] = _notice(unaided)
    return verdicts, further


_LAUNCHING = {"ask": "ask for its launch", "api": "launch it", "none": "wait until somebody launches it"}


def _notice(names: list[str]) -> str:
    """Who can be launched, for whoever does it."""
    count = len(names)
    which = "1 server is" if count == 1 else f"{count} servers are"
    return (
        f"{which} frozen, or without anything to freeze, and in sync: {', '.join(map(_text.plain, sorted(names)))}."
        f" Launch {'its target' if count == 1 else 'their targets'} in the SMS console, and no other of this wave."
    )


def _smoke_test(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    addresses, problems = _addresses(plan, accounts, snapshot)

    def decide(host: Host, record: Any) -> Verdict:
        if host.name in problems:
            return Verdict(problem=problems[host.name])
        if plan.check_mode and record is not None and not is_launched(record):
            return Verdict(note="Would test its target.")
        source = _connect_with.address_of(record) if record is not None else None
        return _gates.smoke_test(record, addresses.get(host.name), source)

    verdicts = _each(accounts, snapshot, decide)
    return verdicts, {"addresses": addresses}


def _addresses(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[dict[str, str], dict[str, str]]:
    """Where the targets are: as their owners say, or else as ECS says now; and why it could not be asked."""
    given = {
        host.name: str(host.settings["target_host"]) for host in accounts.hosts if host.settings.get("target_host")
    }
    addresses, problems = dict(given), {}
    field = _connect_with.TARGET_ADDRESSES[plan.options["connect_with"]]
    for account in accounts.accounts:
        hosts = [host for host in account.hosts if host.name in snapshot.records and host.name not in given]
        records = [snapshot.records[host.name] for host in hosts]
        try:
            targets = _targets.list_targets(account.client, records)
        except SmsError as error:
            problems.update({host.name: f"The address of its target is not known: {error}" for host in hosts})
            continue
        for host in hosts:
            target = _text.sanitize(targets.get(host.server_id)) or {field: []}
            if target[field]:
                addresses[host.name] = target[field][0]
    return addresses, problems


def _drop_out(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    """Which of the hosts that dropped out are thawed."""

    def decide(host: Host, record: Any) -> Verdict:
        step = str(host.fate.get("step"))
        if host.freezes_nothing or step not in _gates.FROZEN_STEPS or host.fate.get("is_misuse"):
            return Verdict()
        if host.settings.get("thaw") is False:
            return Verdict(note="wave_thaw is false, so that it was not thawed.")
        verdict = _gates.thaw(record, step)
        return verdict if verdict.go else Verdict(note=verdict.problem)

    return _each(accounts, snapshot, decide), {}


def _thaw(plan: Plan, accounts: WaveAccounts, snapshot: Snapshot) -> tuple[Verdicts, dict[str, Any]]:
    def decide(host: Host, record: Any) -> Verdict:
        verdict = _gates.thaw(record, "")
        done = record is not None and is_launched(record)
        return Verdict(note=verdict.problem) if done else verdict

    return _each(accounts, snapshot, decide), {}


_WAITING: Mapping[str, Callable[[Plan, WaveAccounts], tuple[Verdicts, dict[str, Any]]]] = {
    "replicate": _replicate,
    "settle": _settle,
    "wait": _wait,
}
_DECIDING: Mapping[str, Callable[[Plan, WaveAccounts, Snapshot], tuple[Verdicts, dict[str, Any]]]] = {
    "check": _check,
    "replicate": _would_wait,
    "freeze": _freeze,
    "settle": _would_wait,
    "verify": _verify,
    "launch": _launch,
    "wait": _would_wait,
    "smoke_test": _smoke_test,
    "drop_out": _drop_out,
    "thaw": _thaw,
}
