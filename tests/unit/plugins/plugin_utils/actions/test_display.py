# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for the user are handed to Ansible as a whole."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.plugins import action
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _display

pytestmark = pytest.mark.core

pytestmark = pytest.mark.core


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_waits_until_a_line_is_shown(number):
    events = []
    before = signal.signal(number, lambda *_arguments: events.append("ended"))
    try:
        with _display.whole_lines():
            signal.raise_signal(number)
            events.append("shown")
        assert events == ["shown", "ended"]
        signal.raise_signal(number)
        assert events == ["shown", "ended", "ended"]
    finally:
        signal.signal(number, before)


def test_lines_are_shown_from_other_threads_too():
    shown = []

    def show():
        with _display.whole_lines():
            shown.append("line")

    thread = threading.Thread(target=show)
    thread.start()
    thread.join()
    assert shown == ["line"]


def test_no_action_shows_lines_in_another_way():
    sources = {path.name: path.read_text(encoding="utf-8") for path in Path(action.__path__[0]).glob("*.py")}
    assert sources
    assert not [name for name, source in sources.items() if "_display" in source]
