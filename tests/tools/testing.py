# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs pytest on the checkout, importable as the collection that it is."""

from __future__ import annotations

import os
import pathlib

import ansible_tests
import checkout
import cores
import nox
import system_programs

SUITES = ("awx", "browser", "eda", "targets", "waves")
# What `make test` runs of them.
BRIEF_SUITES = {
    "eda": ("tests/eda",),
    "targets": ("tests/targets",),
    "waves": (
        "tests/waves/test_kill.py",
        "tests/waves/test_wave.py::test_a_wave_goes_from_the_check_to_the_smoke_test_of_the_targets",
    ),
}
# Suites whose tests share nothing and take long.
_SIDE_BY_SIDE = {"waves": ("--numprocesses", "2", "--dist", "worksteal")}
# ansible-test hides Ansible's own modules from these, as from the machines that modules run on.
WITHOUT_ANSIBLE = ("tests/unit/plugins/module_utils/", "tests/unit/plugins/modules/")


def install(session: nox.Session, core: str, *further: str) -> None:
    """Install an ansible-core, and what the unit tests need."""
    session.install(*(cores.requirement(core), "pytest", "pytest-xdist", "-r", "tests/unit/requirements.txt", *further))


def run(session: nox.Session, *options: str) -> None:
    """Run the unit tests or those that stand behind ``--``; one file needs no second process."""
    # Some tests wait more than they work: one process more than there are processors.
    all_of_them = ("tests/unit", "--numprocesses", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
    _run(session, *options, *chosen(session, *all_of_them))


def run_suite(session: nox.Session, suite: str, *tests: str) -> None:
    """Run tests of a suite, each of which needs more than Ansible, or those that stand behind ``--``."""
    system_programs.require(session, suite)
    core = cores.requirement(cores.NEWEST)
    session.install(core, "pytest", "-r", "requirements.txt", "-r", f"tests/{suite}/requirements.txt")
    _run(session, *_SIDE_BY_SIDE.get(suite, ()), *chosen(session, *tests))


def _run(session: nox.Session, *arguments: str) -> None:
    collections = str(checkout.link_collection())
    given = {"ANSIBLE_COLLECTIONS_PATH": collections, "PYTHONPATH": collections}
    session.run("pytest", *arguments, env={"HOME": str(ansible_tests.home(session)), **given})


def chosen(session: nox.Session, *otherwise: str) -> list[str]:
    """Return the arguments behind ``--``, after others unless one of them is a path to tests."""
    paths = [pathlib.Path(argument.partition("::")[0]).absolute() for argument in session.posargs]
    named = any(path.exists() and checkout.ROOT / "tests" in path.parents for path in paths)
    return [*(() if named else otherwise), *session.posargs]
