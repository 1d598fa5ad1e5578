# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a command and writes what it took, as JSON: ``python measure.py FIGURES_JSON COMMAND …``.

A small process of its own, because a command's peak memory, as Linux counts it, is never below what the process that
started it occupied.
"""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys
import time


def main(figures: str, command: list[str]) -> int:
    started = time.perf_counter()
    status = subprocess.run(command, check=False).returncode
    wall = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}
    pathlib.Path(figures).write_text(json.dumps(taken), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
