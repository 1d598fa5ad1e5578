# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible has for plays works with the wave's hosts: limits, batches, a bound on failures, rescue, retry files."""

from __future__ import annotations

import json

from conftest import id_of, in_sync

DONE, AWAY = "tested", "removed in check"
FREEZE = "- ansible.builtin.raw: touch '{{ folder }}/frozen-{{ inventory_hostname }}'\n"


def write_play(weekend, **keywords):
    """Writes a play of the user's own, whose hosts come in the order of their names."""
    play = {"hosts": "sms", "gather_facts": False, "order": "sorted", **keywords}
    (weekend.folder / "site.yml").write_text(json.dumps([play]), encoding="utf-8")


def test_a_wave_in_batches_begins_the_next_when_the_one_before_is_tested(weekend):
    weekend.fleet(in_sync("app-1"), in_sync("app-2"), in_sync("app-3"))
    ended = weekend.play(wave_serial=2)
    assert ended.code == 0, ended.output
    assert set(weekend.tested()) == {"app-1", "app-2", "app-3"}
    summaries = [part.splitlines()[1:4] for part in ended.output.split("HOST ")[1:]]
    assert [sum(DONE in line for line in lines) for lines in summaries] == [2, 1]
    assert weekend.launched() == ["app-1", "app-2", "app-3"]


def test_more_failures_than_the_play_bears_end_it_before_anything_is_frozen(weekend):
    weekend.fleet(in_sync("a-good"), in_sync("b-away", connected=False), in_sync("c-next"))
    write_play(weekend, serial=2, max_fail_percentage=30, roles=["huaweicloud.sms.wave"])
    ended = weekend.play(playbook="site.yml")
    assert ended.code == 2, ended.output
    assert ended.results() == {"a-good": "removed in freeze", "b-away": AWAY}, ended.output
    assert (
        "1 of 2 hosts was removed from the wave, more than max_fail_percentage of the play (30)"
        in ended.table()["a-good"][-1]
    )
    assert weekend.log == []
    assert weekend.launched() == []


def test_a_host_that_was_removed_is_rescued_with_its_reason_and_the_others_are_not(weekend):
    weekend.fleet(in_sync("good"), in_sync("away", connected=False))
    role = {"ansible.builtin.include_role": {"name": "huaweicloud.sms.wave"}}
    ticket = "echo {{ ansible_failed_result.msg | quote }} > {{ folder }}/ticket-{{ inventory_hostname }}"
    write_play(weekend, tasks=[{"block": [role], "rescue": [{"ansible.builtin.raw": ticket}]}])
    ended = weekend.play(playbook="site.yml")
    assert ended.code == 0, ended.output
    assert [file.name for file in weekend.folder.glob("ticket-*")] == ["ticket-away"]
    assert "not connected" in (weekend.folder / "ticket-away").read_text(encoding="utf-8")
    assert weekend.tested().keys() == {"good"}


def test_the_retry_file_names_the_hosts_that_were_removed_and_a_run_limited_to_it_takes_them_alone(
    weekend, monkeypatch
):
    monkeypatch.setenv("ANSIBLE_RETRY_FILES_ENABLED", "true")
    monkeypatch.setenv("ANSIBLE_RETRY_FILES_SAVE_PATH", str(weekend.folder))
    weekend.fleet(in_sync("good"), in_sync("away", connected=False), in_sync("other", connected=False))
    assert weekend.play().results() == {"good": DONE, "away": AWAY, "other": AWAY}
    retry = weekend.folder / "wave.retry"
    assert set(retry.read_text(encoding="utf-8").split()) == {"away", "other"}
    weekend.emulator.change_fleet(update={id_of(name): {"connected": True} for name in ("away", "other")})
    ended = weekend.play("--limit", f"@{retry}", wave_confirm=2)
    assert ended.results() == {"away": DONE, "other": DONE}, ended.output


def test_a_limit_with_localhost_in_it_names_and_freezes_the_host_of_the_wave_alone(weekend):
    weekend.fleet(in_sync("app-7"), in_sync("app-8"))
    ended = weekend.play("--limit", "app-7,localhost", wave_confirm=1)
    assert ended.code == 0, ended.output
    assert ended.results() == {"app-7": DONE}
    assert "app-8" not in ended.output
    assert weekend.running("app-8")


def test_tasks_of_the_users_own_are_looked_for_where_ansible_was_started(weekend):
    """And not in the collection, where the role is."""
    weekend.fleet(in_sync("web"))
    (weekend.folder / "freeze.yml").write_text(FREEZE, encoding="utf-8")
    ended = weekend.play("--tags", "freeze,summary", wave_freeze_tasks="freeze.yml", wave_services=None)
    assert ended.code == 0, ended.output
    assert (weekend.folder / "frozen-web").exists()
    assert weekend.running("web")
    ended = weekend.play("--tags", "check,freeze", wave_freeze_tasks="freezze.yml")
    assert ended.code == 2
    assert "freezze.yml" in ended.output


def test_a_failed_preflight_is_short_on_the_screen(weekend):
    weekend.fleet(*(in_sync(f"server-{number}", connected=False) for number in range(60)))
    ended = weekend.play(playbook="huaweicloud.sms.preflight")
    assert ended.code == 2
    assert max(map(len, ended.output.splitlines())) < 500
    assert "0 of 60 source servers are ready. 60 have problems" in ended.output


def test_a_wait_that_ends_too_soon_names_the_variable_of_the_role(weekend):
    weekend.fleet(in_sync("web"))
    names = {"wait_for_cycle_cycles": ["cutovered"], "wait_for_cycle_timeout": 1, "wait_for_cycle_interval": 0.2}
    ended = weekend.play(playbook="huaweicloud.sms.wait_for_cycle", **names)
    assert ended.code == 2
    assert "Raise wait_for_cycle_timeout to wait longer." in ended.output
