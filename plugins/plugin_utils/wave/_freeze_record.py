# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the mark that a wave leaves on a server that it freezes. Pure functions.

What is going to be stopped is noted down first, so that whoever comes later can start it again. Only when all of it is
stopped, the mark says that the server is frozen: whoever comes in between knows that the freeze was not finished.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError


class MarkError(SmsError):
    """There is something else where the mark should be."""


class Mark(NamedTuple):
    """What a wave did to a server.

    :ivar server_id: the server that it was made on. Its target has a copy of it, and may be a server of its own later.
    :ivar stopped: the services that ran and were stopped, or are going to be, in that order.
    :ivar frozen: since when all of them are stopped, as SMS's listing may be compared with; empty where they are not.
    """

    server_id: str
    stopped: tuple[str, ...] = ()
    frozen: str = ""

    def add(self, services: Iterable[str]) -> Mark:
        """The mark with services that are going to be stopped, too."""
        more = tuple(name for name in dict.fromkeys(services) if name not in self.stopped)
        return self._replace(stopped=self.stopped + more, frozen="" if more else self.frozen)


def to_json(mark: Mark) -> str:
    """The mark as its file holds it."""
    return json.dumps({"version": 1, **mark._asdict()}, indent=1) + "\n"


def from_json(text: str | None, server_id: str) -> Mark | None:
    """The mark of a server; None where there is none, or one that another server brought along with its disks.

    :raises MarkError: it is no mark.
    """
    if text is None:
        return None
    try:
        content = json.loads(text)
        mark = Mark(content["server_id"], tuple(content["stopped"]), content["frozen"])
    except (ValueError, TypeError, KeyError):
        mark = None
    if mark is None or not all(isinstance(word, str) for word in (mark.server_id, mark.frozen, *mark.stopped)):
        raise MarkError(
            "The file of the wave's mark holds something else. See which services it names, start them, and remove it."
        )
    return mark if mark.server_id == server_id else None
