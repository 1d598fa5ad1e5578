# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: whether tasks that exist migrate to the targets that the hosts name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._parallel import map_in_parallel
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, task_of
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _agreement
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Account, Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import Decisions, StepContext
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts


def compare_targets(
    context: StepContext, accounts: WaveAccounts, snapshot: Snapshot, names: Collection[str]
) -> Decisions:
    """Decide on each of the hosts that has both ``wave_target`` and a task. It takes a request for each of them.

    :param names: the hosts that are in the wave.
    """
    decisions: Decisions = {}
    for account in accounts.accounts:
        hosts = [host for host in account.hosts if host.name in names and host.settings.get("target")]
        tasks = [(host, task) for host in hosts if (task := task_of(snapshot.records[host.name]))]
        decisions.update(_compare_account(context, account, tasks))
    return decisions


def _compare_account(context: StepContext, account: Account[Host], tasks: Sequence[tuple[Host, Record]]) -> Decisions:
    client = account.client
    deadline = Deadline(client.total_timeout)

    def read(number: int) -> Record | SmsError | None:
        try:
            # The record of a server does not have the template of its task.
            return _tasks.show_task(client, str(tasks[number][1].get("id") or ""), deadline)
        except SmsError as error:
            return error

    found = map_in_parallel(read, range(len(tasks)), client.concurrency, deadline)
    return {tasks[number][0].name: _compare(context, tasks[number][0], task) for number, task in found}


def _compare(context: StepContext, host: Host, task: Record | SmsError | None) -> Decision:
    if isinstance(task, SmsError):
        return Decision(problem=f"Its task cannot be compared with wave_target: {task}")
    if task is None:
        return Decision(problem="SMS does not have the task that the record of the server names.")
    target = host.settings["target"] or {}
    if note := _agreement.template_note(target, task):
        context.warn(f"{_text.plain(host.name)}: wave_target: {note}")
    problems = _agreement.differences(target, task)
    return Decision(go=not problems, problem=" ".join(f"wave_target: {problem}" for problem in problems))
