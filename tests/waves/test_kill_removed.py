# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave in whose every step a host is removed is killed in each of its tasks, and the same command follows.

With ``-s``, it shows what each run printed last, and what the one after it ended with.
"""

from __future__ import annotations

import json
import random

from conftest import TARGET, id_of, in_sync, server
from test_kill import MOMENTS, play_and_kill

# What a wave does with hosts that it removes.
REMOVALS = (
    "Remove the hosts that cannot be migrated",
    "Store the step and the reason",
    "Restart the services of the freeze record, if SMS shows that the target was not launched",
    "Remove the hosts that were not launched",
)
# The step that removes each host; the service of each is restarted if its launch was not requested.
REMOVED = {
    "away": "check",
    "broken": "replicate",
    "stuck": "freeze",
    "unsettled": "settle",
    "woken": "launch",
    "failing": "wait",
    "untested": "smoke_test",
}
LAUNCHED = ("failing", "untested", "good")


def fail_for(host):
    return {"ansible.builtin.fail": {"msg": "It fails."}, "when": f"inventory_hostname == '{host}'"}


def prepare(weekend):
    names = [name for name in (*REMOVED, "good") if name not in ("away", "broken")]
    weekend.fleet(in_sync("away", connected=False), server("broken"), *map(in_sync, names))
    (weekend.folder / "services" / "app-stuck.stuck").touch()
    weekend.service("cron-woken")
    weekend.group_vars("sms", wave_services=["app-{{ inventory_hostname }}"])
    weekend.group_vars("woken", "host_vars", wave_services=["app-woken", "cron-woken"])
    weekend.emulator.set(failing=[id_of("broken"), id_of("failing")])
    wake = "[ {{ inventory_hostname }} != woken ] || printf started > '{{ folder }}/services/cron-woken'"
    settle = [{"ansible.builtin.raw": wake, "become": False}, fail_for("unsettled")]
    (weekend.folder / "settle.yml").write_text(json.dumps(settle), encoding="utf-8")
    test = [{"ansible.builtin.raw": "touch '{{ folder }}/tested-{{ inventory_hostname }}'"}, fail_for("untested")]
    (weekend.folder / "smoke_test.yml").write_text(json.dumps(test), encoding="utf-8")
    weekend.settings.update(
        wave_services=None,
        wave_settle_tasks="settle.yml",
        wave_start=True,
        wave_target=TARGET,
        wave_report_path="",
    )


def test_a_wave_with_a_removal_in_each_step_leaves_nobody_frozen_wherever_it_is_killed(weekend):
    prepare(weekend)
    rng = random.Random(2026)
    # A run whose own tasks take the place of the settling has no task of that name.
    moments = [moment for moment in (*MOMENTS, *REMOVALS) if "wave_settle has passed" not in moment]
    for moment in moments:
        printed = play_and_kill(weekend, moment, rng.uniform(0, 0.4))
        print(f"\n== killed at: {moment}\n{''.join(printed.splitlines(keepends=True)[-4:])}")
        # Whatever a killed run leaves behind, no source runs beside a target that may run.
        for name in {*weekend.launched()}:
            assert not weekend.running(name), (moment, name)
    ended = weekend.play()
    assert ended.code == 2, ended.output
    results = ended.results()
    assert results.pop("good") == "tested", ended.output
    # A server whose replication has failed is refused by the check of the next run.
    assert results.pop("broken") in ("removed in replicate", "removed in check")
    # A launch that has failed is known to the next run from the beginning.
    assert results.pop("failing") in ("removed in wait", "removed in check")
    assert results == {
        name: f"removed in {step}" for name, step in REMOVED.items() if name not in ("broken", "failing")
    }, ended.output
    assert weekend.running(*(name for name in REMOVED if name not in LAUNCHED)), ended.output
    assert weekend.launched() == sorted(LAUNCHED), "each is launched once"
    assert not any(weekend.running(name) for name in LAUNCHED)
    assert weekend.records() <= {*LAUNCHED}, ended.output
    assert {file.name for file in weekend.folder.glob("tested-*")} == {"tested-good", "tested-untested"}
    started = {entry[0].partition("-")[2] for entry in weekend.log if entry[1] == "started"}
    assert not started & {*LAUNCHED}
