# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the freeze record, a file on a server that lists the services to restart.

It is written before the first service is stopped, so that a later run can restart all of them, from any control node.
Its progress tells the next run how far the host is, whoever was killed in between.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError

STOPPING, FROZEN, RESTARTING = "stopping", "frozen", "restarting"
LAUNCH_OFFERED, LAUNCH_REQUESTED, LAUNCHED = "launch_offered", "launch_requested", "launched"
PROGRESSES = (STOPPING, FROZEN, RESTARTING, LAUNCH_OFFERED, LAUNCH_REQUESTED, LAUNCHED)
# With these, the time of the freeze is known.
_AFTER_THE_FREEZE = (FROZEN, LAUNCH_OFFERED, LAUNCH_REQUESTED, LAUNCHED)
_VERSION = 2
_TIMES = ("started_at", "frozen_at", "frozen_at_sms", "synchronize_requested_at", "requested_at")


class FreezeRecordError(SmsError):
    """The file of the freeze record has other content."""


@dataclass(frozen=True)
class FreezeRecord:
    """The services that a wave stops on a server, and how far the wave is with it.

    Times are seconds since the epoch by the server's clock; None if they are not set.

    :ivar server_id: the SMS ID of the server for which it was written.
    :ivar machine_id: the machine on which it was written; empty if unknown. The target gets a copy of the file.
    :ivar run: the ID of the run that wrote it last.
    :ivar progress: one of ``PROGRESSES``.
    :ivar declared: all services that have to be stopped for a launch, in the order in which they are stopped.
    :ivar ran: those of them that ran before they were stopped, and have to be restarted.
    :ivar started_at: when the freeze began.
    :ivar frozen_at: when all declared services were stopped.
    :ivar frozen_at_sms: the same by the clock of SMS, in milliseconds since the epoch.
    :ivar synchronize_requested_at: when a synchronization was requested from SMS.
    :ivar requested_at: when the launch was requested from SMS.
    :ivar version: of the file from which it was read: 1 or 2. It is written as 2.
    :ivar text: the content of that file; None if it has not been written yet.
    """

    server_id: str
    machine_id: str = ""
    run: str = ""
    progress: str = STOPPING
    declared: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    started_at: float | None = None
    frozen_at: float | None = None
    frozen_at_sms: float | None = None
    synchronize_requested_at: float | None = None
    requested_at: float | None = None
    version: int = field(default=_VERSION, compare=False)
    text: str | None = field(default=None, compare=False, repr=False)


_KEYS = tuple(one.name for one in fields(FreezeRecord) if one.name not in ("version", "text"))


def to_json(record: FreezeRecord) -> str:
    """Return the content of the file."""
    return json.dumps({"version": _VERSION, **{key: getattr(record, key) for key in _KEYS}}, indent=1) + "\n"


def written(record: FreezeRecord) -> FreezeRecord:
    """Return the record as it is once it has been written."""
    return replace(record, version=_VERSION, text=to_json(record))


def from_json(text: str | None, path: str = "The file of the freeze record") -> FreezeRecord | None:
    """Return the freeze record in a file; None if there is no file.

    A record with keys that are not known is an error as well: a newer version may have given them a meaning.

    :param text: the content of the file; None if there is no file.
    :param path: the file, for the message.
    :raises FreezeRecordError: it is no freeze record, or not complete.
    """
    if text is None:
        return None
    try:
        content = json.loads(text)
        record = _record_from(content)
    except (ValueError, OverflowError, RecursionError, _InvalidError) as error:
        # Never "nothing to restart", and never overwritten: it may be all that tells which services have to run.
        reason = str(error) if isinstance(error, _InvalidError) else "it is no complete JSON"
        raise FreezeRecordError(
            f"{path} is no freeze record that can be used: {reason}. It may name services that a wave stopped. Look at"
            f" the file, and at the state of this server in SMS. Start the services only if the target was not"
            f" launched. Then remove the file."
        ) from None
    return replace(record, text=text)


class _InvalidError(Exception):
    """What is wrong with a record."""


def _record_from(content: Any) -> FreezeRecord:
    if not isinstance(content, Mapping):
        raise _InvalidError("it is no JSON object")
    version = content.get("version")
    if isinstance(version, bool) or version not in (1, _VERSION):
        raise _InvalidError(f"version {_text.plain(version)} is not known")
    return _version_1(content) if version == 1 else _version_2(content)


def _version_2(content: Mapping[str, Any]) -> FreezeRecord:
    odd = sorted({*content} ^ {"version", *_KEYS})
    if odd:
        raise _InvalidError(f"it lacks these keys or has them in addition: {_text.some_of([*map(_text.plain, odd)])}")
    for key in ("server_id", "machine_id", "run"):
        _require(isinstance(content[key], str), key)
    _require(content["server_id"], "server_id")
    _require(content["progress"] in PROGRESSES, "progress")
    services = {key: _names(content[key], key) for key in ("declared", "ran")}
    for key in _TIMES:
        _require(content[key] is None or _is_time(content[key]), key)
    _require(content["frozen_at"] is not None or content["progress"] not in _AFTER_THE_FREEZE, "frozen_at")
    return FreezeRecord(**{**{key: content[key] for key in _KEYS}, **services})


def _version_1(content: Mapping[str, Any]) -> FreezeRecord:
    """Read a record of version 2.0.0 of this collection."""
    _require(isinstance(content.get("server_id"), str) and content["server_id"], "server_id")
    stopped = _names(content.get("stopped"), "stopped")
    frozen = content.get("frozen")
    _require(isinstance(frozen, str), "frozen")
    progress, frozen_at = (FROZEN, _seconds(frozen)) if frozen else (STOPPING, None)
    record = FreezeRecord(content["server_id"], progress=progress, declared=stopped, ran=stopped, version=1)
    return replace(record, frozen_at=frozen_at)


def _seconds(text: Any) -> float:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    # Without a time zone, it is not known when it was.
    if when is None or when.tzinfo is None:
        raise _InvalidError("frozen has an invalid value")
    return when.timestamp()


def _names(value: Any, key: str) -> tuple[str, ...]:
    _require(isinstance(value, list) and all(isinstance(name, str) and name for name in value), key)
    return tuple(value)


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _require(condition: Any, key: str) -> None:
    if not condition:
        raise _InvalidError(f"{key} has an invalid value")
