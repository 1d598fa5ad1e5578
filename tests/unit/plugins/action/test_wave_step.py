# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``wave_step``, in this process, against the emulator."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

SETTINGS = {
    "address": "",
    "port": "",
    "shared_address": False,
    "services": [],
    "windows": False,
    "mark": "/wave.json",
    "thaw": True,
    "thaw_force": False,
    "fail_on": ["state"],
    "start": False,
    "target": {},
    "settings": {},
    "launch": "none",
    "launch_operation": "test",
    "settle": "900",
    "connect_with": "target_private",
    "target_host": "",
    "smoke_port": "22",
    "smoke_timeout": 600,
    "confirm": None,
    "thaw_confirm": None,
    "max_running": 0,
    "interval": 30,
    "replicate_timeout": 60,
    "cutover_timeout": 60,
    "disconnected_timeout": 60,
    "synchronize_timeout": 60,
    "ask_timeout": 900,
    "report_path": "",
    "tasks": {},
}


@pytest.fixture
def step(act, emulator):
    """Takes a step of a wave with a host for each connection, after its validation; returns the action's outcome."""

    def run(name, validate=True, **connections):
        servers = dict(zip(connections, emulator.fleet(), strict=False))
        batch = [*connections]
        hostvars = {
            host: {
                "_wave_host": {**SETTINGS, "id": servers[host]["id"], "address": host, "batch": batch},
                "_wave_connection": connection,
                "inventory_hostname": host,
            }
            for host, connection in connections.items()
        }
        play = {"ansible_play_batch": batch, "ansible_play_hosts_all": batch, "ansible_run_tags": ["all"]}
        task_vars = {**hostvars[batch[0]], **play, "hostvars": hostvars}
        begun = act("wave_step", step="begin", task_vars=task_vars)
        if not validate or name == "begin":
            return begun if name == "begin" else act("wave_step", step=name, task_vars=task_vars)
        for variables in (task_vars, *hostvars.values()):
            variables["_wave_validation"] = begun.result
        return act("wave_step", step=name, task_vars=task_vars)

    return run


def test_an_invalid_connection_of_one_host_is_a_problem_of_that_host_only(step):
    hosts = step("begin", web={}, db={"timeout": "soon"}).result["hosts"]
    assert not hosts["web"]["failed"]
    assert "timeout" in hosts["db"]["msg"]


def test_the_validation_returns_settings_with_their_types(step):
    settings = step("begin", web={}).result["hosts"]["web"]["settings"]
    assert (settings["settle"], settings["smoke_port"]) == (900.0, 22)


def test_no_step_is_taken_without_the_validation(step, emulator):
    emulator.clear_requests()
    outcome = step("check", validate=False, web={})
    assert outcome.failed
    assert "were not validated" in outcome.result["msg"]
    assert emulator.requests() == []


def test_a_server_that_the_account_does_not_have_is_named_with_the_endpoint(step, emulator, monkeypatch):
    records = emulator.fleet()
    monkeypatch.setattr(emulator, "fleet", lambda: records)
    emulator.replace_fleet([])
    [host] = step("check", web={}).result["hosts"].values()
    assert host["failed"]
    assert f"It is not registered with SMS ({emulator.url} (" in host["msg"]
