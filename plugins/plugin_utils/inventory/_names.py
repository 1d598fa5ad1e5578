# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the names of hosts, which are unique and need no quoting."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import ID_GROUP
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._expressions import Expressions

# Names that Ansible uses for the machine that it runs on.
CONTROL_NODE = frozenset({"localhost", "127.0.0.1", "::1"})

# Keys of Ansible's own JSON. AWX interprets them even if they are the name of a host.
_JSON_KEYS = re.compile(r"_meta|__ansible_.*", re.DOTALL)

# Allowed in addition to letters and digits of any script and their combining marks.
_ALLOWED_CHARACTERS = frozenset("_-.+")
_ALLOWED_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"})
# ssh would read "-" as an option; patterns and folders begin with the others.
_FORBIDDEN_BEGINNINGS = "-.+"

# Characters. AWX's database allows 512 characters, the name of a file in host_vars 255 bytes.
_LONGEST_NAME = 255


class NamesError(ValueError):
    """Servers that cannot be told apart by any name."""


class PreferredName(NamedTuple):
    """The name of a server if no other server, group or reserved word has that name."""

    server_id: str
    name: str


def prefer_name(
    hostnames: Sequence[str], record: Mapping[str, Any], hostvars: Mapping[str, Any], expressions: Expressions
) -> tuple[PreferredName, str | None]:
    """Return the first name of ``hostnames`` that is not empty, the server's ID if all are.

    :return: also why the first expression that failed did, None if none failed.
    """
    failure = None
    for preference in hostnames:
        try:
            name = _preferred_name(preference, record, hostvars, expressions)
        except Exception as error:  # whatever filters and tests raise
            failure = failure or f"hostnames: {preference} fails for a server: {error}"
            continue
        if name is not None and str(name).strip():
            return PreferredName(str(record["id"]), str(name)), failure
    return PreferredName(str(record["id"]), str(record["id"])), failure


def _preferred_name(
    preference: str, record: Mapping[str, Any], hostvars: Mapping[str, Any], expressions: Expressions
) -> Any:
    is_variable = preference in hostvars or preference in expressions.extra_variables
    if preference.isidentifier() and not is_variable:
        return record.get(preference)
    return expressions.name(preference, hostvars)


def addressable(name: str) -> str:
    """Return the name with every character replaced that patterns, templates, AWX's importer or a shell interpret.

    Letters and digits of any script, ``_``, ``-``, ``.`` and ``+`` stay; every other character becomes ``_``. So do
    ``-``, ``.`` and ``+`` at the beginning.
    """
    text = "".join(character if _is_allowed(character) else "_" for character in name[:_LONGEST_NAME])
    rest = text.lstrip(_FORBIDDEN_BEGINNINGS)
    return "_" * (len(text) - len(rest)) + rest


# The names of a fleet use few different characters.
@lru_cache(maxsize=4096)
def _is_allowed(character: str) -> bool:
    return character in _ALLOWED_CHARACTERS or unicodedata.category(character) in _ALLOWED_CATEGORIES


def unique_names(servers: Collection[PreferredName], taken: Collection[str]) -> dict[PreferredName, str]:
    """Return a name of its own for each server, whatever the order in which they are listed.

    Servers that would share a name, and those whose name is taken, are all called ``<name>_<first 8 characters of the
    ID>``: no play that names one of them may reach another. If that is not enough, the whole ID is used.

    :param taken: names that no server may have, such as those of groups.
    :raises NamesError: different servers cannot be told apart, because their IDs differ only in special characters.
    """
    candidates = {server: _candidates(addressable(server.name), addressable(server.server_id)) for server in servers}
    forbidden = {*taken, *map(addressable, CONTROL_NODE)}
    level = dict.fromkeys(servers, 0)
    while True:
        names = {server: candidates[server][level[server]] for server in servers}
        count = Counter(names.values())
        clashing = [
            server
            for server, name in names.items()
            if count[name] > 1 or name in forbidden or (_is_reserved(name) and level[server] == 0)
        ]
        if not clashing:
            return names
        movable = [server for server in clashing if level[server] < len(candidates[server]) - 1]
        if not movable:
            raise NamesError(f"The server with ID {clashing[0].server_id} cannot be given a name of its own.")
        for server in movable:
            level[server] += 1


def _is_reserved(name: str) -> bool:
    """Return whether a name means something else than a host.

    A pattern that finds no group of its name finds the host of that name: a server that is called like the group of
    another server's ID would be that host where the other server is not listed.
    """
    return bool(_JSON_KEYS.fullmatch(name) or ID_GROUP.fullmatch(name))


def _candidates(name: str, server_id: str) -> tuple[str, str, str]:
    """Return the names that a server may get, the most preferred first."""
    return name, f"{name}_{server_id[:8]}", f"{name}_{server_id}"
