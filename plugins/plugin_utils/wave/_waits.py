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
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _consistency, _records
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._waiting import Waiting
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Decisions = dict[str, Decision]


class WaitMemory(TypedDict):
    """What the next round of a step has to know. The role keeps it as a fact, so that it is plain data.

    :ivar began: the monotonic time at which the first round began, in seconds.
    :ivar disconnected_since: when servers that are disconnected were first seen so, by their IDs.
    :ivar synchronized: when synchronizations after the freeze ended, in milliseconds by the clock of SMS, by host.
    """

    began: float
    disconnected_since: dict[str, float]
    synchronized: dict[str, int]


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
        first: WaitMemory = {"began": now, "disconnected_since": {}, "synchronized": {}}
        self.timeout = timeout
        self.show = show
        self.warn = warn
        self.memory = cast("WaitMemory", dict(memory)) if memory else first
        self.watch = Watch(max(0.0, timeout - (now - self.memory["began"])), interval)


def wait_for(accounts: WaveAccounts, goal: str, disconnected_timeout: float, this_round: Round) -> Decisions:
    """Wait until all hosts reach a migration cycle, or one of them will not.

    :param disconnected_timeout: seconds that a server may be disconnected; 0 for any time.
    :return: ``go`` for hosts that have arrived, the problem of hosts that will not. Hosts without a decision need
        another round.
    """
    snapshot = _first_snapshot(accounts, this_round)
    known = {host.name: host.server_id for host in accounts.hosts if host.name in snapshot.records}
    problems = {host.name: _gates.gone(accounts.describe(host)) for host in accounts.hosts if host.name not in known}
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
        this_round.warn(f"{_first_problem(snapshot)} It will be queried again.")
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
        this_round.show(f"{time.strftime('%H:%M:%S')}  {servers.headline}{_slowest(servers)}")
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
            failure = f" The last query failed: {_first_problem(snapshot)}"
            this_round.warn(f"{_first_problem(snapshot)} It will be queried again.")
        # A server that could not be queried keeps its last record: without one, it would count as deleted from SMS.
        queried = {server_id for name, server_id in known.items() if name not in snapshot.problems}
        kept = [record for server_id, record in servers.servers.items() if server_id not in queried]
        servers.update([*kept, *snapshot.records.values()], time.monotonic())


def _slowest(servers: Waiting) -> str:
    """Return the server that is waited for with the least progress, as the end of a line."""
    if not servers.waiting:
        return ""
    record = servers.waiting[0]
    return f"; last {_records.label(record)} in {_text.plain(record.get('state'))}"


def settle(accounts: WaveAccounts, seconds: Mapping[str, float], this_round: Round) -> tuple[Decisions, dict[str, str]]:
    """Wait until SMS has synchronized each host after its freeze, or until the time that stands for it has passed.

    :param seconds: how long to wait for each frozen host from now on if SMS gives no evidence.
    :return: the problems of hosts that cannot be launched, and the reasons why the other hosts are synchronized.
    """
    began = time.monotonic()
    # Each host has a limit of its own.
    watch = Watch(None, this_round.watch.interval)
    no_change = "Nothing was stopped, so that there is no change to wait for."
    settled = {host.name: no_change for host in accounts.hosts if host.name not in seconds}
    while True:
        snapshot = accounts.snapshot()
        decisions = {host.name: _gates.in_sync(snapshot.records.get(host.name)) for host in accounts.hosts}
        # A host that could not be queried now may well be fine: the launch decides on a record of its own.
        lost = {name: one for name, one in decisions.items() if one.problem and name not in snapshot.problems}
        lost.update({name: Decision(problem=snapshot.problems[name]) for name in snapshot.final})
        synchronized, unknown = _synchronized(accounts, this_round)
        unknown.update(snapshot.problems)
        for host in accounts.hosts:
            if reason := decisions[host.name].note:
                settled[host.name] = reason
            elif host.name in synchronized:
                settled[host.name] = "SMS shows a synchronization that began and ended after the freeze."
            elif host.name in seconds and time.monotonic() - began >= seconds[host.name]:
                settled[host.name] = _time_has_passed(host, unknown)
        left = [host.name for host in accounts.hosts if host.name not in settled and host.name not in lost]
        if lost or not left:
            return lost, settled
        this_round.show(f"{time.strftime('%H:%M:%S')}  {len(settled)} of {len(accounts.hosts)} servers are settled")
        longest = max(seconds[name] for name in left) - (time.monotonic() - began)
        watch.sleep(max(0.0, min(watch.interval, longest)))


def _time_has_passed(host: Host, unknown: Mapping[str, str]) -> str:
    reason = unknown.get(host.name) or "SMS shows no synchronization after the freeze:"
    return f"{reason} wave_settle ({_text.duration(float(host.settings['settle']))}) has passed."


def _synchronized(accounts: WaveAccounts, this_round: Round) -> tuple[set[str], dict[str, str]]:
    """Return the hosts that SMS has synchronized since their freeze, and why nothing is known about others."""
    found: set[str] = set()
    problems: dict[str, str] = {}
    for account in accounts.accounts:
        try:
            tasks = _tasks.list_tasks(account.client, {})
        except SmsError as error:
            problem = f"The tasks cannot be listed, so that SMS gives no evidence of a synchronization: {error}"
            this_round.warn(problem)
            problems.update({host.name: problem for host in account.hosts})
            continue
        by_server = {_tasks.source_id_of(task): task for task in tasks}
        for host in account.hosts:
            since = host.freeze.get("frozen_at_sms")
            if since is not None and _consistency.synchronized_at(by_server.get(host.server_id), since):
                found.add(host.name)
    return found, problems
