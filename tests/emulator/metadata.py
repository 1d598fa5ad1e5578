# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service of an ECS with an agency: temporary keys for the programs that run on it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from messages import Answer, Request, answer_json

if TYPE_CHECKING:
    from state import State

KEYS_PATH = "/openstack/latest/securitykey"
TOKEN_PATH = "/meta-data/latest/api/token"
PATHS = (KEYS_PATH, TOKEN_PATH)
LONGEST_LIFE = 3600
# New keys are offered that many seconds before the old ones expire, which stay valid.
OVERLAP = 600
LONGEST_TOKEN_LIFE = 21600


class Keys(NamedTuple):
    """A temporary access key; it expires at a moment of the token clock."""

    access: str
    secret: str
    token: str
    expires: float


class AgencyKeys:
    """The keys that the metadata service gave, and the tokens that it takes."""

    def __init__(self) -> None:
        self._keys: list[Keys] = []
        self._tokens: dict[str, float] = {}

    def current(self, now: float, lifetime: float) -> Keys:
        if not self._keys or self._keys[-1].expires - now <= OVERLAP:
            access, secret, token = (secrets.token_hex(size) for size in (10, 20, 100))
            self._keys.append(Keys(access.upper(), secret, token, now + min(LONGEST_LIFE, lifetime)))
        return self._keys[-1]

    def find(self, access: str, now: float) -> Keys | None:
        """The keys that have not expired with this access key."""
        return next((keys for keys in self._keys if keys.access == access and keys.expires > now), None)

    def issue_token(self, expires: float) -> str:
        token = secrets.token_urlsafe(40)
        self._tokens[token] = expires
        return token

    def accepts(self, token: str, now: float) -> bool:
        return self._tokens.get(token, 0) > now


def answer(state: State, request: Request) -> Answer:
    """Answer a request to the metadata service, which asks for no credentials."""
    now = state.clock.token_time()
    if request.path == TOKEN_PATH:
        return _token(state, request, now)
    if request.method != "GET":
        return _refusal(405, "Method Not Allowed")
    if state.settings.metadata_token and not state.agency.accepts(request.headers.get("X-Metadata-Token", ""), now):
        return _refusal(401, "Unauthorized")
    if not state.settings.agency:
        return _refusal(401, "Please configure Cloud Service Agency first")
    keys = state.agency.current(now, state.settings.token_lifetime)
    expires = datetime.now(timezone.utc) + timedelta(seconds=keys.expires - now)
    credential = {"access": keys.access, "secret": keys.secret, "securitytoken": keys.token}
    return answer_json({"credential": {**credential, "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}})


def _token(state: State, request: Request, now: float) -> Answer:
    seconds = request.headers.get("X-Metadata-Token-Ttl-Seconds", "")
    if request.method != "PUT" or not seconds.isdecimal() or not 0 < int(seconds) <= LONGEST_TOKEN_LIFE:
        return _refusal(400, "Bad Request")
    token = state.agency.issue_token(now + int(seconds))
    return Answer(200, token.encode(), content_type="text/plain")


def _refusal(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), content_type="text/plain")
