# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every action of a wave checks its play, whatever tags were left out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _play

VALIDATED = {"_wave_host": {}, "_wave_validation": {"run": {"id": "a"}}}


def task_of(strategy):
    return SimpleNamespace(_parent=SimpleNamespace(_play=SimpleNamespace(strategy=strategy)))


@pytest.mark.parametrize("strategy", ["free", "host_pinned", "debug", "ansible.builtin.free"])
def test_another_strategy_than_linear_is_refused(strategy):
    with pytest.raises(OptionsError, match="requires the strategy linear"):
        _play.check(task_of(strategy), VALIDATED)


@pytest.mark.parametrize(
    "variables", [{}, {"_wave_host": {}}, {"_wave_host": {}, "_wave_validation": {"msg": "It failed.", "failed": True}}]
)
def test_nothing_is_done_without_a_validation_that_succeeded(variables):
    with pytest.raises(OptionsError, match="were not validated"):
        _play.check(task_of("linear"), variables)


def test_the_validation_itself_needs_the_variables_only():
    _play.check(task_of("linear"), {"_wave_host": {}}, has_begun=False)
    _play.check(task_of("linear"), VALIDATED)
