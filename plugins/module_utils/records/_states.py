# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the states and migration cycles of source servers. Pure functions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple


class State(NamedTuple):
    """A state of a server.

    :ivar name: as SMS returns it.
    :ivar obstacle: why a migration does not start or continue from it by itself, and what to do; empty if it does.
    :ivar dead_end: whether a server stays in it until somebody acts.
    """

    name: str
    obstacle: str = ""
    dead_end: bool = False


_ASK = "See its task in the SMS console."

# The documented states in the order of a migration, then those outside of it.
STATES = (
    State("unavailable", "The server is not available to SMS. Start its agent, and see its checks."),
    State("waiting"),
    State("initialize"),
    State("premigready"),
    State("premiged"),
    State("replicate"),
    State("syncing"),
    State("cloning"),
    State("cutovering"),
    State("finished", "The server has been migrated already."),
    State("skipping"),
    State("stopping", "The migration is being paused. Resume its task."),
    State("stopped", "The migration is paused. Resume its task.", dead_end=True),
    State("deleting", "The server is being removed from SMS.", dead_end=True),
    State("clearing", "What the migration used is being cleared."),
    State("cleared", "What the migration used was cleared. Set up a new task.", dead_end=True),
    State("clearfailed", f"What the migration used could not be cleared. {_ASK}", dead_end=True),
    State("premigfailed", f"The preparation of the migration has failed. {_ASK}", dead_end=True),
    State("error", f"The migration has failed. {_ASK}", dead_end=True),
)
NAMES = tuple(state.name for state in STATES)
# A drill is running. The API names this state where it says when a task can be deleted, and not among the states.
DRILLING = "premiging"
KNOWN = (*NAMES, DRILLING)
FAILED = "error"

# In the order of a migration. All of them are documented.
CYCLES = ("checking", "setting", "replicating", "syncing", "cutovering", "cutovered")
LAUNCHING = "cutovering"
CUT_OVER = "cutovered"

# The first copy is being made: these are the migrations of which SMS runs about 100 at once.
RUNNING_STATES = ("initialize", "replicate")
# A drill runs before the full copy and belongs to the same migration.
DRILL_STATES = ("premigready", DRILLING, "premiged")
# SMS refuses to delete a task (SMS.7719) in these states while the source is connected.
BUSY_STATES = (
    *("initialize", "stopping", "deleting", "cloning", "replicate", "syncing", "cutovering", "skipping", "clearing"),
    DRILLING,
)
# The synchronization goes on in these, also while the target is cloned.
SYNCHRONIZED_STATES = ("syncing", "cloning")
# A server gets into these only after its target was started.
LAUNCHED_STATES = ("finished", "clearing", "cleared", "clearfailed")

# States of a task. SMS accepts the operation start in the first ones; in the second ones it means "synchronize again".
STARTABLE_TASK_STATES = ("READY", "ABORT", "MIGRATE_FAIL", "SYNC_FAIL")
SUCCEEDED_TASK_STATES = ("MIGRATE_SUCCESS", "SYNC_SUCCESS")
FAILED_TASK_STATES = ("MIGRATE_FAIL", "SYNC_FAIL")

_BY_NAME = {state.name: state for state in STATES}


def obstacle(state: Any) -> str:
    """Return why a migration does not start or continue from a state by itself; empty if it does, or is unknown."""
    return _known(state).obstacle


def is_dead_end(state: Any) -> bool:
    """Return whether a server stays in a state until somebody acts."""
    return _known(state).dead_end


def _known(state: Any) -> State:
    """Return a state of the table; one without an obstacle if the table does not have it."""
    row = _BY_NAME.get(state) if isinstance(state, str) else None
    return row or State("")


def has_reached(cycle: Any, goals: Collection[str]) -> bool:
    """Return whether a migration cycle is one of the goals, or later than the last goal that is known."""
    if cycle in goals:
        return True
    known = [CYCLES.index(goal) for goal in goals if goal in CYCLES]
    return bool(known) and cycle in CYCLES and CYCLES.index(cycle) > max(known)
