# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from records to host names, variables and groups. Pure functions."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _progress, _readiness, _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._connect_with import HostAddress
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, task_of

# The values that the vendor documents, or its SDK knows. Others get their groups when a server has them.
DOCUMENTED_VALUES: dict[str, tuple[str, ...]] = {
    "state": _states.NAMES,
    "os_type": ("WINDOWS", "LINUX"),
    "migration_cycle": _states.CYCLES,
}

# Fields to group by that are not the record's own but those of its current task.
TASK_FIELDS = {"task_state": "state", "task_type": "type", "region_id": "region_id"}

# One that is its target's.
TARGET_STATUS = "target_status"

# Variables that are no fields of the record, each with what makes it of one.
FACTS: dict[str, Callable[[Record], Any]] = {
    "progress": _progress.percent_of,
}
# And those that take more than the record, or are not in it as they are here.
_OWN_FACTS = (*FACTS, "failed_checks", "checks", "target", "source_address", "details")


def hostvars_of(
    record: Record,
    prefix: str,
    checks: str,
    reserved: frozenset[str],
    address: HostAddress,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """The variables of a host.

    :param record: the server as the service lists it.
    :param prefix: what the names begin with.
    :param checks: which checks become variables: ``failed``, ``all`` or ``none``.
    :param reserved: names that Ansible reserves; where the prefix yields one of them, ``sms_`` takes its place.
    :param address: the address of the host.
    :param more: further variables, by the names of their fields.
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
    sound: dict[str, Any] = _text.sanitize(hostvars)
    return sound


def clashing_fields(fields: tuple[str, ...], prefix: str, reserved: frozenset[str]) -> dict[str, str]:
    """The fields of a record whose usual variables belong to others, with the variables that they are."""
    names = _variable_names(fields, prefix, reserved)
    return {field: name for field, name in names.items() if name != _variable_name(field, prefix, reserved)}


# As many different records as there are sets of fields.
@lru_cache(maxsize=256)
def _variable_names(fields: tuple[str, ...], prefix: str, reserved: frozenset[str]) -> dict[str, str]:
    """The variable of each field; where several would be one, each that is not spelt like it has a name of its own."""
    usual = {field: _variable_name(field, prefix, reserved) for field in (*fields, *_OWN_FACTS)}
    bearers = Counter(usual.values())
    names = {}
    for field in fields:
        is_own = field in _OWN_FACTS and field != "checks"
        clashes = bearers[usual[field]] > 1 and not usual[field].endswith(field)
        names[field] = f"{usual[field]}_{_digest(field)}" if is_own or clashes else usual[field]
    return names


def _digest(field: str) -> str:
    return hashlib.sha256(field.encode("utf-8", "replace")).hexdigest()[:8]


def documented_groups(group_by: Iterable[str]) -> list[str]:
    """The groups that exist even when no server is in them."""
    return [group_name(field, value) for field in group_by for value in DOCUMENTED_VALUES.get(field, ())]


def groups_of(record: Record, group_by: Iterable[str], target: Mapping[str, Any] | None = None) -> list[str]:
    """The groups that a server belongs to by its fields; one that it has not, or that is empty, gives none.

    :param target: the machine that it became, where that is known.
    """
    values = ((field, grouping_value(record, field, target)) for field in group_by)
    return [
        group_name(field, value)
        for field, value in values
        if isinstance(value, (str, bool, int, float)) and value != ""
    ]


def grouping_value(record: Record, field: str, target: Mapping[str, Any] | None = None) -> Any:
    """What a server is grouped by: a field of its own, of its current task or of its target."""
    if field == TARGET_STATUS:
        return target["status"] if target else None
    if field not in TASK_FIELDS:
        return record.get(field)
    return task_of(record).get(TASK_FIELDS[field])


# As many different values as there are groups, asked for once per server; True and 1 are two of them.
@lru_cache(maxsize=4096, typed=True)
def group_name(field: str, value: str | float) -> str:
    """The group for one value of a field, such as ``os_type_linux``."""
    return re.sub(r"\W", "_", f"{field}_{value}".lower())


# As many different names as there are fields, asked for once per server.
@lru_cache(maxsize=1024)
def _variable_name(field: str, prefix: str, reserved: frozenset[str]) -> str:
    name = re.sub(r"\W", "_", f"{prefix}{field}", flags=re.ASCII)
    # An unknown field must not become a connection setting such as ansible_user.
    if name in reserved or name.startswith("ansible_") or iskeyword(name) or not name.isidentifier():
        return re.sub(r"\W", "_", f"sms_{field}", flags=re.ASCII)
    return name
