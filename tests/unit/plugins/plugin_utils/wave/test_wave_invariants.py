# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invariants of the wave, whatever fails and whenever it is killed: random runs in this process.

The actions of the collection decide, in the order of the role's tasks. The invariants are judged by what was done to
the servers and requested from SMS, not by what the wave reports.
"""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _watch
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _rollout
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _begin, _smoke_test, _validation
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import STEPS
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.wave import role_flow
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.wave.role_model import RESTARTING_STEPS, Run
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.wave.weekend import Killed, SmsClient, World

SEEDS, SHARES, SHARES_OF_EACH_RUN = 500, 25, 3


@pytest.fixture(scope="module")
def client():
    return SmsClient()


class Weekend:
    """Several runs on one fleet, two of them at a time."""

    def __init__(self, seed, own_tasks, figures):
        self.rng = rng = random.Random(seed)
        self.world = World(rng, figures)
        self.own_tasks = own_tasks
        self.runs = []
        self.left = {}
        self.acting = []
        self.paired = False

    def run(self):
        for number in range(self.rng.randint(1, 3)):
            pair = [self.begin(f"{number}{letter}") for letter in ("ab" if self.rng.random() < 0.4 else "a")]
            flows = {run: run.play() for run in pair}
            self.paired = len(pair) > 1
            self.world.figures["two controllers"] += self.paired
            self.world.moment = lambda flows=flows: self.moment(flows)
            while flows:
                self.advance(flows, self.rng.choice([*flows]))
            self.world.moment = lambda: None
            self.judge_servers(pair)
            self.world.pass_time(400)
            for _ in range(self.rng.randint(0, 2)):
                self.misbehave()
        return self.world.violations

    def begin(self, name):
        hosts = [host for host in self.world.names if self.rng.random() < 0.85] or self.world.names[:1]
        run = Run(self.world, name, hosts, self.own_tasks, thaw=self.rng.random() < 0.2)
        self.left[run] = self.rng.randint(1, 120) if self.rng.random() < 0.35 else None
        self.world.note(f"run {name}: {hosts} {run.tags} thaw={run.thaw} check={run.check_mode}")
        self.runs.append(run)
        self.count(run)
        return run

    def count(self, run):
        """Count what was drawn for a run."""
        drawn = {
            "selections of steps": run.tags != [*STEPS],
            "runs without the tag always": run.skips_always,
            "batches": run.serial < len(run.hosts),
            "runs of thaw": run.thaw,
            "runs in check mode": run.check_mode,
            "launches that differ between hosts": len({one["launch"] for one in run.variables.values()}) > 1,
        }
        self.world.figures.update(name for name, happened in drawn.items() if happened)

    def advance(self, flows, run):
        """Let a run do one operation."""
        self.acting.append(run)
        operations = len(self.world.operations)
        try:
            next(flows[run])
        except StopIteration:
            flows.pop(run, None)
            self.judge(run)
        except Killed:
            del self.world.operations[operations:]
            flows.pop(run, None)
            self.world.figures["kills"] += 1
            self.world.note(f"run {run.name} is killed")
        finally:
            self.acting.pop()

    def moment(self, flows):
        """A request or a command is about to be sent by the run that acts."""
        run = self.acting[-1]
        if self.left[run] is not None:
            self.left[run] -= 1
            if self.left[run] <= 0:
                raise Killed
        if self.rng.random() < 0.012:
            self.misbehave()
        others = [one for one in flows if one not in self.acting]
        if others and self.rng.random() < 0.4:
            self.world.figures["operations within others"] += 1
            for _ in range(self.rng.randint(1, 8)):
                if others[0] in flows:
                    self.advance(flows, others[0])

    def misbehave(self):
        self.rng.choice((self.world.sms, *self.world.servers.values())).misbehave()

    def judge(self, run):
        """Judge a run that came to its end."""
        for host, facts in run.facts.items():
            removal = facts.get("_wave_removal") or {}
            # A run without the validation fails for each host, and takes no step.
            if removal.get("step") in RESTARTING_STEPS and not run.thaw and not run.skips_always:
                self.judge_removed(run, host, removal)
        for host, address in run.tested.items():
            if address == run.variables[host]["address"]:
                self.world.violate(f"(d) the smoke test of {host} reaches its source")
        for host in self.world.names:
            if host not in run.hosts and host in run.results:
                self.world.violate(f"(e) {host} is reported without being in the play")
        if len(run.launches) > len({*run.launches}):
            self.world.violate(f"a run requested a launch twice: {run.launches}")

    def judge_servers(self, pair):
        """Judge the servers after runs that were not killed: whatever they have stopped is in the freeze record."""
        for host, server in self.world.servers.items():
            lost = server.stopped.difference(server.record.ran if server.record else ())
            if lost and all(self.left[run] is None or self.left[run] > 0 for run in pair):
                self.world.violate(f"(c) {lost} of {host} were stopped, and no freeze record lists them")
            server.stopped -= lost
            if server.touched and not any(host in run.hosts for run in self.runs):
                self.world.violate(f"(e) {host} is in no play, and was queried or changed")

    def judge_removed(self, run, host, removal):
        server = self.world.servers[host]
        record = server.record
        if record and record.run != run.id_of(host) and self.paired:
            # The other run has frozen it.
            return
        stopped = [name for name in (record.ran if record else ()) if not server.running[name]]
        self.world.figures["removed hosts"] += 1
        if stopped and not removal.get("services"):
            self.world.violate(f"(c) {host} stays frozen ({stopped}), and the summary does not say why: {removal}")


@pytest.fixture
def weekend(client, monkeypatch, tmp_path):
    """Runs a weekend, and returns it."""
    current = []
    own_tasks = tmp_path / "own.yml"
    own_tasks.write_text("[]\n")

    def sleep(watch, seconds=None):
        left = watch.deadline.left()
        current[-1].world.pass_time(min(watch.interval if seconds is None else seconds, left))
        return left > 0

    def wait(deadline, seconds):
        deadline.check()
        current[-1].world.pass_time(min(seconds, deadline.left()))
        deadline.check()

    def ask(names, seconds):
        launched = current[-1].rng.random() < 0.6
        for name in names:
            current[-1].acting[-1]._launch_by_hand(name)
        return {"changed": False, "launched": launched, "msg": "" if launched else "Called off."}

    def connect(address, port, timeout):
        run = current[-1].acting[-1]
        host = next(host for host in run.hosts if run.variables[host]["target_host"] == address)
        run.tested[host] = address

    monkeypatch.setattr(_watch.Watch, "sleep", sleep)
    monkeypatch.setattr(Deadline, "sleep", wait)
    monkeypatch.setattr(time, "monotonic", lambda: current[-1].world.clock)
    monkeypatch.setattr(_rollout, "map_in_parallel", lambda work, items, *_: [(item, work(item)) for item in items])
    monkeypatch.setattr(_connection, "connect", lambda options: client)
    monkeypatch.setattr(_services, "Linux", lambda action: current[-1].world.servers[action.name])
    monkeypatch.setattr(_begin, "ask", ask)
    monkeypatch.setattr(_smoke_test, "wait_for_port", connect)
    monkeypatch.setattr(_validation, "is_interactive", lambda *_: True)
    monkeypatch.setattr(_validation, "_is_selected", lambda tags, given, skipped: tags[-1] in given)

    def run(seed, figures):
        current.append(Weekend(seed, own_tasks, figures))
        client.sms = current[-1].world.sms
        current[-1].run()
        return current[-1]

    return run


# What has to happen in the 500 weekends, each several times.
DRAWN = (
    *("selections of steps", "runs without the tag always", "batches", "runs of thaw", "runs in check mode"),
    *("launches that differ between hosts", "two controllers", "kills", "delayed launches", "deleted tasks"),
    *("unknown states", "services that start", "launches by a person", "lost commands", "conflicts", "removed hosts"),
    *("requests for a synchronization", "launch requests", "stops", "restarts", "operations within others"),
)


@pytest.mark.parametrize("share", range(SHARES_OF_EACH_RUN))
def test_the_invariants_hold_whatever_fails_and_whenever_a_run_is_killed(weekend, share):
    figures = run_weekends(weekend, range(share * SEEDS // SHARES, (share + 1) * SEEDS // SHARES))
    # A share that does none of these would prove nothing.
    assert all(figures[name] for name in ("stops", "restarts", "operations within others", "removed hosts"))


@pytest.mark.exhaustive
def test_the_invariants_hold_in_five_hundred_weekends_in_which_everything_happens(weekend):
    figures = run_weekends(weekend, range(SEEDS))
    assert {name: figures[name] for name in DRAWN if figures[name] < 5} == {}


def run_weekends(weekend, seeds):
    """Run the weekends of these seeds, and return how often each kind of event happened."""
    figures = Counter()
    for seed in seeds:
        found = weekend(seed, figures)
        assert not found.world.violations, f"seed {seed}: {found.world.violations}\n" + "\n".join(found.world.events)
    print(dict(figures))
    return figures


def test_the_model_has_the_tasks_of_the_role_in_their_order():
    files = {
        str(file.relative_to(role_flow.TASKS)): role_flow.parts_of(file) for file in role_flow.TASKS.rglob("*.yml")
    }
    assert files == role_flow.FLOW
