# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: deadlines that can be nested and cancelled."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

from ._errors import DeadlineError


class Deadline:
    """The time at which some work has to end. Thread-safe.

    It is an argument of everything that takes time: listings, retries, waits, reading.

    :param seconds: from now on; None for no limit.
    :param within: an outer deadline. This one never expires later, and is cancelled together with it.
    """

    def __init__(self, seconds: float | None = None, within: Deadline | None = None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        self._end = time.monotonic() + self.seconds
        self._within = within
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._parts: WeakSet[Deadline] = WeakSet()
        self._watchers: list[Callable[[], None]] = []
        if within is not None:
            within._add(self)

    def left(self) -> float:
        """Return the seconds that are left, never negative; ``math.inf`` if there is no limit."""
        return max(0.0, self._first._end - time.monotonic())

    @property
    def allowed(self) -> float:
        """The seconds that this deadline or an outer one was given, whichever expires first."""
        return self._first.seconds

    @property
    def _first(self) -> Deadline:
        """This deadline or an outer one, whichever expires first."""
        outer = self._within and self._within._first
        return outer if outer and outer._end < self._end else self

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def over(self) -> bool:
        """Whether the time is up, or the work was cancelled."""
        return self.cancelled or self.left() <= 0

    def cancel(self) -> None:
        """Cancel the work from any thread: ends all that waits on this deadline."""
        with self._lock:
            self._cancelled.set()
            parts, watchers = list(self._parts), list(self._watchers)
        for part in parts:
            part.cancel()
        for watcher in watchers:
            watcher()

    def check(self) -> None:
        """Check that there is time left.

        :raises DeadlineError: the time is up, or the work was cancelled.
        """
        if self.cancelled:
            raise DeadlineError("The work was called off.")
        if self.left() <= 0:
            raise DeadlineError("The time is up.")

    def sleep(self, seconds: float) -> None:
        """Wait, at most for the time that is left.

        :raises DeadlineError: the time is up, or the work was cancelled, before or meanwhile.
        """
        self.check()
        self._cancelled.wait(min(seconds, self.left(), threading.TIMEOUT_MAX))
        self.check()

    @contextmanager
    def watch(self, end: Callable[[], None]) -> Iterator[None]:
        """Call ``end`` from another thread if the deadline expires or is cancelled before the block ends."""
        timer = threading.Timer(min(self.left(), threading.TIMEOUT_MAX), end)
        timer.daemon = True
        with self._lock:
            self._watchers.append(end)
        timer.start()
        try:
            if self.cancelled:
                end()
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._watchers.remove(end)

    def _add(self, part: Deadline) -> None:
        with self._lock:
            self._parts.add(part)
        if self.cancelled:
            part.cancel()
