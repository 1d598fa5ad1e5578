# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: a client for the account that connection options name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..common import _text
from ..http._client import HAS_REQUESTS, Client
from ..options._settings import settings_from

__all__ = ["HAS_REQUESTS", "Client", "connect", "describe_account"]


def connect(options: Mapping[str, Any]) -> Client:
    """Return a client for the account that the connection options name. Use it as a context manager.

    :raises OptionsError: the options cannot be used, or the credentials are incomplete.
    """
    return Client(settings_from(options))


def describe_account(client: Client) -> str:
    """Return the endpoint and the account that a client queries, for a message such as "not registered".

    Contains no secrets: of a token, only its project is known.
    """
    identity = client.settings.identity
    user = identity.get("username", "")
    domain = f"@{identity['domain_name']}" if user and "domain_name" in identity else ""
    parts = [
        f"access key {identity['access_key']}" if "access_key" in identity else "",
        "the agency of this ECS" if "ecs_agency" in identity else "",
        f"user {user}{domain}" if user else "",
        *(f"project {identity[name]}" for name in ("project_id", "project_name") if name in identity),
    ]
    account = ", ".join(filter(None, parts)) or "the project of the token"
    return client.redact(f"{_text.plain(client.endpoint)} ({_text.plain(account)})")
