# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from source servers to a plan of what to write into an inventory.

The plan has the name, variables and groups of each host, and warnings. Nothing here writes, and everything that can
fail fails here, so that an inventory is never written in part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._connect_with import SOURCE
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _names
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._constructed import Composer
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._expressions import Condition
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._servers import SourceServer


class PlannedHost(NamedTuple):
    """A host as it will be written.

    :ivar composed: the variables of ``compose``.
    :ivar groups: the groups that it is in directly, the group of all hosts first.
    :ivar parents: pairs of a parent group and its child group.
    :ivar plan_again: plans the host under another name, for when it has to be renamed. The arguments are the name, and
        the variables that other sources gave the host of that name.
    """

    name: str
    server: SourceServer
    composed: Mapping[str, Any]
    groups: Sequence[str]
    parents: Sequence[tuple[str, str]]
    plan_again: Callable[[str, Mapping[str, Any]], PlannedHost]


@dataclass(frozen=True)
class Present:
    """What is in the inventory already.

    :ivar written: what this plugin has written of each host for earlier files, by the host's name. Each file that lists
        the server has planned the host once.
    :ivar variables: the variables of each host, by its name.
    """

    groups: Collection[str] = ()
    written: Mapping[str, Sequence[PlannedHost]] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def connect_with(self) -> Mapping[str, str]:
        """Whose address each server of earlier files is connected by, by the server's ID.

        A file that does not query the targets does not replace what another file has found.
        """
        servers = [host.server for hosts in self.written.values() for host in hosts]
        known = {server.server_id: SOURCE for server in servers}
        return known | {server.server_id: server.connect_with for server in servers if server.connect_with != SOURCE}


@dataclass(frozen=True)
class InventoryPlan:
    """What to write into an inventory.

    :ivar groups: the groups that exist even without hosts.
    :ivar renamed: hosts of earlier files that need another name: by the old name, the hosts to write instead.
    """

    groups: Sequence[str]
    hosts: Sequence[PlannedHost]
    renamed: Mapping[str, Sequence[PlannedHost]]
    warnings: Sequence[str]


@dataclass(frozen=True)
class Planner:
    """Plans the hosts of one inventory file.

    :ivar groups: the groups that exist even without hosts; the first holds all hosts.
    :ivar include: conditions of which a host has to meet at least one, if there are any.
    :ivar exclude: conditions of which a host may meet none.
    :ivar strict: whether an expression that fails for a host is an error.
    """

    groups: Sequence[str]
    include: Sequence[Condition]
    exclude: Sequence[Condition]
    composer: Composer
    strict: bool

    def plan(self, servers: Sequence[SourceServer], present: Present) -> InventoryPlan:
        """Return the plan for servers in an inventory.

        :raises OptionsError: a condition cannot be evaluated, or a group would have the name of a server.
        :raises AnsibleError: with ``strict``, an expression fails for a host.
        :raises NamesError: servers cannot be told apart.
        """
        composed_groups: set[str] = set()
        # Groups are known only after the hosts are composed, which needs the hosts' names. If a server has the name of
        # a group, the second round gives the server another name.
        for _round in range(2):
            names = self._names(servers, present, composed_groups)
            hosts = [self._host(server, names, present) for server in self._choose(servers, names)]
            renamed = _renamed_hosts(names, present)
            everyone = [*hosts, *(host for replacements in renamed.values() for host in replacements)]
            composed_groups = {group for host in everyone for group in _groups_of(host)}
            clashing = sorted(composed_groups.intersection(names.values()))
            if not clashing:
                warnings = [*_warnings_of_names(hosts, renamed, present), *_warnings_of_connections(hosts, present)]
                return InventoryPlan(
                    self.groups, hosts, renamed, [*warnings, *self._warnings_of_conditions(len(servers))]
                )
        raise OptionsError(
            f"keyed_groups or groups make groups that have the names of servers ({', '.join(clashing)}):"
            " give keyed_groups a prefix, or use other hostnames."
        )

    def _names(
        self, servers: Sequence[SourceServer], present: Present, composed_groups: Collection[str]
    ) -> dict[str, str]:
        """Return the name of each server by its ID, including the servers that only earlier files list."""
        preferred = {server.server_id: server.preferred for server in servers}
        # A server that two files list is one host, with the name that the first file prefers.
        preferred |= {hosts[0].server.server_id: hosts[0].server.preferred for hosts in present.written.values()}
        own_groups = {group for server in servers for group in server.groups}
        taken = {*present.groups, *self.groups, *self.composer.fixed_groups, *own_groups, *composed_groups}
        names = _names.unique_names(list(preferred.values()), taken)
        return {server.server_id: name for server, name in names.items()}

    def _choose(self, servers: Sequence[SourceServer], names: Mapping[str, str]) -> list[SourceServer]:
        """Return the servers that the host filters keep."""
        conditions = [*self.include, *self.exclude]
        known = {variable for server in servers for variable in server.hostvars} if conditions else set()
        for condition in conditions if servers else ():
            condition.begin(known)
        chosen = [server for server in servers if self._is_chosen(server, names[server.server_id])]
        for condition in conditions:
            condition.end(len(servers))
        return chosen

    def _is_chosen(self, server: SourceServer, name: str) -> bool:
        variables = {**server.hostvars, "inventory_hostname": name}
        # Every condition is evaluated, so that one that fails is reported whatever the others give.
        included, excluded = (
            [condition.is_met_by(name, variables, self.strict) for condition in conditions]
            for conditions in (self.include, self.exclude)
        )
        return (any(included) or not self.include) and not any(excluded)

    def _host(self, server: SourceServer, names: Mapping[str, str], present: Present) -> PlannedHost:
        if server.failure and self.strict:
            raise OptionsError(server.failure)
        name = names[server.server_id]
        # If the host of that name is another server of an earlier file, it is renamed, and its variables go with it.
        is_renamed = name in present.written and present.written[name][0].server.server_id != server.server_id
        others = {} if is_renamed else present.variables.get(name, {})
        return self._plan_host(_without_source_address(server, present), name, others)

    def _plan_host(self, server: SourceServer, name: str, others: Mapping[str, Any]) -> PlannedHost:
        groups = [self.groups[0], *server.groups]
        constructed = self.composer.compose_host(name, server.hostvars, groups, others)
        return PlannedHost(
            name=name,
            server=server,
            composed=constructed.variables,
            groups=list(dict.fromkeys([*groups, *constructed.groups])),
            parents=constructed.parents,
            plan_again=partial(self._plan_host, server),
        )

    def _warnings_of_conditions(self, servers: int) -> list[str]:
        return [
            f"{condition.option}: {condition.text} is undefined for {len(condition.undefined)} of {servers} source"
            f" servers, which do not meet it: {condition.undefined[0]}"
            for condition in [*self.include, *self.exclude]
            if condition.undefined
        ]


