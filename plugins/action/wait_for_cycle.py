# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    ApiError,
    DeadlineError,
    OptionsError,
    SmsError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import Watch
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._waiting import Waiting, WaitOptions

_FORBIDDEN = 403
_PROJECT = "enterprise_project_id"
_BACK_OFF = 1.5
# The part of the time that is reserved for the last query, so that the action ends within wait_timeout.
_LAST_QUERY = 0.1
_MINIMA = {
    "wait_timeout": 0,
    "interval": 0.1,
    "max_interval": 0.1,
    "tolerated_failures": 0,
    "disconnected_timeout": 0,
}


class ActionModule(_base.FleetAction):
    """Waits until servers reach a migration cycle. It polls itself: only an action plugin can print the progress."""

    OPTIONS: ClassVar[_base.Spec] = {
        "cycles": {"type": "list", "elements": "str", "required": True},
        "wait_timeout": {"type": "float", "default": WaitOptions.wait_timeout},
        "interval": {"type": "float", "default": WaitOptions.interval},
        "max_interval": {"type": "float", "default": WaitOptions.max_interval},
        "tolerated_failures": {"type": "int", "default": WaitOptions.tolerated_failures},
        "disconnected_timeout": {"type": "float", "default": WaitOptions.disconnected_timeout},
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        _check_ranges(options)
        self._warn_of_unknown(options["cycles"])
        wait = WaitOptions.from_options(options)
        watch = Watch(wait.wait_timeout, wait.interval)
        query = _query.query_from(options)
        with _accounts.accounts_of_play(task_vars, self._prefix(), options, self.complete) as accounts:
            listed = _accounts.each_once(_list_first(one.client, query, watch.deadline) for one in accounts.accounts)
            records = self.select(listed, options["servers"], task_vars)
            if not records:
                raise _selection.SelectionError("No source server matches the filters: there is nothing to wait for.")
            waiting = Waiting(records, wait.cycles, wait.disconnected_timeout, time.monotonic())
            self._show(waiting)
            if self._task.check_mode:
                return waiting.result(f"Would wait for {len(waiting.waiting)} of {len(records)} source servers.")
            return self._wait(waiting, lambda: self._list_again(accounts, query, waiting, watch.deadline), wait, watch)

    def _wait(
        self, waiting: Waiting, list_servers: Callable[[], list[Record]], options: WaitOptions, watch: Watch
    ) -> dict[str, Any]:
        """Poll until all servers have arrived, one cannot arrive, or the time is up."""
        deadline, interval, failures, problem = watch.deadline, options.interval, 0, ""
        reserved = min(options.timeout, options.wait_timeout * _LAST_QUERY)
        while waiting.waiting and not waiting.obstacles:
            left = deadline.left() - reserved
            if left <= 0:
                advice = f"Raise {self._timeout_name} to wait longer.{problem}"
                return waiting.failure(f"{_time_is_up(deadline)}: {waiting.stragglers}. {advice}")
            watch.sleep(min(interval, left))
            interval = min(interval * _BACK_OFF, max(options.max_interval, options.interval))
            try:
                waiting.update(list_servers(), time.monotonic())
            except SmsError as error:
                failures, problem = failures + 1, f" The last look failed: {error}"
                if error.final or (failures > options.tolerated_failures and not deadline.over):
                    return waiting.failure(str(error))
                self.warn(f"The source servers cannot be listed just now, and will be again: {error}")
            else:
                failures, problem = 0, ""
                self._show(waiting)
        if waiting.obstacles:
            return waiting.failure_by_obstacles()
        return waiting.result(f"All {len(waiting.servers)} source servers have reached {waiting.goal}.")

    @property
    def _timeout_name(self) -> str:
        """The name of the timeout for the user: a variable of the role, or an option."""
        return f"{self._prefix()}timeout" if self._prefix() else "wait_timeout"

    def _list_again(
        self, accounts: _accounts.PlayAccounts, query: _query.Query, waiting: Waiting, deadline: Deadline
    ) -> list[Record]:
        """Return the current records of the servers, and of others.

        :raises SmsError: they cannot be listed.
        """
        lasting = dict(query.lasting.parameters)
        records = accounts.list_servers(_query.Query(lasting), deadline)
        if _PROJECT not in lasting or not waiting.lacks(records):
            return records
        # A server may have been moved to another enterprise project, which does not end its migration.
        del lasting[_PROJECT]
        try:
            return [*accounts.list_servers(_query.Query(lasting), deadline), *records]
        except ApiError as error:
            if error.failure.status != _FORBIDDEN:
                raise
            self.warn(f"Servers that have left the enterprise project cannot be looked for: {error}")
            return records

    def _show(self, waiting: Waiting) -> None:
        self.show("\n".join([f"{time.strftime('%H:%M:%S')}  {waiting.headline}", *waiting.lines]))

    def _warn_of_unknown(self, cycles: Iterable[str]) -> None:
        unknown = [cycle for cycle in cycles if cycle not in _states.CYCLES]
        if unknown:
            self.warn(
                f"No migration cycle called {', '.join(unknown)} is documented; waiting for it all the same."
                f" The documented ones are {', '.join(_states.CYCLES)}."
            )


def _list_first(client: _client.Client, query: _query.Query, deadline: Deadline) -> list[Record]:
    """Return the servers of an account.

    :raises SmsError: they cannot be listed, or not within the time.
    """
    # wait_timeout: 0 means one query, which has the time of any other query.
    if not deadline.seconds:
        return _source_servers.list_servers(client, query)
    try:
        return _source_servers.list_servers(client, query, deadline)
    except DeadlineError:
        if not deadline.over:
            raise
        raise DeadlineError(
            f"{_time_is_up(deadline)}, before the first list of the source servers at {client.endpoint} was complete."
            " Raise wait_timeout, or check endpoint and proxies in between."
        ) from None


def _time_is_up(deadline: Deadline) -> str:
    return f"Time is up after {_text.duration(deadline.seconds)}"


def _check_ranges(options: Mapping[str, Any]) -> None:
    """
    :raises OptionsError: an option is out of its range.
    """
    for name, minimum in _MINIMA.items():
        # Not "<", which is false for nan.
        if not options[name] >= minimum:
            raise OptionsError(f"{name}: {options[name]} is less than {minimum}.")
    if not options["cycles"]:
        raise OptionsError("cycles is empty: name at least one migration cycle to wait for, such as syncing.")
