# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: templates of targets, which users can name instead of giving their IDs.

A template can contain the password of its targets. The call that returns passwords is never made, and a password that
the list of templates has is dropped before anything else sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..common._deadline import Deadline
from ..http._client import Client, Purpose
from ..records._records import Record
from ._lookup import Reference, find_record
from ._pages import Catalogue, list_all


def _pick(content: Any) -> Any:
    """Return the content without passwords; invalid content as it is, to be refused later."""
    templates = content.get("templates") if isinstance(content, dict) else None
    return {**content, "templates": [*map(_without_password, templates)]} if isinstance(templates, list) else content


def _without_password(template: Any) -> Any:
    if not isinstance(template, dict):
        return template
    return {field: value for field, value in template.items() if "password" not in field.lower()}


TEMPLATES = Catalogue(
    "/v3/vm/templates",
    "templates",
    "templates",
    Purpose(
        "list templates",
        "listing them needs sms:template:list (identity policies) or sms:server:queryServer (roles and policies), which"
        " the system policy SMS ReadOnlyAccess has",
        pick=_pick,
    ),
    page_size=100,
    advice="give the ID of a template",
)


def list_templates(client: Client, filters: Mapping[str, str], deadline: Deadline | None = None) -> list[Record]:
    """Return all templates that match, without passwords, proven complete as the list of servers is.

    :param filters: those of the API: ``name``, ``availability_zone``, ``region`` and ``id``.
    :raises SmsError: as for :func:`_pages.list_all`.
    """
    return list_all(client, TEMPLATES, filters, deadline)


def find_template(client: Client, id_or_name: str, deadline: Deadline | None = None) -> Record:
    """Return the template with an ID or a name, without its password. Lists the templates.

    :raises OptionsError: no template has it, or several have the name.
    :raises SmsError: as for :func:`list_templates`.
    """
    return select_template(client, list_templates(client, {}, deadline), id_or_name)


def select_template(
    client: Client, templates: Sequence[Record], id_or_name: str, option: str = "target.template"
) -> Record:
    """Return one of the listed templates by its ID or name.

    A template that belongs to a task is deleted with it, and may be a copy of the one that the user means. It is found
    by its ID only, not by its name.

    :param option: the option that has the ID or name, for a message.
    :raises OptionsError: no template has the ID or name, or several have the name.
    """
    candidates = [template for template in templates if template["id"] == id_or_name or not _is_bound(template)]
    return find_record(client, candidates, Reference(option, "template", id_or_name))


def _is_bound(template: Record) -> bool:
    """Return whether a template belongs to a task. SMS returns the field as a text, and may leave it out."""
    return str(template.get("is_template", True)).lower() == "false"
