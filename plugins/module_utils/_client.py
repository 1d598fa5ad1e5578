# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the one place that speaks HTTP.

One session, its retries, and every way in which a request can fail, each with words that say what to do.
"""

from __future__ import annotations

import html
import json
import random
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote, urlsplit

from ._auth import KeyAuth, PasswordAuth, TokenAuth, canonical_query, token_request
from ._deadline import Deadline
from ._errors import PASSING_STATUSES, ApiError
from ._options import KEYS, PASSWORD, Credentials, Settings, is_loopback

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import exceptions as transport
    from urllib3.util import Retry

    HAS_REQUESTS = True
except ImportError:
    # The front ends say so in a message of their own; importing this file has to work without.
    HAS_REQUESTS = False
    Retry = object  # type: ignore[assignment,misc]

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0
_LONGEST_QUOTE = 300
# With fewer letters and digits, a pattern that allows for any escaping would match innocent words.
_LETTERS_THAT_TELL = 6
_LONGEST_ESCAPE = 16

_SIGN_IN_CODES = {"APIGW.0301", "APIGW.0307", "SMS.0202"}
_CLOCK_CODES = {"SMS.0205"}
_PERMISSION_CODES = {"APIGW.0302", "SMS.0204"}


class _Side(NamedTuple):
    """One of the two services that are asked.

    :ivar purpose: what for, after "Could not".
    :ivar option: the option that says where it is.
    """

    purpose: str
    option: str


_SMS = _Side("list source servers", "endpoint")
_IAM = _Side("get a token from IAM", "auth_url")


@dataclass(frozen=True)
class Answer:
    """What the service answered to a request that succeeded.

    :ivar body: the decoded JSON.
    :ivar request_id: names the request to the vendor's support.
    """

    body: Any
    url: str
    request_id: str


class Client:
    """Asks SMS, and IAM for a token where the credentials need one.

    Its methods may be called from several threads. Close it, or use it as a context manager.

    :param connections: how many requests will be in flight at once.
    :raises OptionsError: the credentials are incomplete.
    """

    def __init__(self, settings: Settings, connections: int = 1) -> None:
        self._settings = settings
        self._credentials = settings.credentials()
        self._secrets = set(self._credentials.secrets)
        self._auth = self._auth_for(self._credentials)
        adapter = HTTPAdapter(pool_maxsize=connections, max_retries=_retry_policy(settings.retries))
        self._session = requests.Session()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    @property
    def endpoint(self) -> str:
        """The base URL that is asked."""
        return self._settings.endpoint

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def total_timeout(self) -> float:
        """Seconds that a whole list may take."""
        return self._settings.total_timeout

    def get(self, path: str, parameters: Mapping[str, str], deadline: Deadline | None = None) -> Answer:
        """Ask SMS.

        :param path: below the endpoint, such as ``/v3/sources``.
        :param deadline: when the answer is needed, waits and retries included.
        :raises ApiError: any failure, in words.
        :raises DeadlineError: the time was up before.
        """
        if deadline is not None:
            deadline.check()
        query = canonical_query(list(parameters.items()))
        url = f"{self._settings.endpoint}{path}"
        response = self._send(_SMS, "GET", f"{url}?{query}" if query else url, auth=self._auth)
        if response.status_code != 200:
            self._refuse(_SMS, response)
        return self._decoded(response)

    def malformed(self, answer: Answer, problem: str) -> ApiError:
        """The error for an answer that is JSON but not what the API promises."""
        return self._error(
            _SMS,
            answer.url,
            f"unexpected answer: {problem}",
            "Check that endpoint is SMS's; if it is, show this message to the vendor's support.",
            request_id=answer.request_id,
        )

    def _auth_for(self, credentials: Credentials) -> TokenAuth | KeyAuth | PasswordAuth:
        values = credentials.values
        if credentials.kind is KEYS:
            return KeyAuth(
                values["access_key"], values["secret_key"], values.get("security_token"), values.get("project_id")
            )
        if credentials.kind is PASSWORD:
            return PasswordAuth(self._issue_token)
        return TokenAuth(values["token"])

    def _issue_token(self) -> str:
        """A new token from IAM for the user and password."""
        response = self._send(
            _IAM,
            "POST",
            f"{self._settings.auth_url}/auth/tokens?nocatalog=true",
            json=token_request(self._credentials.values),
            # Without an authentication of its own, requests would look for one in ~/.netrc.
            auth=_no_auth,
        )
        if response.status_code != 201:
            self._refuse(_IAM, response)
        token = response.headers.get("X-Subject-Token", "")
        if not token:
            raise self._error(
                _IAM,
                str(response.url),
                "no token came with the answer",
                "Check that auth_url is IAM's.",
                request_id=_request_id(response),
                status=response.status_code,
            )
        self._secrets.add(token)
        return token

    def _send(self, side: _Side, method: str, url: str, **options: Any) -> requests.Response:
        try:
            return self._session.request(
                method,
                url,
                timeout=self._settings.timeout,
                # Said with each request: only there does it win over REQUESTS_CA_BUNDLE.
                verify=self._settings.verify,
                proxies=_proxies(url),
                # A redirect would carry the credentials to another host.
                allow_redirects=False,
                **options,
            )
        except (requests.RequestException, transport.HTTPError, OSError) as error:
            causes = tuple(_causes(error))
        # Raised here, out of reach of the exception: it holds the request, and with it the credentials.
        problem, advice = _diagnosis(causes, self._settings.timeout, side.option)
        raise self._error(side, url, problem, advice, broke_off=_broke_off(causes))

    def _decoded(self, response: requests.Response) -> Answer:
        answer = Answer(None, str(response.url), _request_id(response))
        try:
            return replace(answer, body=json.loads(response.content, parse_constant=_no_such_number))
        except (ValueError, RecursionError):
            text = _text(response).strip()
        if text.startswith("{") or not text:
            raise self._error(
                _SMS,
                answer.url,
                f"the answer's JSON is damaged or cut off ({len(response.content)} bytes arrived)",
                "Try again; if it stays so, check proxies in between.",
                request_id=answer.request_id,
                status=response.status_code,
                broke_off=True,
            )
        raise self._error(
            _SMS,
            answer.url,
            f"the answer is not JSON but {self._quoted(response.headers.get('Content-Type', 'of no type'))},"
            f" beginning: {self._quoted(text)}",
            "Something other than SMS answered: check endpoint, and proxies in between.",
            request_id=answer.request_id,
            status=response.status_code,
        )

    def _refuse(self, side: _Side, response: requests.Response) -> NoReturn:
        """Raise the error for an answer with another status than the one that means success."""
        code, words = _error_body(response)
        status = response.status_code
        if 300 <= status < 400:
            words = f"redirected to {response.headers.get('Location', 'nowhere')}"
        raise self._error(
            side,
            str(response.url),
            self._quoted(words) if words else "no explanation was given",
            self._advice(side, status, code),
            request_id=_request_id(response),
            status=status,
            code=code,
        )

    def _advice(self, side: _Side, status: int, code: str) -> str:
        """What the user can do about a refusal."""
        signed = self._credentials.kind is KEYS
        if side is _IAM and status == 403:
            return f"The credentials ({self._used}) may not be used here: check project_id, project_name and the user."
        if code in _PERMISSION_CODES or (status == 403 and code not in _SIGN_IN_CODES):
            return (
                f"The credentials ({self._used}) lack a permission: listing needs sms:server:list,"
                " which the read-only policy of SMS has."
            )
        if code in _CLOCK_CODES:
            return "The clock of this machine is off: a signed request must bear the right time, within 15 minutes."
        if code in _SIGN_IN_CODES or status == 401:
            clock = " Check this machine's clock too: a signature is valid for 15 minutes." if signed else ""
            return f"The credentials ({self._used}) were refused: they are wrong or have expired.{clock}"
        if 300 <= status < 400:
            return f"Redirects are not followed, since they would carry credentials along: check {side.option}."
        if status == 404:
            project = ", or no such project: check project_id, project_name," if side is _IAM else ": check"
            return f"There is no such API at that address{project} {side.option} or region."
        if status == 429:
            return f"Throttled, also after {self._settings.retries} retries: try later, or with less concurrency."
        if status >= 500:
            return f"The service failed, also after {self._settings.retries} retries: try later."
        return "Check the options; the service's words say which one it refuses."

    @property
    def _used(self) -> str:
        """Which credentials, and where they came from."""
        key = self._credentials.values.get("access_key")
        return f"{self._credentials.kind.label}{f' {key}' if key else ''}, from {self._credentials.origin}"

    def _error(
        self,
        side: _Side,
        url: str,
        problem: str,
        advice: str,
        *,
        request_id: str = "",
        status: int | None = None,
        code: str = "",
        broke_off: bool = False,
    ) -> ApiError:
        """One message with all that is known."""
        parts = urlsplit(url)
        # IAM repeats the status as a code.
        known = (f"HTTP {status}" if status else "", self._quoted(code) if code != str(status) else "")
        facts = ", ".join(filter(None, known))
        place = f"{parts.scheme}://{parts.netloc}{parts.path}"
        sentences = [
            f"Could not {side.purpose} at {place}: {f'{facts}: ' if facts else ''}{problem}.",
            f"Request ID: {self._quoted(request_id)}." if request_id else "",
            advice,
        ]
        return ApiError(" ".join(filter(None, sentences)), status=status, broke_off=broke_off)

    def _quoted(self, words: str) -> str:
        """The service's words, fit for one line of an error: without secrets, which it may echo."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            words = re.sub(_spellings(secret), "********", words)
        # Cut only now, or half of a secret could be left at the end.
        line = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", words).strip()
        return f"{line[:_LONGEST_QUOTE]}…" if len(line) > _LONGEST_QUOTE else line.removesuffix(".")


