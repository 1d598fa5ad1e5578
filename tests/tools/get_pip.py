# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Bootstraps pip from the copy that Python itself ships.

ansible-test downloads get-pip.py from a host of its own, unless its cache holds one already. This file goes into that
cache, so that the tests need pip's package index and no other host. Takes get-pip.py's arguments.
"""

from __future__ import annotations

import subprocess
import sys


def main(arguments: list[str]) -> None:
    """Install the requirements among get-pip.py's arguments, such as ``pip==25.2``, with the pip inside Python."""
    requirements = [argument for argument in arguments if not argument.startswith("-")]
    subprocess.check_call([sys.executable, "-m", "ensurepip"])
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *requirements])


if __name__ == "__main__":
    main(sys.argv[1:])
