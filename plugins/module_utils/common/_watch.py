# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what ends a loop that polls SMS, and all work if Ansible has ended."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ._deadline import Deadline
from ._errors import SmsError

# Seconds after which it is noticed at the latest that Ansible has ended.
_SLICE = 1.0


@contextmanager
def end_with_ansible() -> Iterator[None]:
    """End this process at once if the Ansible process that started it ends before the block.

    Ansible runs each task in a process of its own. If ansible-playbook is killed with SIGKILL, that process lives on.
    Nobody would see what it does, and a second run would act on the same servers at the same time. An exception could
    not end it: requests, waits and commands on servers would go on until they notice.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        # No process of Ansible's: a test, or a program that runs the action itself.
        yield
        return
    has_ended = threading.Event()

    def watch() -> None:
        while not has_ended.wait(_SLICE):
            if os.getppid() != parent.pid:
                os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        has_ended.set()


class Watch:
    """The end of a polling loop: its deadline, or the end of the process that started this one.

    See :func:`end_with_ansible`, which ends what no loop of this class does.

    :ivar deadline: cancelled if Ansible has ended.
    :param seconds: duration of the loop at most; None for no limit.
    :param interval: seconds between two polls.
    :param within: a deadline around this one.
    """

    def __init__(self, seconds: float | None, interval: float, within: Deadline | None = None) -> None:
        self.deadline = Deadline(seconds, within=within)
        self.interval = interval
        # The parent at the start of this process: it may have ended before this loop began.
        parent = multiprocessing.parent_process()
        self._parent = parent.pid if parent else os.getppid()

    def check(self) -> None:
        """Do nothing while Ansible runs. Call it before each change as well.

        :raises SmsError: Ansible has ended.
        """
        if os.getppid() != self._parent:
            self.deadline.cancel()
            raise SmsError("Ansible has ended, and so does this wait.")

    def sleep(self, seconds: float | None = None) -> bool:
        """Wait for the next poll, at most until the deadline; return False if there was no time left.

        :param seconds: instead of the interval.
        :raises SmsError: Ansible has ended.
        """
        self.check()
        left = self.deadline.left()
        end = time.monotonic() + min(self.interval if seconds is None else seconds, left)
        while (remaining := end - time.monotonic()) > 0:
            time.sleep(min(remaining, _SLICE))
            self.check()
        return left > 0
