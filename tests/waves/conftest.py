# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of waves share: a fleet in an emulator in which time runs, services that are files, playbooks."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import programs

HERE = Path(__file__).parent
TARGET = {
    "region_id": "la-north-2",
    "project_id": "0123456789abcdef0123456789abcdef",
    "template_id": "3a1b9f52-7d0c-4f7e-8a63-2c5be1a40f11",
}
SMOKE_TEST = """
- name: Note which machine is tested
  ansible.builtin.raw: "printf %s '{{ ansible_host }}' > '{{ folder }}/tested-{{ inventory_hostname }}'"
"""
BEGAN = 1_768_467_600_000


def id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def server(name: str, os_type: str = "LINUX", **fields: Any) -> dict[str, Any]:
    """A server that waits for its migration; nothing keeps it from it."""
    return {
        "id": id_of(name),
        "name": name,
        "ip": f"192.0.2.{sum(map(ord, name)) % 250 + 1}",
        "os_type": os_type,
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
        "init_target_server": {"disks": [{"name": "disk", "size": 40 * 2**30, "device_use": "BOOT|OS"}]},
        "current_task": None,
        "add_date": BEGAN,
        "stage_action_time": BEGAN,
        **fields,
    }


def task_of(name: str, state: str) -> dict[str, Any]:
    return {
        "id": id_of(f"task of {name}"),
        "name": "MigrationTask",
        "type": "MIGRATE_FILE",
        "state": state,
        "start_date": BEGAN,
        "speed_limit": 0,
        "migrate_speed": 0.0,
        "start_target_server": True,
        "region_id": TARGET["region_id"],
        "project_id": TARGET["project_id"],
        "target_server": {"vm_id": id_of(f"target of {name}"), "name": name},
    }


def in_sync(name: str, os_type: str = "LINUX", **fields: Any) -> dict[str, Any]:
    """A server whose data are in the cloud, and which is synchronised until somebody launches it."""
    fields = {
        "state": "syncing",
        "migration_cycle": "syncing",
        "totalsize": 2**30,
        "replicatesize": 2**30,
        "current_task": task_of(name, "SYNCING"),
        **fields,
    }
    return server(name, os_type, **fields)


def cut_over(name: str, os_type: str = "LINUX", **fields: Any) -> dict[str, Any]:
    fields = {
        "state": "finished",
        "migration_cycle": "cutovered",
        "current_task": task_of(name, "MIGRATE_SUCCESS"),
        **fields,
    }
    return server(name, os_type, **fields)


class Ended(NamedTuple):
    """How a playbook ended."""

    code: int
    output: str

    def table(self) -> dict[str, list[str]]:
        """The rows of the summary, by host."""
        lines = self.output.partition("HOST ")[2].splitlines()[1:]
        rows = [re.split(r"\s{2,}", line) for line in lines]
        end = next((number for number, row in enumerate(rows) if len(row) < 4), len(rows))
        return {row[0]: row[1:] for row in rows[:end]}

    def results(self) -> dict[str, str]:
        return {host: row[1] for host, row in self.table().items()}

    def failed(self) -> set[str]:
        """The hosts that Ansible's own recap counts as failed."""
        recap = self.output.partition("PLAY RECAP")[2]
        return {line.split()[0] for line in recap.splitlines() if re.search(r"failed=[1-9]", line)}


