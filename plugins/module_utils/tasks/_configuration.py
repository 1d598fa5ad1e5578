# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: speed rules and configuration settings of tasks, set and read back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypedDict

from ..api import _task_settings
from ..api._connection import Client
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import ApiError, OptionsError, SmsError

_MOST_RULES = 5
_RULE_SPEC: dict[str, dict[str, Any]] = {
    "start": {"type": "str", "required": True},
    "end": {"type": "str", "required": True},
    "speed": {"type": "int", "default": 0},
    "over_speed_threshold": {"type": "float", "default": 10},
}
CONFIGURATION_SPEC: dict[str, dict[str, Any]] = {
    "speed_rules": {"type": "list", "elements": "dict", "options": _RULE_SPEC},
    "options": {"type": "dict"},
}
# The documented keys, with the name that each had until 2025 and may still have in a region; empty if it had no other.
_KEYS = {
    "MIGRATE_EXCLUDE_DIR": "EXCLUDE_MIGRATE_PATH",
    "SYNC_EXCLUDE_DIR": "SYNC_EXCLUDE_PATH",
    "ONLY_SYNC_DIR": "ONLY_SYNC_PATH",
    **dict.fromkeys(
        (
            *("CONSISTENCY_DIR", "CONSISTENCY_DIR_ILLEGAL", "CONSISTENCY_RECHECK", "CONSISTENCY_MODE"),
            *("LINUX_BLOCK_COMPRESS_THREAD_NUM", "LINUX_BLOCK_CACHE_SIZE"),
            *("LINUX_CPU_LIMIT", "LINUX_MEM_LIMIT", "LINUX_IO_LIMIT", "NUM_PROCESS_MIGRATE", "NUM_PROCESS_SYNC"),
            *("MIGRATE_DST_IP", "DYNAMIC_PORT", "INSTALL_PWD_AGENT"),
        ),
        "",
    ),
}
_NEWER = {older: newer for newer, older in _KEYS.items() if older}
_RANGES = {
    "LINUX_CPU_LIMIT": (1, 100),
    "LINUX_MEM_LIMIT": (200, 1000),
    "LINUX_IO_LIMIT": (10, 1000),
    "LINUX_BLOCK_CACHE_SIZE": (1, 8),
    "NUM_PROCESS_MIGRATE": (1, 4),
    "NUM_PROCESS_SYNC": (1, 4),
}
_LONGEST_VALUE = 1024
_DAY = 24 * 60


class SpeedRule(NamedTuple):
    """The highest speed of a migration during a part of each day.

    :ivar start: in minutes since midnight.
    :ivar end: in minutes since midnight, later than the start.
    :ivar speed: in Mbit/s; 0 for no limit.
    :ivar over_speed_threshold: percentage by which the speed may be exceeded.
    """

    start: int
    end: int
    speed: int
    over_speed_threshold: float

    def body(self) -> dict[str, Any]:
        """Return the rule as SMS takes it."""
        threshold = self.over_speed_threshold
        return {
            "start": _clock(self.start),
            "end": _clock(self.end),
            "speed": self.speed,
            "over_speed_threshold": int(threshold) if threshold == int(threshold) else threshold,
        }

    def describe(self) -> str:
        return f"{_clock(self.start)} to {_clock(self.end)} {f'{self.speed} Mbit/s' if self.speed else 'no limit'}"


class Change(TypedDict):
    """A setting that a task has, or would get.

    :ivar name: ``speed_rules``, or the key of a configuration setting.
    """

    name: str
    before: str
    after: str


