# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the one place that writes an inventory.

It knows which server stands behind which host, so that another file's server of that name can be told apart later, and
leaves alone what other sources made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from ansible.inventory.host import Host as InventoryHost
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._connect_with import SOURCE
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _names, _plan

# Ansible's own, for every host.
_OF_THE_SOURCE = ("inventory_file", "inventory_dir")


@dataclass
class _Placement:
    """A server in an inventory.

    :ivar variables: what this plugin gave the host.
    :ivar groups: those that this plugin put it into.
    :ivar machine: which machine it is reached at.
    :ivar before: the variables and groups of a host that was there before, None where there was none.
    """

    preferred: _names.PreferredName
    before: tuple[dict[str, Any], set[str]] | None
    recipes: list[_plan.Recipe] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    machine: str = SOURCE


# All inventories of this process.
_PLACEMENTS: WeakKeyDictionary[InventoryHost, _Placement] = WeakKeyDictionary()


def look_at(inventory: Any) -> _plan.Present:
    """What is in an inventory already."""
    hosts = inventory.hosts.values()
    return _plan.Present(
        groups=list(inventory.groups),
        placed={
            host.name: _plan.Placed(
                _PLACEMENTS[host].preferred, list(_PLACEMENTS[host].recipes), _PLACEMENTS[host].machine
            )
            for host in hosts
            if host in _PLACEMENTS
        },
        variables={host.name: host.vars for host in hosts},
    )


def _placed(placement: _Placement) -> _plan.Placed:
    return _plan.Placed(placement.preferred, list(placement.recipes), placement.machine)


def warnings_of_merged(inventory: Any, plan: _plan.Plan) -> list[str]:
    """Return a warning about planned hosts whose names another inventory source has given to hosts already."""
    moving = {name for name, _new in plan.moved}
    hosts = inventory.hosts
    merged = sorted(
        host.name
        for host in plan.hosts
        if host.name in hosts and (hosts[host.name] not in _PLACEMENTS or host.name in moving)
    )
    if not merged:
        return []
    return [
        "Source servers have the names of hosts from other inventory sources, and Ansible merges them:"
        f" {_text.some_of(merged)}. Set hostnames to choose other names if they are different machines."
    ]


def carry_out(inventory: Any, plan: _plan.Plan) -> None:
    """Make an inventory what a plan says."""
    placements = [(_take_back(inventory, name), hosts) for name, hosts in plan.moved]
    for group in dict.fromkeys([*plan.groups, *(group for host in plan.hosts for group in host.groups)]):
        inventory.add_group(group)
    for source, hosts in placements:
        for host in hosts:
            _place(inventory, host, source)
    for host in plan.hosts:
        _place(inventory, host, {})


def _take_back(inventory: Any, name: str) -> dict[str, Any]:
    """Take a server's part out of the host that bears it; what other sources made of that host stays.

    :return: the variables that say where the server comes from.
    """
    host = inventory.hosts[name]
    placement = _PLACEMENTS.pop(host)
    source = {variable: host.vars[variable] for variable in _OF_THE_SOURCE if variable in host.vars}
    if placement.before is None and not _is_shared(host, placement):
        inventory.remove_host(host)
        return source
    variables, groups = placement.before or ({}, set())
    for variable, value in placement.variables.items():
        if variable in host.vars and host.vars[variable] == value:
            del host.vars[variable]
            host.vars |= {variable: variables[variable]} if variable in variables else {}
    for group in placement.groups - groups:
        inventory.groups[group].remove_host(host)
    return source if placement.before is None else {}


def _is_shared(host: InventoryHost, placement: _Placement) -> bool:
    """Whether another source has given something to a host that this plugin made."""
    others = {name: value for name, value in host.vars.items() if name not in _OF_THE_SOURCE}
    return others != placement.variables or _direct_groups(host) != placement.groups


def _direct_groups(host: InventoryHost) -> set[str]:
    return {group.name for group in host.groups if host.name in group.host_names}


def _place(inventory: Any, planned: _plan.Host, source: Mapping[str, Any]) -> None:
    """Give a planned host its place: a new one, or one beside what is there under its name."""
    there = inventory.hosts.get(planned.name)
    before = None if there is None else (dict(there.vars), _direct_groups(there))
    inventory.add_host(planned.name, planned.groups[0])
    host = inventory.hosts[planned.name]
    placement = _PLACEMENTS.setdefault(host, _Placement(planned.preferred, before))
    if there is None:
        # At once, and without Ansible's visit to each value: they are plain.
        host.vars.update({**planned.variables, **source})
    else:
        _set_variables(inventory, planned.name, planned.variables)
    _set_variables(inventory, planned.name, planned.composed)
    placement.recipes.append(planned.recipe)
    # What a file without targets says of a server whose target is known does not count.
    placement.machine = placement.machine if planned.machine == SOURCE else planned.machine
    placement.groups |= _add_to_groups(inventory, planned)
    placement.variables |= {name: host.vars[name] for name in [*planned.variables, *planned.composed]}


def _set_variables(inventory: Any, name: str, variables: Mapping[str, Any]) -> None:
    for variable, value in variables.items():
        inventory.set_variable(name, variable, value)


def _add_to_groups(inventory: Any, planned: _plan.Host) -> set[str]:
    groups = [inventory.add_group(group) for group in planned.groups]
    for group in groups[1:]:
        inventory.add_child(group, planned.name)
    for parent, child in planned.parents:
        inventory.add_child(inventory.add_group(parent), inventory.add_group(child))
    return set(groups)
