# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: from the records of servers to the machines that they became.

SMS says which machine of ECS a server becomes; ECS says at which addresses it is. ECS answers for all machines that it
is asked for, those that are gone included, or there is an error: nothing may connect to a server's source because its
target was overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..common._deadline import Deadline
from ..common._errors import ApiError, Cause
from ..common._parallel import map_in_parallel
from ..http._client import Client, Purpose, Response
from ..options._endpoints import is_region
from ..records._records import Record, is_cut_over, task_of
from ..records._target import Target, addresses_of

# The longest page that ECS gives. So many IDs make a URL of 39 KB.
MOST_IDS = 1000
# What the vendor recommends, for the sake of the URL.
FEW_IDS = 100

# What is read of a machine, which has ten times as much.
_READ = ("id", "name", "status", "fault", "addresses")

# Too long a URL, in the words of different gateways.
_TOO_LONG = (400, 413, 414, 431)
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def _needed(body: Any) -> Any:
    """What is read of an answer; one that is not as it should be stays as it is, for others to say so."""
    machines = body.get("servers") if isinstance(body, dict) else None
    return {"servers": [_read_of(machine) for machine in machines]} if isinstance(machines, list) else body


def _read_of(machine: Any) -> Any:
    return {field: machine.get(field) for field in _READ} if isinstance(machine, dict) else machine


_LOOKING_UP = Purpose(
    "look up target servers in ECS",
    "looking them up needs ecs:cloudServers:listServersDetails (identity policies) or ecs:cloudServers:list (roles and"
    " policies), which the system policy ECS ReadOnlyAccess has",
    pick=_needed,
)


class Reference(NamedTuple):
    """The machine that a record names."""

    region: str
    project: str
    vm_id: str


class _Batch(NamedTuple):
    """Machines that are asked for at once."""

    region: str
    project: str
    vm_ids: Sequence[str]


def find_targets(
    client: Client,
    records: Iterable[Record],
    concurrency: int = 1,
    progress: Callable[[str], None] = lambda message: None,
    deadline: Deadline | None = None,
) -> dict[str, Target | None]:
    """The target of each server that is cut over, by the server's ID; None where SMS names no machine.

    A machine that ECS knows no more has no status and no address.

    :param concurrency: requests in flight at once.
    :param progress: told how it goes, in words.
    :param deadline: when all of it is needed, if that is sooner than the option ``total_timeout`` says.
    :raises OptionsError: the credentials cannot reach all of the machines' projects.
    :raises ApiError: ECS could not be asked, or answered something else.
    :raises DeadlineError: the time was up before, or the deadline was called off.
    """
    references = {str(record["id"]): reference_of(record) for record in records if is_cut_over(record)}
    wanted = dict.fromkeys(reference for reference in references.values() if reference)
    client.check_projects({reference.project for reference in wanted})
    deadline = Deadline(client.total_timeout, within=deadline)
    found = _Search(client, concurrency, progress, deadline).find(list(_batches(wanted)))
    return {server_id: reference and found[reference] for server_id, reference in references.items()}


def reference_of(record: Record) -> Reference | None:
    """The machine that a record names; None where it names none, or one that no URL can ask for."""
    task = task_of(record)
    server = task.get("target_server")
    vm_id = server.get("vm_id") if isinstance(server, dict) else None
    region, project = task.get("region_id"), task.get("project_id")
    if not is_region(region) or not _is_id(project) or not _is_id(vm_id):
        return None
    return Reference(str(region), str(project), str(vm_id))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def target_of(reference: Reference, machine: Mapping[str, Any] | None) -> Target:
    """What is said of a target.

    :param machine: as ECS describes it; None where it is gone.
    """
    private, public = addresses_of(machine or {})
    return {
        "vm_id": reference.vm_id,
        "name": _text(machine, "name"),
        "status": _text(machine, "status"),
        "region_id": reference.region,
        "project_id": reference.project,
        "private_addresses": private,
        "public_addresses": public,
    }


def _text(machine: Mapping[str, Any] | None, field: str) -> str | None:
    value = machine.get(field) if machine else None
    return value if isinstance(value, str) else None


