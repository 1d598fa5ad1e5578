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

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _state_files
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._fetch import Scope, Snapshot

_KIND = "huaweicloud.sms inventory 2"


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
        # As one text: cache plugins would interpret or tag what is inside of a structure.
        cache[key] = _state_files.dump_state(_KIND, snapshot._asdict())
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

    :raises ValueError: it is damaged, or of another version.
    """
    if not isinstance(entry, str):
        raise ValueError("the entry is no text")
    return Snapshot(**_state_files.load_state(_KIND, entry))


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
