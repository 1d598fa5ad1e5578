# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide on tasks shows is what its plays print."""

from __future__ import annotations

import re

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import commands_of, files_of

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_tasks.rst"
# Simulated seconds in each real one; the guide looks every half minute, at 600.
SPEED, INTERVAL = 8000, "interval: 0.3"
# The time of a line about a server, what it says between name and sentence, and the sentence.
LINE = re.compile(r"^\d\d:\d\d:\d\d  (\S+ \(\w+\))  .*  ((?:Task created|Launched)\S*.*)$")


def shown(play):
    """The lines that the guide shows below a play's command."""
    (output,) = (command.output for command in commands_of(GUIDE) if command.line == f"ansible-playbook {play}")
    return [line for line in output if line not in ("", "…")]


def parts_of(lines):
    """The lines about servers without time and progress, and the other lines."""
    lines = [line.rstrip() for line in lines if line]
    matches = [LINE.match(line) for line in lines]
    others = [line for line, match in zip(lines, matches, strict=True) if not match]
    return {match.groups() for match in matches if match}, others


@pytest.fixture(scope="module")
def rehearsal():
    """The rehearsal room as the guide opens it, but in more of a hurry."""
    options = re.search(r"emulator runs with ``--servers (\d+) --speed 600 --unattended``", GUIDE.read_text("utf-8"))
    with Emulator(servers=options[1], unattended=True, speed=SPEED) as emulator:
        yield emulator


def test_the_plays_print_what_is_shown(rehearsal, run_ansible, tmp_path, monkeypatch):
    monkeypatch.delenv("ANSIBLE_INVENTORY", raising=False)
    for name, text in files_of(GUIDE).items():
        # The task of the module's defaults alone: task_info has no such option.
        (tmp_path / name).write_text(text.replace("sms:\n", f"sms:\n      {INTERVAL}\n", 1))

    def run(play):
        options = {"HUAWEICLOUD_SMS_ENDPOINT": rehearsal.url, "HW_AUTH_TOKEN": rehearsal.token}
        completed = run_ansible("playbook", "-i", "sms.yml", play, **options)
        assert completed.returncode == 0, completed.stdout
        return completed.stdout.splitlines()

    (printed, others), (servers, others_shown) = parts_of(run("move.yml")), parts_of(shown("move.yml"))
    assert others == others_shown
    # On a busy machine, what does not last may be over before the first look.
    assert {line for line in servers if "being" not in line[1]} <= printed <= servers
    for play in ("failed.yml", "templates.yml"):
        assert "\n".join(shown(play)) in "\n".join(run(play))
