# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook of the wave from end to end, against an emulator of the service in which time runs."""

from __future__ import annotations

from conftest import TARGET, cut_over, in_sync, server


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
    assert weekend.marks() == {"good"}
    assert "Could not find the requested service" in ended.table()["misspelt"][-1]
