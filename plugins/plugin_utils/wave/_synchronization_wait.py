# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: waits for the synchronizations that a wave has requested.

Its evidence is a synchronization that began after the freeze and has ended, and, if the user requires it, a consistency
check that ended after the freeze as well.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _consistency
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _waits
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Decisions = dict[str, Decision]


def wait_for(accounts: WaveAccounts, this_round: _waits.Round) -> Decisions:
    """Wait until the requested synchronizations have ended, or one of the hosts cannot be launched.

    :return: ``go`` for hosts that are synchronized or for which none was requested, the problem of hosts that cannot be
        launched. Hosts without a decision need another round.
    """
    waiting = {host.name: host for host in accounts.hosts if host.synchronization.get("requested")}
    decisions = {
        host.name: Decision(go=True, note=host.synchronization.get("refused", ""))
        for host in accounts.hosts
        if host.name not in waiting
    }
    requested = len(waiting)
    while waiting:
        found, reasons = _look(accounts, waiting, this_round)
        decisions.update(found)
        waiting = {name: host for name, host in waiting.items() if name not in found}
        done = requested - len(waiting)
        this_round.show(f"{time.strftime('%H:%M:%S')}  {done} of {requested} synchronizations have ended")
        if not waiting or any(decision.problem for decision in found.values()):
            break
        if not this_round.watch.sleep():
            time_up = f"Time is up after {_text.duration(this_round.timeout)} (wave_synchronize_timeout)"
            decisions.update({name: Decision(problem=f"{time_up}: {reasons[name]}") for name in waiting})
            break
    return decisions


def _look(
    accounts: WaveAccounts, waiting: dict[str, Host], this_round: _waits.Round
) -> tuple[Decisions, dict[str, str]]:
    """Return the decisions on hosts that need not wait any more, and what the others wait for."""
    snapshot = accounts.snapshot()
    found: Decisions = {name: Decision(problem=snapshot.problems[name]) for name in snapshot.final if name in waiting}
    reasons = {name: snapshot.problems[name] for name in waiting if name in snapshot.problems}
    for account in accounts.accounts:
        hosts = [host for host in account.hosts if host.name in waiting and host.name not in snapshot.problems]
        for host in hosts:
            forecast = _gates.in_sync(snapshot.records.get(host.name))
            if not forecast.go:
                found[host.name] = forecast
        left = [host for host in hosts if host.name not in found]
        try:
            tasks = {_tasks.source_id_of(task): task for task in _tasks.list_tasks(account.client, {})} if left else {}
        except SmsError as error:
            reasons.update({host.name: f"The tasks cannot be listed: {error}" for host in left})
            this_round.warn(f"The tasks cannot be listed: {error} They will be queried again.")
            continue
        for host in left:
            decision = _decide(account.client, host, tasks.get(host.server_id, {}), this_round)
            if decision.go or decision.problem:
                found[host.name] = decision
            else:
                reasons[host.name] = decision.note
    return found, reasons


def _decide(client: Client, host: Host, task: Mapping[str, Any], this_round: _waits.Round) -> Decision:
    """Return ``go``, or the problem of the host; neither if it has to wait."""
    since = host.synchronization.get("frozen_at_sms")
    ended = this_round.memory["synchronized"].get(host.name) or _consistency.synchronized_at(task, since)
    if ended is None:
        return Decision(note="SMS shows no synchronization that began after the freeze and has ended.")
    # SMS may begin another one, and show that instead.
    this_round.memory["synchronized"][host.name] = ended
    if not host.settings.get("consistency_check"):
        return Decision(go=True, note=f"Synchronized at {_consistency.moment(ended)}.")
    try:
        result = _tasks.show_consistency(client, str(task.get("id")))
    except SmsError as error:
        if error.final:
            return Decision(problem=f"The result of the consistency check cannot be read: {error}")
        return Decision(note=str(error))
    most = int(host.settings.get("consistency_max_differences") or 0)
    problem = _consistency.problem_of(result, since, most)
    if result is None or result.finished is None or result.finished <= (since or 0):
        return Decision(note=problem)
    return Decision(go=not problem, problem=problem, note=f"Consistency check: {result.numbers}.")
