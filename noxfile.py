# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The sessions that check this collection: ``make help`` shows the usual ways in, ``nox --list`` all of them.

Everything that they create lies below ``.nox/`` and ``build/``; of the home directory they use pip's and uv's caches
alone. What the sessions do stands in ``tests/tools/``; the sessions for style and metadata are antsibull-nox's.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

import antsibull_nox
import nox

sys.path.append(str(pathlib.Path(__file__).parent / "tests" / "tools"))
import ansible_tests
import artefact as built
import changes
import checkout
import cores
import surroundings
import testing

surroundings.enter()
nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = surroundings.backend()
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.sessions = []
nox.options.error_on_missing_interpreters = cores.IN_CI
antsibull_nox.load_antsibull_nox_toml()

on_newest_core = {"python": cores.python_for(cores.NEWEST)}


def per_core(versions: Iterable[str], tag: str = "") -> Callable[..., Any]:
    """Parametrize a session by ansible-core; the tag, for `make test`, goes to the oldest and the newest."""
    tags = {core: [tag] for core in (cores.OLDEST, cores.NEWEST) if tag}
    return nox.parametrize(
        "python,core",
        [nox.param(cores.python_for(core), core, id=f"core-{core}", tags=tags.get(core)) for core in versions],
    )


# With the Python in the name of its environment, so that another Python gets another.
@nox.session(python=[cores.python_for(cores.NEWEST)])
def check(session: nox.Session) -> None:
    """Lint what changed and run the unit tests but the slowest on the newest ansible-core, or what stands behind --."""
    testing.install(session, cores.NEWEST, *changes.LINTERS)
    if session.posargs:
        testing.run(session)
    else:
        changes.lint(session)
        testing.run(session, "-m", "not slow and not exhaustive", "--hypothesis-profile", "brief")


@nox.session
@per_core(cores.CORES)
def pytest(session: nox.Session, core: str) -> None:
    """Run the unit tests with plain pytest."""
    testing.install(session, core)
    testing.run(session)


@nox.session(**on_newest_core)
def coverage(session: nox.Session) -> None:
    """Run the unit tests but the exhaustive ones on the newest ansible-core; show what they leave out of plugins/."""
    testing.install(session, cores.NEWEST, "pytest-cov")
    testing.run(session, "--cov", "-m", "not exhaustive")


@nox.session(**on_newest_core)
def exhaustive(session: nox.Session) -> None:
    """Run the unit tests that ``make test`` leaves to ``make test-all`` on the newest ansible-core."""
    testing.install(session, cores.NEWEST)
    testing.run(session, "-m", "exhaustive")


@nox.session(python=cores.python_for(cores.OLDEST))
def oldest(session: nox.Session) -> None:
    """Run the unit tests whose subject depends on ansible-core on the oldest one."""
    testing.install(session, cores.OLDEST)
    testing.run(session, "-m", "core and not exhaustive")


@nox.session(**on_newest_core)
@nox.parametrize("suite", [nox.param(name, id=name) for name in testing.SUITES])
def suite(session: nox.Session, suite: str) -> None:
    """Run the tests that need more than Ansible: AWX's tools, a browser, the rulebook engine, whole playbooks."""
    testing.run_suite(session, suite, f"tests/{suite}")


@nox.session(name="brief-suite", **on_newest_core)
@nox.parametrize("suite", [nox.param(name, id=name) for name in testing.BRIEF_SUITES])
def brief_suite(session: nox.Session, suite: str) -> None:
    """Run what ``make test`` runs of the suites."""
    testing.run_suite(session, suite, *testing.BRIEF_SUITES[suite])


@nox.session(**on_newest_core)
def molecule(session: nox.Session) -> None:
    """Run the roles' scenarios."""
    session.install(cores.requirement(cores.NEWEST), "molecule", "-r", "requirements.txt")
    collections = checkout.link_collection()
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(ansible_tests.home(session))}
    with session.chdir(collections / checkout.COLLECTION):
        session.run("molecule", "test", "--all", *session.posargs, env=environment)


@nox.session(name="ansible-test-sanity")
@per_core(cores.CORES, tag="brief-sanity")
def sanity(session: nox.Session, core: str) -> None:
    """Run ansible-test's sanity tests but pylint, which takes longer than all others."""
    ansible_tests.run(session, core, "sanity", "--local", *(session.posargs or ("--skip-test", "pylint")))


@nox.session(name="ansible-test-pylint")
@per_core(dict.fromkeys((cores.OLDEST, cores.NEWEST)))
def pylint(session: nox.Session, core: str) -> None:
    """Run ansible-test's pylint on the oldest and the newest ansible-core."""
    ansible_tests.run(session, core, "sanity", "--local", "--test", "pylint", *session.posargs)


@nox.session(name="ansible-test-units")
@per_core(cores.CORES)
def units(session: nox.Session, core: str) -> None:
    """Run the unit tests: all on the oldest and the newest ansible-core, and each on one of those in between."""
    if core not in (cores.OLDEST, cores.NEWEST):
        testing.install(session, core)
        testing.run(session, "--share", cores.share(core))
        return
    ansible_tests.run(session, core, "units", "--venv", *testing.chosen(session, *testing.WITHOUT_ANSIBLE))
    # On the newest they run in the session coverage.
    if core == cores.OLDEST and core != cores.NEWEST:
        testing.install(session, core)
        testing.run(session)


@nox.session(name="ansible-test-integration")
@per_core(cores.RELEASED, tag="brief-integration")
def integration(session: nox.Session, core: str) -> None:
    """Run the integration tests with ansible-test."""
    ansible_tests.run(session, core, "integration", "--venv", *session.posargs)


@nox.session
def artefact(session: nox.Session) -> None:
    """Build the collection, have galaxy-importer judge it, install it, and show the demo of what is installed."""
    session.install("ansible-core", "galaxy-importer", "-r", "requirements.txt")
    tarball = built.build(session)
    built.import_like_galaxy(session, tarball)
    session.run("python", "tests/tools/demo.py", str(built.install(session, tarball)))


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog's fragments; with ``-- BRANCH``, also that there is one for what changed since then."""
    session.install("antsibull-changelog")
    session.run("antsibull-changelog", "lint")
    if session.posargs:
        changes.require_fragment(session, *session.posargs)
