# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the role ``wave`` in this process: the flow of :mod:`role_flow`, and the collection's own actions."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.action import wave_host, wave_step
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.wave.role_flow import FLOW, Row
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.wave.weekend import (
    LONGEST_UNSEEN,
    Seen,
    World,
)

Failures = dict[str, str]
Flow = Generator[None, None, Failures]
Facts = dict[str, Any]

STEPS = ("check", "replicate", "freeze", "synchronize", "settle", "launch", "wait", "smoke_test", "summary")
RESTARTING_STEPS = ("freeze", "synchronize", "settle", "launch", "wait")
_DEFAULTS = {"decision": None, "host": "", "allowed": True, "forced": False, "own_done": False, "own_problem": ""}


class _Host(wave_host.ActionModule):
    """The action ``wave_host`` without Ansible around it."""

    def __init__(self, run: Run, name: str, operation: str) -> None:
        self.run_of_wave, self.name = run, name
        self._task = SimpleNamespace(_parent=None, check_mode=run.check_mode, args={"operation": operation})

    def complete(self, connection: Any) -> dict[str, Any]:
        return {}

    def show(self, lines: str) -> None:
        """Nobody reads it."""

    warn = show


class _Step(wave_step.ActionModule):
    """The action ``wave_step`` without Ansible around it."""

    def __init__(self, run: Run) -> None:
        self._task = SimpleNamespace(_parent=None, check_mode=run.check_mode, args={}, tags=["always"])

    complete = _Host.complete
    show = warn = _Host.show


