# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: failed checks and other problems of source servers. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from . import _states
from ._records import Record, task_of

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

# Kinds of problems. Those of the first group prevent a migration; those of the second do not.
BLOCKING_KINDS = ("disconnected", "failed_check", "unchecked", "no_target", "state")
NOTED_KINDS = ("warned_check", "no_task")


class Finding(NamedTuple):
    """A check that is not OK.

    :ivar code: the error code of SMS; empty if it returns none.
    :ivar meaning: what the code means and what to do.
    """

    check: str
    result: str
    code: str
    meaning: str


class Problem(NamedTuple):
    """A problem of a server.

    :ivar kind: one of :data:`BLOCKING_KINDS` or :data:`NOTED_KINDS`.
    :ivar code: the error code of a check; empty for other problems.
    """

    kind: str
    code: str
    text: str


def failed_checks(record: Record) -> list[Mapping[str, Any]]:
    """Return the checks of a server whose result is not OK, such as ERROR or WARN."""
    checks = record.get("checks")
    if not isinstance(checks, list):
        return []
    return [check for check in checks if isinstance(check, Mapping) and check.get("result") != "OK"]


def findings(record: Record) -> list[Finding]:
    """Return the checks of a server that are not OK, with their meaning."""
    return [_finding(check) for check in failed_checks(record)]


def _finding(check: Mapping[str, Any]) -> Finding:
    code = check.get("error_code")
    if not code and isinstance(check.get("error_or_warn"), dict):
        code = check["error_or_warn"].get("error_code")
    code = str(code or "")
    meaning = CHECK_MEANINGS.get(code, _UNKNOWN_CODE if code else "The service gives no reason.")
    return Finding(str(check.get("name", "")), str(check.get("result", "")), code, meaning)


def problems(record: Record) -> list[Problem]:
    """Return the problems of a server that is going to be migrated."""
    found = [
        Problem("warned_check" if finding.result == "WARN" else "failed_check", finding.code, _describe(finding))
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
    elif not task_of(record):
        found.append(Problem("no_task", "", "No migration task has been set up yet."))
    if obstacle := _states.obstacle(record.get("state")):
        found.append(Problem("state", "", obstacle))
    return found


def _describe(finding: Finding) -> str:
    return (
        f"{finding.check} {finding.code}: {finding.meaning}" if finding.code else f"{finding.check}: {finding.meaning}"
    )


def _has_target(record: Record) -> bool:
    target = record.get("init_target_server")
    return isinstance(target, dict) and bool(target.get("disks"))


def is_met(problem: Problem, conditions: Collection[str]) -> bool:
    """Return whether a problem is one that the user does not accept.

    :param conditions: kinds of problems, and codes of checks.
    """
    return problem.kind in conditions or problem.code in conditions
