# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: how long work may take, and how it is called off."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

from ._errors import DeadlineError


class Deadline:
    """When something has to have ended, and whether it was called off. Thread-safe.

    It travels down, from whoever waits to whatever takes time: listing, retries, waits, reading.

    :param seconds: from now on; None for no bound.
    :param within: a deadline that this one belongs to. It never ends later, and is called off together with it.
    """

    def __init__(self, seconds: float | None = None, within: Deadline | None = None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        self._end = time.monotonic() + self.seconds
        self._within = within
        self._called_off = threading.Event()
        self._lock = threading.Lock()
        self._parts: WeakSet[Deadline] = WeakSet()
        self._watchers: list[Callable[[], None]] = []
        if within is not None:
            within._take_in(self)

    def left(self) -> float:
        """Seconds left, never negative; ``math.inf`` where there is no bound."""
        return max(0.0, self._first._end - time.monotonic())

    @property
    def allowed(self) -> float:
        """The seconds that were given, here or by a deadline around this one, whichever ends first."""
        return self._first.seconds

    @property
    def _first(self) -> Deadline:
        """This deadline or one around it, whichever ends first."""
        outer = self._within and self._within._first
        return outer if outer and outer._end < self._end else self

    @property
    def cancelled(self) -> bool:
        return self._called_off.is_set()

    @property
    def over(self) -> bool:
        """Whether the time is up, or the work was called off."""
        return self.cancelled or self.left() <= 0

    def cancel(self) -> None:
        """Call off the work: ends all that waits on this deadline, from any thread."""
        with self._lock:
            self._called_off.set()
            parts, watchers = list(self._parts), list(self._watchers)
        for part in parts:
            part.cancel()
        for watcher in watchers:
            watcher()

    def check(self) -> None:
        """Do nothing while there is time.

        :raises DeadlineError: the time is up, or the work was called off.
        """
        if self.cancelled:
            raise DeadlineError("The work was called off.")
        if self.left() <= 0:
            raise DeadlineError("The time is up.")

    def sleep(self, seconds: float) -> None:
        """Wait, at most for what is left.

        :raises DeadlineError: the time is up, or the work was called off, before or meanwhile.
        """
        self.check()
        self._called_off.wait(min(seconds, self.left(), threading.TIMEOUT_MAX))
        self.check()

    @contextmanager
    def watch(self, end: Callable[[], None]) -> Iterator[None]:
        """Have ``end`` called, from another thread, should the deadline come before the block has ended."""
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

    def _take_in(self, part: Deadline) -> None:
        with self._lock:
            self._parts.add(part)
        if self.cancelled:
            part.cancel()