class _BoundedRetry(Retry):
    """urllib3's retries with every wait bounded, spread at random and never zero."""

    # Others than those that are asked for are not retried, whatever Retry-After says.
    RETRY_AFTER_STATUS_CODES = frozenset()

    def get_backoff_time(self) -> float:
        wait: float = FIRST_WAIT * 2 ** (len(self.history) - 1)
        return min(wait, LONGEST_WAIT) * random.uniform(0.5, 1)

    def get_retry_after(self, response: Any) -> float | None:
        try:
            wait = super().get_retry_after(response)
        except transport.InvalidHeader:
            return None
        return None if wait is None else min(wait, LONGEST_WAIT)


def _retry_policy(retries: int) -> Retry:
    return _BoundedRetry(
        total=retries,
        # TLS failures, which do not go away by asking again.
        other=0,
        status_forcelist=PASSING_STATUSES,
        allowed_methods=("GET", "POST"),
        # The last answer says more than "too many 503 responses".
        raise_on_status=False,
    )


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _proxies(url: str) -> dict[str, str]:
    """The loopback is asked directly, whatever proxy the environment names; all else as the environment says."""
    host = urlsplit(url).hostname or ""
    return {"no_proxy": host} if is_loopback(host) else {}


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _request_id(response: requests.Response) -> str:
    return str(response.headers.get("X-Request-Id") or response.headers.get("X-IAM-Trace-Id") or "")


