# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the collection, and looks at what is built as Galaxy and users would."""

from __future__ import annotations

import pathlib
import shutil

import ansible_tests
import checkout
import nox

_WANTED = {
    *("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md"),
    *("SECURITY.md", "bindep.txt", "changelogs", "docs", "extensions", "meta", "playbooks", "plugins"),
    *("requirements.txt", "roles"),
}


def build(session: nox.Session) -> pathlib.Path:
    """Build the collection from what git tracks; return the file."""
    folder = checkout.BUILD / "artefact"
    tree = ansible_tests.copy_collection(session, "artefact")
    for old in folder.glob("*.tar.gz"):
        old.unlink()
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(tree), silent=True)
    (tarball,) = folder.glob("*.tar.gz")
    return tarball


def import_like_galaxy(session: nox.Session, tarball: pathlib.Path) -> None:
    """Fail where galaxy-importer, with all its checks, warns of anything."""
    settings = str(checkout.ROOT / "tests" / "galaxy-importer.cfg")
    log = session.run(
        *("python", "-m", "galaxy_importer.main", str(tarball)),
        env={"HOME": str(ansible_tests.home(session)), "GALAXY_IMPORTER_CONFIG": settings},
        silent=True,
    )
    session.log(log)
    if "WARNING" in log or "ERROR" in log or "completed successfully" not in log:
        session.error("galaxy-importer is not content; its words are above")


def install(session: nox.Session, tarball: pathlib.Path) -> pathlib.Path:
    """Install what was built, and fail unless it is whole and has just what its users need; return the folder."""
    collections = checkout.BUILD / "artefact" / "installed"
    shutil.rmtree(collections, ignore_errors=True)
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "HOME": str(ansible_tests.home(session))}
    offline = ("--offline", "-p", str(collections))
    session.run("ansible-galaxy", "collection", "install", *offline, str(tarball), env=environment)
    session.run("ansible-galaxy", "collection", "verify", *offline, "huaweicloud.sms", env=environment)
    _require_nothing_else(session, collections / checkout.COLLECTION)
    return collections


def _require_nothing_else(session: nox.Session, installed: pathlib.Path) -> None:
    strange = [path for path in installed.rglob("*") if path.name in ("__pycache__", "tests")]
    found = {entry.name for entry in installed.iterdir()} | {str(path.relative_to(installed)) for path in strange}
    if found != _WANTED:
        session.error(f"the artefact and its list in {__file__} differ: {', '.join(sorted(found ^ _WANTED))}")
