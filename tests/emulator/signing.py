# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of requests that are signed with SDK-HMAC-SHA256.

Written from the description of the algorithm alone and sharing no code with the collection, so that a mistake on one
side does not cancel out a mistake on the other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote

from messages import Request

ALGORITHM = "SDK-HMAC-SHA256"
ALLOWED_SKEW = timedelta(minutes=15)
_AUTHORIZATION = re.compile(
    ALGORITHM + r" Access=(?P<access>[^,\s]+), ?SignedHeaders=(?P<headers>[^,\s]+), ?Signature=(?P<signature>\S+)"
)


def access_key(request: Request) -> str:
    """The access key that a request names; empty if it names none."""
    parts = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    return parts["access"] if parts else ""


def problem(request: Request, access_key: str, secret_key: str, security_token: str | None) -> str | None:
    """Why the request's signature is not accepted; None if it is. With `security_token` the keys are temporary."""
    parts = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if parts is None:
        return "the Authorization header is malformed"
    if parts["access"] != access_key:
        return "the access key does not exist"
    signed = parts["headers"].split(";")
    return (
        _header_problem(request, signed)
        or _date_problem(request.headers["X-Sdk-Date"])
        or _token_problem(request, security_token)
        or _signature_problem(request, signed, secret_key, parts["signature"])
    )


def _header_problem(request: Request, signed: list[str]) -> str | None:
    if signed != sorted(name.lower() for name in signed):
        return "the signed headers are not in lowercase and sorted"
    sent = {name for name in ("x-security-token", "x-project-id") if name in request.headers}
    unsigned = sorted(({"host", "x-sdk-date"} | sent) - set(signed))
    if unsigned:
        return "not signed: " + ", ".join(unsigned)
    absent = [name for name in signed if name not in request.headers]
    return "signed but not sent: " + ", ".join(absent) if absent else None


def _date_problem(date: str) -> str | None:
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return "X-Sdk-Date is malformed"
    if abs(datetime.now(timezone.utc) - signed_at) > ALLOWED_SKEW:
        return "X-Sdk-Date is more than 15 minutes off"
    return None


def _token_problem(request: Request, security_token: str | None) -> str | None:
    if request.headers.get("X-Security-Token") == security_token:
        return None
    return "X-Security-Token does not belong to the access key"


def _signature_problem(request: Request, signed: list[str], secret_key: str, signature: str) -> str | None:
    string_to_sign = "\n".join(
        (ALGORITHM, request.headers["X-Sdk-Date"], hashlib.sha256(_canonical_request(request, signed)).hexdigest())
    )
    expected = hmac.new(secret_key.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(expected.encode(), signature.encode()) else "the signature does not match"


def _canonical_request(request: Request, signed: list[str]) -> bytes:
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
    lines = (
        request.method,
        _canonical_uri(request.path),
        _canonical_query(request.raw_query),
        headers,
        ";".join(signed),
        hashlib.sha256(request.body).hexdigest(),
    )
    # header values were decoded as Latin-1 by http.server: this gives back the bytes that were sent
    return "\n".join(lines).encode("latin-1")


def _canonical_uri(path: str) -> str:
    uri = "/".join(quote(unquote(segment), safe="~") for segment in path.split("/"))
    return uri if uri.endswith("/") else uri + "/"


def _canonical_query(raw_query: str) -> str:
    # not parse_qsl: it reads "+" as a space, but whoever signs must send %20
    pairs = (pair.partition("=") for pair in raw_query.split("&") if pair)
    decoded = sorted((unquote(key), unquote(value)) for key, _equals, value in pairs)
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in decoded)
