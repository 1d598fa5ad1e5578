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
from collections.abc import Callable, MutableMapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _pages, _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _decoding
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _target
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import is_cut_over
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._fetch import Scope, Snapshot

# What there is only where it was asked for.
_PARTS = ("targets", "details")


def get_or_fetch(
    cache: MutableMapping[str, Any],
    key: str,
    use_cache: bool,
    fetch: Callable[[], Snapshot],
    warn: Callable[[str], None],
) -> Snapshot:
    """The list from the cache where it has one that can be used, else what ``fetch`` gives, which is kept there.

    :param use_cache: whether a cached list will do.
    """
    snapshot = _load(cache, key, warn) if use_cache else None
    if snapshot is None:
        snapshot = fetch()
        entry: dict[str, Any] = {"count": len(snapshot.records), "source_servers": snapshot.records}
        for part in _PARTS:
            if getattr(snapshot, part) is not None:
                entry[part] = getattr(snapshot, part)
        # As one text: cache plugins would interpret or tag what is inside of a structure.
        cache[key] = json.dumps(entry)
    return snapshot


def _load(cache: MutableMapping[str, Any], key: str, warn: Callable[[str], None]) -> Snapshot | None:
    try:
        return _snapshot_from(_entry(cache, key))
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


def _snapshot_from(entry: Any) -> Snapshot:
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
    snapshot = Snapshot(content["source_servers"], *(content.get(part) for part in _PARTS))
    if len(snapshot.records) != content["count"] or not _is_complete(snapshot):
        raise ValueError("the entry is damaged")
    return snapshot


def _is_complete(snapshot: Snapshot) -> bool:
    """Whether each server is there once, and what else was asked for of each that has to have it."""
    if len({record["id"] for record in snapshot.records}) != len(snapshot.records):
        return False
    if snapshot.details is not None and not _source_servers.are_details(snapshot.details, snapshot.records):
        return False
    if snapshot.targets is None:
        return True
    if not isinstance(snapshot.targets, dict):
        return False
    cut_over = {record["id"] for record in snapshot.records if is_cut_over(record)}
    return snapshot.targets.keys() == cut_over and all(map(_target.is_target, snapshot.targets.values()))


def key_of(plugin: str, path: str, scope: Scope) -> str:
    """Return the key of a scope: of its endpoints, identity (no secret) and filters.

    :param path: the inventory file. A token does not show whose it is, so only the path keeps the entries of two
        accounts apart.
    """
    settings = scope.settings
    parts: list[Any] = [path, settings.endpoint, settings.identity, scope.query.filters]
    if scope.with_targets:
        parts.append(settings.ecs_endpoint)
    if scope.with_details:
        parts.append("details")
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"{plugin}_{digest[:32]}"
