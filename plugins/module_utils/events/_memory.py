# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what the event source saw last and has still to tell, and its file."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..common import _state_files
from ..common._errors import OptionsError
from ..options._query import Query
from ..options._settings import Settings
from ..records import _changes
from ..records._records import Record
from . import _text

OWNER = "huaweicloud.sms.source_servers"

Event = dict[str, Any]
Question = dict[str, Any]
Servers = Mapping[str, Record]


def question_of(settings: Settings, query: Query) -> Question:
    """What is asked of whom in whose name: two lists can be compared only where it is the same."""
    identity = dict(settings.identity)
    if "security_token" in settings.credentials().values:
        # A temporary access key is another one after each renewal.
        identity.pop("access_key")
    return {"endpoint": settings.endpoint, "identity": identity, "filters": query.filters}


def _are_events(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and isinstance(one.get("sms"), dict) for one in value)


_MARKS: dict[str, Any] = {"source": OWNER, "version": 1}
_PARTS = {"question": _state_files.is_object, "servers": _changes.are_remembered, "untold": _are_events}


class Memory:
    """What was seen last, and what has still to be told of it; kept in a file where there is one.

    :ivar servers: server ID to what is remembered of its record; None before the first list.
    :ivar untold: the events that the engine has not taken over.
    :raises OptionsError: the file is not one of this source's, or belongs to another configuration.
    """

    def __init__(self, path: str | None, question: Question) -> None:
        self.servers: Servers | None = None
        self.untold: deque[Event] = deque()
        self._path = Path(path) if path else None
        self._question = question
        if self._path:
            self._load(self._path)

    def _load(self, path: Path) -> None:
        content = _content_of(path)
        if content is None:
            return
        if content["question"] != self._question:
            difference = _difference(content["question"], self._question)
            raise OptionsError(
                f"state_file: {path} belongs to another configuration ({difference}). Name another file, or remove this"
                " one to begin with a new list."
            )
        # An older version, which wrote the file, may have had less to replace.
        self.servers, self.untold = content["servers"], deque(_text.harmless(content["untold"]))

    def save(self) -> None:
        """Write the file as a whole, or leave it as it was.

        :raises OptionsError: it cannot be written.
        """
        if self._path is None:
            return
        parts = {"question": self._question, "untold": list(self.untold), "servers": self.servers}
        try:
            _state_files.replace_file(self._path, json.dumps({**_MARKS, **parts}).encode("ascii"), 0o600)
        except OSError as error:
            raise OptionsError(f"state_file: {self._path} cannot be written: {error.strerror}.") from None


def _content_of(path: Path) -> dict[str, Any] | None:
    """What a state file holds; None where there is no file.

    :raises OptionsError: it cannot be used.
    """
    try:
        return _state_files.parse_state(path.read_bytes(), _MARKS, _PARTS)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OptionsError(f"state_file: {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        # Not overwritten: it may be a file of something else.
        raise OptionsError(
            f"state_file: {path} is damaged, or no state file of {OWNER}: {error}. Name another file, or remove this"
            " one to begin with a new list; what changed since the last one is then not told."
        ) from None


def _difference(question: Question, wanted: Question) -> str:
    """In which parts two questions differ, in words."""
    differing = {part: value for part, value in wanted.items() if question.get(part) != value}
    return "; ".join(f"{part}: {question.get(part)} instead of {value}" for part, value in differing.items())
