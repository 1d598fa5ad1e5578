# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: whether the target of a row exists, by a few queries for all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _templates
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import TARGET_SPEC
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._migration_plan import PlanRow

_PLACE = ("region_id", "project_id")


class TargetResolver:
    """Finds the target of each row.

    :param records: the servers of the account, by ID.
    """

    def __init__(self, client: Client, rows: Sequence[PlanRow], records: Mapping[str, Record]) -> None:
        self._client = client
        # One listing for all rows.
        needs_templates = any("template" in row.target for row in rows)
        self._templates = _templates.list_templates(client, {}) if needs_templates else []

    def __call__(self, row: PlanRow, record: Record) -> tuple[Mapping[str, Any], list[str]]:
        """Return the target of a row as a new task needs it, and its problems."""
        given = row.role_variables["wave_target"]
        problems = [f"{name} is empty." for name in _PLACE if name not in given]
        target = {**dict.fromkeys(TARGET_SPEC), **given}
        if "template" in given:
            try:
                template = _templates.select_template(self._client, self._templates, given["template"], "template")
            except OptionsError as error:
                return target, [*problems, str(error)]
            problems += _differences(given, template)
            target.update(template=None, template_id=template["id"])
        return {name: target.get(name) for name in TARGET_SPEC}, problems


def _differences(given: Mapping[str, str], template: Record) -> list[str]:
    """Return where a template is for another place than the row."""
    places = {"region_id": template.get("region"), "project_id": template.get("projectid")}
    return [
        f"{name} is {_text.plain(given[name])}, but the template {_text.plain(template.get('name'))} is for"
        f" {_text.plain(value)}."
        for name, value in places.items()
        if value and name in given and given[name] != value
    ]
