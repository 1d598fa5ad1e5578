# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _rules
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._outcome import Job
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import (
    CONFIRMED_GOALS,
    Rollout,
    RolloutOptions,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base, _server_options

_CREATING_GOALS = ("present", "started")
_FILTERS = [name for name in _argument_spec.FILTER_SPEC if name != "state"]


class ActionModule(_base.FleetAction):
    """Brings the tasks of source servers to a state. Only an action plugin can show the progress."""

    OPTIONS: ClassVar[_base.Spec] = {
        "state": {"type": "str", "required": True, "choices": list(_rules.GOALS)},
        # Names, or dictionaries with a target and settings of their own.
        "servers": {**_base.SERVERS_SPEC["servers"], "elements": "raw"},
        **_server_options.NEW_TASK_SPEC,
        **_server_options.CONFIGURATION_SPEC,
        "confirm": {"type": "int"},
        "launch_operation": {"type": "str", "default": RolloutOptions.launch_operation, "choices": ["test", "cutover"]},
        "overwrite_launched": {"type": "bool", "default": RolloutOptions.overwrite_launched},
        "delete_snapshots": {"type": "bool", "default": RolloutOptions.delete_snapshots},
        "max_running": {"type": "int"},
        "wait": {"type": "bool", "default": RolloutOptions.wait},
        "wait_timeout": {"type": "float", "default": RolloutOptions.wait_timeout},
        "interval": {"type": "float", "default": RolloutOptions.interval},
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        if not options["servers"] and self._task.args.get("servers") is not None:
            return {"changed": False, "msg": "servers is empty: there is nothing to do.", "to_change": 0, "servers": []}
        named = _server_options.named_servers(options["servers"], options)
        _check(options, named)
        new_task = _server_options.new_task_from(options)
        with _connection.connect(options) as client:
            # The option state is the goal here, not the filter of that name.
            query = _query.query_from({**options, "state": None})
            records = _source_servers.list_servers(client, query)
            servers = _server_options.select(records, named, task_vars.get("hostvars") or {})
            if not servers:
                raise _selection.SelectionError("No source server matches the filters: there is nothing to do.")
            # While it waits, filters such as the state do not match a server any more.
            listing = partial(_source_servers.list_servers, client, query.lasting)
            jobs = [Job(client, record, own or new_task, options["launch_operation"]) for record, own in servers]
            rollout_options = RolloutOptions.from_options(options)
            return self._carry_out(Rollout(rollout_options, jobs, {client: listing}, self.show))

    def _carry_out(self, rollout: Rollout) -> dict[str, Any]:
        rollout.prepare(self._task.check_mode)
        rollout.check_targets()
        if problem := rollout.confirmation_problem(self._task.check_mode):
            return rollout.reject(problem)
        if self._task.check_mode:
            rollout.predict()
        else:
            rollout.act()
        return rollout.result(self._task.check_mode, self._task.diff)


def _check(options: Mapping[str, Any], named: Sequence[_server_options.NamedServer]) -> None:
    """
    :raises OptionsError: a value is out of range, options do not fit together, or no server is selected.
    """
    for name, least in (("wait_timeout", 0), ("interval", 0.1), ("max_running", 1), ("confirm", 0)):
        if options[name] is not None and not options[name] >= least:
            raise OptionsError(f"{name}: {options[name]} is less than {least}.")
    goal = options["state"]
    for name, goals in (
        ("settings", _CREATING_GOALS),
        ("target", _CREATING_GOALS),
        ("speed_rules", _CREATING_GOALS),
        ("options", _CREATING_GOALS),
        ("confirm", CONFIRMED_GOALS),
        ("max_running", ("started",)),
        ("overwrite_launched", ("started",)),
        ("delete_snapshots", ("absent",)),
    ):
        if options[name] and goal not in goals:
            raise OptionsError(f"{name} has no meaning with state: {goal}, only with {' or '.join(goals)}.")
    if goal not in _CREATING_GOALS and (own := [_text.plain(one.server) for one in named if one.new_task]):
        raise OptionsError(
            f"servers: {_text.some_of(own)}: target and settings have no meaning with state: {goal}, only with"
            f" {' or '.join(_CREATING_GOALS)}."
        )
    filters = _query.query_from({name: options[name] for name in _FILTERS}, environ={}).filters
    if not options["servers"] and not filters:
        raise OptionsError("Say which servers are meant, by servers or by filters: all that SMS knows is no choice.")
