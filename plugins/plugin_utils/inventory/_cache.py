# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: snapshots in Ansible's inventory cache.

The cache holds what the services returned, before naming and grouping, so that changed options take effect at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, MutableMapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._fetch import FetchedServers, FetchOptions

_KIND = "huaweicloud.sms inventory 2"


def get_or_fetch(
    cache: MutableMapping[str, Any],
    key: str,
    use_cache: bool,
    fetch: Callable[[], FetchedServers],
    warn: Callable[[str], None],
) -> FetchedServers:
    """Return the snapshot from the cache, or fetch and cache it if the cache has none that can be used.

    :param use_cache: whether a cached snapshot may be returned.
    :param warn: called with a message if the entry cannot be used.
    """
    snapshot = _load(cache, key, warn) if use_cache else None
    if snapshot is None:
        snapshot = fetch()
        # As one text: cache plugins would interpret or tag the values of a structure.
        cache[key] = _state_files.dump_state(_KIND, snapshot._asdict())
    return snapshot


def _load(cache: MutableMapping[str, Any], key: str, warn: Callable[[str], None]) -> FetchedServers | None:
    try:
        return _snapshot_from(_entry(cache, key))
    except KeyError:
        return None
    except Exception as error:  # whatever cache plugins raise for a damaged file
        warn(f"The cached list of source servers cannot be used and is fetched anew: {error}")
        return None


def _entry(cache: MutableMapping[str, Any], key: str) -> Any:
    """Return the entry of the cache.

    :raises KeyError: there is none, or it has expired.
    """
    try:
        return cache[key]
    except KeyError:
        # From 2.19 on, ansible-core reads no cache plugin that calls itself not persistent, as
        # community.general.pickle does.
        plugin: Any = getattr(cache, "_plugin", None)
        if getattr(plugin, "_persistent", True) or not plugin.contains(key):
            raise
        return plugin.get(key)


def _snapshot_from(entry: Any) -> FetchedServers:
    """Return the snapshot of a cache entry.

    :raises ValueError: the entry is damaged, or of another version.
    """
    if not isinstance(entry, str):
        raise ValueError("the entry is no text")
    return FetchedServers(**_state_files.load_state(_KIND, entry))


def key_of(plugin: str, path: str, options: FetchOptions) -> str:
    """Return the key of an entry. It stands for the endpoints, the identity (no secret) and the filters.

    :param path: the inventory file. A token does not show whose it is, so only the path keeps the entries of two
        accounts apart.
    """
    settings = options.settings
    parts: list[Any] = [path, settings.endpoint, settings.identity, options.query.filters]
    if options.with_targets:
        parts.append(settings.ecs_endpoint)
    if options.with_details:
        parts.append("details")
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"{plugin}_{digest[:32]}"
