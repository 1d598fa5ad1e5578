# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the action task share: records of servers, and the requests that change something."""

from __future__ import annotations

import json

GIB = 2**30
DISK = {"name": "/dev/vda", "size": 40 * GIB, "device_use": "BOOT|OS"}
TARGET = {"region_id": "la-north-2", "project_id": "p", "template_id": "template"}


def server(name, **fields):
    """A record of a server that is ready to be migrated."""
    return {
        "id": f"id-{name}",
        "name": name,
        "ip": "192.0.2.1",
        "os_type": "LINUX",
        "state": "waiting",
        "migration_cycle": "checking",
        "connected": True,
        "current_task": None,
        "checks": [{"id": 1, "name": "CPU", "result": "OK"}],
        "init_target_server": {"disks": [DISK]},
        "totalsize": 20 * GIB,
        "replicatesize": 0,
        **fields,
    }


def in_status(name, state, cycle, task_state, **fields):
    """A record of a server with a task in that status."""
    task = {"id": f"task-{name}", "name": f"task of {name}", "state": task_state}
    return server(name, state=state, migration_cycle=cycle, current_task=task, **fields)


def operation_of(request):
    """The operation that a request asks for, ``create`` or ``delete``."""
    if request["method"] == "DELETE":
        return "delete"
    return json.loads(request["body"])["operation"] if request["path"].endswith("/action") else "create"


def operations(emulator):
    """What SMS was asked to do, sorted."""
    return sorted(map(operation_of, emulator.changes()))


def bodies(emulator):
    """The bodies of the new tasks by the servers' IDs."""
    return {(body := json.loads(one["body"]))["source_server"]["id"]: body for one in emulator.changes()}
