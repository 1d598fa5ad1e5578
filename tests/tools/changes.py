# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a branch or a working copy changes: its lint, and its changelog fragment."""

from __future__ import annotations

import checkout
import nox

LINTERS = ("antsibull-changelog", "mypy", "ruff", "types-pyyaml", "types-requests", "yamllint")
_INSTALLED = ("plugins/", "roles/", "playbooks/", "extensions/eda/")


def lint(session: nox.Session) -> None:
    """Check style and types of what is not committed yet or differs from the branch main."""
    changed = [file for file in _changed(session) if (checkout.ROOT / file).is_file()]
    python = [file for file in changed if file.endswith(".py")]
    if python:
        session.run("ruff", "check", "--quiet", *python)
        session.run("ruff", "format", "--quiet", "--check", *python)
    if any(file.startswith("plugins/") for file in python):
        collections = str(checkout.link_collection())
        session.run("mypy", "-p", "ansible_collections.huaweicloud.sms.plugins", env={"MYPYPATH": collections})
    yaml = [file for file in changed if file.endswith((".yml", ".yaml"))]
    if yaml:
        session.run("yamllint", *yaml)
    if any(file.startswith("changelogs/") for file in changed):
        session.run("antsibull-changelog", "lint")


def _changed(session: nox.Session) -> list[str]:
    base = _git(session, "merge-base", "HEAD", "main", success_codes=(0, 1, 128)).strip()
    listing = _git(session, "diff", "--name-only", base if len(base) == 40 else "HEAD")
    return [*listing.splitlines(), *_git(session, "ls-files", "--others", "--exclude-standard").splitlines()]


def require_fragment(session: nox.Session, branch: str) -> None:
    """Fail unless a change of what users install comes with a fragment, or makes a release."""
    changed = _git(session, "diff", "--name-only", f"{branch}...HEAD").splitlines()
    installed = [file for file in changed if file.startswith(_INSTALLED)]
    if installed and not any(file.startswith("changelogs/") for file in changed):
        session.error(f"{installed[0]} is changed: say so in changelogs/fragments/, as CONTRIBUTING.md shows")


def _git(session: nox.Session, *arguments: str, success_codes: tuple[int, ...] = (0,)) -> str:
    return session.run(
        *("git", *arguments), external=True, silent=True, stderr=None, log=False, success_codes=success_codes
    )
