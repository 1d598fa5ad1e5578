# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import ansible.constants as C
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import (
    _begin,
    _context,
    _gates,
    _hosts,
    _play,
    _steps,
    _summary,
    _validation,
)

# The steps that the user's own tasks replace. In the others they run besides the actions that check and prove.
_REPLACEABLE = ("check", "replicate", "synchronize", "settle", "wait")
_OWN_PLAYBOOKS = "ansible_collections/huaweicloud/sms/playbooks"


class ActionModule(_base.FleetAction):
    """Takes one step of a wave for all of its hosts, with one query per account.

    A problem of some hosts is no failure of the task. It is in the result of these hosts, and the role removes them.
    """

    OPTIONS: ClassVar[_base.Spec] = {
        "step": {
            "type": "str",
            "required": True,
            "choices": ["begin", "begin_thaw", "ask", "result", *_gates.STEPS],
        },
        "memory": {"type": "dict", "default": {}},
        "rows": {"type": "list", "elements": "dict", "default": []},
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        step = options["step"]
        begins = step.startswith("begin")
        _play.check(self._task, task_vars, has_begun=not begins)
        # Not ansible_play_batch: Ansible takes hosts out of it that fail, and these may be frozen.
        batch = [*map(str, task_vars[_hosts.SETTINGS]["batch"])]
        hosts = _hosts.hosts_from(task_vars["hostvars"], batch, validated=not begins)
        if begins:
            return _begin.begin(self._run_of(step, hosts, task_vars), hosts, self._complete)
        context = self._context_of(options, task_vars, hosts)
        if step == "result":
            return _summary.collect(context, task_vars["hostvars"], self._complete)
        if step == "summary":
            self.show("\n".join(_summary.table(options["rows"])))
            return {"changed": False}
        left = [host for host in hosts if host.name in context.alive and not host.removal]
        if step == "ask":
            return self._ask(context, left)
        # The user's own tasks take the place of the query, for the hosts that have them.
        own = [host for host in left if step in _REPLACEABLE and host.tasks(step)]
        with _accounts.open_accounts([host for host in left if host not in own], self._complete) as accounts:
            result = _steps.run_step(context, accounts)
        result["hosts"].update({host.name: {"go": True, "failed": False, "msg": ""} for host in own})
        return result

    def _run_of(self, step: str, hosts: list[_hosts.Host], given: _base.TaskVars) -> _validation.Run:
        thaws = step == "begin_thaw"
        own_tags = set(self._task.tags) - {"always"}
        run_tags, skip_tags = given.get("ansible_run_tags") or ["all"], given.get("ansible_skip_tags") or []
        selected = _validation.selected_steps(own_tags, run_tags, skip_tags)
        return _validation.Run(
            strategy=_play.strategy_of(self._task),
            selected=frozenset() if thaws else selected,
            hosts_in_play=len(given["ansible_play_hosts_all"]),
            check_mode=self._task.check_mode,
            interactive=_validation.is_interactive(os.environ, str(C.DEFAULT_STDOUT_CALLBACK)),
            folders=_folders(str(given.get("playbook_dir", ""))),
            thaws=thaws,
        )

    def _context_of(
        self, options: Mapping[str, Any], given: _base.TaskVars, hosts: list[_hosts.Host]
    ) -> _context.StepContext:
        return _context.StepContext(
            step=options["step"],
            memory=options["memory"],
            check_mode=self._task.check_mode,
            run=next(host.settings for host in hosts if host.settings),
            play_size=len(given["ansible_play_hosts_all"]),
            removed=sum(bool(host.removal) for host in hosts),
            batch=[host.name for host in hosts],
            alive={*map(str, given["ansible_play_batch"])},
            limits=_limits_of(self._task),
            folders=_folders(str(given.get("playbook_dir", ""))),
            selected=given[_hosts.VALIDATION]["run"]["selected"],
            show=self.show,
            warn=self.warn,
        )

    def _ask(self, context: _context.StepContext, hosts: Iterable[_hosts.Host]) -> dict[str, Any]:
        asked = [
            host
            for host in hosts
            if host.launch.get("offered") and host.settings.get("launch") == "ask" and not host.tasks("launch")
        ]
        names = [host.name for host in asked]
        if not asked:
            return {"changed": False, "asked": names}
        answer = _begin.ask(names, float(context.run["ask_timeout"]))
        if answer["launched"]:
            return {**answer, "asked": names}
        with _accounts.open_accounts(asked, self._complete) as accounts:
            return {**answer, "asked": names, "seen_at": _begin.look(accounts)}

    def _complete(self, connection: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the options for the connection of a host, completed by ``module_defaults``."""
        return self.complete({**(self._task.args.get("connection") or {}), **connection})


def _limits_of(task: Any) -> tuple[float | None, bool]:
    """Return the keywords ``max_fail_percentage`` and ``any_errors_fatal`` of the play."""
    play = _play.play_of(task)
    return getattr(play, "max_fail_percentage", None), bool(getattr(play, "any_errors_fatal", False))


def _folders(playbook_folder: str) -> list[Path]:
    """Return the folders for relative paths of the user: the playbook's, then the one where Ansible was started."""
    own = not playbook_folder or playbook_folder.rstrip("/").endswith(_OWN_PLAYBOOKS)
    return [*([] if own else [Path(playbook_folder)]), Path.cwd()]
