# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the problems of a migration plan, row by row. Pure functions.

All problems are reported at once: a plan goes back to the person who wrote it, and each round takes a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _readiness
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import (
    Record,
    is_cut_over,
    is_launching,
    task_of,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _agreement
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import NewTask
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._migration_plan import PlanRow

# SMS runs about so many migrations at once.
LARGEST_WAVE = 100

# Returns the target of a row as a new task needs it, and the problems of that target.
ResolveTarget = Callable[[PlanRow, Record], tuple[Mapping[str, object], list[str]]]


def problems_of(
    rows: Sequence[PlanRow], records: Mapping[str, Record], resolve: ResolveTarget
) -> Iterator[tuple[PlanRow | None, str]]:
    """Yield each problem with its row; without a row if it is one of several rows.

    :param records: the servers of the account, by ID.
    """
    for row in rows:
        record = records.get(row.server_id)
        if record is None:
            yield row, "SMS does not list this server in this account."
            continue
        for problem in _problems_of_row(row, record, resolve):
            yield row, problem
    for wave, count in Counter(row.cells["wave"] for row in rows if "wave" in row.cells).items():
        if count > LARGEST_WAVE:
            yield (
                None,
                f"The wave {_text.plain(wave)} has {count} servers, and SMS runs {LARGEST_WAVE} at once. Divide it, or"
                " set wave_max_running.",
            )
    names = Counter(name for row in rows if (name := row.target.get("name", "").lower()))
    for name, count in names.items():
        if count > 1:
            yield None, f"The target_name {_text.plain(name)} is given {count} times."


def _problems_of_row(row: PlanRow, record: Record, resolve: ResolveTarget) -> Iterator[str]:
    if is_cut_over(record) or is_launching(record):
        yield "The server is launched already, or is being launched."
        return
    if row.services is None and "wave" in row.cells:
        yield "services is empty: name the services to stop, or write - for nothing to stop."
    if task_of(record):
        yield from _agreement.differences(row.cells, task_of(record))
        return
    yield from (
        problem.text
        for problem in _readiness.problems(record)
        if problem.kind in ("failed_check", "no_target", "unchecked")
    )
    if not row.target:
        yield "It has no target: give template or vm_id, region_id and project_id."
        return
    target, problems = resolve(row, record)
    yield from problems
    if not problems:
        yield from _problems_of_new_task(row, record, target)


def _problems_of_new_task(row: PlanRow, record: Record, target: Mapping[str, object]) -> Iterator[str]:
    try:
        problem = NewTask(dict(row.settings), target).problem(record)
    except SmsError as error:
        problem = str(error).rstrip(".")
    if problem:
        yield f"{problem}."
