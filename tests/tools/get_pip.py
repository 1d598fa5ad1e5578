# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Bootstraps pip from the package index: by uv where a file beside this one says how, or from the pip inside Python.

ansible-test downloads get-pip.py from a host of its own, unless its cache holds one already. This file goes into that
cache, so that the tests need pip's package index and no other host. Takes get-pip.py's arguments.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

UV = pathlib.Path(__file__).with_name("uv.json")


def main(arguments: list[str]) -> None:
    """Install the requirements among get-pip.py's arguments, such as ``pip==25.2``."""
    requirements = [argument for argument in arguments if not argument.startswith("-")]
    if UV.exists():
        uv = json.loads(UV.read_text(encoding="utf-8"))
        install = [uv["program"], "pip", "install", "--quiet", "--python", sys.executable]
        subprocess.check_call([*install, *requirements], env={**os.environ, **uv["environment"]})
    else:
        subprocess.check_call([sys.executable, "-m", "ensurepip"])
        subprocess.check_call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *requirements])


if __name__ == "__main__":
    main(sys.argv[1:])
