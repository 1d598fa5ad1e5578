# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: temporary keys of an ECS's agency, from its metadata service."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause, DeadlineError, Failure
from ..options._endpoints import METADATA_ENDPOINT
from ._messages import ErrorMessages
from ._models import Purpose, Request, Response
from ._session import Session

if TYPE_CHECKING:
    from requests import PreparedRequest

# The service answers within milliseconds. Where it does not exist, nothing answers.
_TIMEOUT = 10
# Seconds before their end at which keys are renewed. The service offers new ones 10 minutes before.
_MARGIN = 300
_TOKEN_SECONDS = 600
_PURPOSE = Purpose("get temporary keys from the metadata service of this ECS", service="ECS", option="ecs_agency")
_ADVICE = (
    "ecs_agency works on an ECS that has an agency. Check both in the ECS console, or use another kind of credentials."
)


@dataclass(frozen=True, repr=False)
class TemporaryKeys:
    """An access key that expires.

    :ivar expires_at: in seconds since the epoch.
    """

    access_key: str
    secret_key: str
    security_token: str
    expires_at: float

    @property
    def is_stale(self) -> bool:
        """Whether it is time for new ones, by the clock of this machine, by which requests are dated as well."""
        return time.time() > self.expires_at - _MARGIN


def request_keys(session: Session, messages: ErrorMessages, deadline: Deadline) -> TemporaryKeys:
    """Request temporary keys from the metadata service of the ECS that this program runs on.

    :raises ApiError: it does not answer, or has no keys.
    :raises DeadlineError: the deadline expired before, or was cancelled.
    """
    limit = Deadline(_TIMEOUT, within=deadline)
    request = Request(_PURPOSE, "GET", f"{METADATA_ENDPOINT}/openstack/latest/securitykey")
    response = _send(session, messages, request, {}, limit)
    # Newer images serve metadata only to those who request a token first. An ECS without an agency answers 401 too.
    if response.status in (401, 403) and (token := _token(session, messages, limit)):
        response = _send(session, messages, request, {"X-Metadata-Token": token}, limit)
    if response.status != request.success:
        raise _with_advice(messages, messages.of_error_response(response), request)
    return _keys_in(response, messages)


def _token(session: Session, messages: ErrorMessages, deadline: Deadline) -> str | None:
    """Return a token of the metadata service; None if it issues none, as on older images."""
    url = f"{METADATA_ENDPOINT}/meta-data/latest/api/token"
    request = Request(_PURPOSE, "PUT", url, has_content=False)
    response = _send(session, messages, request, {"X-Metadata-Token-Ttl-Seconds": str(_TOKEN_SECONDS)}, deadline)
    token = response.content.decode("utf-8", "replace").strip()
    return token if response.status == request.success and _is_header_value(token) else None


def _send(
    session: Session, messages: ErrorMessages, request: Request, headers: Mapping[str, str], deadline: Deadline
) -> Response:
    def add_headers(prepared: PreparedRequest) -> PreparedRequest:
        prepared.headers.update(headers)
        return prepared

    try:
        return session.send(request, add_headers, deadline)
    except ApiError as error:
        raise _with_advice(messages, error, request) from None
    except DeadlineError:
        if deadline.cancelled or deadline.allowed < _TIMEOUT:
            raise
        problem = f"no answer within {_TIMEOUT} seconds"
        raise messages.of_failure(request, Failure(Cause.NO_CONNECTION, problem, _ADVICE)) from None


def _keys_in(response: Response, messages: ErrorMessages) -> TemporaryKeys:
    content: Any = response.json
    try:
        credential = content["credential"]
        names = ("access", "secret", "securitytoken")
        access, secret, token = values = [credential[name] for name in names]
        expires_at = datetime.strptime(credential["expires_at"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
        is_usable = all(map(_is_header_value, values))
    except (TypeError, KeyError, ValueError, OverflowError):
        is_usable = False
    if not is_usable:
        failure = Failure(Cause.INVALID_RESPONSE, "its answer holds no keys as documented", _ADVICE)
        raise messages.of_failure(response.request, failure)
    return TemporaryKeys(access, secret, token, expires_at)


def _is_header_value(value: Any) -> bool:
    """Return whether a value can be sent in an HTTP header."""
    return isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value) is not None


def _with_advice(messages: ErrorMessages, error: ApiError, request: Request) -> ApiError:
    """Return the error with the advice that applies here; that of other services is about options."""
    return messages.of_failure(request, replace(error.failure, advice=_ADVICE))
