# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: remote text in events, so that nothing evaluates it. Pure functions.

The rulebook engine passes events to playbooks as extra variables, which Ansible trusts: nothing can mark a text in them
as remote. Therefore the characters themselves must be harmless, alone and joined with other texts:

* Without braces, no text is a template. Without brackets and bars, no expression calls anything.
* The engine's own Jinja takes a result that looks like a Python literal for one, so that a quoted ``'\\x7b'`` would
  become a brace: without quotes and backslashes there is no such literal.
* What Ansible takes for the header ``#jinja2:``, which brings delimiters of its own, cannot come together: neither
  within a text nor from the end of one and the beginning of the next.
* The engine decrypts what holds ``$ANSIBLE_VAULT``.
"""

from __future__ import annotations

import math
import re
from typing import Any

# Each is replaced by its full-width form.
_REPLACED = "{}()|'\"\\$"
_WIDER = 0xFEE0
_TABLE: dict[int, int | str] = {
    # Control characters and line breaks.
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    # Lone surrogates, which UTF-8 cannot encode.
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **{ord(character): ord(character) + _WIDER for character in _REPLACED},
}
# What begins a header, a comment or a statement behind the end of another text, also where blanks are stripped.
_BEGINNING = re.compile(r"\s*[#%]")
# The 2 of the header, in a text that has the header's word in it, or that may end it.
_TWO = re.compile(r"jinja2|^\s*(?:(?:(?:(?:j?i)?n)?j)?a)?2(?=\s*:|\s*$)")


def neutralize(value: Any) -> Any:
    """Return a copy of a value in which no text, keys included, can be evaluated, alone or joined with others.

    A number that JSON does not have becomes None. A harmless text stays as it is.
    """
    if isinstance(value, str):
        return _neutralize_text(value)
    if isinstance(value, dict):
        return {neutralize(key): neutralize(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [neutralize(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _neutralize_text(text: str) -> str:
    text = text.translate(_TABLE)
    text = _BEGINNING.sub(_widen_last, text, count=1) if _BEGINNING.match(text) else text
    return _TWO.sub(_widen_last, text)


def _widen_last(match: re.Match[str]) -> str:
    found = match.group()
    return found[:-1] + chr(ord(found[-1]) + _WIDER)
