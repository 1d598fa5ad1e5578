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
per_core, per_released_core = (
    nox.parametrize("python,core", [nox.param(cores.python_for(core), core, id=f"core-{core}") for core in versions])
    for versions in (cores.CORES, cores.RELEASED)
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
        testing.run(session, "-m", "not slow")


@nox.session
@per_core
def pytest(session: nox.Session, core: str) -> None:
    """Run the unit tests with plain pytest."""
    testing.install(session, core)
    testing.run(session)


@nox.session(**on_newest_core)
def coverage(session: nox.Session) -> None:
    """Run the unit tests with plain pytest, and show what they leave out of plugins/."""
    testing.install(session, cores.NEWEST, "coverage")
    testing.run_with_coverage(session)


@nox.session(**on_newest_core)
@nox.parametrize("suite", [nox.param(name, id=name) for name in ("awx", "browser", "eda", "targets", "waves")])
def suite(session: nox.Session, suite: str) -> None:
    """Run the tests that need more than Ansible: AWX's tools, a browser, the rulebook engine, whole playbooks."""
    testing.run_suite(session, suite)


@nox.session(**on_newest_core)
def molecule(session: nox.Session) -> None:
    """Run the roles' scenarios."""
    session.install(cores.requirement(cores.NEWEST), "molecule", "-r", "requirements.txt")
    collections = checkout.link_collection()
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(ansible_tests.home(session))}
    with session.chdir(collections / checkout.COLLECTION):
        session.run("molecule", "test", "--all", *session.posargs, env=environment)


@nox.session(name="ansible-test-sanity")
@per_core
def sanity(session: nox.Session, core: str) -> None:
    """Run ansible-test's sanity tests; its pylint, the slowest, on the oldest and the newest ansible-core."""
    between = core not in (cores.OLDEST, cores.NEWEST)
    options = session.posargs or (("--skip-test", "pylint") if between else ())
    ansible_tests.run(session, core, "sanity", "--local", *options)


@nox.session(name="ansible-test-units")
@per_core
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
@per_released_core
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
