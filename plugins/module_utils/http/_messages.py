# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: failures of requests in words, with what to do about them."""

from __future__ import annotations

import json
from typing import Any

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause, DeadlineError, Failure
from ..options._credentials import KEYS, TOKEN, Credentials
from ._models import Reply, Request
from ._redaction import Redaction

_SIGN_IN_CODES = {"APIGW.0301", "APIGW.0307", "SMS.0202"}
_CLOCK_CODES = {"SMS.0205"}
_PERMISSION_CODES = {"APIGW.0302", "SMS.0204", "SMS.9004"}


class Messages:
    """The errors that a client ends with: each says where, what, and what to do about it."""

    def __init__(self, credentials: Credentials, redaction: Redaction) -> None:
        self._credentials = credentials
        self._redaction = redaction

    def of_failure(self, request: Request, failure: Failure) -> ApiError:
        """Return the error for a request without a usable response."""
        # IAM repeats the status as a code.
        code = failure.code if failure.code != str(failure.status) else ""
        known = (f"HTTP {failure.status}" if failure.status else "", self.words(code))
        facts = ", ".join(filter(None, known))
        sentences = [
            f"Could not {request.purpose} at {request.place}: {f'{facts}: ' if facts else ''}{failure.problem}.",
            f"Request ID: {self.words(failure.request_id)}." if failure.request_id else "",
            failure.advice,
        ]
        return ApiError(" ".join(filter(None, sentences)), failure)

    def words(self, text: str) -> str:
        """The service's words, fit to be shown."""
        return self._redaction.words(text)

    def of_refusal(self, request: Request, reply: Reply, made_for: str | None = None) -> ApiError:
        """Another answer came than the one that was hoped for.

        :param made_for: the project that the token is for, as IAM says; empty where it is for the whole account.
        """
        code, words = _error_body(reply.body)
        if 300 <= reply.status < 400:
            words = f"redirected to {reply.headers.get('Location', 'nowhere')}"
        problem = self.words(words) or "no explanation was given"
        advice = self._advice(request, reply, code, made_for)
        failure = Failure(Cause.ERROR_RESPONSE, problem, advice, reply.status, code, reply.request_id)
        return self.of_failure(request, failure)

    def of_content(self, request: Request, request_id: str, problem: str) -> ApiError:
        """The answer is JSON but not what the API promises."""
        advice = (
            f"Check that {request.option} is {request.service}'s; if it is, show this message to the vendor's support."
        )
        failure = Failure(Cause.INVALID_RESPONSE, f"unexpected answer: {problem}", advice, request_id=request_id)
        return self.of_failure(request, failure)

    def of_absence(self, request: Request, reply: Reply, problem: str, advice: str) -> ApiError:
        """The answer lacks what matters."""
        failure = Failure(Cause.INVALID_RESPONSE, problem, advice, reply.status, request_id=reply.request_id)
        return self.of_failure(request, failure)

    def of_deadline(self, request: Request, deadline: Deadline) -> DeadlineError:
        """The time was up, or the work was called off."""
        place = f"Could not {request.purpose} at {request.place}"
        if deadline.cancelled:
            return DeadlineError(f"{place}: it was called off.")
        return DeadlineError(
            f"{place}: the time for all of it, {deadline.allowed:g} seconds, was up before the answer was complete."
            " Check proxies in between, raise total_timeout, or narrow the query with filters."
        )

    def _advice(self, request: Request, reply: Reply, code: str, made_for: str | None) -> str:
        """What the user can do about a refusal."""
        status = reply.status
        if self.can_be_out_of_scope(request, reply) and request.project != self._project_of_token(made_for):
            return self._advice_on_scope(request, made_for)
        if code in _PERMISSION_CODES or (status == 403 and code not in _SIGN_IN_CODES):
            if not request.permissions:
                return (
                    f"The credentials ({self._used}) may not be used here: check project_id, project_name and the user."
                )
            return f"The credentials ({self._used}) lack a permission: {request.permissions}."
        if code in _CLOCK_CODES:
            return "The clock of this machine is off: a signed request must bear the right time, within 15 minutes."
        if code in _SIGN_IN_CODES or status == 401:
            is_signed = self._credentials.kind is KEYS
            clock = " Check this machine's clock too: a signature is valid for 15 minutes." if is_signed else ""
            return f"The credentials ({self._used}) were refused: they are wrong or have expired.{clock}"
        if status == 429:
            return f"Throttled{_also_after(reply.retries)}: try later."
        if status >= 500:
            return f"The service failed{_also_after(reply.retries)}: try later."
        return _advice_on_address(request, status)

    def can_be_out_of_scope(self, request: Request, reply: Reply) -> bool:
        """Whether a refusal can mean that the credentials are a token for another project."""
        return bool(request.project) and reply.status in (401, 403) and self._credentials.kind is TOKEN

    def _project_of_token(self, made_for: str | None) -> str | None:
        return self._credentials.values.get("project_id") if made_for is None else made_for

    def _scope_in_words(self, made_for: str | None) -> str:
        """What the token is for, and who says so."""
        if made_for is not None:
            return f"for {f'the project {self.words(made_for)}' if made_for else 'no project'}, as IAM says"
        values = self._credentials.values
        given = next((name for name in ("project_id", "project_name") if name in values), None)
        return f"for the project {values[given]}, as {given} says" if given else "probably for another project"

    def _advice_on_scope(self, request: Request, made_for: str | None) -> str:
        doubt = "" if made_for is not None else f" If it is for that one, it lacks a permission: {request.permissions}."
        return (
            f"A token reaches only the project that it was made for: this is about the project {request.project}, and"
            f" the token (from {self._credentials.origin}) is {self._scope_in_words(made_for)}. Use a token for"
            f" {request.project}, or an access key or a user and password, which reach all projects.{doubt}"
        )

    @property
    def _used(self) -> str:
        """Which credentials, and where they came from."""
        key = self._credentials.values.get("access_key")
        return f"{self._credentials.kind.label}{f' {key}' if key else ''}, from {self._credentials.origin}"


def _advice_on_address(request: Request, status: int) -> str:
    if 300 <= status < 400:
        return f"Redirects are not followed, since they would carry credentials along: check {request.option}."
    if status == 404:
        wrong = ", or no such project: check project_id, project_name," if request.option == "auth_url" else ": check"
        return f"There is no such API at that address{wrong} {request.option} or region."
    return "Check the options; the service's words say which one it refuses."


def _also_after(retries: int) -> str:
    if not retries:
        return ""
    return f", also after {retries} {'retry' if retries == 1 else 'retries'}"


def _error_body(body: bytes) -> tuple[str, str]:
    """Error code and message, from any of the shapes that the service and its gateways use."""
    text = body.decode("utf-8", "replace")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "", text
    if isinstance(content, dict) and isinstance(content.get("error"), dict):
        content = content["error"]
    if not isinstance(content, dict):
        return "", text
    code = _first(content, "error_code", "errorCode", "code")
    words = [_first(content, "error_msg", "errorMsg", "message", "title"), *_details(content)]
    return code, " ".join(dict.fromkeys(filter(None, words)))


def _details(content: dict[str, Any]) -> list[str]:
    """What SMS adds to a refusal of its own, where the action that is not allowed is named."""
    details = content.get("details")
    if not isinstance(details, list):
        return []
    return [_first(detail, "error_msg") for detail in details if isinstance(detail, dict)]


def _first(content: dict[str, Any], *names: str) -> str:
    """The first of these fields that is there, as text."""
    value = next((content[name] for name in names if name in content), "")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
