# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the list of records from the cache, or from the service.

What is cached is the plain records, with the targets and details where these are asked for, before naming and
grouping, so that changed options take effect at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _pages, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _decoding
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query, _settings
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _target
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record, is_cut_over

# What there is only where it was asked for.
_PARTS = ("targets", "details")


class Listing(NamedTuple):
    """What the services say of all servers.

    :ivar targets: those of the servers that are cut over, by the servers' IDs; None where nobody asked for them.
    :ivar details: what SMS says of each server alone, by the servers' IDs, None for one that it has no more; None where
        nobody asked for them.
    """

    records: list[Record]
    targets: Mapping[str, _target.Target | None] | None = None
    details: Mapping[str, Record | None] | None = None


def recall(
    cache: MutableMapping[str, Any],
    key: str,
    is_fresh_enough: bool,
    fetch: Callable[[], Listing],
    warn: Callable[[str], None],
) -> Listing:
    """The list from the cache where it has one that can be used, else what ``fetch`` gives, which is kept there.

    :param is_fresh_enough: whether a cached list will do.
    """
    listing = _look_up(cache, key, warn) if is_fresh_enough else None
    if listing is None:
        listing = fetch()
        entry: dict[str, Any] = {"count": len(listing.records), "source_servers": listing.records}
        for part in _PARTS:
            if getattr(listing, part) is not None:
                entry[part] = getattr(listing, part)
        # As one text: cache plugins would interpret or tag what is inside of a structure.
        cache[key] = json.dumps(entry)
    return listing


def _look_up(cache: MutableMapping[str, Any], key: str, warn: Callable[[str], None]) -> Listing | None:
    try:
        return _listing_from(_entry(cache, key))
    except KeyError:
        return None
    except Exception as error:  # whatever a cache plugin makes of a damaged file
        warn(f"The cached list of source servers cannot be used and is fetched anew: {error}")
        return None


def _entry(cache: MutableMapping[str, Any], key: str) -> Any:
    """What the cache has.

    :raises KeyError: it has nothing, or nothing young enough.
    """
    try:
        return cache[key]
    except KeyError:
        # community.general.pickle calls itself not persistent, and since 2.19 ansible-core does not ask it then.
        plugin: Any = getattr(cache, "_plugin", None)
        if getattr(plugin, "_persistent", True) or not plugin.contains(key):
            raise
        return plugin.get(key)


def _listing_from(entry: Any) -> Listing:
    """The list from a cache entry.

    :raises ValueError: it is damaged.
    """
    try:
        content = json.loads(entry)
    except (ValueError, TypeError, RecursionError):
        content = None
    if _text.is_nested_deeper(content, _decoding.MOST_LEVELS) or _pages.malformation(
        content, _source_servers.SOURCE_SERVERS.field
    ):
        raise ValueError("the entry is damaged")
    listing = Listing(content["source_servers"], *(content.get(part) for part in _PARTS))
    if len(listing.records) != content["count"] or not _is_complete(listing):
        raise ValueError("the entry is damaged")
    return listing


def _is_complete(listing: Listing) -> bool:
    """Whether each server is there once, and what else was asked for of each that has to have it."""
    if len({record["id"] for record in listing.records}) != len(listing.records):
        return False
    if listing.details is not None and not _source_servers.are_details(listing.details, listing.records):
        return False
    if listing.targets is None:
        return True
    if not isinstance(listing.targets, dict):
        return False
    cut_over = {record["id"] for record in listing.records if is_cut_over(record)}
    return listing.targets.keys() == cut_over and all(map(_target.is_target, listing.targets.values()))


def key_of(
    plugin: str,
    path: str,
    settings: _settings.Settings,
    query: _query.Query,
    with_targets: bool = False,
    with_details: bool = False,
) -> str:
    """The same for the same question, asked in the same name: endpoint, identity (no secret) and filters.

    A token says nothing about whose it is, so that the path has to keep the files of two accounts apart.

    :param with_targets: whether ECS is asked too.
    :param with_details: whether SMS is asked about each server too.
    """
    question: list[Any] = [path, settings.endpoint, settings.identity, query.filters]
    if with_targets:
        question.append(settings.ecs_endpoint)
    if with_details:
        question.append("details")
    digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    return f"{plugin}_{digest[:32]}"
