# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: starts and launches the tasks of a wave, of all accounts at once."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import NewTask
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._outcome import Job
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import Rollout, RolloutOptions
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import WaveAccounts


def change_tasks(
    context: StepContext, accounts: WaveAccounts, snapshot: Snapshot, names: Collection[str], options: RolloutOptions
) -> dict[str, Decision]:
    """Start or launch the tasks of hosts. Each task is read again immediately before its request is sent.

    :param names: the hosts.
    :return: ``go`` for a host whose task was changed or has reached the goal already, else the problem.
    """
    try:
        jobs = _jobs(context, accounts, snapshot, names, options)
        rollout = _carry_out(context, accounts, [*jobs.values()], options)
    except SmsError as error:
        return {name: Decision(problem=str(error)) for name in names}
    outcomes = zip(jobs, rollout.outcomes, strict=True)
    return {
        name: Decision(problem=outcome.msg) if outcome.failed else Decision(go=True, note=outcome.msg)
        for name, outcome in outcomes
    }


def _jobs(
    context: StepContext, accounts: WaveAccounts, snapshot: Snapshot, names: Collection[str], options: RolloutOptions
) -> dict[str, Job]:
    """Return the jobs by the hosts' names."""
    # What a new task is like says nothing about the launch of an existing one.
    starts = options.goal == "started"
    new_task = NewTask(context.options["settings"] if starts else None, context.options["target"] if starts else None)
    return {
        host.name: Job(account.client, snapshot.records[host.name], new_task, options.launch_operation)
        for account in accounts.accounts
        for host in account.hosts
        if host.name in names
    }


def _carry_out(context: StepContext, accounts: WaveAccounts, jobs: list[Job], options: RolloutOptions) -> Rollout:
    listings = {
        account.client: partial(_source_servers.list_servers, account.client, account.query)
        for account in accounts.accounts
    }
    rollout = Rollout(options, jobs, listings, context.show)
    rollout.prepare(context.check_mode)
    rollout.check_targets()
    if context.check_mode:
        rollout.predict()
    else:
        rollout.act()
    return rollout
