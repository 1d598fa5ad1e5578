# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the record of a source server, and its common fields. Pure functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from ..common._text import plain
from . import _states

Record = Mapping[str, Any]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What id_group() returns. No host may have such a name.
ID_GROUP = re.compile(r"id_([0-9a-f]{8}(_[0-9a-f]{4}){3}_[0-9a-f]{12}|[0-9a-f]{32})")

# Characters of a name in a message, which leave room for the ID.
_LONGEST_NAME = 45

# A link to a server's migration log grants access to everybody who has it.
_SECRET_FIELDS = frozenset({"log_share_url"})

# The states of a server between the request to launch its target and the end of the launch.
_LAUNCHING_STATES = ("cutovering", "skipping", "finished")


def task_of(record: Record) -> Mapping[str, Any]:
    """Return the current task of a server; empty if it has none."""
    task = record.get("current_task")
    return task if isinstance(task, Mapping) else {}


def label(record: Record) -> str:
    """Return the text for a server in a message: its name, which others may have, and the beginning of its ID."""
    return f"{plain(record.get('name') or 'unnamed', _LONGEST_NAME)} ({plain(record['id'][:8])})"


def id_group(server_id: str) -> str:
    """Return the group that has the host of this server only, if an inventory groups by ``id``.

    The name of a host cannot stand for its server: the same name can be that of a group or of a host of another source.
    Any ID but a UUID, which SMS does not use, is in the name as a digest. So no two IDs give the same name.
    """
    if _UUID.fullmatch(server_id):
        return f"id_{server_id.replace('-', '_')}"
    return f"id_{hashlib.sha256(server_id.encode('utf-8', 'replace')).hexdigest()[:32]}"


def is_cut_over(record: Record) -> bool:
    """Return whether a server's target has been launched, even if the migration failed afterwards.

    Such a server must not be reached at its source, whatever its state is.
    """
    return record.get("migration_cycle") == _states.CUT_OVER


def is_launched(record: Record) -> bool:
    """Return whether a server's target has been launched and the migration did not fail afterwards."""
    return is_cut_over(record) and record.get("state") != _states.FAILED


def is_launching(record: Record) -> bool:
    """Return whether the target of a server is being launched."""
    if record.get("state") == _states.FAILED:
        return False
    return record.get("migration_cycle") == _states.LAUNCHING or record.get("state") in _LAUNCHING_STATES


def without_secrets(record: Record) -> dict[str, Any]:
    """Return the record without the fields whose links grant access, at any depth."""
    # The checks are most of a record and contain only links to help pages, so they are not searched.
    text = json.dumps({field: value for field, value in record.items() if field != "checks"})
    if not any(field in text for field in _SECRET_FIELDS):
        return dict(record)
    return {
        field: value if field == "checks" else _without_links(value)
        for field, value in record.items()
        if field not in _SECRET_FIELDS
    }


def details_of(record: Record) -> dict[str, Any]:
    """Return a record of a single server without secrets and checks. The record of the list has the checks."""
    return without_secrets({field: value for field, value in record.items() if field != "checks"})


def _without_links(value: Any) -> Any:
    if isinstance(value, dict):
        return {field: _without_links(item) for field, item in value.items() if field not in _SECRET_FIELDS}
    if isinstance(value, list):
        return [_without_links(item) for item in value]
    return value
