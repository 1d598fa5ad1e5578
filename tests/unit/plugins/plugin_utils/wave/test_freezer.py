# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Freezing a server and restarting its services, on a server in a folder whose commands run in a real shell."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import (
    ConflictError,
    DiskError,
    ServerError,
    UnreachableError,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _freeze_record, _freezer
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import FreezeRecord, FreezeRecordError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freezer import Freezer, OwnerError
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.servers.machine import (
    SHELLS,
    UUID,
    Killed,
    Machine,
)

SERVICES = ["app", "cron", "idle"]


def never(server_id):
    pytest.fail("SMS was queried")


def registered(server_id):
    return True


def not_registered(server_id):
    return False


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path, next(iter(SHELLS.values())))
    machine.service("app")
    machine.service("cron")
    machine.service("idle", "inactive")
    return machine


def freezer_of(machine, server_id="id-1", run="run-1"):
    return Freezer(machine.server(), machine.path, server_id, run)


def freeze(machine, services=SERVICES, **names):
    freezer = freezer_of(machine, **names)
    record = freezer.stop(freezer.begin(services, never)).record
    return freezer.complete(record, 7000)


def on_disk(machine):
    file = Path(machine.path)
    return _freeze_record.from_json(file.read_text() if file.exists() else None)


def put(machine, **changes):
    record = replace(FreezeRecord("id-1", UUID, "run-0", "frozen", ("app",), ("app",), 1.0, 2.0, 3000), **changes)
    machine.record(_freeze_record.to_json(record))
    return record


def test_an_inspection_is_one_command_and_changes_nothing(machine):
    put(machine)
    before = Path(machine.path).read_text()
    found = freezer_of(machine).inspect([*SERVICES, "apq"])
    assert (found.record.progress, found.owner_problem, found.machine_id) == ("frozen", "", UUID)
    assert found.states == {"app": True, "cron": True, "idle": False}
    assert list(found.unknown) == ["apq"]
    assert machine.commands == 1
    assert Path(machine.path).read_text() == before
    assert machine.log == []


def test_a_server_is_frozen(machine):
    record = freeze(machine)
    assert machine.log == ["stop app", "stop cron"]
    assert (record.progress, record.declared, record.ran) == ("frozen", tuple(SERVICES), ("app", "cron"))
    assert (record.machine_id, record.run, record.frozen_at_sms) == (UUID, "run-1", 7000)
    assert record.started_at <= record.frozen_at
    assert on_disk(machine) == record == freezer_of(machine).prove(SERVICES)


def test_the_record_is_written_before_a_service_is_stopped(machine):
    record = freezer_of(machine).begin(SERVICES, never)
    assert machine.log == []
    assert on_disk(machine) == record
    assert record.progress == "stopping"


@pytest.mark.parametrize("state", ["activating", "deactivating", "masked"])
def test_an_unknown_state_is_an_error_before_anything_is_written(machine, state):
    machine.service("cron", state)
    with pytest.raises(ServerError, match="cron"):
        freezer_of(machine).begin(SERVICES, never)
    assert on_disk(machine) is None


def test_services_of_an_earlier_run_stay_in_the_record(machine):
    freeze(machine, ["app", "idle"])
    record = freezer_of(machine, run="run-2").begin(["cron"], never)
    assert (record.declared, record.ran) == (("app", "idle", "cron"), ("app", "cron"))
    assert (record.progress, record.frozen_at, record.frozen_at_sms, record.run) == ("stopping", None, None, "run-2")


def test_a_second_freeze_changes_nothing(machine):
    record = freeze(machine)
    assert freeze(machine, run="run-2") == record
    assert machine.log == ["stop app", "stop cron"]


def test_a_service_that_started_is_stopped_again_with_a_new_time(machine):
    freeze(machine)
    put(machine, declared=tuple(SERVICES), ran=("app", "cron"))
    machine.service("idle")
    with pytest.raises(ServerError, match=r"idle runs"):
        freezer_of(machine).prove(SERVICES)
    record = freeze(machine)
    assert record.ran == ("app", "cron", "idle")
    assert record.frozen_at > 2.0


