# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layout of the code: which package may import which, and how large a file or a function may become."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter

import pytest
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

FILES = [*sorted(ROOT.glob("plugins/**/*.py")), *sorted(ROOT.glob("extensions/eda/plugins/**/*.py"))]
NAMES = [str(file.relative_to(ROOT)) for file in FILES]
COLLECTION = "ansible_collections.huaweicloud.sms."
MOST_LINES_OF_A_FILE = 250
MOST_LINES_OF_A_FUNCTION = 30

# The packages from the highest floor to the lowest, each with the packages of its own half that it may import.
MODULE_UTILS = {
    "modules": ["tasks", "events", "api", "options", "records", "common"],
    "tasks": ["api", "records", "common"],
    "api": ["http", "options", "records", "common"],
    "events": ["options", "records", "common"],
    "http": ["options", "common"],
    "options": ["records", "common"],
    "records": ["common"],
    "common": [],
}
PLUGIN_UTILS = {
    "wave": ["servers", "actions"],
    "servers": ["actions"],
    "inventory": [],
    "actions": [],
    "report": [],
}


def floors():
    """Map each folder to the folders that its files may import."""
    lower = [f"plugins/module_utils/{package}" for package in MODULE_UTILS]
    upper = [f"plugins/plugin_utils/{package}" for package in PLUGIN_UTILS]
    loose = ["plugins/module_utils", "plugins/plugin_utils"]
    yield from ((f"plugins/{kind}", {*lower, *upper, *loose}) for kind in ("inventory", "action"))
    yield "extensions/eda/plugins/event_source", {*lower}
    yield "plugins/modules", {"plugins/module_utils/modules", loose[0]}
    yield "plugins/doc_fragments", set()
    for package, below in PLUGIN_UTILS.items():
        yield f"plugins/plugin_utils/{package}", {*lower, *loose, *(f"plugins/plugin_utils/{name}" for name in below)}
    for package, below in MODULE_UTILS.items():
        yield f"plugins/module_utils/{package}", {f"plugins/module_utils/{name}" for name in below}
    # In no package are the check of Python, which old Pythons read, and the trust in texts, which all plugins share.
    yield loose[1], set()
    yield loose[0], set()


FLOORS = dict(floors())


def parsed(name):
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def module_of(name):
    return COLLECTION + name.removesuffix(".py").replace("/", ".")


def folder_of(name):
    return name.rpartition("/")[0]


def imports_of(name):
    """Yield the modules of this collection that a file imports, by relative and by absolute names."""
    parents = module_of(name).split(".")
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.ImportFrom):
            package = ".".join(parents[: -node.level]) if node.level else ""
            base = ".".join(filter(None, [package, node.module]))
            yield from (f"{base}.{alias.name}" for alias in node.names)
            yield base
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


MODULES = {module_of(name): name for name in NAMES}
GRAPH = {name: {MODULES[module] for module in imports_of(name) if module in MODULES} for name in NAMES}


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


def test_no_files_import_one_another():
    assert [*TopologicalSorter(GRAPH).static_order()]


def test_no_packages_import_one_another():
    packages = {}
    for name, imported in GRAPH.items():
        packages.setdefault(folder_of(name), set()).update({*map(folder_of, imported)} - {folder_of(name)})
    assert [*TopologicalSorter(packages).static_order()]


def test_each_package_stands_above_those_that_it_may_import():
    assert [*TopologicalSorter(FLOORS).static_order()]


@pytest.mark.parametrize("name", NAMES)
def test_no_import_goes_up(name):
    allowed = {folder_of(name), *FLOORS[folder_of(name)]}
    assert [imported for imported in GRAPH[name] if folder_of(imported) not in allowed] == []


@pytest.mark.parametrize(("half", "packages"), [("module_utils", MODULE_UTILS), ("plugin_utils", PLUGIN_UTILS)])
def test_every_package_is_known(half, packages):
    assert sorted(packages) == sorted({file.parent.name for file in ROOT.glob(f"plugins/{half}/*/*.py")})


def test_the_map_in_the_contributors_guide_is_the_layout():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/` \|[^|]+\|([^|]*)\|$", guide, re.MULTILINE)
    shown = {package: re.findall(r"`(\w+)`", imported) for package, imported in rows}
    assert shown == {**PLUGIN_UTILS, **MODULE_UTILS}


@pytest.mark.parametrize("name", NAMES)
def test_each_file_can_be_read_from_top_to_bottom(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(lines_of_code(tree, text)) <= MOST_LINES_OF_A_FILE
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    sizes = {node.name: len(lines_of_code(node, text)) for node in functions}
    assert {function: size for function, size in sizes.items() if size > MOST_LINES_OF_A_FUNCTION} == {}
