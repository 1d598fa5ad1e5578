# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: migration projects, which users can name instead of giving their IDs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..common._deadline import Deadline
from ..common._errors import OptionsError
from ..common._text import some_of
from ..http._client import Client, Purpose
from ..options._query import Query
from ._pages import Catalogue, list_all

MIGRATION_PROJECTS = Catalogue(
    "/v3/migprojects",
    "migprojects",
    "migration projects",
    Purpose(
        "look up the migration project",
        "looking one up by its name needs sms:migproject:list (identity policies) or sms:server:queryServer (roles and"
        " policies), which the system policy SMS ReadOnlyAccess has; with its ID as migproject, none is looked up",
    ),
    page_size=100,
    advice="give the ID of a migration project as migproject",
)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)


def with_project_id(client: Client, query: Query, deadline: Deadline) -> Query:
    """Return the query with the ID of its migration project in place of the name.

    :raises OptionsError: no migration project has that name, or several have it.
    :raises SmsError: the migration projects cannot be listed, as for :func:`_pages.list_all`.
    """
    wanted = query.parameters.get("migproject")
    if wanted is None or _ID.fullmatch(wanted):
        return query
    return replace(query, parameters={**query.parameters, "migproject": _id_of(client, wanted, deadline)})


def _id_of(client: Client, wanted: str, deadline: Deadline) -> str:
    projects = list_all(client, MIGRATION_PROJECTS, {}, deadline)
    names: dict[str, Any] = {project["id"]: project.get("name") for project in projects}
    if wanted in names:
        return wanted
    ids = [project_id for project_id, name in names.items() if name == wanted]
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise OptionsError(
            f"migproject: {len(ids)} migration projects have the name {wanted!r}: give one of their IDs, which are"
            f" {_some_of(client, ids)}."
        )
    known = f"Known names: {_some_of(client, sorted(map(str, names.values())))}." if names else "There is none at all."
    raise OptionsError(f"migproject: no migration project has the ID or the name {wanted!r}. {known}")


def _some_of(client: Client, texts: list[str]) -> str:
    return some_of([*map(client.redact, texts)])
