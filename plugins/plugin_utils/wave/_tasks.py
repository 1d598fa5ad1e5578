# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: starts and launches the tasks of a wave, account by account."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import NewTask
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import Rollout, RolloutOptions
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Account, Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts


def change_tasks(
    context: StepContext, accounts: WaveAccounts, snapshot: Snapshot, names: Collection[str], options: RolloutOptions
) -> dict[str, Decision]:
    """Start or launch the tasks of hosts. Each task is read again immediately before its request is sent.

    :param names: the hosts.
    :return: ``go`` for a host whose task was changed or has reached the goal already, else the problem.
    """
    decisions: dict[str, Decision] = {}
    for account in accounts.accounts:
        records = {host.name: snapshot.records[host.name] for host in account.hosts if host.name in names}
        if not records:
            continue
        try:
            outcomes = _change_tasks_of(context, account, [*records.values()], options)
        except SmsError as error:
            # The hosts of the other accounts continue.
            decisions.update({name: Decision(problem=str(error)) for name in records})
            continue
        for name, record in records.items():
            outcome = outcomes[record["id"]]
            decisions[name] = Decision(problem=outcome.msg) if outcome.failed else Decision(go=True, note=outcome.msg)
    return decisions


def _change_tasks_of(
    context: StepContext, account: Account[Host], records: list[Any], options: RolloutOptions
) -> dict[str, Any]:
    """Return the outcomes by the IDs of the servers."""
    # What a new task is like says nothing about the launch of an existing one.
    starts = options.goal == "started"
    new_task = NewTask(context.options["settings"] if starts else None, context.options["target"] if starts else None)
    list_servers = partial(_source_servers.list_servers, account.client, account.query)
    rollout = Rollout(account.client, options, new_task, records, list_servers, context.show)
    rollout.prepare(context.check_mode)
    rollout.check_single_target()
    if context.check_mode:
        rollout.predict()
    else:
        rollout.act()
    return {outcome.record["id"]: outcome for outcome in rollout.outcomes}
