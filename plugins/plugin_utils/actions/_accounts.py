# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the hosts of a wave, and what SMS says of all of them together.

Each account is asked once, whatever the number of its hosts. What cannot be asked fails for the hosts of that account.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record

# What each host's variables say, and what became of it, as the role notes them down.
SETTINGS, CONNECTION, FATE, MARK = "_wave_host", "_wave_connection", "_wave_fate", "_wave_mark"


class Host(NamedTuple):
    """A host of the wave.

    :ivar settings: what its variables say.
    :ivar connection: how its account is asked.
    :ivar fate: where and why it dropped out; empty where it did not.
    :ivar mark: what was read of its mark in this step.
    """

    name: str
    server_id: str
    settings: Mapping[str, Any]
    connection: Mapping[str, Any]
    fate: Mapping[str, Any]
    mark: Mapping[str, Any]

    @property
    def services(self) -> Any:
        """What the user says is to be stopped; None where nothing is said."""
        return self.settings.get("services") if self.settings.get("services_given") else None

    @property
    def freezes_nothing(self) -> bool:
        """Whether it has nothing to freeze, by its owner's own words."""
        return self.services == [] and not self.tasks("freeze")

    def tasks(self, step: str) -> str:
        """The user's own tasks for a step; empty where there are none."""
        return str((self.settings.get("tasks") or {}).get(step) or "")


# The account of a task in a play that has no hosts of SMS.
_TASK = Host("", "of the task", {}, {}, {}, {})


def hosts_from(hostvars: Mapping[str, Any], names: Iterable[str]) -> list[Host]:
    """Hosts by what their variables say."""
    hosts = []
    for name in names:
        variables = hostvars[name]
        found = {key: _copy(variables.get(key)) for key in (SETTINGS, CONNECTION, FATE, MARK)}
        given = {key: value if isinstance(value, Mapping) else {} for key, value in found.items()}
        server_id = str(given[SETTINGS].get("id") or "")
        hosts.append(Host(name, server_id, given[SETTINGS], given[CONNECTION], given[FATE], given[MARK]))
    return hosts


def _copy(value: Any) -> Any:
    """The value without whatever Ansible knows of it."""
    if isinstance(value, Mapping):
        return {str(key): _copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(item) for item in value]
    return str(value) if isinstance(value, str) else value


class Account:
    """The hosts of one account, and who asks SMS about them."""

    def __init__(self, hosts: Sequence[Host], client: _connection.Client) -> None:
        self.hosts = hosts
        self.client = client
        self.query = _query.query_from({}).lasting

    def list_servers(self, deadline: Deadline | None = None) -> dict[str, Record]:
        """Those of its hosts that SMS knows.

        :raises SmsError: the list could not be had.
        """
        records = {record["id"]: record for record in _source_servers.list_servers(self.client, self.query, deadline)}
        return {host.name: records[host.server_id] for host in self.hosts if host.server_id in records}


class Sight(NamedTuple):
    """What SMS says of the hosts at one moment.

    :ivar records: by the hosts' names; a host that SMS does not know is not among them.
    :ivar problems: why nothing is known of other hosts, by their names.
    :ivar final: the hosts among these for which it makes no sense to ask again.
    """

    records: Mapping[str, Record]
    problems: Mapping[str, str]
    final: Collection[str] = ()


class Fleet(ExitStack):
    """All hosts of a step, account by account. Close it, or use it as a context manager.

    :param options_of: completes a host's connection options, which may be an error.
    """

    def __init__(self, hosts: Sequence[Host], options_of: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        super().__init__()
        self.hosts = hosts
        self.accounts: list[Account] = []
        self.problems: dict[str, str] = {
            host.name: "It is no source server of SMS: its variable sms_id is missing."
            for host in hosts
            if not host.server_id
        }
        for group in _by_connection([host for host in hosts if host.server_id]):
            try:
                options = options_of(group[0].connection)
                client = self.enter_context(_connection.connect(options))
                self.accounts.append(Account(group, client))
            except SmsError as error:
                self.problems.update({host.name: str(error) for host in group})

    def look(self, deadline: Deadline | None = None) -> Sight:
        """Ask SMS for all servers, once an account."""
        records: dict[str, Record] = {}
        problems = dict(self.problems)
        final = set(self.problems)
        for account in self.accounts:
            try:
                records.update(account.list_servers(deadline))
            except SmsError as error:
                problems.update({host.name: f"SMS could not be asked: {error}" for host in account.hosts})
                if error.final:
                    final.update(host.name for host in account.hosts)
        return Sight(records, problems, final)


def accounts_of_play(
    variables: Mapping[str, Any],
    prefix: str,
    options: Mapping[str, Any],
    options_of: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> Fleet:
    """The accounts that the hosts of the play are in, for a role that notes down each host's connection as a fact.

    :param prefix: what the role's variables begin with; empty for a task of the user's own.
    :param options: whom a task asks that has no such hosts.
    :return: a fleet in which each account can be asked.
    :raises SmsError: one cannot.
    """
    hosts = []
    for name in variables.get("ansible_play_batch") or () if prefix else ():
        given = variables["hostvars"][name]
        if given.get("sms_id") and isinstance(given.get(f"_{prefix}account"), Mapping):
            hosts.append(Host(name, str(given["sms_id"]), {}, _copy(given[f"_{prefix}account"]), {}, {}))
    fleet = Fleet(hosts, options_of) if hosts else Fleet([_TASK], lambda connection: options)
    for problem in fleet.problems.values():
        fleet.close()
        raise SmsError(problem)
    return fleet


def list_all(fleet: Fleet, query: _query.Query, deadline: Deadline | None = None) -> list[Record]:
    """All servers of all accounts that match, each once.

    :raises SmsError: one of the lists could not be had.
    """
    return each_once(_source_servers.list_servers(account.client, query, deadline) for account in fleet.accounts)


def each_once(lists: Iterable[Iterable[Record]]) -> list[Record]:
    """The servers in lists of several accounts; two that are one account list the same ones."""
    return [*{record["id"]: record for records in lists for record in records}.values()]


def _by_connection(hosts: Iterable[Host]) -> list[list[Host]]:
    groups: dict[str, list[Host]] = {}
    for host in hosts:
        groups.setdefault(json.dumps(host.connection, sort_keys=True, default=str), []).append(host)
    return list(groups.values())
