# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the one place that writes an inventory.

It remembers what this plugin has written of each host. So a later file can rename the host of another server, and what
other sources made of a host stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from ansible.inventory.host import Host as InventoryHost
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._plan import (
    InventoryPlan,
    PlannedHost,
    Present,
)

# Ansible sets these for every host: the file that the host comes from.
_ORIGIN = ("inventory_file", "inventory_dir")


@dataclass
class _Written:
    """What this plugin has written of a host.

    :ivar is_new: whether the host did not exist before.
    :ivar variables_before: the variables that the host had before.
    :ivar groups_before: the names of the groups that the host was in before.
    :ivar hosts: the host as each file that lists the server has planned it.
    :ivar variables: the variables that this plugin set, with the values that the inventory has.
    """

    is_new: bool
    variables_before: Mapping[str, Any]
    groups_before: set[str]
    hosts: list[PlannedHost] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def groups(self) -> set[str]:
        return {group for host in self.hosts for group in host.groups}


# The hosts of all inventories of this process.
_WRITTEN: WeakKeyDictionary[InventoryHost, _Written] = WeakKeyDictionary()


def present_in(inventory: Any) -> Present:
    """Return what is in an inventory already."""
    return Present(
        groups=list(inventory.groups),
        written={name: _WRITTEN[host].hosts for name, host in inventory.hosts.items() if host in _WRITTEN},
        variables={name: host.vars for name, host in inventory.hosts.items()},
    )


def warnings_of_merged(inventory: Any, plan: InventoryPlan) -> list[str]:
    """Return a warning about planned hosts whose names another inventory source has given to hosts already."""
    hosts = inventory.hosts
    merged = sorted(
        host.name
        for host in plan.hosts
        if host.name in hosts and (hosts[host.name] not in _WRITTEN or host.name in plan.renamed)
    )
    if not merged:
        return []
    return [
        "Source servers have the names of hosts from other inventory sources, and Ansible merges them:"
        f" {_text.some_of(merged)}. Set hostnames to choose other names if they are different machines."
    ]


def write(inventory: Any, plan: InventoryPlan) -> None:
    """Write a plan into an inventory."""
    # All old names are removed first: one of them may be the new name of another host.
    origins = {name: _remove_server(inventory, name) for name in plan.renamed}
    for group in dict.fromkeys([*plan.groups, *(group for host in plan.hosts for group in host.groups)]):
        inventory.add_group(group)
    for name, hosts in plan.renamed.items():
        for host in hosts:
            _write_host(inventory, host, origins[name])
    for host in plan.hosts:
        _write_host(inventory, host, {})


def _remove_server(inventory: Any, name: str) -> dict[str, Any]:
    """Remove a server from the host that has its name; what other sources made of that host stays.

    :return: the variables that name the file that the server comes from.
    """
    host = inventory.hosts[name]
    written = _WRITTEN.pop(host)
    origin = {variable: host.vars[variable] for variable in _ORIGIN if variable in host.vars} if written.is_new else {}
    if written.is_new and not _is_shared(host, written):
        inventory.remove_host(host)
        return origin
    for variable, value in written.variables.items():
        # A value that another source has replaced since then is that source's.
        if variable in host.vars and host.vars[variable] == value:
            del host.vars[variable]
            if variable in written.variables_before:
                host.vars[variable] = written.variables_before[variable]
    for group in written.groups - written.groups_before:
        inventory.groups[group].remove_host(host)
    return origin


def _is_shared(host: InventoryHost, written: _Written) -> bool:
    """Return whether another source has given a variable or a group to a host that this plugin added."""
    variables = {name: value for name, value in host.vars.items() if name not in _ORIGIN}
    return variables != written.variables or _direct_groups(host) != written.groups


def _direct_groups(host: InventoryHost) -> set[str]:
    return {group.name for group in host.groups if host.name in group.host_names}


def _write_host(inventory: Any, planned: PlannedHost, origin: Mapping[str, Any]) -> None:
    """Add a planned host, or merge it into the host that has its name."""
    before = inventory.hosts.get(planned.name)
    written = _WRITTEN.get(before) if before else None
    if written is None:
        written = _Written(
            is_new=before is None,
            variables_before=dict(before.vars) if before else {},
            groups_before=_direct_groups(before) if before else set(),
        )
    inventory.add_host(planned.name, planned.groups[0])
    host = inventory.hosts[planned.name]
    _WRITTEN[host] = written
    written.hosts.append(planned)
    hostvars = planned.server.hostvars
    if before is None:
        # All at once. Ansible's own way visits each value, which is needed only for structures that are merged.
        host.vars.update({**hostvars, **origin})
    else:
        _set_variables(inventory, planned.name, hostvars)
    _set_variables(inventory, planned.name, planned.composed)
    _add_to_groups(inventory, planned)
    written.variables |= {name: host.vars[name] for name in [*hostvars, *planned.composed]}


def _set_variables(inventory: Any, name: str, variables: Mapping[str, Any]) -> None:
    for variable, value in variables.items():
        inventory.set_variable(name, variable, value)


def _add_to_groups(inventory: Any, planned: PlannedHost) -> None:
    for group in planned.groups[1:]:
        inventory.add_child(inventory.add_group(group), planned.name)
    for parent, child in planned.parents:
        inventory.add_child(inventory.add_group(parent), inventory.add_group(child))