def test_a_service_that_starts_before_the_stop_is_in_the_record_first(machine):
    freezer = freezer_of(machine)
    record = freezer.begin(SERVICES, never)
    machine.service("idle")
    result = freezer.stop(record)
    assert result.stopped == SERVICES
    assert result.record.ran == ("app", "cron", "idle") == on_disk(machine).ran


def test_a_service_that_starts_before_the_end_is_no_freeze(machine):
    freezer = freezer_of(machine)
    record = freezer.stop(freezer.begin(SERVICES, never)).record
    machine.service("idle")
    with pytest.raises(ServerError, match="idle runs"):
        freezer.complete(record, 7000)
    assert on_disk(machine).progress == "stopping"


@pytest.mark.parametrize(
    ("progress", "advice"),
    [
        ("restarting", "huaweicloud.sms.thaw"),
        ("launch_offered", "Look at it in SMS"),
        ("launch_requested", "Look at it in SMS"),
        ("launched", "its target runs"),
    ],
)
def test_what_may_be_launched_is_not_frozen_again(machine, progress, advice):
    put(machine, progress=progress)
    before = Path(machine.path).read_text()
    with pytest.raises(ServerError, match=advice):
        freezer_of(machine).begin(SERVICES, never)
    assert Path(machine.path).read_text() == before
    assert machine.log == []


def test_a_service_that_was_added_later_is_not_proven(machine):
    freeze(machine, ["app"])
    machine.service("cron", "inactive")
    with pytest.raises(ServerError, match="cron was not declared"):
        freezer_of(machine).prove(["app", "cron"])


def test_a_service_that_is_no_longer_declared_has_to_be_stopped_all_the_same(machine):
    freeze(machine)
    machine.service("cron")
    with pytest.raises(ServerError, match="cron runs"):
        freezer_of(machine).prove(["app"])


def test_a_proof_is_one_command(machine):
    freeze(machine)
    machine.commands = 0
    freezer_of(machine).prove(SERVICES)
    assert machine.commands == 1


@pytest.mark.parametrize("progress", [one for one in _freeze_record.PROGRESSES if one != "frozen"])
def test_only_what_is_frozen_is_proven(machine, progress):
    record = replace(freeze(machine), progress=progress)
    machine.record(_freeze_record.to_json(record))
    with pytest.raises(ServerError, match=f"says {progress}"):
        freezer_of(machine).prove(SERVICES)
    assert freezer_of(machine).prove(SERVICES, ["frozen", progress]) == record


def test_no_record_and_an_unknown_state_prove_nothing(machine):
    with pytest.raises(ServerError, match="no freeze record"):
        freezer_of(machine).prove([])
    freeze(machine)
    machine.service("app", "activating")
    with pytest.raises(ServerError, match="app"):
        freezer_of(machine).prove([])


@pytest.mark.parametrize("text", ["", "{", '{"version": 3}'])
def test_a_record_that_cannot_be_used_is_left_alone(machine, text):
    machine.record(text)
    freezer = freezer_of(machine)
    for operation in (lambda: freezer.inspect([]), lambda: freezer.begin([], never), lambda: freezer.prove([])):
        with pytest.raises(FreezeRecordError):
            operation()
    assert Path(machine.path).read_text() == text


def test_an_earlier_registration_of_the_same_machine_is_taken_over(machine):
    put(machine, server_id="id-0", ran=("app", "db"), declared=("app", "db"))
    machine.service("app", "inactive")
    machine.service("db", "inactive")
    assert "id-0" in freezer_of(machine).inspect([]).owner_problem
    asked = []
    record = freezer_of(machine).begin(SERVICES, lambda one: bool(asked.append(one)))
    assert asked == ["id-0"]
    assert (record.server_id, record.progress, record.ran) == ("id-1", "stopping", ("app", "db", "cron"))
    assert record.declared == ("app", "db", "cron", "idle")


