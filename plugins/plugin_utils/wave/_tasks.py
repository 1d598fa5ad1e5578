# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what a wave has SMS do with the tasks of its hosts, account by account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _new_task, _rollout
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Account, Snapshot
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

Verdicts = dict[str, _gates.Verdict]


def act(
    accounts: WaveAccounts,
    snapshot: Snapshot,
    names: Iterable[str],
    options: Mapping[str, Any],
    check_mode: bool,
    show: Callable[[str], object],
) -> Verdicts:
    """Have the tasks of hosts started or launched; each is decided on what SMS says of it right before.

    :param snapshot: what SMS said of these hosts a moment ago.
    :param options: as of the task module.
    :return: what came of it: ``go`` where it was done or is being done, else the problem.
    """
    verdicts: Verdicts = {}
    wanted = set(names)
    for account in accounts.accounts:
        records = {host.name: snapshot.records[host.name] for host in account.hosts if host.name in wanted}
        if not records:
            continue
        try:
            outcomes = _act(account, list(records.values()), options, check_mode, show)
        except SmsError as error:
            verdicts.update({name: _gates.Verdict(problem=str(error)) for name in records})
            continue
        for name, record in records.items():
            outcome = outcomes[record["id"]]
            verdicts[name] = (
                _gates.Verdict(problem=outcome.msg) if outcome.failed else _gates.Verdict(go=True, note=outcome.msg)
            )
    return verdicts


def _act(
    account: Account[Host],
    records: list[Any],
    options: Mapping[str, Any],
    check_mode: bool,
    show: Callable[[str], object],
) -> dict[str, Any]:
    new_task = _new_task.NewTask(options.get("settings"), options.get("target"))
    rollout = _rollout.Rollout(
        account.client,
        _rollout.RolloutOptions.from_options(options),
        new_task,
        records,
        partial(_source_servers.list_servers, account.client, account.query),
        show,
    )
    rollout.prepare(check_mode)
    rollout.check_single_target()
    if check_mode:
        rollout.predict()
    else:
        rollout.act()
    return {outcome.record["id"]: outcome for outcome in rollout.outcomes}
