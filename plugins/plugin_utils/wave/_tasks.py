# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: starts and launches the tasks of a wave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, task_of
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import NewTask
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._outcome import Job, Outcome
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import Rollout, RolloutOptions
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Account, Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Decision
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts


def start_tasks(
    context: StepContext, accounts: WaveAccounts, snapshot: Snapshot, names: Collection[str], options: RolloutOptions
) -> dict[str, Decision]:
    """Start the tasks of hosts, and create those that are missing, each with the target and settings of its own host.

    :param names: the hosts.
    :return: ``go`` for a host whose task was started or has reached the goal already, else the problem.
    """
    decisions: dict[str, Decision] = {}
    jobs: dict[str, Job] = {}
    for account in accounts.accounts:
        for host in account.hosts:
            if host.name not in names:
                continue
            try:
                new_task = NewTask(host.settings.get("settings") or None, host.settings.get("target") or None)
            except SmsError as error:
                decisions[host.name] = Decision(problem=str(error))
            else:
                jobs[host.name] = Job(account.client, snapshot.records[host.name], new_task)
                _show_prediction(context, host, snapshot.records[host.name])
    listings = {account.client: partial(_list, account) for account in accounts.accounts}
    try:
        outcomes = _carry_out([*jobs.values()], options, listings, context.show, context.check_mode)
    except SmsError as error:
        return {**decisions, **{name: Decision(problem=str(error)) for name in jobs}}
    for name, outcome in zip(jobs, outcomes, strict=True):
        decisions[name] = Decision(problem=outcome.msg) if outcome.failed else Decision(go=True, note=outcome.msg)
    return decisions


def launch_one(
    client: Client, record: Record, operation: str, after_synchronization: bool, show: Callable[[str], object]
) -> Outcome:
    """Request the launch of one server, and return what became of it. The server is read again before the request.

    :param operation: the API's name of a launch: ``test`` or ``cutover``.
    :param after_synchronization: whether the wave requested a synchronization of the frozen host.
    :raises SmsError: Ansible has ended. Nothing was requested.
    """
    job = Job(client, record, NewTask(None, None), operation)
    # One server without a wait needs no listing.
    return _carry_out(
        [job],
        RolloutOptions("launched", after_synchronization=after_synchronization),
        {client: _list_nothing},
        show,
        check_mode=False,
    )[0]


def _list(account: Account[Host], deadline: Deadline) -> list[Record]:
    return _source_servers.list_servers(account.client, account.query, deadline)


def _list_nothing(_deadline: Deadline) -> list[Record]:
    return []


def _carry_out(
    jobs: list[Job],
    options: RolloutOptions,
    listings: Mapping[Client, Callable[[Deadline], list[Record]]],
    show: Callable[[str], object],
    check_mode: bool,
) -> list[Outcome]:
    rollout = Rollout(options, jobs, listings, show)
    rollout.prepare(check_mode)
    rollout.check_targets()
    if check_mode:
        rollout.predict()
    else:
        rollout.act()
    return rollout.outcomes


def _show_prediction(context: StepContext, host: Host, record: Record) -> None:
    """Print which task check mode would create, and where."""
    target = host.settings.get("target") or {}
    if not context.check_mode or task_of(record) or not target:
        return
    names = ("region_id", "project_id", "template", "template_id", "vm_id", "name")
    where = ", ".join(f"{name} {_text.plain(target[name])}" for name in names if target.get(name))
    context.show(f"{_text.plain(host.name)}: replicate: Would create a task with the target {where}, and start it.")