class Weekend:
    """A fleet, its services, and the playbooks of the wave.

    :ivar settings: the variables of the play.
    """

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.folder = folder
        (folder / "services").mkdir()
        # Where the wave's commands look for init scripts.
        self._scripts = folder / "root" / "etc" / "init.d"
        self._scripts.mkdir(parents=True)
        account = emulator.account
        keys = {name: account[name] for name in ("access_key", "secret_key")}
        connection = {"endpoint": emulator.url, "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}", **keys}
        self.inventory = {"plugin": "huaweicloud.sms.source_servers", **connection}
        # Not with -e, which nothing of a host's or group's could change.
        self.group_vars("all", ansible_connection="rooted", ansible_python_interpreter=sys.executable)
        self.settings: dict[str, Any] = {
            "ansible_become": False,
            "folder": str(folder),
            "sms_connection": connection,
            "wave_services": ["app-{{ inventory_hostname }}"],
            "wave_mark": f"{folder}/marks/{{{{ inventory_hostname }}}}/wave.json",
            "wave_settle": 1,
            "wave_interval": 0.3,
            "wave_launch": "api",
            "wave_smoke_test_tasks": "smoke_test.yml",
        }
        (folder / "smoke_test.yml").write_text(SMOKE_TEST, encoding="utf-8")

    def group_vars(self, name: str, kind: str = "group_vars", **variables: Any) -> None:
        """What a file beside the inventory says of a group, or with ``host_vars`` of a host."""
        (self.folder / kind).mkdir(exist_ok=True)
        (self.folder / kind / f"{name}.json").write_text(json.dumps(variables), encoding="utf-8")

    def fleet(self, *records: dict[str, Any]) -> None:
        """Hold these servers, each with its service running."""
        self.emulator.replace_fleet(list(records))
        for record in records:
            self.service(f"app-{record['name']}")
        self.settings["wave_confirm"] = len(records)

    def service(self, name: str, state: str = "started") -> None:
        """Install a service, in a state."""
        (self.folder / "services" / name).write_text(state, encoding="utf-8")
        script = self._scripts / name
        if not script.exists():
            script.symlink_to(HERE / "bin" / "init_script")

    def uninstall(self, name: str) -> None:
        """Remove a service."""
        (self._scripts / name).unlink()

    def play(self, *arguments: object, playbook: str = "huaweicloud.sms.wave", **settings: Any) -> Ended:
        options = (*self.arguments(playbook, **settings), *arguments)
        completed = programs.run(self.folder, "playbook", *options, **self.environment)
        return Ended(completed.returncode, completed.stdout + completed.stderr)

    def arguments(self, playbook: str, **settings: Any) -> list[str]:
        (self.folder / "sms.yml").write_text(json.dumps(self.inventory), encoding="utf-8")
        given = {name: value for name, value in {**self.settings, **settings}.items() if value is not None}
        return ["-i", "sms.yml", playbook, "-e", json.dumps(given)]

    @property
    def environment(self) -> dict[str, object]:
        return {
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_CONNECTION_PLUGINS": HERE / "connection",
            "SERVICES_ROOT": self.folder / "root",
            "PATH": f"{HERE / 'bin'}:{programs.PROGRAMS}:{os.environ['PATH']}",
            "SERVICES": self.folder / "services",
            "SERVICES_EMULATOR": self.emulator.url,
        }

    @property
    def log(self) -> list[tuple[str, str, str]]:
        """What was done to services, in order: which, what, and what SMS said of the server then."""
        file = self.folder / "services" / "log"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [tuple(line.split()) for line in lines]

    def running(self, *names: str) -> bool:
        """Whether the applications of all these servers run."""
        files = [self.folder / "services" / f"app-{name}" for name in names]
        return all(file.read_text(encoding="utf-8") == "started" for file in files)

    def records(self) -> set[str]:
        """The servers that have a freeze record."""
        return {file.parent.name for file in self.folder.glob("marks/*/wave.json")}

    def tested(self) -> dict[str, str]:
        """The address at which each server was tested."""
        files = self.folder.glob("tested-*")
        return {file.name.partition("-")[2]: file.read_text(encoding="utf-8") for file in files}

    def launched(self) -> list[str]:
        """The servers whose launch SMS was asked for."""
        names = {id_of(f"task of {record['name']}"): record["name"] for record in self.emulator.fleet()}
        calls = [one for one in self.emulator.changes() if one["path"].endswith("/action")]
        return sorted(names.get(one["path"].split("/")[3], one["path"]) for one in calls if "test" in str(one["body"]))


@pytest.fixture
def emulator():
    """An emulator in which ten minutes pass in a second, with nobody at the console."""
    with Emulator(servers=0, unattended=True, speed=600) as emulator:
        yield emulator


@pytest.fixture
def weekend(emulator, tmp_path):
    return Weekend(emulator, tmp_path)
