# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: one ECS that exists, and its disks.

The start of a migration overwrites these disks. Whatever a response leaves out or contradicts is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..common import _text
from ..common._deadline import Deadline
from ..common._errors import ApiError, OptionsError, SmsError
from ..http._client import Client, Purpose, Response
from ..records._target import Ecs, EcsDisk, TargetId, addresses_of
from ._targets import checked_id

_PERMISSIONS = (
    "reading it and its disks needs ecs:cloudServers:showServer and ecs:cloudServers:listServerBlockDevices (identity"
    " policies) or ecs:cloudServers:get (roles and policies), which the system policy ECS ReadOnlyAccess has"
)
_SHOW = Purpose("read the ECS that is to become the target", _PERMISSIONS)
_DISKS = Purpose("read the disks of the ECS that is to become the target", _PERMISSIONS)
_VOLUMES = "os-extended-volumes:volumes_attached"


def target_id_from(region: str, project: str, vm_id: str) -> TargetId:
    """Return the ID of the ECS that a user names.

    :raises OptionsError: a part of it cannot be an ID, or the name of a region.
    """
    target_id = checked_id(region, project, vm_id)
    if target_id is None:
        raise OptionsError(
            f"target: no ECS can have the ID {_text.plain(vm_id)} in the project {_text.plain(project)} in the region"
            f" {_text.plain(region)}. Check vm_id, project_id and region_id."
        )
    return target_id


def show_ecs(client: Client, target_id: TargetId, deadline: Deadline | None = None) -> Ecs:
    """Return an ECS and its disks as they are now.

    :raises SmsError: ECS does not have it in that region and project.
    :raises ApiError: a request failed, or its response is not what the API promises.
    """
    deadline = Deadline(client.total_timeout, within=deadline)
    response = _get(client, target_id, "", deadline, _SHOW)
    server: Any = response.json.get("server") if isinstance(response.json, dict) else None
    if problem := _malformation(server, target_id):
        raise client.invalid_response(response, problem)
    listed = _get(client, target_id, "/block_device", deadline, _DISKS)
    disks = _disks(listed.json, target_id)
    # Disks that were attached or detached between the two responses would be paired wrongly.
    attached = {one.get("id") for one in server[_VOLUMES]}
    if not disks or {disk.volume_id for disk in disks} != attached:
        raise client.invalid_response(listed, "its disks are not as documented, or not those of the ECS")
    return _ecs(target_id, server, disks)


def _get(client: Client, target_id: TargetId, path: str, deadline: Deadline, purpose: Purpose) -> Response:
    region, project, vm_id = target_id
    try:
        return client.get_ecs((region, project, f"{vm_id}{path}"), {}, deadline, purpose)
    except ApiError as error:
        if error.failure.status != 404:
            raise
        raise SmsError(
            f"{error} There is no ECS {vm_id} in the project {project} in the region {region}: check target.vm_id,"
            " target.project_id and target.region_id."
        ) from error


def _malformation(server: Any, target_id: TargetId) -> str:
    """Return in which way the description of an ECS is not what the API promises; empty if it is."""
    if not isinstance(server, dict) or server.get("id") != target_id.vm_id:
        return "it is about something else than what was asked for"
    if server.get("tenant_id", target_id.project) != target_id.project:
        return "the ECS is in another project than the one that was asked for"
    if not isinstance(server.get("status"), str):
        return "the ECS has no status"
    if not _are_dictionaries(server.get(_VOLUMES)):
        return f"{_VOLUMES} is missing or no list of disks"
    networks = server.get("addresses") or {}
    if not isinstance(networks, dict) or not all(map(_are_dictionaries, networks.values())):
        return "the addresses are not as documented"
    return ""


def _are_dictionaries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _disks(content: Any, target_id: TargetId) -> tuple[EcsDisk, ...]:
    """Return the disks in a response; none if one of them is not as documented, or attached to another ECS."""
    listed = content.get("volumeAttachments") if isinstance(content, dict) else None
    disks = [_disk(one, target_id) for one in listed] if isinstance(listed, list) else []
    known = [disk for disk in disks if disk]
    is_valid = len(known) == len(disks) == len({disk.volume_id for disk in known})
    return tuple(known) if is_valid else ()


def _disk(attachment: Any, target_id: TargetId) -> EcsDisk | None:
    if not isinstance(attachment, dict) or attachment.get("serverId", target_id.vm_id) != target_id.vm_id:
        return None
    volume_id, size, index = attachment.get("volumeId"), *map(_number, _fields(attachment, ("size", "bootIndex")))
    if not isinstance(volume_id, str) or not volume_id or size is None or size <= 0 or index is None:
        return None
    return EcsDisk(volume_id, _string(attachment.get("device")), size, index == 0)


def _fields(attachment: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [attachment.get(name) for name in names]


def _number(value: Any) -> int | None:
    """Return a number, which the API's examples show as a text; None if it is none."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
        return int(value[:20])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _ecs(target_id: TargetId, server: Mapping[str, Any], disks: tuple[EcsDisk, ...]) -> Ecs:
    metadata, flavor = (value if isinstance(value, dict) else {} for value in _fields(server, ("metadata", "flavor")))
    private, public = addresses_of(server)
    return Ecs(
        target_id=target_id,
        name=_string(server.get("name")),
        status=server["status"],
        os_type=_string(metadata.get("os_type")).upper(),
        firmware=_string(metadata.get("hw_firmware_type")).upper(),
        memory=_number(flavor.get("ram")),
        is_locked=server.get("locked") is True,
        private_addresses=tuple(private),
        public_addresses=tuple(public),
        disks=disks,
    )
