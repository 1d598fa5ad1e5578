# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the error messages of failed requests."""

from __future__ import annotations

import json
from typing import Any

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause, DeadlineError, Failure
from ..options._credentials import AGENCY, KEYS, TOKEN, Credentials
from ._models import Request, Response
from ._redaction import Redaction

_SIGN_IN_CODES = {"APIGW.0301", "APIGW.0307", "SMS.0202"}
_CLOCK_CODES = {"SMS.0205"}
_PERMISSION_CODES = {"APIGW.0302", "SMS.0204", "SMS.9004"}


class ErrorMessages:
    """Makes the errors of one client. Each says where, what failed, and what to do about it."""

    def __init__(self, credentials: Credentials, redaction: Redaction) -> None:
        self._credentials = credentials
        self.redact = redaction.redact

    def of_failure(self, request: Request, failure: Failure) -> ApiError:
        """Return the error for a request without a usable response."""
        # IAM repeats the status as a code.
        code = failure.code if failure.code != str(failure.status) else ""
        known = (f"HTTP {failure.status}" if failure.status else "", code)
        facts = ", ".join(filter(None, known))
        problem = f"{facts}: {failure.problem}" if facts else failure.problem
        sentences = [
            f"Could not {request.purpose.description} at {request.address}: {problem}.",
            f"Request ID: {failure.request_id}." if failure.request_id else "",
            failure.advice,
        ]
        return ApiError(" ".join(filter(None, sentences)), failure)

    def of_error_response(self, response: Response, token_project: str | None = None) -> ApiError:
        """Return the error for a response with another status than success.

        :param token_project: the project of the token according to IAM; empty if the token is for the whole account,
            None if unknown.
        """
        code, explanation = _parse_error_body(response.content)
        if 300 <= response.status < 400:
            explanation = f"redirected to {response.headers.get('Location', 'nowhere')}"
        problem = self.redact(explanation) or "no explanation was given"
        advice = self._advice(response, code, token_project)
        failure = Failure(
            Cause.ERROR_RESPONSE, problem, advice, response.status, self.redact(code), response.request_id
        )
        return self.of_failure(response.request, failure)

    def of_deadline(self, request: Request, deadline: Deadline) -> DeadlineError:
        """Return the error for a deadline that expired or was cancelled."""
        beginning = f"Could not {request.purpose.description} at {request.address}"
        if deadline.cancelled:
            return DeadlineError(f"{beginning}: it was called off.")
        return DeadlineError(
            f"{beginning}: the time for all of it, {deadline.allowed:g} seconds, was up before the answer was complete."
            " Check proxies in between, raise total_timeout, or narrow the query with filters."
        )

    def may_be_out_of_scope(self, response: Response) -> bool:
        """Return whether the credentials are a token and the response can mean that it is for another project."""
        return bool(response.request.project) and response.status in (401, 403) and self._credentials.kind is TOKEN

    def _advice(self, response: Response, code: str, token_project: str | None) -> str:
        """Return what the user can do about an error response."""
        request, status = response.request, response.status
        known_project = self._credentials.values.get("project_id") if token_project is None else token_project
        if self.may_be_out_of_scope(response) and request.project != known_project:
            return self._advice_on_scope(request, token_project)
        if code in _PERMISSION_CODES or (status == 403 and code not in _SIGN_IN_CODES):
            if not request.purpose.permissions:
                return (
                    f"The credentials ({self._used}) may not be used here: check project_id, project_name and the user."
                )
            return f"The credentials ({self._used}) lack a permission: {request.purpose.permissions}."
        if code in _CLOCK_CODES:
            return "The clock of this machine is off: a signed request must bear the right time, within 15 minutes."
        if code in _SIGN_IN_CODES or status == 401:
            is_signed = self._credentials.kind in (KEYS, AGENCY)
            clock = " Check this machine's clock too: a signature is valid for 15 minutes." if is_signed else ""
            return f"The credentials ({self._used}) were refused: they are wrong or have expired.{clock}"
        if status == 429:
            return f"Throttled{_also_after(response.retries)}: try later."
        if status >= 500:
            return f"The service failed{_also_after(response.retries)}: try later."
        return _advice_on_address(request, status)

    def _advice_on_scope(self, request: Request, token_project: str | None) -> str:
        permission = f" If it is for that one, it lacks a permission: {request.purpose.permissions}."
        return (
            f"A token reaches only the project that it was made for: this is about the project {request.project}, and"
            f" the token (from {self._credentials.origin}) is {self._describe_scope(token_project)}. Use a token for"
            f" {request.project}, or an access key or a user and password, which reach all projects."
            f"{permission if token_project is None else ''}"
        )

    def _describe_scope(self, token_project: str | None) -> str:
        """Return what the token is valid for, and who says so."""
        if token_project is not None:
            return f"for {f'the project {self.redact(token_project)}' if token_project else 'no project'}, as IAM says"
        values = self._credentials.values
        given = next((name for name in ("project_id", "project_name") if name in values), None)
        return f"for the project {values[given]}, as {given} says" if given else "probably for another project"

    @property
    def _used(self) -> str:
        """The kind of the credentials, and where they came from."""
        key = self._credentials.values.get("access_key")
        return f"{self._credentials.kind.label}{f' {key}' if key else ''}, from {self._credentials.origin}"


def _advice_on_address(request: Request, status: int) -> str:
    option = request.purpose.option
    if 300 <= status < 400:
        return f"Redirects are not followed, since they would carry credentials along: check {option}."
    if status == 404:
        wrong = ", or no such project: check project_id, project_name," if option == "auth_url" else ": check"
        return f"There is no such API at that address{wrong} {option} or region."
    return "Check the options; the service's words say which one it refuses."


def _also_after(retries: int) -> str:
    if not retries:
        return ""
    return f", also after {retries} {'retry' if retries == 1 else 'retries'}"


def _parse_error_body(body: bytes) -> tuple[str, str]:
    """Return the error code and the message, from any of the formats that the service and its gateways use."""
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
    parts = [_first(content, "error_msg", "errorMsg", "message", "title"), *_details(content)]
    return code, " ".join(dict.fromkeys(filter(None, parts)))


def _details(content: dict[str, Any]) -> list[str]:
    """Return what SMS adds to its own errors, such as the name of the action that is not allowed."""
    details = content.get("details")
    if not isinstance(details, list):
        return []
    return [_first(detail, "error_msg") for detail in details if isinstance(detail, dict)]


def _first(content: dict[str, Any], *names: str) -> str:
    """Return the first of these fields that exists, as text."""
    value = next((content[name] for name in names if name in content), "")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
