# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records which arguments modules of the collection awx.awx take, as they document them, in awx_arguments.json.

The collection is on Galaxy alone, and part of the package ansible up to version 11, which is too large for a test::

    $ python3 tests/awx/record_arguments.py …/ansible_collections/awx/awx
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("awx_arguments.json")
MODULES = ("credential", "credential_type", "execution_environment", "inventory", "inventory_source", "job_template")
MODULES += ("project", "workflow_job_template")
_KEPT = ("type", "elements", "required", "choices", "aliases")


def documented(module: Path) -> dict[str, Any]:
    """The options that a module's documentation has."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(node.value))["options"]
    raise SystemExit(f"{module} has no documentation")


def argument_spec(options: dict[str, Any]) -> dict[str, Any]:
    """The options as an argument spec has them."""
    spec = {}
    for name, option in options.items():
        spec[name] = {key: option[key] for key in _KEPT if key in option}
        if "suboptions" in option:
            spec[name]["options"] = argument_spec(option["suboptions"])
    return spec


def record(collection: Path) -> dict[str, Any]:
    version = json.loads((collection / "MANIFEST.json").read_text("utf-8"))["collection_info"]["version"]
    folder = collection / "plugins" / "modules"
    modules = {name: argument_spec(documented(folder / f"{name}.py")) for name in MODULES}
    return {"recorded_from": f"awx.awx {version}", "modules": modules}


if __name__ == "__main__":
    FILE.write_text(json.dumps(record(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
