# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: authentication of requests by token or access key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import parse_qsl, quote, unquote, urlsplit

try:
    from requests import PreparedRequest
    from requests.auth import AuthBase
except ImportError:
    # The plugins and modules report it in a message of their own; this file must be importable without.
    AuthBase = object  # type: ignore[assignment,misc]

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_ALGORITHM = "SDK-HMAC-SHA256"


class TokenAuth(AuthBase):
    """Authentication by a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Auth-Token"] = self._token
        return request


class KeyAuth(AuthBase):
    """Authentication by access key and secret key: signs each request with SDK-HMAC-SHA256.

    :param security_token: belongs to a temporary access key.
    :param project_id: sent and signed if given.
    """

    def __init__(
        self, access_key: str, secret_key: str, security_token: str | None = None, project_id: str | None = None
    ) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._extra_headers = {
            name: value for name, value in (("X-Security-Token", security_token), ("X-Project-Id", project_id)) if value
        }

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = urlsplit(request.url or "")
        query = canonical_query(parse_qsl(url.query, keep_blank_values=True))
        # The service verifies the query as it arrives, so it is sent exactly as it is signed.
        request.url = url._replace(query=query).geturl()
        request.headers.update(self._extra_headers)
        request.headers["X-Sdk-Date"] = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        # Set here, because the signed header must be the one that is sent.
        request.headers["Host"] = url.netloc.removesuffix(_DEFAULT_PORTS[url.scheme])
        signed = {name: request.headers[name] for name in ("Host", "X-Sdk-Date", *self._extra_headers)}
        request.headers["Authorization"] = authorization(
            self._access_key, self._secret_key, str(request.method), url.path, query, signed, _body_of(request)
        )
        return request


def authorization(
    access_key: str, secret_key: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> str:
    """Return the value of the header ``Authorization`` for a request.

    :param path: percent-encoded or not.
    :param query: from :func:`canonical_query`.
    :param headers: the headers to sign, with ``Host`` and ``X-Sdk-Date``.
    """
    canonical_headers = {name.lower(): value.strip() for name, value in headers.items()}
    signed_headers = ";".join(sorted(canonical_headers))
    canonical_request = "\n".join(
        [
            method.upper(),
            _canonical_path(path),
            query,
            "".join(f"{name}:{canonical_headers[name]}\n" for name in sorted(canonical_headers)),
            signed_headers,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    string_to_sign = f"{_ALGORITHM}\n{canonical_headers['x-sdk-date']}\n{digest}"
    signature = hmac.new(secret_key.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Access={access_key}, SignedHeaders={signed_headers}, Signature={signature}"


def canonical_query(parameters: list[tuple[str, str]]) -> str:
    """Return the query that is both signed and sent: sorted and percent-encoded."""
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(parameters))


def _canonical_path(path: str) -> str:
    """Return the path as it is signed: each segment encoded, always with a slash at its end."""
    return "/".join(_encode(unquote(segment)) for segment in path.split("/")).removesuffix("/") + "/"


def _encode(text: str) -> str:
    # quote() is many times faster on a list of a thousand IDs if it does not have to replace the commas.
    return quote(text, safe="~,").replace(",", "%2C")


def _body_of(request: PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)
