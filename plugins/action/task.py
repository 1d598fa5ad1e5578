# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _new_task
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import CONFIRMED, Rollout
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base

_GOALS = ("present", "started", "paused", "launched", "cleared", "absent")
_ORDERING = ("present", "started")
_FILTERS = [name for name in _argument_spec.FILTER_SPEC if name != "state"]


class ActionModule(_base.FleetAction):
    """Brings the tasks of source servers to a state. An action plugin, since only that can show how it goes."""

    OPTIONS: ClassVar[_base.Spec] = {
        "state": {"type": "str", "required": True, "choices": list(_GOALS)},
        "settings": {"type": "dict", "options": _new_task.SETTINGS_SPEC},
        "target": {"type": "dict", "options": _new_task.TARGET_SPEC},
        "confirm": {"type": "int"},
        "launch_operation": {"type": "str", "default": "test", "choices": ["test", "cutover"]},
        "overwrite_launched": {"type": "bool", "default": False},
        "delete_snapshots": {"type": "bool", "default": False},
        "max_running": {"type": "int"},
        "wait": {"type": "bool", "default": False},
        "wait_timeout": {"type": "float", "default": 14400},
        "interval": {"type": "float", "default": 30},
    }

    def act(self, options: Mapping[str, Any]) -> dict[str, Any]:
        if not options["servers"] and self._task.args.get("servers") is not None:
            return {"changed": False, "msg": "servers is empty: there is nothing to do.", "to_change": 0, "servers": []}
        _check(options)
        new_task = _new_task.NewTask(options["settings"], options["target"])
        with _connection.connect(options) as client:
            # state is the one that is asked for, not the filter of that name.
            query = _query.query_from({**options, "state": None})
            records = _source_servers.list_servers(client, query)
            wave = self.select(records, options["servers"])
            if not wave:
                raise _selection.SelectionError("No source server matches the filters: there is nothing to do.")
            return self._run_rollout(
                Rollout(
                    client,
                    options,
                    new_task,
                    wave,
                    partial(_source_servers.list_servers, client, query.lasting),
                    self.show,
                )
            )

    def _run_rollout(self, rollout: Rollout) -> dict[str, Any]:
        rollout.prepare(self._task.check_mode)
        rollout.check_single_target()
        if problem := rollout.confirmation_problem(self._task.check_mode):
            return {**rollout.refuse(), "failed": True, "msg": problem}
        if self._task.check_mode:
            rollout.predict()
        else:
            rollout.act()
        return rollout.result(self._task.check_mode, self._task.diff)


def _check(options: Mapping[str, Any]) -> None:
    """
    :raises OptionsError: the options do not fit together, or would mean more than is said.
    """
    for name, least in (("wait_timeout", 0), ("interval", 0.1), ("max_running", 1), ("confirm", 0)):
        if options[name] is not None and not options[name] >= least:
            raise OptionsError(f"{name}: {options[name]} is less than {least}.")
    goal = options["state"]
    for name, goals in (
        ("settings", _ORDERING),
        ("target", _ORDERING),
        ("confirm", CONFIRMED),
        ("max_running", ("started",)),
        ("overwrite_launched", ("started",)),
        ("delete_snapshots", ("absent",)),
    ):
        if options[name] and goal not in goals:
            raise OptionsError(f"{name} has no meaning with state: {goal}, only with {' or '.join(goals)}.")
    filters = _query.query_from({name: options[name] for name in _FILTERS}, environ={}).filters
    if not options["servers"] and not filters:
        raise OptionsError("Say which servers are meant, by servers or by filters: all that SMS knows is no choice.")
