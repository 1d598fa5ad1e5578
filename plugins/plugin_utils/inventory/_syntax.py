# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what can be said of users' expressions before they are evaluated."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ansible.plugins.loader import filter_loader, test_loader
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

# It parses, and renders nothing.
_JINJA = Environment()

# What Ansible gives to every expression, beside variables.
_GLOBALS = frozenset({*_JINJA.globals, "lookup", "now", "omit", "q", "query", "undef"})

# Options that are lists of expressions.
CONDITIONS = ("include_host_filters", "exclude_host_filters")
LISTS = ("hostnames", *CONDITIONS)

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
        tree = parse(expression)
    except (TemplateSyntaxError, RecursionError) as error:
        hint = " It is an expression already: write it without {{ }}." if "{{" in expression else ""
        raise OptionsError(f"{option}: {expression} is not a Jinja2 expression: {error}.{hint}") from None
    if option in LISTS and tree.is_several:
        raise OptionsError(f"{option}: {expression} is several expressions: write them as a YAML list.")
    if option in CONDITIONS and tree.is_text:
        raise OptionsError(f"{option}: {expression} is a text and asks for nothing: write it without the quotes.")
    for kind, node_type, known in (("filter", nodes.Filter, _has_filter), ("test", nodes.Test, _has_test)):
        unknown = sorted({node.name for node in tree.find_all(node_type) if not known(node.name)})
        if unknown:
            missing = f"a {kind} that does not exist" if len(unknown) == 1 else f"{kind}s that do not exist"
            raise OptionsError(f"{option}: {expression} uses {missing}: {', '.join(unknown)}.")


def unguarded_variables(expression: Any) -> frozenset[str]:
    """The variables without which an expression cannot be evaluated: those that it does not ask for being defined."""
    if not isinstance(expression, str):
        return frozenset()
    tree = parse(expression)
    guards = [node for node in tree.find_all(nodes.Test) if node.name in _GUARDING_TESTS]
    guards += [node for node in tree.find_all(nodes.Filter) if node.name in _GUARDING_FILTERS]
    guarded = {guard.node.name for guard in guards if isinstance(guard.node, nodes.Name)}
    return frozenset(tree.names - guarded - _GLOBALS)


def parse(expression: str) -> Tree:
    """The syntax tree of one whole expression, as Jinja2 itself reads it."""
    parser = Parser(_JINJA, expression, state="variable")
    node = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError("more text follows a whole expression", parser.stream.current.lineno)
    return Tree(node)


class Tree:
    """A syntax tree that is searched including its root."""

    def __init__(self, node: nodes.Expr) -> None:
        self.node = node

    def find_all(self, kind: type[nodes.Node]) -> Iterator[Any]:
        if isinstance(self.node, kind):
            yield self.node
        yield from self.node.find_all(kind)

    @property
    def is_several(self) -> bool:
        """Whether it is a list that stands in one text, which as a condition would always be met."""
        return isinstance(self.node, nodes.Tuple) or (isinstance(self.node, nodes.List) and bool(self.node.items))

    @property
    def is_text(self) -> bool:
        """Whether it is a text in quotes, which as a condition would be met always, or never where it is empty."""
        return isinstance(self.node, nodes.Const) and isinstance(self.node.value, str)

    @property
    def names(self) -> set[str]:
        """Those of its variables."""
        return {node.name for node in self.find_all(nodes.Name)}


def _has_filter(name: str) -> bool:
    return name in _JINJA.filters or _is_found(filter_loader, name)


def _has_test(name: str) -> bool:
    return name in _JINJA.tests or _is_found(test_loader, name)


def _is_found(loader: Any, name: str) -> bool:
    # A collection that is not there is a KeyError.
    with contextlib.suppress(KeyError):
        return loader.get(name) is not None
    return False
