# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No join of the texts of events, with one another or with a literal of the user's, can be evaluated."""

from __future__ import annotations

# ruff: noqa: RUF001 - look-alikes are what this is about
import contextlib
import json

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.huaweicloud.sms.plugins.module_utils.events._text import neutralize
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jinja2.nativetypes import NativeEnvironment

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19
    trust_as_template = str

# What an attacker would name servers: pieces of templates, of expressions, of the header, of Python's literals.
PIECES = [
    *("{", "}", "{{", "}}", "{%", "%}", "{#", "#}", "#", "%", "(", ")", "()", "[", "]", "[[", "]]", "|", ".", ","),
    *("#jinja2:", "#jinja", "jinja2:", "jinja2", "jinja", "nja2:", "a2:", "2:", "2", "ja2", ":", "\n", " ", "\u2028"),
    *("variable_start_string:'[['", "variable_end_string:']]'", "'", '"', "'''", "\\x7b", "\\x28", "\\x29", "\\"),
    *("canary", "canary()", "canary_value", " set x = canary() ", "if true", "7*7", "lookup('canary')", "web-1"),
    *("'x' | canary_filter", "| canary_filter", "$ANSIBLE_VAULT;1.1;AES256", "\ud83d"),
]
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text(max_size=8))
# What users write around them. A literal that is a template itself is the user's own.
LITERALS = st.sampled_from(
    ["", " ", "#", "#ji", "#jin", "Ticket #", ": ", ":", "\n", "'", '"', "{", "}", "%}", "/", ","]
)


class Canary:
    """A function that must not be called."""

    def __init__(self):
        self.calls = []

    def __call__(self, *arguments):
        self.calls.append(arguments)


def evaluated(text, **variables):
    """What Ansible makes of an extra variable; None where it cannot read it."""
    try:
        return Templar(loader=DataLoader(), variables=variables).template(trust_as_template(text))
    except Exception:
        return None


def joined_by_the_engine(texts, literals):
    """What a rulebook's ``extra_vars`` make of texts and literals: the engine evaluates the literals' templates."""
    template = "".join(f"{{{{ literals[{n}] }}}}{{{{ texts[{n}] }}}}" for n in range(len(texts)))
    return NativeEnvironment().from_string(template).render(texts=texts, literals=literals)


def are_no_template_themselves(literals, texts):
    """Whether the user's own words alone begin no template: an empty text leaves them side by side."""
    own = "".join(f"{literal}\0" if text else literal for literal, text in zip(literals, texts, strict=False))
    return not any(beginning in own for beginning in ("{{", "{%", "{#"))


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(LITERALS, min_size=4, max_size=4))
@example(["{", "{ canary_value }}"], [""] * 4)
@example(["{", "% if canary_value %", "}"], ["", "", "", ""])
@example(["% if canary() %", "", "}"], ["{", "}", "", ""])
@example(["jinja2:variable_start_string:'[[', variable_end_string:']]'\n[[ canary_value ]]"], ["#"] + [""] * 3)
@example(["jin", "ja2:variable_start_string:'[['\n[[ canary_value }}"], ["#"] + [""] * 3)
@example(["#jinja2", ":variable_start_string:'[['\n[[ canary_value }}"], [""] * 4)
@example(["'\\x7b\\x7b canary_value \\x7d\\x7d'"], [""] * 4)
@example(["'", "{{ canary_value }}'"], [""] * 4)
def test_no_join_of_texts_is_evaluated(texts, literals):
    assume(are_no_template_themselves(literals, neutralize(texts)))
    joined, canary = joined_by_the_engine(neutralize(texts), literals), Canary()
    if isinstance(joined, str):
        result = evaluated(joined, canary=canary, canary_value="EVALUATED")
        assert (canary.calls, result) in (([], joined), ([], None))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("canary()")
@example("'x' | canary_filter")
@example("canary('x')")
def test_no_text_is_an_expression_that_calls_something(text):
    """``when: "{{ ticket }}"`` takes a text for an expression."""
    canary, environment = Canary(), NativeEnvironment()
    environment.filters["canary_filter"] = canary
    with contextlib.suppress(Exception):
        environment.compile_expression(neutralize(text))(canary=canary)
    assert canary.calls == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lookup('pipe', \"x\")", "lookup（＇pipe＇, ＂x＂）"),
        ("{{ 1 }} {% x %}", "｛｛ 1 ｝｝ ｛% x %｝"),
        ("a\nb\r\x1b[2J\u2028\x00", "a b  [2J  "),
        ("\\x7b", "＼x7b"),
        ("a | b", "a ｜ b"),
        ("#jinja2: x", "＃jinja２: x"),
        ("  # x", "  ＃ x"),
        ("% x", "％ x"),
        *(("jinja2", "jinja２"), ("ja2", "ja２"), ("2", "２"), ("a2:b", "a２:b"), ("inja2: x", "inja２: x")),
        ("half \ud83d", "half \ufffd"),
        ("$ANSIBLE_VAULT;1.1", "＄ANSIBLE_VAULT;1.1"),
    ],
)
def test_dangerous_characters_become_look_alikes(text, expected):
    assert neutralize(text) == expected
    assert neutralize(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "web-1.example.com",
            "linux sources",
            "192.0.2.1",
            "fe80::2",
            "SMS.6517",
            "2026-01-12",
            "22",
            "a22",
            "java2",
        ),
        *("https://support.example/sms_faq#a2", "C: 50 %", "é🖥️", "5d50c930-f5e5-4e94-aa59-e0545679c67b", "[1, 2]"),
    ],
)
def test_usual_texts_stay_what_they_are(text):
    assert neutralize(text) == text


def test_keys_and_texts_are_reached_wherever_they_are():
    value = {"{{ a }}": [{"deep": ("{{ b }}", 1, None, True, 1.5)}]}
    assert neutralize(value) == {"｛｛ a ｝｝": [{"deep": ["｛｛ b ｝｝", 1, None, True, 1.5]}]}


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_json_does_not_know_becomes_null(number):
    assert json.dumps(neutralize({"size": number}), allow_nan=False) == '{"size": null}'
