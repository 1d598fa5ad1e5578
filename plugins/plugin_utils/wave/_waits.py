# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: how the hosts of a wave are waited for, in rounds.

A round ends when all have arrived, or as soon as some will not: these drop out, and the next round waits for the
others. What a round has to know of those before it is in its memory, which plain data can hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import Watch
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._waiting import Waiting
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import WaveAccounts

Verdicts = dict[str, _gates.Verdict]


class Patience:
    """How long to wait, and how often to look.

    :param memory: of the last round; empty in the first.
    :param show: shows lines; ``warn`` warns.
    """

    def __init__(
        self,
        seconds: float,
        interval: float,
        memory: Mapping[str, Any],
        show: Callable[[str], object],
        warn: Callable[[str], object],
    ) -> None:
        now = time.monotonic()
        self.seconds = seconds
        self.show = show
        self.warn = warn
        self.memory = dict(memory) or {"began": now, "away": {}, "rounds": {}}
        self.watch = Watch(max(0.0, seconds - (now - float(self.memory["began"]))), interval)

    @property
    def time_is_up(self) -> str:
        return f"Time is up after {_text.duration(self.seconds)}"


def wait_for(accounts: WaveAccounts, goal: str, disconnected: float, patience: Patience) -> Verdicts:
    """Wait until hosts reach a migration cycle, or some will not.

    :return: those that arrived, with ``go``, and those that will not, with their problems; the others are to be waited
        for in another round.
    """
    snapshot = _look_first(accounts, patience)
    verdicts = {name: _gates.Verdict(problem=problem) for name, problem in snapshot.problems.items()}
    known = {host.name: host.server_id for host in accounts.hosts if host.name in snapshot.records}
    gone = [host.name for host in accounts.hosts if host.name not in known and host.name not in verdicts]
    verdicts.update({name: _gates.Verdict(problem="It is no longer registered with SMS.") for name in gone})
    wave = Waiting([*_by_id(snapshot).values()], [goal], disconnected, time.monotonic())
    wave.take_over(patience.memory["away"])
    if not verdicts:
        verdicts = _wait(accounts, wave, known, patience)
    patience.memory["away"] = wave.disconnected_since
    waiting = {record["id"] for record in wave.waiting}
    arrived = {name: _gates.Verdict(go=True) for name, server_id in known.items() if server_id not in waiting}
    return {**arrived, **verdicts}


def _look_first(accounts: WaveAccounts, patience: Patience) -> Snapshot:
    snapshot = accounts.snapshot()
    while snapshot.problems.keys() - snapshot.final and patience.watch.sleep():
        patience.warn(f"{next(iter(snapshot.problems.values()))} It will be asked again.")
        snapshot = accounts.snapshot()
    return snapshot


def _by_id(snapshot: Snapshot) -> dict[str, Any]:
    return {record["id"]: record for record in snapshot.records.values()}


def _wait(accounts: WaveAccounts, wave: Waiting, known: Mapping[str, str], patience: Patience) -> Verdicts:
    """The hosts that will not arrive; empty once all the others have."""
    problem = ""
    while True:
        patience.show("\n".join([f"{time.strftime('%H:%M:%S')}  {wave.headline}", *wave.lines]))
        if obstacles := wave.obstacles:
            return {
                name: _gates.Verdict(problem=f"It {obstacles[server_id]}")
                for name, server_id in known.items()
                if server_id in obstacles
            }
        if not wave.waiting:
            return {}
        if not patience.watch.sleep():
            late = {record["id"] for record in wave.waiting}
            words = f"{patience.time_is_up}: it is not yet in {wave.goal}.{problem}"
            return {name: _gates.Verdict(problem=words) for name, one in known.items() if one in late}
        snapshot = accounts.snapshot()
        if snapshot.problems:
            problem = f" The last look failed: {next(iter(snapshot.problems.values()))}"
            if snapshot.final:
                return {name: _gates.Verdict(problem=snapshot.problems[name]) for name in snapshot.final}
            patience.warn(f"{next(iter(snapshot.problems.values()))} It will be asked again.")
        # What could not be asked just now stays what it was.
        current = {**wave.servers, **_by_id(snapshot)}
        asked = {server_id for name, server_id in known.items() if name not in snapshot.problems}
        listed = _by_id(snapshot).keys()
        wave.update([current[one] for one in current if one in listed or one not in asked], time.monotonic())


