# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wave's invariants, whatever fails and whenever it is killed: random weekends, run in this process.

What decides is the collection's own code, on what an emulator says over HTTP. The role's flow is followed here step by
step, as :file:`roles/wave/tasks` has it, and the servers are dictionaries. What is checked is not what the wave says of
itself, but what was done to the servers and asked of SMS.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._argument_spec import CONNECTION_SPEC
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import open_accounts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import ServerError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _steps
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._old_freezer import Freezer
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

RUNS = 200
RECORD = "/wave.json"
BEGAN = 1_768_467_600_000
# What the weekends had in them so far; ``-s`` shows it.
FIGURES: Counter[str] = Counter()


_LAUNCHED = {"state": "finished", "migration_cycle": "cutovered"}
_FAILED = {"state": "error"}
_AWAY = {"connected": False}


class Killed(BaseException):
    """The control node is gone, between two things that it did."""


class Machine:
    """A source server: its services and its files, and a wire that can break.

    :ivar services: what each service does. One that is stuck cannot be stopped.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.services = {"app": "running", "cron": "stopped"}
        self.stuck: set[str] = set()
        self.unreachable_from: int | None = None
        self.files: dict[str, str] = {}
        self._calls = 0

    def _arrive(self) -> None:
        self.world.moment()
        self._calls += 1
        if self.unreachable_from is not None and self._calls >= self.unreachable_from:
            raise ServerError("The server cannot be reached: no route to host")

    def read(self, path: str) -> str | None:
        self._arrive()
        return self.files.get(path)

    def write(self, path: str, text: str) -> None:
        self._arrive()
        self.files[path] = text

    def remove(self, path: str) -> None:
        self._arrive()
        self.files.pop(path, None)

    def is_running(self, service: str) -> bool:
        self._arrive()
        if service not in self.services:
            raise ServerError(f"The service {service} cannot be looked at: there is none")
        return self.services[service] == "running"

    def stop(self, service: str) -> bool:
        ran = self.is_running(service)
        if service in self.stuck:
            raise ServerError(f"The service {service} cannot be stopped: it does not end")
        if ran:
            self.world.note("stopped", self.name)
        self.services[service] = "stopped"
        return ran

    def start(self, service: str) -> None:
        self._arrive()
        self.world.note("started", self.name)
        self.services[service] = "running"

    @property
    def frozen(self) -> bool:
        return self.services["app"] == "stopped"


class World:
    """A fleet, its machines, and what was done to them: the truth, which the wave does not see.

    :ivar events: what was done to which server, with its record at that moment.
    """

    def __init__(self, emulator: Emulator, rng: random.Random) -> None:
        self.emulator, self.rng = emulator, rng
        self.names = [f"s{number}" for number in range(rng.randint(1, 4))]
        self.machines = {name: Machine(self, name) for name in self.names}
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self.declared = {name for name in self.names if rng.random() < 0.2}
        self.moments_left: int | None = None
        self._misfortune()
        failing = [id_of(one) for one in self.names if rng.random() < 0.15]
        FIGURES.update({"servers": len(self.names), "launches that fail": len(failing)})
        emulator.reset()
        emulator.set(speed=200_000, attended=False, failing=failing)
        emulator.replace_fleet([self._record(name) for name in self.names])
        emulator.clear_requests()

    def _misfortune(self) -> None:
        rng = self.rng
        for machine in self.machines.values():
            if rng.random() < 0.15:
                machine.stuck = {"app"}
                FIGURES["services that cannot be stopped"] += 1
            if rng.random() < 0.15:
                machine.services = {"cron": "stopped", "app": "running"} if rng.random() < 0.5 else machine.services
                machine.unreachable_from = rng.randint(1, 12)
                FIGURES["servers that are lost"] += 1

    def _record(self, name: str) -> dict[str, Any]:
        rng = self.rng
        state, cycle, task = rng.choice(
            [("syncing", "syncing", "SYNCING")] * 6
            + [("finished", "cutovered", "MIGRATE_SUCCESS"), ("replicate", "replicating", "RUNNING")]
            + [("error", "syncing", "SYNC_FAIL"), ("cutovering", "cutovering", "SYNCING")]
        )
        return {
            "id": id_of(name),
            "name": name,
            "ip": f"192.0.2.{ord(name[1])}",
            "os_type": "LINUX",
            "state": state,
            "migration_cycle": cycle,
            "connected": rng.random() < 0.9,
            "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
            "init_target_server": {"disks": [{"name": "disk", "size": 2**30, "device_use": "BOOT|OS"}]},
            "totalsize": 2**30,
            "replicatesize": 2**30,
            "current_task": {
                "id": id_of(f"task of {name}"),
                "name": "task",
                "type": "MIGRATE_FILE",
                "state": task,
                "region_id": "la-north-2",
                "project_id": "0123456789abcdef0123456789abcdef",
                "start_target_server": True,
                "target_server": {"vm_id": id_of(f"target of {name}"), "name": name},
            },
            "add_date": BEGAN,
            "stage_action_time": BEGAN,
        }

    def change(self) -> None:
        """While nobody looked, somebody sat at the console, and something broke."""
        for name, record in self.truth().items():
            if self.rng.random() < 0.3 and record["state"] == "syncing":
                now = self.rng.choice([_LAUNCHED, _FAILED, _AWAY])
                self.emulator.change_fleet(update={record["id"]: now})
                FIGURES["changes while nobody looked"] += 1
            if self.rng.random() < 0.3:
                self.machines[name].services["app"] = "running"

    def moment(self) -> None:
        """Something is about to be done: the last moment at which the control node may die."""
        if self.moments_left is not None:
            if self.moments_left <= 0:
                FIGURES["kills"] += 1
                raise Killed
            self.moments_left -= 1

    def truth(self) -> dict[str, dict[str, Any]]:
        return {record["name"]: record for record in self.emulator.fleet()}

    def note(self, what: str, name: str) -> None:
        self.events.append((what, name, self.truth().get(name, {})))

    def launches(self) -> list[str]:
        tasks = {id_of(f"task of {name}"): name for name in self.names}
        return [tasks[one["path"].split("/")[3]] for one in self.emulator.changes() if one["path"].endswith("/action")]


def id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"random {name}"))


class Run:
    """One run of the wave's command on some of the hosts, as the role has it."""

    def __init__(self, world: World, limit: list[str]) -> None:
        self.world, self.limit = world, limit
        self.removals: dict[str, dict[str, str]] = {}
        self.freezes: dict[str, dict[str, Any]] = {}
        self.thaws: dict[str, str] = {}
        account = world.emulator.account
        self.connection = {name: spec.get("default") for name, spec in CONNECTION_SPEC.items()}
        self.connection.update(endpoint=world.emulator.url, ecs_endpoint=f"{world.emulator.url}/regions/{{region_id}}")
        self.connection.update(access_key=account["access_key"], secret_key=account["secret_key"], retries=0)

    def show(self, text: str) -> None:
        """What the wave shows, nobody sees here."""

    def go(self) -> None:
        for step in _gates.STEPS[:-1]:
            if self.world.rng.random() < 0.3:
                self.world.change()
            self._take(step)

    def _take(self, step: str) -> None:
        memory: dict[str, Any] = {}
        while alive := [name for name in self.limit if name not in self.removals]:
            if step == "launch":
                self._verify(alive)
            before = self.world.launches()
            answer = self._ask(step, alive, memory)
            for name in set(self.world.launches()) - set(before):
                self.world.note("launched", name)
                self.world.events[-1][2]["frozen"] = self.world.machines[name].frozen
            failed = {name: said["msg"] for name, said in answer["hosts"].items() if said["failed"]}
            for name in alive:
                if name not in failed and answer["hosts"][name]["go"]:
                    with contextlib.suppress(KeyError):
                        failed.update(_ACTS[step](self, name, answer))
            self._remove(step, failed)
            memory = answer.get("memory", {})
            if not answer.get("again"):
                return

    def _ask(self, step: str, names: list[str], memory: dict[str, Any] | None = None) -> dict[str, Any]:
        self.world.moment()
        FIGURES[f"step {step}"] += 1
        context = StepContext(
            options={**_OPTIONS, "step": step, "memory": memory or {}, "confirm": len(self.limit)},
            check_mode=False,
            play_size=len(self.limit),
            removed=len(self.removals),
            batch=self.limit,
            alive=self.limit,
            limits=(None, False),
            folders=[Path("/")],
            show=self.show,
            warn=lambda text: None,
        )
        with open_accounts([self._host(name) for name in names], lambda connection: self.connection) as accounts:
            return _steps.run_step(context, accounts)

    def _host(self, name: str) -> Host:
        services = [] if name in self.world.declared else ["app", "cron"]
        settings = {"id": id_of(name), "services": services, "services_given": True, "thaw": True}
        return Host(name, id_of(name), settings, {}, self.removals.get(name, {}), self.freezes.get(name, {}))

    def _freezer(self, name: str) -> Freezer:
        return Freezer(self.world.machines[name], RECORD, id_of(name))

    def _freeze(self, name: str, _answer: Any) -> dict[str, str]:
        freezer = self._freezer(name)
        try:
            freezer.record(["app", "cron"])
            freezer.stop()
            self.freezes[name] = freezer.complete("2026-01-17T22:04:10+00:00")
        except ServerError as error:
            return {name: str(error)}
        return {}

    def _verify(self, alive: list[str]) -> None:
        answer = self._ask("verify", alive)
        self._remove("launch", {name: said["msg"] for name, said in answer["hosts"].items() if said["failed"]})
        self.freezes = {}
        failed = {}
        for name in alive:
            if name in self.removals or not answer["hosts"][name]["go"]:
                continue
            try:
                self.freezes[name] = self._freezer(name).verify()
            except ServerError as error:
                failed[name] = str(error)
        self._remove("launch", failed)
        alive[:] = [name for name in alive if name not in self.removals]

    def _test(self, name: str, answer: Any) -> dict[str, str]:
        self.world.events.append(("tested", name, {"address": answer["addresses"][name]}))
        return {}

    def _remove(self, step: str, failed: dict[str, str]) -> None:
        self.removals.update({name: {"step": step, "reason": reason} for name, reason in failed.items()})
        if not failed:
            return
        answer = self._ask("remove", list(failed))
        for name in failed:
            self.thaws[name] = answer["hosts"][name]["msg"]
            if answer["hosts"][name]["go"]:
                with contextlib.suppress(ServerError):
                    self._freezer(name).thaw()


