# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: how far a server is, and how far all are together. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..common._text import duration
from ._records import Record, task_of

_GIB = 2**30
# Seconds. A rate next to nothing gives times that nobody waits for, and that no calendar holds.
_LONGEST_WAIT = 10 * 365 * 86400
_MEGABIT = 1_000_000
# The API's own limit; JSON can hold numbers that no arithmetic bears.
_MOST = 2**63 - 1


class Progress(NamedTuple):
    """How far a server is, or a wave; None where the service does not tell.

    :ivar percent: of the data, rounded down to a tenth.
    :ivar replicated: bytes.
    :ivar total: bytes.
    :ivar rate: Mbit/s.
    :ivar seconds_left: until all data is replicated, an estimate; of a wave, by those servers that tell.
    """

    percent: float | None
    replicated: int
    total: int
    rate: float
    seconds_left: float | None


def progress_of(record: Record) -> Progress:
    """How far a server is."""
    total = int(_number(record.get("totalsize")))
    replicated = min(int(_number(record.get("replicatesize"))), total)
    rate = _number(task_of(record).get("migrate_speed"))
    # Not remain_seconds: the service's documentation calls it the duration of the migration.
    bits_missing = (total - replicated) * 8
    seconds_left: float | None = None
    if total and (rate or not bits_missing):
        seconds_left = bits_missing / (rate * _MEGABIT) if rate else 0.0
        seconds_left = seconds_left if seconds_left <= _LONGEST_WAIT else None
    percent = _percent(replicated, total) if _is_number(record.get("replicatesize")) else None
    return Progress(percent, replicated, total, rate, seconds_left)


def percent_of(record: Record) -> float | None:
    """How much of a server's data has been replicated, in percent; None where the service does not tell."""
    return progress_of(record).percent


def combine(progresses: Iterable[Progress]) -> Progress:
    """How far a wave is: it is done when its slowest server is."""
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
    # Rounded down: 100 must mean that nothing is left.
    return part * 1000 // whole / 10 if whole else None


def _number(value: Any) -> float:
    """A number from the service; 0 where it gives none that can be meant."""
    return min(value, _MOST) if _is_number(value) and value > 0 else 0


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def describe(progress: Progress) -> str:
    """Such as ``41.2 %, 16.5 of 40.0 GiB, 93 Mbit/s, about 35 min left``; empty where nothing is known."""
    if progress.percent is None:
        return ""
    words = [f"{progress.percent:.1f} %", f"{progress.replicated / _GIB:.1f} of {progress.total / _GIB:.1f} GiB"]
    if progress.rate:
        words.append(f"{progress.rate:.0f} Mbit/s")
    if progress.seconds_left:
        words.append(f"about {duration(progress.seconds_left)} left")
    return ", ".join(words)
