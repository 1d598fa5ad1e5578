# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from records to a plan of what an inventory is to become.

Who is called what, with which variables, in which groups, and what to warn of. Nothing here writes; all that can fail
fails here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._connect_with import SOURCE
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _names
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._constructed import Composer
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._expressions import Condition
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._names import PreferredName
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._servers import SourceServer


class Host(NamedTuple):
    """A host as it is to be.

    :ivar variables: what the service says.
    :ivar composed: what the user's expressions make of it.
    :ivar groups: those that it is in directly.
    :ivar parents: pairs of a group and one of its child groups.
    :ivar recipe: gives the host under another name.
    :ivar machine: which machine it is reached at.
    """

    name: str
    preferred: PreferredName
    variables: Mapping[str, Any]
    composed: Mapping[str, Any]
    groups: Sequence[str]
    parents: Sequence[tuple[str, str]]
    recipe: Recipe
    machine: str


# A host under a name, beside the variables that other sources gave the host of that name.
Recipe = Callable[[str, Mapping[str, Any]], Host]


class Placed(NamedTuple):
    """A server that an earlier file brought into the inventory.

    :ivar recipes: one for each file that lists it.
    :ivar machine: which machine it is reached at.
    """

    preferred: PreferredName
    recipes: Sequence[Recipe]
    machine: str


@dataclass(frozen=True)
class Present:
    """What is in the inventory already.

    :ivar placed: the servers of earlier files, by the names of their hosts.
    :ivar variables: those of each host, by its name.
    """

    groups: Collection[str] = ()
    placed: Mapping[str, Placed] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def machines(self) -> Mapping[str, str]:
        """Which machine each server of earlier files is reached at, by its ID."""
        return {placed.preferred.server_id: placed.machine for placed in self.placed.values()}


@dataclass(frozen=True)
class Plan:
    """What to write.

    :ivar groups: those that exist whatever hosts there are.
    :ivar moved: the hosts of earlier files that get other names: the old name, and what takes its place.
    """

    groups: Sequence[str]
    hosts: Sequence[Host]
    moved: Sequence[tuple[str, Sequence[Host]]]
    warnings: Sequence[str]