_ACTS = {"freeze": Run._freeze, "smoke_test": Run._test}
_OPTIONS = {
    "fail_on": ["disconnected", "failed_check", "state"],
    "start": False,
    "target": None,
    "settings": None,
    "max_running": None,
    "launch": "api",
    "launch_operation": "test",
    "settle": 0.1,
    "wait_timeout": 20.0,
    "interval": 0.01,
    "disconnected_timeout": 0.05,
    "connect_with": "target_private",
}


@pytest.fixture(scope="module")
def sms():
    with Emulator(servers=0, unattended=True) as emulator:
        yield emulator


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [*range(3), *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(3, 10))]
)
def test_the_invariants_hold_whatever_fails_and_whenever_it_is_killed(sms, part):
    for seed in range(part * RUNS // 10, (part + 1) * RUNS // 10):
        rng = random.Random(seed)
        world = World(sms, rng)
        limit = [name for name in world.names if rng.random() < 0.8] or world.names[:1]
        before = {name: dict(machine.services) for name, machine in world.machines.items()}
        if rng.random() < 0.6:
            world.moments_left = rng.randint(0, 25)
            with contextlib.suppress(Killed):
                Run(world, limit).go()
            world.moments_left = None
            world.change()
        run = Run(world, limit)
        run.go()
        FIGURES.update({"weekends": 1, "hosts that were removed": len(run.removals), "launches": len(world.launches())})
        check(world, run, limit, before, seed)
    print(dict(FIGURES))


def check(world, run, limit, before, seed):
    truth = world.truth()
    for what, name, then in world.events:
        assert name in limit, (seed, "e", what, name)
        if what == "stopped":
            assert (then["state"], then["migration_cycle"], then["connected"]) == ("syncing", "syncing", True), (
                seed,
                "a",
            )
        if what == "started":
            assert then["migration_cycle"] != "cutovered" or then["state"] == "error", (
                seed,
                "thawed after the cut-over",
            )
        if what == "tested":
            assert then["address"] != truth[name]["ip"], (seed, "d")
        if what == "launched":
            assert then["frozen"] or name in world.declared, (seed, "b", name)
    assert set(world.launches()) <= set(limit), (seed, "e")
    assert len(world.launches()) == len(set(world.launches())), (seed, "launched twice")
    for name in world.names:
        machine = world.machines[name]
        if name not in limit:
            assert machine.services == before[name], (seed, "e")
            assert not machine.files, (seed, "e")
        elif name in run.removals and run.removals[name]["step"] in _gates.THAWED_STEPS and machine.frozen:
            running = truth[name]["migration_cycle"] in ("cutovering", "cutovered") and truth[name]["state"] != "error"
            assert running or machine.unreachable_from is not None, (seed, "c", run.removals[name], run.thaws)


def rounds(*times):
    """Answers of the list of tasks, one after the other: when the synchronisation of s0 began and ended."""
    for number, (began, ended) in enumerate(times):
        step = {"name": "SYNC_LINUX_FILE", "start_date": began, "end_date": ended, "progress": None}
        task = {"id": "t", "source_server": {"id": id_of("s0")}, "sub_tasks": [{"name": "MIGRATE_LINUX_FILE"}, step]}
        body = {"count": 1, "tasks": [task]}
        yield {"kind": "body", "path": "/v3/tasks", "skip": number, "times": 1, "body": body}


@pytest.mark.parametrize(
    ("times", "evidence"),
    [
        ([(1, 2), (1, 2), (5, None), (5, 9)], True),
        ([(1, None), (1, 2), (1, 2)], False),
        ([(None, None), (5, 9)], False),
    ],
)
def test_a_synchronisation_counts_that_began_and_ended_after_the_first_look(sms, monkeypatch, times, evidence):
    """One that was under way at the freeze may have read the data before it."""
    if evidence:
        monkeypatch.setitem(_OPTIONS, "settle", 15.0)  # evidence comes first, even on a busy machine
    world = World(sms, random.Random(1))
    world.names, world.declared = ["s0"], set()
    record = {**world._record("s0"), "state": "syncing", "migration_cycle": "syncing", "connected": True}
    sms.set(speed=0)
    sms.replace_fleet([record])
    sms.faults(*rounds(*times))
    shown = []
    run = Run(world, ["s0"])
    run.show = shown.append
    answer = run._ask("settle", ["s0"])
    assert not answer["hosts"]["s0"]["failed"]
    assert ("SMS says that a synchronisation began and ended after the freeze." in shown[-1]) is evidence


@pytest.mark.parametrize("path", ["/v3/sources", "/v3/tasks"])
def test_a_host_of_an_account_that_does_not_answer_is_not_said_to_be_without_evidence(sms, path):
    world = World(sms, random.Random(1))
    world.names, world.declared = ["s0"], set()
    record = {**world._record("s0"), "state": "syncing", "migration_cycle": "syncing", "connected": True}
    sms.set(speed=0)
    sms.replace_fleet([record])
    sms.faults({"kind": "status", "status": 503, "path": path, "times": 1000})
    answer = Run(world, ["s0"])._ask("settle", ["s0"])
    assert answer["hosts"]["s0"]["go"]
    assert "503" in answer["hosts"]["s0"]["msg"]
    assert "SMS does not say" not in answer["hosts"]["s0"]["msg"]