@pytest.mark.parametrize(
    ("changes", "is_registered"),
    [({}, registered), ({"machine_id": "another"}, never), ({"machine_id": ""}, never)],
)
def test_the_record_of_another_server_is_left_alone(machine, changes, is_registered):
    put(machine, server_id="id-0", **changes)
    before = Path(machine.path).read_text()
    freezer = freezer_of(machine)
    found = freezer.inspect(SERVICES)
    for operation in (
        lambda: freezer.begin(SERVICES, is_registered),
        lambda: freezer.prove(SERVICES),
        lambda: freezer.take_over(found, is_registered),
        lambda: freezer.restart(found.record),
        lambda: freezer.advance(found.record, "launched"),
    ):
        with pytest.raises(OwnerError, match=r"id-0.*id-1.*app"):
            operation()
    assert Path(machine.path).read_text() == before
    assert machine.log == []


def test_a_machine_without_an_identity_takes_nothing_over(machine):
    (machine.root / "sys/class/dmi/id/product_uuid").unlink()
    put(machine, server_id="id-0", machine_id="")
    with pytest.raises(OwnerError):
        freezer_of(machine).begin(SERVICES, not_registered)


def test_an_error_of_sms_takes_nothing_over(machine):
    put(machine, server_id="id-0")

    def failing(server_id):
        raise SmsError("SMS does not answer")

    with pytest.raises(SmsError, match="does not answer"):
        freezer_of(machine).begin(SERVICES, failing)
    assert on_disk(machine).server_id == "id-0"


def test_the_copy_on_the_target_proves_nothing(machine):
    freeze(machine)
    (machine.root / "sys/class/dmi/id/product_uuid").write_text("9c4c4544-0042-3510-8054-c2c04f4e3732")
    freezer = freezer_of(machine)
    assert "another machine" in freezer.inspect([]).owner_problem
    with pytest.raises(OwnerError, match="another machine"):
        freezer.prove(SERVICES)
    with pytest.raises(OwnerError, match="another machine"):
        freezer.restart(on_disk(machine))


def test_a_record_of_version_1_is_frozen_anew_or_restarted(machine):
    content = {"version": 1, "server_id": "id-1", "stopped": ["db"], "frozen": "2026-01-17T22:04:10+00:00"}
    machine.service("db", "inactive")
    machine.record(json.dumps(content))
    with pytest.raises(ServerError, match=r"version 2\.0\.0"):
        freezer_of(machine).prove([])
    assert freeze(machine, ["app"]).ran == ("db", "app")
    machine.record(json.dumps(content))
    freezer = freezer_of(machine)
    assert freezer.restart(freezer.inspect([]).record) == (["db"], [], "")
    machine.record(json.dumps({**content, "server_id": "id-0"}))
    with pytest.raises(OwnerError, match="id-0"):
        freezer_of(machine).begin(["app"], never)


def test_another_run_that_changed_the_record_ends_every_change(machine):
    freezer = freezer_of(machine)
    record = freezer.begin(SERVICES, never)
    put(machine, progress="launch_requested")
    for operation in (
        lambda: freezer.stop(record),
        lambda: freezer.complete(record, 7000),
        lambda: freezer.advance(record, "launch_requested"),
        lambda: freezer.restart(record),
    ):
        with pytest.raises(ConflictError):
            operation()
    assert on_disk(machine).progress == "launch_requested"
    assert machine.log == []


def test_a_progress_is_written_with_the_run(machine):
    record = freeze(machine)
    freezer = freezer_of(machine, run="run-2")
    record = freezer.prove(SERVICES)
    after = freezer.advance(record, "launch_requested", requested_at=freezer.now)
    assert (
        after == on_disk(machine) == replace(record, progress="launch_requested", requested_at=freezer.now, run="run-2")
    )
    with pytest.raises(ConflictError):
        freezer.advance(record, "launch_requested")


