# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what records say about the servers of a wave.

Which servers are meant, what keeps one from migrating, how far each and all of them are. Pure functions.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ._errors import SmsError

Record = Mapping[str, Any]

# In the order in which a server goes through them.
CYCLES = ("checking", "setting", "replicating", "syncing", "cutovering", "cutovered")

CHECK_MEANINGS = {
    "SMS.6504": "SMS does not support this operating system or its version. Upgrade it, or build the server anew.",
    "SMS.6509": "SMS does not support a file system of this server. Convert it, or leave its volume out.",
    "SMS.6511": "Driver files are missing. Restore them, then run the checks again.",
    "SMS.6517": "rsync is not installed. Install it, then run the checks again.",
    "SMS.6533": "The Volume Shadow Copy service (VSS) is missing or disabled. Install or enable it.",
    "SMS.6537": "The system disk is larger than 1 TB. Shrink it, or move data to another disk.",
    "SMS.6563": "The initial RAM disk (initrd) is missing. Rebuild it, then run the checks again.",
    "SMS.6564": "The boot loader GRUB is missing. Install it, then run the checks again.",
    "SMS.6616": "This operating system or kernel is unsuitable for block-level migration. Migrate by file.",
    "SMS.6617": "This operating system or kernel is unsuitable for block-level migration. Migrate by file.",
}
_UNKNOWN_CODE = "Look this code up in the documentation of SMS."

# States from which no migration starts or goes on by itself. States that are not known here are left alone.
STATES_THAT_CANNOT_MIGRATE = {
    "unavailable": "The server is not available to SMS. Start its agent, and see its checks.",
    "stopping": "The migration is being paused. Resume its task.",
    "stopped": "The migration is paused. Resume its task.",
    "deleting": "The server is being removed from SMS.",
    "error": "The migration has failed. See its task in the SMS console.",
    "finished": "The server has been migrated already.",
    "clearing": "What the migration used is being cleared.",
    "cleared": "What the migration used was cleared. Set up a new task.",
    "clearfailed": "What the migration used could not be cleared. See its task in the SMS console.",
    "premigfailed": "The preparation of the migration has failed. See its task in the SMS console.",
}
FAILED_STATE = "error"
# Those of them that a server does not leave before somebody acts. Another may begin or go on any time.
DEAD_ENDS = ("stopped", "deleting", FAILED_STATE, "cleared", "clearfailed", "premigfailed")

# What can be wrong with a server. Those of the first group keep it from migrating; the others are worth knowing.
BLOCKING_KINDS = ("disconnected", "failed_check", "unchecked", "no_target", "state")
NOTED_KINDS = ("warned_check", "no_task")

# Characters: of a line; of a column; of a name, which leaves room for the ID.
_LONGEST_LINE = 300
_WIDEST = 60
_LONGEST_NAME = 45

_GIB = 2**30
# Seconds. A rate next to nothing gives times that nobody waits for, and that no calendar holds.
_LONGEST_WAIT = 10 * 365 * 86400
_LABELS_IN_A_MESSAGE = 10
_MEGABIT = 1_000_000
# The API's own limit; JSON can hold numbers that no arithmetic bears.
_MOST = 2**63 - 1


class SelectionError(SmsError):
    """The servers that the user names are not to be found, or not to be told apart."""


class Finding(NamedTuple):
    """A check that is not OK.

    :ivar code: the service's, empty where it gives none.
    :ivar meaning: in words, with what to do about it.
    """

    check: str
    result: str
    code: str
    meaning: str


class Problem(NamedTuple):
    """Something that is wrong with a server.

    :ivar kind: one of :data:`BLOCKING_KINDS` or :data:`NOTED_KINDS`.
    :ivar code: that of a check, empty where there is none.
    """

    kind: str
    code: str
    text: str


class Progress(NamedTuple):
    """How far a server is, or a wave; None where the service does not tell.

    :ivar percent: of the data, rounded down to a tenth.
    :ivar replicated: bytes.
    :ivar total: bytes.
    :ivar rate: Mbit/s.
    :ivar seconds_left: until all data is replicated, an estimate.
    """

    percent: float | None
    replicated: int
    total: int
    rate: float
    seconds_left: float | None


def chosen(records: Sequence[Record], servers: Collection[str]) -> list[Record]:
    """The servers that the user names, all where none is named, in the order of the listing.

    :param servers: names or IDs.
    :raises SelectionError: a name or ID that no server has, or a name that several have.
    """
    if not servers:
        return list(records)
    wanted = {_id_of(server, records) for server in servers}
    return [record for record in records if record["id"] in wanted]


def _id_of(server: str, records: Sequence[Record]) -> str:
    if any(record["id"] == server for record in records):
        return server
    bearers = [str(record["id"]) for record in records if record.get("name") == server]
    if len(bearers) == 1:
        return bearers[0]
    if bearers:
        raise SelectionError(
            f"{len(bearers)} source servers are called {plain(server)}: name the one you mean by its ID"
            f" ({', '.join(bearers)})."
        )
    raise SelectionError(
        f"No source server has the name or ID {plain(server)}: check the spelling and the filters."
        f" {len(records)} servers match them."
    )


def failed_checks(record: Record) -> list[Mapping[str, Any]]:
    """The checks of a server that are not OK, such as ERROR or WARN."""
    checks = record.get("checks")
    if not isinstance(checks, list):
        return []
    return [check for check in checks if isinstance(check, Mapping) and check.get("result") != "OK"]


