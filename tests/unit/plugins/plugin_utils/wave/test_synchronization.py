# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request for a synchronization and its end, in each way in which the service may behave."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import open_accounts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import (
    _synchronization,
    _synchronization_wait,
    _waits,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import FreezeRecord
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._operations import Operation
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import settings

CHECKED = {"synchronize": True, "consistency_check": True}
ACTION = {"path": "/v3/tasks/*/action", "method": "POST"}
LOST = {"kind": "drop", "after": True, **ACTION}


class _Freezer:
    """A server that is frozen, and stays so."""

    now = 100.0

    def __init__(self, record):
        self.record = record

    def prove(self, services, progresses):
        assert self.record.progress in progresses
        return self.record

    def advance(self, record, progress, **changes):
        assert record == self.record
        self.record = replace(record, progress=progress, **changes)
        return self.record


class Wave:
    """One frozen host, and an emulator in which no time passes by itself."""

    def __init__(self, emulator, client, options):
        self.emulator, self.client, self.options = emulator, client, options
        emulator.set(attended=False, speed=0)
        task = {"id": "task-web", "state": "SYNCING", "source_server": {"id": "id-web"}}
        record = {"id": "id-web", "name": "web", "state": "syncing", "migration_cycle": "syncing", "connected": True}
        emulator.replace_fleet([{**record, "current_task": task}])
        self.freezer = _Freezer(
            FreezeRecord("id-web", progress="frozen", declared=("app",), frozen_at=1.0, frozen_at_sms=0)
        )
        self.synchronization = {}

    def host(self, values):
        given = {"services": ["app"], "consistency_max_differences": 0, **values}
        return Host("web", "id-web", given, {}, {}, {}, {}, "run", None, self.synchronization)

    def request(self, **values):
        operation = Operation(self.host(values), self.freezer, self.client, False, 1, lambda line: None)
        self.synchronization = _synchronization.synchronize(operation)
        return self.synchronization

    def wait(self, **values):
        this_round = _waits.Round(0, 0.01, {}, lambda line: None, lambda line: None)
        with open_accounts([self.host(values)], lambda connection: self.options) as accounts:
            return _synchronization_wait.wait_for(accounts, this_round)["web"]

    def requests(self):
        changes = [one for one in self.emulator.changes() if one["path"].endswith("/action")]
        return [json.loads(one["body"]) for one in changes]


@pytest.fixture
def wave(emulator, connection):
    with Client(settings(**connection, retries=0)) as client:
        yield Wave(emulator, client, {**settings_of(connection), "retries": 0})


def settings_of(connection):
    return {**{name: spec.get("default") for name, spec in _argument_spec.CONNECTION_SPEC.items()}, **connection}


def test_a_synchronization_is_requested_once_and_ends_with_its_check(wave):
    assert wave.request(**CHECKED)["requested"]
    assert wave.freezer.record.synchronize_requested_at == 100.0
    assert wave.request(**CHECKED)["requested"]
    assert wave.requests() == [{"operation": "start", "is_need_consistency_check": True}]
    assert "no synchronization that began after the freeze" in wave.wait(**CHECKED).problem
    wave.emulator.advance(400)
    assert "no result of a consistency check" in wave.wait(**CHECKED).problem
    wave.emulator.advance(600)
    assert wave.wait(**CHECKED).go
    assert wave.wait(**CHECKED).note == "Consistency check: 1,234 files, 0 differences."


@pytest.mark.parametrize("fault", [LOST, {"kind": "status", "status": 504, **ACTION}])
def test_a_request_whose_response_is_lost_is_waited_for_and_never_sent_again(wave, fault):
    wave.emulator.faults(fault)
    result = wave.request(**CHECKED)
    assert "It is not known whether SMS synchronizes it" in result["msg"]
    assert wave.request(**CHECKED)["requested"]
    assert len(wave.requests()) == 1
    wave.emulator.advance(1000)
    # The service did what it was asked for before the connection was closed, and not before the other error.
    assert wave.wait(**CHECKED).go is (fault == LOST)


def test_a_refusal_falls_back_to_the_time_without_a_check_and_removes_the_host_with_one(wave):
    wave.emulator.set(synchronization="refused")
    result = wave.request(synchronize=True)
    assert "waited for wave_settle instead of a synchronization" in result["msg"]
    assert wave.freezer.record.synchronize_requested_at is None
    assert wave.wait(synchronize=True).go
    assert not wave.request(synchronize=True)["requested"]
    assert len(wave.requests()) == 1
    wave.synchronization = {}
    with pytest.raises(SmsError, match=r"no consistency check, which wave_consistency_check requires.*SMS\.7715"):
        wave.request(**CHECKED)


@pytest.mark.parametrize("form", ["objects", "texts", "flat"])
@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ({}, ""),
        ({"differing": ["id-web"]}, "1,234 files, 1 difference"),
        ({"consistency": "empty"}, "compared no file in /"),
        ({"consistency": "failed"}, "did not succeed: failed"),
        ({"consistency": "missing"}, "no result"),
        ({"synchronization": "ignored"}, "no synchronization that began after the freeze"),
    ],
)
def test_a_check_that_is_no_evidence_removes_the_host_and_says_why(wave, form, setting, problem):
    wave.emulator.set(consistency_form=form, **setting)
    wave.request(**CHECKED)
    wave.emulator.advance(1000)
    decision = wave.wait(**CHECKED)
    assert decision.go is not bool(problem)
    assert problem in decision.problem


@pytest.mark.parametrize("after", ["SYNCING", "RUNNING", "SYNC_SUCCESS"])
def test_the_end_is_recognized_in_each_state_of_the_task(wave, after):
    wave.emulator.set(after_synchronization=after)
    wave.request(synchronize=True)
    wave.emulator.advance(400)
    assert wave.wait(synchronize=True).go
    assert wave.emulator.fleet()[0]["current_task"]["state"] == after
    assert wave.request(synchronize=True)["requested"]
    assert len(wave.requests()) == 1


def test_the_scope_of_the_check_is_set_before_it_is_requested(wave):
    wave.request(**CHECKED, settings={"options": {"CONSISTENCY_DIR": "/srv", "LINUX_CPU_LIMIT": 20}})
    bodies = [json.loads(one["body"]) for one in wave.emulator.changes()]
    assert bodies[0] == {"configurations": [{"config_key": "CONSISTENCY_DIR", "config_value": "/srv"}]}
    assert bodies[1]["operation"] == "start"


@pytest.mark.parametrize("progress", ["launch_offered", "launch_requested"])
def test_nothing_is_requested_after_a_launch_was_offered_or_requested(wave, progress):
    wave.freezer.record = replace(wave.freezer.record, progress=progress)
    assert "offered or requested before" in wave.request(synchronize=True)["refused"]
    assert wave.requests() == []


def test_a_host_without_anything_to_freeze_is_not_synchronized(wave):
    assert "Nothing was stopped" in wave.request(synchronize=True, services=[])["msg"]
    assert wave.request()["msg"] == ""
    assert wave.requests() == []
