# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SMS side: the listing of source servers as its API page describes it, and their number per state."""

from __future__ import annotations

from collections import Counter

from fleet import Fleet, Server
from messages import Answer, Request, answer_json
from query import MAX_OFFSET, BadQuery, parameters, whole
from state import State

MAX_LIMIT = 200
# The counters of the overview. There are none for a drill and for clearing.
COUNTERS = (
    "waiting",
    "replicate",
    "syncing",
    "stopped",
    "deleting",
    "cutovering",
    "unavailable",
    "stopping",
    "skipping",
    "finished",
    "initialize",
    "error",
    "cloning",
    "unconfigured",
)
EXACT_FILTERS = (
    "state",
    "name",
    "id",
    "ip",
    "ipv6",
    "migration_cycle",
)


def listing(state: State, request: Request) -> Answer:
    query = parameters(request)
    limit = whole(query, "limit", MAX_LIMIT) or MAX_LIMIT
    offset = whole(query, "offset", MAX_OFFSET)
    servers = _matching(state, query)
    limit = min(limit, state.settings.page_cap or limit)
    start = offset * limit if state.settings.offset_unit == "pages" else offset
    now = state.fleet.now
    page = b", ".join([server.json(now) for server in servers[start : start + limit]])
    count = max(0, len(servers) + state.settings.count_bias)
    return Answer(200, b'{"count": %d, "source_servers": [%b]}' % (count, page))


def _matching(state: State, query: dict[str, str]) -> list[Server]:
    """The servers that meet every filter. An empty value filters nothing."""
    fleet: Fleet = state.fleet
    now = fleet.now
    servers = fleet.servers
    for name in EXACT_FILTERS:
        if query.get(name):
            servers = [one for one in servers if _field(one, name, now) == query[name]]
    if query.get("vm_id"):
        servers = [one for one in servers if _machine(one, now) == query["vm_id"]]
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


def _machine(server: Server, now: int) -> object:
    """The ID of the machine that a server becomes."""
    task = _field(server, "current_task", now)
    target = task.get("target_server") if isinstance(task, dict) else None
    return target.get("vm_id") if isinstance(target, dict) else None


def _enterprise_project(server: Server, now: int) -> str:
    value = _field(server, "enterprise_project_id", now)
    return "0" if value is None else str(value)


def overview(state: State, _request: Request) -> Answer:
    now = state.fleet.now
    states = Counter(str(_field(server, "state", now)) for server in state.fleet.servers)
    return answer_json({counter: states[counter] for counter in COUNTERS})
