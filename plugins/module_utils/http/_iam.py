# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: IAM, which issues tokens for users and passwords."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..common._deadline import Deadline
from ..common._errors import ApiError, SmsError
from ._messages import Messages
from ._models import Request
from ._session import Http

if TYPE_CHECKING:
    from requests import PreparedRequest

# Seconds, for what only makes an error clearer.
_SHORTLY = 10


class Iam:
    """Asks IAM for tokens.

    :param auth_url: base URL of IAM, ending in ``/v3``.
    :param options: the options that :func:`token_request` takes.
    """

    def __init__(self, http: Http, messages: Messages, auth_url: str, options: Mapping[str, str]) -> None:
        self._http = http
        self._messages = messages
        self._request = Request(
            purpose="get a token from IAM",
            option="auth_url",
            method="POST",
            url=f"{auth_url}/auth/tokens?nocatalog=true",
            body=token_request(options),
            success=201,
            has_content=False,
        )

    def issue_token(self, deadline: Deadline) -> str:
        """A new token.

        :raises ApiError: IAM issues none.
        :raises DeadlineError: the time was up before.
        """
        # Without an authentication of its own, requests would look for one in ~/.netrc.
        reply = self._http.send(self._request, _no_auth, deadline)
        # Whatever else answers with a page, such as the sign-in of a network, answers 200.
        if not 200 <= reply.status < 300:
            raise self._messages.of_refusal(self._request, reply)
        token = reply.headers.get("X-Subject-Token", "")
        if not token:
            raise self._messages.of_absence(
                self._request, reply, "no token came with the answer", "Check that auth_url is IAM's."
            )
        return token


class Tokens:
    """The current token, for all requests: issued when it is first needed, and anew when it is refused.

    :param issue: asks IAM for one.
    """

    def __init__(self, issue: Callable[[Deadline], str]) -> None:
        self._issue = issue
        self._token: str | None = None
        self._refusal: tuple[Deadline, ApiError] | None = None
        self._lock = threading.Lock()

    def current(self, deadline: Deadline) -> str:
        """The token to send.

        :raises ApiError: IAM issues none.
        """
        return self.other_than(None, deadline)

    def other_than(self, refused: str | None, deadline: Deadline) -> str:
        """The current token, or a new one where the current one was refused.

        Pages are read side by side: the first whose token is refused gets a new one for all, or learns for all that
        there is none. To ask once for each page could lock the user's account. The next listing, which has another
        deadline, asks again.

        :raises ApiError: IAM issues none.
        """
        with self._lock:
            if self._refusal and self._refusal[0] is deadline:
                raise self._refusal[1]
            if self._token is None or self._token == refused:
                try:
                    self._token = self._issue(deadline)
                except ApiError as error:
                    # Not what may be over soon, such as 503.
                    self._refusal = (deadline, error) if error.final else None
                    raise
            return self._token


class Scope:
    """The project that a token of the user's was made for, which IAM is asked in the token's own name, and once.

    :param auth_url: base URL of IAM, ending in ``/v3``.
    """

    def __init__(self, http: Http, auth_url: str, token: str) -> None:
        self._http = http
        self._token = token
        self._request = Request(
            purpose="ask IAM about a token",
            option="auth_url",
            method="GET",
            url=f"{auth_url}/auth/tokens?nocatalog=true",
        )
        self._project: str | None = None
        self._has_asked = False
        self._lock = threading.Lock()

    def project(self, deadline: Deadline) -> str | None:
        """The ID of the project, empty where the token is for the whole account; None where IAM does not say."""
        with self._lock:
            if not self._has_asked:
                self._has_asked = True
                self._project = self._ask(Deadline(_SHORTLY, within=deadline))
            return self._project

    def _ask(self, deadline: Deadline) -> str | None:
        try:
            reply = self._http.send(self._request, self._authenticate, deadline)
        except SmsError:
            return None
        token = reply.content.get("token") if isinstance(reply.content, dict) else None
        if not isinstance(token, dict):
            return None
        project = token.get("project")
        project_id = project.get("id") if isinstance(project, dict) else ""
        return project_id if isinstance(project_id, str) else None

    def _authenticate(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Auth-Token"] = request.headers["X-Subject-Token"] = self._token
        return request


def token_request(credentials: Mapping[str, str]) -> dict[str, Any]:
    """The body that asks IAM for a token, scoped to a project where one is given, else to the account's domain.

    :param credentials: the options ``username``, ``password``, ``domain_name`` and, both optional, ``project_id``
        (which wins) and ``project_name``.
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