class Run:
    """One run of the playbook ``wave`` or ``thaw`` on some of the hosts.

    :ivar facts: of each host, as the role sets them.
    :ivar gone: the hosts that Ansible took out of the play.
    :ivar tested: the addresses that the smoke tests reached, by host.
    """

    def __init__(self, world: World, name: str, hosts: list[str], own_tasks: Path, thaw: bool = False) -> None:
        rng = world.rng
        self.world, self.name, self.hosts, self.thaw = world, name, hosts, thaw
        self.check_mode = rng.random() < 0.05
        self.tags = [*STEPS] if rng.random() < 0.7 else [step for step in STEPS if rng.random() < 0.6]
        self.skips_always = rng.random() < 0.03
        self.serial = rng.choice((len(hosts), len(hosts), 1))
        self.own_tasks = str(own_tasks)
        self.variables = {host: self._variables(host) for host in hosts}
        self.declared = {host: self.variables[host]["services"] for host in hosts}
        self.facts: dict[str, Facts] = {}
        self.gone: set[str] = set()
        self.tested: dict[str, str] = {}
        self.results: dict[str, Any] = {}
        self.launches: list[str] = []
        self._batch: list[str] = []
        self._step = "check"

    def _variables(self, host: str) -> Facts:
        rng, number = self.world.rng, int(host[1:])
        services = rng.choice((["app", "db", "cron"],) * 5 + (["app"], ["db", "cron"], None))
        if host in self.world.without_services:
            services = []
        synchronizes = rng.random() < 0.5
        own = {step: self.own_tasks for step in (*STEPS, "thaw") if rng.random() < 0.04}
        return {
            "id": f"id-{host}",
            "address": f"192.0.2.{1 + number}",
            "port": 22,
            "shared_address": False,
            "services": services,
            "windows": False,
            "mark": "/wave.json",
            "thaw": True,
            "fail_on": ["disconnected", "failed_check", "state"] if rng.random() < 0.7 else [],
            "start": False,
            "target": {},
            "settings": {},
            "launch": rng.choice(("api", "api", "ask", "none")),
            "launch_operation": "test",
            "synchronize": synchronizes,
            "consistency_check": synchronizes and bool(services) and rng.random() < 0.5,
            "consistency_max_differences": rng.choice((0, 0, 1)),
            "settle": 30,
            "connect_with": "target_private",
            "target_host": rng.choice(("198.51.100.1", "198.51.100.2", f"192.0.2.{1 + number}")),
            "smoke_port": 22,
            "smoke_timeout": 10,
            "confirm": len(self.hosts),
            "thaw_confirm": None,
            "thaw_force": False,
            "max_running": 0,
            "interval": 10,
            "replicate_timeout": 60,
            "cutover_timeout": 600,
            "disconnected_timeout": 60,
            "synchronize_timeout": 300,
            "ask_timeout": 900,
            "report_path": "",
            "tasks": {step: own.get(step, "") for step in (*STEPS, "thaw")},
        }

    def play(self) -> Flow:
        """Run the play. Other runs can act between two of its tasks."""
        failed: Failures = {}
        for first in range(0, len(self.hosts), self.serial):
            self._batch = self.hosts[first : first + self.serial]
            self.facts.update({host: {} for host in self._batch})
            failed.update((yield from self._file("thaw.yml" if self.thaw else "main.yml", self._batch)))
        return failed

    def _file(self, name: str, hosts: list[str]) -> Flow:
        failed: Failures = {}
        for part in FLOW[name]:
            if part.tags and not self._selects(part.tags):
                continue
            if part.tags in STEPS:
                self._step = part.tags
            here = [host for host in hosts if host not in failed and host not in self.gone]
            lost = yield from self._rows(part.rows, here)
            if not part.rescue:
                failed.update(lost)
                continue
            for host, reason in lost.items():
                self.facts[host]["reason"] = reason
            failed.update((yield from self._rows(part.rescue, [*lost])))
        return failed

    def _selects(self, tag: str) -> bool:
        return not self.skips_always if tag == "always" else tag in self.tags

    def _rows(self, rows: Iterable[Row], hosts: list[str]) -> Flow:
        lost: Failures = {}
        for row in rows:
            chosen = [host for host in hosts if host not in {*lost, *self.gone} and _WHEN[row.when](self, host)]
            if not chosen:
                continue
            yield
            if row.action in ("include_tasks", "import_tasks"):
                lost.update((yield from self._include(row, chosen)))
            elif row.run_once:
                lost.update(self._once(row, chosen))
            else:
                for host in chosen:
                    lost.update(self._each(row, host))
                    yield
                    self._lose(host)
        return lost

    def _lose(self, host: str) -> None:
        """Let Ansible take a host out of the play, as after a failure of a task outside of the wave."""
        if self.world.rng.random() < 0.005 and len(self._batch) > 1:
            self.gone.add(host)
            self.world.note(f"{host} is out of the play")

    def _include(self, row: Row, hosts: list[str]) -> Flow:
        if row.argument == "restart_left.yml":
            return (yield from self._restart_left())
        if "_wave_tasks" in row.argument:
            name = "thaw" if "thaw" in row.argument else self._step
            if not self.facts[hosts[0]].get("_wave_validation"):
                return dict.fromkeys(hosts, "_wave_validation is undefined")
            own = [host for host in hosts if self._tasks(host, name)]
            lost = self._own(name, own)
            others = [host for host in hosts if host not in own]
            if "steps/" in row.argument:
                lost.update((yield from self._file(f"steps/{self._step}.yml", others)))
            return lost
        if row.argument == "begin.yml":
            self._step = "check"
        return (yield from self._file(row.argument.removeprefix("../"), hosts))

    def _tasks(self, host: str, step: str) -> str:
        validation = self.facts[host].get("_wave_validation") or {}
        return str(validation["hosts"][host]["tasks"].get(step, "")) if validation else ""

    def _own(self, step: str, hosts: list[str]) -> Failures:
        """Run the user's own tasks."""
        lost = {}
        for host in hosts:
            server, luck = self.world.servers[host], self.world.rng.random()
            self.world.arrive()
            if luck < 0.15:
                lost[host] = "The user's own tasks failed."
            elif step == "freeze":
                server.running.update(dict.fromkeys(self.declared[host] or ["app"], False))
            elif step == "launch":
                self._launch_by_hand(host)
            elif step == "smoke_test":
                self.tested[host] = self.facts[host]["_wave_step_result"]["addresses"][host]
        return lost

    def _launch_by_hand(self, host: str) -> None:
        """Launch a target as a person does, who does so only for hosts that the wave has offered."""
        if self.world.sms._accepts(host) and self.world.rng.random() < 0.7:
            self.world.figures["launches by a person"] += 1
            self.world.note(f"a person launches {host}")
            self.world.sms.request_launch(host, self.world.rng.uniform(0, LONGEST_UNSEEN))

    def _restart_left(self) -> Flow:
        for host in [one for one in self._batch if not self.facts[one].get("_wave_arrived")]:
            freeze = self.facts[host].get("_wave_freeze") or {}
            allowed = freeze.get("frozen", freeze.get("own", False))
            yield
            result = self._operate(host, "restart", host=host, allowed=allowed)
            self.facts[host]["_wave_left"] = result["msg"]
        return {}

    def _once(self, row: Row, hosts: list[str]) -> Failures:
        if row.action == "report":
            return {}
        facts = self.facts[hosts[0]]
        step = row.argument if "{" not in row.argument else "begin_thaw" if self.thaw else "begin"
        again = (facts.get("_wave_step_result") or {}).get("again")
        memory = facts["_wave_step_result"].get("memory", {}) if again else {}
        options = {"step": step, "memory": memory, "rows": []}
        with self._operation():
            try:
                result = _Step(self).act(options, self._task_vars(hosts[0]))
            except SmsError as error:
                result = {"failed": True, "msg": str(error)}
        for host in hosts:
            self.facts[host][row.register] = result
        if step == "result":
            self.results.update({one["host"]: one for one in result.get("hosts", [])})
        return {}

    def _each(self, row: Row, host: str) -> Failures:
        if row.action == "wave_host":
            return self._on_host(row, host)
        problem = _OTHERS[row.action, row.argument](self, host)
        return {host: problem} if problem else {}

    def _on_host(self, row: Row, host: str) -> Failures:
        facts, options = self.facts[host], {}
        if row.argument == "restart":
            options["allowed"] = self.thaw or self._step in RESTARTING_STEPS
            if (facts.get("_wave_restart") or {}).get("own"):
                options.update(own_done=True, own_problem=facts["_wave_own_problem"])
        elif row.argument == "probe":
            address = facts["_wave_step_result"]["addresses"].get(host, "")
            options.update(address=address, seen={"ansible_host": address})
        if row.decided:
            options["decision"] = self._decision(host, row.argument)
        result = self._operate(host, row.argument, **options)
        if row.register:
            facts[row.register] = result
        if row.argument == "launch" and "refused" in result:
            self.launches.append(host)
            self._judge_evidence(host)
        return {host: result["msg"]} if result.get("failed") and not row.ignore_errors else {}

    def _judge_evidence(self, host: str) -> None:
        """Judge a launch that this run has requested: whether its consistency check permits it."""
        if not self.variables[host]["consistency_check"]:
            return
        result = self.world.sms.results.get(host, {"result_list": [{"finished_time": 0}]})["result_list"][0]
        record = self.world.servers[host].record
        numbers = result.get("consistency_result", [{}])[0]
        files, differences = numbers.get("num_total_files"), numbers.get("num_different_files", 1000)
        is_young = record and result["finished_time"] > record.frozen_at_sms
        if not (is_young and files and differences <= self.variables[host]["consistency_max_differences"]):
            self.world.violate(f"(b) the launch of {host} is requested, and its check permits none: {result}")
        self.world.figures["launches after a check"] += 1

    def _decision(self, host: str, operation: str) -> Facts:
        facts = self.facts[host]
        if operation == "inspect":
            return dict(facts["_wave_validation"]["hosts"][host])
        last = facts.get("_wave_step_result") or {}
        return dict(last.get("hosts", {}).get(host, last))

    def _operate(self, name: str, operation: str, **options: Any) -> Facts:
        with self._operation():
            self.world.note(f"{operation} {name} {options.get('allowed', '')}")
            try:
                action = _Host(self, name, operation)
                result = action.act({**_DEFAULTS, "operation": operation, **options}, self._task_vars(name))
            except SmsError as error:
                result = {"failed": True, "msg": str(error)}
            self.world.note(f"{operation} {name}: {result.get('msg')}")
        return result

    def _operation(self) -> _Operation:
        return _Operation(self.world, Seen(self.name, self.declared))

    def id_of(self, host: str) -> str:
        """Return the ID of this run in the freeze record of a host."""
        return str((self.facts[host].get("_wave_validation") or {}).get("run", {}).get("id", ""))

    def _task_vars(self, host: str) -> Facts:
        return {
            **self.facts[host],
            "inventory_hostname": host,
            "hostvars": self.facts,
            "ansible_play_hosts_all": self.hosts,
            "ansible_play_batch": [one for one in self._batch if one not in self.gone],
            "ansible_run_tags": self.tags or ["none"],
            "ansible_skip_tags": ["always"] if self.skips_always else [],
        }

    def fail_if_launch_called_off(self, host: str) -> str:
        answer = self.facts[host]["_wave_answer"]
        if host not in answer.get("asked", [host]) or answer["launched"]:
            return ""
        return answer.get("msg") or "The launch was called off."

    def fail_without_decision(self, host: str) -> str:
        decision = self._decision(host, self._step)
        return "" if "go" in decision and not decision["failed"] else decision.get("msg") or "The step failed."

    def read_variables(self, host: str) -> str:
        self.facts[host]["_wave_host"] = {**self.variables[host], "batch": self._batch}
        return ""

    def forget(self, host: str) -> str:
        empty: Facts = {name: {} for name in ("connection", "removal", "freeze", "launch", "step_result", "restart")}
        empty.update(synchronization={}, answer={}, own_problem="", left="", tested={}, arrived=False)
        self.facts[host].update({f"_wave_{name}": value for name, value in empty.items()})
        return ""

    def remove(self, host: str) -> str:
        facts = self.facts[host]
        if not facts.get("_wave_removal"):
            unknown = (facts.get("_wave_launch") or {}).get("unknown", False)
            facts["_wave_removal"] = {"step": self._step, "reason": facts["reason"], "unknown": unknown}
        elif message := (facts.get("_wave_restart") or {}).get("msg"):
            facts["_wave_removal"]["services"] = message
        return ""

    def set_fact(self, name: str, value: Any) -> str:
        for host in self._batch:
            self.facts[host][name] = value
        return ""


