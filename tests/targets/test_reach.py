# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play on servers that are cut over reaches the machines that they became: ssh servers tell which one answered."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import programs
from machines import running

# With these IDs the emulator lets servers pass in little more than an hour.
MOVING = {
    "web": "a7655fde-a6ac-46f8-af3e-809c7d1a747b",
    "database": "88bb4e11-552f-4e8f-a9bb-8c56fa2e7f6d",
    "directory": "7c186eff-bb6e-4d5e-a153-0c52b856b63b",
}
STAYING = {"mail": "11111111-2222-4333-8444-555555555555"}
SOURCES = {name: f"127.0.2.{number}" for number, name in enumerate({**MOVING, **STAYING}, 1)}
TARGETS = {name: f"127.0.1.{number}" for number, name in enumerate(MOVING, 1)}
PLAY = """
- hosts: "{{ pattern }}"
  gather_facts: false
  tasks:
    - name: Ask who is there
      ansible.builtin.raw: who are you
      register: answer
    - ansible.builtin.debug:
        msg: "[{{ inventory_hostname }} is {{ answer.stdout | trim }}]"
"""


def server(server_id, name, connected):
    """A server that waits for its migration; one without its agent goes on waiting."""
    return {
        "id": server_id,
        "name": name,
        "ip": SOURCES[name],
        "os_type": "LINUX",
        "state": "waiting" if connected else "unavailable",
        "migration_cycle": "checking",
        "connected": connected,
        "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
        "init_target_server": {"disks": [{"name": "disk", "size": 40 * 2**30, "device_use": "BOOT|OS"}]},
        "current_task": None,
        "add_date": 1_768_467_600_000,
        "stage_action_time": 1_768_467_600_000,
    }


def cut_over(emulator):
    return {one["name"]: one for one in emulator.fleet() if one["migration_cycle"] == "cutovered"}


def machine_id(record):
    return record["current_task"]["target_server"]["vm_id"]


@pytest.fixture(scope="module")
def machines():
    with running([*TARGETS.values(), *SOURCES.values()]) as machines:
        yield machines


@pytest.fixture
def emulator():
    """An emulator whose servers moved in time: three are cut over, one is still waiting."""
    with Emulator(servers=0) as emulator:
        fleet = [server(server_id, name, True) for name, server_id in MOVING.items()]
        emulator.replace_fleet([*fleet, *(server(server_id, name, False) for name, server_id in STAYING.items())])
        for _part in range(60):
            if len(cut_over(emulator)) == len(MOVING):
                break
            emulator.advance(600)
        moved = cut_over(emulator)
        assert moved.keys() == MOVING.keys()
        emulator.change_machines(
            {
                machine_id(record): {
                    "addresses": {"vpc": [{"addr": TARGETS[name], "version": "4", "OS-EXT-IPS:type": "fixed"}]}
                }
                for name, record in moved.items()
            }
        )
        yield emulator


@pytest.fixture
def answers(emulator, machines, tmp_path):
    """Runs the play on the hosts of a pattern; gives who answered for each host, and the completed process."""

    def answers(pattern, **options):
        machines.visited.clear()
        account = emulator.account
        inventory = {
            "plugin": "huaweicloud.sms.source_servers",
            "endpoint": emulator.url,
            "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}",
            "access_key": account["access_key"],
            "secret_key": account["secret_key"],
            **options,
        }
        (tmp_path / "sms.yml").write_text(json.dumps(inventory), encoding="utf-8")
        (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
        settings = {
            "pattern": pattern,
            "ansible_port": machines.port,
            "ansible_user": "anybody",
            "ansible_ssh_common_args": "-F none -o UserKnownHostsFile=/dev/null -o ControlMaster=no",
        }
        play = ("-i", "sms.yml", "play.yml", "-e", json.dumps(settings))
        completed = programs.run(tmp_path, "playbook", *play, ANSIBLE_HOST_KEY_CHECKING="false")
        return dict(re.findall(r"\[(\S+) is this is (\S+)\]", completed.stdout)), completed

    return answers


def test_a_play_on_what_is_cut_over_reaches_the_new_machines(answers, machines):
    answered, completed = answers("migration_cycle_cutovered", connect_with="target_private")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert answered == TARGETS
    assert set(machines.visited) == set(TARGETS.values())


def test_servers_that_have_not_moved_are_still_their_sources(answers, machines):
    answered, completed = answers("sms", connect_with="target_private")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert answered == {**SOURCES, **TARGETS}


def test_without_the_option_a_play_reaches_the_sources(answers):
    answered, completed = answers("sms")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert answered == SOURCES


def test_a_machine_that_is_gone_is_unreachable_although_its_source_would_answer(answers, emulator, machines):
    emulator.change_machines({machine_id(cut_over(emulator)["web"]): None})
    answered, completed = answers("migration_cycle_cutovered", connect_with="target_private")
    assert completed.returncode != 0
    assert answered == {name: address for name, address in TARGETS.items() if name != "web"}
    assert SOURCES["web"] not in machines.visited
    assert "target.invalid" in completed.stdout + completed.stderr
