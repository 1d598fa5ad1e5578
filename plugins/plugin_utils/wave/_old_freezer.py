# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: stops and restarts the services of one server.

A run may be killed between any two of these operations, and the next run continues. Therefore their order matters:

* Freeze: the record is written, the services are stopped, the record says that the server is frozen.
* Thaw: the record no longer says so, the services are started, the record is removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._old_services import Server
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import ServerError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _old_freeze_record as _freeze_record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._old_freeze_record import FreezeRecord


class Freezer:
    """Freezes and thaws a server. Each method returns the result of a task.

    :param path: of the freeze record on the server.
    :param check_mode: whether to change nothing, and return what would be changed.
    """

    def __init__(self, server: Server, path: str, server_id: str, check_mode: bool = False) -> None:
        self._server = server
        self._path = path
        self._id = server_id
        self._check_mode = check_mode

    def _read(self) -> FreezeRecord | None:
        return _freeze_record.from_json(self._server.read(self._path), self._id)

    def _write(self, record: FreezeRecord) -> None:
        self._server.write(self._path, _freeze_record.to_json(record))

    def record(self, services: Sequence[str]) -> dict[str, Any]:
        """Write those services that run now into the freeze record. Nothing is stopped yet.

        :raises SmsError: a service does not exist, or the server cannot be changed.
        """
        # All services are queried before anything is written: a misspelt name must not leave a server half frozen.
        running = [name for name in dict.fromkeys(services) if self._server.is_running(name)]
        before = self._read()
        record = (before or FreezeRecord(self._id)).add(running)
        # A server with a running service is not frozen, whatever the record said.
        record = record._replace(frozen="") if running else record
        if self._check_mode:
            return _result(record, bool(running), f"Would stop {_names(running)}.")
        if record != before:
            self._write(record)
        return _result(record, record != before, f"{_names(record.stopped)} to be stopped.")

    def stop(self) -> dict[str, Any]:
        """Stop the services of the freeze record.

        :raises SmsError: a service cannot be stopped, or there is no freeze record.
        """
        record = self._required()
        stopped = [name for name in record.stopped if self._server.stop(name)]
        return _result(record, bool(stopped), f"Stopped {_names(stopped)}.")

    def complete(self, now: str) -> dict[str, Any]:
        """Write the time of the freeze into the record.

        :param now: in ISO 8601.
        :raises SmsError: a service runs, or there is no freeze record.
        """
        record = self._required()
        # The user's own tasks may have stopped the services, so that nothing is known of them before this.
        self._refuse_running(record)
        if record.frozen:
            return _result(record, False, "It was frozen before.")
        record = record._replace(frozen=now)
        self._write(record)
        return _result(record, True, "It is frozen.")

    def verify(self) -> dict[str, Any]:
        """Verify that the freeze is complete and all services are still stopped.

        :raises SmsError: the server is not frozen.
        """
        record = self._required()
        if not record.frozen:
            raise ServerError("Its freeze was not finished.")
        # Monitoring or a colleague may have restarted a service since the freeze.
        self._refuse_running(record)
        return _result(record, False, "It is frozen.")

    def thaw(self) -> dict[str, Any]:
        """Start the services of the freeze record, the last one first, and remove the record.

        :raises SmsError: a service cannot be started. The record stays.
        """
        record = self._read()
        if record is None:
            return {"changed": False, "msg": "There is nothing to thaw: it has no freeze record.", "stopped": []}
        if self._check_mode:
            return _result(record, True, f"Would start {_names(record.stopped)}.")
        # From here on it is not frozen. A run that is killed now must not leave a record by which it is launched.
        record = record._replace(frozen="")
        self._write(record)
        problems = []
        for name in reversed(record.stopped):
            try:
                self._server.start(name)
            except ServerError as error:
                # The other services are started all the same.
                problems.append(str(error))
        if problems:
            raise ServerError(" ".join(problems))
        self._server.remove(self._path)
        return _result(record, True, f"Thawed: started {_names(record.stopped)}.")

    def _required(self) -> FreezeRecord:
        record = self._read()
        if record is None:
            raise ServerError("It is not frozen: it has no freeze record.")
        return record

    def _refuse_running(self, record: FreezeRecord) -> None:
        running = [name for name in record.stopped if self._server.is_running(name)]
        if running:
            raise ServerError(f"It is not frozen: {_names(running)} {'runs' if len(running) == 1 else 'run'} again.")


def _result(record: FreezeRecord, changed: bool, message: str) -> dict[str, Any]:
    return {"changed": changed, "msg": message, "stopped": list(record.stopped), "frozen": record.frozen}


def _names(services: Sequence[str]) -> str:
    return _text.some_of([_text.plain(name) for name in services]) or "nothing"
