# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: connection settings from options and environment, checked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..common._errors import OptionsError
from . import _credentials, _endpoints, _inputs
from ._argument_spec import variables_of

MAX_RETRIES = 10
MAX_TOTAL_TIMEOUT = 86400


@dataclass(frozen=True, repr=False)
class Settings:
    """The settings of a connection.

    The credentials are checked by :meth:`credentials`, since an inventory from the cache needs none.

    :ivar endpoint: base URL of SMS, without a trailing slash.
    :ivar auth_url: base URL of IAM, ending in ``/v3``; None if neither the option nor a region is given.
    :ivar ecs_endpoint: base URL of ECS, with ``{region_id}`` for the name of the region.
    :ivar verify: the argument ``verify`` of requests: a CA path, or whether to verify.
    :ivar timeout: seconds for one request and its complete response.
    :ivar total_timeout: seconds for a complete listing, retries and waits included.
    :ivar retries: maximum number of retries of one request.
    """

    endpoint: str
    auth_url: str | None
    ecs_endpoint: str
    verify: bool | str
    timeout: float
    total_timeout: float
    retries: int
    _inputs: _inputs.Inputs

    @property
    def identity(self) -> dict[str, str]:
        """The options that identify the account and are no secret."""
        return _credentials.identity_of(self._inputs)

    @property
    def token_issuer(self) -> str | None:
        """The base URL of IAM if it certainly belongs to the same cloud as SMS, so that a token may be sent to it."""
        is_sure = self._inputs.get("auth_url") or not self._inputs.get("endpoint")
        return self.auth_url if is_sure else None

    def ecs_in(self, region: str) -> str:
        """Return the base URL of ECS in a region.

        :param region: checked with :func:`_endpoints.is_region`.
        """
        return self.ecs_endpoint.replace("{region_id}", region)

    def credentials(self) -> _credentials.Credentials:
        """Return the one complete kind of credentials.

        :raises OptionsError: there is no complete kind, or more than one.
        """
        credentials = _credentials.choose(self._inputs)
        if credentials.kind is _credentials.PASSWORD and self.auth_url is None:
            raise OptionsError(
                "A user and password need IAM's address: give region or auth_url"
                f" (environment: {variables_of('region', 'auth_url')})."
            )
        return credentials


def settings_from(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in the connection options, completed from the environment.

    :param options: values of :data:`CONNECTION_SPEC`, None if not given.
    :param environ: instead of the environment of this process.
    :raises OptionsError: an option cannot be used; incomplete credentials are reported later.
    """
    inputs = _inputs.read(options, os.environ if environ is None else environ)
    validate_certs = options["validate_certs"]
    region = inputs.get("region")
    if region is not None and not re.fullmatch(r"[a-z0-9-]+", region):
        raise OptionsError(f"region: {region!r} is not a region's name such as ap-southeast-3.")
    endpoint = inputs.get("endpoint") or _endpoints.sms_endpoint(region)
    auth_url = inputs.get("auth_url") or _endpoints.iam_endpoint(region)
    ecs_endpoint = inputs.get("ecs_endpoint") or _endpoints.ECS_ENDPOINT
    return Settings(
        endpoint=_endpoints.check_url("endpoint", endpoint, validate_certs).removesuffix("/v3"),
        auth_url=auth_url and _endpoints.check_url("auth_url", auth_url, validate_certs).removesuffix("/v3") + "/v3",
        ecs_endpoint=_endpoints.check_ecs_endpoint(ecs_endpoint, validate_certs),
        verify=_verify(validate_certs, options.get("ca_path")),
        timeout=_inputs.in_range("timeout", options["timeout"], 0.001, 3600),
        total_timeout=_inputs.in_range("total_timeout", options["total_timeout"], 0.001, MAX_TOTAL_TIMEOUT),
        retries=int(_inputs.in_range("retries", options["retries"], 0, MAX_RETRIES)),
        _inputs=inputs,
    )


def _verify(validate_certs: bool, ca_path: str | None) -> bool | str:
    if not validate_certs or not ca_path:
        return validate_certs
    path = Path(ca_path).expanduser()
    if not path.exists():
        raise OptionsError(f"ca_path: {path} does not exist; it names a file or folder of CA certificates.")
    return str(path)
