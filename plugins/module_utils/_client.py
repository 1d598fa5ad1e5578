# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the one place that asks SMS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._auth import KeyAuth, TokenAuth, canonical_query
from ._deadline import Deadline
from ._errors import ApiError
from ._exchange import Reply, Request
from ._http import HAS_REQUESTS, Http
from ._iam import Iam, Tokens
from ._messages import Messages
from ._options import KEYS, PASSWORD, Credentials, Settings
from ._redaction import Redaction

__all__ = ["HAS_REQUESTS", "Answer", "Client", "Purpose"]


@dataclass(frozen=True)
class Purpose:
    """What SMS is asked for, so that a refusal can be explained.

    :ivar words: what for, after "Could not".
    :ivar permissions: which permission it takes, by the names that it has in both kinds of authorisation.
    """

    words: str
    permissions: str


_ASKING = Purpose("ask SMS", "the service's words may say which")


@dataclass(frozen=True)
class Answer:
    """What the service answered to a request that succeeded.

    :ivar body: the decoded JSON.
    :ivar request_id: names the request to the vendor's support; fit to be shown.
    """

    body: Any
    url: str
    request_id: str
    purpose: Purpose = _ASKING


class Client:
    """Asks SMS, and IAM for a token where the credentials need one.

    Its methods may be called from several threads. Close it, or use it as a context manager.

    :param connections: how many requests will be in flight at once.
    :raises OptionsError: the credentials are incomplete.
    """

    def __init__(self, settings: Settings, connections: int = 1) -> None:
        self._settings = settings
        self._credentials = credentials = settings.credentials()
        self._redaction = Redaction(credentials.secrets)
        self._messages = Messages(credentials, self._redaction)
        self._http = Http(settings, connections, self._messages)
        self._auth = _auth_of(credentials)
        self._tokens = Tokens(self._issue_token)

    @property
    def endpoint(self) -> str:
        """The base URL that is asked."""
        return self._settings.endpoint

    @property
    def total_timeout(self) -> float:
        """Seconds that a whole list may take."""
        return self._settings.total_timeout

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(
        self,
        path: str,
        parameters: Mapping[str, str],
        deadline: Deadline | None = None,
        purpose: Purpose = _ASKING,
    ) -> Answer:
        """Ask SMS.

        :param path: below the endpoint, such as ``/v3/sources``.
        :param deadline: when the answer is needed, waits and retries included.
        :param purpose: what the answer is for, in the words of an error.
        :raises ApiError: any failure, in words.
        :raises DeadlineError: the time was up before, or the work was called off.
        """
        query = canonical_query(list(parameters.items()))
        url = f"{self._settings.endpoint}{path}"
        return self._answer(self._request(f"{url}?{query}" if query else url, purpose), deadline)

    def change(
        self, method: str, path: str, body: Any, deadline: Deadline | None = None, purpose: Purpose = _ASKING
    ) -> Answer:
        """Have SMS change something, at most once.

        It is sent again only after HTTP 429 and after a connection that was refused. The error says, by
        ``untouched``, whether it is certain that nothing was done. If it is not, and after any other exception, whoever
        asks has to look.

        :param method: ``POST`` or ``DELETE``.
        :param body: what is sent as JSON; None for nothing.
        :raises ApiError: any failure, in words.
        :raises DeadlineError: the time was up before, or the work was called off.
        """
        url = f"{self._settings.endpoint}{path}"
        request = replace(self._request(url, purpose), method=method, body=body, changes=True)
        return self._answer(request, deadline)

    def _answer(self, request: Request, deadline: Deadline | None) -> Answer:
        reply = self._send(request, Deadline(self.total_timeout) if deadline is None else deadline)
        if reply.status != request.success:
            raise self._messages.of_refusal(request, reply)
        purpose = Purpose(request.purpose, request.permissions)
        return Answer(reply.content, request.url, self._redaction.words(reply.request_id), purpose)

    def shown(self, words: str) -> str:
        """Words of the service, fit to be shown."""
        return self._redaction.words(words)

    def malformed(self, answer: Answer, problem: str) -> ApiError:
        """The error for an answer that is JSON but not what the API promises."""
        return self._messages.of_content(self._request(answer.url, answer.purpose), answer.request_id, problem)

    def _request(self, url: str, purpose: Purpose) -> Request:
        return Request(purpose.words, "endpoint", "GET", url, permissions=purpose.permissions)

    def _send(self, request: Request, deadline: Deadline) -> Reply:
        """Send with whatever authentication there is; a token that was issued and is refused is replaced once.

        But not for what changes something, which is never sent twice for it; the question before has renewed it.
        """
        if self._auth:
            return self._http.send(request, self._auth, deadline)
        token = self._tokens.current(deadline)
        reply = self._http.send(request, TokenAuth(token), deadline)
        if reply.status == 401 and not request.changes:
            token = self._tokens.other_than(token, deadline)
            reply = self._http.send(request, TokenAuth(token), deadline)
        return reply

    def _issue_token(self, deadline: Deadline) -> str:
        values = self._credentials.values
        token = Iam(self._http, self._messages, self._settings.auth_url or "", values).issue_token(deadline)
        self._redaction.add(token)
        return token


def _auth_of(credentials: Credentials) -> TokenAuth | KeyAuth | None:
    """What authenticates each request; None where a token has to be issued first."""
    values = credentials.values
    if credentials.kind is KEYS:
        return KeyAuth(
            values["access_key"], values["secret_key"], values.get("security_token"), values.get("project_id")
        )
    return None if credentials.kind is PASSWORD else TokenAuth(values["token"])
