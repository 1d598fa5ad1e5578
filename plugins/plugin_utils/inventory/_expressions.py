# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: users' expressions over the variables of hosts.

Ansible itself compiles an expression anew for each host, which takes longer than all else that a host costs. Here each
expression is compiled once and evaluated for each host.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleUndefinedVariable
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.vars import combine_vars
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _syntax
from jinja2 import nodes


class Expressions:
    """Evaluates expressions with Ansible's own templar, and so with the results of ansible-core.

    :param templar: the inventory plugin's own; it compiles each expression only once from now on.
    :param extra_vars: the variables of the command line, empty unless expressions see them (``use_extra_vars``).
    """

    def __init__(self, templar: Any, extra_vars: Mapping[str, Any]) -> None:
        self._templar = templar
        self._extra_vars = extra_vars
        self._sources: set[str] = set()
        # The interface of ansible-core 2.19 and later.
        self._evaluates_expressions = hasattr(templar, "evaluate_expression")
        _compile_once(templar, self._sources)

    @property
    def extra_variables(self) -> Collection[str]:
        """The names of the variables that expressions see in addition to those of hosts."""
        return {"inventory_hostname", *self._extra_vars}

    def compose(self, expression: Any, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression of ``compose`` or ``keyed_groups``."""
        self._set_variables(variables)
        if self._evaluates_expressions:
            return self._templar.evaluate_expression(expression)
        return self._template("{{" + str(expression) + "}}")

    def is_in_group(self, condition: Any, variables: Mapping[str, Any]) -> bool:
        """Return whether a condition of ``groups`` is met. From ansible-core 2.19 on it has to be a boolean."""
        self._set_variables(variables)
        if self._evaluates_expressions:
            return bool(self._templar.evaluate_conditional(condition))
        return bool(boolean(self._template(f"{{% if {condition} %}}True{{% else %}}False{{% endif %}}")))

    def name(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression of ``hostnames``, of whatever type it is."""
        return self._value(expression, variables, escape_backslashes=True)

    def is_met(self, condition: str, variables: Mapping[str, Any]) -> bool:
        """Return whether a host filter's condition is met; a value that is not a boolean counts by its truth.

        :raises AnsibleUndefinedVariable: something in it is undefined.
        :raises Exception: it fails in another way.
        """
        return bool(self._value(condition, variables, escape_backslashes=False))

    def _value(self, expression: str, variables: Mapping[str, Any], escape_backslashes: bool) -> Any:
        self._set_variables(variables)
        if self._evaluates_expressions:
            return self._templar.evaluate_expression(expression, escape_backslashes=escape_backslashes)
        # Before ansible-core 2.19, the type of a template's result is guessed anew, such as 1.1 from 1.10, except in a
        # list.
        values = self._template("{{[" + expression + "]}}", escape_backslashes=escape_backslashes)
        if isinstance(values, str):
            # A value without a literal, such as that of "x if false", stays a text that describes it.
            raise AnsibleUndefinedVariable(f"{expression} gives no value but {values}")
        return values[0]

    def _template(self, source: str, **options: Any) -> Any:
        self._sources.add(source)
        return self._templar.template(source, disable_lookups=True, **options)

    def _set_variables(self, variables: Mapping[str, Any]) -> None:
        self._templar.available_variables = combine_vars(variables, self._extra_vars) if self._extra_vars else variables


class Condition:
    """A condition of a host filter, evaluated for all hosts of a fleet between ``begin`` and ``end``.

    A condition that is undefined for every host is an error: it would let all servers through, or none.

    :param option: the option that has it, for messages.
    :ivar undefined: the message of each host for which something in the condition is undefined.
    :raises OptionsError: it could be evaluated for no host.
    """

    def __init__(self, option: str, text: str, expressions: Expressions) -> None:
        _syntax.check(option, text)
        self.option = option
        self.text = text
        self.undefined: list[str] = []
        self._expressions = expressions

    def begin(self, known: Collection[str]) -> None:
        """Begin with a fleet.

        :param known: the variables that at least one of its servers has.
        :raises OptionsError: the condition needs another variable.
        """
        self.undefined = []
        unknown = sorted(_syntax.unguarded_variables(self.text).difference(known, self._expressions.extra_variables))
        if unknown:
            raise OptionsError(f"{self.option}: {self.text} uses what no source server has: {', '.join(unknown)}.")

    def is_met_by(self, name: str, variables: Mapping[str, Any], strict: bool) -> bool:
        """Return whether a host meets the condition. A host for which something in it is undefined does not.

        :raises OptionsError: it fails for the host in another way; with ``strict``, in any way.
        """
        try:
            return self._expressions.is_met(self.text, variables)
        except AnsibleUndefinedVariable as error:
            if strict:
                raise OptionsError(f"{self.option}: {self.text} fails for {name}: {error}") from None
            self.undefined.append(str(error))
            return False
        except Exception as error:  # whatever filters and tests raise
            raise OptionsError(f"{self.option}: {self.text} fails for {name}: {error}") from None

    def end(self, hosts: int) -> None:
        """End with a fleet.

        :param hosts: the number of hosts for which the condition was evaluated.
        :raises OptionsError: it was undefined for all of them.
        """
        if hosts and len(self.undefined) == hosts:
            raise OptionsError(f"{self.option}: {self.text} is undefined for all {hosts} hosts: {self.undefined[0]}")


def _compile_once(templar: Any, sources: Collection[str]) -> None:
    """Make a templar compile each expression only once.

    Only private names of ansible-core allow that. If a version has others, the results are the same and take longer.

    :param sources: the templates that may be kept. Before ansible-core 2.19, a compiled template has lookups disabled,
        so no template of another origin may be kept.
    """
    engine: Any = getattr(templar, "_engine", None)
    if hasattr(engine, "_compile_expression"):
        # From ansible-core 2.19 on.
        engine._compile_expression = lru_cache(maxsize=256)(engine._compile_expression)
    elif engine is None and hasattr(templar, "environment"):
        compile_source = templar.environment.from_string
        # None for a template that has to be compiled for each host.
        kept: dict[str, Any] = {}

        def from_string(source: str, *args: Any, **kwargs: Any) -> Any:
            if args or kwargs or source not in sources:
                return compile_source(source, *args, **kwargs)
            if source not in kept:
                kept[source] = None if _has_constant_part(templar.environment, source) else compile_source(source)
            return kept[source] or compile_source(source)

        templar.environment.from_string = from_string


def _has_constant_part(environment: Any, source: str) -> bool:
    """Return whether Jinja evaluates a filter or test while it compiles a template, such as in ``100 | random``.

    All hosts would get the value of the first one if such a template were kept.
    """
    return any(_is_constant(node) for node in environment.parse(source).find_all((nodes.Filter, nodes.Test)))


def _is_constant(node: nodes.Expr) -> bool:
    try:
        node.as_const()
    except nodes.Impossible:
        return False
    return True
