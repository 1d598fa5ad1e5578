# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks of the role ``wave`` in their order, as a table: the model of a run takes its flow from here.

A test compares the table with the files of the role, so that the model cannot differ from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

TASKS = ROOT / "roles" / "wave" / "tasks"


class Row(NamedTuple):
    """A task.

    :ivar argument: the operation, the step, the file, the condition or the names of the facts.
    :ivar decided: whether it gets the decision of the last query.
    """

    action: str
    argument: str
    when: str = ""
    register: str = ""
    run_once: bool = False
    decided: bool = False
    ignore_errors: bool = False


class Part(NamedTuple):
    """A block, or a task outside of a block."""

    tags: str
    rows: tuple[Row, ...]
    rescue: tuple[Row, ...] = ()


def parts_of(file: Path) -> tuple[Part, ...]:
    """Return the tasks of a file of the role."""
    return tuple(
        Part(
            " ".join(entry.get("tags", [])),
            tuple(map(_row_of, entry.get("block", [entry]))),
            tuple(map(_row_of, entry.get("rescue", []))),
        )
        for entry in yaml.safe_load(file.read_text())
    )


def _row_of(task: dict[str, Any]) -> Row:
    action = next(key for key in task if "." in key)
    options, when, name = task[action], task.get("when", ""), action.rpartition(".")[2]
    return Row(
        name,
        _argument_of(name, options),
        " and ".join(when) if isinstance(when, list) else when,
        task.get("register", ""),
        task.get("run_once", False),
        "decision" in options,
        task.get("ignore_errors") is True,
    )


def _argument_of(action: str, options: Any) -> str:
    if isinstance(options, str):
        return options
    if action == "set_fact":
        return " ".join(options)
    return next((options[key] for key in ("operation", "step", "file", "that") if key in options), "")


_NOT_REMOVED = "_wave_removal.step is not defined"
_AGAIN = "_wave_removal.step is not defined and _wave_step_result.again | default(false)"
_HAS_GO = "'go' in _wave_decision and not _wave_decision.failed"
_HOSTS_LEFT = "inventory_hostname == ansible_play_hosts | first and _wave_gone | length > 0"
_CONFIRMED = "inventory_hostname not in _wave_answer.asked | default([inventory_hostname]) or _wave_answer.launched"
_MAY_BE_FROZEN = (
    "_wave_step != 'smoke_test' and"
    " _wave_validation.hosts[inventory_hostname].settings.id | default('', true) | length > 0"
)
_FORGOTTEN = (
    "_wave_connection _wave_removal _wave_freeze _wave_launch _wave_synchronization _wave_step_result _wave_restart"
    " _wave_answer _wave_own_problem _wave_left _wave_tested _wave_arrived"
)
_EMPTY = (
    "_wave_host _wave_connection _wave_freeze _wave_launch _wave_synchronization _wave_step_result _wave_restart"
    " _wave_answer _wave_left _wave_tested _wave_arrived _wave_removal"
)

