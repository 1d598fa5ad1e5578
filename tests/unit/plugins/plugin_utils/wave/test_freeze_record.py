# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The freeze record: what is written is read, and everything else is an error."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import (
    PROGRESSES,
    FreezeRecord,
    FreezeRecordError,
    from_json,
    to_json,
)

RECORD = FreezeRecord(
    server_id="id-1",
    machine_id="machine",
    run="run-1",
    progress="frozen",
    declared=("app", "cron"),
    ran=("app",),
    started_at=1.0,
    frozen_at=2.5,
    frozen_at_sms=3000,
)
CONTENT = json.loads(to_json(RECORD))
KEYS = {
    "version", "server_id", "machine_id", "run", "progress", "declared", "ran", "started_at", "frozen_at",
    "frozen_at_sms", "synchronize_requested_at", "requested_at",
}  # fmt: skip


def test_there_is_no_record_without_a_file():
    assert from_json(None) is None


@pytest.mark.parametrize("progress", PROGRESSES)
def test_what_is_written_is_read(progress):
    record = FreezeRecord(**{**RECORD.__dict__, "progress": progress})
    read = from_json(to_json(record))
    assert read == record
    assert read.text == to_json(record)
    assert {*json.loads(to_json(record))} == KEYS


def test_version_1_is_frozen_if_it_has_the_time_and_stopping_if_not():
    content = {"version": 1, "server_id": "id-1", "stopped": ["app", "cron"], "frozen": "2026-01-17T22:04:10+00:00"}
    record = from_json(json.dumps(content))
    assert (record.progress, record.frozen_at, record.machine_id) == ("frozen", 1768687450.0, "")
    assert record.declared == record.ran == ("app", "cron")
    record = from_json(json.dumps({**content, "frozen": ""}))
    assert (record.progress, record.frozen_at) == ("stopping", None)
    assert json.loads(to_json(record))["version"] == 2


@pytest.mark.parametrize("length", range(len(to_json(RECORD)) - 1))
def test_a_record_that_is_cut_is_an_error(length):
    with pytest.raises(FreezeRecordError):
        from_json(to_json(RECORD)[:length])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("version", value) for value in (0, 3, "2", None, True, [])],
        *[("server_id", value) for value in ("", None, 5)],
        *[("progress", value) for value in ("", "thawed", None, ["frozen"], "Frozen")],
        *[(key, value) for key in ("declared", "ran") for value in (None, "app", [1], [""], {"app": 1}, [["app"]])],
        *[(key, value) for key in ("machine_id", "run") for value in (None, 5)],
        *[(key, value) for key in ("started_at", "frozen_at_sms") for value in ("1", True, -1, float("nan"), 10**400)],
        ("frozen_at", None),
        ("host", "another key"),
    ],
)
def test_another_value_is_an_error_that_says_what_to_look_at(key, value):
    with pytest.raises(FreezeRecordError, match="the state of this server in SMS"):
        from_json(json.dumps({**CONTENT, key: value}))


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_missing_key_is_an_error(key):
    with pytest.raises(FreezeRecordError):
        from_json(json.dumps({name: value for name, value in CONTENT.items() if name != key}))


@pytest.mark.parametrize(
    "change",
    [{"stopped": "app"}, {"stopped": None}, {"frozen": None}, {"frozen": "soon"}, {"frozen": "2026-01-17T22:04:10"},
     {"server_id": ""}],
)  # fmt: skip
def test_another_value_in_version_1_is_an_error(change):
    content = {"version": 1, "server_id": "id-1", "stopped": [], "frozen": ""}
    assert from_json(json.dumps(content)) is not None
    with pytest.raises(FreezeRecordError):
        from_json(json.dumps({**content, **change}))


@pytest.mark.parametrize("text", ["", "\n", "null", "[]", "7", '"text"', "[" * 100_000, "\0" * 50])
def test_other_content_is_an_error_that_names_the_file(text):
    with pytest.raises(FreezeRecordError, match=r"^/var/lib/freeze\.json is no freeze record"):
        from_json(text, "/var/lib/freeze.json")
