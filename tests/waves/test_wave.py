# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook of the wave from end to end, against an emulator of the service in which time runs."""

from __future__ import annotations

from conftest import TARGET, cut_over, id_of, in_sync, server


def test_a_wave_goes_from_the_check_to_the_smoke_test_of_the_targets(weekend):
    weekend.fleet(server("web"), in_sync("database"))
    ended = weekend.play(wave_start=True, wave_target=TARGET, wave_services=["app-{{ inventory_hostname }}"])
    assert ended.code == 0, ended.output
    assert set(ended.fates().values()) == {"cut over and tested"}


def test_what_fails_drops_out_with_its_reason_and_the_others_go_on(weekend):
    """A service that does not exist, one that does not stop, a server that is not connected, one without a task."""
    names = ("good", "misspelt", "stuck", "away", "bare")
    weekend.fleet(*(in_sync(name) for name in names[:3]), in_sync("away", connected=False), server("bare"))
    (weekend.folder / "services" / "app-misspelt").unlink()
    (weekend.folder / "services" / "app-stuck.stuck").touch()
    ended = weekend.play()
    assert ended.code == 2, ended.output
    assert ended.fates() == {
        "good": "cut over and tested",
        "misspelt": "dropped out in freeze",
        "stuck": "dropped out in freeze",
        "away": "dropped out in check",
        "bare": "dropped out in check",
    }, ended.output
    assert ended.failed() == {"misspelt", "stuck", "away", "bare"}
    assert [entry[:2] for entry in weekend.log] == [("app-good", "stopped")]
    assert weekend.launched() == ["good"]
    assert weekend.tested().keys() == {"good"}
    assert weekend.marks() == {"good"}, ended.output
    assert "Could not find the requested service" in ended.table()["misspelt"][-1]


def test_a_limit_to_one_host_neither_touches_nor_names_any_other(weekend):
    weekend.fleet(in_sync("app-1"), in_sync("app-2"), in_sync("away", connected=False))
    ended = weekend.play("--limit", "away", wave_confirm=1)
    assert ended.code == 2
    assert ended.fates() == {"away": "dropped out in check"}
    assert weekend.log == []
    assert "app-1" not in ended.output
    ended = weekend.play("--limit", "app-1", wave_confirm=1)
    assert ended.code == 0, ended.output
    assert ended.fates() == {"app-1": "cut over and tested"}
    assert weekend.running("app-2", "away")
    assert weekend.launched() == ["app-1"]


def test_what_fails_while_it_is_launched_is_thawed_before_the_others_are_waited_for(weekend):
    weekend.fleet(in_sync("good"), in_sync("bad"))
    weekend.emulator.set(failing=[id_of("bad")])
    ended = weekend.play()
    assert ended.fates() == {"good": "cut over and tested", "bad": "dropped out in wait"}, ended.output
    assert weekend.running("bad")
    assert not weekend.running("good")
    assert weekend.marks() == {"good"}
    assert ended.failed() == {"bad"}


def test_the_same_command_again_takes_up_what_is_left(weekend):
    """The first run stops after the freeze; the second has one that is cut over already."""
    weekend.fleet(in_sync("web"), in_sync("database"), cut_over("old"))
    first = weekend.play("--tags", "check,replicate,freeze")
    assert first.code == 0, first.output
    assert weekend.marks() == {"web", "database"}
    second = weekend.play()
    assert second.code == 0, second.output
    assert set(second.fates().values()) == {"cut over and tested"}
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
    assert weekend.marks() == set()
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
    assert "there is no terminal" in ended.output
    assert weekend.log == []


def test_services_that_nobody_named_are_an_error_and_none_is_a_declaration(weekend):
    weekend.fleet(in_sync("web"))
    ended = weekend.play(wave_services=None)
    assert ended.code == 2
    assert "wave_services is not set" in ended.output
    ended = weekend.play(wave_services=[])
    assert ended.code == 0, ended.output
    assert weekend.marks() == set()
    assert weekend.tested().keys() == {"web"}


def test_a_playbook_of_its_own_thaws_what_a_wave_froze_but_not_what_is_cut_over(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"))
    weekend.play("--tags", "freeze")
    assert not weekend.running("web")
    weekend.emulator.change_fleet(update={id_of("database"): cut_over("database")})
    ended = weekend.play(playbook="huaweicloud.sms.thaw")
    assert ended.code == 0, ended.output
    assert weekend.running("web")
    assert not weekend.running("database")
    assert weekend.marks() == {"database"}
    assert "its target runs" in ended.output
