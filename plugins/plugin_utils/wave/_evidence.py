# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: reads what SMS shows of one server at this moment."""

from __future__ import annotations

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers, _tasks
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _consistency
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, task_of
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Evidence


def read(client: _connection.Client, server_id: str) -> Evidence:
    """Return what SMS shows of a server and its task.

    The details of the task are read as well: only they have the snapshots that a launch leaves.

    :raises SmsError: SMS cannot be queried, or names a task that belongs to another server.
    """
    account = _connection.describe_account(client)
    record, date = _source_servers.show_server_with_date(client, server_id)
    if record is None:
        return Evidence(None, account=account)
    task_id = task_of(record).get("id")
    task = _tasks.show_task(client, task_id) if isinstance(task_id, str) else None
    if task and _tasks.source_id_of(task) not in (None, server_id):
        raise SmsError("SMS names a task of it that belongs to another server. Nothing was changed.")
    return Evidence(_text.sanitize(record), _text.sanitize(task), date, account)


def consistency_problem(client: _connection.Client, task: Record | None, since: float | None, most: int) -> str:
    """Return why no consistency check proves that the target has all files; empty if one does.

    :param task: of the server.
    :param since: when the server was frozen by the clock of SMS, in milliseconds since the epoch; None if unknown.
    :param most: number of differences that are accepted.
    """
    try:
        result = _tasks.show_consistency(client, str((task or {}).get("id")))
    except SmsError as error:
        return f"The result of the consistency check cannot be read: {error}"
    return _consistency.problem_of(result, since, most)


def is_registered(client: _connection.Client, server_id: str) -> bool:
    """Return whether SMS has a server of this ID.

    :raises SmsError: SMS cannot be queried.
    """
    return _source_servers.show_server(client, server_id) is not None
