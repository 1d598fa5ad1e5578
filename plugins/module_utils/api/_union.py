# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: several complete lists as one, with each server once and none lost.

The service lists the servers of one state at a time. A server that moves from one state to another while both lists are
read can be in both, or in neither. Where it is in both, it is taken once, as it was seen last.

A server that is in neither has moved from a list that was still to be read to one that had been read. Therefore the
lists are read in the order in which a migration goes through the values, so that a server that goes on is met again,
and all of them are read until one pass has every server of the pass before. A server that goes back during one pass is
in the other: what the first shows and the second does not leads to a third. So nothing is lost but a server that goes
back during each of two passes, within seconds, and that nothing else would show either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ..common._errors import IncompleteListingError
from ..records._records import Record

# As many as a single list has attempts, and the one that the first is compared with.
PASSES = 6

Part = TypeVar("Part")


def read_as_one(
    parts: Sequence[Part], read: Callable[[Part], Iterable[Record]], progress: Callable[[str], None], place: str
) -> list[Record]:
    """The records of all parts, each server once, newest registration first.

    :param parts: the lists, in the order in which servers go from one to another.
    :param read: gives the records of one, complete.
    :param progress: told how it goes, in words.
    :param place: where the lists are, for a message.
    :raises IncompleteListingError: in each pass, servers were missing that the pass before had.
    """
    seen = _read_pass(parts, read)
    for number in range(2, PASSES + 1):
        progress(f"Listed the source servers of {len(parts)} values or combinations; pass {number} shows any lost one")
        found = _read_pass(parts, read)
        missing = len(seen.keys() - found.keys())
        if not missing:
            return sorted(found.values(), key=_registration, reverse=True)
        seen = found
    raise IncompleteListingError(
        f"The lists of source servers at {place} for {len(parts)} values or combinations of filters could not be proven"
        f" complete together in {PASSES} passes: the last one lacked {missing} that the one before had. Nothing is"
        " listed rather than a part. Servers may be changing faster than they can be listed: try again, or give fewer"
        " values."
    )


def _read_pass(parts: Iterable[Part], read: Callable[[Part], Iterable[Record]]) -> dict[str, Record]:
    """The records of all parts by their IDs; of a server that is in several, the last."""
    return {record["id"]: record for part in parts for record in read(part)}


def _registration(record: Record) -> float:
    """When a server was registered; long ago where its record does not say."""
    date = record.get("add_date")
    return date if isinstance(date, int) else 0
