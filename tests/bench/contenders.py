# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what the benchmark compares the plugin with: the same hosts, variables and groups, each in its own form.

Run by the interpreter that has ansible-core: ``python contenders.py SMS_YML RECORDS_JSON FOLDER``, where the folder
takes the inventory files.
"""

from __future__ import annotations

import json
import pathlib
import pickle
import sys
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader

SCRIPT = """\
#!{python}
import json, sys
hosts = json.load(open({path!r}))
inventory = {{"_meta": {{"hostvars": {{name: hostvars for name, hostvars, _ in hosts["hosts"]}}}}}}
for group in hosts["groups"]:
    inventory[group] = {{"hosts": []}}
for name, _, groups in hosts["hosts"]:
    for group in ["sms", *groups]:
        inventory[group]["hosts"].append(name)
json.dump(inventory, sys.stdout)
"""

COMPOSE = {
    "ansible_host": "sms_ip",
    "sms_progress": "((sms_replicatesize * 1000 / sms_totalsize) | int / 10) if sms_totalsize else none",
    "sms_failed_checks": "checks | rejectattr('result', 'eq', 'OK') | list",
}
KEYED_GROUPS = [{"prefix": field, "key": f"sms_{field} | lower"} for field in ("state", "os_type", "migration_cycle")]


def plain(value: Any) -> Any:
    """The value without what ansible-core wraps it in."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return json.loads(json.dumps(value))


def main(source: str, records_file: str, folder: pathlib.Path) -> None:
    init_plugin_loader()
    inventory = InventoryManager(DataLoader(), sources=[source])
    groups = [group for group in inventory.groups if group not in ("all", "ungrouped")]
    hosts = [
        (
            str(host.name),
            {name: plain(value) for name, value in host.vars.items() if not name.startswith("inventory_")},
            [str(group.name) for group in host.groups if group.name not in ("all", "sms")],
        )
        for host in inventory.hosts.values()
    ]
    (folder / "floor.pickle").write_bytes(pickle.dumps((groups, hosts)))
    (folder / "floor.yml").write_text(f"plugin: sms_floor\nhosts: {folder}/floor.pickle\n")

    (folder / "hosts.json").write_text(json.dumps({"groups": groups, "hosts": hosts}))
    script = folder / "script.py"
    script.write_text(SCRIPT.format(python=sys.executable, path=str(folder / "hosts.json")))
    script.chmod(0o700)

    records = json.loads(pathlib.Path(records_file).read_text(encoding="utf-8"))
    names = {hostvars["sms_id"]: name for name, hostvars, _groups in hosts}
    for record in records:
        if isinstance(record.get("current_task"), dict):
            record["current_task"].pop("log_share_url", None)
    (folder / "records.json").write_text(json.dumps([(names[record["id"]], record) for record in records]))
    options = {
        "plugin": "sms_constructed",
        "records": str(folder / "records.json"),
        "groups_to_have": groups,
        "compose": COMPOSE,
        "keyed_groups": KEYED_GROUPS,
        "strict": True,
    }
    (folder / "constructed.yml").write_text(json.dumps(options))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))
