# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ECS side: the calls that give the machines that servers become, with their addresses and disks."""

from __future__ import annotations

import json

import volumes
from ecsview import describe_json
from machines import Machine
from messages import Answer, Request, answer_error, answer_json
from query import parameters, whole
from state import State

MAX_LIMIT, DEFAULT_LIMIT, MAX_PAGE = 1000, 25, 999_999_999


def scope_refusal(state: State, request: Request, project: str) -> Answer | None:
    """The answer to a request whose token is for another project than the one in its path."""
    token = request.headers.get("X-Auth-Token")
    if token is None or state.tokens.project(token) == project:
        return None
    return answer_error(403, "Ecs.0403", "The project of the token is not the project in the path.", "ecs")


def show(state: State, request: Request, region: str | None, project: str, machine_id: str) -> Answer:
    """One machine, or 404."""
    refused = scope_refusal(state, request, project)
    if refused:
        return refused
    for machine in _machines(state, region, project, {machine_id}):
        return Answer(200, b'{"server": %b}' % _json(state, machine))
    return answer_error(404, "Ecs.0114", f"Instance {machine_id} could not be found.", "ecs")


def block_devices(state: State, request: Request, region: str | None, project: str, machine_id: str) -> Answer:
    """The disks of one machine, or 404."""
    refused = scope_refusal(state, request, project)
    if refused:
        return refused
    for machine in _machines(state, region, project, {machine_id}):
        return answer_json(volumes.block_devices(machine))
    return answer_error(404, "Ecs.0114", f"Instance {machine_id} could not be found.", "ecs")


def listing(state: State, request: Request, region: str | None, project: str) -> Answer:
    """A page of the project's machines, or of those that `server_id` names, known or not."""
    query = parameters(request)
    limit = whole(query, "limit", MAX_LIMIT, DEFAULT_LIMIT, smallest=1)
    number = whole(query, "offset", MAX_PAGE, 1) or 1
    refused = scope_refusal(state, request, project)
    if refused:
        return refused
    if query.get("server_id"):
        ids = query["server_id"].split(",")
        rows: list = _asked_for(_machines(state, region, project, set(ids)), ids)
    else:
        rows = [one for one in _machines(state, region, project) if _matches(state, one, query)]
    start = (number - 1) * limit
    if query.get("marker"):
        known = [row if isinstance(row, str) else row.id for row in rows]
        start = known.index(query["marker"]) + 1 if query["marker"] in known else len(known)
    page = b", ".join([_json(state, row) for row in rows[start : start + limit]])
    return Answer(200, b'{"count": %d, "servers": [%b]}' % (len(rows), page))


def _json(state: State, row: Machine | str) -> bytes:
    """A row of the list: a machine, or the ID of one that is not there."""
    if isinstance(row, Machine):
        machines = state.machines
        return describe_json(row, machines.networks, machines.changes.get(row.id))
    fault = {"code": 404, "message": f"Instance {row} could not be found.", "details": "", "created": None}
    return json.dumps({"id": row, "fault": fault}).encode()


def _machines(state: State, region: str | None, project: str, ids: set[str] | None = None) -> list[Machine]:
    machines = state.machines.all(state, ids)
    return [one for one in machines if one.project == project and region in (None, one.region)]


def _asked_for(machines: list[Machine], ids: list[str]) -> list[Machine | str]:
    """The machines with these IDs, once each, in this order; an ID where there is no machine."""
    known = {machine.id: machine for machine in machines}
    return [known.get(one, one) for one in dict.fromkeys(ids)]


def _matches(state: State, machine: Machine, query: dict[str, str]) -> bool:
    if query.get("status") and query["status"] != machine.status:
        return False
    if query.get("name") and query["name"] not in machine.name:
        return False
    if query.get("enterprise_project_id") not in (None, "", "all_granted_eps", machine.enterprise_project):
        return False
    if not query.get("ip") and not query.get("ip_eq"):
        return True
    networks = json.loads(_json(state, machine))["addresses"].values()
    known = [address["addr"] for network in networks for address in network if address["version"] == "4"]
    return query["ip_eq"] in known if query.get("ip_eq") else any(query["ip"] in one for one in known)