def _renamed_hosts(names: Mapping[str, str], present: Present) -> dict[str, list[PlannedHost]]:
    """Return the hosts of earlier files that cannot keep their names, planned again under their new names.

    If the first of two files kept the plain name, a file that is read earlier would silently turn ``web`` into another
    machine.
    """
    return {
        name: [host.plan_again(names[host.server.server_id], {}) for host in hosts]
        for name, hosts in present.written.items()
        if names[hosts[0].server.server_id] != name
    }


def _without_source_address(server: SourceServer, present: Present) -> SourceServer:
    """Return the server without the address of its source if an earlier file connects to its target.

    Otherwise a file that does not query the targets would send plays to the source of a server that is cut over.
    """
    if server.connect_with != SOURCE or present.connect_with.get(server.server_id, SOURCE) == SOURCE:
        return server
    hostvars = {name: value for name, value in server.hostvars.items() if name != "ansible_host"}
    return server._replace(hostvars=hostvars)


def _warnings_of_connections(hosts: Sequence[PlannedHost], present: Present) -> list[str]:
    servers, known = [(host.name, host.server) for host in hosts], present.connect_with
    differing = [
        name for name, server in servers if known.get(server.server_id, server.connect_with) != server.connect_with
    ]
    if not differing:
        return []
    return [
        "Servers that are cut over are listed by files with different connect_with, and are reached at their targets:"
        f" {_text.some_of(differing)}. Give these files the same connect_with."
    ]


def _warnings_of_names(
    hosts: Sequence[PlannedHost], renamed: Mapping[str, Sequence[PlannedHost]], present: Present
) -> list[str]:
    # A warning about a server of an earlier file was printed when that file was read.
    known = present.connect_with
    new = [host for host in hosts if host.server.server_id not in known]
    names = {host.name for host in new if host.name != _names.addressable(host.server.preferred.name)}
    names |= {host.name for replacements in renamed.values() for host in replacements}
    if not names:
        return []
    return [
        "Source servers that share a name with one another, with a group or with the control node are named"
        f" after their IDs too: {_text.some_of(sorted(names))}. Set hostnames to choose other names."
    ]


def _groups_of(host: PlannedHost) -> set[str]:
    return {*host.groups, *(group for pair in host.parents for group in pair)}
