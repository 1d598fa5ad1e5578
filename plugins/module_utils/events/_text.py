# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what an event may hold. Pure functions.

The rulebook engine hands events to playbooks as extra variables, and Ansible trusts these: no mark says that a text is
remote. So here it is the characters that must be harmless, alone and joined with others:

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

# Each has a look-alike of full width.
_REPLACED = "{}()|'\"\\$"
_WIDER = 0xFEE0
_TABLE: dict[int, int | str] = {
    # Control characters and line breaks.
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    # Half a character, which no UTF-8 can hold.
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **{ord(character): ord(character) + _WIDER for character in _REPLACED},
}
# What begins a header, a comment or a statement behind the end of another text, also where blanks are stripped.
_BEGINNING = re.compile(r"\s*[#%]")
# The 2 of the header, in a text that has the header's word in it, or that may end it.
_TWO = re.compile(r"jinja2|^\s*(?:(?:(?:(?:j?i)?n)?j)?a)?2(?=\s*:|\s*$)")


def harmless(value: Any) -> Any:
    """A copy of the value with every text in it, keys included, such that no join of them can be evaluated.

    A number that JSON does not know becomes None. What is harmless already stays as it is.
    """
    if isinstance(value, str):
        return _harmless_text(value)
    if isinstance(value, dict):
        return {harmless(key): harmless(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [harmless(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _harmless_text(text: str) -> str:
    text = text.translate(_TABLE)
    text = _BEGINNING.sub(_last_widened, text, count=1) if _BEGINNING.match(text) else text
    return _TWO.sub(_last_widened, text)


def _last_widened(match: re.Match[str]) -> str:
    found = match.group()
    return found[:-1] + chr(ord(found[-1]) + _WIDER)
