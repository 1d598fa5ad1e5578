# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Response bodies become values that can be printed and saved."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._decoding import parse_json


@pytest.mark.parametrize("code", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
@pytest.mark.parametrize("escaped", [True, False])
def test_half_a_character_is_replaced_in_keys_and_values(code, escaped):
    half = f"pc-{chr(code)}"
    body = json.dumps({"name": half, half: [half]}, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    assert parse_json(body) == {"name": "pc-\ufffd", "pc-\ufffd": ["pc-\ufffd"]}


def test_half_a_character_may_be_escaped_in_capital_letters():
    assert parse_json(rb'{"name": "\uD83D"}') == {"name": "\ufffd"}


@pytest.mark.parametrize("escaped", [True, False])
def test_other_characters_stay_as_they_are(escaped):
    values = {"name": "büro 🖥️", "한국어": "\u2028", "path": r"C:\ud8\u"}
    assert parse_json(json.dumps(values, ensure_ascii=escaped).encode()) == values


@pytest.mark.parametrize("number", ["1e400", "-1e400", f"{'9' * 400}.0"])
def test_a_number_that_is_too_large_for_json_is_null(number):
    assert parse_json(f'{{"size": {number}, "sizes": [{number}, 1.5]}}'.encode()) == {
        "size": None,
        "sizes": [None, 1.5],
    }


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_word_in_place_of_a_number_is_invalid(number):
    with pytest.raises(ValueError, match="no JSON number"):
        parse_json(f'{{"size": {number}}}'.encode())


def test_a_body_may_begin_with_a_byte_order_mark():
    assert parse_json(b'\xef\xbb\xbf{"count": 1}') == {"count": 1}
