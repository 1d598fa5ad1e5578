# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IAM side: who may ask, the tokens that IAM issued, and the calls that give and describe them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import signing
from messages import Answer, Request, answer_error, answer_json
from regions import REGIONS, project_id, project_name

if TYPE_CHECKING:
    from state import State

PATH = "/v3/auth/tokens"
MAX_TOKEN_LENGTH = 16384


@dataclass(frozen=True)
class Account:
    """The one account that the emulator knows; with a security token, its access key is a temporary one."""

    tokens: tuple[str, ...]
    user: str
    password: str
    domain: str
    access_key: str
    secret_key: str
    security_token: str | None
    project_id: str
    project_name: str

    def as_json(self) -> dict:
        return asdict(self)


class Tokens:
    """Tokens, the moment each of them expires, in seconds of the token clock (None: never), and its project."""

    def __init__(self, lasting: tuple[str, ...], project: str) -> None:
        self._expiry: dict[str, float | None] = dict.fromkeys(lasting)
        self._project: dict[str, str | None] = dict.fromkeys(lasting, project)

    def issue(self, expires: float, project: str | None) -> str:
        token = secrets.token_urlsafe(48)
        self._expiry[token] = expires
        self._project[token] = project
        return token

    def project(self, token: str) -> str | None:
        """The ID of the project that a token is for; None if it is for the whole account."""
        return self._project[token]

    def expire_all(self, now: float) -> None:
        self._expiry = dict.fromkeys(self._expiry, now)

    def known(self, token: str) -> bool:
        return token in self._expiry

    def expired(self, token: str, now: float) -> bool:
        expires = self._expiry[token]
        return expires is not None and expires <= now


def refusal(state: State, request: Request) -> Answer | None:
    """The answer to a request that may not be served; None if it may."""
    token = request.headers.get("X-Auth-Token")
    refused = _signature_refusal(state, request) if token is None else _token_refusal(state, token)
    if refused is None and state.settings.forbidden:
        return answer_error(403, "APIGW.0302", "The user is not authorized: sms:server:list is needed.")
    return refused


def denial(state: State, actions: tuple[str, ...]) -> Answer | None:
    """The answer to a call that needs what the settings do not give; None if they do.

    `actions`: both names of the permission, or none if the call needs no permission of its own.
    """
    settings = state.settings
    is_allowed = settings.allowed is None or not actions or bool({*actions} & {*settings.allowed})
    if is_allowed and not {*actions} & {*settings.denied}:
        return None
    if actions[0].startswith("ecs:"):
        return answer_error(403, "Ecs.0403", f"Policy doesn't allow {actions[1]} to be performed.", "ecs")
    detail = f"You do not have permission to perform action {actions[0]} on resource *."
    body = {
        "error_code": "SMS.9004",
        "error_msg": f"The current account does not have the permission to execute policy. {detail}",
        "error_param": [detail],
        "details": [{"error_code": "SMS.9004", "error_msg": detail}],
        "encoded_authorization_message": "",
    }
    return answer_json(body, 403)


def _token_refusal(state: State, token: str) -> Answer | None:
    if len(token) > MAX_TOKEN_LENGTH or not state.tokens.known(token):
        return answer_error(401, "APIGW.0301", "Incorrect IAM authentication information: the token is not valid.")
    if state.tokens.expired(token, state.clock.token_time()):
        return answer_error(401, "APIGW.0307", "The token must be updated.")
    return None


def _signature_refusal(state: State, request: Request) -> Answer | None:
    account = state.account
    if "Authorization" not in request.headers:
        return answer_error(401, "APIGW.0301", "Incorrect IAM authentication information: no credentials were sent.")
    agency = state.agency.find(signing.access_key(request), state.clock.token_time())
    keys = agency[:3] if agency else (account.access_key, account.secret_key, account.security_token)
    reason = signing.problem(request, *keys)
    return answer_error(401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}.") if reason else None


