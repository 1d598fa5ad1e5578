# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: checks of users' expressions before they are evaluated."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ansible.plugins.loader import filter_loader, test_loader
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

# Used for parsing only.
_JINJA = Environment()

# Names that every expression has in addition to variables.
_GLOBALS = frozenset({*_JINJA.globals, "lookup", "now", "omit", "q", "query", "undef"})

# Options that are lists of expressions; CONDITIONS are those whose value is tested for truth.
CONDITIONS = ("include_host_filters", "exclude_host_filters")
LISTS = ("hostnames", *CONDITIONS)

# Tests and filters that may be applied to a variable that no host has.
_GUARDING_TESTS = {"defined", "undefined"}
_GUARDING_FILTERS = {"d", "default"}


def check(option: str, expression: Any) -> None:
    """Check that an expression could be evaluated for a host.

    :param option: the option that has it, for the message.
    :raises OptionsError: it is no expression, its syntax is wrong, or a filter or test in it does not exist.
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
    """Return the variables that an expression needs, because it has no default for them and no test for ``defined``."""
    if not isinstance(expression, str):
        return frozenset()
    tree = parse(expression)
    guards = [node for node in tree.find_all(nodes.Test) if node.name in _GUARDING_TESTS]
    guards += [node for node in tree.find_all(nodes.Filter) if node.name in _GUARDING_FILTERS]
    guarded = {guard.node.name for guard in guards if isinstance(guard.node, nodes.Name)}
    return frozenset(tree.names - guarded - _GLOBALS)


def parse(expression: str) -> Tree:
    """Return the syntax tree of a text that is one expression, as Jinja2 itself reads it.

    :raises TemplateSyntaxError: the text is not one expression.
    """
    parser = Parser(_JINJA, expression, state="variable")
    node = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError("more text follows a whole expression", parser.stream.current.lineno)
    return Tree(node)


class Tree:
    """A syntax tree that is searched including its root, which Jinja2's own ``find_all`` leaves out."""

    def __init__(self, node: nodes.Expr) -> None:
        self.node = node

    def find_all(self, kind: type[nodes.Node]) -> Iterator[Any]:
        if isinstance(self.node, kind):
            yield self.node
        yield from self.node.find_all(kind)

    @property
    def is_several(self) -> bool:
        """Whether it is a list in one text, which would always be met as a condition."""
        return isinstance(self.node, nodes.Tuple) or (isinstance(self.node, nodes.List) and bool(self.node.items))

    @property
    def is_text(self) -> bool:
        """Whether it is a text in quotes, which would always be met as a condition, or never if it is empty."""
        return isinstance(self.node, nodes.Const) and isinstance(self.node.value, str)

    @property
    def names(self) -> set[str]:
        """The names of its variables."""
        return {node.name for node in self.find_all(nodes.Name)}


def _has_filter(name: str) -> bool:
    return name in _JINJA.filters or _is_found(filter_loader, name)


def _has_test(name: str) -> bool:
    return name in _JINJA.tests or _is_found(test_loader, name)


def _is_found(loader: Any, name: str) -> bool:
    # The loader raises a KeyError if the collection is not installed.
    with contextlib.suppress(KeyError):
        return loader.get(name) is not None
    return False
