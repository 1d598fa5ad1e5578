# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: base URLs of the services, checked to be safe for credentials."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from ..common._errors import OptionsError
from ._argument_spec import variables_of

# Regions whose hosts do not follow the common pattern.
_UNUSUAL_SMS_HOSTS = {
    "eu-west-101": "sms.eu-west-101.myhuaweicloud.eu",
    "ru-moscow-1": "sms-api.ru-moscow-1.myhuaweicloud.com",
}
_UNUSUAL_IAM_HOSTS = {"eu-west-101": "iam.eu-west-101.myhuaweicloud.eu"}
ECS_ENDPOINT = "https://ecs.{region_id}.myhuaweicloud.com"
# The metadata service of an ECS: the same address on each, from the ECS only, without TLS.
METADATA_ENDPOINT = "http://169.254.169.254"
_REGION = r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"


def sms_endpoint(region: str | None) -> str:
    """Return the base URL of SMS in a region.

    :raises OptionsError: no region is given.
    """
    if region is None:
        raise OptionsError(
            "Where is SMS? Give region (such as ap-southeast-3) or endpoint"
            f" (environment: {variables_of('region', 'endpoint')})."
        )
    return "https://" + _UNUSUAL_SMS_HOSTS.get(region, f"sms.{region}.myhuaweicloud.com")


def iam_endpoint(region: str | None) -> str | None:
    """Return the base URL of IAM in a region; None if no region is given."""
    if region is None:
        return None
    return "https://" + _UNUSUAL_IAM_HOSTS.get(region, f"iam.{region}.myhuaweicloud.com") + "/v3"


def check_url(name: str, url: str, validate_certs: bool) -> str:
    """Return the normalized base URL.

    :param name: of the option, for the message.
    :raises OptionsError: it is no base URL, or would expose credentials.
    """
    if "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", url):
        raise OptionsError(f"{name}: not a URL such as https://sms.ap-southeast-3.myhuaweicloud.com.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise OptionsError(f"{name}: a base URL has no user, password, query or fragment; credentials have options.")
    if parts.scheme == "http" and validate_certs and not is_loopback(parts.hostname or ""):
        raise OptionsError(
            f"{name}: {parts.scheme}://{parts.netloc} would send credentials unencrypted."
            " Use https://, or set validate_certs to false to accept the risk."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def check_ecs_endpoint(pattern: str, validate_certs: bool) -> str:
    """Return the normalized base URL of ECS.

    :param pattern: may contain ``{region_id}``.
    :raises OptionsError: it is no base URL, or would expose credentials in any region.
    """
    if re.search(r"[{}]", pattern.replace("{region_id}", "")):
        raise OptionsError("ecs_endpoint: the only placeholder is {region_id}, for the region's name.")
    # Checked with a name instead of the placeholder that occurs in no URL.
    stand_in = "region-0-id"
    try:
        url = check_url("ecs_endpoint", pattern.replace("{region_id}", stand_in), validate_certs)
    except OptionsError as error:
        raise OptionsError(str(error).replace(stand_in, "{region_id}")) from None
    if stand_in in (urlsplit(url).hostname or "").rpartition(".")[2]:
        # SMS names the region, and would choose the host that gets the credentials.
        raise OptionsError("ecs_endpoint: {region_id} cannot be the end of the host's name.")
    return url.replace(stand_in, "{region_id}")


def is_region(name: Any) -> bool:
    """Return whether this can be the name of a region, so that a URL with it leads to no other host."""
    return isinstance(name, str) and re.fullmatch(_REGION, name) is not None


def is_reached_directly(host: str) -> bool:
    """Return whether a host is never behind a proxy: this machine, and the metadata service of an ECS."""
    return is_loopback(host) or host == urlsplit(METADATA_ENDPOINT).hostname


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
