# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: pairs the disks of a source with those of an existing ECS. Pure functions.

The start of a migration overwrites the disks of the ECS, so that a wrong pair destroys data or loses the migration.
SMS does not document any order of disks. Therefore disks are paired by what is known of them: the system disk, and the
sizes. Whatever this leaves open is for the user to decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from ..common import _text
from ..common._errors import SmsError
from ..records._records import Record
from ..records._target import EcsDisk

GIB = 2**30
# A GPT disk needs so much more on the target.
_GPT_RESERVE = GIB
_MBR = "MBR"
# Parts of the field "device_use" of the disk that has the system or its boot loader.
_SYSTEM_USES = ("OS", "BOOT")


class DisksError(SmsError):
    """The disks of an ECS are not sufficient for those of a source, or it is not clear which is for which."""


class SourceDisk(NamedTuple):
    """A disk of a source server.

    :ivar size: bytes.
    :ivar partition_style: such as ``MBR`` or ``GPT``; empty if SMS does not return it.
    :ivar is_system: whether it has the operating system or the boot loader.
    """

    name: str
    size: int
    partition_style: str
    is_system: bool

    @property
    def needed(self) -> int:
        """The least size of its counterpart, in bytes. A disk of unknown style may be a GPT disk."""
        return self.size if self.partition_style == _MBR else self.size + _GPT_RESERVE

    def __str__(self) -> str:
        parts = [_gib(self.size), self.partition_style or "unknown partition style", "system" if self.is_system else ""]
        return f"{_text.plain(self.name)} ({', '.join(filter(None, parts))})"


class Pair(NamedTuple):
    """A disk of a source, and the disk of the ECS that it is copied to."""

    source: SourceDisk
    target: EcsDisk


def source_disks(record: Record) -> list[SourceDisk]:
    """Return the disks of a source server that a new task would migrate.

    :param record: with the details of a single server. The list has no partition styles.
    :raises DisksError: SMS does not return what is needed to pair them.
    """
    proposed = record.get("init_target_server")
    disks = proposed.get("disks") if isinstance(proposed, dict) else None
    details = {disk.get("name"): disk for disk in _dictionaries(record.get("disks"))}
    found = [_source_disk(disk, details.get(disk.get("name"), {})) for disk in _dictionaries(disks)]
    if not found or len({disk.name for disk in found}) < len(found):
        raise DisksError("SMS does not return the disks of the source, or returns a name of a disk twice")
    return found


def _source_disk(disk: Mapping[str, Any], detail: Mapping[str, Any]) -> SourceDisk:
    name, sizes = disk.get("name"), [disk.get("size"), detail.get("size", 0)]
    if not isinstance(name, str) or not all(map(_is_size, sizes)) or not sizes[0]:
        raise DisksError(f"SMS does not return name and size of the disk {_text.plain(name)} of the source")
    uses = f"{disk.get('device_use')} {detail.get('device_use')}"
    is_system = detail.get("os_disk") is True or any(use in uses for use in _SYSTEM_USES)
    return SourceDisk(name, max(sizes), str(detail.get("partition_style") or "").upper(), is_system)


