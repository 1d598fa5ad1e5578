# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import (
    _failures,
    _launch_evidence,
    _source_servers,
    _targets,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files, _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.events._memory import ListingScope, scope_of
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts, _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _history, _model, _page

_STATE_FILE = "report.state.json"


class ActionModule(_base.FleetAction):
    """Writes a report on the source servers as an HTML page, a CSV table and JSON data."""

    OPTIONS: ClassVar[_base.Spec] = {
        "path": {"type": "path", "default": "sms-report"},
        "title": {"type": "str", "default": "Server migration"},
        "targets": {"type": "bool", "default": False},
        "refresh": {"type": "int", "default": 0},
    }

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        if options["refresh"] < 0:
            raise OptionsError(f"refresh: {options['refresh']} is less than 0, which stands for never.")
        query = _query.query_from(options)
        with _accounts.accounts_of_play(task_vars, self._prefix(), options, self.complete) as accounts:
            records = self._records(accounts, query, options["targets"])
            scope = _scope(accounts, query, options)
        servers = self.select(records, options["servers"], task_vars)
        folder = Path(options["path"]).absolute()
        state = self._last_state(folder / _STATE_FILE)
        report, new_state = _history.report_of(servers, state, options["title"], scope, datetime.now(timezone.utc))
        contents = {
            "report.html": _page.as_html(report, options["refresh"]),
            "report.csv": _model.as_csv(report),
            "report.json": _model.as_json(report),
            # The last file: if an earlier one cannot be written, the next report has the same changes again.
            _STATE_FILE: _history.dump(new_state),
        }
        changed = self._write(folder, contents)
        page = folder / "report.html"
        return {
            "changed": bool(changed),
            "changed_files": changed,
            "page": str(page),
            "msg": self._show_page(page, bool(changed)),
            "as_of": report.as_of,
            "since": report.since,
            "changes": len(report.changes),
            "summary": _model.summary_of(report.servers),
        }

    def _records(self, accounts: _accounts.PlayAccounts, query: _query.Query, with_targets: bool) -> list[Record]:
        """Return the servers of all accounts that match, with their targets if these are requested.

        :raises SmsError: an account cannot be queried.
        """
        return _accounts.each_once(
            self._records_of(account.client, query, with_targets) for account in accounts.accounts
        )

    def _records_of(self, client: _client.Client, query: _query.Query, with_targets: bool) -> list[Record]:
        deadline = Deadline(client.total_timeout)
        records = _source_servers.list_servers(client, query, deadline)
        # A field of the API with one of these names would be taken for ours.
        ours = (_model.TARGET, _model.FAILURE, _model.EVIDENCE)
        records = [{name: value for name, value in record.items() if name not in ours} for record in records]
        if with_targets:
            targets = _targets.list_targets(client, records, deadline)
            records = [{**record, _model.TARGET: targets.get(record["id"])} for record in records]
        # The last queries: a task that cannot be read cancels the deadline.
        reasons = self._reasons(client, records, deadline)
        evidence = self._evidence(client, records)
        return [
            {
                **record,
                _model.FAILURE: reasons.get(record["id"]),
                _model.EVIDENCE: evidence.get(record["id"]),
            }
            for record in records
        ]

    def _evidence(self, client: _client.Client, records: list[Record]) -> dict[str, _launch_evidence.LaunchEvidence]:
        """Return what SMS shows before the launch, by server ID; empty with a warning if it cannot be read."""
        try:
            return _launch_evidence.evidence_of(client, records, Deadline(client.total_timeout))
        except SmsError as error:
            self.warn(f"The report does not show synchronizations and consistency checks: {error}")
            return {}

    def _reasons(self, client: _client.Client, records: list[Record], deadline: Deadline) -> dict[str, str]:
        """Return why migrations have failed, by server ID; empty with a warning if the tasks cannot be read."""
        try:
            return _failures.failure_reasons(client, records, deadline)
        except SmsError as error:
            self.warn(f"The report does not say why migrations have failed: {error}")
            return {}

    def _show_page(self, page: Path, is_new: bool) -> str:
        """Print and return where the page is: some callback plugins do not print the message of a result."""
        would_be = "would be" if self._task.check_mode else "is"
        message = f"The report {would_be} in {page}." if is_new else f"The report in {page} is up to date."
        self.show(_text.plain(message, len(message)))
        return message

    def _last_state(self, file: Path) -> _history.ReportState | None:
        """Return the state of the last report; None if there is none that can be used."""
        try:
            return _history.load(file.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            self.warn(f"{file} cannot be used, so that this report is like a first one: {error}.")
            return None
        except OSError as error:
            raise _FileError(f"{file} cannot be read: {error.strerror}. Choose another path.") from None

    def _write(self, folder: Path, contents: Mapping[str, str]) -> list[str]:
        """Write the files whose content differs, and return their paths. In check mode, only return them.

        :raises SmsError: a file cannot be read or written.
        """
        wanted = {folder / name: content.encode("utf-8", "replace") for name, content in contents.items()}
        try:
            changed = [file for file, content in wanted.items() if not file.is_file() or file.read_bytes() != content]
            if not self._task.check_mode:
                folder.mkdir(parents=True, exist_ok=True)
                for file in changed:
                    _state_files.replace_file(file, wanted[file])
        except OSError as error:
            raise _FileError(
                f"The report cannot be written to {folder}: {error.strerror}. Choose another path."
            ) from None
        return [str(file) for file in changed]


class _FileError(SmsError):
    """A file of the report cannot be read or written."""


def _scope(accounts: _accounts.PlayAccounts, query: _query.Query, options: Mapping[str, Any]) -> _history.ReportScope:
    """Return which servers the report is about, and whether with their targets.

    The identity is part of it: to a report about another account, all servers would have vanished or be new.
    """
    scopes = {json.dumps(scope, sort_keys=True): scope for scope in _scopes(accounts, query)}
    return {
        "accounts": [scopes[key] for key in sorted(scopes)],
        "servers": sorted(options["servers"]),
        "targets": options["targets"],
    }


def _scopes(accounts: _accounts.PlayAccounts, query: _query.Query) -> Iterator[ListingScope]:
    for account in accounts.accounts:
        yield scope_of(account.client.settings, query)
