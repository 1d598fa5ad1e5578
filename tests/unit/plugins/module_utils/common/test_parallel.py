# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parallel calls yield their results as they arrive, and end together."""

from __future__ import annotations

import signal
import threading
import time

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._parallel import map_in_parallel

# So long that a busy machine ends sooner.
SECONDS_OF_A_CALL = 60


def test_an_interruption_that_the_system_gives_to_another_thread_ends_them_all():
    deadline = Deadline()

    def interrupt(_item):
        # By then the main thread waits.
        time.sleep(0.5)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        give_up = time.monotonic() + SECONDS_OF_A_CALL
        while not deadline.over and time.monotonic() < give_up:
            time.sleep(0.01)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(map_in_parallel(interrupt, [1], concurrency=1, deadline=deadline))
    assert time.monotonic() - began < SECONDS_OF_A_CALL / 2


def test_results_that_take_longer_than_a_wait_are_all_yielded():
    def wait(seconds):
        time.sleep(seconds)
        return seconds

    results = map_in_parallel(wait, (0, 0.5, 0.1, 0.3), concurrency=4, deadline=Deadline())
    assert dict(results) == {0: 0, 0.1: 0.1, 0.3: 0.3, 0.5: 0.5}


def test_a_caller_that_stops_cancels_the_other_calls():
    deadline = Deadline()

    def wait_unless_first(item):
        give_up = time.monotonic() + SECONDS_OF_A_CALL
        while item and not deadline.over and time.monotonic() < give_up:
            time.sleep(0.01)

    began = time.monotonic()
    for item, _result in map_in_parallel(wait_unless_first, range(4), concurrency=4, deadline=deadline):
        assert item == 0
        break
    assert deadline.cancelled
    assert time.monotonic() - began < SECONDS_OF_A_CALL / 2
