# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A weekend in three minutes: a wave of 30 servers, of which six fail in different steps.

``make demo-wave`` runs it. The service is an emulator in which ten minutes pass in a second. Six of the servers, and
the targets of five, are ssh servers on loopback addresses with a little application.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import uuid

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tools"))
import checkout

FOLDER = checkout.BUILD / "demo-wave"
ROOT = checkout.ROOT
BEGAN = 1_768_467_600_000
REGION, PROJECT = "la-north-2", "0123456789abcdef0123456789abcdef"
SHOPS = ("shop-1", "shop-2", "shop-misspelt", "shop-watched", "shop-launch-fails", "shop-target-down")
OTHERS = ("away", "broken", *(f"web-{number:02}" for number in range(1, 23)))
EXPECTED = {
    "away": "dropped out in check",
    "broken": "dropped out in replicate",
    "shop-misspelt": "dropped out in freeze",
    "shop-watched": "dropped out in launch",
    "shop-launch-fails": "dropped out in wait",
    "shop-target-down": "dropped out in smoke_test",
}
SMOKE_TEST = """
- name: Buy something in the cloud
  ansible.builtin.uri:
    url: "http://{{ ansible_host }}:{{ shop_port }}/"
    return_content: true
    timeout: 5
  register: shop
  failed_when: ('open at ' ~ ansible_host) not in shop.content | default('')
  delegate_to: localhost
  when: inventory_hostname.startswith('shop')
"""


def id_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def record(name: str, address: str) -> dict:
    """A server; the one that is broken has still to be replicated, all others are in sync."""
    waiting = name == "broken"
    task = {
        "id": id_of(f"task of {name}"),
        "name": "MigrationTask",
        "type": "MIGRATE_FILE",
        "state": "SYNCING",
        "start_target_server": True,
        "region_id": REGION,
        "project_id": PROJECT,
        "target_server": {"vm_id": id_of(f"target of {name}"), "name": name},
    }
    return {
        "id": id_of(name),
        "name": name,
        "ip": address,
        "os_type": "LINUX",
        "state": "waiting" if waiting else "syncing",
        "migration_cycle": "checking" if waiting else "syncing",
        "connected": name != "away",
        "checks": [{"name": "CPU", "result": "OK", "error_code": None}],
        "init_target_server": {"disks": [{"name": "disk", "size": 40 * 2**30, "device_use": "BOOT|OS"}]},
        "totalsize": 20 * 2**30,
        "replicatesize": 0 if waiting else 20 * 2**30,
        "current_task": None if waiting else task,
        "add_date": BEGAN,
        "stage_action_time": BEGAN,
    }


def write(name: str, content: object) -> None:
    file = FOLDER / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")


def prepare(emulator, sources: dict[str, str], targets: dict[str, str], machines) -> dict:
    """Fill the emulator and the folder of the project; gives the variables of the wave."""
    emulator.replace_fleet([record(name, sources[name]) for name in (*SHOPS, *OTHERS)])
    emulator.set(failing=[id_of("broken"), id_of("shop-launch-fails")])
    account = emulator.account
    keys = {name: account[name] for name in ("access_key", "secret_key")}
    connection = {"endpoint": emulator.url, "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}", **keys}
    write(
        "sms.yml",
        {"plugin": "huaweicloud.sms.source_servers", "compose": {"shop": "sms_name[:4] == 'shop'"}, **connection},
    )
    write("smoke_test.yml", SMOKE_TEST)
    write("group_vars/sms.yml", {"wave_services": []})
    for name in SHOPS:
        services = ["shopp"] if name == "shop-misspelt" else ["shop"]
        write(f"host_vars/{name}.yml", {"wave_services": services, "wave_target_host": targets[name]})
    return {
        "sms_connection": connection,
        "ansible_user": "anybody",
        "ansible_port": machines.ssh_port,
        "ansible_ssh_common_args": "-F none -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        "ansible_python_interpreter": sys.executable,
        "ansible_become": False,
        "shop_port": machines.port,
        "wave_mark": "wave.json",
        "wave_start": True,
        "wave_target": {"region_id": REGION, "project_id": PROJECT, "template_id": id_of("template")},
        "wave_settle": 5,
        "wave_interval": 2,
        "wave_launch": "api",
        "wave_confirm": len(SHOPS) + len(OTHERS),
        "wave_smoke_test_tasks": "smoke_test.yml",
    }


def main() -> int:
    """Run the wave; gives 0 if each server met the fate that it should."""
    collections = str(checkout.link_collection())
    sys.path.append(collections)
    import shops
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    shutil.rmtree(FOLDER, ignore_errors=True)
    sources = {name: f"127.0.2.{number}" for number, name in enumerate((*SHOPS, *OTHERS), 1)}
    targets = {name: f"127.0.3.{number}" for number, name in enumerate(SHOPS, 1)}
    up = {sources[name]: name for name in SHOPS} | {targets[name]: f"{name}-target" for name in SHOPS[:5]}
    for name in up.values():
        write(f"machines/{name}/shop", "started")
    folders = {address: FOLDER / "machines" / name for address, name in up.items()}
    with Emulator(servers=0, unattended=True, speed=600) as emulator:
        environment = {"SERVICES_EMULATOR": emulator.url}
        with shops.running(folders, environment, sources["shop-watched"]) as machines:
            write("wave.json", prepare(emulator, sources, targets, machines))
            return play(collections)


def play(collections: str) -> int:
    """Run the playbook and compare the fates."""
    command = ["ansible-playbook", "huaweicloud.sms.wave", "-i", "sms.yml", "-e", "@wave.json", "--forks", "15"]
    print(f"$ {' '.join(command)}", flush=True)
    environment = {
        **checkout.neutral_environment(),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_HOST_KEY_CHECKING": "false",
        "ANSIBLE_LIBRARY": str(ROOT / "tests" / "waves" / "library"),
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_SSH_TRANSFER_METHOD": "piped",
        "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]),
    }
    began = time.monotonic()
    subprocess.run(command, cwd=FOLDER, env=environment, check=False)
    table = (FOLDER / "sms-report" / "wave.txt").read_text(encoding="utf-8")
    print(f"\n{table}\nThe wave took {time.monotonic() - began:.0f} s.")
    wrong = [
        name
        for name, fate in EXPECTED.items()
        if not any(f"{name} " in line and fate in line for line in table.splitlines())
    ]
    wrong += [name for name in (*SHOPS, *OTHERS) if name not in EXPECTED and f"{name} " not in table]
    print(f"Wrong: {', '.join(wrong)}" if wrong else "Each server met the fate that it should.")
    return len(wrong)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
