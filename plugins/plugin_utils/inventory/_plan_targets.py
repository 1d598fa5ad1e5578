# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: whether the target of a row of a plan exists and suits its server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._destinations import Destinations
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import TARGET_SPEC
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._migration_plan import PlanRow

_PLACE = ("region_id", "project_id")


class TargetResolver:
    """Finds the target of each row: templates with one list, an existing ECS with a few queries."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._destinations = Destinations(client)

    def __call__(self, row: PlanRow, record: Record) -> tuple[Mapping[str, Any], list[str]]:
        """Return the target of a row as a new task takes it, and its problems."""
        given = row.role_variables["wave_target"]
        target = {**dict.fromkeys(TARGET_SPEC), **given}
        if missing := [name for name in _PLACE if name not in given]:
            return target, [f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} empty."]
        deadline = Deadline(self._client.total_timeout)
        try:
            if "vm_id" in given:
                # The list of servers lacks what the disks of an ECS have to suit.
                record = _source_servers.show_server(self._client, record["id"], deadline) or record
            self._destinations.find(target, record, deadline)
        except SmsError as error:
            return target, [str(error)]
        return target, []