def settle(accounts: WaveAccounts, seconds: Mapping[str, float], patience: Patience) -> tuple[Verdicts, dict[str, str]]:
    """Wait until a synchronisation has begun and ended after the freeze, as SMS says, or for so long as was said.

    :param seconds: how long to wait for each host where SMS gives no evidence, from now on; those where nothing was
        stopped are not among them.
    :return: the hosts that will not get there; and, in words, why the others are settled.
    """
    began = time.monotonic()
    # Each host has a limit of its own, which is not the timeout of the step.
    watch = Watch(None, patience.watch.interval)
    settled = {host.name: "Nothing was stopped, so that there is no change to wait for." for host in accounts.hosts}
    settled = {name: words for name, words in settled.items() if name not in seconds}
    while True:
        snapshot = accounts.snapshot()
        verdicts = {host.name: _gates.freeze(snapshot.records.get(host.name)) for host in accounts.hosts}
        lost = {
            name: verdict for name, verdict in verdicts.items() if verdict.problem and name not in snapshot.problems
        }
        lost.update({name: _gates.Verdict(problem=snapshot.problems[name]) for name in snapshot.final})
        rounds = _rounds(accounts, patience)
        for host in accounts.hosts:
            first = patience.memory["rounds"].setdefault(host.name, rounds.get(host.server_id))
            if verdicts[host.name].note:
                settled[host.name] = verdicts[host.name].note
            elif _ended_since(first, rounds.get(host.server_id)):
                settled[host.name] = "SMS says that a synchronisation began and ended after the freeze."
            elif host.name in seconds and time.monotonic() - began >= seconds[host.name]:
                words = _text.duration(patience.seconds)
                settled[host.name] = f"SMS does not say when it synchronises: wave_settle ({words}) has passed."
        left = [host.name for host in accounts.hosts if host.name not in settled and host.name not in lost]
        if lost or not left:
            return lost, settled
        patience.show(f"{time.strftime('%H:%M:%S')}  {len(settled)} of {len(accounts.hosts)} servers have settled")
        longest = max(seconds[name] for name in left) - (time.monotonic() - began)
        watch.sleep(max(0.0, min(watch.interval, longest)))


def _rounds(accounts: WaveAccounts, patience: Patience) -> dict[str, list[int | None]]:
    """When the last synchronisation of each server began and ended, in SMS's own time, where it says so."""
    rounds: dict[str, list[int | None]] = {}
    for account in accounts.accounts:
        try:
            tasks = _tasks.list_tasks(account.client, {})
        except SmsError as error:
            patience.warn(f"The tasks cannot be listed, so that SMS gives no evidence of a synchronisation: {error}")
            continue
        for task in tasks:
            server_id = _tasks.source_id_of(task)
            if server_id and (last := _last_round(task)):
                rounds[server_id] = last
    return rounds


def _last_round(task: Mapping[str, Any]) -> list[int | None] | None:
    steps = task.get("sub_tasks")
    for step in reversed(steps if isinstance(steps, list) else []):
        if isinstance(step, dict) and str(step.get("name")).startswith("SYNC_"):
            times = [step.get("start_date"), step.get("end_date")]
            return [value if isinstance(value, int) else None for value in times]
    return None


def _ended_since(first: Any, last: Any) -> bool:
    """Whether a synchronisation has ended that had not begun at the first look, which was after the freeze."""
    if not first or not last or None in (first[0], last[0], last[1]):
        return False
    return bool(last[0] > first[0] and last[1] >= last[0])
