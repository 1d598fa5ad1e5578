# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a consistency check, in each of the three forms that the vendor has documented."""

from __future__ import annotations

import json

from messages import Answer, Request, answer_error, answer_json
from orders import Order
from state import State
from taskview import find_task

FILES = 1234


def result(state: State, _request: Request, task_id: str) -> Answer:
    """The last comparison of a task that has ended; an empty list if there is none, which nobody has documented."""
    found = find_task(state, task_id)
    if found is None:
        return answer_error(404, "SMS.7703", "Task doesn't exist")
    order = state.orders.get(task_id) or Order()
    if order.checked is None or order.checked > state.fleet.now:
        return answer_json({"task_id": task_id, "result_list": []})
    settings = state.settings
    files = 0 if settings.consistency == "empty" else FILES
    different = int(found[0].id in settings.differing)
    directory = {"dir_check": order.configuration.get("CONSISTENCY_DIR", "/"), "num_total_files": files}
    directory.update(num_different_files=different, num_target_miss_files=0, num_target_more_files=0)
    entry = {
        "finished_time": order.checked,
        "check_result": "failed" if settings.consistency == "failed" else "success",
        "consistency_result": [directory],
    }
    if settings.consistency_form == "flat":
        return answer_json({"task_id": task_id, **entry})
    entries = [json.dumps(entry)] if settings.consistency_form == "texts" else [entry]
    return answer_json({"task_id": task_id, "result_list": entries})
