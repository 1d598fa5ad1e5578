# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: waits for the hosts of a wave, in rounds.

A round ends when all hosts have arrived, or as soon as one of them will not. The role then removes this host from the
wave, restarts its services, and begins the next round with the others: nobody's application waits for a slow neighbour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypedDict, cast

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import Watch
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._waiting import Waiting
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Decisions = dict[str, Decision]
# When the last synchronization of a server began and ended: milliseconds of SMS's clock, None if SMS does not say.
Synchronization = list[int | None]


class Memory(TypedDict):
    """What the next round of a step has to know. The role keeps it as a fact, so that it is plain data.

    :ivar began: the monotonic time at which the first round began, in seconds.
    :ivar disconnected_since: when servers that are disconnected were first seen so, by their IDs.
    :ivar synchronizations: the last synchronization of each host at the first query after the freeze.
    """

    began: float
    disconnected_since: dict[str, float]
    synchronizations: dict[str, Synchronization | None]


class Round:
    """One round of a wait.

    :param timeout: seconds that all rounds of the step may take together.
    :param interval: seconds between two queries.
    :param memory: of the last round; empty in the first.
    :param show: prints lines.
    :param warn: prints a warning.
    """

    def __init__(
        self,
        timeout: float,
        interval: float,
        memory: Mapping[str, Any],
        show: Callable[[str], object],
        warn: Callable[[str], object],
    ) -> None:
        now = time.monotonic()
        first: Memory = {"began": now, "disconnected_since": {}, "synchronizations": {}}
        self.timeout = timeout
        self.show = show
        self.warn = warn
        self.memory = cast("Memory", dict(memory)) if memory else first
        self.watch = Watch(max(0.0, timeout - (now - self.memory["began"])), interval)


def wait_for(accounts: WaveAccounts, goal: str, disconnected_timeout: float, this_round: Round) -> Decisions:
    """Wait until all hosts reach a migration cycle, or one of them will not.

    :param disconnected_timeout: seconds that a server may be disconnected; 0 for any time.
    :return: ``go`` for hosts that have arrived, the problem of hosts that will not. Hosts without a decision need
        another round.
    """
    snapshot = _first_snapshot(accounts, this_round)
    known = {host.name: host.server_id for host in accounts.hosts if host.name in snapshot.records}
    problems = {host.name: _gates.GONE for host in accounts.hosts if host.name not in known}
    problems.update(snapshot.problems)
    servers = Waiting([*_by_id(snapshot).values()], [goal], disconnected_timeout, time.monotonic())
    servers.take_over(this_round.memory["disconnected_since"])
    if not problems:
        problems = _poll(accounts, servers, known, this_round)
    this_round.memory["disconnected_since"] = servers.disconnected_since
    waiting = {record["id"] for record in servers.waiting}
    arrived = {name: Decision(go=True) for name, server_id in known.items() if server_id not in waiting}
    return {**arrived, **{name: Decision(problem=problem) for name, problem in problems.items()}}


def _first_snapshot(accounts: WaveAccounts, this_round: Round) -> Snapshot:
    """Return a snapshot of all hosts, or what is known when the time is up."""
    snapshot = accounts.snapshot()
    while snapshot.problems.keys() - snapshot.final and this_round.watch.sleep():
        this_round.warn(f"{_first_problem(snapshot)} It will be asked again.")
        snapshot = accounts.snapshot()
    return snapshot


def _first_problem(snapshot: Snapshot) -> str:
    return next(iter(snapshot.problems.values()))


def _by_id(snapshot: Snapshot) -> dict[str, Any]:
    return {record["id"]: record for record in snapshot.records.values()}


def _poll(accounts: WaveAccounts, servers: Waiting, known: Mapping[str, str], this_round: Round) -> dict[str, str]:
    """Query SMS until all hosts have arrived, or one of them will not.

    :param known: the IDs of the hosts.
    :return: why hosts will not arrive; empty if all have arrived.
    """
    failure = ""
    while True:
        this_round.show("\n".join([f"{time.strftime('%H:%M:%S')}  {servers.headline}", *servers.lines]))
        if obstacles := servers.obstacles:
            return {name: f"It {obstacles[one]}" for name, one in known.items() if one in obstacles}
        if not servers.waiting:
            return {}
        if not this_round.watch.sleep():
            late = {record["id"] for record in servers.waiting}
            time_up = f"Time is up after {_text.duration(this_round.timeout)}"
            return {
                name: f"{time_up}: it is not yet in {servers.goal}.{failure}" for name in known if known[name] in late
            }
        snapshot = accounts.snapshot()
        if snapshot.final:
            return {name: snapshot.problems[name] for name in snapshot.final}
        if snapshot.problems:
            failure = f" The last look failed: {_first_problem(snapshot)}"
            this_round.warn(f"{_first_problem(snapshot)} It will be asked again.")
        # A server that could not be queried keeps its last record: without one, it would count as deleted from SMS.
        queried = {server_id for name, server_id in known.items() if name not in snapshot.problems}
        kept = [record for server_id, record in servers.servers.items() if server_id not in queried]
        servers.update([*kept, *snapshot.records.values()], time.monotonic())


