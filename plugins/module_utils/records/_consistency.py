# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the synchronizations and consistency checks of a task.

The vendor documents three forms of the result of a check: a list of results with objects, the same list with texts in
JSON, and in 2024 one result without a list. Whatever is missing or has another form is unknown, and never "no
differences".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..common import _text

_TOTAL = "num_total_files"
_DIFFERENCES = ("num_different_files", "num_target_miss_files", "num_target_more_files")


@dataclass(frozen=True)
class Consistency:
    """The result of a consistency check.

    :ivar finished: in milliseconds since the epoch, by the clock of SMS; None if unknown.
    :ivar check_result: as SMS names it, such as ``success``; empty if unknown.
    :ivar files: number of files that were compared; None if a number is unknown.
    :ivar differences: number of files that differ, are missing on the target, or are only there; None if unknown.
    :ivar empty: the directories in which SMS found no file.
    """

    finished: int | None
    check_result: str
    files: int | None
    differences: int | None
    empty: tuple[str, ...]

    @property
    def numbers(self) -> str:
        """The numbers as a clause for messages."""
        if self.files is None or self.differences is None:
            return "numbers of files that are not known"
        files = "1 file" if self.files == 1 else f"{self.files:,} files"
        return f"{files}, {'1 difference' if self.differences == 1 else f'{self.differences:,} differences'}"


def latest(content: Any) -> Consistency | None:
    """Return the newest result in what SMS returns for a task; None if there is none."""
    content = _decoded(content)
    if not isinstance(content, Mapping):
        return None
    entries = _decoded(content["result_list"]) if "result_list" in content else [content]
    results = [_result_of(_decoded(entry)) for entry in entries] if isinstance(entries, list) else []
    found = [result for result in results if result]
    return max(found, key=lambda result: -1 if result.finished is None else result.finished, default=None)


def problem_of(result: Consistency | None, since: float | None, most: int) -> str:
    """Return why a check does not prove that the target has all files; empty if it does.

    :param since: the time of the freeze by the clock of SMS, in milliseconds since the epoch; None if unknown.
    :param most: number of differences that are accepted.
    """
    if result is None:
        return "SMS shows no result of a consistency check."
    if since is None:
        return "The time of the freeze by the clock of SMS is not known, so that no check is known to be younger."
    if result.finished is None or result.finished <= since:
        return "The consistency check is older than the freeze, or SMS does not show when it ended."
    if result.check_result.lower() != "success":
        return f"The consistency check did not succeed: {_text.plain(result.check_result) or 'SMS shows no result'}."
    if result.files is None or result.differences is None:
        return "The result of the consistency check is not understood."
    if result.empty or not result.files:
        places = _text.some_of([*map(_text.plain, result.empty)]) or "any directory"
        return f"The consistency check compared no file in {places}: it is missing or empty."
    if result.differences > most:
        return f"The consistency check found {result.numbers}. wave_consistency_max_differences is {most}."
    return ""


def synchronized_at(task: Mapping[str, Any] | None, since: float | None) -> int | None:
    """Return when a synchronization of a task ended that began after a moment; None if there is none.

    One that was under way at that moment may have read the data before.

    :param since: by the clock of SMS, in milliseconds since the epoch; None if unknown.
    """
    subtasks = (task or {}).get("sub_tasks")
    ended = []
    if since is None:
        return None
    for subtask in subtasks if isinstance(subtasks, list) else []:
        if isinstance(subtask, Mapping) and str(subtask.get("name")).startswith("SYNC_"):
            begin, end = subtask.get("start_date"), subtask.get("end_date")
            if isinstance(begin, int) and isinstance(end, int) and since < begin <= end:
                ended.append(end)
    return min(ended, default=None)


def last_synchronized_at(task: Mapping[str, Any] | None) -> int | None:
    """Return when the last synchronization of a task ended; None if there is none."""
    subtasks = (task or {}).get("sub_tasks")
    usable = [one for one in subtasks if isinstance(one, Mapping)] if isinstance(subtasks, list) else []
    ends = [one.get("end_date") for one in usable if str(one.get("name")).startswith("SYNC_")]
    return max((end for end in ends if isinstance(end, int)), default=None)


def moment(milliseconds: int | None) -> str:
    """Return a time of the API as ISO 8601 in UTC; empty if it is none."""
    if milliseconds is None:
        return ""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def _decoded(value: Any) -> Any:
    """Return a value, or what a text in JSON stands for."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _result_of(entry: Any) -> Consistency | None:
    if not isinstance(entry, Mapping) or not entry.keys() & {"consistency_result", "check_result", "finished_time"}:
        return None
    parts = _decoded(entry.get("consistency_result"))
    parts = [_decoded(part) for part in parts] if isinstance(parts, list) else [None]
    finished, result = entry.get("finished_time"), entry.get("check_result")
    return Consistency(
        finished=finished if _is_number(finished) else None,
        check_result=result if isinstance(result, str) else "",
        files=_sum(parts, (_TOTAL,)),
        differences=_sum(parts, _DIFFERENCES),
        empty=tuple(
            str(part.get("dir_check")) for part in parts if isinstance(part, Mapping) and part.get(_TOTAL) == 0
        ),
    )


def _sum(parts: Sequence[Any], names: tuple[str, ...]) -> int | None:
    """Return the sum of numbers of all directories; None if one of them is missing."""
    numbers: list[Any] = [part.get(name) if isinstance(part, Mapping) else None for part in parts for name in names]
    known = [number for number in numbers if _is_number(number)]
    return sum(known) if len(known) == len(numbers) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
