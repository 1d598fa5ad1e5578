# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which servers the names of the inventory's hosts mean. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record


def ids_of_hosts(task_vars: Mapping[str, Any]) -> dict[str, str]:
    """The IDs of the servers that hosts of the inventory are."""
    hosts = task_vars.get("hostvars") or {}
    raw = getattr(hosts, "raw_get", None)
    ids = {}
    for name in hosts:
        variables = raw(name) if raw else hosts[name]
        server_id = variables.get("sms_id") if isinstance(variables, Mapping) else None
        if isinstance(server_id, str):
            ids[str(name)] = str(server_id)
    return ids


def resolve(servers: Iterable[str], records: Sequence[Record], hosts: Mapping[str, str]) -> list[str]:
    """IDs and names, with the hosts among them replaced by their servers' IDs.

    :raises SelectionError: a name means one server to the inventory, and another to SMS.
    """
    resolved = []
    for server in servers:
        by_host = hosts.get(server, server)
        others = {record["id"] for record in records if server in (record["id"], record.get("name"))} - {by_host}
        if server in hosts and others:
            raise _selection.SelectionError(
                f"{_text.plain(server)} is a host of the inventory, and the name of another server in SMS: give an ID,"
                f" {_text.plain(by_host)} for the host, or {_text.some_of(sorted(map(_text.plain, others)))}."
            )
        resolved.append(by_host)
    return resolved
