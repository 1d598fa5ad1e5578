# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what becomes of a host in each step of a wave. Pure functions.

Each is decided on what SMS says at that moment. Whatever is not known to be allowed is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import (
    Record,
    is_launched,
    is_launching,
    task_of,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _rules

# In their order.
STEPS = ("check", "replicate", "freeze", "settle", "launch", "wait", "smoke_test", "summary")
# A host that drops out in one of these may be frozen, by an earlier run too, and is thawed.
FROZEN_STEPS = ("check", "replicate", "freeze", "settle", "launch", "wait")
_BEFORE_LAUNCH = ("freeze", "settle")
_GONE = "It is no longer registered with SMS."


class Verdict(NamedTuple):
    """What a step means for a host.

    :ivar go: whether the step is for it.
    :ivar problem: why it drops out; empty where it does not.
    :ivar note: why the step is not for it, where that is no problem.
    :ivar is_misuse: whether it is not the host that is wrong, but what the user says of it or of the wave. Whatever an
        earlier run has frozen stays as it is then.
    """

    go: bool = False
    problem: str = ""
    note: str = ""
    is_misuse: bool = False


def _launched(record: Record) -> Verdict | None:
    """The verdict on what is launched already, or is being launched; None of what is not."""
    if is_launched(record):
        return Verdict(note="It is cut over already.")
    return Verdict(note="It is being launched already.") if is_launching(record) else None


def check(record: Record | None, fail_on: Collection[str], starts: bool, creates: bool) -> Verdict:
    """Whether a host can be in the wave.

    :param fail_on: kinds of problems and codes of checks that are not accepted.
    :param starts: whether the wave starts tasks, and ``creates``: makes those that are missing.
    """
    if record is None:
        return Verdict(problem=_GONE)
    if verdict := _launched(record):
        return verdict
    reasons = [problem.text for problem in _readiness.problems(record) if _readiness.is_met(problem, fail_on)]
    if not task_of(record) and not (starts and creates):
        reasons.append(
            "It has no migration task. Set it up in the SMS console, or let the wave do it: wave_start and wave_target."
        )
    return Verdict(go=not reasons, problem=" ".join(reasons))


def freeze(record: Record | None) -> Verdict:
    """Whether a host can be frozen now: all its data are in the cloud but for what has changed since a moment ago."""
    if record is None:
        return Verdict(problem=_GONE)
    if verdict := _launched(record):
        return verdict
    in_sync = record.get("migration_cycle") == "syncing" and record.get("state") == "syncing"
    if in_sync and record.get("connected") is True:
        return Verdict(go=True)
    words = _rules.status_of(record).description
    return Verdict(problem=f"{words}: only a server that is connected and in syncing is frozen and launched.")


def launch(record: Record | None, is_frozen: bool, mark_problem: str) -> Verdict:
    """Whether a host can be launched now.

    :param is_frozen: whether it said so itself in this step, or has nothing to freeze by declaration.
    :param mark_problem: why it is not known to be frozen.
    """
    verdict = freeze(record)
    if verdict.go and not is_frozen:
        return Verdict(problem=f"{mark_problem or 'It is not frozen.'} It was not launched.")
    return verdict


def thaw(record: Record | None, step: str) -> Verdict:
    """Whether what was stopped on a host may be started again: not where its target runs, or is about to.

    :param step: the step that it dropped out of; empty where somebody asks.
    """
    if record is None:
        if step in _BEFORE_LAUNCH:
            return Verdict(go=True)
        return Verdict(problem=f"{_GONE} Nobody knows whether its target runs, so that it was not thawed.")
    if is_launched(record):
        return Verdict(problem="It is cut over: its target runs, so that the source is not thawed.")
    if is_launching(record):
        return Verdict(problem="It is being launched: its target is about to run, so that the source is not thawed.")
    return Verdict(go=True)


def smoke_test(record: Record | None, address: str | None, source: str | None) -> Verdict:
    """Whether a host can be tested: at its target, never at its source.

    :param address: the target's; None where it is not known.
    """
    if record is None:
        return Verdict(problem=_GONE)
    if not is_launched(record):
        words = _rules.status_of(record).description
        return Verdict(problem=f"{words}: there is nothing to test before it is cut over.")
    if not address:
        return Verdict(
            problem="The address of its target is not known, and its source would prove nothing. See connect_with in"
            " the guide, or give wave_target_host."
        )
    if source and address == source:
        return Verdict(
            problem=f"Its target would be reached at {_text.plain(address)}, which is its source's address, too:"
            " nobody could tell which of them was tested. Give wave_target_host another address of the target."
        )
    return Verdict(go=True)


def stop_all(dropped: int, hosts: int, most_percent: float | None, any_fatal: bool) -> str:
    """Why the wave must not go on, in the words of what the play says; empty where it may."""
    if any_fatal and dropped:
        return f"{dropped} of {hosts} hosts dropped out, and any_errors_fatal of the play stops the wave."
    if most_percent is not None and dropped * 100 > most_percent * hosts:
        return f"{dropped} of {hosts} hosts dropped out, more than max_fail_percentage of the play ({most_percent:g})."
    return ""
