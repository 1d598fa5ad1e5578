# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what became of each host of a wave, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files, _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, is_launched
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _hosts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._context import Plan

# The last answer that a host got, and whether its smoke test has passed, as the role notes it down.
ANSWER, TESTED = "_wave_answer", "_wave_tested"
_HEAD = ("HOST", "ID", "FATE", "STATE", "CYCLE", "REASON")


class Outcome(NamedTuple):
    """What became of a host.

    :ivar ok: whether it went all the way that this run takes.
    :ivar fate: in a few words.
    :ivar reason: why it dropped out, and whether it was thawed; empty where it did not.
    """

    ok: bool
    fate: str
    reason: str


def summarise(
    plan: Plan, hostvars: Mapping[str, Any], options_of: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    """Show what became of all hosts, those included that Ansible itself took out of the play."""
    hosts = _hosts.hosts_from(hostvars, plan.batch)
    with _accounts.open_accounts(hosts, options_of) as accounts:
        snapshot = accounts.snapshot()
    outcomes = {}
    rows: list[tuple[Any, ...]] = [_HEAD]
    for host in hosts:
        record = snapshot.records.get(host.name)
        outcome = outcome_of(host, record, hostvars[host.name], host.name in plan.alive, plan.check_mode)
        state, cycle = (record.get("state"), record.get("migration_cycle")) if record else ("unknown", "")
        outcomes[host.name] = {"id": host.server_id, **outcome._asdict(), "state": state, "migration_cycle": cycle}
        rows.append((host.name, host.server_id[:8], outcome.fate, state, cycle, outcome.reason))
    rows[1:] = sorted(rows[1:], key=lambda row: (not row[-1], str(row[0])))
    table = _text.table(rows)
    plan.show("\n".join(table))
    if plan.options["path"] and not plan.check_mode:
        _write(Path(plan.options["path"]), table)
    lost = sorted(name for name, outcome in outcomes.items() if not outcome["ok"])
    listed = [
        {
            "host": account.hosts[0].name,
            "servers": [host.server_id for host in account.hosts if host.name in snapshot.records],
        }
        for account in accounts.accounts
    ]
    return {"changed": False, "hosts": outcomes, "accounts": listed, "msg": _message(len(outcomes), lost)}


def _write(folder: Path, table: list[str]) -> None:
    """
    :raises SmsError: the file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _state_files.replace_file(folder / "wave.txt", ("\n".join(table) + "\n").encode("utf-8", "replace"))
    except OSError as error:
        raise SmsError(f"{folder} cannot be written to: {error.strerror}. Choose another wave_report_path.") from None


def outcome_of(
    host: _hosts.Host, record: Record | None, variables: Mapping[str, Any], alive: bool, check_mode: bool
) -> Outcome:
    """What became of one host.

    :param alive: whether Ansible still has it in the play.
    """
    if host.fate:
        reason = f"{host.fate.get('reason')} {host.fate.get('thawed') or ''}".strip()
        return Outcome(False, f"dropped out in {host.fate.get('step')}", reason)
    if not alive:
        step = _last_step(variables)
        frozen = step in _gates.FROZEN_STEPS[2:] and not host.freezes_nothing
        reason = "Ansible could not reach it, or a task of the play failed."
        advice = " It may be frozen: the playbook huaweicloud.sms.thaw starts what was stopped." if frozen else ""
        return Outcome(False, f"lost in {step}", f"{reason}{advice}")
    if check_mode:
        return Outcome(True, "would go on", "")
    if record is not None and is_launched(record):
        return Outcome(True, "cut over and tested" if variables.get(TESTED) else "cut over", "")
    return Outcome(True, f"went through {_last_step(variables)}", "")


def _last_step(variables: Mapping[str, Any]) -> str:
    answer = variables.get(ANSWER)
    step = str(answer.get("step") or "check") if isinstance(answer, Mapping) else "check"
    return {"verify": "launch"}.get(step, step)


def _message(count: int, lost: list[str]) -> str:
    hosts = "1 host" if count == 1 else f"{count} hosts"
    if not lost:
        return f"Nobody dropped out: {hosts}."
    return f"{len(lost)} of {hosts} dropped out: {_text.some_of(lost)}."