def _dictionaries(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def pair_disks(record: Record, targets: Sequence[EcsDisk], mapping: Mapping[str, str]) -> list[Pair]:
    """Return the disk of an ECS for each disk of a source, in the order of the source's disks.

    The system disk is paired with the system disk. Of the others, the smallest is first, and each gets the smallest
    sufficient disk that is left.

    :param record: of the source, with the details of a single server.
    :param mapping: the user's decisions: names of source disks, and IDs of volumes.
    :raises DisksError: with both lists of disks.
    """
    sources = source_disks(record)
    try:
        _check_numbers(sources, len(_dictionaries(record.get("disks"))), targets)
        chosen = _mapped(sources, targets, mapping)
        chosen |= _paired(sources, targets, chosen)
        _check_pairs(sources, chosen)
    except DisksError as error:
        raise DisksError(
            f"{error}. Disks of the source: {_list(sources)}. Disks of the ECS: {_list(targets)}"
        ) from None
    return [Pair(source, chosen[source.name]) for source in sources]


def _check_numbers(sources: Sequence[SourceDisk], known: int, targets: Sequence[EcsDisk]) -> None:
    # SMS counts the disks that are not mounted and not migrated, too.
    needed = max(len(sources), known)
    if len(targets) < needed:
        raise DisksError(f"The ECS has {len(targets)} {_text.plural('disk', targets)}, and the source has {needed}")
    if sum(target.is_system for target in targets) != 1:
        raise DisksError("ECS does not return which one of the disks is the system disk")


def _mapped(
    sources: Sequence[SourceDisk], targets: Sequence[EcsDisk], mapping: Mapping[str, str]
) -> dict[str, EcsDisk]:
    """Return the disks that the user decided on, by the name of the source's disk."""
    names, volumes = {source.name for source in sources}, {target.volume_id: target for target in targets}
    for name, volume_id in mapping.items():
        if name not in names:
            raise DisksError(f"target.disks: the source has no disk {_text.plain(name)}")
        if volume_id not in volumes:
            raise DisksError(f"target.disks: the ECS has no disk with the volume ID {_text.plain(volume_id)}")
    if len(set(mapping.values())) < len(mapping):
        raise DisksError("target.disks names a disk of the ECS twice")
    return {name: volumes[volume_id] for name, volume_id in mapping.items()}


def _paired(
    sources: Sequence[SourceDisk], targets: Sequence[EcsDisk], chosen: Mapping[str, EcsDisk]
) -> dict[str, EcsDisk]:
    """Return the disks for all that the user did not decide on, by the name of the source's disk."""
    paired: dict[str, EcsDisk] = {}
    left = sorted((target for target in targets if target not in chosen.values()), key=lambda target: target.size)
    open_sources = [source for source in sources if source.name not in chosen]
    if any(target.is_system for target in left):
        system = [source for source in open_sources if source.is_system]
        if len(system) != 1:
            raise DisksError(
                f"{len(system)} disks of the source that target.disks does not name have the system or its boot loader:"
                " set target.disks to say which one is for the system disk of the ECS"
            )
        paired[system[0].name] = next(target for target in left if target.is_system)
    data = sorted((source for source in open_sources if source.name not in paired), key=lambda source: source.needed)
    candidates = [target for target in left if not target.is_system]
    for source in data:
        target = next((target for target in candidates if _fits(source, target)), None)
        if target is None:
            raise DisksError(f"No disk of the ECS that is left is large enough for {_needs(source)}")
        candidates.remove(target)
        paired[source.name] = target
    _check_ambiguity(data, paired)
    return paired


def _check_ambiguity(data: Sequence[SourceDisk], paired: Mapping[str, EcsDisk]) -> None:
    """Check that source disks of the same size get disks of the same size, unless only one way is possible."""
    for one, other in combinations(data, 2):
        first, second = paired[one.name], paired[other.name]
        is_same = one.size == other.size or one.needed == other.needed
        if is_same and first.size != second.size and _fits(one, second) and _fits(other, first):
            raise DisksError(
                f"{_text.plain(one.name)} and {_text.plain(other.name)} of the source have the same size, and the disks"
                " of the ECS for them do not: set target.disks to say which is for which"
            )


def _check_pairs(sources: Sequence[SourceDisk], chosen: Mapping[str, EcsDisk]) -> None:
    for source in sources:
        target = chosen[source.name]
        if not _fits(source, target):
            raise DisksError(f"{target} is too small for {_needs(source)}")
        # If SMS marks no disk of the source, the user's word is all that there is.
        if target.is_system and not source.is_system and any(other.is_system for other in sources):
            raise DisksError(f"{target} is the system disk of the ECS, and {source} of the source has no system")


def _fits(source: SourceDisk, target: EcsDisk) -> bool:
    return source.needed <= target.size * GIB


def _needs(source: SourceDisk) -> str:
    return f"{_text.plain(source.name)} of the source, which needs {_gib(source.needed)}"


def _gib(size: int) -> str:
    # Rounded up, so that a disk which is a little too small does not look sufficient.
    return f"{math.ceil(size * 10 / GIB) / 10:g} GiB"


def _list(disks: Sequence[SourceDisk] | Sequence[EcsDisk]) -> str:
    return ", ".join(map(str, disks)) or "none"
