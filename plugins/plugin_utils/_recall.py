# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the list of records from the cache, or from the service.

What is cached is the plain records, before naming and grouping, so that changed options take effect at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, MutableMapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils import _bodies, _listing, _options

Fetch = Callable[[], list[_listing.Record]]


def recall(
    cache: MutableMapping[str, Any], key: str, is_fresh_enough: bool, fetch: Fetch, warn: Callable[[str], None]
) -> list[_listing.Record]:
    """The list from the cache where it has one that can be used, else what ``fetch`` gives, which is kept there.

    :param is_fresh_enough: whether a cached list will do.
    """
    records = _cached(cache, key, warn) if is_fresh_enough else None
    if records is None:
        records = fetch()
        # As one text: cache plugins would interpret or tag what is inside of a structure.
        cache[key] = json.dumps({"count": len(records), "source_servers": records})
    return records


def _cached(cache: MutableMapping[str, Any], key: str, warn: Callable[[str], None]) -> list[_listing.Record] | None:
    try:
        return _records_from(_entry(cache, key))
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


def _records_from(entry: Any) -> list[_listing.Record]:
    """The records from a cache entry.

    :raises ValueError: it is damaged.
    """
    try:
        content = json.loads(entry)
    except (ValueError, TypeError, RecursionError):
        content = None
    if _bodies.is_too_deep(content) or _listing.malformation(content):
        raise ValueError("the entry is damaged")
    records: list[_listing.Record] = content["source_servers"]
    if len({record["id"] for record in records}) != len(records) or len(records) != content["count"]:
        raise ValueError("the entry is damaged")
    return records


def key_of(plugin: str, path: str, settings: _options.Settings, query: _options.Query) -> str:
    """The same for the same question, asked in the same name: endpoint, identity (no secret) and filters.

    A token says nothing about whose it is, so that the path has to keep the files of two accounts apart.
    """
    question = [path, settings.endpoint, settings.identity, dict(query.parameters), query.connected]
    digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    return f"{plugin}_{digest[:32]}"
