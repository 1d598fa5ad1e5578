# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts for people."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (59.6, "1 min"), (2100, "35 min"), (7500, "2 h 5 min")])
def test_a_duration_reads_as_a_person_would_say_it(seconds, words):
    assert _text.duration(seconds) == words


def test_what_could_move_the_cursor_does_not_reach_the_terminal():
    assert _text.plain("a\x1b[2Jb\u202ec\nd") == "a [2Jb c d"


def test_the_columns_of_a_table_are_aligned():
    assert _text.table([("SERVER", "WHY"), ("a", "x"), ("longer name", None)]) == [
        "SERVER       WHY",
        "a            x",
        "longer name",
    ]
