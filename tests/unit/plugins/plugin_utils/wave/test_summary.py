# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of a wave."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _summary

pytestmark = pytest.mark.core

COMMAND = "ansible-playbook -i <inventory> huaweicloud.sms.thaw --limit web -e thaw_force=true -e thaw_confirm=1"


def row(host, reason):
    return {"host": host, "id": "6c79458a-1", "result": "unknown", "state": "x", "cycle": "y", "reason": reason}


def test_a_reason_that_the_table_cuts_is_below_it_with_the_command_at_its_end():
    long = f"{'It stays frozen. ' * 40}{COMMAND}"
    lines = _summary.table([row("web", long), row("database", "It is short."), row("mail", "")])
    assert lines[1].endswith("…")
    assert lines[4:] == ["", "In full:", f"web: {long}"]


def test_nothing_is_below_a_table_that_shows_all():
    assert len(_summary.table([row("web", "It is short."), row("mail", "")])) == 3
