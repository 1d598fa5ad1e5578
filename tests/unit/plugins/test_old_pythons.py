# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target's Python can be too old for the collection, though Ansible still starts modules on it: one message."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.huaweicloud.sms.plugins.module_utils import _python
from ansible_collections.huaweicloud.sms.plugins.modules import source_server_info

MODULE_UTILS = "ansible_collections.huaweicloud.sms.plugins.module_utils"
MODULE = Path(source_server_info.__file__)
PYTHON = Path(_python.__file__)
NAMES = ("python2.7", "python3.6", "python3.7", "python3.8", "python3.9")


def is_there(name):
    """Whether a Python is there and runs: a shim may be all there is."""
    found = shutil.which(name)
    return bool(found) and subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0


OLD_ONES = {name: tuple(map(int, name.removeprefix("python").split("."))) for name in NAMES if is_there(name)}
# Newer versions of ansible-core cannot start modules on the oldest. The older ones had no number for that.
OLDEST = basic._PY_MIN if isinstance(basic._PY_MIN, tuple) else (2, 7)
STARTED_BY_CORE = [name for name, version in OLD_ONES.items() if version >= OLDEST]
NONE = [pytest.param("", marks=pytest.mark.skip("no such Python is installed"))]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 9, 18)])
def test_an_old_version_is_named_with_what_to_do(version):
    problem = _python.problem_of(version)
    assert f"needs Python 3.10 or newer, and this is {'.'.join(map(str, version))} (" in problem
    assert problem.endswith("set ansible_python_interpreter to a newer one.")
    assert sys.executable in problem


@pytest.mark.parametrize("version", [(3, 10, 0), (3, 13, 1), (4, 0, 0)])
def test_a_newer_version_is_no_problem(version):
    assert _python.problem_of(version) is None


@pytest.mark.parametrize("file", [MODULE, PYTHON], ids=lambda file: file.name)
def test_what_comes_before_the_check_can_be_read_by_every_old_python(file):
    source = file.read_bytes()
    assert source.isascii()
    # The oldest grammar that there is: it knows no f-strings and no annotated variables.
    tree = ast.parse(source, feature_version=(3, 4))
    for node in ast.walk(tree):
        assert getattr(node, "returns", None) is None
        assert getattr(node, "annotation", None) is None
        assert not isinstance(node, (ast.JoinedStr, ast.AsyncFunctionDef, ast.Nonlocal))


def test_nothing_else_is_imported_before_the_check():
    imports = [node for file in (MODULE, PYTHON) for node in ast.parse(file.read_text()).body if is_import(node)]
    assert [ast.unparse(node) for node in imports] == [
        f"from {MODULE_UTILS} import _python",
        "import json",
        "import sys",
    ]


def is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))


@pytest.mark.parametrize("name", [*OLD_ONES] or NONE)
def test_an_old_python_reads_it_and_says_so(name):
    program = (
        f"import sys; sys.path.insert(0, {str(PYTHON.parent)!r}); compile(open({str(MODULE)!r}).read(), 'a', 'exec');"
        " import _python; _python.refuse_old_one()"
    )
    completed = subprocess.run([name, "-B", "-c", program], capture_output=True, check=False, text=True)
    assert completed.stderr == ""
    assert completed.returncode == 1
    result = json.loads(completed.stdout)
    assert result["failed"] is True
    assert f"needs Python 3.10 or newer, and this is {name.removeprefix('python')}." in result["msg"]


@pytest.mark.parametrize("name", STARTED_BY_CORE or NONE)
def test_a_task_on_an_old_python_ends_with_one_message(name, run_ansible):
    completed = run_ansible(
        "adhoc",
        "localhost",
        "-m",
        "huaweicloud.sms.source_server_info",
        "-a",
        json.dumps({"endpoint": "http://127.0.0.1:1", "token": "token"}),
        "-e",
        f"ansible_python_interpreter={shutil.which(name)}",
    )
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    assert "Traceback" not in printed
    assert "SyntaxError" not in printed
    assert f"needs Python 3.10 or newer, and this is {name.removeprefix('python')}." in printed
