# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that rename source servers, move them to another migration project and delete their records."""

from __future__ import annotations

import re
from typing import Any

from messages import Answer, Request, answer_json
from refusals import Refusal, require
from source import Server
from state import State

LONGEST_NAME, MOST_IDS = 255, 50
ID = re.compile("[a-zA-Z0-9-]{1,36}")


def update(state: State, request: Request, server_id: str) -> Answer:
    """Change the name and the migration project of a server; other fields of the body change nothing."""
    try:
        server = _found(state, server_id)
        body = _body(request)
        name, project = body.get("name"), body.get("migprojectid")
        _require_name(name, state.settings.record_names)
        known = {one["id"] for one in state.fleet.projects}
        require(project is None or project in known, "SMS.7303", "The migration project is invalid.")
    except Refusal as refusal:
        return refusal.answer
    if name is not None:
        server.update({"name": name}, state.fleet.now)
    if project is not None:
        state.fleet.assign(server_id, project)
    return answer_json("")


def _require_name(name: Any, rule: str) -> None:
    if name is None:
        return
    fits = isinstance(name, str) and len(name) <= LONGEST_NAME
    require(fits, "SMS.6012", f"The name must be a string of at most {LONGEST_NAME} characters.")
    if rule == "short":
        require(4 <= len(name) <= 20, "SMS.6002", "The name must have 4 to 20 characters.")
        fits = re.fullmatch("[A-Za-z0-9_]+", name) is not None
        require(fits, "SMS.6003", "The name can have letters, digits and underscores only.")


def delete(state: State, _request: Request, server_id: str) -> Answer:
    """Delete the record of a server that has no task."""
    try:
        _require_idle(state, server_id)
    except Refusal as refusal:
        return refusal.answer
    _delete(state, [server_id])
    return answer_json("")


def delete_many(state: State, request: Request) -> Answer:
    """Delete up to 50 records; the setting `batch_deletion` says what becomes of the others if one is refused."""
    try:
        server_ids = _body(request).get("ids")
        fits = isinstance(server_ids, list) and 1 <= len(server_ids) <= MOST_IDS and all(map(_is_id, server_ids))
        require(fits, "SMS.6102", f"The field ids must be a list of 1 to {MOST_IDS} IDs.")
    except Refusal as refusal:
        return refusal.answer
    refusals: list[Refusal] = []
    deletable: list[str] = []
    for server_id in server_ids:
        try:
            _require_idle(state, server_id)
            deletable.append(server_id)
        except Refusal as refusal:
            refusals.append(refusal)
    if not refusals or state.settings.batch_deletion == "partial":
        _delete(state, deletable)
    return refusals[0].answer if refusals else answer_json("")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _delete(state: State, server_ids: list[str]) -> None:
    for server_id in server_ids:
        state.fleet.assign(server_id, None)
    state.fleet.vanish(server_ids)


def _found(state: State, server_id: str) -> Server:
    server = state.fleet.find(server_id)
    if server is None:
        raise Refusal("SMS.7602", "The source server doesn't exist.", 404)
    return server


def _require_idle(state: State, server_id: str) -> None:
    record = _found(state, server_id).record(state.fleet.now)
    require(not record.get("current_task"), "SMS.7719", "The source server has a task and cannot be deleted.")


def _body(request: Request) -> dict:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal("SMS.6102", "The body must be a JSON object.")
    return body
