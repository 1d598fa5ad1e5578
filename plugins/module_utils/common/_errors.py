# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the errors that its plugins and modules turn into one message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

# Throttling, and failures of the service.
THROTTLED = 429
TRANSIENT_STATUSES = (THROTTLED, 500, 502, 503, 504)
# The service may have received all of the request and still process it.
_REQUEST_TIMEOUT = 408


class Cause(Enum):
    """Why a request has no usable response."""

    CONFIGURATION = auto()
    """The environment, the address or a certificate cannot be used, or the error is of no known kind."""
    NO_CONNECTION = auto()
    CONNECTION_REFUSED = auto()
    INTERRUPTED = auto()
    """The service was connected, and no complete response arrived."""
    TOO_LARGE = auto()
    """The response exceeds a limit of size."""
    INVALID_RESPONSE = auto()
    """The response arrived and is not what the API promises."""
    ERROR_RESPONSE = auto()
    """The response has another status than the one that means success."""


@dataclass(frozen=True)
class Failure:
    """A request without a usable response. No attribute contains a secret.

    :ivar problem: what happened.
    :ivar advice: what the user can do about it.
    :ivar status: HTTP status of the response; None if none arrived.
    :ivar code: the service's own error code; empty if it returned none.
    :ivar request_id: identifies the request to the vendor's support; empty if unknown.
    """

    cause: Cause
    problem: str
    advice: str
    status: int | None = None
    code: str = ""
    request_id: str = ""

    @property
    def retryable(self) -> bool:
        """Whether another attempt may succeed now."""
        return self.cause in (Cause.NO_CONNECTION, Cause.CONNECTION_REFUSED, Cause.INTERRUPTED)

    @property
    def unprocessed(self) -> bool:
        """Whether the service certainly did not do what was requested."""
        is_client_error = self.status is not None and 400 <= self.status < 500 and self.status != _REQUEST_TIMEOUT
        return is_client_error or self.cause is Cause.CONNECTION_REFUSED


class SmsError(Exception):
    """An error whose text is complete: what failed and what to do about it, without any secret.

    :ivar transient: whether the same request may well succeed later, with nothing else changed.
    :ivar final: whether the service responded, and will give the same response again.
    """

    transient = False
    final = False


class OptionsError(SmsError):
    """The options, or the environment that completes them, cannot be used."""


class DeadlineError(SmsError):
    """The time for the work is up, or the work was cancelled."""

    transient = True


class ApiError(SmsError):
    """A request to a service failed, or its response cannot be used.

    :ivar failure: what is known about it.
    """

    def __init__(self, message: str, failure: Failure) -> None:
        super().__init__(message)
        self.failure = failure
        self.transient = failure.cause is Cause.INTERRUPTED or failure.status in TRANSIENT_STATUSES
        self.final = failure.status is not None and not self.transient


class IncompleteListingError(SmsError):
    """The listing could not be proven complete."""

    def __init__(self, message: str, *, transient: bool = True) -> None:
        super().__init__(message)
        self.transient = transient
