# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the result of each host of a wave, as a table and as files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files, _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._csv import to_csv
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, is_launched, is_launching
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _evidence_columns, _hosts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext

# The facts of the role: whether the target was tested, and whether the host came to the end of the play.
TESTED, ARRIVED = "_wave_tested", "_wave_arrived"
_COLUMNS = ("host", "id", "result", "state", "cycle", "reason")
# Characters that the text of a reason below the table can have: enough for each message with the command that it names.
_LONGEST_REASON = 2000
_FROZEN = ("stopping", "frozen", "launch_offered", "launch_requested")


class Row(_evidence_columns.EvidenceColumns):
    """A row of the table: the result of one host."""

    host: str
    id: str
    result: str
    state: str
    cycle: str
    reason: str


class HostResult(NamedTuple):
    """What happened to a host in the wave.

    :ivar ok: whether it is in the wave to the end.
    :ivar result: in a few words.
    :ivar reason: why it was removed from the wave, and what became of its services; or what is to be known.
    """

    ok: bool
    result: str
    reason: str = ""


def collect(context: StepContext, hostvars: Mapping[str, Any], options_of: _accounts.OptionsOf) -> dict[str, Any]:
    """Return the results of all hosts, with those that Ansible itself removed from the play, and write them as files.

    :raises SmsError: the files of the table cannot be written.
    """
    hosts = _hosts.hosts_from(hostvars, context.batch)
    with _accounts.open_accounts(hosts, options_of) as accounts:
        snapshot = accounts.snapshot()
        evidence = {} if context.check_mode else _evidence_columns.of_hosts(accounts)
    rows: list[Row] = []
    failed = []
    for host in hosts:
        record = snapshot.records.get(host.name)
        result = result_of(host, record, hostvars[host.name], context)
        state = _text.plain(record.get("state") or "") if record else "unknown"
        cycle = _text.plain(record.get("migration_cycle") or "") if record else ""
        shown = f"would be {result.result}" if context.check_mode and result.ok else result.result
        columns = evidence.get(host.name) or _evidence_columns.unknown()
        # The reason of a host that was removed has the numbers that matter.
        reason = f"{result.reason} {_evidence_columns.note_of(columns) if result.ok else ''}".strip()
        row = Row(host=host.name, id=host.server_id, result=shown, state=state, cycle=cycle, reason=reason, **columns)
        rows.append(row)
        failed.extend([] if result.ok else [host.name])
    # Hosts that need attention come first.
    rows.sort(key=lambda row: (row["host"] not in failed, not row["reason"], row["host"]))
    if context.run.get("report_path") and not context.check_mode:
        _write(Path(str(context.run["report_path"])), rows)
    return {
        "changed": False,
        "hosts": rows,
        "accounts": [_report_account(account, snapshot) for account in accounts.accounts],
        "msg": _message(len(rows), sorted(failed)),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the table, and below it each reason that the table shows in part."""
    head = tuple(column.upper() for column in _COLUMNS)
    cells = [(row["host"], row["id"][:8], row["result"], row["state"], row["cycle"], row["reason"]) for row in rows]
    lines = _text.table([head, *cells])
    # The end of a reason is the command for a person.
    cut = [row for row, line in zip(rows, lines[1:], strict=True) if line.endswith("…")]
    reasons = [f"{_text.plain(row['host'])}: {_text.plain(row['reason'], _LONGEST_REASON)}" for row in cut]
    return [*lines, *(["", "In full:", *reasons] if reasons else [])]


def _report_account(account: _accounts.Account[_hosts.Host], snapshot: _accounts.Snapshot) -> dict[str, Any]:
    """Return the servers of an account, and a host whose connection the report can use."""
    servers = [host.server_id for host in account.hosts if host.name in snapshot.records]
    return {"host": account.hosts[0].name, "servers": servers}


def _write(folder: Path, rows: Sequence[Row]) -> None:
    """Write the table as ``wave.csv`` and ``wave.json``.

    :raises SmsError: a file cannot be written.
    """
    cells = [(*_COLUMNS, *_evidence_columns.unknown()), *([*row.values()] for row in rows)]
    files = {"wave.csv": to_csv(cells), "wave.json": json.dumps({"hosts": rows}, indent=2) + "\n"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _state_files.replace_file(folder / name, content.encode("utf-8", "replace"))
    except OSError as error:
        raise SmsError(f"{folder} cannot be written to: {error.strerror}. Choose another wave_report_path.") from None


def result_of(
    host: _hosts.Host, record: Record | None, variables: Mapping[str, Any], context: StepContext
) -> HostResult:
    """Return what happened to one host."""
    if host.removal:
        # What prevents a step can prevent the restart as well, with the same message.
        parts = [str(host.removal.get(name) or "") for name in ("reason", "services")]
        reason = parts[0] if parts[1] in parts[0] else " ".join(parts)
        result = "unknown" if host.removal.get("unknown") else f"removed in {host.removal.get('step')}"
        return HostResult(False, result, reason)
    if not variables.get(ARRIVED) or host.name not in context.alive:
        services = str(variables.get("_wave_left") or "")
        return HostResult(False, "unknown", f"Ansible took it out of the play: see its last task above. {services}")
    if record is None:
        return HostResult(False, "unknown", "SMS does not show it.")
    return _status_of(host, record, variables)


def _status_of(host: _hosts.Host, record: Record, variables: Mapping[str, Any]) -> HostResult:
    """Return the result of a host that is in the wave to the end, by what SMS shows of it now."""
    # The user's own tasks stop something that nobody can check.
    unverified = "not verified" if host.tasks("freeze") and not host.services else ""
    synchronization = host.synchronization.get("msg") if host.synchronization.get("refused") else ""
    note = " ".join(filter(None, [unverified, host.launch.get("note"), synchronization]))
    if _is_tested(variables.get(TESTED)):
        return HostResult(True, "tested", note)
    if is_launched(record):
        return HostResult(True, "launched", note)
    if is_launching(record):
        return HostResult(True, "launching", note)
    if host.freeze.get("progress") in _FROZEN:
        return HostResult(True, "frozen", note)
    return HostResult(True, "ready", note)


def _is_tested(result: Any) -> bool:
    return isinstance(result, Mapping) and bool(result.get("tested"))


def _message(count: int, failed: list[str]) -> str:
    hosts = "1 host" if count == 1 else f"{count} hosts"
    if not failed:
        return f"No host was removed from the wave: {hosts}."
    verb = "was" if len(failed) == 1 else "were"
    return f"{len(failed)} of {hosts} {verb} removed from the wave: {_text.some_of(failed)}."
