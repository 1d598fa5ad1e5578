# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: migration projects, which users can name instead of giving their IDs."""

from __future__ import annotations

from dataclasses import replace

from ..common._deadline import Deadline
from ..http._client import Client, Purpose
from ..options._query import Query
from ._lookup import Reference, find_record, is_id
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


def with_project_id(client: Client, query: Query, deadline: Deadline) -> Query:
    """Return the query with the ID of its migration project in place of the name.

    :raises OptionsError: no migration project has that name, or several have it.
    :raises SmsError: the migration projects cannot be listed, as for :func:`_pages.list_all`.
    """
    wanted = query.parameters.get("migproject")
    if wanted is None or is_id(wanted):
        return query
    projects = list_all(client, MIGRATION_PROJECTS, {}, deadline)
    project = find_record(client, projects, Reference("migproject", "migration project", wanted))
    return replace(query, parameters={**query.parameters, "migproject": project["id"]})
