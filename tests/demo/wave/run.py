# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A weekend in three minutes: a wave of 30 servers, of which six fail in different steps.

``make demo-wave`` runs it. The service is an emulator in which ten minutes pass in a second. Six of the servers, and
the targets of five of these, are ssh servers on loopback addresses with a little application.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
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
    "away": "removed in check",
    "broken": "removed in replicate",
    "shop-misspelt": "removed in freeze",
    "shop-watched": "removed in launch",
    "shop-launch-fails": "removed in wait",
    "shop-target-down": "removed in smoke_test",
}
# A shop that is launched stays closed at its source, whatever its smoke test says.
THAWED = ("shop-misspelt", "shop-watched", "shop-launch-fails")
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
    write("sms.yml", {"plugin": "huaweicloud.sms.source_servers", **connection})
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
        write(f"machines/{name}/shop", "started")
    folders = {address: FOLDER / "machines" / name for address, name in up.items()}
    with Emulator(servers=0, unattended=True, speed=600) as emulator:
        environment = {"SERVICES_EMULATOR": emulator.url}
        with shops.running(folders, environment, sources["shop-watched"]) as machines:
            write("wave.json", prepare(emulator, sources, targets, machines))
            return play(collections)


def play(collections: str) -> int:
    """Run the playbook; gives 0 if all went as it should."""
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
    seconds = time.monotonic() - began
    table = FOLDER / "sms-report" / "wave.txt"
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    print("\n".join(["", *lines, "", f"The wave took {seconds:.0f} s."]))
    return judge({row[0]: row[2] for row in (re.split(r"\s{2,}", line) for line in lines[1:])})


def judge(results: dict[str, str]) -> int:
    """Print and return whether each server has the expected result, and whether the right shops are open again."""
    names = (*SHOPS, *OTHERS)
    wrong = [name for name in names if results.get(name) != EXPECTED.get(name, "cut over and tested")]
    shops = {name: (FOLDER / "machines" / name / "shop").read_text(encoding="utf-8") == "started" for name in SHOPS}
    print(f"Open again at the source: {', '.join(name for name in SHOPS if shops[name])}.")
    wrong += [f"the shop of {name}" for name in SHOPS if shops[name] is not (name in THAWED)]
    print(f"Wrong: {', '.join(wrong)}." if wrong else f"Each of {len(names)} servers has the expected result.")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