FLOW: dict[str, tuple[Part, ...]] = {
    "again.yml": (
        Part(
            "",
            (
                Row(
                    "include_tasks",
                    "{{ _wave_tasks[_wave_step] or ('steps/' ~ _wave_step ~ '.yml') }}",
                    when=_NOT_REMOVED,
                ),
            ),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part("", (Row("include_tasks", "again.yml", when=_AGAIN),)),
    ),
    "begin.yml": (
        Part(
            "",
            (
                Row("set_fact", "_wave_host"),
                Row(
                    "set_fact",
                    _FORGOTTEN,
                ),
            ),
            (
                Row(
                    "set_fact",
                    _EMPTY,
                ),
            ),
        ),
        Part(
            "", (Row("wave_step", "{{ _wave_begin | default('begin') }}", register="_wave_validation", run_once=True),)
        ),
        Part("", (Row("assert", "_wave_validation.run is defined"),)),
        Part(
            "", (Row("wave_host", "inspect", when=_NOT_REMOVED, decided=True),), (Row("include_tasks", "remove.yml"),)
        ),
    ),
    "freeze_own.yml": (
        Part("", (Row("include_tasks", "{{ _wave_tasks.freeze }}"),)),
        Part("", (Row("wave_host", "complete", register="_wave_freeze"),)),
    ),
    "launch_offered.yml": (
        Part("", (Row("include_tasks", "{{ _wave_tasks.launch }}", when="_wave_tasks.launch | length > 0"),)),
        Part("", (Row("wave_step", "ask", register="_wave_answer", run_once=True),)),
        Part(
            "",
            (
                Row(
                    "assert",
                    _CONFIRMED,
                ),
            ),
        ),
        Part("", (Row("wave_host", "confirm", register="_wave_launch"),)),
    ),
    "main.yml": (
        Part("always", (Row("import_tasks", "begin.yml"),)),
        Part(
            "check",
            (Row("include_tasks", "{{ _wave_tasks.check or 'steps/check.yml' }}", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part(
            "replicate",
            (Row("include_tasks", "{{ _wave_tasks.replicate or 'steps/replicate.yml' }}", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part("replicate", (Row("include_tasks", "again.yml", when=_AGAIN),)),
        Part(
            "freeze",
            (Row("include_tasks", "steps/freeze.yml", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part(
            "synchronize",
            (
                Row(
                    "include_tasks",
                    "{{ _wave_tasks.synchronize or 'steps/synchronize.yml' }}",
                    when=f"{_NOT_REMOVED} and _wave_synchronizes | bool",
                ),
            ),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part("synchronize", (Row("include_tasks", "again.yml", when=_AGAIN),)),
        Part(
            "settle",
            (Row("include_tasks", "{{ _wave_tasks.settle or 'steps/settle.yml' }}", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part("settle", (Row("include_tasks", "again.yml", when=_AGAIN),)),
        Part(
            "launch",
            (Row("include_tasks", "steps/launch.yml", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part(
            "launch",
            (
                Row(
                    "include_tasks",
                    "launch_offered.yml",
                    when="_wave_removal.step is not defined and _wave_launch.offered | default(false)",
                ),
            ),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part(
            "wait",
            (Row("include_tasks", "{{ _wave_tasks.wait or 'steps/wait.yml' }}", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part("wait", (Row("include_tasks", "again.yml", when=_AGAIN),)),
        Part(
            "smoke_test",
            (Row("include_tasks", "steps/smoke_test.yml", when=_NOT_REMOVED),),
            (Row("include_tasks", "remove.yml"),),
        ),
        Part("always", (Row("set_fact", "_wave_arrived"),)),
        Part("summary", (Row("import_tasks", "summary.yml"),)),
        Part("always", (Row("fail", "", when="_wave_removal.step is defined"),)),
        Part("always", (Row("fail", "", when=_HOSTS_LEFT),)),
    ),
    "own_test.yml": (
        Part("", (Row("include_tasks", "{{ _wave_tasks.smoke_test }}"),)),
        Part("", (Row("set_fact", "_wave_tested"),)),
    ),
    "remove.yml": (
        Part("", (Row("fail", "", when="_wave_validation is not defined"),)),
        Part("", (Row("set_fact", "_wave_removal"),)),
        Part(
            "",
            (
                Row(
                    "include_tasks",
                    "restart.yml",
                    when=_MAY_BE_FROZEN,
                ),
            ),
        ),
        Part("", (Row("set_fact", "_wave_removal", when="_wave_restart.msg | default('') | length > 0"),)),
    ),
    "restart.yml": (
        Part("", (Row("wave_host", "restart", register="_wave_restart", ignore_errors=True),)),
        Part("", (Row("include_tasks", "restart_own.yml", when="_wave_restart.own | default(false)"),)),
    ),
    "restart_left.yml": (
        Part("", (Row("wave_host", "restart", register="_wave_left_result", ignore_errors=True),)),
        Part("", (Row("set_fact", "_wave_left"),)),
    ),
    "restart_own.yml": (
        Part("", (Row("include_tasks", "{{ _wave_tasks.thaw }}"),), (Row("set_fact", "_wave_own_problem"),)),
        Part("", (Row("wave_host", "restart", register="_wave_restart", ignore_errors=True),)),
    ),
    "steps/check.yml": (
        Part("", (Row("wave_step", "check", register="_wave_step_result", run_once=True),)),
        Part("", (Row("assert", _HAS_GO),)),
    ),
    "steps/freeze.yml": (
        Part("", (Row("wave_step", "freeze", register="_wave_step_result", run_once=True),)),
        Part("", (Row("wave_host", "freeze", register="_wave_freeze", decided=True),)),
        Part("", (Row("include_tasks", "../freeze_own.yml", when="_wave_freeze.own | default(false)"),)),
    ),
    "steps/launch.yml": (
        Part("", (Row("wave_step", "launch", register="_wave_step_result", run_once=True),)),
        Part("", (Row("wave_host", "launch", register="_wave_launch", decided=True),)),
    ),
    "steps/replicate.yml": (
        Part("", (Row("wave_step", "replicate", register="_wave_step_result", run_once=True),)),
        Part("", (Row("assert", _HAS_GO),)),
    ),
    "steps/settle.yml": (
        Part("", (Row("wave_host", "prove", register="_wave_freeze"),)),
        Part("", (Row("wave_step", "settle", register="_wave_step_result", run_once=True),)),
        Part("", (Row("assert", _HAS_GO),)),
    ),
    "steps/synchronize.yml": (
        Part("", (Row("wave_host", "synchronize", register="_wave_synchronization"),)),
        Part("", (Row("wave_step", "synchronize", register="_wave_step_result", run_once=True),)),
        Part("", (Row("assert", _HAS_GO),)),
    ),
    "steps/smoke_test.yml": (
        Part("", (Row("wave_step", "smoke_test", register="_wave_step_result", run_once=True),)),
        Part("", (Row("include_tasks", "../test_target.yml"),)),
    ),
    "steps/wait.yml": (
        Part("", (Row("wave_step", "wait", register="_wave_step_result", run_once=True),)),
        Part("", (Row("assert", _HAS_GO),)),
    ),
    "summary.yml": (
        Part("", (Row("include_tasks", "restart_left.yml", run_once=True),)),
        Part("", (Row("wave_step", "result", register="wave_result", run_once=True),)),
        Part(
            "",
            (
                Row(
                    "report",
                    "",
                    when="wave_report_path | length > 0 and item.servers | length > 0",
                    register="_wave_report",
                    run_once=True,
                    ignore_errors=True,
                ),
            ),
        ),
        Part(
            "",
            (Row("include_tasks", "{{ _wave_tasks.summary }}", when="_wave_tasks.summary | default('') | length > 0"),),
        ),
        Part("", (Row("wave_step", "summary", run_once=True),)),
    ),
    "test_target.yml": (
        Part("", (Row("wave_host", "probe", register="_wave_tested", decided=True),)),
        Part("", (Row("include_tasks", "own_test.yml", when="_wave_tested.own | default(false)"),)),
    ),
    "thaw.yml": (
        Part("", (Row("include_tasks", "begin.yml"),)),
        Part("", (Row("fail", "", when="_wave_removal.step is defined"),)),
        Part("", (Row("include_tasks", "restart.yml"),)),
        Part("", (Row("debug", ""),)),
    ),
}