class Configuration:
    """The speed rules and configuration settings that a task is to have.

    :param settings: the options ``speed_rules`` and ``options``, each absent or None for no change.
    :raises OptionsError: a value cannot be used.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        rules, options = settings.get("speed_rules"), settings.get("options")
        self.rules = None if rules is None else _rules_from(rules)
        self.values = {key: _value_from(key, value) for key, value in (options or {}).items()}

    def __bool__(self) -> bool:
        return self.rules is not None or bool(self.values)

    def changes(self, client: Client, task_id: str, deadline: Deadline) -> list[Change]:
        """Return what a task has otherwise. SMS is queried for what is to be set only.

        :raises SmsError: the settings of the task cannot be read.
        """
        found: list[Change] = []
        if self.rules is not None:
            present = _present_rules(_task_settings.show_speed_rules(client, task_id, deadline))
            if present != list(self.rules):
                found.append({"name": "speed_rules", "before": _describe(present), "after": _describe(self.rules)})
        if self.values:
            current = _task_settings.show_configuration(client, task_id, deadline)
            for key, value in self.values.items():
                if value not in [str(current[name]) for name in _names_of(key) if name in current]:
                    before = next((_text.plain(current[name]) for name in _names_of(key) if name in current), "not set")
                    found.append({"name": key, "before": before, "after": value})
        return found

    def apply(self, client: Client, task_id: str, deadline: Deadline, mark_sent: Callable[[], object]) -> list[Change]:
        """Set what a task has otherwise, read it back, and return what was changed.

        :param mark_sent: called before the first request that changes something.
        :raises ApiError: a request was refused, and nothing was changed if ``failure.unprocessed`` is true.
        :raises SmsError: a request failed, or SMS did not keep a setting.
        """
        changes = self.changes(client, task_id, deadline)
        if not changes:
            return []
        mark_sent()
        names = [change["name"] for change in changes]
        error = self._send(client, task_id, names, deadline)
        left = self.changes(client, task_id, deadline)
        # A region ignores or refuses the names that it does not have.
        others = {name: change["after"] for change in left for name in _names_of(change["name"])[1:]}
        if others:
            error = _attempt(lambda: _task_settings.update_configuration(client, task_id, others, deadline))
            left = self.changes(client, task_id, deadline)
        if left == changes and error and error.failure.unprocessed:
            raise error
        if left:
            raise SmsError(_not_kept(left, error))
        return changes

    def _send(self, client: Client, task_id: str, names: Sequence[str], deadline: Deadline) -> ApiError | None:
        """Send what is to be changed, and return the error of a request that failed.

        Both requests replace what they set, so that reading it back shows whether they were processed.
        """
        error = None
        if self.rules is not None and "speed_rules" in names:
            bodies = [rule.body() for rule in self.rules]
            error = _attempt(lambda: _task_settings.update_speed_rules(client, task_id, bodies, deadline))
        if values := {key: value for key, value in self.values.items() if key in names}:
            error = _attempt(lambda: _task_settings.update_configuration(client, task_id, values, deadline)) or error
        return error


def _attempt(send: Callable[[], None]) -> ApiError | None:
    try:
        send()
    except ApiError as error:
        return error
    return None


def _not_kept(left: Sequence[Change], error: ApiError | None) -> str:
    """Return which settings a task has otherwise although they were requested."""
    shown = _text.some_of([f"{one['name']} is {one['before']}, not {_text.plain(one['after'])}" for one in left])
    reason = f"{error}" if error else "SMS accepted the request and ignored that part."
    return f"SMS does not have what was requested: {shown}. {reason}"


def describe_changes(changes: Sequence[Change]) -> str:
    """Return the changes as a clause for messages."""
    return _text.some_of([f"{change['name']}: {_text.plain(change['after'])}" for change in changes])


def _names_of(key: str) -> tuple[str, ...]:
    """Return the names that a configuration setting may have in a region, the given one first."""
    other = _KEYS.get(key) or _NEWER.get(key)
    return (key, other) if other else (key,)


def _rules_from(rules: Sequence[Mapping[str, Any]]) -> tuple[SpeedRule, ...]:
    if len(rules) > _MOST_RULES:
        raise OptionsError(f"speed_rules: SMS takes {_MOST_RULES} rules at most, and {len(rules)} are given.")
    parsed = sorted(_rule_from(rule) for rule in rules)
    for earlier, later in pairwise(parsed):
        if later.start < earlier.end:
            raise OptionsError(
                f"speed_rules: the rules from {_clock(earlier.start)} and from {_clock(later.start)} overlap."
            )
    return tuple(parsed)


def _rule_from(rule: Mapping[str, Any]) -> SpeedRule:
    start, end = (_minutes(name, str(rule[name])) for name in ("start", "end"))
    if start >= end:
        raise OptionsError(
            f"speed_rules: a rule ends at {_clock(end)}, which is not after its start at {_clock(start)}. For a night,"
            " give two rules, such as 20:00 to 23:59 and 00:00 to 06:00."
        )
    speed, threshold = rule.get("speed") or 0, rule.get("over_speed_threshold")
    threshold = 10 if threshold is None else threshold
    for name, value, least, most in (("speed", speed, 0, 1000), ("over_speed_threshold", threshold, 10, 100)):
        if not least <= value <= most:
            raise OptionsError(f"speed_rules: {name}: {value} is not between {least} and {most}.")
    return SpeedRule(start, end, int(speed), float(threshold))


def _minutes(name: str, text: str) -> int:
    """Return a time of the day in minutes since midnight.

    YAML reads an unquoted 18:00 as the number 1080, which is that time in minutes.

    :raises OptionsError: it is not a time of the day.
    """
    parts = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    minutes = int(parts[1]) * 60 + int(parts[2]) if parts else int(text) if re.fullmatch(r"\d{1,4}", text) else _DAY
    if (parts and int(parts[2]) > 59) or minutes >= _DAY:
        raise OptionsError(f"speed_rules: {name}: {_text.plain(text)} is no time of the day such as '08:30'.")
    return minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _present_rules(rules: Sequence[Any]) -> list[SpeedRule] | None:
    """Return the rules of a task; None if one of them is unlike those that can be set."""
    try:
        return sorted(_rule_from(rule) for rule in rules)
    except (OptionsError, TypeError, KeyError, AttributeError):
        return None


def _describe(rules: Sequence[SpeedRule] | None) -> str:
    if rules is None:
        return "rules that are not understood"
    return ", ".join(rule.describe() for rule in rules) or "no rules"


def _value_from(key: str, value: Any) -> str:
    """Return the value of a configuration setting as SMS takes it.

    :raises OptionsError: the key is unknown, or the value cannot be used.
    """
    if key not in _KEYS and key not in _NEWER:
        close = difflib.get_close_matches(str(key).upper(), [*_KEYS, *_NEWER], n=1)
        known = f"did you mean {close[0]}?" if close else f"the keys are {', '.join(_KEYS)}."
        raise OptionsError(f"options: {_text.plain(key)} is no key of a configuration setting: {known}")
    if value is None or isinstance(value, (dict, list)):
        raise OptionsError(f"options: {key} has to be a single value.")
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if not text or len(text) > _LONGEST_VALUE:
        raise OptionsError(f"options: {key} has to have 1 to {_LONGEST_VALUE} characters.")
    if key in _RANGES:
        least, most = _RANGES[key]
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise OptionsError(f"options: {key}: {_text.plain(text)} is not between {least} and {most}.")
    return text
