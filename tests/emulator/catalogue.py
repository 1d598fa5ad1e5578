# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account has beside servers and tasks: migration projects, templates of targets, its agreement."""

from __future__ import annotations

from messages import Answer, Request
from query import answer_page, parameters
from state import State

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
