# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo of a wave ends as it should, and as the guide on waves shows it."""

from __future__ import annotations

import subprocess
import sys

from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_waves.rst"
DEMO = ROOT / "tests" / "demo" / "wave" / "run.py"
MOST_SECONDS = 600
LEFT_OUT = "…"


def test_the_weekend_is_as_the_guide_shows_it():
    completed = subprocess.run(
        [sys.executable, DEMO], capture_output=True, check=False, text=True, timeout=MOST_SECONDS
    )
    assert completed.returncode == 0, completed.stdout
    (shown,) = (text.splitlines() for _language, text in blocks_of(GUIDE) if text.startswith("HOST "))
    # The demo shows the whole table at its end.
    printed = completed.stdout[completed.stdout.rindex("\nHOST ") :].splitlines()[1:]
    assert shown.pop() == LEFT_OUT
    for line, said in zip(shown, printed[: len(shown)], strict=True):
        assert said[: len(line) - 1] + LEFT_OUT == line if line.endswith(LEFT_OUT) else said.rstrip() == line
