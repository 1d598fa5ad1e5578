# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account has beside servers and tasks: migration projects, templates of targets, its agreement."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from messages import Answer, Request, answer_json
from query import answer_page, parameters
from regions import REGIONS, project_id
from state import State
from timeline import as_uuid

MAX_LIMIT, DEFAULT_LIMIT = 100, 50


def migration_projects(state: State, request: Request) -> Answer:
    """A page of the migration projects."""
    rows = [
        {
            "id": project["id"],
            "name": project["name"],
            "description": "",
            "isdefault": number == 0,
            "region": "",
            "start_target_server": True,
            "speed_limit": 0,
            "use_public_ip": True,
            "exist_server": False,
            "type": "MIGRATE_FILE",
            "enterprise_project": "0",
            "syncing": False,
            "start_network_check": False,
        }
        for number, project in enumerate(state.fleet.projects)
    ]
    return answer_page(state, parameters(request), "migprojects", rows, MAX_LIMIT, DEFAULT_LIMIT)


def templates(state: State, request: Request) -> Answer:
    """A page of the templates of targets: one in each region."""
    query = parameters(request)
    rows = [_template(region) for region in REGIONS]
    for name in ("name", "availability_zone", "region", "id"):
        rows = [row for row in rows if not query.get(name) or row[name] == query[name]]
    return answer_page(state, query, "templates", rows, MAX_LIMIT, DEFAULT_LIMIT)


def _template(region: str) -> dict:
    digest = hashlib.blake2b(f"template in {region}".encode(), digest_size=64).hexdigest()
    return {
        "id": as_uuid(digest),
        "is_template": "true",
        "name": f"small in {region}",
        "region": region,
        "projectid": project_id(region),
        "target_server_name": "",
        "availability_zone": f"{region}a",
        "volumetype": "SAS",
        "flavor": "s6.large.2",
        "vpc": {"id": as_uuid(digest[32:]), "name": "vpc-default", "cidr": "198.19.0.0/17"},
        "nics": [{"id": as_uuid(digest[64:]), "name": "subnet-default", "cidr": "198.19.0.0/17", "ip": ""}],
        "security_groups": [{"id": as_uuid(digest[96:]), "name": "default"}],
        "publicip": {"type": "5_bgp", "bandwidth_size": 5, "bandwidth_share_type": "PER"},
        "disk": [{"id": 1, "index": 0, "name": "system", "disktype": "SAS", "size": 40, "device_use": "OS"}],
        "data_volume_type": "SAS",
        "image_id": "",
        "target_password": "",
    }


def agree(state: State, _request: Request) -> Answer:
    """Accept the privacy agreement, without which no task can be created."""
    state.settings = replace(state.settings, privacy_agreed=True)
    return answer_json("")
