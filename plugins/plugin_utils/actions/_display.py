# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: printing that an interruption cannot break off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def whole_lines() -> Iterator[None]:
    """Delay signals until the lines of this block are printed.

    A worker sends lines to Ansible's main process through a queue with a lock. If the worker is killed while it holds
    the lock, the main process waits for it forever.
    """
    if threading.current_thread() is not threading.main_thread():
        # Python handles signals in the main thread only, and sets handlers only there.
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
            # None stands for a handler that was not set by Python. Ansible's workers have no such handlers.
            signal.signal(number, handler or signal.SIG_DFL)
        for interruption in put_off:
            signal.raise_signal(interruption)
