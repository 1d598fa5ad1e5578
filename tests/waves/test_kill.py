# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wave is killed in each of its steps, again and again, and the same command follows: it ends as it should.

With ``-s``, it shows what each run printed last, and what the one after it ended with.
"""

from __future__ import annotations

import random
import subprocess
import time

from ansible_collections.huaweicloud.sms.tests.tools import programs
from conftest import Ended, cut_over, in_sync

# Tasks of the wave, of each step one or two.
MOMENTS = (
    "Check the variables of the hosts, and that their services can be stopped",
    "Query SMS for the hosts that can be migrated",
    "Wait until SMS shows the hosts in syncing",
    "Query SMS for the hosts that can be frozen",
    "Write the freeze record and stop the services",
    "Prove that the hosts are frozen",
    "Wait until SMS has synchronized the hosts or wave_settle has passed",
    "Prove that the hosts are frozen, and launch those with wave_launch api",
    "Wait until SMS shows the targets as launched",
    "Check that the test reaches the target, and wait for its port",
    "Print the result of each host",
)


def play_and_kill(weekend, moment: str, delay: float) -> str:
    """Start the wave, and kill Ansible with SIGKILL a moment after a task began; gives what it printed."""
    process = subprocess.Popen(
        programs.command("playbook", *weekend.arguments("huaweicloud.sms.wave")),
        cwd=weekend.folder,
        env=programs.environment(weekend.folder, **weekend.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith("TASK [") and f" : {moment}"[:60] in line:
            break
    time.sleep(delay)
    process.kill()
    process.wait()
    process.stdout.close()
    assert process.returncode < 0, f"it ended before {moment}: {''.join(printed)}"
    # What was begun may still be done, by a process that is left behind.
    time.sleep(0.5)
    return "".join(printed)


def test_a_wave_that_is_killed_in_each_step_ends_as_if_it_had_not_been(weekend):
    """Eleven kills, each at a random moment of a task, and the same command after each."""
    weekend.fleet(in_sync("web", "WINDOWS"), in_sync("database"), cut_over("old"))
    rng = random.Random(2026)
    for moment in MOMENTS:
        printed = play_and_kill(weekend, moment, rng.uniform(0, 0.4))
        print(f"\n== killed at: {moment}\n{''.join(printed.splitlines(keepends=True)[-4:])}")
        assert not [line for line in printed.splitlines() if line.startswith("fatal:")], printed
        assert weekend.running("old")
    assert_all_is_well(weekend, weekend.play())


def assert_all_is_well(weekend, ended: Ended) -> None:
    print(f"== the same command at last: {ended.code} {ended.results()}")
    assert ended.code == 0, ended.output
    assert set(ended.results().values()) == {"tested"}, ended.output
    assert not weekend.running("web")
    assert not weekend.running("database")
    assert weekend.running("old")
    assert {entry[:2] for entry in weekend.log} == {("app-web", "stopped"), ("app-database", "stopped")}
    assert {entry[2] for entry in weekend.log} <= {"windows", "syncing/syncing"}
    assert len(weekend.launched()) == len(set(weekend.launched())) == 2, "each is launched once"
    assert weekend.tested().keys() == {"web", "database", "old"}
    records = {record["name"]: record for record in weekend.emulator.fleet()}
    assert {record["migration_cycle"] for record in records.values()} == {"cutovered"}
    assert all(address != records[name]["ip"] for name, address in weekend.tested().items())
