# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account has beside servers and tasks: migration projects, templates of targets, its agreement."""

from __future__ import annotations

from dataclasses import replace

from messages import Answer, Request, answer_json
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


def templates(state: State, request: Request) -> Answer:
    """A page of the templates of targets."""
    query = parameters(request)
    rows = state.templates
    for name in ("name", "availability_zone", "region", "id"):
        rows = [row for row in rows if not query.get(name) or row.get(name) == query[name]]
    return answer_page(state, query, "templates", rows, MAX_LIMIT, DEFAULT_LIMIT)


def agree(state: State, _request: Request) -> Answer:
    """Accept the privacy agreement, without which no task can be created."""
    state.settings = replace(state.settings, privacy_agreed=True)
    return answer_json("")
