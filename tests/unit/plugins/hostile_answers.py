# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that no service should give, each with what the user is told of it."""

from __future__ import annotations

import gzip
import html
import json
import re
import zlib
from typing import NamedTuple
from urllib.parse import quote

from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import DRIPS, MEBIBYTE

SECRET = "CoreOfThe/Secret+\"Token'=="
# What is found of it however it is spelled.
CORE = "CoreOfThe"

# What answers are made of


def head(status="200 OK", *headers):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""])


def message(body=b"", status="200 OK", *headers):
    """A whole answer of the proper form."""
    data = body.encode() if isinstance(body, str) else body
    lengths = (
        [] if any(line.lower().startswith("content-length") for line in headers) else [f"Content-Length: {len(data)}"]
    )
    return head(status, "X-Request-Id: 4d1bfb2b0c8a4c6f", *lengths, *headers).encode() + data


def listing(*records, count=None):
    return json.dumps({"count": len(records) if count is None else count, "source_servers": list(records)})


def saying(*parts):
    """An answer that is these parts, after which the connection is closed."""

    def answer(peer):
        peer.send(*parts)
        raise ConnectionAbortedError

    return answer


def pouring(begin, data):
    """An answer that begins like this and goes on with the same data without an end."""

    def answer(peer):
        peer.send(begin)
        peer.pour(data)

    return answer


def dripping(begin, data):
    """An answer that begins like this and goes on byte by byte without an end."""

    def answer(peer):
        peer.send(begin)
        peer.drip(data)

    return answer


def silent_after(*parts):
    """An answer that does not go on."""

    def answer(peer):
        peer.send(*parts)
        peer.wait()

    return answer


def resetting_after(*parts):
    """An answer that breaks off."""

    def answer(peer):
        peer.send(*parts)
        peer.reset()

    return answer


def echoing(spell, status="500 Internal Server Error"):
    """An error whose words hold the credential."""
    return saying(message(spell(SECRET), status, "Content-Type: text/html"))


