# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: an HTTP session whose requests end with their deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..common._deadline import Deadline
from ..common._errors import Cause, DeadlineError, Failure
from ..options._endpoints import is_reached_directly
from ..options._settings import Settings
from . import _decoding, _retries
from ._diagnosis import failure_from
from ._messages import ErrorMessages
from ._models import Request, Response
from ._sockets import GuardedAdapter, guard

if TYPE_CHECKING:
    from requests import PreparedRequest

    Authentication = Callable[[PreparedRequest], PreparedRequest]

try:
    import requests

    HAS_REQUESTS = True
    _RequestsSession = requests.Session
except ImportError:
    # The plugins and modules report it in a message of their own; this file must be importable without.
    HAS_REQUESTS = False
    _RequestsSession = object  # type: ignore[assignment,misc]


class Session:
    """One session. Its methods may be called from several threads.

    :param connections: maximum number of concurrent requests.
    """

    def __init__(self, settings: Settings, connections: int, messages: ErrorMessages) -> None:
        self._settings = settings
        self._messages = messages
        self._session = _StatelessSession()
        adapter = GuardedAdapter(pool_maxsize=connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request, auth: Authentication, deadline: Deadline) -> Response:
        """Return the response to the last attempt, whatever its status.

        :raises ApiError: no usable response arrived.
        :raises DeadlineError: the deadline expired before, or was cancelled.
        """
        attempt = partial(self._attempt, request, auth, deadline)
        try:
            outcome, retries = _retries.repeat(attempt, self._settings.retries, deadline, request.modifying)
        except DeadlineError:
            outcome = None
        if outcome is None:
            raise self._messages.of_deadline(request, deadline)
        if isinstance(outcome, Failure):
            raise self._messages.of_failure(request, outcome)
        return replace(outcome, retries=retries)

    def _attempt(self, request: Request, auth: Authentication, deadline: Deadline) -> Response | Failure:
        deadline.check()
        limit = Deadline(self._settings.timeout, within=deadline)
        try:
            return self._send_once(request, auth, limit)
        except Exception as error:  # whatever a hostile response causes in the libraries
            failure = failure_from(error, request, limit)
        # Outside of the handler: the exception holds the request, and with it the credentials, and must not become the
        # context of another one.
        deadline.check()
        return failure

    def _send_once(self, request: Request, auth: Authentication, deadline: Deadline) -> Response | Failure:
        # A little more than is left: the deadline is what ends a request, and it knows that it did.
        timeout = deadline.left() + 1
        with (
            guard(deadline),
            self._session.request(
                request.method,
                request.address,
                json=request.body,
                auth=partial(_authenticate, request.query, auth),
                # The only encoding that is decompressed with a limit.
                headers={"Accept-Encoding": "gzip"},
                timeout=timeout,
                # As an argument of each request, because only there it overrides REQUESTS_CA_BUNDLE.
                verify=self._settings.verify,
                proxies=_proxies(request.url),
                # A redirect would carry the credentials to another host.
                allow_redirects=False,
                # The body is read later, in parts, so that its size can be limited.
                stream=True,
            ) as response,
        ):
            return self._read(request, response, deadline)

    def _read(self, request: Request, received: requests.Response, deadline: Deadline) -> Response | Failure:
        encoding = received.headers.get("Content-Encoding", "")
        response = self._without_body(request, received)
        if response.status != request.success or not request.has_content:
            return replace(response, content=_decoding.read_error_body(received.raw, encoding))
        body = _decoding.read_body(received.raw)
        # A body that the deadline cut off can look like a complete one.
        deadline.check()
        try:
            body = _decoding.decompress(body, encoding)
            # SMS acknowledges some modifying requests with an empty body.
            if request.modifying and not body.strip():
                return response
            return replace(response, json=_decoding.parse_json(body, request.purpose.pick))
        except _decoding.BodyError as error:
            advice = f"Check {request.purpose.option}, and proxies in between."
            return Failure(error.cause, str(error), advice, response.status, request_id=response.request_id)
        except ValueError:
            return self._failure_of_no_json(response, body)

    def _without_body(self, request: Request, received: requests.Response) -> Response:
        headers = received.headers
        request_id = headers.get("X-Request-Id") or headers.get("X-IAM-Trace-Id") or ""
        return Response(request, received.status_code, headers, self._messages.redact(request_id))

    def _failure_of_no_json(self, response: Response, body: bytes) -> Failure:
        # Decoded as UTF-8 whatever the headers say: in another encoding, a secret would not be recognized.
        text = body.decode("utf-8", "replace").strip()
        purpose = response.request.purpose
        if text.startswith("{") or not text:
            cause = Cause.INTERRUPTED
            problem = f"the answer's JSON is damaged or cut off ({len(body)} bytes arrived)"
            advice = "Try again; if it stays so, check proxies in between."
        else:
            cause = Cause.INVALID_RESPONSE
            content_type = self._messages.redact(response.headers.get("Content-Type", "of no type"))
            problem = f"the answer is not JSON but {content_type}, beginning: {self._messages.redact(text)}"
            advice = f"Something other than {purpose.service} answered: check {purpose.option}, and proxies in between."
        return Failure(cause, problem, advice, response.status, request_id=response.request_id)


def _authenticate(query: str, auth: Authentication, prepared: PreparedRequest) -> PreparedRequest:
    """Append the encoded query to the URL of a request, and authenticate the request.

    The query does not go through requests, which would encode it again: with a thousand IDs, that takes longer than the
    response of ECS.
    """
    if query:
        prepared.url = f"{prepared.url}?{query}"
    return auth(prepared)


class _StatelessSession(_RequestsSession):
    """A session that keeps no cookies and does not look into redirects."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target: to find one, requests would read all of the response's body."""


def _proxies(url: str) -> dict[str, str]:
    """Return no proxy for an address that is reached without, and the proxies of the environment for any other."""
    host = urlsplit(url).hostname or ""
    return {"no_proxy": host} if is_reached_directly(host) else {}
