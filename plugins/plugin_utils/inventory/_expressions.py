# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: users' expressions over the variables of hosts.

Each is compiled once, evaluated for each host, and its result remembered where that is safe. Ansible itself compiles an
expression anew for each host, which takes longer than all else that a host costs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleUndefinedVariable
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.vars import combine_vars
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _pure, _syntax

_SCALARS = (str, int, float, type(None))

# Variables that the plugin itself makes; their values are no templates.
_MAGIC = {"group_names", "inventory_hostname"}


class Expressions:
    """Evaluates expressions, as ansible-core does and with its results.

    :param templar: the inventory plugin's own; it compiles each expression only once from now on.
    :param extra_vars: those of the command line, where the user wants expressions to see them.
    """

    def __init__(self, templar: Any, extra_vars: Mapping[str, Any]) -> None:
        self._templar = templar
        self._extra_vars = extra_vars
        self._results: dict[tuple[Any, ...], Any] = {}
        self._sources: set[str] = set()
        _compile_once(templar, self._sources)

    @property
    def extra_variables(self) -> Collection[str]:
        """The names of the variables that expressions see, beside those of hosts."""
        return {"inventory_hostname", *self._extra_vars}

    def compose(self, expression: Any, variables: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
        """What ``compose`` makes of an expression.

        :param variables: all that the expression sees.
        :param own: those of them that the service sent: text that is no template, whatever it looks like.
        """
        return self._remember(self._compose, expression, variables, own)

    def is_in_group(self, condition: Any, variables: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        """Whether a condition of ``groups`` holds, as ansible-core sees it: since 2.19 it has to be a boolean."""
        return bool(self._remember(self._conditional, condition, variables, own, (bool,)))

    def name(self, expression: str, variables: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
        """What an expression of ``hostnames`` gives, with the type that it has."""
        return self._remember(self._name, expression, variables, own)

    def is_met(self, condition: str, variables: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        """Whether a filter's condition holds; a value that is no boolean counts by its truth.

        :raises AnsibleUndefinedVariable: something in it is undefined.
        :raises Exception: it fails in another way.
        """
        return bool(self._remember(self._truth, condition, variables, own))

    def _compose(self, expression: Any, variables: Mapping[str, Any]) -> Any:
        self._set_variables(variables)
        if hasattr(self._templar, "evaluate_expression"):
            return self._templar.evaluate_expression(expression)
        return self._template("{{" + str(expression) + "}}")

    def _conditional(self, condition: Any, variables: Mapping[str, Any]) -> bool:
        self._set_variables(variables)
        if hasattr(self._templar, "evaluate_conditional"):
            return bool(self._templar.evaluate_conditional(condition))
        return bool(boolean(self._template(f"{{% if {condition} %}}True{{% else %}}False{{% endif %}}")))

    def _name(self, expression: str, variables: Mapping[str, Any]) -> Any:
        return self._value(expression, variables, escape_backslashes=True)

    def _truth(self, condition: str, variables: Mapping[str, Any]) -> bool:
        return bool(self._value(condition, variables, escape_backslashes=False))

    def _value(self, expression: str, variables: Mapping[str, Any], escape_backslashes: bool) -> Any:
        self._set_variables(variables)
        if hasattr(self._templar, "evaluate_expression"):
            return self._templar.evaluate_expression(expression, escape_backslashes=escape_backslashes)
        # Before ansible-core 2.19 the type of what a template gives is guessed anew, such as 1.1 from 1.10, except in
        # a list.
        values = self._template("{{[" + expression + "]}}", escape_backslashes=escape_backslashes)
        if isinstance(values, str):
            # What has no spelling, such as "x if false", stays a text that describes it.
            raise AnsibleUndefinedVariable(f"{expression} gives no value but {values}")
        return values[0]

    def _template(self, source: str, **options: Any) -> Any:
        self._sources.add(source)
        return self._templar.template(source, disable_lookups=True, **options)

    def _set_variables(self, variables: Mapping[str, Any]) -> None:
        self._templar.available_variables = combine_vars(variables, self._extra_vars) if self._extra_vars else variables

    def _remember(
        self,
        evaluate: Callable[[Any, Mapping[str, Any]], Any],
        expression: Any,
        variables: Mapping[str, Any],
        own: Mapping[str, Any],
        plain: tuple[type, ...] = _SCALARS,
    ) -> Any:
        """The result of an expression, evaluated once for all hosts whose values for it are the same.

        :param plain: the types of results that Jinja2 alone may give.
        """
        names = self._deciding_names(expression, own)
        if names is None:
            return evaluate(expression, variables)
        values = {name: variables[name] for name in names}
        if not all(isinstance(own.get(name, ...), _SCALARS) for name in names):
            return self._evaluate(evaluate, expression, values, plain)
        # With the types, since True equals 1.
        key = (evaluate.__name__, expression, tuple((type(value), value) for value in values.values()))
        if key not in self._results:
            result = self._evaluate(evaluate, expression, values, plain)
            if not isinstance(result, _SCALARS):
                # Hosts must not share what can be changed.
                return result
            self._results[key] = result
        return self._results[key]

    def _deciding_names(self, expression: Any, own: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The variables that alone decide what an expression gives, None where others may have a part in it.

        A variable that is not the service's may be a template, and so depend on any other.
        """
        names = _pure.deciding_variables(expression) if isinstance(expression, str) else None
        if names is None or not all(name in own or name in _MAGIC for name in names):
            return None
        return None if any(name in self._extra_vars for name in names) else names

    def _evaluate(
        self,
        evaluate: Callable[[Any, Mapping[str, Any]], Any],
        expression: str,
        values: Mapping[str, Any],
        plain: tuple[type, ...],
    ) -> Any:
        """Have Jinja2 alone evaluate an expression if its result is one of the plain types, ansible-core otherwise."""
        # Before ansible-core 2.19 a result is made a text, and the type guessed anew. Backslashes it treats as its own.
        if hasattr(self._templar, "evaluate_expression") and "\\" not in expression:
            with contextlib.suppress(Exception):  # which ansible-core explains better
                result = _pure.compile_expression(expression)(values)
                if isinstance(result, plain):
                    return result
        return evaluate(expression, values)


class Condition:
    """A condition on all hosts: which of them meet it, and whether it can be evaluated at all.

    :param option: where it stands, for messages.
    :ivar undefined: why it could not be evaluated, for each host for which it could not.
    :raises OptionsError: it can be evaluated for no host.
    """

    def __init__(self, option: str, text: str, expressions: Expressions) -> None:
        _syntax.check(option, text)
        self.option = option
        self.text = text
        self.undefined: list[str] = []
        self._expressions = expressions

    def begin(self, known: Collection[str]) -> None:
        """Begin with a fleet whose servers have the known variables.

        :raises OptionsError: the condition needs one that no server has.
        """
        self.undefined = []
        unknown = sorted(_syntax.unguarded_variables(self.text).difference(known, self._expressions.extra_variables))
        if unknown:
            raise OptionsError(f"{self.option}: {self.text} uses what no source server has: {', '.join(unknown)}.")

    def is_met_by(self, name: str, variables: Mapping[str, Any], own: Mapping[str, Any], strict: bool) -> bool:
        """Whether a host meets it; one for which something in it is undefined does not.

        :raises OptionsError: it fails for the host in another way; with ``strict``, in any.
        """
        try:
            return self._expressions.is_met(self.text, variables, own)
        except AnsibleUndefinedVariable as error:
            if strict:
                raise OptionsError(f"{self.option}: {self.text} fails for {name}: {error}") from None
            self.undefined.append(str(error))
            return False
        except Exception as error:  # whatever filters and tests raise
            raise OptionsError(f"{self.option}: {self.text} fails for {name}: {error}") from None

    def end(self, hosts: int) -> None:
        """Refuse a condition that was defined for no host.

        :raises OptionsError: it failed for all.
        """
        if hosts and len(self.undefined) == hosts:
            raise OptionsError(f"{self.option}: {self.text} is undefined for all {hosts} hosts: {self.undefined[0]}")


def _compile_once(templar: Any, sources: Collection[str]) -> None:
    """Have a templar compile each expression only once.

    There is no public way. Where the private one is another, all works as before, and more slowly.

    :param sources: the templates that may be kept, for ansible-core before 2.19, whose lookups are switched off in the
        compiled template itself.
    """
    engine: Any = getattr(templar, "_engine", None)
    if hasattr(engine, "_compile_expression"):
        # From ansible-core 2.19 on.
        engine._compile_expression = lru_cache(maxsize=256)(engine._compile_expression)
    elif engine is None and hasattr(templar, "environment"):
        compile_source, compiled = templar.environment.from_string, {}

        def from_string(source: str, *args: Any, **kwargs: Any) -> Any:
            if args or kwargs or source not in sources:
                return compile_source(source, *args, **kwargs)
            if source not in compiled:
                compiled[source] = compile_source(source)
            return compiled[source]

        templar.environment.from_string = from_string
