# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deadlines: how much time is left, and what ends when it is over or the work is called off."""

from __future__ import annotations

import math
import threading

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import DeadlineError, SmsError

LONG = 1000
# A test that waits this long has failed.
PATIENCE = 30


def ended(work):
    """What a piece of work raised in a thread of its own, which must have ended."""
    raised = []

    def run():
        try:
            work()
        except DeadlineError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, raised


def test_without_a_bound_there_is_always_time_left():
    deadline = Deadline()
    assert deadline.left() == math.inf
    assert not deadline.over
    deadline.check()
    deadline.sleep(0)


def test_the_time_left_is_never_negative():
    deadline = Deadline(0)
    assert deadline.left() == 0
    assert deadline.over
    assert not deadline.cancelled


def test_a_deadline_that_has_passed_is_a_transient_error_of_ours():
    with pytest.raises(SmsError, match="time is up") as error:
        Deadline(0).check()
    assert error.value.transient


def test_no_sleep_is_longer_than_what_is_left():
    deadline = Deadline(0.05)
    with pytest.raises(DeadlineError, match="time is up"):
        deadline.sleep(LONG)
    assert deadline.left() == 0


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_calling_off_ends_every_sleep_below(levels):
    deadline = innermost = Deadline(LONG)
    for _level in range(levels):
        innermost = Deadline(LONG, within=innermost)
    thread, raised = ended(lambda: innermost.sleep(LONG))
    deadline.cancel()
    thread.join(PATIENCE)
    assert "called off" in str(raised[0])
    assert innermost.cancelled


def test_calling_off_a_part_leaves_the_whole_alone():
    whole = Deadline()
    part, sibling = Deadline(within=whole), Deadline(within=whole)
    part.cancel()
    assert part.cancelled
    assert not whole.cancelled
    assert not sibling.cancelled


def test_a_part_of_what_was_called_off_never_begins():
    whole = Deadline()
    whole.cancel()
    with pytest.raises(DeadlineError, match="called off"):
        Deadline(within=whole).check()


@pytest.mark.parametrize(("own", "whole"), [(0, LONG), (LONG, 0), (None, 0), (0, None)])
def test_a_part_ends_with_the_sooner_of_the_two(own, whole):
    assert Deadline(own, within=Deadline(whole)).left() == 0


@pytest.mark.parametrize("over", [lambda: Deadline(0.01), lambda: Deadline(LONG, within=Deadline(0.01))])
def test_who_watches_is_told_when_the_time_is_up(over):
    told = threading.Event()
    with over().watch(told.set):
        assert told.wait(PATIENCE)


def test_who_watches_is_told_when_the_work_is_called_off():
    told = threading.Event()
    whole = Deadline()
    part = Deadline(LONG, within=whole)
    with part.watch(told.set):
        assert not told.is_set()
        whole.cancel()
        assert told.is_set()


def test_who_watches_what_was_called_off_already_is_told_at_once():
    told = threading.Event()
    deadline = Deadline()
    deadline.cancel()
    with deadline.watch(told.set):
        assert told.is_set()


def test_who_does_not_watch_any_more_is_not_told():
    told = threading.Event()
    deadline = Deadline(LONG)
    with deadline.watch(told.set):
        pass
    deadline.cancel()
    assert not told.is_set()
