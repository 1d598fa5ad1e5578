# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action works in the environment that the play sets."""

from __future__ import annotations

import os

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base


def test_the_environment_of_a_play_is_that_of_the_process_until_the_work_is_done(monkeypatch):
    monkeypatch.setenv("SMS_TEST_BEFORE", "before")
    monkeypatch.delenv("SMS_TEST_NEW", raising=False)
    with _base.environment({"SMS_TEST_BEFORE": "during", "SMS_TEST_NEW": 7}):
        assert (os.environ["SMS_TEST_BEFORE"], os.environ["SMS_TEST_NEW"]) == ("during", "7")
    assert os.environ["SMS_TEST_BEFORE"] == "before"
    assert "SMS_TEST_NEW" not in os.environ


@pytest.mark.parametrize("variables", [{"A=B": "x"}, {"SMS_TEST_NEW": "a\0b"}])
def test_what_no_environment_can_hold_is_an_error_that_shows_no_value(variables):
    with pytest.raises(OptionsError, match="no environment variable can have") as error, _base.environment(variables):
        pass
    assert "a\0b" not in str(error.value)