def bomb(mebibytes, rounds=1):
    """A few kilobytes that unpack to this many mebibytes, and then turn out to be damaged."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    # Behind a full flush, the same bytes mean the same again.
    first, next_one = (packer.compress(b" " * MEBIBYTE) + packer.flush(zlib.Z_FULL_FLUSH) for _number in range(2))
    packed = first + next_one * (mebibytes - 1) + packer.flush()
    for _round in range(rounds - 1):
        packed = gzip.compress(packed)
    return packed


GZIP = "Content-Encoding: gzip"
CHUNKED = "Transfer-Encoding: chunked"
PARTIAL = b'{"count": 1, "source_servers": [{"id": "a", "name": "'
RECORD = {"id": "a", "name": "a"}


class Case(NamedTuple):
    """A hostile answer.

    :ivar words: what the message says of it when it comes from SMS.
    :ivar retries: how often the client may ask again.
    """

    answer: object
    words: str
    retries: int = 0


LATE = "no complete answer within"
TOO_LARGE = "the answer is larger than 8 MiB"
NO_HTTP = "the answer is no proper HTTP"
BROKEN = "broke off before the answer was complete"
DEEP = "nested more than 50 levels deep"
DAMAGED = "damaged or cut off"
WITHHELD = "(not shown, since it repeats a credential)"
PACKED = "packed in another way than asked for"

TIME = {
    "silence": Case(silent_after(), LATE),
    "silence after the status": Case(silent_after("HTTP/1.1 200 OK\r\n"), LATE),
    "silence after the headers": Case(silent_after(head("200 OK", "Content-Length: 1000")), LATE),
    "silence within the body": Case(silent_after(head("200 OK", "Content-Length: 1000"), PARTIAL), LATE),
    "silence within a chunk": Case(silent_after(head("200 OK", CHUNKED), "40\r\n", PARTIAL), LATE),
    "silence before the last chunk": Case(silent_after(head("200 OK", CHUNKED), "2\r\n{}\r\n"), LATE),
    "silence within the trailers": Case(silent_after(head("200 OK", CHUNKED), "2\r\n{}\r\n0\r\n"), LATE),
    "a status that drips": Case(dripping("", b"HTTP/1.1 200 " + b"OK" * DRIPS), LATE),
    "headers that drip": Case(dripping("HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), LATE),
    "a body that drips": Case(dripping(head("200 OK", "Content-Length: 1000"), PARTIAL), LATE),
    "a body without a length that drips": Case(dripping(head(), b" "), LATE),
    "chunks that drip": Case(dripping(head("200 OK", CHUNKED), b"1\r\n \r\n"), LATE),
    "a chunk's size that drips": Case(dripping(head("200 OK", CHUNKED), b"0"), LATE),
    "packed bytes that drip": Case(dripping(head("200 OK", GZIP), gzip.compress(PARTIAL)), LATE),
    "100 Continue that drips": Case(dripping("", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "an error that drips": Case(dripping(head("403 Forbidden", "Content-Length: 1000"), b"no "), "HTTP 403"),
    "an error without words": Case(silent_after(head("403 Forbidden", "Content-Length: 1000")), "HTTP 403"),
    "a redirect that drips": Case(dripping(head("302 Found", "Location: /", "Content-Length: 99"), b"a"), "HTTP 302"),
}

SIZE = {
    "100 Continue without an end": Case(pouring("", b"HTTP/1.1 100 Continue\r\n\r\n"), ""),
    "headers without an end": Case(pouring("HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), NO_HTTP),
    "a header without an end": Case(pouring("HTTP/1.1 200 OK\r\nX-A: ", b"b"), NO_HTTP),
    "a status without an end": Case(pouring("HTTP/1.1 200 ", b"b"), NO_HTTP),
    "a body without an end": Case(pouring(head(), b" "), TOO_LARGE),
    "a body of a petabyte": Case(pouring(head("200 OK", f"Content-Length: {10**15}"), b" "), TOO_LARGE),
    "chunks without an end": Case(pouring(head("200 OK", CHUNKED), b"4\r\n    \r\n"), ""),
    "one chunk without an end": Case(pouring(head("200 OK", CHUNKED) + "FFFFFFFFFF\r\n", b" "), TOO_LARGE),
    "a chunk's extension without an end": Case(pouring(head("200 OK", CHUNKED) + "1;a=", b"b"), NO_HTTP),
    "trailers without an end": Case(pouring(head("200 OK", CHUNKED) + "2\r\n{}\r\n0\r\n", b"X-A: b\r\n"), ""),
    "a bomb": Case(saying(message(bomb(2048), "200 OK", GZIP)), TOO_LARGE),
    "a bomb in a bomb": Case(saying(message(bomb(2048, 2), "200 OK", "Content-Encoding: gzip, gzip")), PACKED),
    "a bomb in a bomb, said once": Case(saying(message(bomb(2048, 2), "200 OK", GZIP)), "is not JSON"),
    "a bomb with two headers": Case(saying(message(bomb(2048, 2), "200 OK", GZIP, GZIP)), PACKED),
    "a bomb in a refusal": Case(saying(message(bomb(2048), "403 Forbidden", GZIP)), "HTTP 403"),
    "a bomb in a redirect": Case(saying(message(bomb(2048), "302 Found", GZIP, "Location: /v3")), "HTTP 302"),
    "a bomb in chunks": Case(
        saying(head("200 OK", CHUNKED, GZIP), f"{len(bomb(64)):x}\r\n", bomb(64), "\r\n0\r\n\r\n"), TOO_LARGE
    ),
    "a refusal without an end": Case(pouring(head("403 Forbidden"), b"no "), "HTTP 403"),
    "packed names without an end": Case(pouring(head("200 OK", GZIP) + "\x1f", b"a"), TOO_LARGE),
    "a million values": Case(saying(message(f"[{'1,' * 1_000_000}1]")), "more than 250000 values"),
    "a million empty lists": Case(saying(message(f"[{'[],' * 1_000_000}1]")), "more than 250000 values"),
}

FORM = {
    "nothing at all": Case(saying(), BROKEN),
    "a connection that is reset": Case(resetting_after(), BROKEN),
    "a connection that is reset within the body": Case(
        resetting_after(head("200 OK", "Content-Length: 1000"), PARTIAL), BROKEN
    ),
    "a body that ends too early": Case(saying(head("200 OK", "Content-Length: 1000"), PARTIAL), BROKEN),
    "100 Continue and then nothing": Case(saying("HTTP/1.1 100 Continue\r\n\r\n"), BROKEN),
    "a chunk of less than nothing": Case(saying(head("200 OK", CHUNKED), "-5\r\nhello\r\n0\r\n\r\n"), ""),
    "a chunk whose size is no number": Case(saying(head("200 OK", CHUNKED), "zz\r\nhello\r\n0\r\n\r\n"), BROKEN),
    "a chunk's size of 5,000 digits": Case(saying(head("200 OK", CHUNKED), "1" * 5000, "\r\n{}\r\n"), ""),
    "two lengths": Case(saying(head("200 OK", "Content-Length: 2", "Content-Length: 3"), "{} "), ""),
    "a length below nothing": Case(saying(head("200 OK", "Content-Length: -5"), "[]"), "the JSON is no object"),
    "a length of 5,000 digits": Case(saying(head("200 OK", f"Content-Length: {'1' * 5000}"), "[]"), ""),
    "a greeting of SSH": Case(saying("SSH-2.0-OpenSSH_9.6\r\n"), NO_HTTP),
    "a refusal of TLS": Case(saying(b"\x15\x03\x01\x00\x02\x02\x28"), NO_HTTP),
    "an answer of HTTP/0.9": Case(saying("<html>hello</html>"), NO_HTTP),
    "an answer of HTTP/9.9": Case(saying("HTTP/9.9 200 OK\r\n\r\n[]"), NO_HTTP),
    "a status of five digits": Case(saying("HTTP/1.1 99999 OK\r\n\r\n"), NO_HTTP),
    "a status that is a word": Case(saying("HTTP/1.1 fine OK\r\n\r\n"), NO_HTTP),
    "a status below nothing": Case(saying("HTTP/1.1 -1 OK\r\n\r\n"), ""),
    "early hints alone": Case(saying(head("103 Early Hints", "Link: </a>"), message("[]")), "HTTP 103"),
    "no content": Case(saying(head("204 No Content")), "HTTP 204"),
    "partial content": Case(saying(message(listing(), "206 Partial Content")), "HTTP 206"),
    "not modified": Case(saying(head("304 Not Modified")), "HTTP 304"),
    "lines that are no headers": Case(
        saying("HTTP/1.1 500 No\r\n", SECRET, "\r\n\x00\x01\r\nA: b\r\n\r\n"), "HTTP 500"
    ),
    "a redirect in a circle": Case(saying(message("", "302 Found", "Location: /v3/sources")), "HTTP 302"),
    "a redirect to no address": Case(saying(message("", "302 Found", "Location: http://[::1")), "HTTP 302"),
    "a thousand cookies": Case(
        saying(head("500 No", *(f"Set-Cookie: a{number}={'b' * 90}" for number in range(90))), "{}"), "HTTP 500"
    ),
    "damaged packing": Case(saying(message(b"\x1f\x8b\x08\x00" + b"\xff" * 20, "200 OK", GZIP)), "packing is damaged"),
    "packing that is cut off": Case(
        saying(message(gzip.compress(listing(RECORD).encode())[:-9], "200 OK", GZIP)), "packing is cut off"
    ),
    "plain bytes that are said to be packed": Case(saying(message(listing(), "200 OK", GZIP)), "packing is damaged"),
    "packing that nobody asked for": Case(saying(message(b"a", "200 OK", "Content-Encoding: br")), PACKED),
    "packing in another way": Case(
        saying(message(zlib.compress(b"[]"), "200 OK", "Content-Encoding: deflate")), PACKED
    ),
    "throttling until the year 99999": Case(
        saying(message("{}", "429 No", "Retry-After: Wed, 21 Oct 99999 07:28:00 GMT")), "HTTP 429", retries=1
    ),
    "throttling for 5,000 digits of seconds": Case(
        saying(message("{}", "429 No", f"Retry-After: {'9' * 5000}")), "HTTP 429", retries=1
    ),
    "throttling for an hour": Case(saying(message("{}", "503 No", "Retry-After: 3600")), "HTTP 503", retries=1),
}

CONTENT = {
    "a value nested 300 deep": Case(
        saying(message('{"count": 1, "source_servers": [{"id": "a", "x": ' + "[" * 300 + "]" * 300 + "}]}")), DEEP
    ),
    "a value nested 100,000 deep": Case(saying(message("[" * 100_000 + "]" * 100_000)), DEEP),
    "a refusal nested 100,000 deep": Case(saying(message("[" * 50_000, "403 Forbidden")), "HTTP 403"),
    "a count of 4,300 digits": Case(
        saying(message(f'{{"count": {"9" * 4300}, "source_servers": []}}')), "count is missing or no number"
    ),
    "a count of 5,000 digits": Case(saying(message(f'{{"count": {"9" * 5000}, "source_servers": []}}')), DAMAGED),
    "a count without an end": Case(saying(message(f'{{"count": 1e{"9" * 500}, "source_servers": []}}')), "no number"),
    "a count that is no number": Case(saying(message('{"count": NaN, "source_servers": []}')), DAMAGED),
    "no JSON": Case(saying(message("\x00\x01\x02")), "is not JSON"),
    "bytes that are no text": Case(saying(message(b"\xff\xfe\xfd")), "is not JSON"),
    "more servers than can be shown": Case(
        saying(head("200 OK", f"X-Request-Id: {SECRET}\x1b[31m{'9' * 60_000}"), listing(*[RECORD] * 200, count=70_000)),
        "70000 source servers match",
    ),
    "an error of many kilobytes": Case(saying(message("word " * 100_000, "500 No")), "HTTP 500: word word"),
    "a code of many kilobytes": Case(
        saying(message(json.dumps({"error_code": "9" * 60_000, "error_msg": "no"}), "500 No")), "HTTP 500, 999"
    ),
    "a code that is a list": Case(
        saying(message(json.dumps({"error_code": [["a"]], "error_msg": {"a": "b"}}), "500 No")), "HTTP 500"
    ),
    "a request ID of many kilobytes": Case(saying(head("500 No", f"X-Request-Id: {'9' * 60_000}"), "{}"), "HTTP 500"),
    "words that turn the terminal red": Case(
        saying(message('{"error_msg": "\\u001b]0;title\\u0007\\u001b[31mred\\u202etxet"}', "500 No")), "red"
    ),
    "words in half characters": Case(saying(message('{"error_msg": "\\ud800half"}', "500 No")), "half"),
}

ECHOES = {
    "the credential as it is": Case(echoing(lambda secret: f"Seen: {secret}"), WITHHELD),
    "the credential in JSON": Case(echoing(lambda secret: f"Seen: {json.dumps(secret)}"), WITHHELD),
    "the credential in a URL": Case(echoing(lambda secret: f"Seen: {quote(secret, safe='')}"), WITHHELD),
    "the credential in HTML": Case(echoing(lambda secret: f"Seen: {html.escape(secret)}"), WITHHELD),
    "the credential in UTF-16": Case(echoing(lambda secret: f"Seen: {secret}".encode("utf-16")), WITHHELD),
    "the credential in UTF-16, the other way round": Case(echoing(lambda secret: secret.encode("utf-16-be")), WITHHELD),
    "the credential in UTF-32": Case(echoing(lambda secret: secret.encode("utf-32-le")), WITHHELD),
    "the credential in lines": Case(echoing("\n".join), WITHHELD),
    "the credential in quoted lines": Case(
        echoing(lambda secret: "\n".join(f'"{each}",' for each in secret)), WITHHELD
    ),
    "the credential between zero-width spaces": Case(echoing("\u200b".join), WITHHELD),
    "the credential in another spelling": Case(
        echoing(lambda secret: "".join(f"&#{ord(each)};" for each in secret)), WITHHELD
    ),
    "the credential in small percent signs": Case(
        echoing(lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe=""))), WITHHELD
    ),
    "the credential behind much space": Case(echoing(lambda secret: " " * 4090 + secret), WITHHELD),
    "the credential in an answer that is no JSON": Case(echoing(lambda secret: secret, "200 OK"), WITHHELD),
    "the credential as a redirect": Case(
        saying(message("", "302 Found", f"Location: https://elsewhere.example.com/?{quote(SECRET)}")), WITHHELD
    ),
    "the credential as content type": Case(saying(message("no", "200 OK", f"Content-Type: {SECRET}")), WITHHELD),
    "the credential as request ID": Case(saying(head("500 No", f"X-Request-Id: {SECRET}"), "{}"), WITHHELD),
    "the credential as code": Case(saying(message(json.dumps({"error_code": SECRET}), "500 No")), WITHHELD),
    "the credential as a reason": Case(saying(message("{}", f"500 {SECRET}")), "HTTP 500"),
}

CASES = {**TIME, **SIZE, **FORM, **CONTENT, **ECHOES}
