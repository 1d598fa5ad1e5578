# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: one request and its answer, within a deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..common._deadline import Deadline
from ..common._errors import Cause, DeadlineError, Failure
from ..options._endpoints import is_loopback
from ..options._settings import Settings
from . import _decoding, _retries
from ._diagnosis import failure_of
from ._messages import Messages
from ._models import Reply, Request
from ._sockets import GuardedAdapter, guard

if TYPE_CHECKING:
    from requests import PreparedRequest

    Authentication = Callable[[PreparedRequest], PreparedRequest]

try:
    import requests

    HAS_REQUESTS = True
    _Session = requests.Session
except ImportError:
    # The front ends say so in a message of their own; importing this file has to work without.
    HAS_REQUESTS = False
    _Session = object  # type: ignore[assignment,misc]


class Http:
    """One session, whose requests end with their deadline. Its methods may be called from several threads.

    :param connections: how many requests will be in flight at once.
    :param messages: puts what goes wrong into words.
    """

    def __init__(self, settings: Settings, connections: int, messages: Messages) -> None:
        self._settings = settings
        self._messages = messages
        self._session = _QuietSession()
        adapter = GuardedAdapter(pool_maxsize=connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        self._session.close()

    def send(self, request: Request, auth: Authentication, deadline: Deadline) -> Reply:
        """What the service answers in the end, whatever its status.

        :raises ApiError: no usable answer came.
        :raises DeadlineError: the time was up before, or the work was called off.
        """
        attempt = partial(self._attempt, request, auth, deadline)
        try:
            outcome, retries = _retries.repeat(attempt, self._settings.retries, deadline, request.changes)
        except DeadlineError:
            outcome = None
        if outcome is None:
            raise self._messages.of_deadline(request, deadline)
        if isinstance(outcome, Failure):
            raise self._messages.of_failure(request, outcome)
        return replace(outcome, retries=retries)

    def _attempt(self, request: Request, auth: Authentication, deadline: Deadline) -> Reply | Failure:
        deadline.check()
        part = Deadline(self._settings.timeout, within=deadline)
        try:
            return self._exchange(request, auth, part)
        except Exception as error:  # whatever a hostile answer does to the libraries below
            failure = failure_of(error, request.url, request.option, part)
        # Raised here, out of reach of the exception: it holds the request, and with it the credentials.
        deadline.check()
        return failure

    def _exchange(self, request: Request, auth: Authentication, deadline: Deadline) -> Reply | Failure:
        # A little more than what is left: the deadline itself is what ends a request, and knows that it did.
        timeout = deadline.left() + 1
        with (
            guard(deadline),
            self._session.request(
                request.method,
                request.place,
                json=request.body,
                auth=partial(_authenticate, request.query, auth),
                headers={"Accept-Encoding": "gzip"},
                timeout=timeout,
                # Said with each request: only there does it win over REQUESTS_CA_BUNDLE.
                verify=self._settings.verify,
                proxies=_proxies(request.url),
                # A redirect would carry the credentials to another host.
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return self._reply(request, response, deadline)

    def _reply(self, request: Request, response: requests.Response, deadline: Deadline) -> Reply | Failure:
        status, headers = response.status_code, response.headers
        encoding = headers.get("Content-Encoding", "")
        if status != request.success or not request.has_content:
            return Reply(status, headers, body=_decoding.read_words(response.raw, encoding))
        body = _decoding.read_body(response.raw)
        # What is cut off by the deadline can look as if it had ended.
        deadline.check()
        try:
            body = _decoding.unpack(body, encoding)
            if request.changes and not body.strip():
                return Reply(status, headers)
            return Reply(status, headers, _decoding.parse_json(body, request.pick))
        except _decoding.BodyError as error:
            advice = f"Check {request.option}, and proxies in between."
            request_id = Reply(status, headers).request_id
            return Failure(error.cause, str(error), advice, status, request_id=request_id)
        except ValueError:
            return self._no_json(request, Reply(status, headers, body=body))

    def _no_json(self, request: Request, reply: Reply) -> Failure:
        # Not as the headers say: in another encoding, a secret would not be recognised.
        text = reply.body.decode("utf-8", "replace").strip()
        if text.startswith("{") or not text:
            problem = f"the answer's JSON is damaged or cut off ({len(reply.body)} bytes arrived)"
            advice = "Try again; if it stays so, check proxies in between."
            return Failure(Cause.INTERRUPTED, problem, advice, reply.status, request_id=reply.request_id)
        kind = self._messages.words(reply.headers.get("Content-Type", "of no type"))
        problem = f"the answer is not JSON but {kind}, beginning: {self._messages.words(text)}"
        advice = f"Something other than {request.service} answered: check {request.option}, and proxies in between."
        return Failure(Cause.INVALID_RESPONSE, problem, advice, reply.status, request_id=reply.request_id)


def _authenticate(query: str, auth: Authentication, prepared: PreparedRequest) -> PreparedRequest:
    """Complete the URL of a request, and have it authenticated.

    The query is encoded already. To do it again, for a thousand IDs, takes requests longer than ECS's answer takes it.
    """
    if query:
        prepared.url = f"{prepared.url}?{query}"
    return auth(prepared)


class _QuietSession(_Session):
    """Takes no step that was not asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: to look where a redirect leads, requests would read all of its body."""


def _proxies(url: str) -> dict[str, str]:
    """The loopback is asked directly, whatever proxy the environment names; all else as the environment says."""
    host = urlsplit(url).hostname or ""
    return {"no_proxy": host} if is_loopback(host) else {}
