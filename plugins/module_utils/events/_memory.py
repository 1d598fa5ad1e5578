# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the state of the event source, and its file."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from ..common import _state_files
from ..common._errors import OptionsError
from ..options._query import Query
from ..options._settings import Settings
from ..records._records import Record
from . import _text

OWNER = "huaweicloud.sms.source_servers"
_KIND = f"{OWNER} 2"

Servers = Mapping[str, Record]


class Event(TypedDict):
    """An event as the rulebook engine gets it.

    :ivar sms: what the documentation of the event source describes.
    """

    sms: dict[str, Any]


class ListingScope(TypedDict):
    """Which servers of which account are listed: two lists can be compared only if these are the same.

    :ivar identity: the account, without secrets.
    """

    endpoint: str
    identity: dict[str, str]
    filters: dict[str, Any]


class _Content(TypedDict):
    """The content of the state file."""

    scope: ListingScope
    pending: list[Event]
    servers: Servers | None


def scope_of(settings: Settings, query: Query) -> ListingScope:
    """Return the scope of a list."""
    identity = dict(settings.identity)
    if "security_token" in settings.credentials().values:
        # A temporary access key is a new one after each renewal.
        identity.pop("access_key")
    return {"endpoint": settings.endpoint, "identity": identity, "filters": query.filters}


class SourceState:
    """The last list of servers and the events that are pending, kept in a file if there is a path.

    :ivar servers: the last list, reduced by :func:`_changes.reduce_record`, by server ID; None before the first list.
    :ivar pending: the events that the engine has not received yet.
    :raises OptionsError: the file is not a state file of this source, is damaged, or has another scope.
    """

    def __init__(self, path: str | None, scope: ListingScope) -> None:
        self.servers: Servers | None = None
        self.pending: deque[Event] = deque()
        self._path = Path(path) if path else None
        self._scope = scope
        if self._path:
            self._load(self._path)

    def _load(self, path: Path) -> None:
        content = _read(path)
        if content is None:
            return
        # Compared with a list of another account, all servers would seem to have vanished.
        if content["scope"] != self._scope:
            raise OptionsError(
                f"state_file: {path} belongs to another configuration ({_difference(content['scope'], self._scope)})."
                " Name another file, or remove this one to begin with a new list."
            )
        # The version that wrote the file may have replaced fewer characters.
        self.servers, self.pending = content["servers"], deque(_text.neutralize(content["pending"]))

    def save(self) -> None:
        """Write the file completely, or leave the old file unchanged.

        :raises OptionsError: the file cannot be written.
        """
        if self._path is None:
            return
        # Servers and pending events in one file: otherwise a change could be lost or reported twice after a crash.
        content: _Content = {"scope": self._scope, "pending": list(self.pending), "servers": self.servers}
        try:
            _state_files.replace_file(self._path, _state_files.dump_state(_KIND, content).encode("ascii"), 0o600)
        except OSError as error:
            raise OptionsError(f"state_file: {self._path} cannot be written: {error.strerror}.") from None


def _read(path: Path) -> _Content | None:
    """Return the content of a state file; None if it does not exist.

    :raises OptionsError: the file cannot be used.
    """
    try:
        content: _Content = _state_files.load_state(_KIND, path.read_bytes().decode("utf-8", "replace"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OptionsError(f"state_file: {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        # Not replaced: it may be a file of something else, and its events would be lost without notice.
        raise OptionsError(
            f"state_file: {path} is damaged, or no state file of {OWNER}: {error}. Name another file, or remove this"
            " one to begin with a new list; what changed since the last one is then not told."
        ) from None
    return content


def _difference(scope: ListingScope, wanted: ListingScope) -> str:
    """Return a text about the parts in which two scopes differ."""
    parts: list[tuple[str, Any]] = [(part, value) for part, value in wanted.items() if scope.get(part) != value]
    return "; ".join(f"{part}: {scope.get(part)} instead of {value}" for part, value in parts)
