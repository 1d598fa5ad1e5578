# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: retries of requests, and the waits between them."""

from __future__ import annotations

import random
from collections.abc import Callable

from ..common._deadline import Deadline
from ..common._errors import THROTTLED, TRANSIENT_STATUSES, Failure
from ._models import Response

try:
    from urllib3.exceptions import MaxRetryError
    from urllib3.util import Retry
except ImportError:
    # The plugins and modules report it in a message of their own; this file must be importable without.
    Retry = object  # type: ignore[assignment,misc]

# Seconds.
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0

# Characters that a date or a number needs.
_LONGEST_HEADER = 100


class _BoundedRetry(Retry):
    """The retries of urllib3, with waits that are limited, random and never zero."""

    def get_backoff_time(self) -> float:
        # Random, because clients that were refused at the same moment must not all return at the same moment.
        wait: float = FIRST_WAIT * 2 ** (len(self.history) - 1)
        return min(wait, LONGEST_WAIT) * random.uniform(0.5, 1)

    def wait_after(self, retry_after: str | None) -> float:
        """Return the seconds to wait: those in the header ``Retry-After`` if it is valid."""
        try:
            requested = self.parse_retry_after(retry_after[:_LONGEST_HEADER]) if retry_after else 0
        except Exception:  # whatever an invalid date causes in the standard library
            requested = 0
        return min(requested, LONGEST_WAIT) if requested > 0 else self.get_backoff_time()


def repeat(
    attempt: Callable[[], Response | Failure], retries: int, deadline: Deadline, modifying: bool
) -> tuple[Response | Failure, int]:
    """Return the outcome of the last attempt, and the number of retries.

    An attempt is not made if the wait before it would leave no time for it.

    :param modifying: whether the request changes something, so that it must not be processed twice.
    :raises DeadlineError: the deadline expired during an attempt, or was cancelled.
    """
    policy = _BoundedRetry(total=retries)
    while True:
        outcome = attempt()
        done = len(policy.history)
        if not _is_retryable(outcome, modifying):
            return outcome, done
        try:
            policy = policy.increment()
        except MaxRetryError:
            return outcome, done
        wait = policy.wait_after(outcome.retry_after if isinstance(outcome, Response) else None)
        # No time would be left for the attempt. The last outcome explains more than an expired deadline.
        if wait >= deadline.left() and not deadline.cancelled:
            return outcome, done
        deadline.sleep(wait)


def _is_retryable(outcome: Response | Failure, modifying: bool) -> bool:
    """Return whether another attempt may succeed, and cannot make the service do the same thing twice."""
    if isinstance(outcome, Failure):
        return outcome.unprocessed if modifying else outcome.retryable
    return outcome.status == THROTTLED or (not modifying and outcome.status in TRANSIENT_STATUSES)
