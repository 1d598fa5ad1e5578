# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the synchronization and the consistency check in the result of a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _consistency
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts


class EvidenceColumns(TypedDict):
    """What SMS shows of a host since its freeze. All of it is empty or None if it is not known.

    :ivar synchronized_at: when the first synchronization after the freeze ended, in UTC.
    :ivar consistency_checked_at: when the last consistency check ended, in UTC.
    :ivar consistency_files: number of files that it compared.
    :ivar consistency_differences: number of differences that it found.
    """

    synchronized_at: str
    consistency_checked_at: str
    consistency_files: int | None
    consistency_differences: int | None


def unknown() -> EvidenceColumns:
    """Return the columns of a host that was not synchronized by the wave."""
    return {
        "synchronized_at": "",
        "consistency_checked_at": "",
        "consistency_files": None,
        "consistency_differences": None,
    }


def of_hosts(accounts: WaveAccounts) -> dict[str, EvidenceColumns]:
    """Return the columns of the hosts for which the user wants a synchronization, by their names.

    The result of the wave does not depend on them, so that a query that fails is no error.
    """
    found = {}
    for account in accounts.accounts:
        hosts = [host for host in account.hosts if host.settings.get("synchronize")]
        try:
            tasks = {_tasks.source_id_of(task): task for task in _tasks.list_tasks(account.client, {})} if hosts else {}
        except SmsError:
            continue
        for host in hosts:
            found[host.name] = _columns_of(account.client, host, tasks.get(host.server_id, {}))
    return found


def _columns_of(client: Client, host: Host, task: Mapping[str, Any]) -> EvidenceColumns:
    columns = unknown()
    since = host.synchronization.get("frozen_at_sms") or host.freeze.get("frozen_at_sms")
    columns["synchronized_at"] = _consistency.moment(_consistency.synchronized_at(task, since))
    if not host.settings.get("consistency_check") or not task.get("id"):
        return columns
    try:
        result = _tasks.show_consistency(client, str(task["id"]))
    except SmsError:
        return columns
    if result:
        columns["consistency_checked_at"] = _consistency.moment(result.finished)
        columns["consistency_files"] = result.files
        columns["consistency_differences"] = result.differences
    return columns


def note_of(columns: EvidenceColumns) -> str:
    """Return the numbers as sentences; empty if there are none."""
    files, differences = columns["consistency_files"], columns["consistency_differences"]
    sentences = [f"Synchronized at {columns['synchronized_at']}."] if columns["synchronized_at"] else []
    if files is not None and differences is not None:
        found = "1 difference" if differences == 1 else f"{differences:,} differences"
        sentences.append(f"Consistency check: {files:,} files, {found}.")
    return " ".join(sentences)
