# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the programs of Ansible that belong to this Python, with the collection that the tests import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# The folder that holds ansible_collections/huaweicloud/sms.
COLLECTIONS = Path(__file__).parents[5]
COLLECTION = COLLECTIONS / "ansible_collections" / "huaweicloud" / "sms"
# The programs that were installed with this Python.
PROGRAMS = Path(sys.executable).parent


def environment(home: object, /, **further: object) -> dict[str, str]:
    """Return the environment of a program that finds the collection, and nothing in its home that is not ours."""
    given = {
        "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "HOME": home,
        "PATH": os.pathsep.join([str(PROGRAMS), os.environ["PATH"]]),
        **further,
    }
    return {**os.environ, **{name: str(value) for name, value in given.items()}}


def command(program: str, *arguments: object) -> list[str]:
    """Return the command that starts one of Ansible's programs: ``command("inventory", "--list")``."""
    return [sys.executable, "-m", f"ansible.cli.{program}", *map(str, arguments)]


def run(
    folder: Path, program: str, *arguments: object, timeout: float = 900, **variables: object
) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's programs in a folder, which is its home too, and return it with its output as text."""
    return subprocess.run(
        command(program, *arguments),
        cwd=folder,
        env=environment(folder, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=timeout,
    )
