# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions of ansible-core that are supported, and the Pythons found here that can run them."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys

# Each supported ansible-core and the Pythons that its ansible-test can run on. The first one found here is used.
CORES = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.12", "3.14"),
    "2.22": ("3.13", "3.14", "3.15"),
}
# Those that are not out yet, each with its first release candidate; a line goes on the day that its core comes out.
PRERELEASES = {"2.22": "2.22.0rc1"}
RELEASED = [core for core in CORES if core not in PRERELEASES]
IN_CI = "CI" in os.environ


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


def found_python(core: str) -> str | None:
    """Return the first Python for an ansible-core that is installed here."""
    return next((python for python in CORES[core] if shutil.which(f"python{python}", path=search_path())), None)


# In CI every interpreter counts as installed, so that a missing one fails.
AVAILABLE = [core for core in CORES if IN_CI or found_python(core)]
if not AVAILABLE:
    sys.exit(f"No Python for any supported ansible-core found in PATH; the newest wants one of {CORES[RELEASED[-1]]}.")
# What runs on one core alone runs on one that users have.
OLDEST, NEWEST = AVAILABLE[0], ([core for core in AVAILABLE if core in RELEASED] or AVAILABLE)[-1]


def requirement(core: str) -> str:
    """Return what pip and uv are asked for; a candidate is named, since they take no prerelease that is not."""
    return f"ansible-core~={PRERELEASES.get(core, f'{core}.0')}"


def python_for(core: str) -> str:
    """Return the Python that an ansible-core is tested on, whether it is installed or not."""
    return found_python(core) or CORES[core][0]


def share(core: str) -> str:
    """Return which share of the unit tests one between the oldest and the newest has: the first of five is 1/5."""
    between = [each for each in AVAILABLE if each not in (OLDEST, NEWEST)]
    return f"{between.index(core) + 1}/{len(between)}"
