# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: where to ask and how.

From what the user wrote, completed by the environment, to checked settings. Nothing here touches the network.
"""

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
    """Where to ask and how, with the credentials checked only when they are needed.

    A cache hit needs no credentials, so that half of one must not stand in its way: see :meth:`credentials`.

    :ivar endpoint: base URL of SMS, without a trailing slash.
    :ivar auth_url: base URL of IAM, ending in ``/v3``; None where neither it nor a region is known.
    :ivar ecs_endpoint: base URL of ECS, with ``{region_id}`` where the region's name stands.
    :ivar verify: what requests takes as ``verify``: a CA path, or whether to verify.
    :ivar timeout: seconds, for one request and its whole answer.
    :ivar total_timeout: seconds, for a whole list, its retries and waits included.
    :ivar retries: how often one request is sent again.
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
        """Whose servers these are, as far as it is no secret."""
        return _credentials.identity_of(self._inputs)

    @property
    def token_issuer(self) -> str | None:
        """The base URL of IAM, where it is sure to be of the same cloud as SMS, so that a token may be sent there."""
        is_sure = self._inputs.get("auth_url") or not self._inputs.get("endpoint")
        return self.auth_url if is_sure else None

    def ecs_in(self, region: str) -> str:
        """The base URL of ECS in a region, for whose name :func:`_addresses.is_region` holds."""
        return self.ecs_endpoint.replace("{region_id}", region)

    def credentials(self) -> _credentials.Credentials:
        """The one complete kind of credentials.

        :raises OptionsError: none, half of one, or two kinds.
        """
        credentials = _credentials.choose(self._inputs)
        if credentials.kind is _credentials.PASSWORD and self.auth_url is None:
            raise OptionsError(
                "A user and password need IAM's address: give region or auth_url"
                f" (environment: {variables_of('region', 'auth_url')})."
            )
        return credentials


def settings_from(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """What the connection options and the environment say together.

    :param options: values of :data:`CONNECTION_SPEC`, None where not given.
    :param environ: another environment than this process's.
    :raises OptionsError: an option cannot be used; incomplete credentials are reported later.
    """
    inputs = _inputs.read(options, os.environ if environ is None else environ)
    validate_certs = options["validate_certs"]
    region = inputs.get("region")
    if region is not None and not re.fullmatch(r"[a-z0-9-]+", region):
        raise OptionsError(f"region: {region!r} is not a region's name such as ap-southeast-3.")
    endpoint = inputs.get("endpoint") or _endpoints.sms_of(region)
    auth_url = inputs.get("auth_url") or _endpoints.iam_of(region)
    ecs_endpoint = inputs.get("ecs_endpoint") or _endpoints.ECS_ENDPOINT
    return Settings(
        endpoint=_endpoints.check_url("endpoint", endpoint, validate_certs).removesuffix("/v3"),
        auth_url=auth_url and _endpoints.check_url("auth_url", auth_url, validate_certs).removesuffix("/v3") + "/v3",
        ecs_endpoint=_endpoints.check_pattern(ecs_endpoint, validate_certs),
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
