# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook of the wave from end to end, against an emulator of the service in which time runs."""

from __future__ import annotations

import json

from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from conftest import TARGET, cut_over, id_of, in_sync, server, task_of

REPLICATING = {"state": "replicate", "migration_cycle": "replicating", "totalsize": 2**30, "replicatesize": 2**26}


def test_a_wave_goes_from_the_check_to_the_smoke_test_of_the_targets(weekend):
    weekend.fleet(server("web"), in_sync("database"))
    ended = weekend.play(wave_start=True, wave_target=TARGET, wave_services=["app-{{ inventory_hostname }}"])
    assert ended.code == 0, ended.output
    assert set(ended.results().values()) == {"tested"}


def test_what_fails_is_removed_with_its_reason_and_the_others_go_on(weekend):
    """A service that does not exist, one that does not stop, a server that is not connected, one without a task.

    What the user sees of it is short.
    """
    names = ("good", "misspelt", "stuck", "away", "bare")
    weekend.fleet(*(in_sync(name) for name in names[:3]), in_sync("away", connected=False), server("bare"))
    weekend.uninstall("app-misspelt")
    (weekend.folder / "services" / "app-stuck.stuck").touch()
    ended = weekend.play()
    assert ended.code == 2, ended.output
    assert ended.results() == {
        "good": "tested",
        "misspelt": "removed in check",
        "stuck": "removed in freeze",
        "away": "removed in check",
        "bare": "removed in check",
    }, ended.output
    assert ended.failed() == {"misspelt", "stuck", "away", "bare"}
    assert [entry[:2] for entry in weekend.log] == [("app-good", "stopped")]
    assert weekend.running("stuck", "misspelt")
    assert weekend.launched() == ["good"]
    assert weekend.tested().keys() == {"good"}
    assert weekend.records() == {"good"}, ended.output
    assert "It is not known whether these services run: app-misspelt" in ended.table()["misspelt"][-1]
    assert max(map(len, ended.output.splitlines())) < 500
    assert f"The report is in {weekend.folder}/sms-report/report.html" in ended.output
    rows = (weekend.folder / "sms-report" / "wave.csv").read_text(encoding="utf-8-sig").splitlines()
    evidence = "synchronized_at,consistency_checked_at,consistency_files,consistency_differences"
    assert rows[0] == f"host,id,result,state,cycle,reason,{evidence}"
    assert rows[1].startswith(f'away,{id_of("away")},removed in check,syncing,syncing,"The agent is not')
    written = json.loads((weekend.folder / "sms-report" / "wave.json").read_text(encoding="utf-8"))
    assert {row["host"]: row["result"] for row in written["hosts"]} == ended.results()


def test_a_limit_to_one_host_neither_touches_nor_names_any_other(weekend):
    weekend.fleet(in_sync("app-1"), in_sync("app-2"), in_sync("away", connected=False))
    ended = weekend.play("--limit", "away", wave_confirm=1)
    assert ended.code == 2
    assert ended.results() == {"away": "removed in check"}
    assert weekend.log == []
    assert "app-1" not in ended.output
    ended = weekend.play("--limit", "app-1", wave_confirm=1)
    assert ended.code == 0, ended.output
    assert ended.results() == {"app-1": "tested"}
    assert weekend.running("app-2", "away")
    assert weekend.launched() == ["app-1"]


def test_a_host_whose_launch_fails_stays_frozen_and_the_others_go_on(weekend):
    """SMS accepted the request: nobody knows whether the target runs."""
    weekend.fleet(in_sync("good"), in_sync("bad"))
    weekend.emulator.set(failing=[id_of("bad")])
    ended = weekend.play()
    assert ended.results() == {"good": "tested", "bad": "removed in wait"}, ended.output
    assert not weekend.running("bad")
    assert not weekend.running("good")
    assert weekend.records() == {"good", "bad"}
    assert "It stays frozen (app-bad was stopped)" in ended.output
    assert "huaweicloud.sms.thaw --limit bad -e thaw_force=true -e thaw_confirm=1" in ended.output
    assert ended.failed() == {"bad"}


def test_the_same_command_again_takes_up_what_is_left(weekend):
    """The first run stops after the freeze; the second has one that is cut over already."""
    weekend.fleet(in_sync("web"), in_sync("database"), cut_over("old"))
    first = weekend.play("--tags", "check,replicate,freeze")
    assert first.code == 0, first.output
    assert weekend.records() == {"web", "database"}
    second = weekend.play()
    assert second.code == 0, second.output
    assert set(second.results().values()) == {"tested"}
    assert sorted(entry[:2] for entry in weekend.log) == [("app-database", "stopped"), ("app-web", "stopped")]
    third = weekend.play()
    assert third.code == 0, third.output
    assert len(weekend.launched()) == 2
    assert weekend.running("old")


def test_check_mode_goes_through_all_of_it_and_changes_nothing(weekend):
    weekend.fleet(server("web"), in_sync("database"))
    ended = weekend.play("--check", "-v", wave_start=True, wave_target=TARGET)
    assert ended.code == 0, ended.output
    assert weekend.emulator.changes() == []
    assert weekend.log == []
    assert weekend.records() == set()
    assert "Would stop app-database" in ended.output
    assert "is frozen" not in ended.output


