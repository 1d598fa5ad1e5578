# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _new_task
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _context, _gates, _hosts, _steps, _summary

# What the role queries besides the steps.
_QUERIES = ("begin", "verify", "remove", "thaw")
_OWN_PLAYBOOKS = "ansible_collections/huaweicloud/sms/playbooks"


class ActionModule(_base.FleetAction):
    """Takes one step of a wave for all of its hosts, with one query per account.

    A problem of some hosts is no failure of the task. It is in the result of these hosts, and the role removes them.
    """

    OPTIONS: ClassVar[_base.Spec] = {
        "step": {
            "type": "str",
            "required": True,
            "choices": [*_gates.STEPS, *_QUERIES],
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
        if _hosts.SETTINGS not in task_vars:
            raise OptionsError(
                "The wave has not begun here: this belongs to the role huaweicloud.sms.wave. To take up some of its"
                " steps, use --tags, such as --tags launch,wait, instead of --start-at-task."
            )
        context = self._context(options, task_vars)
        # If a task with run_once fails, Ansible takes hosts out of ansible_play_batch for which it runs the rescue.
        # Hosts that were removed from the wave may be frozen, so that none of them is left out.
        hosts = _hosts.hosts_from(task_vars["hostvars"], context.batch)
        removed = [host for host in hosts if host.removal]
        left = [host for host in hosts if host.name in context.alive and not host.removal]
        context = replace(context, removed=len(removed))
        if context.step == "begin":
            return _steps.find_user_tasks(context, left)
        if context.step == "summary":
            return _summary.summarize(context, task_vars["hostvars"], self._complete)
        with _accounts.open_accounts(removed if context.step == "remove" else left, self._complete) as accounts:
            return _steps.run_step(context, accounts)

    def _context(self, options: Mapping[str, Any], given: _base.TaskVars) -> _context.StepContext:
        return _context.StepContext(
            options=cast("_context.StepOptions", options),
            check_mode=self._task.check_mode,
            play_size=len(given["ansible_play_hosts_all"]),
            removed=0,
            batch=[*map(str, given[_hosts.SETTINGS]["batch"])],
            alive={*map(str, given["ansible_play_batch"])},
            limits=_limits_of(self._task),
            folders=_folders(str(given.get("playbook_dir", ""))),
            show=self.show,
            warn=self.warn,
        )

    def _complete(self, connection: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the options for the connection of a host, completed by ``module_defaults``."""
        return self.complete({**(self._task.args.get("connection") or {}), **connection})


def _limits_of(task: Any) -> tuple[float | None, bool]:
    """Return the keywords ``max_fail_percentage`` and ``any_errors_fatal`` of the play."""
    play = getattr(task, "_parent", None) and task._parent._play
    return getattr(play, "max_fail_percentage", None), bool(getattr(play, "any_errors_fatal", False))


def _folders(playbook_folder: str) -> list[Path]:
    """Return the folders for relative paths of the user: the playbook's, then the one where Ansible was started."""
    own = not playbook_folder or playbook_folder.rstrip("/").endswith(_OWN_PLAYBOOKS)
    return [*([] if own else [Path(playbook_folder)]), Path.cwd()]
