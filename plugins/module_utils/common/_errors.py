# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the errors that its front ends turn into one message."""

from __future__ import annotations

# Throttling, and failures of the service.
THROTTLED = 429
PASSING_STATUSES = (THROTTLED, 500, 502, 503, 504)
# The request may have arrived in full, and be worked on.
_TOO_LATE = 408


class SmsError(Exception):
    """A failure whose text is complete: what went wrong and what to do about it, without any secret.

    :ivar passing: whether asking again later may well succeed, with nothing else changed.
    """

    passing = False


class OptionsError(SmsError):
    """The options, or the environment that completes them, cannot be used."""


class DeadlineError(SmsError):
    """The time for the work is up, or the work was called off."""

    passing = True


class ApiError(SmsError):
    """The service could not be asked, or its answer cannot be used.

    :ivar status: the HTTP status of the answer, None where there was none.
    :ivar code: the service's own, empty where it gave none.
    :ivar refused: the service answered, and will answer the same again.
    :ivar broke_off: the service was there, and no whole answer came.
    :ivar too_much: the answer was more than can be taken in.
    :ivar untouched: whatever was asked for was certainly not done.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        broke_off: bool = False,
        too_much: bool = False,
        untouched: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.untouched = untouched or (status is not None and 400 <= status < 500 and status != _TOO_LATE)
        self.too_much = too_much
        self.status = status
        self.broke_off = broke_off
        self.passing = broke_off or status in PASSING_STATUSES
        self.refused = status is not None and not self.passing


class IncompleteListingError(SmsError):
    """The listing could not be proven complete."""

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing
