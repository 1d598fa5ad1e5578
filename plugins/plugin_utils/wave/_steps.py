# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the steps of a wave, each for all of its hosts together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _targets
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _connect_with
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, is_launched, is_launching
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import RolloutOptions
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _tasks, _waits
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Decisions = dict[str, Decision]
Decide = Callable[[Host, "Record | None"], Decision]
_FIELDS = ("name", "state", "migration_cycle", "connected")
# Steps that the play's limits on failures stop. After the launch, stopping would leave targets untested.
_LIMITED = ("freeze", "settle", "launch")


@dataclass(frozen=True)
class StepResult:
    """The result of a step.

    :ivar decisions: by the names of the hosts. A host without one does not take the step.
    :ivar snapshot: the records that the decisions are made from; empty after a wait.
    :ivar again: whether the hosts that are left need another round of the step.
    :ivar memory: what this round has to know.
    :ivar notice: which targets the user has to launch.
    :ivar addresses: of the targets, by the names of the hosts.
    """

    decisions: Decisions
    snapshot: Snapshot = field(default_factory=lambda: Snapshot({}, {}))
    changed: bool = False
    again: bool = False
    memory: _waits.Memory | None = None
    notice: str | None = None
    addresses: Mapping[str, str] | None = None

    def to_dict(self, step: str, hosts: Iterable[Host]) -> dict[str, Any]:
        """Return the result for the role."""
        optional = {"memory": self.memory, "notice": self.notice, "addresses": self.addresses}
        return {
            "changed": self.changed,
            "step": step,
            "again": self.again,
            "hosts": {host.name: self._host_result(host) for host in hosts},
            **{name: value for name, value in optional.items() if value is not None},
        }

    def _host_result(self, host: Host) -> dict[str, Any]:
        record = self.snapshot.records.get(host.name, {})
        decision = self.decisions.get(host.name, Decision())
        return {
            "id": host.server_id,
            **{name: record.get(name) for name in _FIELDS},
            "go": decision.go,
            "failed": bool(decision.problem),
            "is_misuse": decision.is_misuse,
            "msg": decision.problem or decision.note,
        }


class Step(NamedTuple):
    """One step.

    :ivar run: takes the step. What only reads from SMS does so in check mode, too.
    :ivar predict: replaces it in check mode, for a step that waits for what check mode does not bring about.
    """

    run: Callable[[StepContext, WaveAccounts], StepResult]
    predict: Callable[[StepContext, WaveAccounts], StepResult] | None = None


def run_step(context: StepContext, accounts: WaveAccounts) -> dict[str, Any]:
    """Take a step for all hosts, and return its result for each of them."""
    step = _STEPS[context.step]
    if context.step in _LIMITED and context.limit_problem:
        result = _decide_each(accounts, lambda host, record: Decision(problem=context.limit_problem))
    elif context.check_mode and step.predict:
        result = step.predict(context, accounts)
    else:
        result = step.run(context, accounts)
    return result.to_dict(context.step, accounts.hosts)


def find_user_tasks(context: StepContext, hosts: Iterable[Host]) -> dict[str, Any]:
    """Return the files of the user's own tasks. The step check reports files that do not exist."""
    return {"changed": False, "hosts": {host.name: {"tasks": context.all_tasks_of(host)} for host in hosts}}


def _decide_each(accounts: WaveAccounts, decide: Decide, snapshot: Snapshot | None = None) -> StepResult:
    """Return the decision on each host. A host that cannot be queried has a problem in any case."""
    snapshot = snapshot or accounts.snapshot()
    problems = snapshot.problems
    decisions = {
        host.name: decide(host, snapshot.records.get(host.name)) for host in accounts.hosts if host.name not in problems
    }
    decisions.update({name: Decision(problem=problem) for name, problem in problems.items()})
    return StepResult(decisions, snapshot)


def _check(context: StepContext, accounts: WaveAccounts) -> StepResult:
    options = context.options
    problem_of_all = _problem_of_all(context)

    def decide(host: Host, record: Record | None) -> Decision:
        decision = _gates.check(record, options["fail_on"], options["start"], bool(options["target"]))
        misuse = " ".join(filter(None, [problem_of_all, context.problem_of(host)]))
        return Decision(problem=misuse, is_misuse=True) if misuse else decision

    return _decide_each(accounts, decide)


def _problem_of_all(context: StepContext) -> str:
    """Return why the whole wave must not begin; empty if it may. Nothing has been changed at that time."""
    if context.check_mode and context.options["confirm"] is None:
        return ""
    if context.options["launch"] == "ask" and not context.check_mode and _lacks_terminal():
        return (
            "wave_launch is ask, and there is no terminal on which somebody could answer. Set wave_launch: api, with"
            " wave_confirm, or wave_launch: none if somebody launches in the SMS console."
        )
    return context.confirmation_problem