def test_services_are_started_in_reverse_order_and_the_record_is_removed(machine):
    record = freeze(machine)
    assert freezer_of(machine).restart(record) == (["cron", "app"], [], "")
    assert machine.log == ["stop app", "stop cron", "start cron", "start app"]
    assert on_disk(machine) is None
    assert machine.state("idle") == "inactive"


def test_a_service_that_does_not_start_keeps_the_record_and_no_other_service_down(machine):
    record = freeze(machine)
    (machine.root / "state/cron.stuck").touch()
    result = freezer_of(machine).restart(record)
    assert result.started == ["app"]
    assert "cron" in result.problems[0]
    assert on_disk(machine).progress == "restarting"
    (machine.root / "state/cron.stuck").unlink()
    freezer = freezer_of(machine)
    assert freezer.restart(freezer.inspect([]).record) == (["cron", "app"], [], "")
    assert on_disk(machine) is None


def test_a_full_disk_does_not_prevent_the_restart(machine, monkeypatch):
    record = freeze(machine)
    (machine.root / "bin/mkdir").write_text("#!/bin/sh\necho 'mkdir: No space left on device' >&2\nexit 1\n")
    (machine.root / "bin/mkdir").chmod(0o755)
    with pytest.raises(DiskError, match="No space left"):
        freezer_of(machine).advance(record, "launch_requested")
    result = freezer_of(machine).restart(record)
    assert (result.started, result.problems) == (["cron", "app"], [])
    assert "No space left" in result.record_problem
    with pytest.raises(ServerError, match="run"):
        freezer_of(machine).prove(SERVICES)


def test_a_server_that_vanishes_during_the_restart_is_one_problem(machine):
    record = freeze(machine)
    server = machine.server()
    start = server.start

    def vanish(name):
        if name == "app":
            raise UnreachableError("The server cannot be reached: no route.")
        start(name)

    server.start = vanish
    result = Freezer(server, machine.path, "id-1", "run-2").restart(record)
    assert (result.started, result.problems) == (["cron"], ["app: The server cannot be reached: no route."])


def _wave(machine, run):
    """Freeze a server, and restart its services."""
    freezer = freezer_of(machine, run=run)
    record = freezer.complete(freezer.stop(freezer.begin(SERVICES, never)).record, 7000)
    freezer.restart(record)


def _resume(machine, run):
    """Do the same as a later run, which finds a record or none."""
    freezer = freezer_of(machine, run=run)
    record = freezer.inspect(SERVICES).record
    if record and record.progress == "restarting":
        freezer.restart(record)
    else:
        _wave(machine, run)


def _killed_after(machine, *commands):
    """Kill one run after the other before it has run so many commands, and return the state in the end."""
    for number, left in enumerate(commands):
        machine.commands_left = left
        try:
            (_resume if number else _wave)(machine, f"run-{number}")
        except Killed:
            record = on_disk(machine)
            down = {name for name in ("app", "cron") if machine.state(name) == "inactive"}
            assert down <= {*(record.ran if record else ())}
    machine.commands_left = None
    _resume(machine, "run-9")
    assert on_disk(machine) is None
    return {name: machine.state(name) for name in SERVICES}


@pytest.mark.parametrize("commands", range(12))
def test_a_run_that_is_killed_anywhere_loses_no_service(machine, commands):
    assert _killed_after(machine, commands) == {"app": "active", "cron": "active", "idle": "inactive"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("second", range(12))
@pytest.mark.parametrize("first", range(12))
def test_two_runs_that_are_killed_anywhere_lose_no_service(machine, first, second):
    assert _killed_after(machine, first, second) == {"app": "active", "cron": "active", "idle": "inactive"}


def test_messages_of_the_progress_cover_all_but_the_freeze():
    assert {*_freezer._NO_FREEZE} == {*_freeze_record.PROGRESSES} - {"stopping", "frozen"}
