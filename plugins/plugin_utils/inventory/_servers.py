# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from the records of a snapshot to servers with variables and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import ansible.constants as C
from ansible.vars.reserved import get_reserved_names
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _connect_with
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, label
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import displayable_record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _hostvars, _names, _syntax
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._expressions import Expressions
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._fetch import FetchedServers
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._migration_plan import (
    UNPLANNED,
    PlanError,
    PlanRow,
    PlanRows,
)


class SourceServer(NamedTuple):
    """A source server with all that its host gets, whatever the host's name will be.

    :ivar groups: the groups of ``group_by``.
    :ivar failure: why an expression of ``hostnames`` failed, None if none did.
    :ivar connect_with: whose address ``ansible_host`` is, as the option ``connect_with`` spells it. It is ``source``
        for a server that is not cut over, whatever the option says.
    """

    preferred: _names.PreferredName
    hostvars: dict[str, Any]
    groups: list[str]
    failure: str | None = None
    connect_with: str = _connect_with.SOURCE

    @property
    def server_id(self) -> str:
        return self.preferred.server_id


class ServerOptions(NamedTuple):
    """The options of the same names."""

    hostnames: Sequence[str]
    group_by: Sequence[str]
    hostvars_prefix: str
    checks: str
    connect_with: str


def servers_of(
    snapshot: FetchedServers, options: ServerOptions, expressions: Expressions, plan: PlanRows | None = None
) -> tuple[list[SourceServer], list[str]]:
    """Return the servers of a snapshot, in its order, and warnings about them.

    :param plan: the rows of a migration plan; None without one.
    :raises PlanError: a row sets a variable that the server has.
    """
    records, targets = snapshot.records, snapshot.targets or {}
    # Ansible's reserved names differ between its versions.
    prefix, reserved = options.hostvars_prefix, frozenset({*get_reserved_names(), *C.INTERNAL_STATIC_VARS})
    addresses = [_connect_with.host_address_of(record, options.connect_with, targets) for record in records]
    servers = []
    for record, address in zip(records, addresses, strict=True):
        more = {} if snapshot.details is None else {"details": snapshot.details[record["id"]]}
        hostvars = _hostvars.hostvars_of(record, prefix, options.checks, reserved, address, more)
        # Before any expression sees them, so that a name or group made from a remote text is untrusted, too.
        row = plan.by_id.get(record["id"]) if plan else None
        if row:
            hostvars.update(_planned_variables(row, hostvars))
        hostvars = displayable_record(hostvars)
        preferred, failure = _names.prefer_name(options.hostnames, record, hostvars, expressions)
        groups = _hostvars.groups_of(record, options.group_by, targets.get(record["id"]))
        if plan:
            groups += [group for group in [row.group if row else UNPLANNED] if group]
        servers.append(SourceServer(preferred, hostvars, groups, failure, address.connect_with))
    warnings = [
        *_warnings_of_hostnames(options.hostnames, records, servers, expressions),
        *_warnings_of_addresses(addresses, options.connect_with),
        *_warnings_of_details(snapshot),
        *_warnings_of_variables(records, prefix, reserved),
        *(_warnings_of_plan(records, plan) if plan else []),
    ]
    return servers, warnings


def _planned_variables(row: PlanRow, hostvars: Mapping[str, Any]) -> dict[str, Any]:
    """
    :raises PlanError: a variable of the row has the name of one that the server has.
    """
    taken = sorted(row.variables.keys() & hostvars.keys())
    if taken:
        raise PlanError(f"plan: {row.label}: {', '.join(taken)} is a variable of the server itself.")
    return {**row.variables, **row.role_variables}


def _warnings_of_plan(records: list[Record], plan: PlanRows) -> Iterator[str]:
    missing = plan.by_id.keys() - {record["id"] for record in records}
    labels = [row.label for server_id, row in plan.by_id.items() if server_id in missing]
    if labels:
        yield f"plan: {len(labels)} rows have no source server in this inventory: {_text.some_of(labels)}."


def _warnings_of_hostnames(
    hostnames: Sequence[str], records: list[Record], servers: list[SourceServer], expressions: Expressions
) -> Iterator[str]:
    known = {field for record in records for field in record}
    known |= {variable for server in servers for variable in server.hostvars}
    needed = {name for text in hostnames for name in _syntax.unguarded_variables(text)}
    unknown = sorted(needed.difference(known, expressions.extra_variables))
    if servers and unknown:
        yield f"hostnames: no source server has a field or variable {' or '.join(unknown)}."


def _warnings_of_addresses(addresses: list[_connect_with.HostAddress], connect_with: str) -> Iterator[str]:
    invalid = sum(address.source_invalid for address in addresses)
    if invalid:
        yield (
            f"Source servers whose ip is no address or host name: {invalid}. They have no ansible_host, so that Ansible"
            " connects to their names; compose can set another."
        )
    missing = sum(address.target_missing for address in addresses)
    if missing:
        kind = connect_with.removeprefix("target_")
        yield (
            f"Servers that are cut over, but whose target has no {kind} address or is gone: {missing}. Their"
            " ansible_host is a name under .invalid, so that nothing reaches their sources in place of their"
            " targets."
        )


def _warnings_of_details(snapshot: FetchedServers) -> Iterator[str]:
    vanished = [record for record in snapshot.records if snapshot.details and snapshot.details[record["id"]] is None]
    if vanished:
        names = _text.some_of([label(record) for record in vanished])
        yield (
            "Source servers that were listed, and were gone when SMS was asked for their details:"
            f" {names}. They are hosts all the same, without details."
        )


def _warnings_of_variables(records: list[Record], prefix: str, reserved: frozenset[str]) -> Iterator[str]:
    clashing: dict[str, str] = {}
    for fields in {tuple(record) for record in records}:
        clashing |= _hostvars.clashing_fields(fields, prefix, reserved)
    if clashing:
        names = _text.some_of([f"{_text.plain(field)} is {name}" for field, name in sorted(clashing.items())])
        yield f"Fields whose variables would have names that others have: {names}."
