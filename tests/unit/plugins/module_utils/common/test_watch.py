# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import multiprocessing
import os
import time
from types import SimpleNamespace

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _watch
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError


def test_a_watch_sleeps_for_its_interval_and_never_longer_than_its_deadline():
    began = time.monotonic()
    assert _watch.Watch(60, 0.05).sleep()
    assert _watch.Watch(0.05, 60).sleep()
    assert _watch.Watch(60, 60).sleep(0.05)
    assert 0.14 < time.monotonic() - began < 5


def test_a_watch_whose_time_is_up_does_not_sleep():
    assert not _watch.Watch(0, 60).sleep()


def test_a_sleep_ends_when_the_process_that_started_this_one_has_ended(monkeypatch):
    monkeypatch.setattr(_watch, "_SLICE", 0.01)
    watch = _watch.Watch(None, 60)
    calls = iter([os.getppid()] * 3)
    monkeypatch.setattr(os, "getppid", lambda: next(calls, 1))
    with pytest.raises(SmsError, match="Ansible has ended"):
        watch.sleep()
    assert watch.deadline.cancelled


def test_a_watch_knows_the_process_that_started_this_one_even_if_that_has_ended_before(monkeypatch):
    parent = SimpleNamespace(pid=os.getppid())
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    _watch.Watch(None, 60).check()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    watch = _watch.Watch(None, 60)
    with pytest.raises(SmsError, match="Ansible has ended"):
        watch.check()


def _work(connection):
    """Starts a process that works without end, and waits to be killed."""
    child = multiprocessing.get_context("fork").Process(target=_work_without_end, args=[connection])
    child.start()
    child.join()


def _work_without_end(connection):
    with _watch.end_with_ansible():
        connection.send(os.getpid())
        # Neither a wait of this collection's nor one that looks at a deadline.
        time.sleep(60)


@pytest.mark.slow
def test_work_ends_when_the_process_that_started_it_is_killed():
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    parent = context.Process(target=_work, args=[there])
    parent.start()
    there.close()
    here.recv()
    parent.kill()
    parent.join()
    # The pipe closes with the last process that has its other end.
    assert here.poll(20)
    with pytest.raises(EOFError):
        here.recv()


def test_work_of_a_process_that_ansible_did_not_start_goes_on():
    with _watch.end_with_ansible():
        assert multiprocessing.parent_process() is None
