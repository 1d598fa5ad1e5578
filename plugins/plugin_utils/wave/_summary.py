# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the result of each host of a wave, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files, _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, is_launched
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _hosts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import StepContext

# The facts of the role: the result of a host's last step, and whether its target was tested.
STEP_RESULT, TESTED = "_wave_step_result", "_wave_tested"
_HEAD = ("HOST", "ID", "RESULT", "STATE", "CYCLE", "REASON")


class HostResult(NamedTuple):
    """What happened to a host in the wave.

    :ivar ok: whether it took all steps of this run.
    :ivar fate: the result in a few words, by the name of the return value.
    :ivar reason: why it was removed from the wave, and whether it was thawed; empty if it was not removed.
    """

    ok: bool
    fate: str
    reason: str


def summarize(context: StepContext, hostvars: Mapping[str, Any], options_of: _accounts.OptionsOf) -> dict[str, Any]:
    """Print the results of all hosts, with those that Ansible itself removed from the play.

    :raises SmsError: the file of the table cannot be written.
    """
    hosts = _hosts.hosts_from(hostvars, context.batch)
    with _accounts.open_accounts(hosts, options_of) as accounts:
        snapshot = accounts.snapshot()
    results = {}
    rows: list[tuple[Any, ...]] = []
    for host in hosts:
        record = snapshot.records.get(host.name)
        result = result_of(host, record, hostvars[host.name], host.name in context.alive, context.check_mode)
        state, cycle = (record.get("state"), record.get("migration_cycle")) if record else ("unknown", "")
        results[host.name] = {"id": host.server_id, **result._asdict(), "state": state, "migration_cycle": cycle}
        rows.append((host.name, host.server_id[:8], result.fate, state, cycle, result.reason))
    # Hosts that need attention come first.
    table = _text.table([_HEAD, *sorted(rows, key=lambda row: (not row[-1], str(row[0])))])
    context.show("\n".join(table))
    if context.options["path"] and not context.check_mode:
        _write(Path(context.options["path"]), table)
    failed = sorted(name for name, result in results.items() if not result["ok"])
    return {
        "changed": False,
        "hosts": results,
        "accounts": [_report_account(account, snapshot) for account in accounts.accounts],
        "msg": _message(len(results), failed),
    }


def _report_account(account: _accounts.Account[_hosts.Host], snapshot: _accounts.Snapshot) -> dict[str, Any]:
    """Return the servers of an account, and a host whose connection the report can use."""
    servers = [host.server_id for host in account.hosts if host.name in snapshot.records]
    return {"host": account.hosts[0].name, "servers": servers}


def _write(folder: Path, table: list[str]) -> None:
    """
    :raises SmsError: the file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _state_files.replace_file(folder / "wave.txt", ("\n".join(table) + "\n").encode("utf-8", "replace"))
    except OSError as error:
        raise SmsError(f"{folder} cannot be written to: {error.strerror}. Choose another wave_report_path.") from None


def result_of(
    host: _hosts.Host, record: Record | None, variables: Mapping[str, Any], alive: bool, check_mode: bool
) -> HostResult:
    """Return what happened to one host.

    :param alive: whether Ansible still has it in the play.
    """
    if host.removal:
        reason = f"{host.removal.get('reason')} {host.removal.get('thawed') or ''}".strip()
        return HostResult(False, f"removed in {host.removal.get('step')}", reason)
    if not alive:
        step = _last_step(variables)
        # The role did not get to thaw it.
        maybe_frozen = step in _gates.STEPS_AFTER_STOP and not host.freezes_nothing
        reason = "Ansible could not reach it, or a task of the play failed."
        advice = " It may be frozen: the playbook huaweicloud.sms.thaw starts what was stopped." if maybe_frozen else ""
        return HostResult(False, f"lost in {step}", f"{reason}{advice}")
    if check_mode:
        return HostResult(True, "would go on", "")
    if record is not None and is_launched(record):
        return HostResult(True, "cut over and tested" if variables.get(TESTED) else "cut over", "")
    return HostResult(True, f"went through {_last_step(variables)}", "")


def _last_step(variables: Mapping[str, Any]) -> str:
    result = variables.get(STEP_RESULT)
    step = str(result.get("step") or "check") if isinstance(result, Mapping) else "check"
    return {"verify": "launch"}.get(step, step)


def _message(count: int, failed: list[str]) -> str:
    hosts = "1 host" if count == 1 else f"{count} hosts"
    if not failed:
        return f"No host was removed from the wave: {hosts}."
    verb = "was" if len(failed) == 1 else "were"
    return f"{len(failed)} of {hosts} {verb} removed from the wave: {_text.some_of(failed)}."