def answer(state: State, request: Request) -> Answer:
    """Answer a request for a token, or about one."""
    if request.method == "GET":
        return _describe(state, request)
    if request.method != "POST":
        refused = answer_error(405, 405, "The method is not allowed for this resource.", "iam")
        refused.headers["Allow"] = "GET, POST"
        return refused
    try:
        auth = request.json()["auth"]
        identity = _identity(auth)
        scope = _scope(auth, state)
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer_error(400, 400, "The request body is not as documented.", "iam")
    if identity != (state.account.domain, state.account.user, state.account.password):
        return answer_error(401, 401, "The user name or password is wrong.", "iam")
    if scope is None:
        return answer_error(404, 404, "The project or account of the scope was not found.", "iam")
    return _issue(state, scope)


def _describe(state: State, request: Request) -> Answer:
    """What a token is for; its own word is enough for that."""
    token, subject = request.headers.get("X-Auth-Token", ""), request.headers.get("X-Subject-Token", "")
    if _token_refusal(state, token):
        return answer_error(401, 401, "The request you have made requires authentication.", "iam")
    if _token_refusal(state, subject):
        return answer_error(404, 404, "The token was not found.", "iam")
    wanted = state.tokens.project(subject)
    scope = _scope({"scope": {"project": {"id": wanted}}}, state) if wanted else _scope({}, state)
    now = datetime.now(timezone.utc)
    return answer_json({"token": _token(state, scope or {}, now)}, 200, {"X-Subject-Token": subject})


def _identity(auth: dict) -> tuple[str, str, str]:
    identity = auth["identity"]
    if identity["methods"] != ["password"]:
        raise ValueError("only the method password is known")
    user = identity["password"]["user"]
    return user["domain"]["name"], user["name"], user["password"]


def _scope(auth: dict, state: State) -> dict | None:
    """The token's scope as the answer shows it; None if there is no such domain or project."""
    domain = {"id": "emulator-domain-id", "name": state.account.domain}
    scope = auth.get("scope", {"domain": {"name": state.account.domain}})
    if "project" not in scope:
        return {"domain": domain} if scope["domain"].items() <= domain.items() else None
    wanted = scope["project"]
    if not {"id", "name"} & wanted.keys():
        raise ValueError("a project needs its id or name")
    for known_id, known_name in _projects(state):
        project = {"id": known_id, "name": known_name, "domain": domain}
        if wanted.items() <= project.items():
            return {"project": project}
    return None


def _projects(state: State) -> Iterator[tuple[str, str]]:
    """ID and name of the account's projects: its own, one in each region, and those of targets and machines."""
    yield state.account.project_id, state.account.project_name
    for region in REGIONS:
        yield project_id(region), project_name(region)
    for _server, record in state.fleet.records():
        task = record.get("current_task")
        if isinstance(task, dict) and isinstance(task.get("project_id"), str):
            yield task["project_id"], str(task.get("project_name"))
    for place in state.machines.places():
        yield place, place


def _issue(state: State, scope: dict) -> Answer:
    lifetime = state.settings.token_lifetime
    token = _token(state, scope, datetime.now(timezone.utc))
    subject = state.tokens.issue(state.clock.token_time() + lifetime, scope.get("project", {}).get("id"))
    return answer_json({"token": token}, 201, {"X-Subject-Token": subject})


def _token(state: State, scope: dict, now: datetime) -> dict:
    """A token as IAM describes it."""
    return {
        "expires_at": _timestamp(now + timedelta(seconds=state.settings.token_lifetime)),
        "issued_at": _timestamp(now),
        "methods": ["password"],
        "user": {
            "domain": {"id": "emulator-domain-id", "name": state.account.domain},
            "id": "emulator-user-id",
            "name": state.account.user,
            "password_expires_at": "",
        },
        "roles": [{"id": "0", "name": "op_gated_sms"}],
        **scope,
    }


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