def findings(record: Record) -> list[Finding]:
    """The checks of a server that are not OK, explained."""
    return [_finding(check) for check in failed_checks(record)]


def _finding(check: Mapping[str, Any]) -> Finding:
    code = check.get("error_code")
    if not code and isinstance(check.get("error_or_warn"), dict):
        code = check["error_or_warn"].get("error_code")
    code = str(code or "")
    meaning = CHECK_MEANINGS.get(code, _UNKNOWN_CODE if code else "The service gives no reason.")
    return Finding(str(check.get("name", "")), str(check.get("result", "")), code, meaning)


def problems(record: Record) -> list[Problem]:
    """What is wrong with a server that is to be migrated."""
    found = [
        Problem("warned_check" if finding.result == "WARN" else "failed_check", finding.code, _in_words(finding))
        for finding in findings(record)
    ]
    if record.get("connected") is not True:
        found.insert(
            0, Problem("disconnected", "", "The agent is not connected to SMS. Start it, and check its network.")
        )
    if not record.get("checks"):
        found.append(Problem("unchecked", "", "No check has been run. Restart the agent."))
    if not _has_target(record):
        found.append(Problem("no_target", "", "There is no configuration for the target server."))
    elif not isinstance(record.get("current_task"), dict):
        found.append(Problem("no_task", "", "No migration task has been set up yet."))
    state = record.get("state")
    if isinstance(state, str) and state in STATES_THAT_CANNOT_MIGRATE:
        found.append(Problem("state", "", STATES_THAT_CANNOT_MIGRATE[state]))
    return found


def _in_words(finding: Finding) -> str:
    return (
        f"{finding.check} {finding.code}: {finding.meaning}" if finding.code else f"{finding.check}: {finding.meaning}"
    )


def _has_target(record: Record) -> bool:
    target = record.get("init_target_server")
    return isinstance(target, dict) and bool(target.get("disks"))


def is_met(problem: Problem, conditions: Collection[str]) -> bool:
    """Whether a problem is among those that the user does not accept.

    :param conditions: kinds of problems, and codes of checks.
    """
    return problem.kind in conditions or problem.code in conditions


def has_reached(record: Record, cycles: Collection[str]) -> bool:
    """Whether a server is in one of the migration cycles, or past the last of them."""
    cycle = record.get("migration_cycle")
    if cycle in cycles:
        return True
    known = [CYCLES.index(wanted) for wanted in cycles if wanted in CYCLES]
    return bool(known) and cycle in CYCLES and CYCLES.index(cycle) > max(known)


def progress_of(record: Record) -> Progress:
    """How far a server is."""
    total = int(_number(record.get("totalsize")))
    replicated = min(int(_number(record.get("replicatesize"))), total)
    task = record.get("current_task")
    rate = _number(task.get("migrate_speed")) if isinstance(task, dict) else 0
    # Not remain_seconds: the service's documentation calls it the duration of the migration.
    bits_missing = (total - replicated) * 8
    seconds_left: float | None = None
    if total and (rate or not bits_missing):
        seconds_left = bits_missing / (rate * _MEGABIT) if rate else 0.0
        seconds_left = seconds_left if seconds_left <= _LONGEST_WAIT else None
    percent = _percent(replicated, total) if _is_number(record.get("replicatesize")) else None
    return Progress(percent, replicated, total, rate, seconds_left)


def combined(progresses: Iterable[Progress]) -> Progress:
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
        seconds_left=max(known) if known and len(known) == len(servers) else None,
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


def progress_in_words(progress: Progress) -> str:
    """Such as ``41.2 %, 16.5 of 40.0 GiB, 93 Mbit/s, about 35 min left``; empty where nothing is known."""
    if progress.percent is None:
        return ""
    words = [f"{progress.percent:.1f} %", f"{progress.replicated / _GIB:.1f} of {progress.total / _GIB:.1f} GiB"]
    if progress.rate:
        words.append(f"{progress.rate:.0f} Mbit/s")
    if progress.seconds_left:
        words.append(f"about {duration_in_words(progress.seconds_left)} left")
    return ", ".join(words)


def duration_in_words(seconds: float) -> str:
    """Such as ``40 s``, ``35 min`` or ``2 h 5 min``."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def label(record: Record) -> str:
    """What to call a server in a message: its name, which others may have, and the beginning of its ID."""
    return f"{plain(record.get('name') or 'unnamed', _LONGEST_NAME)} ({plain(record['id'][:8])})"


def listed(labels: Sequence[str]) -> str:
    """A list for a message, cut short where it is long."""
    more = len(labels) - _LABELS_IN_A_MESSAGE
    return ", ".join(labels[:_LABELS_IN_A_MESSAGE]) + (f" and {more} more" if more > 0 else "")


def plain(value: Any, longest: int = _LONGEST_LINE) -> str:
    """Remote data fit for a terminal: what could move the cursor or change the direction of writing becomes a space.

    :param longest: how many characters are shown; of a longer text, the beginning.
    """
    text = str(value)
    cut = f"{text[: longest - 1]}…" if len(text) > longest else text
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character for character in cut
    )


def table(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Lines with the columns of all rows aligned. Long cells are cut; the last of a row may fill a line."""
    texts = [[*(_cell(cell, _WIDEST) for cell in row[:-1]), _cell(row[-1], _LONGEST_LINE)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def _cell(value: Any, longest: int) -> str:
    return "" if value is None else plain(value, longest)
