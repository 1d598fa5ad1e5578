# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: source_servers
short_description: Events when source servers of Huawei Cloud's Server Migration Service (SMS) change
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Lists the source servers at an interval, compares each list with the one before, and gives an event for each change.
  - A list is compared only when it has arrived completely. A server never seems to have vanished because a part of the
    list was missing.
  - 'An event is C({"sms": {…}}). C(sms.change) says what happened, C(sms.from) and C(sms.to) what was and what is.
    C(sms.server) has the C(id), C(name) and C(ip) of the server, C(sms.record) all that the service says about it,
    C(sms.progress) how much of its data has been replicated (percent, null when unknown), and C(sms.check), for
    V(check_failed), the check. C(sms.key) is the same whenever the same happens to the same server, so that rules can
    throttle by it. C(sms.host_pattern) is a host pattern for this server alone, see the notes.'
  - 'V(registered): a server is listed for the first time; C(to) is its C(state).'
  - 'V(state), V(migration_cycle): the field of that name changed.'
  - 'V(connected), V(disconnected): the agent is there again, or gone.'
  - 'V(check_failed): a check is not OK that was, or that failed otherwise; C(from) and C(to) are results, such as
    V(WARN) or V(ERROR).'
  - 'V(task_failed): the current task failed; C(from) and C(to) are its states.'
  - 'V(progress): the progress passed a threshold; C(from) is the progress before, C(to) the threshold.'
  - 'V(vanished): a server is not listed any more; C(from) was its C(state). C(record) is the little that is remembered
    of it.'
  - With a filter, V(registered) and V(vanished) also mean that a server began or ceased to match it.
