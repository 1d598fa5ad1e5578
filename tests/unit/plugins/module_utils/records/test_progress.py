# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far servers are."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _progress
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server as server

GIB = 2**30


def copying(replicated, total, rate):
    return server(replicatesize=replicated, totalsize=total, current_task={"migrate_speed": rate})


def test_the_time_left_follows_from_the_missing_data_and_the_rate():
    progress = _progress.progress_of(copying(1_000_000_000, 2_000_000_000, 80))
    assert (progress.percent, progress.seconds_left) == (50.0, 100)


def test_a_hundred_percent_means_that_nothing_is_left():
    assert _progress.progress_of(copying(9999, 10_000, 1)).percent == 99.9


@pytest.mark.parametrize("total", [None, 0, -5, "many", True])
def test_progress_is_unknown_without_a_total(total):
    progress = _progress.progress_of(server(replicatesize=5, totalsize=total))
    assert (progress.percent, progress.seconds_left) == (None, None)


def test_the_time_left_is_unknown_while_nothing_moves():
    assert _progress.progress_of(copying(1, 2, 0)).seconds_left is None


def test_a_wave_takes_as_long_as_its_slowest_server():
    wave = _progress.combine(map(_progress.progress_of, [copying(0, 10**6, 8), copying(0, 10**6, 4)]))
    assert (wave.percent, wave.rate, wave.seconds_left) == (0, 12, 2)


def test_the_time_of_a_wave_is_that_of_the_servers_that_tell():
    wave = _progress.combine(map(_progress.progress_of, [copying(0, 10**6, 8), server()]))
    assert wave.seconds_left == 1
    assert _progress.combine(map(_progress.progress_of, [server(), server()])).seconds_left is None


def test_an_empty_wave_has_no_progress():
    assert _progress.combine([]) == (None, 0, 0, 0, None)


def test_progress_reads_as_a_person_would_say_it():
    words = _progress.describe(_progress.progress_of(copying(16 * GIB, 40 * GIB, 93)))
    assert words == "40.0 %, 16.0 of 40.0 GiB, 93 Mbit/s, about 37 min left"
