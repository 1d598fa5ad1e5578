# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the targets of source servers, which ECS describes.

SMS returns which ECS a source server becomes; ECS returns its addresses. A list of targets has every ECS that was
requested, also those that are gone, or there is an error: nothing may connect to a source because its target was
missing in a response.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause
from ..common._parallel import map_in_parallel
from ..http._client import Client, Purpose, Response
from ..options._endpoints import is_region
from ..records._records import Record, is_cut_over, task_of
from ..records._target import ECS_FIELDS, Target, TargetId, is_gone, target_of

# The largest page of ECS. So many IDs make a URL of 39 KB.
MOST_IDS = 1000
# The vendor's recommendation for the length of the URL.
FEW_IDS = 100

# HTTP statuses of different gateways for a URL that is too long.
_URL_TOO_LONG = (400, 413, 414, 431)
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def _pick(content: Any) -> Any:
    """Return the fields that are needed, a tenth of the response; invalid content as it is, to be refused later."""
    servers = content.get("servers") if isinstance(content, dict) else None
    return {"servers": [_pick_fields(ecs) for ecs in servers]} if isinstance(servers, list) else content


def _pick_fields(ecs: Any) -> Any:
    return {field: ecs.get(field) for field in ECS_FIELDS} if isinstance(ecs, dict) else ecs


_LIST = Purpose(
    "look up target servers in ECS",
    "looking them up needs ecs:cloudServers:listServersDetails (identity policies) or ecs:cloudServers:list (roles and"
    " policies), which the system policy ECS ReadOnlyAccess has",
    pick=_pick,
)


class _Batch(NamedTuple):
    """ECSs of one project in one region, for one request."""

    region: str
    project: str
    vm_ids: Sequence[str]


def list_targets(
    client: Client, records: Iterable[Record], deadline: Deadline | None = None
) -> dict[str, Target | None]:
    """Return the target of each server that is cut over, by server ID; None if SMS names no ECS.

    A target that ECS does not have any more has no status and no address.

    :param deadline: ends the queries if that is earlier than the option ``total_timeout``.
    :raises OptionsError: the credentials are not valid for all projects of the targets.
    :raises ApiError: a request failed, or its response is not what the API promises.
    :raises DeadlineError: the deadline expired before, or was cancelled.
    """
    ids = {str(record["id"]): target_id_of(record) for record in records if is_cut_over(record)}
    wanted = dict.fromkeys(target_id for target_id in ids.values() if target_id)
    # Before the first request: with a token for one project, some of the requests would fail.
    client.check_projects({target_id.project for target_id in wanted})
    deadline = Deadline(client.total_timeout, within=deadline)
    listed = _list_batches(client, list(_batches(wanted)), deadline)
    return {server_id: target_id and listed[target_id] for server_id, target_id in ids.items()}


def target_id_of(record: Record) -> TargetId | None:
    """Return the ECS that a record names; None if it names none, or one that is not fit for a URL."""
    task = task_of(record)
    server = task.get("target_server")
    vm_id = server.get("vm_id") if isinstance(server, dict) else None
    return checked_id(task.get("region_id"), task.get("project_id"), vm_id)


def checked_id(region: Any, project: Any, vm_id: Any) -> TargetId | None:
    """Return the ID of an ECS; None if a part of it is not fit for a URL."""
    if not is_region(region) or not _is_id(project) or not _is_id(vm_id):
        return None
    return TargetId(str(region), str(project), str(vm_id))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _batches(target_ids: Iterable[TargetId]) -> Iterator[_Batch]:
    """Yield the smallest number of batches, each of one project in one region."""
    places: dict[tuple[str, str], list[str]] = {}
    for region, project, vm_id in target_ids:
        places.setdefault((region, project), []).append(vm_id)
    for (region, project), vm_ids in places.items():
        yield from _split(_Batch(region, project, vm_ids), MOST_IDS)


