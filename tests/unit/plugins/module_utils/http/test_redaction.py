# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text that repeats a secret is withheld, however the secret is escaped in it."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._redaction import WITHHELD, Redaction
from hypothesis import given
from hypothesis import strategies as st

ESCAPES = [
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: quote(text, errors="replace"),
    lambda text: quote(text, safe="", errors="replace"),
    html.escape,
    lambda text: html.escape(text, quote=False),
]
SECRETS = st.text("aB3\"\\/%&<>+=-_;41un' é𝐀", min_size=3, max_size=16).map(str.strip).filter(bool)


@given(secret=SECRETS, escapes=st.lists(st.sampled_from(ESCAPES), max_size=2))
def test_a_secret_is_recognised_in_any_two_escapes_however_short_it_is(secret, escapes):
    text = secret
    for escape in escapes:
        text = escape(text)
    assert Redaction([secret]).redact(f"Seen: {text}.") == WITHHELD


def test_a_secret_that_was_added_later_is_withheld_too():
    redaction = Redaction([])
    assert redaction.redact("Seen: t0ken") == "Seen: t0ken"
    redaction.add("t0ken")
    assert redaction.redact("Seen: t0ken") == WITHHELD


@pytest.mark.parametrize("secret", ["", " ", "\x01"])
def test_a_secret_without_a_visible_character_withholds_nothing(secret):
    redaction = Redaction([secret])
    redaction.add(secret)
    assert redaction.redact("Seen: nothing.") == "Seen: nothing"


def test_letters_of_a_short_secret_in_another_text_do_not_withhold_it():
    assert Redaction(["a-b-c"]).redact("abc") == "abc"
