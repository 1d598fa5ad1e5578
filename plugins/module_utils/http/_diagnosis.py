# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: diagnosis of the exceptions of requests and urllib3, with advice."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from urllib.parse import urlsplit

from ..common._deadline import Deadline
from ..common._errors import Cause, Failure
from ..options._endpoints import is_reached_directly
from ._decoding import MOST_BYTES, TooLargeError
from ._models import Request

try:
    import requests
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3 import exceptions as transport
    from urllib3.util import parse_url
except ImportError:
    # The plugins and modules report it in a message of their own; this file must be importable without.
    pass

_PROXIES = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment."
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_REGIONS = (
    "SMS runs in a few regions only, such as ap-southeast-3 and cn-north-4, whatever region the servers migrate to."
)
# Advice for services whose host name does not follow the common pattern in every cloud.
_ADVICE_ON_HOST = {
    "ecs_endpoint": (
        "Check ecs_endpoint for a typing error, and this machine's DNS. Clouds whose hosts are not called"
        " ecs.<region>.myhuaweicloud.com need that option, such as https://ecs.{region_id}.myhuaweicloud.eu."
    ),
}

_Causes = tuple[BaseException, ...]


def failure_from(error: BaseException, request: Request, deadline: Deadline) -> Failure:
    """Return what an exception means for a request.

    :param deadline: the one of this attempt.
    """
    causes = tuple(_causes(error))
    option = request.purpose.option
    # In this order: an expired deadline shuts down sockets, which looks like an interruption, and urllib3 wraps any
    # failure of a proxy.
    known = (
        _too_large(causes, option),
        _timeout(causes, option, deadline),
        _misconfiguration(causes, request),
        _tls_failure(causes, option),
        _no_connection(causes, option),
    )
    return next(filter(None, known), None) or _interruption(causes, option)


def _has(causes: _Causes, *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _too_large(causes: _Causes, option: str) -> Failure | None:
    if not _has(causes, TooLargeError):
        return None
    problem = f"the answer is larger than {MOST_BYTES // (1024 * 1024)} MiB, packed or unpacked"
    advice = f"A page of SMS's list takes less than one: check {option}, and proxies in between."
    return Failure(Cause.TOO_LARGE, problem, advice)


def _timeout(causes: _Causes, option: str, deadline: Deadline) -> Failure | None:
    if not deadline.over:
        return None
    if _has(causes, transport.ConnectTimeoutError):
        problem = f"no connection within {deadline.seconds:g} seconds"
        return Failure(Cause.NO_CONNECTION, problem, f"Check {option}, the network and firewalls in between.")
    problem = f"no complete answer within {deadline.seconds:g} seconds"
    return Failure(Cause.INTERRUPTED, problem, "Check proxies in between, or raise timeout.")


def _misconfiguration(causes: _Causes, request: Request) -> Failure | None:
    """Return the failure if the environment or the address cannot be used."""
    if _has(causes, requests.exceptions.InvalidSchema):
        problem = "the proxy of the environment needs the Python library PySocks"
        return Failure(Cause.CONFIGURATION, problem, f"Install PySocks, or check {_PROXIES}")
    if _has_unusable_proxy(request.url):
        return Failure(Cause.CONFIGURATION, "the proxy of the environment has no usable address", f"Check {_PROXIES}")
    if variable := _wrong_ca_variable(causes):
        problem = f"the certificates that the environment variable {variable} names do not exist"
        return Failure(Cause.CONFIGURATION, problem, f"Correct or unset {variable}, or set ca_path.")
    if _has(causes, requests.exceptions.InvalidURL, transport.LocationValueError, UnicodeError):
        advice = f"Check {request.purpose.option} for a typing error."
        return Failure(Cause.CONFIGURATION, "no host can have that name", advice)
    return None


def _has_unusable_proxy(url: str) -> bool:
    is_direct = is_reached_directly(urlsplit(url).hostname or "")
    proxy = None if is_direct else select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return False
    try:
        return not parse_url(proxy if "://" in proxy else f"http://{proxy}").host
    except transport.LocationParseError:
        return True


def _wrong_ca_variable(causes: _Causes) -> str | None:
    """Return the environment variable that names a missing file of certificates, if that is the cause."""
    # requests raises a plain OSError for it, which only its text tells from others.
    if not any(isinstance(cause, OSError) and "TLS CA certificate bundle" in str(cause) for cause in causes):
        return None
    return next((name for name in _CA_VARIABLES if (path := os.environ.get(name)) and not Path(path).exists()), None)


def _tls_failure(causes: _Causes, option: str) -> Failure | None:
    if not _has(causes, ssl.SSLError, transport.SSLError) or _has(causes, transport.ProxyError):
        return None
    reasons = (getattr(cause, name, "") for name in ("verify_message", "reason") for cause in causes)
    reason = next((text for text in reasons if text and isinstance(text, str)), "no reason given")
    problem = f"the TLS connection failed ({reason.rstrip('.')})"
    advice = f"Check {option}; where the certificate is signed by an authority of your own, name it in ca_path."
    return Failure(Cause.CONFIGURATION, problem, advice)


def _no_connection(causes: _Causes, option: str) -> Failure | None:
    """Return the failure if no connection was established. Ordered: urllib3 wraps any failure of a proxy."""
    if _has(causes, transport.ProxyError):
        return Failure(Cause.NO_CONNECTION, "the proxy could not be used", f"Check {_PROXIES}")
    if _has(causes, socket.gaierror):
        common = f"Check {option} or region for a typing error, and this machine's DNS. {_REGIONS}"
        advice = _ADVICE_ON_HOST.get(option, common)
        return Failure(Cause.NO_CONNECTION, "the host name cannot be resolved", advice)
    if _has(causes, ConnectionRefusedError):
        advice = f"Check {option} and its port, and firewalls in between."
        return Failure(Cause.CONNECTION_REFUSED, "the connection was refused", advice)
    if _has(causes, transport.NewConnectionError):
        advice = "Check the network, and whether a proxy has to be used."
        return Failure(Cause.NO_CONNECTION, "the host cannot be reached", advice)
    return None


def _interruption(causes: _Causes, option: str) -> Failure:
    """Return the failure of a connection that was established."""
    if _has(causes, ConnectionError, IncompleteRead, ssl.SSLError, transport.ReadTimeoutError):
        problem = "the connection broke off before the answer was complete"
        return Failure(Cause.INTERRUPTED, problem, "Try again; check proxies in between.")
    if _has(causes, HTTPException, transport.HTTPError, ValueError):
        advice = f"Something other than SMS may have answered: check {option}, and proxies in between."
        return Failure(Cause.INTERRUPTED, "the answer is no proper HTTP", advice)
    problem = f"the request could not be sent ({type(causes[0]).__name__})"
    return Failure(Cause.CONFIGURATION, problem, f"Check {option} and the network.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that led to it: requests and urllib3 keep the cause in different attributes."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or current in seen:
            continue
        seen.append(current)
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
