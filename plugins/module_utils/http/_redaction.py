# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: texts of the service without secrets, fit for messages."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

from ..common._text import sanitize

WITHHELD = "(not shown, since it repeats a credential)"
LONGEST_QUOTE = 300
# Characters of a text that are examined. More are if a secret is long.
_LONGEST_TEXT = 4096
# A secret with fewer letters and digits is looked for as it is: they alone would be found in innocent texts.
_LETTERS_THAT_TELL = 6
# How much longer a secret is, at most, if each of its characters is escaped.
_LONGEST_ESCAPE = 6
# What was escaped may be part of something that is escaped again, such as JSON of a gateway around JSON of the service.
_MOST_ESCAPES = 3


class Redaction:
    """The only way for texts of the service into messages: bounded, in one line, withheld if they repeat a secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Withhold texts with this secret from now on."""
        if line := _line(secret):
            self._secrets.add(line)

    def redact(self, text: str) -> str:
        """Return the text in one line, at most :data:`LONGEST_QUOTE` characters, or :data:`WITHHELD`."""
        longest = max(map(len, self._secrets), default=0) * _LONGEST_ESCAPE
        bound = _LONGEST_TEXT + 4 * longest
        line = _line(text[:bound])
        if any(map(self._is_repeated_in, _readings(line))):
            return WITHHELD
        if len(text) > bound:
            # The text may have been cut within a secret.
            line = line[: max(0, len(line) - longest)]
        return f"{line[:LONGEST_QUOTE]}…" if len(line) > LONGEST_QUOTE else line.removesuffix(".")

    def _is_repeated_in(self, text: str) -> bool:
        text_letters = _letters(text)
        for secret in self._secrets:
            letters = _letters(secret)
            if letters in text_letters if len(letters) >= _LETTERS_THAT_TELL else secret in text:
                return True
        return False


def _line(text: str) -> str:
    """Return the text in one line, without the characters that change what a terminal shows."""
    visible = (each for each in text if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))
    return " ".join("".join(visible).split())


def _readings(text: str) -> set[str]:
    """Return the text as it is, and unescaped in all ways, since nobody knows how it was escaped, and how often."""
    readings = latest = {text}
    for _escape in range(_MOST_ESCAPES):
        latest = {_line(unescape(reading)) for reading in latest for unescape in _UNESCAPES} - readings
        readings = readings | latest
    return readings


def _unescape_url(text: str) -> str:
    return unquote(text, errors="replace")


def _unescape_json(text: str) -> str:
    # sanitize() joins the two halves of a character, which JSON escapes one by one.
    return str(sanitize(re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescape_character, text)))


def _unescape_character(escape: re.Match[str]) -> str:
    character = escape[1]
    if len(character) > 1:
        return chr(int(character[1:], 16))
    return " " if character in "nrtbf" else character


_UNESCAPES = (_unescape_url, _unescape_json, html.unescape)


def _letters(text: str) -> str:
    """Return the letters and digits of a text, which no line break and no quotation mark between them changes."""
    return "".join(filter(str.isalnum, text))
