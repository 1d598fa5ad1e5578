# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: tokens from IAM."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause, Failure, SmsError
from ._messages import ErrorMessages
from ._models import Purpose, Request
from ._session import Session

if TYPE_CHECKING:
    from requests import PreparedRequest

_Issued = TypeVar("_Issued")
# Seconds for a request that only makes an error message clearer.
_SCOPE_TIMEOUT = 10


def issue_token(
    session: Session, messages: ErrorMessages, auth_url: str, credentials: Mapping[str, str], deadline: Deadline
) -> str:
    """Request a token for a user and password from IAM, and return it.

    :param auth_url: base URL of IAM, ending in ``/v3``.
    :param credentials: the options that :func:`token_request` takes.
    :raises ApiError: IAM issues none.
    :raises DeadlineError: the deadline expired before, or was cancelled.
    """
    request = Request(
        Purpose("get a token from IAM", option="auth_url"),
        "POST",
        f"{auth_url}/auth/tokens?nocatalog=true",
        token_request(credentials),
        success=201,
        has_content=False,
    )
    # Without an authentication of its own, requests would look for one in ~/.netrc.
    response = session.send(request, _no_auth, deadline)
    # Anything else that answers with a page, such as the sign-in page of a network, responds with 200.
    if not 200 <= response.status < 300:
        raise messages.of_error_response(response)
    token = response.headers.get("X-Subject-Token", "")
    if not token:
        problem, advice = "no token came with the answer", "Check that auth_url is IAM's."
        failure = Failure(Cause.INVALID_RESPONSE, problem, advice, response.status, request_id=response.request_id)
        raise messages.of_failure(request, failure)
    return token


def _lasts(_token: object) -> bool:
    return False


class TokenCache(Generic[_Issued]):
    """The current token or temporary keys of all requests: issued when first needed, and renewed when refused.

    :param issue: requests a token or keys.
    :param is_stale: returns whether a token or keys have to be renewed although they were not refused.
    """

    def __init__(self, issue: Callable[[Deadline], _Issued], is_stale: Callable[[_Issued], bool] = _lasts) -> None:
        self._issue = issue
        self._is_stale = is_stale
        self._token: _Issued | None = None
        self._refusal: tuple[Deadline, ApiError] | None = None
        self._lock = threading.Lock()

    def get(self, deadline: Deadline) -> _Issued:
        """Return the current token.

        :raises ApiError: none is issued.
        """
        return self.renew(None, deadline)

    def renew(self, refused: _Issued | None, deadline: Deadline) -> _Issued:
        """Return the current token, or a new one if the current one is the one that was refused.

        Pages are read in parallel. The first page whose token is refused renews it for all pages, or gets the error for
        all pages: one request for each page could lock the user's account. The next listing, which has another
        deadline, requests a token again.

        :raises ApiError: none is issued.
        """
        with self._lock:
            if self._refusal and self._refusal[0] is deadline:
                raise self._refusal[1]
            if self._token is None or self._token == refused or self._is_stale(self._token):
                try:
                    self._token = self._issue(deadline)
                except ApiError as error:
                    # A transient error, such as HTTP 503, is not kept: the next page may succeed.
                    self._refusal = (deadline, error) if error.final else None
                    raise
            return self._token


class TokenScope:
    """The project of a token that the user obtained. IAM is queried once, with the token itself.

    :param auth_url: base URL of IAM, ending in ``/v3``.
    """

    def __init__(self, session: Session, auth_url: str, token: str) -> None:
        self._session = session
        self._token = token
        purpose = Purpose("ask IAM about a token", option="auth_url")
        self._request = Request(purpose, "GET", f"{auth_url}/auth/tokens?nocatalog=true")
        self._project: str | None = None
        self._is_queried = False
        self._lock = threading.Lock()

    def project_id(self, deadline: Deadline) -> str | None:
        """Return the ID of the project; empty if the token is for the whole account, None if IAM does not return it."""
        with self._lock:
            if not self._is_queried:
                self._is_queried = True
                self._project = self._query(Deadline(_SCOPE_TIMEOUT, within=deadline))
            return self._project

    def _query(self, deadline: Deadline) -> str | None:
        try:
            response = self._session.send(self._request, self._authenticate, deadline)
        except SmsError:
            return None
        token = response.json.get("token") if isinstance(response.json, dict) else None
        if not isinstance(token, dict):
            return None
        project = token.get("project")
        project_id = project.get("id") if isinstance(project, dict) else ""
        return project_id if isinstance(project_id, str) else None

    def _authenticate(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Auth-Token"] = request.headers["X-Subject-Token"] = self._token
        return request


def token_request(credentials: Mapping[str, str]) -> dict[str, Any]:
    """Return the body that requests a token for a project if one is given, else for the account's domain.

    :param credentials: the options ``username``, ``password``, ``domain_name`` and, both optional, ``project_id``
        (which takes precedence) and ``project_name``.
    """
    domain = {"name": credentials["domain_name"]}
    if "project_id" in credentials:
        scope: dict[str, Any] = {"project": {"id": credentials["project_id"]}}
    elif "project_name" in credentials:
        scope = {"project": {"name": credentials["project_name"]}}
    else:
        scope = {"domain": domain}
    user = {"domain": domain, "name": credentials["username"], "password": credentials["password"]}
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}


def _no_auth(request: PreparedRequest) -> PreparedRequest:
    return request
