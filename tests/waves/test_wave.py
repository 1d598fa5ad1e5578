# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example playbooks from end to end, against an emulator of the service in which time runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import programs

HERE = Path(__file__).parent

# With these IDs the emulator lets servers pass in little more than an hour, and one fail while it is being replicated.
WEB, DATABASE, WINDOWS = (
    "a7655fde-a6ac-46f8-af3e-809c7d1a747b",
    "88bb4e11-552f-4e8f-a9bb-8c56fa2e7f6d",
    "7c186eff-bb6e-4d5e-a153-0c52b856b63b",
)
FAILING = "73fd66f2-3a21-428c-a9a4-3ad378b193f4"


def server(server_id, name, os_type="LINUX", **fields):
    """A server that waits for its migration; nothing keeps it from it."""
    return {
        "id": server_id,
        "name": name,
        "ip": "127.0.0.1",
        "os_type": os_type,
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
        "init_target_server": {"disks": [{"name": "disk", "size": 40 * 2**30, "device_use": "BOOT|OS"}]},
        "current_task": None,
        "add_date": 1_768_467_600_000,
        "stage_action_time": 1_768_467_600_000,
        **fields,
    }


@pytest.fixture
def emulator():
    """An emulator in which time stands still until the application is frozen."""
    with Emulator(servers=0) as emulator:
        emulator.replace_fleet(
            [server(WEB, "web"), server(DATABASE, "database"), server(WINDOWS, "directory", "WINDOWS")]
        )
        yield emulator


@pytest.fixture
def run_wave(emulator, tmp_path):
    """Runs the playbook of the wave; gives the completed process."""
    connection = {"endpoint": emulator.url, "token": emulator.token}
    inventory = {"plugin": "huaweicloud.sms.source_servers", **connection}
    settings = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "wave_connection": connection,
        "wave_windows_password": "not needed with a local connection",
        "wave_freeze_tasks": str(HERE / "freeze.yml"),
        "wave_smoke_tasks": str(HERE / "smoke_test.yml"),
        "wave_marks": str(tmp_path),
        "wait_for_cycle_interval": 0.5,
        "wait_for_cycle_timeout": 120,
    }
    (tmp_path / "sms.yml").write_text(json.dumps(inventory), encoding="utf-8")

    def run(*arguments, without=()):
        given = {name: value for name, value in settings.items() if name not in without}
        play = ("-i", "sms.yml", "huaweicloud.sms.wave", "-e", json.dumps(given))
        return programs.run(tmp_path, "playbook", *play, *arguments)

    return run


def marks(folder):
    """What the freeze and the smoke test noted down, by file."""
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if "-" in file.name}


def test_a_wave_goes_from_the_check_to_the_smoke_test(run_wave, tmp_path):
    completed = run_wave()
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "3 servers are frozen and in sync" in completed.stdout
    assert marks(tmp_path) == {
        "frozen-web": "checking",
        "frozen-database": "checking",
        "tested-web": "cutovered",
        "tested-database": "cutovered",
        "tested-directory": "cutovered",
    }


def test_a_wave_with_a_server_that_is_not_ready_stops_before_the_freeze(run_wave, emulator, tmp_path):
    emulator.change_fleet(update={WEB: {"connected": False}})
    completed = run_wave()
    assert completed.returncode != 0
    assert "web (a7655fde)" in completed.stdout
    assert marks(tmp_path) == {}


def test_a_wave_without_servers_stops_at_once_and_looks_at_no_other(run_wave, emulator, tmp_path):
    (tmp_path / "sms.yml").write_text(
        json.dumps({**json.loads((tmp_path / "sms.yml").read_text(encoding="utf-8")), "name": "no such server"}),
        encoding="utf-8",
    )
    completed = run_wave()
    assert completed.returncode != 0
    assert "The inventory has no source server." in completed.stdout
    assert "web" not in completed.stdout


def test_a_wave_that_could_not_log_in_to_its_windows_servers_stops_at_once(run_wave, tmp_path):
    completed = run_wave(without=["wave_windows_password"])
    assert completed.returncode != 0
    assert "Give wave_windows_password" in completed.stdout
    assert marks(tmp_path) == {}


def test_a_wave_of_linux_servers_needs_no_password_for_windows(run_wave, emulator):
    emulator.change_fleet(vanish=[WINDOWS])
    completed = run_wave("--check", "-v", without=["wave_windows_password"])
    assert completed.stdout.count("Would wait for 2 of 2 source servers.") == 2


def test_a_wave_stops_before_the_cut_over_when_a_server_fails(run_wave, emulator, tmp_path):
    emulator.change_fleet(register=[server(FAILING, "doomed")])
    completed = run_wave()
    assert completed.returncode != 0
    assert "doomed (73fd66f2) is in the state error" in completed.stdout
    assert "frozen and in sync" not in completed.stdout
    assert not [mark for mark in marks(tmp_path) if mark.startswith("tested")]


def test_a_wave_can_be_rehearsed_in_check_mode(run_wave, tmp_path):
    completed = run_wave("--check", "-v")
    assert completed.stdout.count("Would wait for 3 of 3 source servers.") == 2
    assert marks(tmp_path) == {}
