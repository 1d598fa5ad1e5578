# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of the operating system that suites of tests need."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import cores

if TYPE_CHECKING:
    import nox

# Each program with its Debian package. One program of a package can be there without the others.
PROGRAMS = {
    "browser": {"chromium": "chromium", "chromedriver": "chromium-driver"},
    "eda": {"java": "openjdk-17-jre-headless"},
    "targets": {"ssh": "openssh-client"},
    "waves": {"ssh": "openssh-client"},
}


def require(session: nox.Session, suite: str) -> None:
    """Install the missing programs of a suite where this may; otherwise skip the session, or fail it in CI."""
    if _missing(suite) and shutil.which("apt-get") and os.geteuid() == 0:
        packages = _missing(suite).values()
        session.run("apt-get", "update", "--quiet", external=True)
        session.run("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages, external=True)
    if missing := _missing(suite):
        message = f"missing programs: {', '.join(missing)} (Debian's packages: {', '.join(missing.values())})"
        session.error(message) if cores.IN_CI else session.skip(message)


def _missing(suite: str) -> dict[str, str]:
    programs = PROGRAMS.get(suite, {})
    return {program: package for program, package in programs.items() if not shutil.which(program)}
