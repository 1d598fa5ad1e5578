# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what happened to a request that got no usable answer, and what to do."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ..common._deadline import Deadline
from ..common._errors import Cause, Failure
from ..options._endpoints import is_loopback
from ._sockets import MOST_BYTES, TooLargeError

try:
    import requests
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3 import exceptions as transport
    from urllib3.util import parse_url
except ImportError:
    # The front ends say so in a message of their own; importing this file has to work without.
    pass

_PROXIES = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment."
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_REGIONS = (
    "SMS runs in a few regions only, such as ap-southeast-3 and cn-north-4, whatever region the servers migrate to."
)


# What else may help where the host of another service is not there.
_WHERE = {
    "ecs_endpoint": (
        "Check ecs_endpoint for a typing error, and this machine's DNS. Clouds whose hosts are not called"
        " ecs.<region>.myhuaweicloud.com need that option, such as https://ecs.{region_id}.myhuaweicloud.eu."
    ),
}


class _Target(NamedTuple):
    """What a request went to.

    :ivar option: the option that says where.
    """

    url: str
    option: str


def failure_of(error: BaseException, url: str, option: str, deadline: Deadline) -> Failure:
    """What an exception says of a request.

    :param option: the one that says where the request goes.
    :param deadline: the request's own.
    """
    causes = tuple(_causes(error))
    target = _Target(url, option)
    failure = _too_large(causes, option) or _lateness(causes, option, deadline)
    failure = failure or _misconfiguration(causes, target) or _distrust(causes, option)
    return failure or _absence(causes, option) or _interruption(causes, option)


def _caused_by(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _too_large(causes: tuple[BaseException, ...], option: str) -> Failure | None:
    if _caused_by(causes, TooLargeError):
        most = f"{MOST_BYTES // (1024 * 1024)} MiB"
        return Failure(
            Cause.TOO_LARGE,
            f"the answer is larger than {most}, packed or unpacked",
            f"A page of SMS's list takes less than one: check {option}, and proxies in between.",
        )
    return None


def _lateness(causes: tuple[BaseException, ...], option: str, deadline: Deadline) -> Failure | None:
    if not deadline.over:
        return None
    if _caused_by(causes, transport.ConnectTimeoutError):
        return Failure(
            Cause.NO_CONNECTION,
            f"no connection within {deadline.seconds:g} seconds",
            f"Check {option}, the network and firewalls in between.",
        )
    return Failure(
        Cause.INTERRUPTED,
        f"no complete answer within {deadline.seconds:g} seconds",
        "Check proxies in between, or raise timeout.",
    )


def _misconfiguration(causes: tuple[BaseException, ...], target: _Target) -> Failure | None:
    """What no request can get over: the environment or the address cannot be used."""
    if _caused_by(causes, requests.exceptions.InvalidSchema):
        return Failure(
            Cause.CONFIGURATION,
            "the proxy of the environment needs the Python library PySocks",
            f"Install PySocks, or check {_PROXIES}",
        )
    if _has_unusable_proxy(target.url):
        return Failure(Cause.CONFIGURATION, "the proxy of the environment has no usable address", f"Check {_PROXIES}")
    if variable := _wrong_ca_variable(causes):
        return Failure(
            Cause.CONFIGURATION,
            f"the certificates that the environment variable {variable} names do not exist",
            f"Correct or unset {variable}, or set ca_path.",
        )
    if _caused_by(causes, requests.exceptions.InvalidURL, transport.LocationValueError, UnicodeError):
        return Failure(Cause.CONFIGURATION, "no host can have that name", f"Check {target.option} for a typing error.")
    return None


def _has_unusable_proxy(url: str) -> bool:
    proxy = None if is_loopback(urlsplit(url).hostname or "") else select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return False
    try:
        return not parse_url(proxy if "://" in proxy else f"http://{proxy}").host
    except transport.LocationParseError:
        return True


def _wrong_ca_variable(causes: tuple[BaseException, ...]) -> str | None:
    """The environment variable that names certificates which are not there, if that is why nothing was asked."""
    if not any(_is_missing_certificate(cause) for cause in causes):
        return None
    return next((name for name in _CA_VARIABLES if (path := os.environ.get(name)) and not Path(path).exists()), None)


def _is_missing_certificate(cause: BaseException) -> bool:
    """Whether requests found no file of certificates at all, which it says with a plain OSError."""
    return isinstance(cause, OSError) and "TLS CA certificate bundle" in str(cause)


def _distrust(causes: tuple[BaseException, ...], option: str) -> Failure | None:
    if not _caused_by(causes, ssl.SSLError, transport.SSLError) or _caused_by(causes, transport.ProxyError):
        return None
    reasons = (getattr(cause, name, "") for name in ("verify_message", "reason") for cause in causes)
    reason = next((text for text in reasons if text and isinstance(text, str)), "no reason given")
    return Failure(
        Cause.CONFIGURATION,
        f"the TLS connection failed ({reason.rstrip('.')})",
        f"Check {option}; where the certificate is signed by an authority of your own, name it in ca_path.",
    )


def _absence(causes: tuple[BaseException, ...], option: str) -> Failure | None:
    """Why there was no connection. Ordered: urllib3 wraps any failure of a proxy."""
    if _caused_by(causes, transport.ProxyError):
        return Failure(Cause.NO_CONNECTION, "the proxy could not be used", f"Check {_PROXIES}")
    if _caused_by(causes, socket.gaierror):
        return Failure(
            Cause.NO_CONNECTION,
            "the host name cannot be resolved",
            _WHERE.get(option, f"Check {option} or region for a typing error, and this machine's DNS. {_REGIONS}"),
        )
    if _caused_by(causes, ConnectionRefusedError):
        return Failure(
            Cause.CONNECTION_REFUSED,
            "the connection was refused",
            f"Check {option} and its port, and firewalls in between.",
        )
    if _caused_by(causes, transport.NewConnectionError):
        return Failure(
            Cause.NO_CONNECTION, "the host cannot be reached", "Check the network, and whether a proxy has to be used."
        )
    return None


def _interruption(causes: tuple[BaseException, ...], option: str) -> Failure:
    """What happened on the way to a host that is there."""
    if _caused_by(causes, ConnectionError, IncompleteRead, ssl.SSLError, transport.ReadTimeoutError):
        return Failure(
            Cause.INTERRUPTED,
            "the connection broke off before the answer was complete",
            "Try again; check proxies in between.",
        )
    if _caused_by(causes, HTTPException, transport.HTTPError, ValueError):
        return Failure(
            Cause.INTERRUPTED,
            "the answer is no proper HTTP",
            f"Something other than SMS may have answered: check {option}, and proxies in between.",
        )
    return Failure(
        Cause.CONFIGURATION,
        f"the request could not be sent ({type(causes[0]).__name__})",
        f"Check {option} and the network.",
    )


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
