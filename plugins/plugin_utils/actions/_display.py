# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: how lines are shown, such that an interruption cannot tear one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def whole_lines() -> Iterator[None]:
    """Put an interruption off until the lines of this block are shown.

    Lines go to Ansible's main process through a queue with a lock. A worker that is ended while it holds the lock
    leaves the main process waiting for it for ever.
    """
    if threading.current_thread() is not threading.main_thread():
        # Here signals are neither handled nor can their handlers be set.
        yield
        return
    put_off: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _frame: put_off.append(number)) for number in _INTERRUPTIONS
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            # None is a handler that was not set from Python; Ansible's workers have none.
            signal.signal(number, handler or signal.SIG_DFL)
        for interruption in put_off:
            signal.raise_signal(interruption)
