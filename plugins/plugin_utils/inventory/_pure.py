# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: expressions that depend on nothing but the values of their variables.

What such an expression gives can be remembered. ansible-core wraps each value for the sake of templates that may be in
it; where a value is known to be none, Jinja2 alone gives the same result, and takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ansible.plugins.loader import filter_loader, test_loader
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _syntax
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

# What gives the same result for the same values, at any time and on any host. Others, such as random, may not.
_FILTERS = {
    *("abs", "bool", "capitalize", "d", "default", "float", "int", "join", "length", "lower"),
    *("regex_replace", "regex_search", "replace", "round", "split", "string", "ternary", "title", "trim", "upper"),
}
_TESTS = {
    *("boolean", "defined", "eq", "equalto", "even", "false", "float", "in", "integer", "lower", "match"),
    *("ne", "none", "number", "odd", "search", "string", "true", "undefined", "upper"),
}
# ansible-core has its own ones for the markers that it has instead of Jinja2's undefined values.
_FOR_UNDEFINED = {"d", "default", "defined", "undefined"}


@lru_cache(maxsize=256)
def deciding_variables(expression: str) -> tuple[str, ...] | None:
    """The names of the variables on whose values alone an expression depends, None where it may depend on more."""
    try:
        tree = _syntax.parse(expression)
    except TemplateSyntaxError:
        return None
    filters = {node.name for node in tree.find_all(nodes.Filter)}
    tests = {node.name for node in tree.find_all(nodes.Test)}
    if any(tree.find_all(nodes.Call)) or not filters <= _FILTERS or not tests <= _TESTS:
        return None
    if not all(_is_shipped(filter_loader, name) for name in filters):
        return None
    return tuple(sorted(tree.names)) if all(_is_shipped(test_loader, name) for name in tests) else None


@lru_cache(maxsize=256)
def compile_expression(expression: str) -> Callable[..., Any]:
    """A function of an expression's variables, for one whose deciding variables are known."""
    function: Callable[..., Any] = _environment().compile_expression(expression, undefined_to_none=False)
    return function


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    environment.filters |= _shipped(filter_loader, _FILTERS)
    environment.tests |= _shipped(test_loader, _TESTS)
    return environment


def _shipped(loader: Any, names: set[str]) -> dict[str, Any]:
    """ansible-core's own plugins of these names, where it has any beside Jinja2's."""
    plugins = {name: loader.get(name) for name in names - _FOR_UNDEFINED if _is_shipped(loader, name)}
    return {name: plugin.j2_function for name, plugin in plugins.items() if plugin}


def _is_shipped(loader: Any, name: str) -> bool:
    """Whether it is Jinja2's or ansible-core's, and none of the user's own."""
    plugin = loader.get(name)
    return plugin is None or plugin.ansible_name == f"ansible.builtin.{name}"