class _Operation:
    """An operation under way."""

    def __init__(self, world: World, seen: Seen) -> None:
        self.world, self.seen = world, seen

    def __enter__(self) -> None:
        self.world.operations.append(self.seen)

    def __exit__(self, *_: object) -> None:
        self.world.operations.remove(self.seen)


def _set(name: str, value: Any) -> Callable[[Run, str], str]:
    def act(run: Run, host: str) -> str:
        run.facts[host][name] = value
        return ""

    return act


def _store_own_problem(run: Run, host: str) -> str:
    run.facts[host]["_wave_own_problem"] = f" wave_thaw_tasks failed: {run.facts[host]['reason']}"
    return ""


def _fail_if_not_begun(run: Run, host: str) -> str:
    validation = run.facts[host]["_wave_validation"]
    return "" if "run" in validation else validation["msg"]


def _fail_if_removed(run: Run, host: str) -> str:
    return str((run.facts[host].get("_wave_removal") or {}).get("reason", "The variables were not validated."))


def _is_here(run: Run, host: str) -> bool:
    return not (run.facts[host].get("_wave_removal") or {}).get("step")


def _synchronizes(run: Run, host: str) -> bool:
    if not _is_here(run, host):
        return False
    # Without the validation the variable is an error, as it is in the file that is then included.
    hosts = (run.facts[host].get("_wave_validation") or {}).get("hosts")
    return not hosts or bool(hosts[host]["settings"]["synchronize"] or run._tasks(host, "synchronize"))