def _batches(references: Iterable[Reference]) -> Iterator[_Batch]:
    """As few requests as can be: each asks for one project in one region."""
    places: dict[tuple[str, str], list[str]] = {}
    for region, project, vm_id in references:
        places.setdefault((region, project), []).append(vm_id)
    for (region, project), vm_ids in places.items():
        for part in _parts(vm_ids, MOST_IDS):
            yield _Batch(region, project, part)


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        end = start + size
        yield ids[start:end]


class _Search:
    """Asks for machines, side by side; the first failure ends it."""

    def __init__(self, client: Client, concurrency: int, progress: Callable[[str], None], deadline: Deadline) -> None:
        self._client = client
        self._concurrency = concurrency
        self._progress = progress
        self._deadline = deadline

    def find(self, batches: Sequence[_Batch]) -> dict[Reference, Target]:
        """What is said of each machine."""
        found: dict[Reference, Target] = {}
        responses = map_in_parallel(self._ask, batches, self._concurrency, self._deadline)
        for done, (_batch, targets) in enumerate(responses, 1):
            found.update(targets)
            self._progress(f"Looked up {done} of {len(batches)} lists of target servers in ECS")
        return found

    def _ask(self, batch: _Batch) -> dict[Reference, Target]:
        try:
            return self._fetch(batch)
        except ApiError as error:
            # Some gateways say nothing of a URL that is too long for them, and some answers take too long.
            failure = error.failure
            can_be_less = failure.cause in (Cause.TOO_LARGE, Cause.INTERRUPTED) or failure.status in _TOO_LONG
            if len(batch.vm_ids) <= FEW_IDS or not can_be_less:
                raise
            self._progress(f"ECS is asked for {FEW_IDS} target servers at once instead of {len(batch.vm_ids)}: {error}")
        parts = (self._fetch(batch._replace(vm_ids=part)) for part in _parts(batch.vm_ids, FEW_IDS))
        return {reference: target for part in parts for reference, target in part.items()}

    def _fetch(self, batch: _Batch) -> dict[Reference, Target]:
        parameters = {"server_id": ",".join(batch.vm_ids), "limit": str(MOST_IDS)}
        response = self._client.get_ecs_servers(batch.region, batch.project, parameters, self._deadline, _LOOKING_UP)
        targets = {}
        # Not the machines themselves: what ECS says of thousands is large, and little of it is needed.
        for machine in self._verified(response, batch.vm_ids):
            reference = Reference(batch.region, batch.project, machine["id"])
            targets[reference] = target_of(reference, None if is_gone(machine) else machine)
        return targets

    def _verified(self, response: Response, asked: Sequence[str]) -> list[dict[str, Any]]:
        """The machines of an answer, which are those that were asked for, once each.

        :raises ApiError: they are not.
        """
        problem = _malformation(response.json) or _mismatch(
            [machine["id"] for machine in response.json["servers"]], asked
        )
        if problem:
            raise self._client.invalid_response(response, problem)
        machines: list[dict[str, Any]] = response.json["servers"]
        return machines


def is_gone(machine: Mapping[str, Any]) -> bool:
    """Whether ECS says that there is no such machine. One that is there can have a fault too."""
    return bool(machine.get("fault")) and machine.get("status") is None


def _mismatch(found: Sequence[str], asked: Sequence[str]) -> str:
    """How the machines of an answer differ from those that were asked for; empty where they do not."""
    missing, others = set(asked).difference(found), set(found).difference(asked)
    if missing:
        return f"it lacks {len(missing)} of the {len(asked)} servers that were asked for"
    if others:
        return f"it has {len(others)} servers that were not asked for"
    return "it has servers twice" if len(found) > len(asked) else ""


def _malformation(body: Any) -> str:
    """What makes an answer useless; empty where it is as the API promises."""
    machines = body.get("servers") if isinstance(body, dict) else None
    if not isinstance(machines, list):
        return "servers is missing or no list"
    for position, machine in enumerate(machines):
        if not isinstance(machine, dict) or not isinstance(machine.get("id"), str):
            return f"entry {position} of servers has no id"
        if not is_gone(machine) and not isinstance(machine.get("status"), str):
            return f"entry {position} of servers has neither status nor fault"
        if not _has_sound_addresses(machine.get("addresses")):
            return f"the addresses of entry {position} of servers are not as documented"
    return ""


def _has_sound_addresses(networks: Any) -> bool:
    if networks is None:
        return True
    return isinstance(networks, dict) and all(
        isinstance(network, list) and all(isinstance(entry, dict) for entry in network) for network in networks.values()
    )
