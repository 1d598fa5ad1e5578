# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the client for SMS and ECS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause, Failure, OptionsError
from ..options._credentials import AGENCY, KEYS, TOKEN, Credentials
from ..options._settings import Settings
from ._agency import TemporaryKeys, request_keys
from ._auth import KeyAuth, TokenAuth, canonical_query
from ._iam import TokenCache, TokenScope, issue_token
from ._messages import ErrorMessages
from ._models import Purpose, Request, Response
from ._redaction import Redaction
from ._session import HAS_REQUESTS, Session

__all__ = ["CONCURRENCY", "HAS_REQUESTS", "Client", "Purpose", "Response"]

_Issued = TypeVar("_Issued")
# Concurrent requests if the user has no option for their number.
CONCURRENCY = 4
_PROJECTS_SHOWN = 5
_QUERY = Purpose("query SMS", "the service's words may say which")


def _ignore(_message: str) -> None:
    """Report no progress."""


class Client:
    """Sends requests to SMS and ECS, and to IAM or the metadata service for credentials that have to be issued.

    Its methods may be called from several threads. Close it, or use it as a context manager.

    :ivar settings: where it sends requests, and for which account.
    :ivar concurrency: maximum number of concurrent requests.
    :ivar progress: called with a message about the progress of a long query.
    :raises OptionsError: the credentials are incomplete.
    """

    def __init__(
        self, settings: Settings, concurrency: int = CONCURRENCY, progress: Callable[[str], None] = _ignore
    ) -> None:
        self.concurrency = concurrency
        self.progress = progress
        self.settings = settings
        self._credentials = credentials = settings.credentials()
        self._redaction = Redaction(credentials.secrets)
        self._messages = ErrorMessages(credentials, self._redaction)
        self._session = Session(settings, concurrency, self._messages)
        # By project: a token is valid for one project, and targets can be in several.
        self._tokens: dict[str, TokenCache[str]] = {}
        self._agency_keys = TokenCache(self._request_agency_keys, lambda keys: keys.is_stale)
        issuer, token = settings.token_issuer, credentials.values.get("token")
        self._scope = TokenScope(self._session, issuer, token) if issuer and token else None

    @property
    def endpoint(self) -> str:
        """The base URL of SMS."""
        return self.settings.endpoint

    @property
    def total_timeout(self) -> float:
        """The option ``total_timeout``: seconds that a whole listing may take."""
        return self.settings.total_timeout

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self, path: str, parameters: Mapping[str, str], deadline: Deadline | None = None, purpose: Purpose = _QUERY
    ) -> Response:
        """Send a GET request to SMS.

        :param path: below the endpoint, such as ``/v3/sources``.
        :param deadline: for the complete response, waits and retries included; ``total_timeout`` if None.
        :raises ApiError: the request failed.
        :raises DeadlineError: the deadline expired before, or was cancelled.
        """
        return self._get(purpose, f"{self.settings.endpoint}{path}", parameters, deadline)

    def modify(
        self, method: str, path: str, body: Any, deadline: Deadline | None = None, purpose: Purpose = _QUERY
    ) -> Response:
        """Send a request that changes something in SMS, so that SMS processes it at most once.

        It is sent again only after HTTP 429 and after a refused connection. ``failure.unprocessed`` of the error says
        whether SMS certainly did nothing. If it is False, and after any other exception, the caller has to query SMS.

        :param method: ``POST``, ``PUT`` or ``DELETE``.
        :param body: sent as JSON; None for no body.
        :raises ApiError: the request failed.
        :raises DeadlineError: the deadline expired before, or was cancelled.
        """
        return self._send(Request(purpose, method, f"{self.settings.endpoint}{path}", body, modifying=True), deadline)

    def get_ecs(
        self, target: tuple[str, str, str], parameters: Mapping[str, str], deadline: Deadline, purpose: Purpose
    ) -> Response:
        """Query the ECSs of one project in one region.

        :param target: the region, checked with :func:`_endpoints.is_region`, because it becomes a part of the host
            name; the project; and the path below ``cloudservers``, such as ``detail`` or the ID of an ECS. The latter
            two are fit to be parts of a path.
        :raises ApiError: the request failed.
        :raises DeadlineError: the deadline expired before, or was cancelled.
        """
        region, project, path = target
        url = f"{self.settings.ecs_in(region)}/v1/{project}/cloudservers/{path}"
        return self._get(replace(purpose, service="ECS", option="ecs_endpoint"), url, parameters, deadline, project)

    def check_projects(self, projects: Collection[str]) -> None:
        """Check that the credentials can be valid for all of these projects.

        :param projects: the IDs of the projects that are going to be queried.
        :raises OptionsError: there are several, and the credentials are a token, which is valid for one at most.
        """
        if self._credentials.kind is TOKEN and len(projects) > 1:
            raise OptionsError(
                f"The target servers are in {len(projects)} projects ({', '.join(sorted(projects)[:_PROJECTS_SHOWN])}"
                f"{', …' if len(projects) > _PROJECTS_SHOWN else ''}), and a token (from {self._credentials.origin})"
                " reaches only the one that it was made for: use an access key or a user and password, or a filter that"
                " leaves the servers of one project."
            )

    def redact(self, text: str) -> str:
        """Return the beginning of a text of the service, in one line and without secrets."""
        return self._redaction.redact(text)

    def invalid_response(self, response: Response, problem: str) -> ApiError:
        """Return the error for a response that is JSON but not what the API promises."""
        purpose = response.request.purpose
        advice = (
            f"Check that {purpose.option} is {purpose.service}'s; if it is, show this message to the vendor's support."
        )
        problem = f"unexpected answer: {problem}"
        failure = Failure(Cause.INVALID_RESPONSE, problem, advice, request_id=response.request_id)
        return self._messages.of_failure(response.request, failure)

    def _get(
        self, purpose: Purpose, url: str, parameters: Mapping[str, str], deadline: Deadline | None, project: str = ""
    ) -> Response:
        query = canonical_query(list(parameters.items()))
        return self._send(Request(purpose, "GET", f"{url}?{query}" if query else url, project=project), deadline)

    def _send(self, request: Request, deadline: Deadline | None) -> Response:
        deadline = Deadline(self.total_timeout) if deadline is None else deadline
        response = self._send_authenticated(request, deadline)
        if response.status != request.success:
            raise self._messages.of_error_response(response, self._project_of_token(response, deadline))
        return response

    def _project_of_token(self, response: Response, deadline: Deadline) -> str | None:
        """Return the project of the user's token; None if it cannot explain the error, or IAM does not return it."""
        # It takes a request to IAM, so it is read only if it may explain the error.
        if not self._scope or not self._messages.may_be_out_of_scope(response):
            return None
        return self._scope.project_id(deadline)

    def _send_authenticated(self, request: Request, deadline: Deadline) -> Response:
        """Send a request with the credentials; if an issued token is refused, renew it and send the request once more.

        A modifying request is not sent once more. The query before it has renewed the token.
        """
        auth = _auth_of(self._credentials, request.project)
        if auth:
            return self._session.send(request, auth, deadline)
        if self._credentials.kind is AGENCY:
            return self._send_issued(request, self._agency_keys, partial(self._key_auth, request.project), deadline)
        return self._send_issued(request, self._tokens_of(request.project), TokenAuth, deadline)

    def _send_issued(
        self,
        request: Request,
        cache: TokenCache[_Issued],
        auth_of: Callable[[_Issued], TokenAuth | KeyAuth],
        deadline: Deadline,
    ) -> Response:
        issued = cache.get(deadline)
        response = self._session.send(request, auth_of(issued), deadline)
        # A token can expire or be revoked between two requests of a long listing.
        if response.status == 401 and not request.modifying:
            issued = cache.renew(issued, deadline)
            response = self._session.send(request, auth_of(issued), deadline)
        return response

    def _key_auth(self, project: str, keys: TemporaryKeys) -> KeyAuth:
        project = project or self._credentials.values.get("project_id", "")
        return KeyAuth(keys.access_key, keys.secret_key, keys.security_token, project)

    def _request_agency_keys(self, deadline: Deadline) -> TemporaryKeys:
        keys = request_keys(self._session, self._messages, deadline)
        self._redaction.add(keys.secret_key)
        self._redaction.add(keys.security_token)
        return keys

    def _tokens_of(self, project: str) -> TokenCache[str]:
        """Return the token cache of a project, or of the project in the options, which is the one for SMS."""
        values = self._credentials.values
        scope = values if project in ("", values.get("project_id")) else {**values, "project_id": project}
        # setdefault, so that all threads get the same cache.
        return self._tokens.setdefault(scope.get("project_id", ""), TokenCache(partial(self._issue_token, scope)))

    def _issue_token(self, values: Mapping[str, str], deadline: Deadline) -> str:
        token = issue_token(self._session, self._messages, self.settings.auth_url or "", values, deadline)
        self._redaction.add(token)
        return token


def _auth_of(credentials: Credentials, project: str) -> TokenAuth | KeyAuth | None:
    """Return the authentication of a request; None if a token or temporary keys have to be issued first.

    :param project: the one in the URL, if any.
    """
    values = credentials.values
    if credentials.kind is KEYS:
        project = project or values.get("project_id", "")
        return KeyAuth(values["access_key"], values["secret_key"], values.get("security_token"), project)
    return TokenAuth(values["token"]) if credentials.kind is TOKEN else None
