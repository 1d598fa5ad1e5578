# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: a client for the account that connection options name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..http._client import HAS_REQUESTS, Client
from ..options._settings import settings_from

__all__ = ["HAS_REQUESTS", "Client", "connect"]


def connect(options: Mapping[str, Any]) -> Client:
    """Return a client for the account that the connection options name. Use it as a context manager.

    :raises OptionsError: the options cannot be used, or the credentials are incomplete.
    """
    return Client(settings_from(options))
