# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service manager for tests: services are files; each change is noted down, with what SMS said at that moment."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def standing(name):
    """What the emulator says of the server whose service it is: app-web is web's."""
    url = f"{os.environ['SERVICES_EMULATOR']}/_emulator/fleet"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        fleet = {record["name"]: record for record in json.load(answer)}
    record = fleet.get(name.partition("-")[2], {})
    return f"{record.get('state')}/{record.get('migration_cycle')}"


def main():
    module = AnsibleModule(
        argument_spec={"name": {"type": "str", "required": True}, "state": {"type": "str"}}, supports_check_mode=True
    )
    name, state = module.params["name"], module.params["state"]
    folder = Path(os.environ["SERVICES"])
    if not (folder / name).exists():
        module.fail_json(msg=f"Could not find the requested service {name}: host")
    changed = (folder / name).read_text(encoding="utf-8") != state
    if changed and not module.check_mode:
        if (folder / f"{name}.stuck").exists():
            module.fail_json(msg=f"Unable to stop service {name}: it does not end")
        time.sleep(float(os.environ.get("SERVICES_DELAY", "0")))
        (folder / name).write_text(state, encoding="utf-8")
        with (folder / "log").open("a", encoding="utf-8") as log:
            log.write(f"{name} {state} {standing(name)}\n")
    module.exit_json(changed=changed)


main()