def test_only_the_confirmed_number_of_hosts_is_launched_which_is_checked_before_anything_is_touched(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"))
    ended = weekend.play(wave_confirm=3)
    assert ended.code == 2
    assert "wave_confirm is 3, but the play has 2 hosts" in ended.output
    assert weekend.log == []
    assert weekend.emulator.changes() == []


def test_without_a_terminal_nobody_is_asked(weekend):
    weekend.fleet(in_sync("web"))
    ended = weekend.play(wave_launch="ask", wave_confirm=None)
    assert ended.code == 2
    assert "nobody can answer the prompt: Ansible has no terminal" in ended.output
    assert weekend.log == []


def test_services_that_nobody_named_are_an_error_and_none_is_a_declaration(weekend):
    weekend.fleet(in_sync("web"))
    ended = weekend.play(wave_services=None)
    assert ended.code == 2
    assert "wave_services is not set" in ended.output
    ended = weekend.play(wave_services=[])
    assert ended.code == 0, ended.output
    assert weekend.records() == set()
    assert weekend.tested().keys() == {"web"}


def test_a_playbook_of_its_own_thaws_what_a_wave_froze_but_not_what_is_cut_over(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"))
    weekend.play("--tags", "freeze")
    assert not weekend.running("web")
    weekend.emulator.change_fleet(update={id_of("database"): cut_over("database")})
    ended = weekend.play(playbook="huaweicloud.sms.thaw")
    assert ended.failed() == {"database"}, ended.output
    assert weekend.running("web")
    assert not weekend.running("database")
    assert weekend.records() == {"database"}
    assert "It stays frozen (app-database was stopped): It is cut over: its target runs or has run." in ended.output


def test_windows_servers_are_frozen_and_thawed_with_powershell_alone(weekend):
    weekend.fleet(in_sync("iis", "WINDOWS"), in_sync("sql", "WINDOWS"), in_sync("file", "WINDOWS"))
    weekend.group_vars("file", "host_vars", wave_services=[])
    weekend.group_vars("sms", wave_services=["app-{{ inventory_hostname }}"])
    weekend.emulator.set(failing=[id_of("sql")])
    ended = weekend.play(wave_services=None)
    assert ended.results() == {
        "iis": "tested",
        "file": "tested",
        "sql": "removed in wait",
    }, ended.output
    assert sorted(weekend.log) == [("app-iis", "stopped", "windows"), ("app-sql", "stopped", "windows")]
    assert weekend.records() == {"iis", "sql"}
    ended = weekend.play("--limit", "sql", playbook="huaweicloud.sms.thaw", thaw_force=True, thaw_confirm=1)
    assert ended.code == 0, ended.output
    assert "restarted on your word, although: " in ended.output
    assert weekend.running("sql")
    assert weekend.records() == {"iis"}


def test_a_server_that_cannot_be_reached_is_removed_and_so_do_all_where_the_play_bears_no_failure(weekend):
    """The play is the user's own, with the role in it."""
    weekend.fleet(in_sync("web"), in_sync("gone"), in_sync("database"))
    weekend.group_vars("gone", "host_vars", ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=9)
    play = [{"hosts": "sms", "gather_facts": False, "any_errors_fatal": True, "roles": ["huaweicloud.sms.wave"]}]
    (weekend.folder / "site.yml").write_text(json.dumps(play), encoding="utf-8")
    ended = weekend.play(playbook="site.yml")
    assert ended.code != 0
    assert ended.results() == {
        "gone": "removed in check",
        "web": "removed in freeze",
        "database": "removed in freeze",
    }, ended.output
    assert "cannot be reached" in ended.table()["gone"][-1]
    assert "Connection refused. If a wave has frozen it, it still is." in ended.output
    assert "any_errors_fatal of the play" in ended.table()["web"][-1]
    assert weekend.running("web", "database")
    assert weekend.records() == set()
    assert weekend.launched() == []


def test_the_services_of_all_hosts_are_restarted_if_a_task_with_run_once_fails_for_all_of_them(weekend):
    """Ansible then takes the other hosts out of ansible_play_batch, although it runs the rescue for each of them."""
    weekend.fleet(in_sync("web"), in_sync("database"), in_sync("mail"))
    once = [{"ansible.builtin.fail": {"msg": "It failed for all."}, "run_once": True}]
    (weekend.folder / "fail.yml").write_text(json.dumps(once), encoding="utf-8")
    ended = weekend.play(wave_settle_tasks="fail.yml")
    assert ended.code == 2, ended.output
    assert set(ended.results().values()) == {"removed in settle"}, ended.output
    assert weekend.running("web", "database", "mail")
    assert weekend.records() == set()
    assert ended.failed() == {"web", "database", "mail"}


def test_nothing_is_frozen_that_is_still_being_replicated(weekend):
    weekend.fleet(in_sync("web"), server("slow", current_task=task_of("slow", "RUNNING"), **REPLICATING))
    weekend.emulator.set(speed=0)
    ended = weekend.play("--tags", "check,replicate,freeze,summary", wave_replicate_timeout=3)
    assert ended.results() == {"slow": "removed in replicate", "web": "frozen"}, ended.output
    assert "Time is up after 3 s" in ended.table()["slow"][-1]
    assert [entry[:2] for entry in weekend.log] == [("app-web", "stopped")]


def test_a_launch_that_takes_too_long_leaves_its_host_frozen_and_says_so(weekend):
    weekend.fleet(in_sync("web"))
    weekend.emulator.set(speed=0)
    ended = weekend.play(wave_cutover_timeout=2)
    assert ended.results() == {"web": "removed in wait"}, ended.output
    assert "It stays frozen (app-web was stopped): It is in cutovering" in ended.table()["web"][-1]
    assert not weekend.running("web")
    weekend.emulator.set(speed=600)
    assert weekend.play().results() == {"web": "tested"}


def test_the_collection_has_no_variables_that_override_the_users():
    assert not list(ROOT.glob("playbooks/*_vars"))