def _has_id(run: Run, host: str) -> bool:
    hosts = (run.facts[host].get("_wave_validation") or {}).get("hosts", {})
    return run._step != "smoke_test" and bool(hosts.get(host, {}).get("settings", {}).get("id"))


def _fact(name: str, key: str) -> Callable[[Run, str], bool]:
    return lambda run, host: bool((run.facts[host].get(name) or {}).get(key))


# What the conditions of the role's tasks mean.
_WHEN: dict[str, Callable[[Run, str], bool]] = {
    "": lambda run, host: True,
    "_wave_validation is not defined": lambda run, host: "_wave_validation" not in run.facts[host],
    "_wave_removal.step is not defined": _is_here,
    "_wave_removal.step is not defined and _wave_synchronizes | bool": _synchronizes,
    "_wave_removal.step is defined": lambda run, host: not _is_here(run, host),
    "_wave_removal.step is not defined and _wave_step_result.again | default(false)": lambda run, host: (
        _is_here(run, host) and _fact("_wave_step_result", "again")(run, host)
    ),
    "_wave_removal.step is not defined and _wave_launch.offered | default(false)": lambda run, host: (
        _is_here(run, host) and _fact("_wave_launch", "offered")(run, host)
    ),
    "_wave_tasks.launch | length > 0": lambda run, host: bool(run._tasks(host, "launch")),
    "_wave_tasks.summary | default('') | length > 0": lambda run, host: bool(run._tasks(host, "summary")),
    "_wave_step != 'smoke_test' and _wave_validation.hosts[inventory_hostname].settings.id | default('', true)"
    " | length > 0": _has_id,
    # It only makes Ansible fail.
    "inventory_hostname == ansible_play_hosts | first and _wave_gone | length > 0": lambda run, host: False,
    "_wave_restart.msg | default('') | length > 0": _fact("_wave_restart", "msg"),
    "_wave_restart.own | default(false)": _fact("_wave_restart", "own"),
    "_wave_freeze.own | default(false)": _fact("_wave_freeze", "own"),
    "_wave_tested.own | default(false)": _fact("_wave_tested", "own"),
    "wave_report_path | length > 0 and item.servers | length > 0": lambda run, host: False,
}
# What the other tasks do; they return why they fail.
_OTHERS: dict[tuple[str, str], Callable[[Run, str], str]] = {
    ("set_fact", "_wave_host"): Run.read_variables,
    ("set_fact", "_wave_removal"): Run.remove,
    ("set_fact", "_wave_arrived"): _set("_wave_arrived", True),
    ("set_fact", "_wave_tested"): _set("_wave_tested", {"tested": True}),
    ("set_fact", "_wave_own_problem"): _store_own_problem,
    ("assert", "_wave_validation.run is defined"): _fail_if_not_begun,
    ("assert", "'go' in _wave_decision and not _wave_decision.failed"): Run.fail_without_decision,
    ("fail", ""): _fail_if_removed,
    ("debug", ""): lambda run, host: "",
}
_OTHERS.update(
    {
        (row.action, row.argument): function
        for name, action, function in (
            ("begin.yml", "set_fact", Run.forget),
            ("launch_offered.yml", "assert", Run.fail_if_launch_called_off),
        )
        for part in FLOW[name]
        for row in part.rows
        if row.action == action and (row.action, row.argument) not in _OTHERS
    }
)
