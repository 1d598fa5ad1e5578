# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: validates the variables of a wave before anything is changed.

A problem of the run ends the run. A problem of a host removes that host from the wave. Variables can have any type:
users write them, and templates return them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _addresses, _values
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import STEPS
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._task_files import (
    candidates,
    find_tasks,
    problem_of_tasks,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._terminal import is_interactive

__all__ = ["HostSettings", "Run", "find_tasks", "is_interactive", "problems_of_hosts", "problems_of_run"]

_STRATEGIES = frozenset({"linear", "ansible.builtin.linear", "ansible.legacy.linear"})
LAUNCHES = ("ask", "api", "none")
# Steps that need to know what has to be stopped on a host.
_NEED_FREEZE = frozenset({"freeze", "launch"})
_YEAR = 31_536_000.0


class HostSettings(TypedDict, total=False):
    """The variables of one host as its templates return them.

    :ivar address: ``ansible_host``; None if it is not set.
    :ivar services: None if nothing is declared.
    :ivar tasks: the path of the user's own tasks for each step, or for ``thaw``; empty if there are none.
    """

    id: Any
    address: Any
    port: Any
    services: Any
    target_host: Any
    shared_address: Any
    synchronize: Any
    consistency_check: Any
    consistency_max_differences: Any
    launch: Any
    tasks: Any
    connection: Any
    confirm: Any
    max_running: Any
    interval: Any
    replicate_timeout: Any
    cutover_timeout: Any
    disconnected_timeout: Any
    synchronize_timeout: Any
    ask_timeout: Any
    report_path: Any
    thaw_force: Any
    thaw_confirm: Any


@dataclass(frozen=True)
class Run:
    """What the validation has to know about the run.

    :ivar strategy: of the play.
    :ivar selected: the steps that the tags of the run select.
    :ivar hosts_in_play: number of hosts in the play, all batches together.
    :ivar interactive: whether a person can answer a prompt.
    :ivar folders: where relative paths of the user are looked up.
    :ivar thaws: whether it is a run of the role thaw, which only restarts services.
    """

    strategy: str
    selected: frozenset[str]
    hosts_in_play: int
    check_mode: bool
    interactive: bool
    folders: Sequence[Path]
    thaws: bool = False


class _Number(NamedTuple):
    """The numbers that a variable of the run can have."""

    least: float
    most: float = _YEAR
    whole: bool = False


_NUMBERS = {
    "confirm": _Number(0, 1_000_000, whole=True),
    "max_running": _Number(0, 1_000_000, whole=True),
    "interval": _Number(0.1),
    "replicate_timeout": _Number(0),
    "cutover_timeout": _Number(0),
    "disconnected_timeout": _Number(0),
    "synchronize_timeout": _Number(0),
    "ask_timeout": _Number(1),
}
_RUN_VARIABLES = (*_NUMBERS, "report_path")


def selected_steps(own_tags: Collection[str], run_tags: Sequence[str], skip_tags: Sequence[str]) -> frozenset[str]:
    """Return the steps that ``--tags`` and ``--skip-tags`` select.

    :param own_tags: the tags that all tasks of the role have from the play, the role or an import.
    """
    return frozenset(step for step in STEPS if _is_selected([*own_tags, step], run_tags, skip_tags))


def _is_selected(tags: list[str], run_tags: Sequence[str], skip_tags: Sequence[str]) -> bool:
    # Ansible's own method knows the special tags: all, tagged, untagged, always, never.
    task = Task(block=Block(play=Play()))
    task.tags = tags
    return bool(task.evaluate_tags(list(run_tags), list(skip_tags), {}))


def strategy_problem(strategy: str) -> str:
    """Return why a play with this strategy cannot run a wave; empty if it can."""
    if strategy in _STRATEGIES:
        return ""
    return (
        f"The strategy of the play is {_values.shown(strategy)}. The wave requires the strategy linear, because another"
        " one launches hosts before their own wait has ended."
    )


def problems_of_run(run: Run, hosts: Mapping[str, HostSettings]) -> list[str]:
    """Return why the run must not begin, one message per cause; empty if it may."""
    problems = []
    if problem := strategy_problem(run.strategy):
        problems.append(problem)
    if run.thaws:
        # The other variables of a wave must not prevent that services are restarted.
        return [*problems, *_force_problems(run, hosts)]
    for name in _RUN_VARIABLES:
        problem = _difference(name, hosts) or _number_problem(name, hosts)
        problems += [problem] if problem else []
    return [*problems, *_confirmation_problems(run, hosts), *_prompt_problems(run, hosts)]


def problems_of_hosts(run: Run, hosts: Mapping[str, HostSettings]) -> dict[str, str]:
    """Return the problems of each host that has any, as sentences.

    Two names that DNS resolves to one address are not recognised as one address. What cannot be seen in the files of
    the user's own tasks is described at :func:`_task_files.problem_of_tasks`.
    """
    same_id = _hosts_with_same_id(hosts)
    same_address = _addresses.hosts_with_same_address(
        {name: _addresses.Endpoint.of(name, host.get("address"), host.get("port")) for name, host in hosts.items()}
    )
    checked: dict[str, str] = {}
    problems = {}
    for name, host in hosts.items():
        found = [
            *_id_problems(host, same_id.get(name, ())),
            *_address_problems(host, [hosts[other] for other in same_address[name]], same_address[name]),
            *_service_problems(run, host),
            *_task_problems(run, host, checked),
            _addresses.problem_of_target_host(host.get("target_host")),
            *_other_problems(host),
        ]
        problems[name] = " ".join(filter(None, found))
    return {name: text for name, text in problems.items() if text}


def _difference(name: str, hosts: Mapping[str, HostSettings]) -> str:
    """Return the problem of a variable of the run that is not the same on all hosts; empty if it is."""
    values = [(host, settings.get(name)) for host, settings in hosts.items()]
    for host, value in values[1:]:
        first_host, first = values[0]
        if _values.comparable(value) != _values.comparable(first):
            return (
                f"wave_{name} applies to the whole run, but it is {_values.shown(first)} on {_text.plain(first_host)}"
                f" and {_values.shown(value)} on {_text.plain(host)}. Give it the same value on all hosts of the play."
            )
    return ""


def _number_problem(name: str, hosts: Mapping[str, HostSettings]) -> str:
    """Return the problem of a number of the run, which is the same on all hosts; empty if there is none."""
    value = next((settings.get(name) for settings in hosts.values()), None)
    present = any(name in settings for settings in hosts.values())
    if name not in _NUMBERS or not present or (name == "confirm" and value is None):
        return ""
    allowed, number = _NUMBERS[name], _values.number_of(value)
    if number is not None and allowed.least <= number <= allowed.most and (number.is_integer() or not allowed.whole):
        return ""
    kind = "a whole number" if allowed.whole else "a number"
    return f"wave_{name} is {_values.shown(value)}. It must be {kind} from {allowed.least:g} to {allowed.most:.0f}."


def _confirmation_problems(run: Run, hosts: Mapping[str, HostSettings]) -> list[str]:
    values = [settings.get("confirm") for settings in hosts.values()]
    count = "1 host" if run.hosts_in_play == 1 else f"{run.hosts_in_play} hosts"
    advice = f"If these are the hosts that you mean, set wave_confirm: {run.hosts_in_play}."
    wrong = [
        value for value in values if value is not None and _values.number_of(value) not in (None, run.hosts_in_play)
    ]
    if wrong:
        return [f"wave_confirm is {_values.shown(wrong[0])}, but the play has {count}. {advice}"]
    launches = any(settings.get("launch") == "api" for settings in hosts.values())
    if None in values and launches and "launch" in run.selected and not run.check_mode:
        return [
            f"wave_confirm is not set, but wave_launch: api launches without a prompt. The play has {count}. {advice}"
        ]
    return []


def _force_problems(run: Run, hosts: Mapping[str, HostSettings]) -> list[str]:
    """Return the problem of a forced restart that a person has not confirmed with the number of hosts."""
    values = [settings.get("thaw_confirm") for settings in hosts.values()]
    forced = any(_values.is_true(settings.get("thaw_force")) for settings in hosts.values())
    wrong = [value for value in values if _values.number_of(value) != run.hosts_in_play]
    if not forced or not wrong:
        return []
    count = "1 host" if run.hosts_in_play == 1 else f"{run.hosts_in_play} hosts"
    return [
        f"thaw_force restarts services whatever SMS shows, but thaw_confirm is {_values.shown(wrong[0])} and the play"
        f" has {count}. If the target of none of them runs, set thaw_confirm: {run.hosts_in_play}."
    ]


def _prompt_problems(run: Run, hosts: Mapping[str, HostSettings]) -> list[str]:
    """Return the problem of a prompt that nobody can answer. Check mode has no prompt."""
    asks = any(settings.get("launch") == "ask" and not _path_of(settings, "launch") for settings in hosts.values())
    if not asks or "launch" not in run.selected or run.interactive or run.check_mode:
        return []
    return [
        "wave_launch is ask, but nobody can answer the prompt: Ansible has no terminal, or it is a job of AWX or"
        " ansible-runner. Set wave_launch: api with wave_confirm, or wave_launch: none if somebody launches the targets"
        " in the SMS console."
    ]


def _id_of(host: HostSettings) -> str:
    """Return the ID in the form in which IDs are compared; empty if the host has none."""
    value = host.get("id")
    return "" if value is None else str(value).strip().lower()


def _hosts_with_same_id(hosts: Mapping[str, HostSettings]) -> dict[str, list[str]]:
    """Return the other hosts with the ID of a host, by its name."""
    names: dict[str, list[str]] = {}
    for name, host in hosts.items():
        names.setdefault(_id_of(host), []).append(name)
    names.pop("", None)
    return {name: [other for other in group if other != name] for group in names.values() for name in group}


def _id_problems(host: HostSettings, twins: Sequence[str]) -> list[str]:
    if not _id_of(host):
        return ["sms_id is not set: the host is not a source server of SMS."]
    if twins:
        return [f"sms_id is also that of {_values.joined(twins)}. Leave one host for each source server in the play."]
    return []


def _address_problems(host: HostSettings, others: Sequence[HostSettings], names: Sequence[str]) -> list[str]:
    # Each of the hosts has to accept it: on another one, the variable may be a mistake.
    unaccepted = [
        name
        for name, other in zip(names, others, strict=True)
        if not (_values.is_true(host.get("shared_address")) and _values.is_true(other.get("shared_address")))
    ]
    if not unaccepted:
        return []
    return [
        f"It has the same address and port as {_values.joined(unaccepted)}, so that nobody knows which server would be"
        " frozen. Give each host its own ansible_host or ansible_port, or set wave_shared_address: true on all of"
        " them if each leads to its own server."
    ]


def _service_problems(run: Run, host: HostSettings) -> list[str]:
    services = host.get("services")
    if services is None:
        if _path_of(host, "freeze") or not _NEED_FREEZE & run.selected:
            return []
        return ["wave_services is not set. List the services that write data, or set [] if there is nothing to stop."]
    if isinstance(services, (list, tuple)) and all(isinstance(name, str) and name.strip() for name in services):
        return []
    return [f"wave_services is {_values.shown(services)}. It must be a list of service names."]


def _task_problems(run: Run, host: HostSettings, checked: dict[str, str]) -> list[str]:
    """
    :param checked: the problems of the files that were checked for other hosts, by their paths.
    """
    tasks = host.get("tasks") or {}
    if not isinstance(tasks, Mapping):
        return [f"The files of tasks are {_values.shown(tasks)}. They must be paths by the names of steps."]
    problems = []
    for step, given in tasks.items():
        if given is None or given == "":
            continue
        path = str(given)
        if path not in checked:
            checked[path] = _problem_of_path(path, run.folders)
        problems += [f"wave_{_text.plain(step)}_tasks: {checked[path]}."] if checked[path] else []
    return problems


def _problem_of_path(path: str, folders: Sequence[Path]) -> str:
    file = find_tasks(path, folders)
    if file is None:
        places = " or ".join(_text.plain(place) for place in candidates(path, folders))
        return f"there is no file {places or _text.plain(path)}"
    problem = problem_of_tasks(file, folders)
    return f"{_text.plain(file)} {problem}" if problem else ""


def _other_problems(host: HostSettings) -> list[str]:
    problems = []
    launch: Any = host.get("launch", LAUNCHES[0])
    connection: Any = host.get("connection", {})
    if launch not in LAUNCHES:
        problems.append(f"wave_launch is {_values.shown(launch)}. It must be one of {', '.join(LAUNCHES)}.")
    if _values.is_true(host.get("consistency_check")):
        problems += _consistency_problems(host)
    if not isinstance(connection, Mapping):
        # The value may be a secret that was given in the wrong place.
        problems.append("wave_connection is not a dictionary of connection options.")
    return problems


def _consistency_problems(host: HostSettings) -> list[str]:
    problems = []
    if not _values.is_true(host.get("synchronize")) and not _path_of(host, "synchronize"):
        problems.append("wave_consistency_check requires wave_synchronize: true, which requests the check.")
    if host.get("services") == [] and not _path_of(host, "freeze"):
        problems.append(
            "wave_consistency_check requires a freeze, but wave_services is []. Set wave_consistency_check: false."
        )
    most = host.get("consistency_max_differences", 0)
    number = _values.number_of(most)
    if number is None or number < 0 or not number.is_integer():
        problems.append(f"wave_consistency_max_differences is {_values.shown(most)}. It must be a whole number from 0.")
    return problems


def _path_of(host: HostSettings, step: str) -> str:
    """Return the path of the user's own tasks for a step; empty if there are none."""
    tasks = host.get("tasks")
    return str(tasks.get(step) or "") if isinstance(tasks, Mapping) else ""
