# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SMS side: the listing of source servers as its API page describes it, and the calls next to it."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import unquote

import iam
from fleet import Fleet, Server
from messages import Answer, Request, answer_error, answer_json
from state import State

MAX_LIMIT = 200
MAX_OFFSET = 65535
STATES = (
    "unavailable",
    "waiting",
    "initialize",
    "replicate",
    "syncing",
    "stopping",
    "stopped",
    "deleting",
    "error",
    "cloning",
    "cutovering",
    "finished",
)
EXACT_FILTERS = ("state", "name", "id", "ip", "migration_cycle")
DETAIL = re.compile(r"/v3/sources/[^/]+")


class BadQuery(Exception):
    """A query parameter has a value that the service does not take."""


def answer(state: State, request: Request) -> Answer:
    """Answer a request for the service or for IAM."""
    if request.path == iam.PATH:
        return iam.answer(state, request)
    operation = OPERATIONS.get(request.path) or (_detail if DETAIL.fullmatch(request.path) else None)
    if operation is None:
        return answer_error(404, "APIGW.0101", "The API does not exist or has not been published in the environment.")
    if request.method != "GET":
        refused = answer_error(405, "APIGW.0101", f"The API does not exist for the method {request.method}.")
        refused.headers["Allow"] = "GET"
        return refused
    try:
        return iam.refusal(state, request) or operation(state, request)
    except BadQuery as error:
        return answer_error(400, "SMS.0005", str(error))


def _listing(state: State, request: Request) -> Answer:
    query = dict(reversed(request.query))  # of a repeated parameter the first counts
    limit = _whole(query, "limit", MAX_LIMIT) or MAX_LIMIT
    offset = _whole(query, "offset", MAX_OFFSET)
    servers = _matching(state, query)
    limit = min(limit, state.settings.page_cap or limit)
    start = offset * limit if state.settings.offset_unit == "pages" else offset
    now = state.fleet.now
    page = b", ".join([server.json(now) for server in servers[start : start + limit]])
    count = max(0, len(servers) + state.settings.count_bias)
    return Answer(200, b'{"count": %d, "source_servers": [%b]}' % (count, page))


def _whole(query: dict[str, str], name: str, largest: int) -> int:
    value = query.get(name, "0")
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) > largest:
        raise BadQuery(f"The value of {name} must be an integer from 0 to {largest}.")
    return int(value)


def _matching(state: State, query: dict[str, str]) -> list[Server]:
    """The servers that meet every filter. An empty value filters nothing."""
    fleet: Fleet = state.fleet
    now = fleet.now
    servers = fleet.servers
    for name in EXACT_FILTERS:
        if query.get(name):
            servers = [one for one in servers if _field(one, name, now) == query[name]]
    if "connected" in query:
        wanted = _connected(query["connected"], state.settings.connected_means)
        servers = [one for one in servers if _field(one, "connected", now) is wanted]
    if query.get("migproject"):
        members = fleet.members(query["migproject"])
        servers = [one for one in servers if isinstance(one.id, str) and one.id in members]
    if query.get("enterprise_project_id"):
        servers = [one for one in servers if _enterprise_project(one, now) == query["enterprise_project_id"]]
    return servers


def _field(server: Server, name: str, now: int) -> object:
    record = server.record(now)
    return record.get(name) if isinstance(record, dict) else None


def _connected(value: str, means: str) -> bool:
    """Which value of the records' own field the parameter selects."""
    if value not in ("true", "false"):
        raise BadQuery("The value of connected must be true or false.")
    return (value == "true") == (means == "connected")


def _enterprise_project(server: Server, now: int) -> str:
    value = _field(server, "enterprise_project_id", now)
    return "0" if value is None else str(value)


def _detail(state: State, request: Request) -> Answer:
    server = state.fleet.find(unquote(request.path.removeprefix("/v3/sources/")))
    if server is None:
        return answer_error(404, "SMS.0404", "The source server does not exist.")
    return Answer(200, server.json(state.fleet.now))


def _overview(state: State, _request: Request) -> Answer:
    now = state.fleet.now
    states = Counter(str(_field(server, "state", now)) for server in state.fleet.servers)
    return answer_json({**dict.fromkeys(STATES, 0), **states})


def _migration_projects(state: State, _request: Request) -> Answer:
    projects = [{"id": project["id"], "name": project["name"]} for project in state.fleet.projects]
    return answer_json({"count": len(projects), "migprojects": projects})


def _tasks(state: State, _request: Request) -> Answer:
    now = state.fleet.now
    pairs = [(server, _field(server, "current_task", now)) for server in state.fleet.servers]
    tasks = [
        {**task, "source_server": {"id": server.id, "name": _field(server, "name", now)}}
        for server, task in pairs
        if isinstance(task, dict)
    ]
    return answer_json({"count": len(tasks), "tasks": tasks})


OPERATIONS = {
    "/v3/sources": _listing,
    "/v3/sources/overview": _overview,
    "/v3/migprojects": _migration_projects,
    "/v3/tasks": _tasks,
}
