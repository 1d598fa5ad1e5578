# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wave is killed at a random moment, and the same command follows: it ends as if nothing had happened."""

from __future__ import annotations

import random
import re
import subprocess
import time

import pytest
from ansible_collections.huaweicloud.sms.tests.tools import programs
from conftest import cut_over, in_sync

RUNS = 10


def play_and_kill(weekend, seconds):
    """Start the wave, and kill Ansible with SIGKILL after so many seconds; gives the step in which it was."""
    options = weekend.arguments("huaweicloud.sms.wave")
    environment = programs.environment(weekend.folder, **weekend.environment)
    with (weekend.folder / "killed.txt").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            programs.command("playbook", *options),
            cwd=weekend.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.seek(0)
        steps = re.findall(r"included: .*/tasks/(?:step|begin|summary)\.yml", output.read())
    return len(steps)


@pytest.mark.parametrize("number", range(RUNS))
def test_the_same_command_after_a_kill_ends_as_if_there_had_been_none(weekend, number, record_property):
    weekend.fleet(in_sync("web"), in_sync("database"), cut_over("old"))
    weekend.settings["wave_settle"] = 0
    began = play_and_kill(weekend, random.Random(number).uniform(4, 40))
    record_property("steps", began)
    # What was begun when it was killed may still be done, by a process that was left behind.
    time.sleep(2)
    ended = weekend.play()
    assert ended.code == 0, ended.output
    assert set(ended.fates().values()) == {"cut over and tested"}, ended.output
    assert not weekend.running("web")
    assert weekend.running("old")
    assert {entry[1:] for entry in weekend.log} == {("stopped", "syncing/syncing")}
    assert weekend.tested().keys() == {"web", "database", "old"}
    records = {record["name"]: record for record in weekend.emulator.fleet()}
    assert {record["migration_cycle"] for record in records.values()} == {"cutovered"}
    assert all(address != records[name]["ip"] for name, address in weekend.tested().items())
    print(f"killed after {began} steps; then rc {ended.code}: {ended.fates()}")