def _text(response: requests.Response) -> str:
    # Not response.text, which guesses: a secret in another encoding would not be recognised.
    return response.content.decode("utf-8", "replace")


def _spellings(secret: str) -> re.Pattern[str]:
    """Matches a secret however it is escaped, for HTML, JSON or a URL, once or twice.

    Whatever the escaping, it leaves letters and digits alone and turns one other character into a few.
    """
    if len(re.findall("[A-Za-z0-9]", secret)) < _LETTERS_THAT_TELL:
        forms = {secret, html.escape(secret), json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}
        return re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
    pieces = re.findall(r"([A-Za-z0-9]+)|([^A-Za-z0-9]+)", secret)
    return re.compile(
        "".join(plain or f"(?:{re.escape(other)}|.{{1,{_LONGEST_ESCAPE * len(other)}}}?)" for plain, other in pieces),
        re.DOTALL,
    )


def _error_body(response: requests.Response) -> tuple[str, str]:
    """Error code and message, from any of the shapes that the service and its gateways use."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return "", _text(response)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if not isinstance(body, dict):
        return "", _text(response)
    code = next((body[key] for key in ("error_code", "errorCode", "code") if key in body), "")
    words = next((body[key] for key in ("error_msg", "errorMsg", "message", "title") if key in body), "")
    return str(code), str(words or "")


def _caused_by(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _broke_off(causes: tuple[BaseException, ...]) -> bool:
    """Whether an answer broke off in its body, which comes after the transport's retries."""
    broken = _caused_by(causes, transport.ProtocolError, transport.ReadTimeoutError, ConnectionError)
    return broken and not _caused_by(causes, transport.MaxRetryError)


def _diagnosis(causes: tuple[BaseException, ...], timeout: float, option: str) -> tuple[str, str]:
    """What happened to a request that got no answer, and what to do about it.

    Ordered: urllib3 counts a refused connection among the timeouts, and wraps any failure of a proxy.

    :param option: the one that says where the request goes.
    """
    if _caused_by(causes, requests.exceptions.InvalidURL, transport.LocationValueError):
        return "no host can have that name", f"Check {option} for a typing error."
    if _caused_by(causes, transport.ProxyError):
        return "the proxy could not be used", "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment."
    if _caused_by(causes, socket.gaierror):
        return (
            "the host name cannot be resolved",
            f"Check {option} or region for a typing error, and this machine's DNS.",
        )
    if _caused_by(causes, ConnectionRefusedError):
        return "the connection was refused", f"Check {option} and its port, and firewalls in between."
    if _caused_by(causes, ssl.SSLError, transport.SSLError):
        reasons = (getattr(cause, name, "") for name in ("verify_message", "reason") for cause in causes)
        reason = next((text for text in reasons if text and isinstance(text, str)), "no reason given")
        return (
            f"the TLS connection failed ({reason.rstrip('.')})",
            f"Check {option}; where the certificate is signed by an authority of your own, name it in ca_path.",
        )
    return _interruption(causes, timeout, option)


def _interruption(causes: tuple[BaseException, ...], timeout: float, option: str) -> tuple[str, str]:
    """The part of :func:`_diagnosis` on what happened on the way to a host that is there."""
    if _caused_by(causes, transport.NewConnectionError):
        return "the host cannot be reached", "Check the network, and whether a proxy has to be used."
    if _caused_by(causes, transport.ConnectTimeoutError):
        return f"no connection within {timeout:g} seconds", f"Check {option}, the network and firewalls in between."
    if _caused_by(causes, transport.ReadTimeoutError, TimeoutError):
        return f"no answer within {timeout:g} seconds", "Check proxies in between, or raise timeout."
    if _caused_by(causes, transport.HTTPError, ConnectionError):
        return "the connection broke off before the answer was complete", "Try again; check proxies in between."
    return f"the request could not be sent ({type(causes[0]).__name__})", f"Check {option} and the network."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it: requests and urllib3 keep the cause in different places."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or current in seen:
            continue
        seen.append(current)
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
