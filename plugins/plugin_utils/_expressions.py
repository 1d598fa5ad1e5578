# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: users' expressions over the variables of hosts.

Each is checked before the service is asked, compiled once, evaluated for each host, and its result remembered where
that is safe. Ansible itself compiles an expression anew for each host, which takes longer than all else that a host
costs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleUndefinedVariable
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.loader import filter_loader, test_loader
from ansible.utils.vars import combine_vars
from ansible_collections.huaweicloud.sms.plugins.module_utils._errors import OptionsError
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

# It parses, and renders nothing.
_JINJA = Environment()

# What Ansible gives to every expression, beside variables.
_GLOBALS = frozenset({*_JINJA.globals, "lookup", "now", "omit", "q", "query", "undef"})

# What gives the same result for the same values, at any time and on any host. Others, such as random, may not.
_FILTERS = {
    *("abs", "bool", "capitalize", "d", "default", "float", "int", "join", "length", "lower"),
    *("regex_replace", "regex_search", "replace", "round", "split", "string", "ternary", "title", "trim", "upper"),
}
_TESTS = {
    *("boolean", "defined", "eq", "equalto", "even", "false", "float", "in", "integer", "lower", "match"),
    *("ne", "none", "number", "odd", "search", "string", "true", "undefined", "upper"),
}
_SCALARS = (str, int, float, type(None))

# What an expression may do with a variable that no host has.
_GUARDING_TESTS = {"defined", "undefined"}
_GUARDING_FILTERS = {"d", "default"}


def check(option: str, expression: Any) -> None:
    """Refuse an expression that can be evaluated for no host.

    :param option: where it stands, for the message.
    :raises OptionsError: no expression, its syntax is wrong, or a filter or test in it does not exist.
    """
    if not isinstance(expression, str) or not expression.strip():
        raise OptionsError(f"{option}: {expression!r} is not a Jinja2 expression.")
    try:
        tree = _parse(expression)
    except (TemplateSyntaxError, RecursionError) as error:
        hint = " It is an expression already: write it without {{ }}." if "{{" in expression else ""
        raise OptionsError(f"{option}: {expression} is not a Jinja2 expression: {error}.{hint}") from None
    if isinstance(tree.node, nodes.Tuple):
        raise OptionsError(f"{option}: {expression} is several expressions: write them as a YAML list.")
    for kind, node_type, known in (("filter", nodes.Filter, _has_filter), ("test", nodes.Test, _has_test)):
        unknown = sorted({node.name for node in tree.find_all(node_type) if not known(node.name)})
        if unknown:
            raise OptionsError(f"{option}: {expression} uses a {kind} that does not exist: {', '.join(unknown)}.")


def unguarded_variables(expression: Any) -> frozenset[str]:
    """The variables without which an expression cannot be evaluated: those that it does not ask for being defined."""
    if not isinstance(expression, str):
        return frozenset()
    tree = _parse(expression)
    guards = [node for node in tree.find_all(nodes.Test) if node.name in _GUARDING_TESTS]
    guards += [node for node in tree.find_all(nodes.Filter) if node.name in _GUARDING_FILTERS]
    guarded = {guard.node.name for guard in guards if isinstance(guard.node, nodes.Name)}
    return frozenset(_names_in(tree) - guarded - _GLOBALS)


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
        return self._remember("compose", expression, own, lambda: self._compose(expression, variables))

    def is_in_group(self, condition: Any, variables: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        """Whether a condition of ``groups`` holds, as ansible-core sees it: since 2.19 it has to be a boolean."""
        return bool(self._remember("group", condition, own, lambda: self._conditional(condition, variables)))

    def name(self, expression: str, variables: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
        """What an expression of ``hostnames`` gives, with the type that it has."""
        return self._remember("name", expression, own, lambda: self._value(expression, variables, True))

    def is_met(self, condition: str, variables: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        """Whether a filter's condition holds; a value that is no boolean counts by its truth.

        :raises AnsibleUndefinedVariable: something in it is undefined.
        :raises Exception: it fails in another way.
        """
        return bool(self._remember("filter", condition, own, lambda: self._value(condition, variables, False)))

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

    def _remember(self, way: str, expression: Any, own: Mapping[str, Any], evaluate: Callable[[], Any]) -> Any:
        """The result of an expression, evaluated once for all hosts whose values for it are the same."""
        names = _deciding_variables(expression) if isinstance(expression, str) else None
        if names is None or any(name in self._extra_vars for name in names):
            return evaluate()
        if not all(isinstance(own.get(name, ...), _SCALARS) for name in names):
            return evaluate()
        # With the types, since True equals 1.
        key = (way, expression, tuple((type(own[name]), own[name]) for name in names))
        if key not in self._results:
            result = evaluate()
            if not isinstance(result, _SCALARS):
                # Hosts must not share what can be changed.
                return result
            self._results[key] = result
        return self._results[key]


class Condition:
    """A condition on all hosts: which of them meet it, and whether it can be evaluated at all.

    :param option: where it stands, for messages.
    :ivar undefined: why it could not be evaluated, for each host for which it could not.
    :raises OptionsError: it can be evaluated for no host.
    """

    def __init__(self, option: str, text: str, expressions: Expressions) -> None:
        check(option, text)
        self.option = option
        self.text = text
        self.undefined: list[str] = []
        self._expressions = expressions

    def begin(self, known: Collection[str]) -> None:
        """Begin with a fleet whose servers have the known variables.

        :raises OptionsError: the condition needs one that no server has.
        """
        self.undefined = []
        unknown = sorted(unguarded_variables(self.text).difference(known, self._expressions.extra_variables))
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


def _parse(expression: str) -> Any:
    """The syntax tree of one whole expression, as Jinja2 itself reads it."""
    parser = Parser(_JINJA, expression, state="variable")
    node = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError("more text follows a whole expression", parser.stream.current.lineno)
    return _Tree(node)


class _Tree:
    """A syntax tree that is searched including its root."""

    def __init__(self, node: nodes.Expr) -> None:
        self.node = node

    def find_all(self, kind: type[nodes.Node]) -> Iterator[Any]:
        if isinstance(self.node, kind):
            yield self.node
        yield from self.node.find_all(kind)


def _names_in(tree: _Tree) -> set[str]:
    return {node.name for node in tree.find_all(nodes.Name)}


@lru_cache(maxsize=256)
def _deciding_variables(expression: str) -> tuple[str, ...] | None:
    """The names of the variables on whose values alone an expression depends, None where it may depend on more."""
    try:
        tree = _parse(expression)
    except TemplateSyntaxError:
        return None
    calls = any(tree.find_all(nodes.Call))
    filters = {node.name for node in tree.find_all(nodes.Filter)}
    tests = {node.name for node in tree.find_all(nodes.Test)}
    if calls or not filters <= _FILTERS or not tests <= _TESTS:
        return None
    return tuple(sorted(_names_in(tree)))


def _has_filter(name: str) -> bool:
    return name in _JINJA.filters or _is_found(filter_loader, name)


def _has_test(name: str) -> bool:
    return name in _JINJA.tests or _is_found(test_loader, name)


def _is_found(loader: Any, name: str) -> bool:
    # A collection that is not there is a KeyError.
    with contextlib.suppress(KeyError):
        return loader.get(name) is not None
    return False


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
