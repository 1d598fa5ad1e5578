# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wave is killed at a random moment, and the same command follows: it ends as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import time

import pytest
from ansible_collections.huaweicloud.sms.tests.tools import programs
from conftest import cut_over, in_sync

RUNS = 10
STEPS = (
    *("Check that the hosts are ready", "Replicate", "Freeze", "Settle", "Launch", "Wait until the hosts are cut over"),
    *("Test the targets", "Sum up"),
)


def play_and_kill(weekend, number):
    """Start the wave, and kill Ansible with SIGKILL a moment after its n-th task began; gives the last steps."""
    process = subprocess.Popen(
        programs.command("playbook", *weekend.arguments("huaweicloud.sms.wave")),
        cwd=weekend.folder,
        env=programs.environment(weekend.folder, **weekend.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    begun = []
    for line in process.stdout:
        if line.startswith("TASK ["):
            begun.append(line.partition(" : ")[2].partition("]")[0])
        if len(begun) == number:
            break
    time.sleep(random.Random(number).uniform(0, 0.8))
    process.kill()
    process.wait()
    process.stdout.close()
    return [name for name in begun if name in STEPS][-1:], begun[-1:]


# One somewhere in each of ten parts of the wave's tasks.
@pytest.mark.parametrize("number", [5 * part + random.Random(part).randint(1, 5) for part in range(RUNS)])
def test_the_same_command_after_a_kill_ends_as_if_there_had_been_none(weekend, number):
    weekend.fleet(in_sync("web"), in_sync("database"), cut_over("old"))
    weekend.settings["wave_settle"] = 0
    step, task = play_and_kill(weekend, number)
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
    print(f"killed in {step} at {task}; the same command again: {ended.code} {ended.fates()}")
