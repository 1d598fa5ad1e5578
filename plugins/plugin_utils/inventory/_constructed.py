# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the options ``compose``, ``groups`` and ``keyed_groups`` for one host.

ansible-core's own code for these options writes into an inventory as it goes. Here it writes into a ``Constructed``, so
that every expression has been evaluated before the inventory is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import Constructable, to_safe_group_name
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import displayable
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _syntax
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._expressions import Expressions


class ConstructedOptions(NamedTuple):
    """The options of the same names."""

    compose: Mapping[str, Any] | None
    groups: Mapping[str, Any] | None
    keyed_groups: list[Any] | None
    strict: bool
    leading_separator: bool


@dataclass
class Constructed:
    """What the options give for one host. It has the methods of an inventory that ansible-core calls.

    :ivar variables: the variables of ``compose``.
    :ivar groups: the groups of the host as keys, in their order.
    :ivar parents: pairs of a parent group and its child group.
    """

    variables: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    parents: list[tuple[str, str]] = field(default_factory=list)

    def set_variable(self, _host: str, name: str, value: Any) -> None:
        self.variables[name] = value

    def add_group(self, group: Any) -> str:
        if not group or not isinstance(group, str):
            raise AnsibleError(f"Invalid group name provided: {group!r}")
        return group

    def add_host(self, _host: str, group: str) -> None:
        self.groups[group] = None

    def add_child(self, parent: str, child: str) -> None:
        self.parents.append((parent, child))


@dataclass(frozen=True)
class Composer:
    """Applies the constructed options to hosts.

    :ivar templar: the inventory plugin's.
    """

    options: ConstructedOptions
    templar: Any
    expressions: Expressions

    @property
    def fixed_groups(self) -> list[str]:
        """The groups that ``groups`` may make."""
        return [to_safe_group_name(group) for group in self.options.groups or {}]

    def check(self) -> None:
        """Check what can be checked without a host.

        :raises OptionsError: a value is not an expression, or a keyed group has no key.
        """
        for name, expression in (self.options.compose or {}).items():
            _syntax.check(f"compose: {name}", expression)
        for name, condition in (self.options.groups or {}).items():
            if not isinstance(condition, bool):
                _syntax.check(f"groups: {name}", condition)
        for entry in self.options.keyed_groups or []:
            if isinstance(entry, Mapping):
                _syntax.check("keyed_groups: key", entry.get("key"))

    def compose_host(
        self, name: str, hostvars: Mapping[str, Any], groups: list[str], others: Mapping[str, Any]
    ) -> Constructed:
        """Return what the options give for a host.

        :param hostvars: the variables of its source server.
        :param groups: the groups that it is in already.
        :param others: the variables that other sources gave it.
        :raises AnsibleError: with ``strict``, an expression fails.
        """
        host = _Host(self)
        if self.options.compose:
            host.set_variables(name, hostvars)
        if self.options.groups or self.options.keyed_groups:
            host.add_to_groups(name, {**others, **hostvars, **host.inventory.variables}, groups)
        return host.inventory


class _Host(Constructable):
    """Applies the constructed options to one host, by ansible-core's own code where that is possible."""

    # This function always replaces invalid characters, whatever TRANSFORM_INVALID_GROUP_CHARS says: plays evaluate the
    # names of groups as templates before ansible-core 2.19.
    _sanitize_group_name = staticmethod(to_safe_group_name)

    def __init__(self, composer: Composer) -> None:
        self.inventory = Constructed()
        self.templar = composer.templar
        self._options = composer.options
        self._expressions = composer.expressions

    def get_option(self, option: str, *_args: Any, **_kwargs: Any) -> Any:
        return getattr(self._options, option)

    def set_variables(self, name: str, hostvars: Mapping[str, Any]) -> None:
        variables = {**hostvars, "inventory_hostname": name}
        self._set_composite_vars(self._options.compose, variables, name, self._options.strict)

    def add_to_groups(self, name: str, variables: dict[str, Any], groups: list[str]) -> None:
        variables |= {"inventory_hostname": name, "group_names": sorted(set(groups))}
        strict = self._options.strict
        self._add_to_composed_groups(name, variables, strict)
        self._add_host_to_keyed_groups(self._options.keyed_groups, variables, name, strict, fetch_hostvars=False)

    def _add_to_composed_groups(self, name: str, variables: dict[str, Any], strict: bool) -> None:
        """Like the inherited method, but conditions see extra variables as all other expressions do."""
        for group, condition in (self._options.groups or {}).items():
            try:
                is_met = self._expressions.is_in_group(condition, variables)
            except Exception as error:  # whatever filters and tests raise
                if strict:
                    raise AnsibleParserError(f"Could not add host {name} to group {group}: {error}") from None
                continue
            if is_met:
                self.inventory.add_host(name, self.inventory.add_group(self._sanitize_group_name(group)))

    def _compose(self, template: Any, variables: Mapping[str, Any], *_args: Any, **_kwargs: Any) -> Any:
        """Like the inherited method, but the result is as untrusted as the texts that it is made of."""
        return displayable(self._expressions.compose(template, variables))
