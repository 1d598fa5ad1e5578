# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: what tests see of the emulator, and how they change it. README.md describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from faults import Faults
from fleet import dataset
from machines import described
from messages import Answer, Request, answer_json
from state import State

NoneType = type(None)
PREFIX = "/_emulator/"


def answer(state: State, request: Request) -> Answer:
    """Answer a request below PREFIX."""
    name = request.path.removeprefix(PREFIX)
    if (request.method, name) not in OPERATIONS:
        return answer_json({"error": f"there is no {request.method} {request.path}"}, 404)
    try:
        return OPERATIONS[request.method, name](state, request) or answer_json({})
    except ValueError as error:
        return answer_json({"error": str(error)}, 400)


def _requests(state: State, _request: Request) -> Answer:
    return answer_json(state.log.entries())


def _clear_requests(state: State, _request: Request) -> None:
    state.log.clear()


def _fleet(state: State, _request: Request) -> Answer:
    now = state.fleet.now
    return Answer(200, b"[" + b", ".join(server.json(now) for server in state.fleet.servers) + b"]")


def _replace_fleet(state: State, request: Request) -> None:
    state.fleet.replace(dataset(request.json()))


def _change_fleet(state: State, request: Request) -> None:
    changes = request.json()
    wanted = {"register": list, "vanish": list, "update": dict}
    if not isinstance(changes, dict) or not changes.keys() <= wanted.keys():
        raise ValueError("expected an object with register, vanish and update, or some of them")
    if not all(isinstance(value, wanted[name]) for name, value in changes.items()):
        raise ValueError("register must be a list of records, vanish a list of IDs, update an object")
    if not all(isinstance(fields, dict) for fields in changes.get("update", {}).values()):
        raise ValueError("update must be an object: ID -> field -> value")
    state.fleet.register(changes.get("register", []))
    state.fleet.vanish(changes.get("vanish", []))
    state.fleet.update(changes.get("update", {}))


def _machines(state: State, _request: Request) -> Answer:
    return answer_json([asdict(machine) for machine in state.machines.all(state)])


def _change_machines(state: State, request: Request) -> None:
    changes = request.json()
    if not isinstance(changes, dict) or not all(isinstance(one, (dict, NoneType)) for one in changes.values()):
        raise ValueError("expected an object: ID of a machine -> field -> value, or null if it is to be gone")
    state.machines.changes.update(changes)


def _templates(state: State, _request: Request) -> Answer:
    return answer_json(state.templates)


def _replace_templates(state: State, request: Request) -> None:
    templates = request.json()
    if not isinstance(templates, list) or not all(isinstance(one, dict) for one in templates):
        raise ValueError("expected a list of templates")
    state.templates = templates


def _add_machines(state: State, request: Request) -> None:
    machines = request.json()
    if not isinstance(machines, list):
        raise ValueError("expected a list of machines")
    for machine in [described(one, state.fleet.now) for one in machines]:
        state.machines.keep(machine)


def _settings(state: State, _request: Request) -> Answer:
    return answer_json(state.settings.as_json())


def _change_settings(state: State, request: Request) -> Answer:
    state.change_settings(request.json())
    return _settings(state, request)


def _account(state: State, _request: Request) -> Answer:
    return answer_json(state.account.as_json())


def _expire_tokens(state: State, _request: Request) -> None:
    state.expire_tokens()


def _faults(state: State, _request: Request) -> Answer:
    return answer_json(state.faults.as_json())


def _set_faults(state: State, request: Request) -> None:
    descriptions = request.json()
    if not isinstance(descriptions, list):
        raise ValueError("expected a list of faults")
    state.faults = Faults(descriptions)


def _clear_faults(state: State, _request: Request) -> None:
    state.faults = Faults([])


def _advance(state: State, request: Request) -> None:
    body = request.json()
    seconds: Any = body.get("seconds") if isinstance(body, dict) else None
    if type(seconds) not in (int, float) or not 0 <= seconds < 1e9:
        raise ValueError("seconds must be a number from 0 on")
    state.clock.advance(seconds)


def _reset(state: State, _request: Request) -> None:
    state.reset()


OPERATIONS = {
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _clear_requests,
    ("GET", "fleet"): _fleet,
    ("PUT", "fleet"): _replace_fleet,
    ("POST", "fleet"): _change_fleet,
    ("GET", "machines"): _machines,
    ("POST", "machines"): _change_machines,
    ("PUT", "machines"): _add_machines,
    ("GET", "templates"): _templates,
    ("PUT", "templates"): _replace_templates,
    ("GET", "settings"): _settings,
    ("PUT", "settings"): _change_settings,
    ("GET", "account"): _account,
    ("POST", "tokens/expire"): _expire_tokens,
    ("GET", "faults"): _faults,
    ("PUT", "faults"): _set_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "advance"): _advance,
    ("POST", "reset"): _reset,
}