class Planner:
    """Plans the hosts of one inventory file.

    :param groups: those that exist whatever hosts there are; the first holds them all.
    :param include: conditions of which a host has to meet one.
    :param exclude: conditions of which a host may meet none.
    """

    def __init__(
        self,
        groups: Sequence[str],
        include: Sequence[Condition],
        exclude: Sequence[Condition],
        composer: Composer,
        strict: bool,
    ) -> None:
        self._groups = groups
        self._include = include
        self._exclude = exclude
        self._composer = composer
        self._strict = strict

    def plan(self, servers: Sequence[SourceServer], present: Present) -> Plan:
        """The plan for servers in an inventory.

        :raises OptionsError: a condition cannot be evaluated, or groups and servers cannot be told apart.
        :raises AnsibleError: with ``strict``, an expression fails for a host.
        :raises NamesError: servers cannot be told apart.
        """
        made: set[str] = set()
        # A second time where a group of the user's own making turns out to have a server's name.
        for _round in range(2):
            names = self._names(servers, present, made)
            hosts = [self._host(server, names, present) for server in self._choose(servers, names)]
            moved = self._moves(names, present)
            everyone = [*hosts, *(host for _name, new in moved for host in new)]
            made = {group for host in everyone for group in _groups_of(host)}
            clashing = sorted(made.intersection(names.values()))
            if not clashing:
                of_all = [*_warnings_of_names(hosts, moved, present), *_warnings_of_machines(hosts, present)]
                return Plan(self._groups, hosts, moved, [*of_all, *self._warnings_of_conditions(len(servers))])
        raise OptionsError(
            f"keyed_groups or groups make groups that have the names of servers ({', '.join(clashing)}):"
            " give keyed_groups a prefix, or use other hostnames."
        )

    def _names(self, servers: Sequence[SourceServer], present: Present, made: Collection[str]) -> dict[str, str]:
        """The name of each server by its ID, also of those that other files list."""
        # A server that two files list is one host, and keeps the name that the first of them wants.
        wanted = {server.preferred.server_id: server.preferred for server in servers}
        wanted |= {placed.preferred.server_id: placed.preferred for placed in present.placed.values()}
        own_groups = {group for server in servers for group in server.groups}
        taken = {*present.groups, *self._groups, *self._composer.fixed_groups, *own_groups, *made}
        names = _names.unique_names(list(wanted.values()), taken)
        return {server.server_id: name for server, name in names.items()}

    def _choose(self, servers: Sequence[SourceServer], names: Mapping[str, str]) -> list[SourceServer]:
        """The servers that the conditions keep."""
        conditions = [*self._include, *self._exclude]
        known = {variable for server in servers for variable in server.hostvars} if conditions else set()
        for condition in conditions if servers else ():
            condition.begin(known)
        chosen = [server for server in servers if self._is_chosen(server, names[server.preferred.server_id])]
        for condition in conditions:
            condition.end(len(servers))
        return chosen

    def _is_chosen(self, server: SourceServer, name: str) -> bool:
        variables = {**server.hostvars, "inventory_hostname": name}

        def met(conditions: Sequence[Condition]) -> list[bool]:
            # All of them, so that a condition that fails is seen whatever the others say.
            return [condition.is_met_by(name, variables, self._strict) for condition in conditions]

        included, excluded = met(self._include), met(self._exclude)
        return (any(included) or not self._include) and not any(excluded)

    def _host(self, server: SourceServer, names: Mapping[str, str], present: Present) -> Host:
        if server.failure and self._strict:
            raise OptionsError(server.failure)
        name = names[server.preferred.server_id]
        bearer = present.placed.get(name)
        # A server of an earlier file with this name moves away.
        moves = bearer is not None and bearer.preferred.server_id != server.preferred.server_id
        others = {} if moves else present.variables.get(name, {})
        return self._host_called(_beside_its_target(server, present), name, others)

    def _host_called(self, server: SourceServer, name: str, others: Mapping[str, Any]) -> Host:
        groups = [self._groups[0], *server.groups]
        note = self._composer.compose_host(name, server.hostvars, groups, others)
        return Host(
            name=name,
            preferred=server.preferred,
            variables=server.hostvars,
            composed=note.variables,
            groups=list(dict.fromkeys([*groups, *note.groups])),
            parents=note.parents,
            recipe=lambda new_name, its_others: self._host_called(server, new_name, its_others),
            machine=server.connect_with,
        )

    @staticmethod
    def _moves(names: Mapping[str, str], present: Present) -> list[tuple[str, list[Host]]]:
        """The servers of earlier files that cannot keep their names."""
        return [
            (name, [recipe(names[placed.preferred.server_id], {}) for recipe in placed.recipes])
            for name, placed in present.placed.items()
            if names[placed.preferred.server_id] != name
        ]

    def _warnings_of_conditions(self, servers: int) -> list[str]:
        return [
            f"{condition.option}: {condition.text} is undefined for {len(condition.undefined)} of {servers} source"
            f" servers, which do not meet it: {condition.undefined[0]}"
            for condition in [*self._include, *self._exclude]
            if condition.undefined
        ]


def _beside_its_target(server: SourceServer, present: Present) -> SourceServer:
    """A server without the address of its source, where an earlier file says where its target is.

    To reach the source of a server that is cut over, because another file says nothing of targets, is dangerous.
    """
    if server.connect_with != SOURCE or present.machines.get(server.preferred.server_id, SOURCE) == SOURCE:
        return server
    hostvars = {name: value for name, value in server.hostvars.items() if name != "ansible_host"}
    return server._replace(hostvars=hostvars)


def _warnings_of_machines(hosts: Sequence[Host], present: Present) -> list[str]:
    known = present.machines
    differing = [host.name for host in hosts if known.get(host.preferred.server_id, host.machine) != host.machine]
    if not differing:
        return []
    return [
        "Servers that are cut over are listed by files with different connect_with, and are reached at their targets:"
        f" {_text.some_of(differing)}. Give these files the same connect_with."
    ]


def _warnings_of_names(
    hosts: Sequence[Host], moved: Sequence[tuple[str, Sequence[Host]]], present: Present
) -> list[str]:
    # A server that an earlier file lists keeps the name that it got there.
    known = {placed.preferred.server_id for placed in present.placed.values()}
    new = [host for host in hosts if host.preferred.server_id not in known]
    renamed = {host.name for host in new if host.name != _names.addressable(host.preferred.name)}
    renamed |= {host.name for _name, placed_anew in moved for host in placed_anew}
    if not renamed:
        return []
    return [
        "Source servers that share a name with one another, with a group or with the control node are named"
        f" after their IDs too: {_text.some_of(sorted(renamed))}. Set hostnames to choose other names."
    ]


def _groups_of(host: Host) -> set[str]:
    return {*host.groups, *(group for pair in host.parents for group in pair)}