options:
  interval:
    description: Seconds between two lists.
    type: float
    default: 60
  max_interval:
    description:
      - While listing fails, the interval doubles with each attempt, up to so many seconds.
      - It is never shorter than O(interval).
    type: float
    default: 900
  state_file:
    description:
      - Where to keep what was last seen, so that after a restart the changes are told that happened in between.
      - The file holds names, addresses and states of the servers, no credentials. Each source needs one of its own.
      - Changes that the rulebook engine had not yet taken over when it was stopped are told after the restart. Only if
        the process is killed while it is telling changes are the same ones told again, with the same keys.
      - Without it, each start begins with a new list to compare with.
    type: path
  progress_thresholds:
    description: Percentages of the data replicated, above 0 and up to 100. Passing each of them is an event.
    type: list
    elements: int
    default: [25, 50, 75, 100]
  emit_existing:
    description:
      - Whether the servers of the very first list are told as V(registered), with their failed checks and tasks.
      - By default, the first list is only what later ones are compared with.
    type: bool
    default: false
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.filters.state
notes:
  - Connection options, filters and environment variables are those of the inventory plugin
    P(huaweicloud.sms.source_servers#inventory).
  - C(ansible-core) and C(requests) must be installed for the Python that runs C(ansible-rulebook).
  - A first list that fails for a reason that does not pass, such as wrong credentials, ends the source with an error.
    All other failures are warnings in the log, and lists go on.
  - Servers have the names that their owners gave them, and playbooks evaluate the text that an event brings. Therefore
    an event has look-alikes of full width in place of braces, parentheses, vertical bars, backslashes, dollar signs and
    quotes, of a C(#) or C(%) with which a text begins, and of the C(2) of C(jinja2) or what may end this word. Control
    characters and line breaks are spaces.
  - A name is not a host pattern. A server can be called C(all) or like a group. To run a playbook or job template on
    the server of an event, use C(sms.host_pattern), and have C(id) in the option
    O(huaweicloud.sms.source_servers#inventory:group_by) of the inventory file. The pattern is the group of the
    server's ID. If the inventory does not have this server or does not group by C(id), the pattern matches no host.
  - A number that JSON does not know, such as C(1e400), is null in an event.
"""

EXAMPLES = r"""
- name: Act when a server is ready to cut over
  hosts: localhost
  sources:
    # Credentials from the environment, such as HW_ACCESS_KEY and HW_SECRET_KEY.
    - huaweicloud.sms.source_servers:
        region: ap-southeast-3
        state_file: /var/lib/sms/wave-1.json
  rules:
    - name: Ready
      condition: event.sms.change == "migration_cycle" and event.sms.to == "syncing"
      action:
        run_playbook:
          name: cut_over.yml
          extra_vars:
            # In the playbook: hosts: "{{ host_pattern }}"
            host_pattern: "{{ event.sms.host_pattern }}"

- name: Watch one migration project, with credentials from variables, and tell at most once in an hour who is offline
  hosts: localhost
  sources:
    - huaweicloud.sms.source_servers:
        region: ap-southeast-3
        access_key: "{{ sms_access_key }}"
        secret_key: "{{ sms_secret_key }}"
        migproject: 5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10
        interval: 300
        progress_thresholds: [50, 100]
  rules:
    - name: Offline
      condition: event.sms.change == "disconnected"
      throttle:
        once_within: 1 hour
        group_by_attributes:
          - event.sms.key
      action:
        debug:
          msg: "{{ event.sms.server.name }} ({{ event.sms.server.id }}) has lost its agent"

    - name: Blocked
      condition: event.sms.change == "check_failed" and event.sms.to == "ERROR"
      action:
        debug:
          msg: "{{ event.sms.server.name }}: {{ event.sms.check.name }} {{ event.sms.check.error_code }}"
"""

import asyncio
import copy
import logging
import sys
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

# The rulebook engine runs this file by its path and knows nothing of Python packages in collections: what makes the
# collection importable is the folder that holds "ansible_collections", which is eight levels up.
_COLLECTIONS_PATH = str(Path(__file__).absolute().parents[7])
if _COLLECTIONS_PATH not in sys.path:
    sys.path.insert(0, _COLLECTIONS_PATH)

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.events._memory import (
    Event,
    Servers,
    SourceState,
    scope_of,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.events._text import neutralize
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _query, _settings
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _changes, _progress
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import id_group, without_secrets

NAME = "huaweicloud.sms.source_servers"
OWN_SPEC: dict[str, dict[str, Any]] = {
    "interval": {"type": "float", "default": 60},
    "max_interval": {"type": "float", "default": 900},
    "state_file": {"type": "path"},
    "progress_thresholds": {"type": "list", "elements": "int", "default": list(_changes.THRESHOLDS)},
    "emit_existing": {"type": "bool", "default": False},
}
SHORTEST_INTERVAL = 0.1
LONGEST_INTERVAL = 86400

logger = logging.getLogger(NAME)


async def main(queue: asyncio.Queue[Event], args: dict[str, Any]) -> None:
    """Emit an event for each change of a source server, until cancelled.

    :param queue: receives the events.
    :param args: the options in the rulebook.
    :raises SmsError: an option cannot be used, or the first listing fails with an error that is not transient.
    """
    try:
        options = _read_options(args)
        settings, query = _settings.settings_from(options), _query.query_from(options)
        state = SourceState(options["state_file"], scope_of(settings, query))
        with _connection.Client(settings) as client:
            await Source(queue, client, query, state, options).run()
    except SmsError as error:
        # The engine logs a whole traceback below the message, which needs none.
        raise error.with_traceback(None) from None


def _read_options(args: dict[str, Any]) -> dict[str, Any]:
    """Return the options with their defaults, converted as for a module.

    :raises OptionsError: an option is unknown or cannot be used.
    """
    if not _connection.HAS_REQUESTS:
        raise OptionsError(f"The Python library requests is missing: install it for {sys.executable}.")
    spec = {**_argument_spec.CONNECTION_SPEC, **_argument_spec.FILTER_SPEC, **OWN_SPEC}
    unknown = [str(name) for name in args if name not in spec]
    if unknown:
        raise OptionsError(f"{NAME} has no option {', '.join(unknown)}. It has {', '.join(spec)}.")
    # A rulebook passes null for an undefined variable.
    result = ArgumentSpecValidator(spec).validate({name: value for name, value in args.items() if value is not None})
    if result.error_messages:
        raise OptionsError(f"{NAME}: {'; '.join(result.error_messages)}")
    options: dict[str, Any] = result.validated_parameters
    for name in ("interval", "max_interval"):
        if not SHORTEST_INTERVAL <= options[name] <= LONGEST_INTERVAL:
            raise OptionsError(f"{name}: {options[name]:g} is not between {SHORTEST_INTERVAL} and {LONGEST_INTERVAL}.")
    for threshold in options["progress_thresholds"]:
        if not 0 < threshold <= 100:
            raise OptionsError(f"progress_thresholds: {threshold} is not a percentage above 0 and up to 100.")
    return options


class Source:
    """Polls SMS: lists the servers at an interval and emits events for the changes."""

    def __init__(
        self,
        queue: asyncio.Queue[Event],
        client: _connection.Client,
        query: _query.Query,
        state: SourceState,
        options: dict[str, Any],
    ) -> None:
        self._queue = queue
        self._client = client
        self._query = query
        self._state = state
        self._interval: float = options["interval"]
        self._max_interval = max(options["interval"], options["max_interval"])
        self._thresholds: list[int] = options["progress_thresholds"]
        self._emit_existing: bool = options["emit_existing"]
        self._end = _deadline.Deadline()

    async def run(self) -> None:
        """Poll until cancelled.

        :raises SmsError: the first listing fails with an error that is not transient, or the state file cannot be
            written.
        """
        try:
            await self._emit_pending()
            await self._poll_forever()
        except asyncio.CancelledError:
            # Also cancels a listing in its thread. Otherwise the process would not end before the listing does.
            self._end.cancel()
            if self._state.pending:
                self._state.save()
            raise

    async def _poll_forever(self) -> None:
        wait, failing, has_listed = 0.0, False, False
        while True:
            await asyncio.sleep(wait)
            try:
                await self._poll()
            except SmsError as error:
                if not has_listed and not error.transient:
                    raise
                wait, failing = min(max(wait, self._interval) * 2, self._max_interval), True
                logger.warning("%s Next attempt in %g seconds.", error, wait)
            else:
                if failing:
                    logger.warning("The source servers can be listed again, every %g seconds.", self._interval)
                wait, failing, has_listed = self._interval, False, True

    async def _poll(self) -> None:
        """List the servers, emit the changes, and save the state."""
        servers, events = await asyncio.to_thread(self._list_changes)
        self._state.servers = servers
        self._state.pending.extend(events)
        await self._emit_pending()
        await self._save()

    async def _save(self) -> None:
        """Write the state file. If cancelled, wait for the end of that: another source may use the file next."""
        saving = asyncio.ensure_future(asyncio.to_thread(self._state.save))
        try:
            await asyncio.shield(saving)
        finally:
            await asyncio.wait([saving])

    def _list_changes(self) -> tuple[Servers, list[Event]]:
        """Return the servers of a new listing, reduced for the state, and the events. Runs in a thread."""
        listed = _source_servers.list_servers(self._client, self._query, self._end)
        records: Servers = {record["id"]: record for record in listed}
        before = self._state.servers
        if before is None:
            before = {} if self._emit_existing else records
        changes = _changes.compare(before, records, self._thresholds)
        servers = {server_id: _changes.reduce_record(record) for server_id, record in records.items()}
        return servers, [_event(change) for change in changes]

    async def _emit_pending(self) -> None:
        """Put the pending events into the queue, one by one, as fast as the engine receives them."""
        while self._state.pending:
            # The engine's filters modify the events.
            await self._queue.put(copy.deepcopy(self._state.pending[0]))
            self._state.pending.popleft()


def _event(change: _changes.Change) -> Event:
    record = change.record
    return {
        "sms": neutralize(
            {
                "change": change.kind,
                "server": {"id": change.server_id, "name": record.get("name"), "ip": record.get("ip")},
                "from": change.before,
                "to": change.after,
                "progress": _progress.percent_of(record),
                "check": change.check,
                "record": without_secrets(record),
                "key": change.key,
                "host_pattern": id_group(change.server_id),
            }
        )
    }
