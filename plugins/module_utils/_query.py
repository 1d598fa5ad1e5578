# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: which source servers to list."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _inputs
from ._errors import OptionsError
from ._spec import ENVIRONMENT, FILTER_SPEC

PAGE_SIZE = 200
MAX_OFFSET = 65535
MAX_FILTER_LENGTH = 255
_LASTING_FILTERS = ("id", "enterprise_project_id")


@dataclass(frozen=True)
class Query:
    """Which source servers to list.

    :ivar parameters: filters that the service applies.
    :ivar connected: filter on the records' own field, since the API leaves open which way round its parameter selects.
    """

    parameters: Mapping[str, str]
    connected: bool | None = None

    @property
    def lasting(self) -> Query:
        """The filters that a server still matches while it migrates; the others may stop to."""
        return Query({name: value for name, value in self.parameters.items() if name in _LASTING_FILTERS})

    @property
    def filters(self) -> dict[str, Any]:
        """All that are given, whoever applies them: lists that differ in one of them are not to be compared."""
        return {**self.parameters, **({} if self.connected is None else {"connected": self.connected})}


@dataclass(frozen=True)
class PageOptions:
    """Which page to read.

    :ivar limit: 0 to 200 records; 0 means 200.
    :ivar offset: 0 to 65535.
    """

    limit: int
    offset: int


def query_from(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Query:
    """The filters among the options.

    :param options: values of :data:`FILTER_SPEC`, None where not given; an empty text is no filter.
    :param environ: another environment than this process's.
    :raises OptionsError: a value is longer than the API takes.
    """
    environ = os.environ if environ is None else environ
    parameters = {}
    for name, spec in FILTER_SPEC.items():
        value = options.get(name)
        if value is None and (variable := _inputs.first_set(ENVIRONMENT.get(name, ()), environ)):
            value = environ[variable].strip()
        if spec["type"] == "str" and value not in (None, ""):
            parameters[name] = _check_filter(name, value if isinstance(value, str) else _inputs.as_text(name, value))
    return Query(parameters, options.get("connected"))


def page_from(options: Mapping[str, Any]) -> PageOptions | None:
    """The page that the options ask for, None for the whole list.

    :raises OptionsError: the service has no such page.
    """
    limit, offset = options.get("limit"), options.get("offset")
    if limit is None and offset is None:
        return None
    return PageOptions(
        limit=int(_inputs.in_range("limit", PAGE_SIZE if limit is None else limit, 0, PAGE_SIZE)),
        offset=int(_inputs.in_range("offset", offset or 0, 0, MAX_OFFSET)),
    )


def _check_filter(name: str, value: str) -> str:
    if len(value) > MAX_FILTER_LENGTH:
        raise OptionsError(f"{name}: the API takes at most {MAX_FILTER_LENGTH} characters, this has {len(value)}.")
    if _inputs.is_broken(value):
        raise OptionsError(f"{name} holds half a character (a lone surrogate), which cannot be sent.")
    return value
