# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the freeze record, a file on a server that lists the services to restart.

It is written before the first service is stopped, so that a later run can restart all of them, from any control node.
Only when all of them are stopped, the record says that the server is frozen: a run that was killed in between leaves a
record by which the next one knows that the freeze is not complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError


class FreezeRecordError(SmsError):
    """The file of the freeze record has other content."""


class FreezeRecord(NamedTuple):
    """The services that a wave stops on a server.

    :ivar server_id: the server for which it was written. The target gets a copy with the disks, and may become a source
        server itself.
    :ivar stopped: the services that ran, in the order in which they are stopped.
    :ivar frozen: when all of them were stopped, in ISO 8601; empty if they are not.
    """

    server_id: str
    stopped: tuple[str, ...] = ()
    frozen: str = ""

    def add(self, services: Iterable[str]) -> FreezeRecord:
        """Return the record with more services that are going to be stopped."""
        # What an earlier run stopped stays in the record: it does not run now, so that nothing else would restart it.
        more = tuple(name for name in dict.fromkeys(services) if name not in self.stopped)
        return self._replace(stopped=self.stopped + more, frozen="" if more else self.frozen)


def to_json(record: FreezeRecord) -> str:
    """Return the content of the file."""
    return json.dumps({"version": 1, **record._asdict()}, indent=1) + "\n"


def from_json(text: str | None, server_id: str) -> FreezeRecord | None:
    """Return the freeze record of a server; None if it has none, or a copy of the one of another server.

    :param text: the content of the file; None if there is no file.
    :raises FreezeRecordError: it is no freeze record.
    """
    if text is None:
        return None
    try:
        content = json.loads(text)
        record = FreezeRecord(content["server_id"], tuple(content["stopped"]), content["frozen"])
    except (ValueError, TypeError, KeyError):
        record = None
    if record is None or not all(isinstance(one, str) for one in (record.server_id, record.frozen, *record.stopped)):
        # Not overwritten: it may be all that tells which services have to run.
        raise FreezeRecordError(
            "The file of the freeze record has other content. See which services it names, start them, and remove it."
        )
    return record if record.server_id == server_id else None
