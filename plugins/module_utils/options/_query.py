# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the filters of a listing, and the page of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..common._errors import OptionsError
from ..records._records import Record
from . import _inputs
from ._argument_spec import ENVIRONMENT, FILTER_SPEC, LIST_FILTERS

PAGE_SIZE = 200
MAX_OFFSET = 65535
MAX_FILTER_LENGTH = 255
_LASTING_FILTERS = ("id", "enterprise_project_id")


@dataclass(frozen=True)
class Query:
    """Which source servers to list.

    :ivar parameters: filters that are sent to SMS, with one value each.
    :ivar connected: selects by the records' own field, since the API leaves open which way round its parameter selects.
    :ivar choices: filters with several values, which select by the records' own field. SMS accepts one value only, and
        a server that moves from one value to another between two lists could be missing in both.
    """

    parameters: Mapping[str, str]
    connected: bool | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def selects(self, record: Record) -> bool:
        """Return whether a record matches the filters that SMS does not apply."""
        if self.connected is not None and record.get("connected") is not self.connected:
            return False
        return all(record.get(name) in values for name, values in self.choices.items())

    @property
    def lasting(self) -> Query:
        """The filters that a server matches during its whole migration."""
        return Query({name: value for name, value in self.parameters.items() if name in _LASTING_FILTERS})

    @property
    def filters(self) -> dict[str, str | list[str] | bool]:
        """All filters, also those that SMS does not apply. Lists can be compared only if these are the same."""
        filters: dict[str, str | list[str] | bool] = {**self.parameters}
        filters.update((name, list(values)) for name, values in self.choices.items())
        return filters if self.connected is None else {**filters, "connected": self.connected}


@dataclass(frozen=True)
class PageOptions:
    """Which page to read.

    :ivar limit: 0 to 200 records; 0 means 200.
    :ivar offset: 0 to 65535.
    """

    limit: int
    offset: int


def query_from(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Query:
    """Return the filters among the options.

    :param options: values of :data:`FILTER_SPEC`, None if not given; an empty text is no filter.
    :param environ: instead of the environment of this process.
    :raises OptionsError: a value is longer than the API accepts, or a list is empty.
    """
    environ = os.environ if environ is None else environ
    parameters, choices = {}, {}
    for name, spec in FILTER_SPEC.items():
        value = options.get(name)
        if value is None and (variable := _inputs.first_set(ENVIRONMENT.get(name, ()), environ)):
            value = environ[variable].strip()
        if spec["type"] == "str" and value not in (None, ""):
            parameters[name] = check_filter(name, value if isinstance(value, str) else _inputs.as_text(name, value))
        elif name in LIST_FILTERS and value is not None:
            values = _choices(name, value if isinstance(value, (list, tuple)) else [value])
            if len(values) == 1:
                parameters[name] = values[0]
            elif values:
                choices[name] = values
    return Query(parameters, options.get("connected"), choices)


def _choices(name: str, given: Iterable[Any]) -> tuple[str, ...]:
    """Return the values of a filter, sorted and without duplicates. A single empty text is no filter.

    :raises OptionsError: the list is empty, or has an empty text among others. Both could mean all servers or none.
    """
    values = {check_filter(name, _inputs.as_text(name, value)) for value in given}
    if values == {""}:
        return ()
    if not values:
        raise OptionsError(f"{name} is an empty list: give it a value or leave it out.")
    if "" in values:
        raise OptionsError(f"{name} has an empty value among others: give each a value, or leave it out.")
    return tuple(sorted(values))


def page_from(options: Mapping[str, Any]) -> PageOptions | None:
    """Return the page that the options select; None for the complete listing.

    :raises OptionsError: SMS has no such page.
    """
    limit, offset = options.get("limit"), options.get("offset")
    if limit is None and offset is None:
        return None
    return PageOptions(
        limit=int(_inputs.in_range("limit", PAGE_SIZE if limit is None else limit, 0, PAGE_SIZE)),
        offset=int(_inputs.in_range("offset", offset or 0, 0, MAX_OFFSET)),
    )


def check_filter(name: str, value: str) -> str:
    """Return the value of a filter.

    :raises OptionsError: it cannot be sent, or is longer than the API accepts.
    """
    if len(value) > MAX_FILTER_LENGTH:
        raise OptionsError(f"{name}: the API takes at most {MAX_FILTER_LENGTH} characters, this has {len(value)}.")
    if _inputs.has_lone_surrogate(value):
        raise OptionsError(f"{name} holds half a character (a lone surrogate), which cannot be sent.")
    return value
