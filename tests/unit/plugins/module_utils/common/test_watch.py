# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time

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
