# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: a record that users give by its ID or its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..common._errors import OptionsError
from ..common._text import some_of
from ..http._client import Client
from ..records._records import Record

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)


class Reference(NamedTuple):
    """What a user gives to name a record.

    :ivar option: the option that has the value, for a message.
    :ivar noun: what kind of record is meant, in the singular.
    :ivar value: the ID or the name.
    """

    option: str
    noun: str
    value: str


def is_id(value: str) -> bool:
    """Return whether a text has the form of the service's IDs, so that it need not be looked up."""
    return _ID.fullmatch(value) is not None


def find_record(client: Client, records: Sequence[Record], wanted: Reference) -> Record:
    """Return the record with an ID or a name. An ID wins over the name of another record.

    :raises OptionsError: no record has it, or several have the name. The message lists names and IDs.
    """
    found = [record for record in records if record["id"] == wanted.value]
    found = found or [record for record in records if record.get("name") == wanted.value]
    if len(found) == 1:
        return found[0]
    if found:
        raise OptionsError(
            f"{wanted.option}: {len(found)} {wanted.noun}s have the name {wanted.value!r}: give one of their IDs, which"
            f" are {_some_of(client, [record['id'] for record in found])}."
        )
    known = sorted(f"{record.get('name')} ({record['id']})" for record in records)
    candidates = f"Known names and IDs: {_some_of(client, known)}." if known else "There is none at all."
    raise OptionsError(f"{wanted.option}: no {wanted.noun} has the ID or the name {wanted.value!r}. {candidates}")


def _some_of(client: Client, texts: list[str]) -> str:
    return some_of([*map(client.redact, texts)])
