# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a service sends, the event source has one message for it, in time, and tells no event."""

from __future__ import annotations

import asyncio
import runpy

import pytest
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_answers import CASES, CORE, SECRET
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import serving

TOTAL_TIMEOUT = 4
# What a busy machine may add.
SLACK = 8


@pytest.fixture(scope="session")
def source(collection):
    return runpy.run_path(str(collection / "extensions" / "eda" / "plugins" / "event_source" / "source_servers.py"))


async def first_message(source, caplog, queue, options):
    """What the source ends with or warns of, whichever comes first; it is cancelled then."""
    task = asyncio.create_task(source["main"](queue, options))
    while not task.done() and not caplog.records:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    return str(task.exception()) if not task.cancelled() else caplog.records[0].getMessage()


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_answer_is_one_message_of_the_event_source_in_time(case, source, caplog):
    answer, words, retries = CASES[case]
    queue = asyncio.Queue()
    with serving(answer) as server:
        bounds = {"timeout": 1, "total_timeout": TOTAL_TIMEOUT, "retries": retries}
        options = {"endpoint": server.url, "token": SECRET, "emit_existing": True, **bounds}
        told = asyncio.run(
            asyncio.wait_for(first_message(source, caplog, queue, options), TOTAL_TIMEOUT + SLACK),
        )
    assert words in told
    assert CORE not in told + caplog.text
    assert "Traceback" not in told + caplog.text
    assert "\n" not in told
    assert queue.empty()
