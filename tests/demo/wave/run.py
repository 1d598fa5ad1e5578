# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave of 30 servers in three minutes. Six of them are removed from the wave, each in another step.

``make demo-wave`` runs it. The service is an emulator in which ten minutes pass in a second. Six of the servers, and
the targets of five of these, are ssh servers on loopback addresses with a small application. Its service is managed by
an init script, and the ssh servers have no Python.
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
SHOPS = ("shop-1", "shop-2", "shop-stuck", "shop-watched", "shop-launch-fails", "shop-target-down")
OTHERS = ("away", "broken", *(f"web-{number:02}" for number in range(1, 23)))
EXPECTED = {
    "away": "removed in check",
    "broken": "removed in replicate",
    "shop-stuck": "removed in freeze",
    "shop-watched": "removed in settle",
    "shop-launch-fails": "removed in wait",
    "shop-target-down": "removed in smoke_test",
}
# The service of this shop does not stop.
STUCK = "shop-stuck"
# A shop stays closed at its source if it was launched, or if SMS does not show that it was not.
OPEN = (STUCK, "shop-watched")
INIT_SCRIPT = """#!/bin/sh
# The service of a shop is a file.
case $1 in
  start) printf started > "$SHOP/shop";;
  stop) [ ! -e "$SHOP/stuck" ] && printf stopped > "$SHOP/shop";;
  status) [ "$(cat "$SHOP/shop")" = started ] || exit 3;;
esac
"""
SMOKE_TEST = """
- name: Buy something in the shop of the target
  ansible.builtin.uri:
    url: "http://{{ wave_target_address }}:{{ shop_port }}/"
    return_content: true
    timeout: 5
  register: shop
  failed_when: ('open at ' ~ wave_target_address) not in shop.content | default('')
  delegate_to: localhost
  when: inventory_hostname.startswith('shop')
"""


def id_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def record(name: str, address: str) -> dict:
    """Return the record of a server. The broken one is not replicated yet, all others are in sync."""
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


def prepare(emulator, sources: dict[str, str], targets: dict[str, str], machines) -> None:
    """Fill the emulator, and write the inventory and the variables of the wave."""
    emulator.replace_fleet([record(name, sources[name]) for name in (*SHOPS, *OTHERS)])
    emulator.set(failing=[id_of("broken"), id_of("shop-launch-fails")])
    account = emulator.account
    keys = {name: account[name] for name in ("access_key", "secret_key")}
    connection = {"endpoint": emulator.url, "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}", **keys}
    write("sms.yml", {"plugin": "huaweicloud.sms.source_servers", **connection})
    write("smoke_test.yml", SMOKE_TEST)
    for name in SHOPS:
        write(f"host_vars/{name}.yml", {"wave_services": ["shop"], "wave_target_host": targets[name]})
    variables = {
        "sms_connection": connection,
        "ansible_user": "anybody",
        "ansible_port": machines.ssh_port,
        "ansible_ssh_common_args": "-F none -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        "shop_port": machines.port,
        "wave_become": False,
        "wave_services": [],
        "wave_mark": "wave.json",
        "wave_start": True,
        "wave_target": {"region_id": REGION, "project_id": PROJECT, "template_id": id_of("template")},
        "wave_settle": 5,
        "wave_interval": 2,
        "wave_launch": "api",
        "wave_smoke_test_tasks": "smoke_test.yml",
    }
    write("group_vars/sms.yml", variables)


def install_shop(name: str) -> None:
    """Write the files of a machine: its application, the init script and the UUID that identifies it."""
    write(f"machines/{name}/shop", "started")
    write(f"machines/{name}/root/sys/class/dmi/id/product_uuid", id_of(f"machine of {name}"))
    script = f"machines/{name}/root/etc/init.d/shop"
    write(script, INIT_SCRIPT)
    (FOLDER / script).chmod(0o755)
    if name == STUCK:
        write(f"machines/{name}/stuck", "")


def main() -> int:
    """Run the wave; return 0 if each server has the expected result."""
    collections = str(checkout.link_collection())
    sys.path.append(collections)
    import shops
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    shutil.rmtree(FOLDER, ignore_errors=True)
    sources = {name: f"127.0.2.{number}" for number, name in enumerate((*SHOPS, *OTHERS), 1)}
    targets = {name: f"127.0.3.{number}" for number, name in enumerate(SHOPS, 1)}
    up = {sources[name]: name for name in SHOPS} | {targets[name]: f"{name}-target" for name in SHOPS[:5]}
    for name in up.values():
        install_shop(name)
    folders = {address: FOLDER / "machines" / name for address, name in up.items()}
    with (
        Emulator(servers=0, unattended=True, speed=600) as emulator,
        shops.running(folders, sources["shop-watched"]) as machines,
    ):
        prepare(emulator, sources, targets, machines)
        return play(collections)


def play(collections: str) -> int:
    """Run the playbook; return 0 if each server has the expected result."""
    confirmation = f"wave_confirm={len(SHOPS) + len(OTHERS)}"
    command = ["ansible-playbook", "-i", "sms.yml", "huaweicloud.sms.wave", "-e", confirmation, "--forks", "15"]
    print(f"$ {' '.join(command)}", flush=True)
    environment = {
        **checkout.neutral_environment(),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_HOST_KEY_CHECKING": "false",
        "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]),
    }
    began = time.monotonic()
    subprocess.run(command, cwd=FOLDER, env=environment, check=False)
    print(f"\nThe wave took {time.monotonic() - began:.0f} s.")
    file = FOLDER / "sms-report" / "wave.json"
    rows = json.loads(file.read_text(encoding="utf-8"))["hosts"] if file.exists() else []
    return judge({row["host"]: row["result"] for row in rows})


def judge(results: dict[str, str]) -> int:
    """Print and return whether each server has the expected result, and whether the right shops are open."""
    names = (*SHOPS, *OTHERS)
    wrong = [name for name in names if results.get(name) != EXPECTED.get(name, "tested")]
    shops = {name: (FOLDER / "machines" / name / "shop").read_text(encoding="utf-8") == "started" for name in SHOPS}
    print(f"Open at the source: {', '.join(name for name in SHOPS if shops[name])}.")
    wrong += [f"the shop of {name}" for name in SHOPS if shops[name] is not (name in OPEN)]
    print(f"Wrong: {', '.join(wrong)}." if wrong else f"Each of {len(names)} servers has the expected result.")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
