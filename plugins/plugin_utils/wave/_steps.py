# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the steps of a wave, each for all of its hosts together.

A step sorts the hosts with one query per account, or waits for them. What changes a server or launches its target is an
operation of that host alone, which decides again: see :mod:`_operations`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, is_launched, is_launching
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import RolloutOptions
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import (
    _gates,
    _smoke_test,
    _synchronization_wait,
    _target_check,
    _tasks,
    _waits,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import Decisions, StepContext, StepResult
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Decide = Callable[[Host, "Record | None"], Decision]
# Steps that the play's limits on failures stop. After the launch, stopping would leave targets untested.
_LIMITED = ("freeze", "synchronize", "settle", "launch")


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


def _decide_each(accounts: WaveAccounts, decide: Decide, snapshot: Snapshot | None = None) -> StepResult:
    """Return the decision on each host. A host that cannot be queried has a problem in any case."""
    snapshot = snapshot or accounts.snapshot()
    decisions = {}
    for host in accounts.hosts:
        if problem := snapshot.problems.get(host.name):
            decisions[host.name] = Decision(problem=problem)
        elif host.name not in snapshot.records:
            decisions[host.name] = Decision(problem=_gates.gone(accounts.describe(host)))
        else:
            decisions[host.name] = decide(host, snapshot.records[host.name])
    return StepResult(decisions, snapshot)


def _check(context: StepContext, accounts: WaveAccounts) -> StepResult:
    def decide(host: Host, record: Record | None) -> Decision:
        settings = host.settings
        starts, creates = bool(settings.get("start")), bool(settings.get("target"))
        return _gates.check(record, settings.get("fail_on") or [], starts, creates)

    result = _decide_each(accounts, decide)
    names = [name for name, decision in result.decisions.items() if decision.go]
    compared = _target_check.compare_targets(context, accounts, result.snapshot, names)
    return replace(result, decisions={**result.decisions, **compared})


def _replicate(context: StepContext, accounts: WaveAccounts) -> StepResult:
    started: Decisions = {}
    this_round = _begin_round(context, context.run["replicate_timeout"])
    # The first round starts the tasks. Later ones must not start again what has failed or was stopped since.
    if not context.memory:
        started = _start(context, accounts)
    lost = {name: decision for name, decision in started.items() if decision.problem}
    if lost:
        return StepResult(lost, again=True, memory=this_round.memory)
    return _wait_for(context, accounts, "syncing", this_round)


def _start(context: StepContext, accounts: WaveAccounts) -> Decisions:
    """Start the tasks of the hosts that the wave has to start, each with its own host's target and settings."""
    snapshot = accounts.snapshot()
    names = [
        host.name
        for host in accounts.hosts
        if host.settings.get("start") and _is_before_launch(snapshot.records.get(host.name))
    ]
    if not names:
        return {}
    limit = int(context.run.get("max_running") or 0) or None
    # Without a limit all tasks are started at once, and the round waits for them.
    options = RolloutOptions(
        "started",
        max_running=limit,
        wait=bool(limit),
        wait_timeout=context.run["replicate_timeout"],
        interval=context.run["interval"],
    )
    return _tasks.start_tasks(context, accounts, snapshot, names, options)


def _is_before_launch(record: Record | None) -> bool:
    return record is not None and not is_launching(record) and not is_launched(record)


def _predict_replicate(context: StepContext, accounts: WaveAccounts) -> StepResult:
    _start(context, accounts)
    return _predict_wait(context, accounts)


def _wait(context: StepContext, accounts: WaveAccounts) -> StepResult:
    return _wait_for(context, accounts, "cutovered", _begin_round(context, context.run["cutover_timeout"]))


def _begin_round(context: StepContext, timeout: float) -> _waits.Round:
    return _waits.Round(timeout, context.run["interval"], context.memory, context.show, context.warn)


def _wait_for(context: StepContext, accounts: WaveAccounts, goal: str, this_round: _waits.Round) -> StepResult:
    decisions = _waits.wait_for(accounts, goal, context.run["disconnected_timeout"], this_round)
    again = any(host.name not in decisions for host in accounts.hosts)
    return StepResult(decisions, again=again, memory=this_round.memory)


def _synchronize(context: StepContext, accounts: WaveAccounts) -> StepResult:
    this_round = _begin_round(context, context.run["synchronize_timeout"])
    decisions = _synchronization_wait.wait_for(accounts, this_round)
    again = any(host.name not in decisions for host in accounts.hosts)
    return StepResult(decisions, again=again, memory=this_round.memory)


def _settle(context: StepContext, accounts: WaveAccounts) -> StepResult:
    this_round = _begin_round(context, 0)
    seconds = {host.name: _seconds_to_settle(host) for host in accounts.hosts if host.freeze.get("frozen")}
    lost, settled = _waits.settle(accounts, seconds, this_round)
    for reason in sorted(set(settled.values())):
        names = [_text.plain(name) for name in sorted(settled) if settled[name] == reason]
        context.show(f"{_text.some_of(names)}: {reason}")
    decisions = {**{name: Decision(go=True, note=reason) for name, reason in settled.items()}, **lost}
    again = any(host.name not in decisions for host in accounts.hosts)
    return StepResult(decisions, again=again, memory=this_round.memory)


def _seconds_to_settle(host: Host) -> float:
    """Return how long to wait for a host for which SMS gives no evidence: what is left since its freeze."""
    settle, age = float(host.settings["settle"]), host.freeze.get("age")
    if age is None:
        return settle
    since = time.monotonic() - float(host.freeze.get("read_at") or 0)
    return min(settle, max(0.0, settle - age - max(0.0, since)))


def _predict_wait(context: StepContext, accounts: WaveAccounts) -> StepResult:
    return _decide_each(accounts, lambda host, record: _would(_gates.in_sync(record), "wait for it"))


def _would(decision: Decision, action: str) -> Decision:
    """Return a decision of check mode. What hinders a step now may be gone when the wave gets to it."""
    return Decision(note=decision.note or f"Would {action}.")


def _in_sync(context: StepContext, accounts: WaveAccounts) -> StepResult:
    """Sort the hosts before the freeze or the launch, which each host's own operation decides again."""

    def decide(host: Host, record: Record | None) -> Decision:
        decision = _gates.in_sync(record)
        if context.check_mode and decision.problem and record is not None:
            return Decision(go=True, note="It is not in syncing yet.")
        return decision

    return _decide_each(accounts, decide)


def _test(context: StepContext, accounts: WaveAccounts) -> StepResult:
    snapshot = accounts.snapshot()
    found = _smoke_test.find_addresses(accounts, snapshot)

    def decide(host: Host, record: Record | None) -> Decision:
        if host.name in found.problems:
            return Decision(problem=found.problems[host.name])
        if context.check_mode and _is_before_launch(record):
            context.show(f"{_text.plain(host.name)}: smoke_test: {_smoke_test.prediction(host)}")
            return Decision(note="Would test its target.")
        sources = _smoke_test.source_addresses(host, record)
        return _gates.smoke_test(record, found.resolved.get(host.name, ()), sources)

    result = _decide_each(accounts, decide, snapshot)
    return StepResult(result.decisions, snapshot, addresses=found.addresses)


_STEPS = {
    "check": Step(_check),
    "replicate": Step(_replicate, _predict_replicate),
    "freeze": Step(_in_sync),
    "synchronize": Step(_synchronize, _predict_wait),
    "settle": Step(_settle, _predict_wait),
    "launch": Step(_in_sync),
    "wait": Step(_wait, _predict_wait),
    "smoke_test": Step(_test),
}
