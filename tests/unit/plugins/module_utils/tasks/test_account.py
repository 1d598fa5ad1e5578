# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many migrations run in the accounts of a rollout."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _states
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._account import count_running

RUNNING = ("initialize", "premigready", "premiging", "premiged", "replicate")


@pytest.mark.parametrize("state", [*_states.KNOWN, "unheard of"])
def test_a_server_runs_from_the_start_to_the_end_of_the_full_copy_drill_included(state):
    account = SimpleNamespace(records={"a": {"id": "a", "state": state}})
    assert count_running([account], []) == (state in RUNNING)
    assert count_running([account, account], ["a"]) == 0
