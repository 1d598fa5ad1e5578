# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what a user's constructed options make of one host.

ansible-core's own code for ``compose``, ``groups`` and ``keyed_groups`` writes into an inventory as it goes. Here it
writes on a note, so that everything is known, and has not failed, before the inventory is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import Constructable, to_safe_group_name
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import displayable
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _expressions, _syntax

OPTIONS = ("compose", "groups", "keyed_groups", "strict", "leading_separator", "use_extra_vars")


@dataclass
class Note:
    """What is to be written of one host; it takes the calls that an inventory takes.

    :ivar variables: what ``compose`` gives.
    :ivar groups: those that the host gets, in their order, each once.
    :ivar parents: pairs of a group and one of its child groups.
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


class Composer(Constructable):
    """Applies a user's constructed options to hosts.

    :param options: the values of :data:`OPTIONS`.
    :param templar: the inventory plugin's.
    :param extra_vars: those that expressions see, none without ``use_extra_vars``.
    """

    # The one that always replaces what no identifier has: names of groups are templates in plays before 2.19.
    _sanitize_group_name = staticmethod(to_safe_group_name)

    def __init__(
        self,
        options: Mapping[str, Any],
        templar: Any,
        extra_vars: Mapping[str, Any],
        expressions: _expressions.Expressions,
    ) -> None:
        self._constructed = options
        self._expressions = expressions
        self._vars = extra_vars
        self.templar = templar

    def get_option(self, option: str, *_args: Any, **_kwargs: Any) -> Any:
        return self._constructed[option]

    @property
    def fixed_groups(self) -> list[str]:
        """The groups that ``groups`` may make."""
        return [self._sanitize_group_name(group) for group in self._constructed["groups"] or {}]

    def check(self) -> None:
        """Refuse what can be evaluated for no host.

        :raises OptionsError: an expression is none, or a keyed group has no key.
        """
        for name, expression in (self._constructed["compose"] or {}).items():
            _syntax.check(f"compose: {name}", expression)
        for name, condition in (self._constructed["groups"] or {}).items():
            if not isinstance(condition, bool):
                _syntax.check(f"groups: {name}", condition)
        for entry in self._constructed["keyed_groups"] or []:
            if isinstance(entry, Mapping):
                _syntax.check("keyed_groups: key", entry.get("key"))

    def compose_host(
        self, name: str, hostvars: Mapping[str, Any], groups: list[str], others: Mapping[str, Any]
    ) -> Note:
        """What the options give for a host.

        :param hostvars: what the service says of it.
        :param groups: those that it has already.
        :param others: the variables that other sources gave it.
        :raises AnsibleError: with ``strict``, an expression fails.
        """
        note = self.inventory = Note()
        compose, strict = self._constructed["compose"], self._constructed["strict"]
        if compose:
            self._set_composite_vars(compose, {**hostvars, "inventory_hostname": name}, name, strict)
        if self._constructed["groups"] or self._constructed["keyed_groups"]:
            self._add_to_groups(name, {**others, **hostvars, **note.variables}, groups)
        return note

    def _add_to_groups(self, name: str, variables: dict[str, Any], groups: list[str]) -> None:
        strict = self._constructed["strict"]
        variables |= _magic_variables(name, groups)
        self._add_to_composed_groups(name, variables, strict)
        self._add_host_to_keyed_groups(self._constructed["keyed_groups"], variables, name, strict, fetch_hostvars=False)

    def _add_to_composed_groups(self, name: str, variables: dict[str, Any], strict: bool) -> None:
        """Like the inherited method, but conditions see extra variables as all other expressions do."""
        for group, condition in (self._constructed["groups"] or {}).items():
            try:
                met = self._expressions.is_in_group(condition, variables)
            except Exception as error:  # whatever filters and tests raise
                if strict:
                    raise AnsibleParserError(f"Could not add host {name} to group {group}: {error}") from None
                continue
            if met:
                self.inventory.add_host(name, self.inventory.add_group(self._sanitize_group_name(group)))

    def _compose(self, template: Any, variables: Mapping[str, Any], *_args: Any, **_kwargs: Any) -> Any:
        """As inherited; the result is as untrusted as the texts that it is made of."""
        return displayable(self._expressions.compose(template, variables))


def _magic_variables(name: str, groups: list[str]) -> dict[str, Any]:
    """Those of Ansible's own variables that are known while an inventory is read."""
    return {"inventory_hostname": name, "group_names": sorted(set(groups))}
