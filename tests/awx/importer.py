# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX's importer makes of the output of ``ansible-inventory --list --export``.

The rules are those of AWX 24.6.1, read in its ``inventory_import``, ``mem_inventory`` and ``Inventory``: a host is
known by its name, or by a variable that the administrator chose; one that looks like a template stops the import; one
with a single colon is taken for host and port; an enabled variable is compared as a text, whatever its case.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

LONGEST_NAME = 512
TEMPLATE = re.compile(r"\{\{[^}]+}}|\{%[^%]+%}")


class Imported(NamedTuple):
    """An inventory in AWX.

    :ivar hosts: the variables of each host, by its name.
    :ivar groups: the names of the hosts that are directly in each group, by the group's name.
    """

    hosts: dict[str, dict[str, Any]]
    groups: dict[str, set[str]]

    def enabled(self, variable: str, value: str) -> set[str]:
        """The hosts that a source with this enabled variable and value leaves enabled."""
        return {name for name, hostvars in self.hosts.items() if _is_enabled(hostvars, variable.split("."), value)}

    def filtered(self, pattern: str) -> set[str]:
        """The hosts that a source with this host filter keeps: it is looked for at the beginning of names."""
        return {name for name in self.hosts if re.match(pattern, name)}

    def script(self, enabled: set[str] | None = None) -> str:
        """The inventory script that AWX gives to a job or a constructed inventory: disabled hosts are not in it."""
        hosts = self.hosts if enabled is None else {name: self.hosts[name] for name in sorted(enabled)}
        groups = {name: {"hosts": sorted(members & hosts.keys())} for name, members in self.groups.items()}
        inventory = {"_meta": {"hostvars": hosts}, "all": {"children": sorted(groups)}, **groups}
        return f"#! /usr/bin/env python3\nprint({json.dumps(inventory)!r})\n"

    def matching(self, regex: str) -> set[str]:
        """The hosts of a smart inventory with ``variables__regex``: a host's variables are one text of JSON."""
        return {name for name, hostvars in self.hosts.items() if re.search(regex, json.dumps(hostvars))}


def imported(output: str) -> Imported:
    """The inventory that AWX stores.

    :raises ValueError: AWX would abort the import, or store hosts under other names.
    """
    listing = json.loads(output, parse_constant=_refuse)
    hostvars = listing.pop("_meta")["hostvars"]
    groups = {name: set(group.get("hosts", [])) for name, group in listing.items() if name not in ("all", "ungrouped")}
    # "all" lists the groups at the top by name; one that is empty is nowhere else.
    children = {child for group in listing.values() for child in group.get("children", [])}
    groups |= {child: set() for child in children - listing.keys()}
    names = set(hostvars).union(*groups.values())
    for name in names:
        _check(name)
    return Imported({name: hostvars.get(name, {}) for name in names}, groups)


class Database:
    """The hosts of one inventory as they are kept between imports, where a variable says which host is which.

    :ivar names: the hosts' names, by what the variable says.
    """

    def __init__(self, instance_id_var: str) -> None:
        self._variable = instance_id_var
        self.names: dict[str, str] = {}

    def update(self, inventory: Imported) -> None:
        """Overwrite the hosts with those of an import, one after another.

        :raises ValueError: a host takes a name that another one still has, which aborts the import.
        """
        wanted = {hostvars[self._variable]: name for name, hostvars in inventory.hosts.items()}
        self.names = {key: name for key, name in self.names.items() if key in wanted}
        for key, name in sorted(wanted.items()):
            others = {other for other_key, other in self.names.items() if other_key != key}
            if name in others:
                raise ValueError(f"AWX aborts the import: there is a host {name!r} already.")
            self.names[key] = name


def _check(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise ValueError(f"AWX aborts the import because of a host name of {len(name)} characters.")
    if TEMPLATE.search(name):
        raise ValueError(f"AWX aborts the import because of the host name {name!r}.")
    if name.count(":") == 1:
        raise ValueError(f"AWX splits the host name {name!r} into host and port.")


def _refuse(number: str) -> None:
    raise ValueError(f"{number} is no JSON.")


def _is_enabled(hostvars: Any, path: list[str], wanted: str) -> bool:
    """A host without the variable is left as it is, which is enabled at first."""
    for key in path:
        if not isinstance(hostvars, dict) or key not in hostvars:
            return True
        hostvars = hostvars[key]
    return str(hostvars).lower() == wanted.lower()