def _split(batch: _Batch, size: int) -> Iterator[_Batch]:
    for start in range(0, len(batch.vm_ids), size):
        end = start + size
        yield batch._replace(vm_ids=batch.vm_ids[start:end])


def _list_batches(client: Client, batches: Sequence[_Batch], deadline: Deadline) -> dict[TargetId, Target]:
    """Return the targets of all batches; the first error cancels all requests."""

    def list_batch(batch: _Batch) -> dict[TargetId, Target]:
        return _list_batch(client, batch, deadline)

    targets: dict[TargetId, Target] = {}
    for done, (_batch, listed) in enumerate(map_in_parallel(list_batch, batches, client.concurrency, deadline), 1):
        targets.update(listed)
        client.progress(f"Looked up {done} of {len(batches)} lists of target servers in ECS")
    return targets


def _list_batch(client: Client, batch: _Batch, deadline: Deadline) -> dict[TargetId, Target]:
    """Return the targets of a batch. If it may be too large for the gateway, request smaller ones."""
    try:
        return _fetch(client, batch, deadline)
    except ApiError as error:
        # Some gateways refuse a long URL without a reason, and some large responses take too long.
        failure = error.failure
        is_too_large = failure.cause in (Cause.TOO_LARGE, Cause.INTERRUPTED) or failure.status in _URL_TOO_LONG
        if len(batch.vm_ids) <= FEW_IDS or not is_too_large:
            raise
        client.progress(f"ECS is asked for {FEW_IDS} target servers at once instead of {len(batch.vm_ids)}: {error}")
    parts = (_fetch(client, part, deadline) for part in _split(batch, FEW_IDS))
    return {target_id: target for part in parts for target_id, target in part.items()}


def _fetch(client: Client, batch: _Batch, deadline: Deadline) -> dict[TargetId, Target]:
    """Return the targets of a batch by one request.

    :raises ApiError: the request failed, or the response has not exactly the ECSs that were requested.
    """
    parameters = {"server_id": ",".join(batch.vm_ids), "limit": str(MOST_IDS)}
    response: Response = client.get_ecs((batch.region, batch.project, "detail"), parameters, deadline, _LIST)
    servers = response.json.get("servers") if isinstance(response.json, dict) else None
    problem = _malformation(servers) or _mismatch([ecs["id"] for ecs in servers or ()], batch.vm_ids)
    if problem:
        raise client.invalid_response(response, problem)
    targets = {}
    for ecs in servers or ():
        target_id = TargetId(batch.region, batch.project, ecs["id"])
        targets[target_id] = target_of(target_id, None if is_gone(ecs) else ecs)
    return targets


def _mismatch(vm_ids: Sequence[str], requested: Sequence[str]) -> str:
    """Return how the ECSs of a response differ from those that were requested; empty if they do not."""
    # If ECS ignored the filter, or left out a server, hosts would get wrong addresses or none.
    missing, others = set(requested).difference(vm_ids), set(vm_ids).difference(requested)
    if missing:
        return f"it lacks {len(missing)} of the {len(requested)} servers that were asked for"
    if others:
        return f"it has {len(others)} servers that were not asked for"
    return "it has servers twice" if len(vm_ids) > len(requested) else ""


def _malformation(servers: Any) -> str:
    """Return in which way the list of ECSs is not what the API promises; empty if it is."""
    if not isinstance(servers, list):
        return "servers is missing or no list"
    for position, ecs in enumerate(servers):
        if not isinstance(ecs, dict) or not isinstance(ecs.get("id"), str):
            return f"entry {position} of servers has no id"
        if not is_gone(ecs) and not isinstance(ecs.get("status"), str):
            return f"entry {position} of servers has neither status nor fault"
        if not _has_valid_addresses(ecs.get("addresses")):
            return f"the addresses of entry {position} of servers are not as documented"
    return ""


def _has_valid_addresses(networks: Any) -> bool:
    if networks is None:
        return True
    return isinstance(networks, dict) and all(
        isinstance(network, list) and all(isinstance(entry, dict) for entry in network) for network in networks.values()
    )
