# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils import _client, _fleet, _listing, _options
from ansible_collections.huaweicloud.sms.plugins.module_utils._errors import ApiError, OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils import _actions

# The other filters may stop to match a server while it migrates.
_LASTING_FILTERS = ("id", "enterprise_project_id")
_BACK_OFF = 1.5
_SERVERS_SHOWN = 20


class ActionModule(_actions.FleetAction):
    """Waits until servers reach a migration cycle. Polls itself, since only an action plugin can show how it goes."""

    OPTIONS: ClassVar[_actions.Spec] = {
        "cycles": {"type": "list", "elements": "str", "required": True},
        "wait_timeout": {"type": "float", "default": 14400},
        "interval": {"type": "float", "default": 30},
        "max_interval": {"type": "float", "default": 300},
        "tolerated_failures": {"type": "int", "default": 5},
    }

    def act(self, options: Mapping[str, Any]) -> dict[str, Any]:
        _check_ranges(options)
        self._warn_of_unknown(options["cycles"])
        deadline = time.monotonic() + options["wait_timeout"]
        with _client.Client(_options.settings_from(options)) as client:
            query = _options.query_from(options)
            records = _fleet.chosen(_list(client, query), options["servers"])
            if not records:
                raise _fleet.SelectionError("No source server matches the filters: there is nothing to wait for.")
            wave = _Wave(records, options["cycles"])
            self._show(wave)
            if self._task.check_mode:
                return wave.result(f"Would wait for {len(wave.waiting)} of {len(records)} source servers.")
            lasting = {name: value for name, value in query.parameters.items() if name in _LASTING_FILTERS}
            return self._wait(wave, lambda: _list(client, _options.Query(lasting)), options, deadline)

    def _wait(
        self,
        wave: _Wave,
        list_servers: Callable[[], list[_listing.Record]],
        options: Mapping[str, Any],
        deadline: float,
    ) -> dict[str, Any]:
        """Ask again and again, until all servers are there, one cannot get there, or the time is up."""
        interval = options["interval"]
        failures = 0
        while wave.waiting and not wave.failed:
            left = deadline - time.monotonic()
            if left <= 0:
                late = _fleet.listed([*map(_fleet.label, wave.waiting)])
                return wave.failure(
                    f"Time is up after {_fleet.duration_in_words(options['wait_timeout'])}: not yet in {wave.goal} are"
                    f" {late}. Raise wait_timeout to wait longer."
                )
            time.sleep(min(interval, left))
            interval = min(interval * _BACK_OFF, max(options["max_interval"], options["interval"]))
            try:
                wave.update(list_servers())
                failures = 0
            except SmsError as error:
                failures += 1
                if failures > options["tolerated_failures"] or (isinstance(error, ApiError) and error.refused):
                    raise
                self._display.warning(f"The source servers cannot be listed just now, and will be again: {error}")
                continue
            self._show(wave)
        if wave.failed:
            return wave.failure(f"These source servers will not get to {wave.goal}: {_fleet.listed(wave.failed)}.")
        return wave.result(f"All {len(wave.servers)} source servers have reached {wave.goal}.")

    def _show(self, wave: _Wave) -> None:
        self._display.display("\n".join([f"{time.strftime('%H:%M:%S')}  {wave.headline}", *wave.lines]))

    def _warn_of_unknown(self, cycles: Iterable[str]) -> None:
        unknown = [cycle for cycle in cycles if cycle not in _fleet.CYCLES]
        if unknown:
            self._display.warning(
                f"No migration cycle called {', '.join(unknown)} is documented; waiting for it all the same."
                f" The documented ones are {', '.join(_fleet.CYCLES)}."
            )


class _Wave:
    """The servers that are waited for.

    :ivar servers: the latest record by ID.
    :ivar missing: IDs of the servers that have disappeared.
    """

    def __init__(self, records: Sequence[_fleet.Record], cycles: Sequence[str]) -> None:
        self.servers = {record["id"]: record for record in records}
        self.missing: set[str] = set()
        self._cycles = cycles

    def update(self, records: Iterable[_fleet.Record]) -> None:
        """Take over a complete listing."""
        listed = {record["id"]: record for record in records}
        self.missing = self.servers.keys() - listed.keys()
        self.servers = {server_id: listed.get(server_id, record) for server_id, record in self.servers.items()}

    @property
    def goal(self) -> str:
        return " or ".join(self._cycles)

    @property
    def waiting(self) -> list[_fleet.Record]:
        """The servers that have not reached the goal, the one with the least progress first."""
        waiting = [record for record in self.servers.values() if not self._has_reached(record)]
        return sorted(waiting, key=lambda record: (_fleet.progress_of(record).percent or 0, str(record.get("name"))))

    @property
    def failed(self) -> list[str]:
        """In words, the servers that cannot reach the goal."""
        in_error = [record for record in self.servers.values() if record.get("state") == _fleet.FAILED_STATE]
        gone = [self.servers[server_id] for server_id in self.missing]
        return [
            *(f"{_fleet.label(record)} is in the state {_fleet.FAILED_STATE}" for record in in_error),
            *(f"{_fleet.label(record)} is no longer registered" for record in gone),
        ]

    @property
    def headline(self) -> str:
        progress = _fleet.combined(map(_fleet.progress_of, self.servers.values()))
        arrived = len(self.servers) - len(self.waiting)
        words = _fleet.progress_in_words(progress)
        return f"{arrived} of {len(self.servers)} servers in {self.goal}{': ' if words else ''}{words}"

    @property
    def lines(self) -> list[str]:
        """How far the servers are that are still waited for."""
        waiting = self.waiting
        rows = [
            ("        ", _fleet.label(record), record.get("state"), record.get("migration_cycle"), _details(record))
            for record in waiting[:_SERVERS_SHOWN]
        ]
        more = len(waiting) - len(rows)
        return [*_fleet.table(rows), *([f"          and {more} more"] if more else [])]

    def result(self, message: str) -> dict[str, Any]:
        fields = ("id", "name", "state", "migration_cycle", "connected")
        return {
            "changed": False,
            "msg": message,
            "servers": [
                {
                    **{field: record.get(field) for field in fields},
                    "reached": self._has_reached(record),
                    "progress": _fleet.progress_of(record).percent,
                }
                for record in self.servers.values()
            ],
        }

    def failure(self, message: str) -> dict[str, Any]:
        return {**self.result(message), "failed": True}

    def _has_reached(self, record: _fleet.Record) -> bool:
        if record["id"] in self.missing or record.get("state") == _fleet.FAILED_STATE:
            return False
        return _fleet.has_reached(record, self._cycles)


def _list(client: _client.Client, query: _options.Query) -> list[_listing.Record]:
    return _actions.list_servers(client, query)


def _check_ranges(options: Mapping[str, Any]) -> None:
    for name, least in (("wait_timeout", 0), ("interval", 0.1), ("max_interval", 0.1), ("tolerated_failures", 0)):
        if not options[name] >= least:
            raise OptionsError(f"{name}: {options[name]} is less than {least}.")
    if not options["cycles"]:
        raise OptionsError("cycles is empty: name at least one migration cycle to wait for, such as syncing.")


def _details(record: _fleet.Record) -> str:
    words = _fleet.progress_in_words(_fleet.progress_of(record))
    return words if record.get("connected") is True else f"DISCONNECTED{', ' if words else ''}{words}"
