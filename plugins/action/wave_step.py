# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _new_task
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _context, _gates, _hosts, _steps, _summary

# What the role asks besides.
_QUESTIONS = ("begin", "verify", "drop_out", "thaw")
_OWN_PLAYBOOKS = "ansible_collections/huaweicloud/sms/playbooks"


class ActionModule(_base.FleetAction):
    """What one step of a wave means for each of its hosts, as SMS says at that moment, asked for all of them at once.

    It does not fail for what is wrong with some of the hosts: it says so of each, and the role fails these.
    """

    OPTIONS: ClassVar[_base.Spec] = {
        "step": {
            "type": "str",
            "required": True,
            "choices": [*_gates.STEPS, *_QUESTIONS],
        },
        "memory": {"type": "dict", "default": {}},
        "fail_on": {"type": "list", "elements": "str", "default": list(_readiness.BLOCKING_KINDS)},
        "start": {"type": "bool", "default": False},
        "target": {"type": "dict", "options": _new_task.TARGET_SPEC},
        "settings": {"type": "dict", "options": _new_task.SETTINGS_SPEC},
        "max_running": {"type": "int"},
        "launch": {"type": "str", "default": "ask", "choices": ["ask", "api", "none"]},
        "launch_operation": {"type": "str", "default": "test", "choices": ["test", "cutover"]},
        "confirm": {"type": "int"},
        "settle": {"type": "float", "default": 900},
        "wait_timeout": {"type": "float", "default": 14400},
        "interval": {"type": "float", "default": 30},
        "disconnected_timeout": {"type": "float", "default": 900},
        "path": {"type": "path"},
        "connect_with": {
            "type": "str",
            "default": "target_private",
            "choices": ["target_private", "target_public"],
        },
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        given = task_vars
        if _hosts.SETTINGS not in given:
            raise OptionsError(
                "The wave has not begun here: this belongs to the role huaweicloud.sms.wave. To take up some of its"
                " steps, use --tags, such as --tags launch,wait, instead of --start-at-task."
            )
        plan = self._plan(options, given)
        # Ansible takes hosts out of ansible_play_batch although it runs a rescue for them, if a task with run_once
        # failed. Hosts that were removed from the wave are asked about in any case: they may be frozen.
        hosts = _hosts.hosts_from(given["hostvars"], plan.batch)
        dropped = [host for host in hosts if host.fate]
        left = [host for host in hosts if host.name in plan.alive and not host.fate]
        plan = replace(plan, dropped=len(dropped))
        if plan.step == "begin":
            return _steps.begin(plan, left)
        if plan.step == "summary":
            return _summary.summarise(plan, given["hostvars"], self._complete)
        with _accounts.open_accounts(dropped if plan.step == "drop_out" else left, self._complete) as accounts:
            return _steps.do(plan, accounts)

    def _plan(self, options: Mapping[str, Any], given: _base.TaskVars) -> _context.Plan:
        return _context.Plan(
            options=options,
            check_mode=self._task.check_mode,
            play_size=len(given["ansible_play_hosts_all"]),
            dropped=0,
            batch=[*map(str, given[_hosts.SETTINGS]["batch"])],
            alive={*map(str, given["ansible_play_batch"])},
            limits=_limits_of(self._task),
            folders=_folders(str(given.get("playbook_dir", ""))),
            show=self.show,
            warn=self.warn,
        )

    def _complete(self, connection: Mapping[str, Any]) -> Mapping[str, Any]:
        """A host's own connection, completed by ``module_defaults``."""
        return self.complete({**(self._task.args.get("connection") or {}), **connection})


def _limits_of(task: Any) -> tuple[float | None, bool]:
    """What the play says of how many hosts may drop out: ``max_fail_percentage`` and ``any_errors_fatal``."""
    play = getattr(task, "_parent", None) and task._parent._play
    return getattr(play, "max_fail_percentage", None), bool(getattr(play, "any_errors_fatal", False))


def _folders(playbook_folder: str) -> list[Path]:
    """Where relative paths of the user's are looked for: beside the user's own playbook, then where Ansible began."""
    own = not playbook_folder or playbook_folder.rstrip("/").endswith(_OWN_PLAYBOOKS)
    return [*([] if own else [Path(playbook_folder)]), Path.cwd()]
