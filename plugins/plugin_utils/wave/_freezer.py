# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: freezing and thawing of one server, so that it can be taken up again.

The order is what counts. Noted down, then stopped, then said to be frozen; no longer said to be, then started, then
forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import Server, ServerError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _freeze_record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import Mark


class Freezer:
    """Freezes and thaws a server.

    :param path: of the mark on the server.
    :param check_mode: whether to change nothing, and say what would be.
    """

    def __init__(self, server: Server, path: str, server_id: str, check_mode: bool = False) -> None:
        self._server = server
        self._path = path
        self._id = server_id
        self._check_mode = check_mode

    def _read(self) -> Mark | None:
        return _freeze_record.from_json(self._server.read(self._path), self._id)

    def _write(self, mark: Mark) -> None:
        self._server.write(self._path, _freeze_record.to_json(mark))

    def mark(self, services: Sequence[str]) -> dict[str, Any]:
        """Note down which services are going to be stopped: those that run now. Nothing is stopped yet.

        :raises SmsError: one does not exist, or the server refuses.
        """
        running = [name for name in dict.fromkeys(services) if self._server.is_running(name)]
        before = self._read()
        # What runs is not frozen, whatever was stopped before.
        mark = (before or Mark(self._id)).add(running)
        mark = mark._replace(frozen="") if running else mark
        if self._check_mode:
            return _result(mark, bool(running), f"Would stop {_names(running)}.")
        if mark != before:
            self._write(mark)
        return _result(mark, mark != before, f"{_names(mark.stopped)} to be stopped.")

    def stop(self) -> dict[str, Any]:
        """Stop the services that the mark names and that run.

        :raises SmsError: one cannot be stopped, or there is no mark.
        """
        mark = self._marked()
        stopped = [name for name in mark.stopped if self._server.stop(name)]
        return _result(mark, bool(stopped), f"Stopped {_names(stopped)}.")

    def seal(self, now: str) -> dict[str, Any]:
        """Say in the mark that the server is frozen, if all is stopped that it names.

        :param now: since when.
        :raises SmsError: something runs, or there is no mark.
        """
        mark = self._marked()
        self._refuse_running(mark)
        if mark.frozen:
            return _result(mark, False, "It was frozen before.")
        mark = mark._replace(frozen=now)
        self._write(mark)
        return _result(mark, True, "It is frozen.")

    def verify(self) -> dict[str, Any]:
        """See that the server is frozen: it says so itself, and what was stopped is still stopped.

        :raises SmsError: it is not.
        """
        mark = self._marked()
        if not mark.frozen:
            raise ServerError("Its freeze was not finished.")
        self._refuse_running(mark)
        return _result(mark, False, "It is frozen.")

    def thaw(self) -> dict[str, Any]:
        """Start what was stopped, in reverse order, and forget about it.

        :raises SmsError: a service cannot be started; the mark stays.
        """
        mark = self._read()
        if mark is None:
            return {"changed": False, "msg": "There is nothing to thaw: it has no mark of a wave.", "stopped": []}
        if self._check_mode:
            return _result(mark, True, f"Would start {_names(mark.stopped)}.")
        self._write(mark._replace(frozen=""))
        problems = []
        for name in reversed(mark.stopped):
            try:
                self._server.start(name)
            except ServerError as error:
                problems.append(str(error))
        if problems:
            raise ServerError(" ".join(problems))
        self._server.remove(self._path)
        return _result(mark._replace(frozen=""), True, f"Thawed: started {_names(mark.stopped)}.")

    def _marked(self) -> Mark:
        mark = self._read()
        if mark is None:
            raise ServerError("It is not frozen: it has no mark of a wave.")
        return mark

    def _refuse_running(self, mark: Mark) -> None:
        running = [name for name in mark.stopped if self._server.is_running(name)]
        if running:
            raise ServerError(f"It is not frozen: {_names(running)} {'runs' if len(running) == 1 else 'run'} again.")


def _result(mark: Mark, changed: bool, message: str) -> dict[str, Any]:
    return {"changed": changed, "msg": message, "stopped": list(mark.stopped), "frozen": mark.frozen}


def _names(services: Sequence[str]) -> str:
    return _text.some_of([_text.plain(name) for name in services]) or "nothing"
