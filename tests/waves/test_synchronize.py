# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step synchronize in real plays: which hosts are launched after their synchronization and consistency check."""

from __future__ import annotations

import json

import pytest
from conftest import id_of, in_sync

CHECKED = {"wave_synchronize": True, "wave_consistency_check": True}


def synchronized(weekend):
    """The servers for which SMS was asked to synchronize, and whether with a check."""
    names = {id_of(f"task of {record['name']}"): record["name"] for record in weekend.emulator.fleet()}
    calls = [one for one in weekend.emulator.changes() if one["path"].endswith("/action")]
    bodies = [(names[one["path"].split("/")[3]], json.loads(one["body"])) for one in calls]
    return sorted(
        (name, body.get("is_need_consistency_check")) for name, body in bodies if body["operation"] == "start"
    )


def test_only_the_host_whose_files_are_equal_after_its_freeze_is_launched(weekend):
    weekend.fleet(in_sync("equal"), in_sync("differs"), in_sync("refused"))
    weekend.emulator.set(differing=[id_of("differs")], unsynchronizable=[id_of("refused")])
    settings = {"wave_settings": {"options": {"CONSISTENCY_DIR": "/srv"}}}
    checked = weekend.play("--check", **CHECKED, **settings)
    assert checked.code == 0, checked.output
    assert "equal: synchronize: Would request a synchronization with a consistency check" in checked.output
    assert "CONSISTENCY_DIR /srv" in checked.output
    assert weekend.emulator.changes() == []
    ended = weekend.play(**CHECKED, **settings)
    assert ended.code == 2, ended.output
    assert ended.results() == {
        "equal": "tested",
        "differs": "removed in synchronize",
        "refused": "removed in synchronize",
    }, ended.output
    assert weekend.launched() == ["equal"]
    assert weekend.running("differs", "refused")
    assert not weekend.running("equal")
    assert weekend.records() == {"equal"}
    assert synchronized(weekend) == [(name, True) for name in ("differs", "equal", "refused")]
    assert "found 1,234 files, 1 difference" in ended.table()["differs"][-1], ended.output
    assert "SMS.7715" in ended.table()["refused"][-1]
    assert "Consistency check: 1,234 files, 0 differences." in ended.table()["equal"][-1]
    rows = json.loads((weekend.folder / "sms-report" / "wave.json").read_text(encoding="utf-8"))["hosts"]
    numbers = {row["host"]: (row["consistency_files"], row["consistency_differences"]) for row in rows}
    assert numbers == {"equal": (1234, 0), "differs": (1234, 1), "refused": (None, None)}
    assert all(row["synchronized_at"] < row["consistency_checked_at"] for row in rows if row["host"] != "refused")


@pytest.mark.parametrize("after", ["SYNCING", "RUNNING", "SYNC_SUCCESS"])
def test_a_host_is_launched_in_each_state_of_the_task_after_its_synchronization(weekend, after):
    weekend.fleet(in_sync("web"), in_sync("refused"))
    weekend.emulator.set(after_synchronization=after, unsynchronizable=[id_of("refused")])
    first = weekend.play("--tags", "freeze,synchronize,summary", wave_synchronize=True)
    assert first.code == 0, first.output
    assert first.results() == {"web": "frozen", "refused": "frozen"}
    ended = weekend.play(wave_synchronize=True)
    assert ended.code == 0, ended.output
    assert set(ended.results().values()) == {"tested"}
    assert "waited for wave_settle instead" in ended.table()["refused"][-1], ended.output
    # One request for each freeze, unless SMS certainly refused it.
    assert [name for name, _check in synchronized(weekend)] == ["refused", "refused", "web"]
