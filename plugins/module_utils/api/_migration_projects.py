# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: migration projects, from the names that users know to the IDs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..common._deadline import Deadline
from ..common._errors import IncompleteListingError, OptionsError
from ..common._text import some_of
from ..http._client import Client, Purpose
from ..options._query import Query

PATH = "/v3/migprojects"
PAGE_SIZE = 100
_MOST_PAGES = 100

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)
_LOOKING_UP = Purpose(
    "look up the migration project",
    "looking one up by its name needs sms:migproject:list (identity policies) or sms:server:queryServer (roles and"
    " policies), which the system policy SMS ReadOnlyAccess has; with its ID as migproject, none is looked up",
)


def with_project_id(client: Client, query: Query, deadline: Deadline) -> Query:
    """The query with the ID of its migration project, where it has the name.

    :raises OptionsError: no project has that name, or several have.
    :raises ApiError: the projects cannot be listed.
    :raises IncompleteListingError: not all of them can be.
    """
    wanted = query.parameters.get("migproject")
    if wanted is None or _ID.fullmatch(wanted):
        return query
    return replace(query, parameters={**query.parameters, "migproject": _id_of(client, wanted, deadline)})


def _id_of(client: Client, wanted: str, deadline: Deadline) -> str:
    names = _names(client, deadline)
    if wanted in names:
        return wanted
    ids = [each for each, name in names.items() if name == wanted]
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise OptionsError(
            f"migproject: {len(ids)} migration projects have the name {wanted!r}: give one of their IDs, which are"
            f" {_some_of(client, ids)}."
        )
    known = f"Known names: {_some_of(client, sorted(names.values()))}." if names else "There is none at all."
    raise OptionsError(f"migproject: no migration project has the ID or the name {wanted!r}. {known}")


def _some_of(client: Client, words: list[str]) -> str:
    return some_of([*map(client.redact, words)])


def _names(client: Client, deadline: Deadline) -> dict[str, str]:
    """The name of every project by its ID. Whether ``offset`` counts projects or pages, the documentation leaves open.

    :raises IncompleteListingError: fewer came than were announced.
    """
    count, names = _page(client, 0, deadline)
    for step in (PAGE_SIZE, 1):
        for number in range(1, _MOST_PAGES):
            if len(names) >= count:
                return names
            _count, page = _page(client, number * step, deadline)
            if page.keys() <= names.keys():
                break
            names |= page
    raise IncompleteListingError(
        f"{count} migration projects were announced at {client.endpoint}, but {len(names)} arrived: give the ID of one"
        " as migproject."
    )


def _page(client: Client, offset: int, deadline: Deadline) -> tuple[int, dict[str, str]]:
    response = client.get(PATH, {"limit": str(PAGE_SIZE), "offset": str(offset)}, deadline, _LOOKING_UP)
    projects = response.json.get("migprojects") if isinstance(response.json, Mapping) else None
    count = response.json.get("count") if isinstance(response.json, Mapping) else None
    if not isinstance(projects, list) or not all(map(_is_project, projects)):
        raise client.invalid_response(response, "migprojects is missing, or has entries without id and name")
    if not isinstance(count, int) or not 0 <= count < 10**9:
        raise client.invalid_response(response, "count is missing or no number")
    return count, {project["id"]: project["name"] for project in projects}


def _is_project(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(field), str) for field in ("id", "name"))
