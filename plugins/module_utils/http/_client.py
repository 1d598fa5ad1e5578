# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the one place that asks SMS, and ECS for what servers became."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..common._deadline import Deadline
from ..common._errors import ApiError, OptionsError
from ..options._credentials import KEYS, PASSWORD, TOKEN, Credentials
from ..options._settings import Settings
from ._auth import KeyAuth, TokenAuth, canonical_query
from ._iam import Iam, Scope, Tokens
from ._messages import Messages
from ._models import Reply, Request
from ._redaction import Redaction
from ._session import HAS_REQUESTS, Http

__all__ = ["HAS_REQUESTS", "Answer", "Client", "Purpose"]


@dataclass(frozen=True)
class Purpose:
    """What a service is asked for, so that a refusal can be explained.

    :ivar words: what for, after "Could not".
    :ivar permissions: which permission it takes, by the names that it has in both kinds of authorisation.
    :ivar service: who is asked.
    :ivar option: the option that says where it is.
    :ivar project: the ID of the project that stands in the URL.
    :ivar pick: takes what is needed out of an answer's content, whatever that is; None where all of it is needed.
    """

    words: str
    permissions: str
    service: str = "SMS"
    option: str = "endpoint"
    project: str = ""
    pick: Callable[[Any], Any] | None = None


_PROJECTS_SHOWN = 5
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
    """Asks SMS and ECS, and IAM for tokens where the credentials need them.

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
        self._tokens: dict[str, Tokens] = {}
        issuer, token = settings.token_issuer, credentials.values.get("token")
        self._scope = Scope(self._http, issuer, token) if issuer and token else None

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
        return self._ask(f"{self._settings.endpoint}{path}", parameters, deadline, purpose)

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
        return self._answer(request, purpose, deadline)

    def get_machines(
        self, region: str, project: str, parameters: Mapping[str, str], deadline: Deadline, purpose: Purpose
    ) -> Answer:
        """Ask ECS for the machines of a project in a region, for whose names hold what hosts and paths need.

        :raises ApiError: as for :meth:`get`.
        :raises DeadlineError: as for :meth:`get`.
        """
        url = f"{self._settings.ecs_in(region)}/v1/{project}/cloudservers/detail"
        purpose = replace(purpose, service="ECS", option="ecs_endpoint", project=project)
        return self._ask(url, parameters, deadline, purpose)

    def check_reach(self, projects: Collection[str]) -> None:
        """Refuse what no token can do: to reach more than one project.

        :param projects: the IDs of all projects that are going to be asked.
        :raises OptionsError: they are several, and the credentials are a token that was made for one of them at most.
        """
        if self._credentials.kind is TOKEN and len(projects) > 1:
            raise OptionsError(
                f"The target servers are in {len(projects)} projects ({', '.join(sorted(projects)[:_PROJECTS_SHOWN])}"
                f"{', …' if len(projects) > _PROJECTS_SHOWN else ''}), and a token (from {self._credentials.origin})"
                " reaches only the one that it was made for: use an access key or a user and password, or a filter that"
                " leaves the servers of one project."
            )

    def _ask(self, url: str, parameters: Mapping[str, str], deadline: Deadline | None, purpose: Purpose) -> Answer:
        query = canonical_query(list(parameters.items()))
        return self._answer(self._request(f"{url}?{query}" if query else url, purpose), purpose, deadline)

    def _answer(self, request: Request, purpose: Purpose, deadline: Deadline | None) -> Answer:
        deadline = Deadline(self.total_timeout) if deadline is None else deadline
        reply = self._send(request, deadline)
        if reply.status != request.success:
            raise self._messages.of_refusal(request, reply, self._made_for(request, reply, deadline))
        return Answer(reply.content, request.url, self._redaction.words(reply.request_id), purpose)

    def _made_for(self, request: Request, reply: Reply, deadline: Deadline) -> str | None:
        """The project that the user's token is for, where that can be why it is refused, and where IAM says so."""
        if not self._scope or not self._messages.can_be_out_of_scope(request, reply):
            return None
        return self._scope.project(deadline)

    def shown(self, words: str) -> str:
        """Words of the service, fit to be shown."""
        return self._redaction.words(words)

    def malformed(self, answer: Answer, problem: str) -> ApiError:
        """The error for an answer that is JSON but not what the API promises."""
        return self._messages.of_content(self._request(answer.url, answer.purpose), answer.request_id, problem)

    def _request(self, url: str, purpose: Purpose) -> Request:
        return Request(
            purpose.words,
            purpose.option,
            "GET",
            url,
            permissions=purpose.permissions,
            service=purpose.service,
            project=purpose.project,
            pick=purpose.pick,
        )

    def _send(self, request: Request, deadline: Deadline) -> Reply:
        """Send with whatever authentication there is; a token that was issued and is refused is replaced once.

        But not for what changes something, which is never sent twice for it; the question before has renewed it.
        """
        auth = _auth_of(self._credentials, request.project)
        if auth:
            return self._http.send(request, auth, deadline)
        tokens = self._tokens_for(request.project)
        token = tokens.current(deadline)
        reply = self._http.send(request, TokenAuth(token), deadline)
        if reply.status == 401 and not request.changes:
            token = tokens.other_than(token, deadline)
            reply = self._http.send(request, TokenAuth(token), deadline)
        return reply

    def _tokens_for(self, project: str) -> Tokens:
        """The token of a project, or the one that the options scope, which is for SMS."""
        values = self._credentials.values
        scope = values if project in ("", values.get("project_id")) else {**values, "project_id": project}
        issue = partial(self._issue_token, scope)
        # Of several threads, all get the same.
        return self._tokens.setdefault(scope.get("project_id", ""), Tokens(issue))

    def _issue_token(self, values: Mapping[str, str], deadline: Deadline) -> str:
        token = Iam(self._http, self._messages, self._settings.auth_url or "", values).issue_token(deadline)
        self._redaction.add(token)
        return token


def _auth_of(credentials: Credentials, project: str) -> TokenAuth | KeyAuth | None:
    """What authenticates a request; None where a token has to be issued first.

    :param project: the one that stands in the URL, if any.
    """
    values = credentials.values
    if credentials.kind is KEYS:
        project = project or values.get("project_id", "")
        return KeyAuth(values["access_key"], values["secret_key"], values.get("security_token"), project)
    return None if credentials.kind is PASSWORD else TokenAuth(values["token"])
