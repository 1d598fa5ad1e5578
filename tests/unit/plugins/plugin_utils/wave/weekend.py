# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SMS and source servers in this process, with a clock of their own, for random runs of the wave.

The emulator cannot carry out a request after its response was lost and the client has given up, and a run that speaks
HTTP takes a hundred times as long.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import Cause, Failure
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client, Response
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._services import Survey
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import (
    ConflictError,
    DiskError,
    ServerError,
    UnreachableError,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _freeze_record
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import settings

# Seconds after which SMS shows a launch that a person requests, at the latest.
LONGEST_UNSEEN = 50.0
_LAUNCH_TIME = 120.0
# The time of SMS when the clock of a world is 0, in milliseconds.
_EPOCH = 1_767_225_600_000


class Killed(BaseException):
    """The control node stopped between two operations."""


class World:
    """A fleet, its servers, and what was done to them: the truth, of which a run sees a part.

    :ivar events: what was done, as texts; shown if an invariant is violated.
    :ivar violations: the invariants that were violated.
    :ivar moment: called before each request and each command. It may kill the run, or let another one act.
    """

    def __init__(self, rng: random.Random, figures: Counter[str]) -> None:
        self.rng, self.figures = rng, figures
        self.clock = 1000.0
        self.events: list[str] = []
        self.violations: list[str] = []
        self.moment: Callable[[], None] = lambda: None
        # The operation that is under way, and what it has seen. Operations of two runs can be nested.
        self.operations: list[Seen] = []
        self.names = [f"s{number}" for number in range(rng.randint(1, 3))]
        # Nothing logs in to a server with wave_services: []. So it must not have been frozen before.
        self.without_services = {name for name in self.names if rng.random() < 0.1}
        self.sms = Sms(self)
        self.servers = {name: Server(self, name) for name in self.names}

    def note(self, text: str) -> None:
        run = self.operations[-1].run if self.operations else "-"
        self.events.append(f"{self.clock:7.0f} {run} {text}")

    def violate(self, text: str) -> None:
        self.note(f"VIOLATION {text}")
        self.violations.append(text)

    def pass_time(self, seconds: float) -> None:
        self.clock += max(0.0, seconds)
        self.sms.carry_out()

    def arrive(self) -> None:
        """A request or a command is about to be sent."""
        self.moment()
        self.pass_time(self.rng.uniform(0.1, 2))


class Seen:
    """What an operation of a run has seen.

    :ivar records: the last record of each server, with its task.
    :ivar states: whether each service ran when its state was last read, by host.
    :ivar declared: the services that the run declares, by host; None for nothing declared.
    """

    def __init__(self, run: str, declared: dict[str, list[str] | None]) -> None:
        self.run, self.declared = run, declared
        self.records: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.states: dict[str, dict[str, bool]] = {}


class Sms:
    """The source servers and tasks of an account.

    :ivar due: launches that SMS has accepted or may have received: when it carries them out, and for which server.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.records = {name: self._record(name) for name in world.names}
        self.tasks = {name: {**self.records[name]["current_task"]} for name in world.names}
        self.due: list[tuple[float, str]] = []
        self.launching: dict[str, float] = {}
        self.launched: set[str] = set()
        self.requests: list[str] = []
        # When the synchronizations of a server that SMS has accepted end, and whether the files are compared.
        self.synchronizing: dict[str, tuple[float, bool]] = {}
        self.synchronized: set[str] = set()
        self.results: dict[str, dict[str, Any]] = {}
        # The freezes for which SMS did not certainly reject a synchronization, by the times in their records.
        self.freezes: dict[str, set[float]] = {}
        # The sources disagree on the state of the task afterwards.
        self.afterwards = world.rng.choice(("SYNCING", "RUNNING", "SYNC_SUCCESS"))
        self.faulty = world.rng.choice((0.0, 0.02, 0.1))
        for name in world.names:
            self._begin_anywhere(name)

    def _record(self, name: str) -> dict[str, Any]:
        return {
            "id": f"id-{name}",
            "name": name,
            "ip": f"192.0.2.{1 + int(name[1:])}",
            "os_type": "LINUX",
            "state": "syncing",
            "migration_cycle": "syncing",
            "connected": True,
            "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
            "init_target_server": {"disks": [{"name": "vda", "size": 1, "device_use": "OS"}]},
            "current_task": {
                "id": f"task-{name}",
                "name": name,
                "state": "SYNCING",
                "source_server": {"id": f"id-{name}"},
                "target_server": {"vm_id": f"vm-{name}", "name": name},
            },
        }

    def _begin_anywhere(self, name: str) -> None:
        rng = self.world.rng
        if rng.random() < 0.75:
            return
        state, cycle, task = rng.choice(
            (
                ("replicate", "replicating", "RUNNING"),
                ("error", "syncing", "SYNC_FAIL"),
                ("stopped", "syncing", "ABORT"),
                ("finished", "cutovered", "MIGRATE_SUCCESS"),
                ("rolling", "syncing", "SYNCING"),
            )
        )
        self.change(name, state, cycle, task)
        if cycle == "cutovered":
            self.launched.add(name)

    def change(self, name: str, state: str, cycle: str, task: str) -> None:
        self.records[name].update(state=state, migration_cycle=cycle)
        if self.records[name]["current_task"]:
            self.records[name]["current_task"]["state"] = task
        self.tasks[name]["state"] = task

    def misbehave(self) -> None:
        """Change a server as a failure of SMS, or a person at the console, would."""
        world, rng = self.world, self.world.rng
        name = rng.choice(world.names)
        if self.may_run(name):
            if name in self.launching and rng.random() < 0.3:
                self.change(name, "error", "cutovering", "SYNC_FAIL")
                del self.launching[name]
                world.note(f"sms: the launch of {name} fails")
            return
        what = rng.randrange(6)
        world.note(f"sms: change {what} of {name}")
        world.figures["changes in SMS"] += 1
        if what == 0:
            self.records[name]["connected"] = not self.records[name]["connected"]
        elif what == 1:
            self.change(name, "error", "syncing", "SYNC_FAIL")
        elif what == 2:
            self.change(name, "syncing", "syncing", "SYNCING")
        elif what == 3:
            self.change(name, "syncing", "syncing", rng.choice(("ROLLING", "ABORTING", "RUNNING")))
        elif what == 4:
            self.records[name]["current_task"] = None
            world.figures["deleted tasks"] += 1
        else:
            self.change(name, rng.choice(("rolling", "stopped", "cloning")), "syncing", "SYNCING")
            world.figures["unknown states"] += self.records[name]["state"] == "rolling"

    def may_run(self, name: str) -> bool:
        """Whether the target of a server runs or may be about to run."""
        return name in self.launched or any(one == name for _, one in self.due)

    def request_launch(self, name: str, delay: float) -> None:
        self.due.append((self.world.clock + delay, name))
        self.world.note(f"sms: the launch of {name} is due in {delay:.0f} s")
        self.carry_out()

    def carry_out(self) -> None:
        """Do what is due."""
        for when, name in sorted(self.due):
            if when > self.world.clock:
                continue
            self.due.remove((when, name))
            if self._accepts(name):
                self.change(name, "cutovering", "cutovering", "SYNCING")
                self.launching[name] = self.world.clock
                self.launched.add(name)
                self.world.note(f"sms: {name} is being launched")
        for name, (ends, compares) in [*self.synchronizing.items()]:
            if self.world.clock >= ends:
                self._end_synchronization(name, compares)
        for name, began in [*self.launching.items()]:
            if self.world.clock >= began + _LAUNCH_TIME:
                self.change(name, "finished", "cutovered", "MIGRATE_SUCCESS")
                self.tasks[name]["target_server"] = {"vm_id": "v", "cutovered_snapshot_ids": ["snapshot"]}
                del self.launching[name]

    def _end_synchronization(self, name: str, compares: bool) -> None:
        ends, _compares = self.synchronizing.pop(name)
        record = self.records[name]
        if (record["state"], record["migration_cycle"], self.tasks[name]["state"]) != ("syncing", "syncing", "SYNCING"):
            return
        subtask = {"name": "SYNC_LINUX_FILE", "start_date": self.milliseconds(ends - 30)}
        self.tasks[name]["sub_tasks"] = [{**subtask, "end_date": self.milliseconds(ends)}]
        if record["current_task"]:
            self.change(name, "syncing", "syncing", self.afterwards)
        if compares:
            numbers = self.world.rng.choice(((5, 0),) * 4 + ((5, 1), (0, 0), (5, 2)))
            parts = {"num_total_files": numbers[0], "num_different_files": numbers[1]}
            parts.update(num_target_miss_files=0, num_target_more_files=0, dir_check="/data")
            result = {"finished_time": self.milliseconds(ends), "check_result": "success"}
            self.results[name] = {"result_list": [{**result, "consistency_result": [parts]}]}
        self.world.figures["synchronizations"] += 1
        self.world.note(f"sms: {name} is synchronized")

    def milliseconds(self, clock: float) -> int:
        """Return a moment as SMS shows it."""
        return _EPOCH + int(clock * 1000)

    def _accepts(self, name: str) -> bool:
        record = self.records[name]
        return name not in self.launched and (record["state"], record["migration_cycle"]) == ("syncing", "syncing")

    def answer(self, method: str, path: str, query: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the body of a response. Status 0 stands for a response that is lost."""
        self.world.arrive()
        rng = self.world.rng
        if method == "POST":
            name = path.split("/")[3].removeprefix("task-")
            return self._synchronize(name, body) if body["operation"] == "start" else self._act(name)
        if rng.random() < self.faulty:
            return rng.choice((503, 0, 403)), None
        parts = path.split("/")
        if parts[-1] == "consistency-result":
            return 200, self.results.get(parts[3].removeprefix("task-"), {"task_id": parts[3], "result_list": []})
        if parts[2] == "sources":
            return self._show(self.records, parts, "source_servers", "SMS.7602")
        tasks = {name: task for name, task in self.tasks.items() if self.records[name]["current_task"]}
        return self._show(tasks, parts, "tasks", "SMS.7703")

    def _show(self, known: dict[str, dict[str, Any]], parts: list[str], field: str, missing: str) -> tuple[int, Any]:
        if len(parts) == 3:
            return 200, {"count": len(known), field: [_copy(one) for one in known.values()]}
        name = parts[3].partition("-")[2]
        if name not in known:
            return 404, {"error_code": missing, "error_msg": "It does not exist."}
        if self.world.operations:
            seen = self.world.operations[-1]
            (seen.records if field == "source_servers" else seen.tasks)[name] = _copy(known[name])
        return 200, _copy(known[name])

    def _synchronize(self, name: str, body: dict[str, Any]) -> tuple[int, Any]:
        world, rng = self.world, self.world.rng
        world.note(f"synchronization requested for {name}")
        world.figures["requests for a synchronization"] += 1
        world.servers[name].check_synchronization()
        luck = rng.random()
        if luck < 0.15:
            return 400, {"error_code": "SMS.7715", "error_msg": "Only tasks in Succeeded status can be synchronized."}
        self.freezes.setdefault(name, set()).add(world.servers[name].record.frozen_at)
        if luck < 0.25:
            return rng.choice((0, 504)), None
        if self._accepts(name):
            compares = body.get("is_need_consistency_check", False)
            self.synchronizing[name] = world.clock + rng.uniform(31, 200), compares
        return (200, {}) if luck < 0.9 else (0, None)

    def _act(self, name: str) -> tuple[int, Any]:
        world, rng = self.world, self.world.rng
        self.requests.append(name)
        world.figures["launch requests"] += 1
        world.note(f"launch requested for {name}")
        world.servers[name].check_launch("requested")
        luck = rng.random()
        if luck < 0.15:
            return 400, {"error_code": "SMS.6526", "error_msg": "Insufficient user quota"}
        if luck < 0.3:
            world.figures["delayed launches"] += 1
            self.request_launch(name, rng.uniform(0, 300))
            return rng.choice((0, 504, 500)), None
        if luck < 0.4:
            return rng.choice((0, 502)), None
        if not self._accepts(name):
            return 400, {"error_code": "SMS.0409", "error_msg": "The source server is in another state."}
        self.request_launch(name, rng.choice((0, 0, 20)))
        return 200, {}


def _copy(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(one) if isinstance(one, dict) else one for key, one in value.items()}


class SmsClient(Client):
    """A client whose requests a :class:`Sms` answers."""

    sms: Sms

    def __init__(self) -> None:
        super().__init__(settings(endpoint="http://127.0.0.1:9", token="a-token", retries=0))

    def __exit__(self, *_: object) -> None:
        """It is used again."""

    def _send_authenticated(self, request: Any, deadline: Any) -> Response:
        deadline.check()
        path = request.address.partition(":9")[2]
        status, body = self.sms.answer(request.method, path, request.query, request.body)
        if status == 0:
            raise self._messages.of_failure(request, Failure(Cause.INTERRUPTED, "The response was lost", "Try again"))
        headers = {"Date": formatdate(_EPOCH / 1000 + self.sms.world.clock, usegmt=True)}
        content = str(body).replace("'", '"').encode()
        return Response(request, status, headers, "r", body if status == 200 else None, content)


class Server:
    """A source server, as :class:`_services.Server` describes it, with failures."""

    def __init__(self, world: World, name: str) -> None:
        rng = world.rng
        self.world, self.name = world, name
        self.running = {"app": True, "db": True, "cron": False}
        self.file: str | None = None
        self.stuck = {"app"} if rng.random() < 0.1 else set()
        self.broken = {"db"} if rng.random() < 0.1 else set()
        self.unknown = {"cron"} if rng.random() < 0.03 else set()
        self.disk_full = rng.random() < 0.1
        self.unreachable = rng.choice((0.0, 0.0, 0.0, 0.05, 0.3))
        self.touched = 0
        # What the wave stopped and did not start since.
        self.stopped: set[str] = set()

    @property
    def record(self) -> Any:
        return _freeze_record.from_json(self.file)

    def _arrive(self) -> None:
        self.world.arrive()
        self.touched += 1
        if self.world.rng.random() < self.unreachable:
            self.world.figures["lost commands"] += 1
            raise UnreachableError("The server cannot be reached.")

    def _leave(self) -> None:
        """The command was run, and its result may be lost."""
        if self.world.rng.random() < self.unreachable / 3:
            raise UnreachableError("The server cannot be reached any more.")

    def machine_id(self) -> str:
        self._arrive()
        return f"machine of {self.name}"

    def now(self) -> float:
        return self.world.clock

    def read(self, path: str) -> str | None:
        self._arrive()
        return self.file

    def replace(self, path: str, expected: str | None, text: str | None) -> None:
        self._arrive()
        if self.file != expected:
            self.world.figures["conflicts"] += 1
            raise ConflictError(f"{path} was changed.")
        if self.disk_full and text is not None:
            raise DiskError("No space left on device")
        self.file = text
        record = self.record
        self.world.note(f"{self.name}: record {record.progress if record else 'removed'}")
        if record and record.progress == "launch_offered":
            self.check_launch("offered")
        self._leave()

    def survey(self, path: str, services: Sequence[str]) -> Survey:
        self._arrive()
        known = self._look(services)
        unknown = {name: "no such service" for name in services if name not in known}
        return Survey(self.file, known, unknown, f"machine of {self.name}", self.world.clock)

    def _look(self, services: Sequence[str]) -> dict[str, bool]:
        known = {name: self.running[name] for name in services if name not in self.unknown}
        self.world.operations[-1].states.setdefault(self.name, {}).update(known)
        return known

    def states(self, services: Sequence[str]) -> dict[str, bool]:
        if not services:
            return {}
        self._arrive()
        known = self._look(services)
        if len(known) < len(services):
            raise ServerError("The state of a service is not known.")
        return known

    def is_running(self, service: str) -> bool:
        return self.states([service])[service]

    def stop(self, service: str) -> bool:
        ran = self.states([service])[service]
        if not ran:
            return False
        if service in self.stuck:
            raise ServerError(f"{service} cannot be stopped.")
        self._check_stop(service)
        self.running[service] = False
        self.stopped.add(service)
        self.world.figures["stops"] += 1
        self.world.note(f"{self.name}: stopped {service}")
        self._leave()
        return True

    def start(self, service: str) -> None:
        self._arrive()
        if self.running[service]:
            return
        # Judged whether or not the service comes up.
        if self.world.sms.may_run(self.name):
            self.world.violate(f"(f) {service} is restarted on {self.name}, whose target runs or may be about to run")
        if service in self.broken:
            raise ServerError(f"{service} cannot be started.")
        self.running[service] = True
        self.stopped.discard(service)
        self.world.figures["restarts"] += 1
        self.world.note(f"{self.name}: started {service}")
        self._leave()

    def _check_stop(self, service: str) -> None:
        seen = self.world.operations[-1]
        record, task = seen.records.get(self.name), seen.tasks.get(self.name)
        shown = record and (record["state"], record["migration_cycle"], record["connected"])
        if shown != ("syncing", "syncing", True) or not task or task["state"] not in ("SYNCING", "RUNNING"):
            self.world.violate(f"(a) {service} is stopped on {self.name}, which was {shown} with {task}")

    def check_synchronization(self) -> None:
        """Judge a synchronization that is requested from SMS now."""
        sms, record = self.world.sms, self.record
        if self.name in sms.launched:
            self.world.violate(f"a synchronization is requested for {self.name}, whose target may run")
        if record is None or record.progress != "frozen" or record.synchronize_requested_at is None:
            self.world.violate(f"a synchronization is requested for {self.name}, which is not frozen: {record}")
            return
        if record.frozen_at in sms.freezes.get(self.name, ()):
            self.world.violate(f"a synchronization of {self.name} is requested twice for one freeze")

    def check_launch(self, how: str) -> None:
        """Judge a launch that is requested from SMS or offered to a person now."""
        seen = self.world.operations[-1]
        declared = seen.declared[self.name]
        if declared == [] or (declared is None and how == "by a person"):
            return
        record, states = self.record, seen.states.get(self.name, {})
        if record is None or record.frozen_at is None or (how == "requested" and record.progress != "launch_requested"):
            self.world.violate(f"(b) the launch of {self.name} is {how} without a complete freeze: {record}")
            return
        missing = [name for name in {*(declared or ()), *record.declared} if states.get(name) is not False]
        if missing or not {*(declared or ())} <= {*record.declared}:
            self.world.violate(f"(b) the launch of {self.name} is {how}, and {missing or declared} is not proven")

    def misbehave(self) -> None:
        """Something starts a service, or the disk fills up or is freed, or the network fails."""
        rng = self.world.rng
        what = rng.randrange(4)
        self.world.note(f"{self.name}: change {what}")
        if what == 0:
            service = rng.choice(("app", "cron"))
            self.running[service] = True
            self.stopped.discard(service)
            self.world.figures["services that start"] += 1
        elif what == 1:
            self.unreachable = rng.choice((0.0, 0.0, 0.3, 1.0))
        elif what == 2:
            self.stuck, self.broken = set(), set()