def _lacks_terminal() -> bool:
    """Return whether nobody can type, as far as this is known.

    Ansible runs an action in a process without any input, so that only the input of its parent tells.
    """
    try:
        terminal = os.open(f"/proc/{os.getppid()}/fd/0", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not os.isatty(terminal)
    finally:
        os.close(terminal)


def _replicate(context: StepContext, accounts: WaveAccounts) -> StepResult:
    started: Decisions = {}
    this_round = _begin_round(context, context.options["wait_timeout"])
    # The first round starts the tasks. Later ones must not start again what has failed or was stopped since.
    if context.options["start"] and not context.options["memory"]:
        snapshot = accounts.snapshot()
        names = [
            name for name, record in snapshot.records.items() if not is_launching(record) and not is_launched(record)
        ]
        limit = context.options["max_running"]
        # Without a limit all tasks are started at once, and the round waits for them.
        options = RolloutOptions(
            "started",
            max_running=limit,
            wait=bool(limit),
            wait_timeout=context.options["wait_timeout"],
            interval=context.options["interval"],
        )
        started = _tasks.change_tasks(context, accounts, snapshot, names, options)
    lost = {name: decision for name, decision in started.items() if decision.problem}
    if lost:
        return StepResult(lost, again=True, memory=this_round.memory)
    return _wait_for(context, accounts, "syncing", this_round)


def _wait(context: StepContext, accounts: WaveAccounts) -> StepResult:
    return _wait_for(context, accounts, "cutovered", _begin_round(context, context.options["wait_timeout"]))


def _begin_round(context: StepContext, timeout: float) -> _waits.Round:
    options = context.options
    return _waits.Round(timeout, options["interval"], options["memory"], context.show, context.warn)


def _wait_for(context: StepContext, accounts: WaveAccounts, goal: str, this_round: _waits.Round) -> StepResult:
    decisions = _waits.wait_for(accounts, goal, context.options["disconnected_timeout"], this_round)
    again = any(host.name not in decisions for host in accounts.hosts)
    return StepResult(decisions, again=again, memory=this_round.memory)


def _settle(context: StepContext, accounts: WaveAccounts) -> StepResult:
    this_round = _begin_round(context, context.options["settle"])
    seconds = {host.name: _seconds_to_settle(context, host) for host in accounts.hosts if not host.freezes_nothing}
    lost, settled = _waits.settle(accounts, seconds, this_round)
    for reason in sorted(set(settled.values())):
        names = [_text.plain(name) for name in sorted(settled) if settled[name] == reason]
        context.show(f"{_text.some_of(names)}: {reason}")
    decisions = {**{name: Decision(go=True, note=reason) for name, reason in settled.items()}, **lost}
    again = any(host.name not in decisions for host in accounts.hosts)
    return StepResult(decisions, again=again, memory=this_round.memory)


def _seconds_to_settle(context: StepContext, host: Host) -> float:
    """Return how long to wait for a host for which SMS gives no evidence: what is left since its freeze."""
    settle = context.options["settle"]
    try:
        since = datetime.now(timezone.utc) - datetime.fromisoformat(host.freeze.get("frozen") or "")
    except (ValueError, TypeError):
        return settle
    return min(settle, max(0.0, settle - since.total_seconds()))


def _predict_wait(context: StepContext, accounts: WaveAccounts) -> StepResult:
    return _decide_each(accounts, lambda host, record: _would(_gates.freeze(record), "wait for it"))


def _would(decision: Decision, action: str) -> Decision:
    """Return a decision of check mode. What hinders a step now may be gone when the wave gets to it."""
    return Decision(note=decision.note or f"Would {action}.")


def _freeze(context: StepContext, accounts: WaveAccounts) -> StepResult:
    def decide(host: Host, record: Record | None) -> Decision:
        decision = _gates.freeze(record)
        if context.check_mode and decision.problem and record is not None:
            decision = _would(decision, "freeze it once it is in syncing")
        if host.freezes_nothing and decision.go:
            return Decision(note="It has nothing to freeze: wave_services is empty.")
        return decision

    return _decide_each(accounts, decide)


def _verify(context: StepContext, accounts: WaveAccounts) -> StepResult:
    """Decide on which hosts the freeze record has to be verified."""

    def decide(host: Host, record: Record | None) -> Decision:
        decision = _gates.freeze(record)
        return Decision(go=decision.go and not host.freezes_nothing and not context.check_mode)

    return _decide_each(accounts, decide)


def _launch(context: StepContext, accounts: WaveAccounts) -> StepResult:
    snapshot = accounts.snapshot()
    options = context.options
    # The step check can be left out with tags, this one cannot.
    problem_of_all = "" if context.check_mode else context.confirmation_problem

    def decide(host: Host, record: Record | None) -> Decision:
        if context.check_mode:
            return _would(_gates.freeze(record), _PREDICTIONS[options["launch"]])
        is_frozen = host.freezes_nothing or bool(host.freeze.get("frozen"))
        decision = _gates.launch(record, is_frozen, host.freeze.get("msg") or "")
        return Decision(problem=problem_of_all, is_misuse=True) if decision.go and problem_of_all else decision

    result = _decide_each(accounts, decide, snapshot)
    ready = [host for host in accounts.hosts if result.decisions[host.name].go]
    # The user's own tasks launch the others.
    names = [host.name for host in ready if not context.tasks_of(host, "launch")]
    if options["launch"] == "ask" and names:
        return replace(result, notice=_notice(names))
    if options["launch"] != "api" or not names:
        return result
    launch = RolloutOptions("launched", launch_operation=options["launch_operation"])
    launched = _tasks.change_tasks(context, accounts, snapshot, names, launch)
    return replace(result, decisions={**result.decisions, **launched}, changed=True)


_PREDICTIONS = {"ask": "ask for its launch", "api": "launch it", "none": "wait until somebody launches it"}


def _notice(names: list[str]) -> str:
    """Return which targets the user has to launch."""
    count = len(names)
    which = "1 server is" if count == 1 else f"{count} servers are"
    return (
        f"{which} frozen, or without anything to freeze, and in sync: {', '.join(map(_text.plain, sorted(names)))}."
        f" Launch {'its target' if count == 1 else 'their targets'} in the SMS console, and no other of this wave."
    )


def _smoke_test(context: StepContext, accounts: WaveAccounts) -> StepResult:
    snapshot = accounts.snapshot()
    addresses, problems = _target_addresses(context, accounts, snapshot)

    def decide(host: Host, record: Record | None) -> Decision:
        if host.name in problems:
            return Decision(problem=problems[host.name])
        if context.check_mode and record is not None and not is_launched(record):
            return Decision(note="Would test its target.")
        source = _connect_with.address_of(record) if record is not None else None
        return _gates.smoke_test(record, addresses.get(host.name), source)

    return replace(_decide_each(accounts, decide, snapshot), addresses=addresses)


def _target_addresses(
    context: StepContext, accounts: WaveAccounts, snapshot: Snapshot
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the addresses that the users gave or that ECS returns, and why ECS could not be queried, by host."""
    given = {host.name: host.settings.get("target_host") or "" for host in accounts.hosts}
    addresses, problems = {name: address for name, address in given.items() if address}, {}
    field_name = _connect_with.TARGET_ADDRESSES[context.options["connect_with"]]
    for account in accounts.accounts:
        hosts = [host for host in account.hosts if host.name in snapshot.records and not given[host.name]]
        records = [snapshot.records[host.name] for host in hosts]
        try:
            targets = _targets.list_targets(account.client, records)
        except SmsError as error:
            problems.update({host.name: f"The address of its target is not known: {error}" for host in hosts})
            continue
        for host in hosts:
            target = _text.sanitize(targets.get(host.server_id)) or {field_name: []}
            if target[field_name]:
                addresses[host.name] = target[field_name][0]
    return addresses, problems


def _remove(context: StepContext, accounts: WaveAccounts) -> StepResult:
    """Decide which of the hosts that were removed from the wave are thawed."""

    def decide(host: Host, record: Record | None) -> Decision:
        step = host.removal.get("step", "")
        if host.freezes_nothing or step not in _gates.THAWED_STEPS or host.removal.get("is_misuse"):
            return Decision()
        if host.settings.get("thaw") is False:
            return Decision(note="wave_thaw is false, so that it was not thawed.")
        decision = _gates.thaw(record, step)
        # The host has its failure already.
        return decision if decision.go else Decision(note=decision.problem)

    return _decide_each(accounts, decide)


def _thaw(context: StepContext, accounts: WaveAccounts) -> StepResult:
    def decide(host: Host, record: Record | None) -> Decision:
        decision = _gates.thaw(record, "")
        return Decision(note=decision.problem) if record is not None and is_launched(record) else decision

    return _decide_each(accounts, decide)


_STEPS = {
    "check": Step(_check),
    "replicate": Step(_replicate, _predict_wait),
    "freeze": Step(_freeze),
    "settle": Step(_settle, _predict_wait),
    "verify": Step(_verify),
    "launch": Step(_launch),
    "wait": Step(_wait, _predict_wait),
    "smoke_test": Step(_smoke_test),
    "remove": Step(_remove),
    "thaw": Step(_thaw),
}
