# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the three kinds of credentials, as authentication for requests."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ._errors import ApiError

try:
    from requests import PreparedRequest, Response
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


class PasswordAuth(AuthBase):
    """A token that IAM issues for a user and password, obtained when first needed and renewed when it is refused.

    :param issue_token: asks IAM for a token.
    """

    def __init__(self, issue_token: Callable[[], str]) -> None:
        self._issue_token = issue_token
        self._token: str | None = None
        self._refusal: ApiError | None = None
        self._lock = threading.Lock()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["X-Auth-Token"] = self._other_than(None)
        request.register_hook("response", self._renew_once)  # type: ignore[no-untyped-call]
        return request

    def _other_than(self, refused: str | None) -> str:
        """The current token, or a new one where the current one was refused.

        Pages are read side by side: the first whose token is refused gets a new one for all, or learns for all that
        there is none. To ask once for each page could lock the user's account.

        :raises ApiError: IAM issues none.
        """
        with self._lock:
            if self._refusal:
                raise self._refusal
            if self._token is None or self._token == refused:
                try:
                    self._token = self._issue_token()
                except ApiError as error:
                    # Not what may be over soon, such as 503: some clients live for days.
                    self._refusal = error if error.refused else None
                    raise
            return self._token

    def _renew_once(self, response: Response, **options: Any) -> Response:
        """Send a request that was refused once more with another token.

        The hook is not called for the second answer, so that a user who may not log in is refused only twice.
        """
        if response.status_code != 401:
            return response
        # Read to its end, so that the connection can be used again.
        response.raw.drain_conn()
        response.close()
        request = response.request.copy()
        request.headers["X-Auth-Token"] = self._other_than(response.request.headers["X-Auth-Token"])
        answer: Response = response.connection.send(request, **options)
        answer.history.append(response)
        return answer


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
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(parameters))


def token_request(credentials: Mapping[str, str]) -> dict[str, Any]:
    """The body that asks IAM for a token, scoped to a project where one is given, else to the account's domain.

    :param credentials: the options ``username``, ``password``, ``domain_name`` and, both optional, ``project_id``
        (which wins) and ``project_name``.
    """
    domain = {"name": credentials["domain_name"]}
    if "project_id" in credentials:
        scope: dict[str, Any] = {"project": {"id": credentials["project_id"]}}
    elif "project_name" in credentials:
        scope = {"project": {"name": credentials["project_name"]}}
    else:
        scope = {"domain": domain}
    user = {"domain": domain, "name": credentials["username"], "password": credentials["password"]}
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}


def _canonical_path(path: str) -> str:
    """The path as it is signed: each segment encoded, always with a slash at its end."""
    return "/".join(_encoded(unquote(segment)) for segment in path.split("/")).removesuffix("/") + "/"


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _body_of(request: PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)
