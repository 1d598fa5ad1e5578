# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the service's words, fit to be shown."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, unquote

MASK = "********"
WITHHELD = "(not shown, since it repeats a credential)"
LONGEST_QUOTE = 300
# So much of a text is looked at, and more where a secret is long.
_LONGEST_TEXT = 4096
# With fewer letters and digits a secret would be found in innocent words.
_LETTERS_THAT_TELL = 6
# How much longer a secret is, at most, where each of its characters is escaped.
_LONGEST_ESCAPE = 6


class Redaction:
    """The one way that words of the service take into messages: bounded, in one line, without secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = {secret for secret in secrets if secret}

    def add(self, secret: str) -> None:
        """Hide another one from now on."""
        self._secrets.add(secret)

    def redact(self, text: str) -> str:
        """The text in one line, at most :data:`LONGEST_QUOTE` characters of it."""
        longest = max(map(len, self._secrets), default=0) * _LONGEST_ESCAPE
        bound = _LONGEST_TEXT + 4 * longest
        line = self._mask(_line(text[:bound]))
        if len(text) > bound:
            # The text may have been cut within a secret.
            line = line[: max(0, len(line) - longest)]
        return f"{line[:LONGEST_QUOTE]}…" if len(line) > LONGEST_QUOTE else line.removesuffix(".")

    def _mask(self, text: str) -> str:
        for form in sorted({form for secret in self._secrets for form in _forms(secret)}, key=len, reverse=True):
            text = text.replace(form, MASK)
        return WITHHELD if self._is_repeated_in(text) else text

    def _is_repeated_in(self, text: str) -> bool:
        """Whether a secret is still there, escaped in another way or cut into lines."""
        cores = [core for secret in self._secrets if len(core := _core(secret)) >= _LETTERS_THAT_TELL]
        if not cores:
            return False
        # Twice, since what was escaped may have been put into something that is escaped again.
        for _round in range(3):
            letters = _core(text)
            if any(core in letters for core in cores):
                return True
            text = _unescape(text)
        return False


def _line(text: str) -> str:
    """The text in one line, without what would change how a terminal shows it: control and direction characters."""
    visible = (each for each in text if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))
    return " ".join("".join(visible).split())


def _forms(secret: str) -> set[str]:
    """How a secret may be written: as it is, in JSON, in a URL or in HTML, once or twice."""
    forms = {secret}
    for _round in range(2):
        forms |= {form for each in forms for form in _escape(each)}
    return {line for form in forms if (line := _line(form))}


def _escape(text: str) -> set[str]:
    return {
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        quote(text, errors="replace"),
        quote(text, safe="", errors="replace"),
        html.escape(text),
        html.escape(text, quote=False),
    }


def _unescape(text: str) -> str:
    text = html.unescape(unquote(text, errors="replace"))
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"\\[nrtbf]", " ", text)


def _core(text: str) -> str:
    """Its letters and digits, which no escaping and no line break changes."""
    return "".join(filter(str.isalnum, text))
