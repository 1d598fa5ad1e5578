# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the strings in remote data."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import displayable
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.core

TEXTS = st.one_of(st.text(), st.text(alphabet="{}%#[]j 7*"), st.text().map(lambda text: f"#jinja2:{text}"))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda values: st.one_of(st.lists(values), st.dictionaries(st.text(), values)),
    max_leaves=10,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_a_value_is_what_it_was(value):
    assert displayable(value) == value


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_text_is_evaluated(text):
    templar = Templar(loader=DataLoader(), variables={"remote": displayable(text)})
    assert templar.template(displayable(text)) == text


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "{% if true %}x{% endif %}", "#jinja2:variable_start_string:'[%'\n[% 7*7 %]"]
)
def test_a_template_is_not_evaluated_where_it_is_used(text):
    templar = Templar(loader=DataLoader(), variables={"remote": displayable({"deep": [text]})})
    assert templar.template(displayable({"deep": [text]})) == {"deep": [text]}
