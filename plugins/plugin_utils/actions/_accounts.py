# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the accounts of a play's hosts, and what SMS returns for all of them.

Each account is queried once, whatever the number of its hosts. An account that cannot be queried is a problem of its
own hosts only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record

# Returns all options of a task for the connection options of one host; raises an SmsError if they cannot be used.
OptionsOf = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class AccountHost(Protocol):
    """A host of the play that is a source server."""

    @property
    def name(self) -> str:
        """Its name in the inventory."""

    @property
    def server_id(self) -> str:
        """The ID of the source server; empty if it has none."""

    @property
    def connection(self) -> Mapping[str, Any]:
        """The connection options of its account."""


AnyHost = TypeVar("AnyHost", bound=AccountHost)


class PlayHost(NamedTuple):
    """A host of a play that runs a role other than the wave."""

    name: str
    server_id: str
    connection: Mapping[str, Any]


# Stands for the account of a task in a play without source servers.
_TASK = PlayHost("", "of the task", {})


def plain_copy(value: Any) -> Any:
    """Return a copy of a variable without Ansible's own types of texts, dictionaries and lists."""
    if isinstance(value, Mapping):
        return {str(key): plain_copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_copy(item) for item in value]
    return str(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Account(Generic[AnyHost]):
    """The hosts of one account, and the client that queries it."""

    hosts: Sequence[AnyHost]
    client: _connection.Client

    @property
    def query(self) -> _query.Query:
        """The query for all servers of the account, whatever their states are."""
        return _query.query_from({}).lasting

    def list_servers(self, deadline: Deadline | None = None) -> dict[str, Record]:
        """Return the records of its hosts by the hosts' names, without hosts that SMS does not list.

        :raises SmsError: the servers cannot be listed.
        """
        records = {record["id"]: record for record in _source_servers.list_servers(self.client, self.query, deadline)}
        return {host.name: records[host.server_id] for host in self.hosts if host.server_id in records}


class Snapshot(NamedTuple):
    """The records of the hosts at one moment.

    :ivar records: by the hosts' names, without hosts that SMS does not list.
    :ivar problems: why nothing is known about other hosts, by their names.
    :ivar final: the hosts among these for which another query would give the same error.
    """

    records: Mapping[str, Record]
    problems: Mapping[str, str]
    final: Collection[str] = ()


@dataclass(frozen=True)
class Accounts(Generic[AnyHost]):
    """The accounts of all hosts of a task.

    :ivar problems: why hosts belong to no account that can be queried, by their names.
    """

    hosts: Sequence[AnyHost]
    accounts: Sequence[Account[AnyHost]]
    problems: Mapping[str, str]

    def snapshot(self, deadline: Deadline | None = None) -> Snapshot:
        """List the source servers of each account once."""
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
        return Snapshot(records, problems, final)

    def describe(self, host: AnyHost) -> str:
        """Return the endpoint and the account that are queried for a host; empty if there are none."""
        found = (account for account in self.accounts if host in account.hosts)
        return next((_connection.describe_account(account.client) for account in found), "")

    def list_servers(self, query: _query.Query, deadline: Deadline | None = None) -> list[Record]:
        """Return all servers of all accounts that match, each once.

        :raises SmsError: one of the accounts cannot be listed.
        """
        return each_once(_source_servers.list_servers(account.client, query, deadline) for account in self.accounts)


PlayAccounts = Accounts[PlayHost]


@contextmanager
def open_accounts(hosts: Sequence[AnyHost], options_of: OptionsOf) -> Iterator[Accounts[AnyHost]]:
    """Open a client for each account of the hosts, and close all of them at the end."""
    problems = {
        host.name: "It is no source server of SMS: its variable sms_id is missing."
        for host in hosts
        if not host.server_id
    }
    accounts = []
    with ExitStack() as clients:
        for group in _by_connection([host for host in hosts if host.server_id]):
            try:
                client = clients.enter_context(_connection.connect(options_of(group[0].connection)))
            except SmsError as error:
                problems.update({host.name: str(error) for host in group})
            else:
                accounts.append(Account(group, client))
        yield Accounts(hosts, accounts, problems)


@contextmanager
def accounts_of_play(
    task_vars: Mapping[str, Any], prefix: str, options: Mapping[str, Any], options_of: OptionsOf
) -> Iterator[PlayAccounts]:
    """Open the accounts of the play's hosts, for a role that stores each host's connection as a fact.

    :param prefix: the beginning of the role's variables; empty for a task outside a role.
    :param options: the options of the task, which are used if the play has no such hosts.
    :raises SmsError: one of the accounts cannot be used.
    """
    hosts = []
    for name in task_vars.get("ansible_play_batch") or () if prefix else ():
        given = task_vars["hostvars"][name]
        if given.get("sms_id") and isinstance(given.get(f"_{prefix}account"), Mapping):
            hosts.append(PlayHost(name, str(given["sms_id"]), plain_copy(given[f"_{prefix}account"])))
    with open_accounts(hosts or [_TASK], options_of if hosts else lambda connection: options) as accounts:
        for problem in accounts.problems.values():
            raise SmsError(problem)
        yield accounts


def each_once(lists: Iterable[Iterable[Record]]) -> list[Record]:
    """Return the servers of several lists, each once: two connections may lead to one account."""
    return [*{record["id"]: record for records in lists for record in records}.values()]


def _by_connection(hosts: Iterable[AnyHost]) -> list[list[AnyHost]]:
    groups: dict[str, list[AnyHost]] = {}
    for host in hosts:
        groups.setdefault(json.dumps(host.connection, sort_keys=True, default=str), []).append(host)
    return list(groups.values())
