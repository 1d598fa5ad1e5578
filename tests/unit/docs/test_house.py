# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The house as CONTRIBUTING lays it out: data goes one way, and each room is small enough to be read."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils import _spec

ROOT = Path(_spec.__file__).parents[2]
FILES = [*sorted(ROOT.glob("plugins/*/*.py")), *sorted(ROOT.glob("extensions/eda/plugins/*/*.py"))]
NAMES = [str(file.relative_to(ROOT)) for file in FILES]
PACKAGE = "ansible_collections.huaweicloud.sms."
# Each may use those below it, and its neighbours.
FLOORS = ("module_utils", "plugin_utils")
MOST_LINES_OF_A_FILE = 250
MOST_LINES_OF_A_FUNCTION = 30


def parsed(name):
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def module_of(name):
    return PACKAGE + name.removesuffix(".py").replace("/", ".")


def imports_of(name):
    """The modules of this collection that a file imports."""
    package = module_of(name).rpartition(".")[0]
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.ImportFrom):
            base = package if node.level else node.module
            base = f"{base}.{node.module}" if node.level and node.module else base
            yield from (f"{base}.{alias.name}" for alias in node.names)
            yield base
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


GRAPH = {module_of(name): {*imports_of(name)} & {*map(module_of, NAMES)} for name in NAMES}


def lines_of_code(node, text):
    """The lines of a node that hold code: without documentation, comments and blank lines."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    left_out = set()
    for inner in ast.walk(node):
        if isinstance(inner, documented) and inner.body and ast.get_docstring(inner, clean=False) is not None:
            left_out |= {*range(inner.body[0].lineno, inner.body[0].end_lineno + 1)}
        if isinstance(inner, ast.Assign) and getattr(inner.targets[0], "id", "") in (
            "DOCUMENTATION",
            "EXAMPLES",
            "RETURN",
        ):
            left_out |= {*range(inner.lineno, inner.end_lineno + 1)}
    lines = text.splitlines()
    first, last = (1, len(lines)) if isinstance(node, ast.Module) else (node.lineno, node.end_lineno)
    return [
        number
        for number in range(first, last + 1)
        if number not in left_out and lines[number - 1].strip() and not lines[number - 1].strip().startswith("#")
    ]


def test_no_import_goes_in_a_circle():
    assert [*TopologicalSorter(GRAPH).static_order()]


@pytest.mark.parametrize("name", NAMES)
def test_no_import_goes_up(name):
    floor = next((number for number, floor in enumerate(FLOORS) if f"/{floor}/" in name), len(FLOORS))
    below = FLOORS[: floor + 1]
    assert [module for module in GRAPH[module_of(name)] if not re.search(rf"\.({'|'.join(below)})\.", module)] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_file_can_be_read_from_top_to_bottom(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(lines_of_code(tree, text)) <= MOST_LINES_OF_A_FILE
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    sizes = {node.name: len(lines_of_code(node, text)) for node in functions}
    assert {function: size for function, size in sizes.items() if size > MOST_LINES_OF_A_FUNCTION} == {}
