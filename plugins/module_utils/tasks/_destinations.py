# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: looks up where a new task migrates to, and checks that it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from ..api import _ecs, _tasks, _templates
from ..api._connection import Client
from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import OptionsError, SmsError
from ..records._records import Record
from ..records._target import Ecs
from . import _disks, _existing_target


class UnfitTargetError(SmsError):
    """A server cannot migrate to the target that the user names. Nothing was sent that changes anything."""


@dataclass(frozen=True)
class Destination:
    """What a new task migrates to.

    :ivar template_id: the template from which SMS creates the target; empty if the target exists.
    :ivar ecs: the target that exists; None for a template.
    :ivar volume_ids: the EVS volumes of the target that exists, by the names of the source's disks.
    """

    template_id: str = ""
    ecs: Ecs | None = None
    volume_ids: Mapping[str, str] | None = None


class Destinations:
    """Looks up targets for the servers of one account. Several threads may call it.

    Templates are listed once. An ECS is read for each server, immediately before its task is created.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = Lock()
        self._templates: Sequence[Record] | None = None

    def find(self, target: Mapping[str, Any], record: Record, deadline: Deadline) -> Destination:
        """Return what a new task of a server migrates to.

        :param target: the suboptions of the option ``target``.
        :param record: of the server, with the details of a single server.
        :raises UnfitTargetError: the server cannot migrate there.
        :raises SmsError: it cannot be looked up.
        """
        try:
            if target["vm_id"]:
                return self._existing(target, record, deadline)
            if target.get("template"):
                return Destination(self._template_id(target, deadline))
        except OptionsError as error:
            raise UnfitTargetError(str(error)) from error
        except _disks.DisksError as error:
            raise UnfitTargetError(f"{error}.") from error
        return Destination(str(target["template_id"]))

    def _template_id(self, target: Mapping[str, Any], deadline: Deadline) -> str:
        """
        :raises OptionsError: there is no such template, or it is for another region or project.
        """
        with self._lock:
            if self._templates is None:
                self._templates = _templates.list_templates(self._client, {}, deadline)
        template = _templates.select_template(self._client, self._templates, target["template"])
        for field, option in (("region", "region_id"), ("projectid", "project_id")):
            if template.get(field) != target[option]:
                raise OptionsError(
                    f"target.template: {_text.plain(target['template'])} is for targets in the {option}"
                    f" {_text.plain(template.get(field))}, and target.{option} is {_text.plain(target[option])}."
                )
        return str(template["id"])

    def _existing(self, target: Mapping[str, Any], record: Record, deadline: Deadline) -> Destination:
        """
        :raises UnfitTargetError: the ECS cannot become the target of this server.
        """
        target_id = _ecs.target_id_from(target["region_id"], target["project_id"], target["vm_id"])
        ecs = _ecs.show_ecs(self._client, target_id, deadline)
        if problem := _existing_target.problem(record, ecs, _tasks.list_tasks(self._client, {}, deadline)):
            raise UnfitTargetError(f"{problem}.")
        pairs = _disks.pair_disks(record, ecs.disks, target.get("disks") or {})
        return Destination(ecs=ecs, volume_ids={pair.source.name: pair.target.volume_id for pair in pairs})
