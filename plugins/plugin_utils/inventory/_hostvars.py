# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from records to the variables and groups of hosts. Pure functions."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _progress, _readiness, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._connect_with import HostAddress
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, id_group, task_of
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._target import Target

# The values of the vendor's documentation and SDK. Another value gets its group when a server has it.
DOCUMENTED_VALUES: dict[str, tuple[str, ...]] = {
    "state": _states.NAMES,
    "os_type": ("WINDOWS", "LINUX"),
    "migration_cycle": _states.CYCLES,
}

# Fields to group by that belong to the record's current task, with their names there.
TASK_FIELDS = {"task_state": "state", "task_type": "type", "region_id": "region_id"}

# The field to group by that belongs to the target.
TARGET_STATUS = "target_status"

# Variables that are calculated from the record alone.
FACTS: dict[str, Callable[[Record], Any]] = {
    "progress": _progress.percent_of,
}
# All variables that are not fields of the record.
_ALL_FACTS = (*FACTS, "failed_checks", "checks", "target", "source_address", "details")


def hostvars_of(
    record: Record,
    prefix: str,
    checks: str,
    reserved: frozenset[str],
    address: HostAddress,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the variables of a host.

    :param prefix: the beginning of their names.
    :param checks: which checks become variables: ``failed``, ``all`` or ``none``.
    :param reserved: names that Ansible reserves. If the prefix gives one of them, ``sms_`` replaces the prefix.
    :param address: where Ansible connects to.
    :param more: further variables, by their names without the prefix.
    """
    names = _variable_names(tuple(record), prefix, reserved)
    hostvars = {names[field]: value for field, value in record.items() if field != "checks"}
    facts = {**{fact: make(record) for fact, make in FACTS.items()}, **address.variables, **more}
    if checks != "none":
        facts["failed_checks"] = _readiness.failed_checks(record)
    if checks == "all":
        facts["checks"] = record.get("checks")
    hostvars.update({_variable_name(fact, prefix, reserved): value for fact, value in facts.items()})
    if address.address:
        hostvars["ansible_host"] = address.address
    return hostvars


def clashing_fields(fields: tuple[str, ...], prefix: str, reserved: frozenset[str]) -> dict[str, str]:
    """Return the fields whose usual variable belongs to another field or fact, with the variable that they get."""
    names = _variable_names(fields, prefix, reserved)
    return {field: name for field, name in names.items() if name != _variable_name(field, prefix, reserved)}


# All records of a fleet have the same few sets of fields.
@lru_cache(maxsize=256)
def _variable_names(fields: tuple[str, ...], prefix: str, reserved: frozenset[str]) -> dict[str, str]:
    """Return the variable of each field.

    If several fields would be the same variable, each that is spelt differently from it has a digest in its name.
    """
    usual = {field: _variable_name(field, prefix, reserved) for field in (*fields, *_ALL_FACTS)}
    count = Counter(usual.values())
    names = {}
    for field in fields:
        is_fact = field in _ALL_FACTS and field != "checks"
        clashes = count[usual[field]] > 1 and not usual[field].endswith(field)
        names[field] = f"{usual[field]}_{_digest(field)}" if is_fact or clashes else usual[field]
    return names


def _digest(field: str) -> str:
    return hashlib.sha256(field.encode("utf-8", "replace")).hexdigest()[:8]


def documented_groups(group_by: Iterable[str]) -> list[str]:
    """Return the groups that exist even if no server is in them."""
    return [group_name(field, value) for field in group_by for value in DOCUMENTED_VALUES.get(field, ())]


def groups_of(record: Record, group_by: Iterable[str], target: Target | None = None) -> list[str]:
    """Return the groups of a server. A field that it does not have, or that is empty, gives no group.

    :param target: the server's target, if it is known.
    """
    values = ((field, grouping_value(record, field, target)) for field in group_by)
    return [
        id_group(str(value)) if field == "id" else group_name(field, value)
        for field, value in values
        if isinstance(value, (str, bool, int, float)) and value != ""
    ]


def grouping_value(record: Record, field: str, target: Target | None = None) -> Any:
    """Return the value to group by: a field of the server, of its current task or of its target."""
    if field == TARGET_STATUS:
        return target["status"] if target else None
    if field not in TASK_FIELDS:
        return record.get(field)
    return task_of(record).get(TASK_FIELDS[field])


# Called once per server, but there are only as many values as groups. True and 1 are different values (typed).
@lru_cache(maxsize=4096, typed=True)
def group_name(field: str, value: str | float) -> str:
    """Return the group of one value of a field, such as ``os_type_linux``."""
    return re.sub(r"\W", "_", f"{field}_{value}".lower())


# Called once per server, but there are only as many names as fields.
@lru_cache(maxsize=1024)
def _variable_name(field: str, prefix: str, reserved: frozenset[str]) -> str:
    name = re.sub(r"\W", "_", f"{prefix}{field}", flags=re.ASCII)
    # An unknown field must not become a connection setting such as ansible_user.
    if name in reserved or name.startswith("ansible_") or iskeyword(name) or not name.isidentifier():
        return re.sub(r"\W", "_", f"sms_{field}", flags=re.ASCII)
    return name
