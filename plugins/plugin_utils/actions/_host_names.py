# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the source servers that the names of inventory hosts stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record


def resolve(servers: Iterable[str], records: Sequence[Record], hostvars: Mapping[str, Any]) -> list[str]:
    """Return the IDs and names, with the names of inventory hosts replaced by the hosts' server IDs.

    :raises SelectionError: a host has the name of another source server.
    """
    resolved = []
    for server in servers:
        by_host = _id_of_host(server, hostvars)
        others = {record["id"] for record in records if server in (record["id"], record.get("name"))} - {by_host}
        if by_host is not None and others:
            raise _selection.SelectionError(
                f"{_text.plain(server)} is a host of the inventory, and the name of another server in SMS: give an ID,"
                f" {_text.plain(by_host)} for the host, or {_text.some_of(sorted(map(_text.plain, others)))}."
            )
        resolved.append(server if by_host is None else by_host)
    return resolved


def _id_of_host(name: str, hostvars: Mapping[str, Any]) -> str | None:
    """Return the ID of a host's source server; None if no such host or no ID is known."""
    # Only the variables of the hosts that are named: computing those of a large inventory takes seconds.
    if name not in hostvars:
        return None
    # As they are in the inventory, without templating.
    raw_get = getattr(hostvars, "raw_get", hostvars.get)
    server_id = (raw_get(name) or {}).get("sms_id")
    return str(server_id) if isinstance(server_id, str) else None
