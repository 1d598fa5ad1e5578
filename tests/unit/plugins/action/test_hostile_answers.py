# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a service sends, an action ends in time with one message that shows no secret."""

from __future__ import annotations

import time
import unicodedata

import pytest
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_answers import CASES, CORE, SECRET
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import serving

TOTAL_TIMEOUT = 4
# What a busy machine may add.
SLACK = 8
BOUNDS = {"timeout": 1, "total_timeout": TOTAL_TIMEOUT}


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_answer_is_one_message_of_an_action_in_time(case, act):
    answer, words, retries = CASES[case]
    begin = time.monotonic()
    with serving(answer) as server:
        outcome = act(
            "wait_for_cycle", cycles=["syncing"], endpoint=server.url, token=SECRET, retries=retries, **BOUNDS
        )
    assert time.monotonic() - begin < TOTAL_TIMEOUT + SLACK
    assert outcome.failed
    assert words in outcome.result["msg"]
    assert {*outcome.result} == {"failed", "msg"}
    assert CORE not in f"{outcome}"
    assert "Traceback" not in f"{outcome}"
    assert not [each for each in outcome.result["msg"] if unicodedata.category(each) in ("Cc", "Cf", "Cs")]
