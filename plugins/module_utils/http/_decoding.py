# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from an answer's bytes to its content, within bounds.

Few bytes can become many, packed or as JSON: an answer has as many bytes, values and levels as the service needs, and
some more.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any, NoReturn

from ..common._errors import Cause
from ..common._text import is_nested_deeper
from ._sockets import MOST_BYTES, TooLargeError

# What is read of an answer that is an error: its words are cut anyway.
MOST_ERROR_BYTES = 64 * 1024
# A page of 200 servers has some 20,000, on 8 levels.
MOST_VALUES = 250_000
MOST_LEVELS = 50

_CHUNK = 64 * 1024
_PLAIN = ("", "identity")
_GZIP = ("gzip", "x-gzip")


class BodyError(Exception):
    """A body that cannot be used; the text says why.

    :ivar cause: ``INTERRUPTED`` if another attempt may return the complete body.
    """

    def __init__(self, problem: str, cause: Cause = Cause.INVALID_RESPONSE) -> None:
        super().__init__(problem)
        self.cause = cause


def read_body(raw: Any) -> bytes:
    """The body of an answer, as it comes.

    :param raw: urllib3's response.
    :raises TooLargeError: it is too long.
    """
    chunks = []
    left = MOST_BYTES
    while chunk := raw.read(_CHUNK, decode_content=False):
        chunks.append(chunk)
        left -= len(chunk)
        if left < 0:
            raise TooLargeError
    return b"".join(chunks)


def read_error_body(raw: Any, encoding: str) -> bytes:
    """The beginning of an error's body, unpacked, as much as can be had: its status says enough."""
    try:
        body: bytes = raw.read(MOST_ERROR_BYTES, decode_content=False)
        if encoding.strip().lower() in _GZIP:
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MOST_ERROR_BYTES)
        return body
    except Exception:  # whatever a hostile body does to the libraries below
        return b""


def decompress(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed.

    :param encoding: the header ``Content-Encoding``.
    :raises TooLargeError: it is too long then.
    :raises BodyError: it is packed in a way that was not asked for, or damaged.
    """
    packing = encoding.strip().lower()
    if packing in _PLAIN:
        return body
    if packing not in _GZIP:
        raise BodyError("the answer is packed in another way than asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, MOST_BYTES)
    except zlib.error:
        raise BodyError("the answer's packing is damaged", Cause.INTERRUPTED) from None
    if unpacker.unconsumed_tail:
        raise TooLargeError
    if not unpacker.eof:
        raise BodyError("the answer's packing is cut off", Cause.INTERRUPTED)
    return unpacked


def parse_json(body: bytes, pick: Callable[[Any], Any] | None = None) -> Any:
    """What the JSON says.

    :param pick: takes what is needed out of it, whatever it is; how deep the rest is nested does not matter.
    :raises BodyError: it is nested too deep or has too many values.
    :raises ValueError: it is none.
    """
    if len(body) - len(body.translate(None, b",[{")) > MOST_VALUES:
        raise BodyError(f"the answer has more than {MOST_VALUES} values", Cause.TOO_LARGE)
    try:
        content = json.loads(body, parse_constant=_refuse_number)
    except RecursionError:
        raise BodyError(f"the answer is nested more than {MOST_LEVELS} levels deep") from None
    content = pick(content) if pick else content
    if is_nested_deeper(content, MOST_LEVELS):
        raise BodyError(f"the answer is nested more than {MOST_LEVELS} levels deep")
    return content


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