def settle(accounts: WaveAccounts, seconds: Mapping[str, float], this_round: Round) -> tuple[Decisions, dict[str, str]]:
    """Wait until SMS has synchronized each host after its freeze, or until the time that stands for it has passed.

    :param seconds: how long to wait for each host from now on if SMS gives no evidence. Hosts without stopped services
        are not among them.
    :return: the problems of hosts that cannot be launched, and the reasons why the other hosts are synchronized.
    """
    began = time.monotonic()
    # Each host has a limit of its own.
    watch = Watch(None, this_round.watch.interval)
    no_change = "Nothing was stopped, so that there is no change to wait for."
    settled = {host.name: no_change for host in accounts.hosts if host.name not in seconds}
    while True:
        snapshot = accounts.snapshot()
        decisions = {host.name: _gates.freeze(snapshot.records.get(host.name)) for host in accounts.hosts}
        # A host that could not be queried now may well be fine: the launch decides on a record of its own.
        lost = {name: one for name, one in decisions.items() if one.problem and name not in snapshot.problems}
        lost.update({name: Decision(problem=snapshot.problems[name]) for name in snapshot.final})
        latest, unknown = _synchronizations(accounts, this_round)
        unknown.update(snapshot.problems)
        for host in accounts.hosts:
            evidence = _evidence(host, latest, this_round)
            if reason := decisions[host.name].note or evidence:
                settled[host.name] = reason
            elif host.name in seconds and time.monotonic() - began >= seconds[host.name]:
                settled[host.name] = _time_has_passed(host, unknown, this_round)
        left = [host.name for host in accounts.hosts if host.name not in settled and host.name not in lost]
        if lost or not left:
            return lost, settled
        this_round.show(f"{time.strftime('%H:%M:%S')}  {len(settled)} of {len(accounts.hosts)} servers have settled")
        longest = max(seconds[name] for name in left) - (time.monotonic() - began)
        watch.sleep(max(0.0, min(watch.interval, longest)))


def _evidence(host: Host, latest: Mapping[str, Synchronization], this_round: Round) -> str:
    """Return the evidence that the data of a host are complete on its target; empty if there is none."""
    last = latest.get(host.server_id)
    first = this_round.memory["synchronizations"].setdefault(host.name, last)
    if _ended_since(first, last):
        return "SMS says that a synchronisation began and ended after the freeze."
    return ""


def _time_has_passed(host: Host, unknown: Mapping[str, str], this_round: Round) -> str:
    reason = unknown.get(host.name) or "SMS does not say when it synchronises:"
    return f"{reason} wave_settle ({_text.duration(this_round.timeout)}) has passed."


def _synchronizations(accounts: WaveAccounts, this_round: Round) -> tuple[dict[str, Synchronization], dict[str, str]]:
    """Return the last synchronization of each server by its ID, and why nothing is known of hosts, by their names."""
    latest: dict[str, Synchronization] = {}
    problems: dict[str, str] = {}
    for account in accounts.accounts:
        try:
            tasks = _tasks.list_tasks(account.client, {})
        except SmsError as error:
            problem = f"The tasks cannot be listed, so that SMS gives no evidence of a synchronisation: {error}"
            this_round.warn(problem)
            problems.update({host.name: problem for host in account.hosts})
            continue
        for task in tasks:
            server_id = _tasks.source_id_of(task)
            if server_id and (last := _last_synchronization(task)):
                latest[server_id] = last
    return latest, problems


def _last_synchronization(task: Mapping[str, Any]) -> Synchronization | None:
    subtasks = task.get("sub_tasks")
    for subtask in reversed(subtasks if isinstance(subtasks, list) else []):
        if isinstance(subtask, dict) and str(subtask.get("name")).startswith("SYNC_"):
            times = [subtask.get("start_date"), subtask.get("end_date")]
            return [value if isinstance(value, int) else None for value in times]
    return None


def _ended_since(first: Synchronization | None, last: Synchronization | None) -> bool:
    """Return whether a synchronization has ended that began after the first query, which was after the freeze.

    One that was under way at the freeze may have read the data before the services stopped. The times are compared with
    one another only: the clock of SMS may differ from the one of this machine.
    """
    if not first or not last:
        return False
    before, (began, ended) = first[0], last
    return before is not None and began is not None and ended is not None and began > before and ended >= began
