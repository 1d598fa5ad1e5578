# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query parameters, and pages of lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from messages import Answer, Request, answer_json

if TYPE_CHECKING:
    from state import State

MAX_OFFSET = 65535


class BadQuery(Exception):
    """A query parameter has a value that the service does not take."""


def parameters(request: Request) -> dict[str, str]:
    """The query's parameters; of a repeated one the first counts."""
    return dict(reversed(request.query))


def whole(query: dict[str, str], name: str, largest: int, default: int = 0, smallest: int = 0) -> int:
    """A parameter as a whole number; BadQuery if it is none or out of bounds."""
    value = query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", value) or not smallest <= int(value) <= largest:
        raise BadQuery(f"The value of {name} must be an integer from {smallest} to {largest}.")
    return int(value)


def answer_page(
    state: State,
    query: dict[str, str],
    name: str,
    rows: list,
    largest: int,
    default: int,
    show: Callable[[Any], dict] = dict,
) -> Answer:
    """One page of a list of SMS's: `count` and, under `name`, the rows that `limit` and `offset` select, as shown."""
    limit = whole(query, "limit", largest, default) or largest
    offset = whole(query, "offset", MAX_OFFSET)
    limit = min(limit, state.settings.page_cap or limit)
    start = offset * limit if state.settings.offset_unit == "pages" else offset
    count = max(0, len(rows) + state.settings.count_bias)
    return answer_json({"count": count, name: [show(row) for row in rows[start : start + limit]]})
