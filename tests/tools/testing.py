# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs pytest on the checkout, importable as the collection that it is."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping, Sequence

import ansible_tests
import checkout
import cores
import nox
import system_programs

# Suites whose tests share nothing and take long.
_SIDE_BY_SIDE = {"waves": ("--numprocesses", "2", "--dist", "worksteal")}
# ansible-test hides Ansible's own modules from these, as from the machines that modules run on.
WITHOUT_ANSIBLE = ("tests/unit/plugins/module_utils/", "tests/unit/plugins/modules/")


def install(session: nox.Session, core: str, *further: str) -> None:
    """Install an ansible-core, and what the unit tests need."""
    session.install(*(cores.requirement(core), "pytest", "pytest-xdist", "-r", "tests/unit/requirements.txt", *further))


def run(
    session: nox.Session,
    *options: str,
    command: Sequence[str] = ("pytest",),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run the unit tests or those that stand behind ``--``; one file needs no second process."""
    # Some tests wait more than they work: one process more than there are processors.
    all_of_them = ("tests/unit", "--numprocesses", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
    _run(session, *command, *options, *chosen(session, *all_of_them), **(environment or {}))


def run_with_coverage(session: nox.Session) -> None:
    """Run the unit tests, and show what they leave out of plugins/."""
    session.run("coverage", "erase")
    # Ansible measures modules, which run in processes of their own, when it is asked to in this way.
    modules = {
        "_ANSIBLE_COVERAGE_CONFIG": str(checkout.ROOT / "pyproject.toml"),
        "_ANSIBLE_COVERAGE_OUTPUT": str(checkout.BUILD / "coverage" / "data.modules"),
    }
    run(session, command=("coverage", "run", "-m", "pytest"), environment=modules)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


def run_suite(session: nox.Session, suite: str) -> None:
    """Run a folder of tests that need more than Ansible, or those of it that stand behind ``--``."""
    system_programs.require(session, suite)
    core = cores.requirement(cores.NEWEST)
    session.install(core, "pytest", "-r", "requirements.txt", "-r", f"tests/{suite}/requirements.txt")
    _run(session, "pytest", *_SIDE_BY_SIDE.get(suite, ()), *chosen(session, f"tests/{suite}"))


def _run(session: nox.Session, *command: str, **environment: str) -> None:
    collections = str(checkout.link_collection())
    given = {"ANSIBLE_COLLECTIONS_PATH": collections, "PYTHONPATH": collections, **environment}
    session.run(*command, env={"HOME": str(ansible_tests.home(session)), **given})


def chosen(session: nox.Session, *otherwise: str) -> list[str]:
    """Return the arguments behind ``--``, after others unless one of them is a path to tests."""
    paths = [pathlib.Path(argument.partition("::")[0]).absolute() for argument in session.posargs]
    named = any(path.exists() and checkout.ROOT / "tests" in path.parents for path in paths)
    return [*(() if named else otherwise), *session.posargs]
