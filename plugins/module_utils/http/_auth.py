# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: tokens and access keys, as authentication for requests."""

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
    # The front ends say so in a message of their own; importing this file has to work without.
    AuthBase = object  # type: ignore[assignment,misc]

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_ALGORITHM = "SDK-HMAC-SHA256"


class TokenAuth(AuthBase):
    """A token that the user obtained."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Auth-Token"] = self._token
        return request


class KeyAuth(AuthBase):
    """Access key and secret key, permanent or temporary: each request is signed with SDK-HMAC-SHA256.

    :param security_token: comes with a temporary access key.
    :param project_id: sent and signed where given.
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
        request.url = url._replace(query=query).geturl()
        request.headers.update(self._extra_headers)
        request.headers["X-Sdk-Date"] = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        # Set here, because what is signed must be what is sent.
        request.headers["Host"] = url.netloc.removesuffix(_DEFAULT_PORTS[url.scheme])
        signed = {name: request.headers[name] for name in ("Host", "X-Sdk-Date", *self._extra_headers)}
        request.headers["Authorization"] = authorization(
            self._access_key, self._secret_key, str(request.method), url.path, query, signed, _body_of(request)
        )
        return request


def authorization(
    access_key: str, secret_key: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The value of the header ``Authorization`` for a request.

    :param path: as sent, percent-encoded or not.
    :param query: as :func:`canonical_query` gives it.
    :param headers: those to sign, ``Host`` and ``X-Sdk-Date`` among them.
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
    """Query parameters in the one spelling that is both signed and sent: sorted, percent-encoded."""
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(parameters))


def _canonical_path(path: str) -> str:
    """The path as it is signed: each segment encoded, always with a slash at its end."""
    return "/".join(_encode(unquote(segment)) for segment in path.split("/")).removesuffix("/") + "/"


def _encode(text: str) -> str:
    # A list of a thousand IDs is quoted many times faster where quote() finds nothing to do.
    return quote(text, safe="~,").replace(",", "%2C")


def _body_of(request: PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)
