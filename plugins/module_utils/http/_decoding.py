# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: decoding of response bodies, with limits.

A small body can expand to a large one, by compression or as JSON. The limits for bytes, values and levels are somewhat
above what responses of the service need.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable
from typing import Any, NoReturn

from ..common._errors import Cause
from ..common._text import is_nested_deeper, sanitize

# A page of 200 servers has about 0.6 MB.
MOST_BYTES = 8 * 1024 * 1024
# Of an error response: its message is cut anyway.
MOST_ERROR_BYTES = 64 * 1024
# A page of 200 servers has about 20,000 values on 8 levels.
MOST_VALUES = 250_000
MOST_LEVELS = 50

# A surrogate, escaped or encoded. Most are halves of a pair, which the JSON decoder joins.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")

_CHUNK = 64 * 1024
_PLAIN = ("", "identity")
_GZIP = ("gzip", "x-gzip")


class TooLargeError(Exception):
    """A body has more bytes than any response of the service needs."""


class BodyError(Exception):
    """A body that cannot be used; the text says why.

    :ivar cause: ``INTERRUPTED`` if another attempt may return the complete body.
    """

    def __init__(self, problem: str, cause: Cause = Cause.INVALID_RESPONSE) -> None:
        super().__init__(problem)
        self.cause = cause


def read_body(raw: Any) -> bytes:
    """Return the body of a response, as it arrives.

    :param raw: urllib3's response.
    :raises TooLargeError: it has more than :data:`MOST_BYTES`.
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
    """Return the beginning of an error response's body, decompressed; empty if it cannot be read.

    An unreadable body is no error of its own, because the status is known.
    """
    try:
        body: bytes = raw.read(MOST_ERROR_BYTES, decode_content=False)
        if encoding.strip().lower() in _GZIP:
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MOST_ERROR_BYTES)
        return body
    except Exception:  # whatever a hostile body causes in the libraries
        return b""


def decompress(body: bytes, encoding: str) -> bytes:
    """Return the decompressed body.

    :param encoding: the header ``Content-Encoding``.
    :raises TooLargeError: the decompressed body has more than :data:`MOST_BYTES`.
    :raises BodyError: the encoding is not the requested one, or the body is damaged.
    """
    name = encoding.strip().lower()
    if name in _PLAIN:
        return body
    if name not in _GZIP:
        raise BodyError("the answer is packed in another way than asked for")
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = decompressor.decompress(body, MOST_BYTES)
    except zlib.error:
        raise BodyError("the answer's packing is damaged", Cause.INTERRUPTED) from None
    if decompressor.unconsumed_tail:
        raise TooLargeError
    if not decompressor.eof:
        raise BodyError("the answer's packing is cut off", Cause.INTERRUPTED)
    return content


def parse_json(body: bytes, pick: Callable[[Any], Any] | None = None) -> Any:
    """Return the decoded JSON, with values that JSON in UTF-8 can hold.

    The service passes on whatever an agent reported. A lone surrogate would end whoever prints or saves it, and an
    infinite number would make invalid JSON. So they are replaced here, before anything else sees them.

    :param pick: selects the part that is needed, whatever the JSON is; the levels of the rest do not count.
    :raises BodyError: it has more than :data:`MOST_VALUES` values or :data:`MOST_LEVELS` levels.
    :raises ValueError: the body is no JSON.
    """
    # Counted before parsing, which would need the memory already.
    if len(body) - len(body.translate(None, b",[{")) > MOST_VALUES:
        raise BodyError(f"the answer has more than {MOST_VALUES} values", Cause.TOO_LARGE)
    try:
        text = body.decode("utf-8-sig", "surrogatepass")
        content = json.loads(text, parse_constant=_refuse_number, parse_float=_finite)
    except RecursionError:
        raise BodyError(f"the answer is nested more than {MOST_LEVELS} levels deep") from None
    content = pick(content) if pick else content
    if is_nested_deeper(content, MOST_LEVELS):
        raise BodyError(f"the answer is nested more than {MOST_LEVELS} levels deep")
    # Searched for in the bytes: going through all values of a large response takes as long as decoding it.
    return sanitize(content) if _SURROGATE.search(body) else content


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
