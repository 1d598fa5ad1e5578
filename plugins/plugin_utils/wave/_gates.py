# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which hosts of a wave may take which step. Pure functions.

Each decision is made from a record that was read at that moment. A step that is not known to be safe is refused: the
cost of a refusal is a host that waits for the next wave, and the cost of a mistake is data or a running application.
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

# In the order in which the role takes them.
STEPS = ("check", "replicate", "freeze", "settle", "launch", "wait", "smoke_test", "summary")
# The steps after which this run may have stopped services that no target has taken over yet.
STEPS_AFTER_STOP = ("freeze", "settle", "launch", "wait")
# A host that is removed from the wave in one of these is thawed. Before the freeze, an earlier run may have frozen it.
THAWED_STEPS = ("check", "replicate", *STEPS_AFTER_STOP)
# Until these steps have ended, this wave has launched nothing.
_BEFORE_LAUNCH = ("freeze", "settle")
GONE = "It is no longer registered with SMS."


class Decision(NamedTuple):
    """Whether a host takes a step.

    :ivar go: whether it takes the step.
    :ivar problem: why it is removed from the wave; empty if it is not.
    :ivar note: why it does not take the step although it stays in the wave, or what is to be known about it.
    :ivar is_misuse: whether the cause is an option of the user, and not the host. A host that an earlier run has frozen
        then stays frozen: a typing error must not restart services.
    """

    go: bool = False
    problem: str = ""
    note: str = ""
    is_misuse: bool = False


def _launched(record: Record) -> Decision | None:
    """Return the decision on a host that is launched or being launched; None for any other host."""
    if is_launched(record):
        return Decision(note="It is cut over already.")
    return Decision(note="It is being launched already.") if is_launching(record) else None


def check(record: Record | None, fail_on: Collection[str], starts: bool, creates: bool) -> Decision:
    """Decide whether a host can be in the wave.

    :param fail_on: kinds of problems and codes of checks that are not accepted.
    :param starts: whether the wave starts tasks.
    :param creates: whether the wave creates missing tasks.
    """
    if record is None:
        return Decision(problem=GONE)
    if decision := _launched(record):
        return decision
    reasons = [problem.text for problem in _readiness.problems(record) if _readiness.is_met(problem, fail_on)]
    if not task_of(record) and not (starts and creates):
        reasons.append(
            "It has no migration task. Set it up in the SMS console, or let the wave do it: wave_start and wave_target."
        )
    return Decision(go=not reasons, problem=" ".join(reasons))


def freeze(record: Record | None) -> Decision:
    """Decide whether the services of a host can be stopped now."""
    if record is None:
        return Decision(problem=GONE)
    if decision := _launched(record):
        return decision
    # Only in this state and cycle all data are on the target, except for changes of the last minutes. Without a
    # connected agent nothing would send these, and the services would be down for nothing.
    in_sync = record.get("migration_cycle") == "syncing" and record.get("state") == "syncing"
    if in_sync and record.get("connected") is True:
        return Decision(go=True)
    status = _rules.status_of(record).description
    return Decision(problem=f"{status}: only a server that is connected and in syncing is frozen and launched.")


def launch(record: Record | None, is_frozen: bool, freeze_problem: str) -> Decision:
    """Decide whether a host can be launched now.

    :param is_frozen: whether its freeze record was verified in this step, or the user declared that there is nothing to
        freeze.
    :param freeze_problem: why it is not known to be frozen.
    """
    decision = freeze(record)
    # Changes that an application writes after the launch are on the source only, and lost for the target.
    if decision.go and not is_frozen:
        return Decision(problem=f"{freeze_problem or 'It is not frozen.'} It was not launched.")
    return decision


def thaw(record: Record | None, step: str) -> Decision:
    """Decide whether the services of a host may be restarted.

    They may not if its target runs or is about to run: two copies of one application would write at the same time.

    :param step: the step that removed the host from the wave; empty for the role thaw.
    """
    if record is None:
        # A server that is deleted from SMS after its launch has no record either.
        if step in _BEFORE_LAUNCH:
            return Decision(go=True)
        return Decision(problem=f"{GONE} Nobody knows whether its target runs, so that it was not thawed.")
    if is_launched(record):
        return Decision(problem="It is cut over: its target runs, so that the source is not thawed.")
    if is_launching(record):
        return Decision(problem="It is being launched: its target is about to run, so that the source is not thawed.")
    return Decision(go=True)


def smoke_test(record: Record | None, address: str | None, source: str | None) -> Decision:
    """Decide whether the target of a host can be tested.

    :param address: the target's; None if it is not known.
    :param source: the address of the source server; None if it is not known.
    """
    if record is None:
        return Decision(problem=GONE)
    if not is_launched(record):
        status = _rules.status_of(record).description
        return Decision(problem=f"{status}: there is nothing to test before it is cut over.")
    if not address:
        return Decision(
            problem="The address of its target is not known, and its source would prove nothing. See connect_with in"
            " the guide, or give wave_target_host."
        )
    # A test that reaches the source succeeds whatever the target is like.
    if source and address == source:
        return Decision(
            problem=f"Its target would be reached at {_text.plain(address)}, which is its source's address, too:"
            " nobody could tell which of them was tested. Give wave_target_host another address of the target."
        )
    return Decision(go=True)


def stop_all(removed: int, hosts: int, most_percent: float | None, any_fatal: bool) -> str:
    """Return why the keywords of the play stop the whole wave; empty if they do not.

    :param removed: number of hosts that were removed from the wave.
    :param hosts: number of hosts in this batch.
    :param most_percent: ``max_fail_percentage`` of the play; None if not set.
    :param any_fatal: ``any_errors_fatal`` of the play.
    """
    problem = f"{removed} of {hosts} hosts {'was' if removed == 1 else 'were'} removed from the wave"
    if any_fatal and removed:
        return f"{problem}, and any_errors_fatal of the play stops the wave."
    if most_percent is not None and removed * 100 > most_percent * hosts:
        return f"{problem}, more than max_fail_percentage of the play ({most_percent:g})."
    return ""
