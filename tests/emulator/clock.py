# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated time."""

from __future__ import annotations

import time


class Clock:
    """Simulated seconds since the start: real time by the speed, and what was advanced."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._base = self._advanced = 0.0
        self._since = time.monotonic()

    def now(self) -> float:
        return self._base + (time.monotonic() - self._since) * self._speed

    def set_speed(self, speed: float) -> None:
        self._base, self._since = self.now(), time.monotonic()
        self._speed = speed

    def advance(self, seconds: float) -> None:
        self._base += seconds
        self._advanced += seconds

    def token_time(self) -> float:
        """Seconds for the life of tokens: real ones, whatever the speed, and what was advanced."""
        return time.monotonic() + self._advanced
