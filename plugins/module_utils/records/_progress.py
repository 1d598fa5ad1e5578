# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the progress of a server, and of several together. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..common._text import duration
from ._records import Record, task_of

_GIB = 2**30
# Seconds. A very low rate gives times that exceed what dates can express.
_LONGEST_WAIT = 10 * 365 * 86400
_MEGABIT = 1_000_000
# The API's own limit. JSON can have numbers that floats cannot represent.
_MOST = 2**63 - 1


class Progress(NamedTuple):
    """The progress of one server or of several.

    :ivar percent: percentage of replicated data, rounded down to a tenth; None if unknown.
    :ivar replicated: bytes.
    :ivar total: bytes.
    :ivar rate: Mbit/s.
    :ivar seconds_left: estimate until all data is replicated, the largest of several servers; None if unknown.
    """

    percent: float | None
    replicated: int
    total: int
    rate: float
    seconds_left: float | None


def progress_of(record: Record) -> Progress:
    """Return the progress of a server."""
    total = int(_number(record.get("totalsize")))
    replicated = min(int(_number(record.get("replicatesize"))), total)
    rate = _number(task_of(record).get("migrate_speed"))
    # Not remain_seconds: SMS documents it as the duration of the migration.
    bits_missing = (total - replicated) * 8
    seconds_left: float | None = None
    if total and (rate or not bits_missing):
        seconds_left = bits_missing / (rate * _MEGABIT) if rate else 0.0
        seconds_left = seconds_left if seconds_left <= _LONGEST_WAIT else None
    percent = _percent(replicated, total) if _is_number(record.get("replicatesize")) else None
    return Progress(percent, replicated, total, rate, seconds_left)


def percent_of(record: Record) -> float | None:
    """Return the percentage of a server's data that is replicated; None if unknown."""
    return progress_of(record).percent


def combine(progresses: Iterable[Progress]) -> Progress:
    """Return the progress of several servers together. They are done when the slowest one is."""
    servers = list(progresses)
    total = sum(server.total for server in servers)
    replicated = sum(server.replicated for server in servers)
    known = [server.seconds_left for server in servers if server.seconds_left is not None]
    return Progress(
        percent=_percent(replicated, total),
        replicated=replicated,
        total=total,
        rate=sum(server.rate for server in servers),
        seconds_left=max(known) if known else None,
    )


def _percent(part: int, whole: int) -> float | None:
    # Rounded down, so that 100 means that nothing is left.
    return part * 1000 // whole / 10 if whole else None


def _number(value: Any) -> float:
    """Return a number of a record; 0 if it is missing, negative or no number."""
    return min(value, _MOST) if _is_number(value) and value > 0 else 0


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def describe(progress: Progress) -> str:
    """Return a text such as ``41.2 %, 16.5 of 40.0 GiB, 93 Mbit/s, about 35 min left``; empty if unknown."""
    if progress.percent is None:
        return ""
    words = [f"{progress.percent:.1f} %", f"{progress.replicated / _GIB:.1f} of {progress.total / _GIB:.1f} GiB"]
    if progress.rate:
        words.append(f"{progress.rate:.0f} Mbit/s")
    if progress.seconds_left:
        words.append(f"about {duration(progress.seconds_left)} left")
    return ", ".join(words)
