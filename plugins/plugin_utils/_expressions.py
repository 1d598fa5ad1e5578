# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: users' expressions, evaluated once for all hosts that are alike.

Ansible compiles an expression anew for each host, which takes longer than all else that a host costs. Most expressions
of an inventory tell a few kinds of hosts apart, such as by their operating system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

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


class Results:
    """The results of expressions, by the values that they depend on."""

    def __init__(self) -> None:
        self._results: dict[tuple[str, tuple[Any, ...]], Any] = {}

    def of(self, expression: Any, variables: Mapping[str, Any], evaluate: Callable[[], Any]) -> Any:
        """What an expression gives for a host's variables, which ``evaluate`` finds out where that is not known yet."""
        names = _variables_of(expression) if isinstance(expression, str) else None
        if names is None or not all(isinstance(variables.get(name, ...), _SCALARS) for name in names):
            return evaluate()
        # With the types, since True equals 1.
        key = (expression, tuple((type(variables[name]), variables[name]) for name in names))
        if key not in self._results:
            result = evaluate()
            if not isinstance(result, _SCALARS):
                # Hosts must not share what can be changed.
                return result
            self._results[key] = result
        return self._results[key]


@lru_cache(maxsize=256)
def _variables_of(expression: str) -> tuple[str, ...] | None:
    """The names of the variables on whose values alone an expression depends, None where it may depend on more."""
    try:
        tree = Environment().parse("{{" + expression + "}}")
    except TemplateSyntaxError:
        return None
    calls = tree.find(nodes.Call) is not None
    filters = {node.name for node in tree.find_all(nodes.Filter)}
    tests = {node.name for node in tree.find_all(nodes.Test)}
    if calls or not filters <= _FILTERS or not tests <= _TESTS:
        return None
    return tuple(sorted({node.name for node in tree.find_all(nodes.Name)}))
