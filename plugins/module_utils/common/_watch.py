# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what ends a loop that polls SMS."""

from __future__ import annotations

import os
import time

from ._deadline import Deadline
from ._errors import SmsError

# Seconds after which a wait notices at the latest that Ansible has ended.
_SLICE = 1.0


class Watch:
    """The end of a polling loop: its deadline, or the end of the process that started this one.

    Ansible runs each task in a process of its own. If ansible-playbook is killed with SIGKILL, that process lives on.
    Nobody would see what it does, and a second run would act on the same servers at the same time.

    :ivar deadline: cancelled if Ansible has ended.
    :param seconds: duration of the loop at most; None for no limit.
    :param interval: seconds between two polls.
    :param within: a deadline around this one.
    """

    def __init__(self, seconds: float | None, interval: float, within: Deadline | None = None) -> None:
        self.deadline = Deadline(seconds, within=within)
        self.interval = interval
        self._parent = os.getppid()

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
