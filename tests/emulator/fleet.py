# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source servers that the emulator holds, in listing order, and the changes that they go through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import synthetic
from clock import Clock
from source import Server

MAX_SERVERS = 100_000
EXAMPLE = Path(__file__).with_name("example-response.json")
EXAMPLE_PROJECT = {
    "id": "5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10",
    "name": "example project",
    "servers": [
        "7583895d-627b-4643-82bc-c2aec1576a75",
        "4f63b0e6-9624-4472-b811-bedfbf52a9b6",
        "ebe80818-605e-430e-9d2e-bf71af50bbb6",
        "ee28ac0d-4f5d-479d-869c-e904aafbba70",
    ],
}
TIME_FIELDS = ("add_date", "stage_action_time", "state_action_time", "last_visit_time")
LATEST_TIME = 4_102_444_800_000  # 2100-01-01: later ones in odd records do not count


@dataclass(frozen=True)
class Dataset:
    """What a fleet starts with: records, and migration projects (`id`, `name`, `servers`: IDs)."""

    records: list
    projects: list[dict] = field(default_factory=list)


def example() -> Dataset:
    """The API page's example. Its addresses could be those of real machines: they are moved to 198.18.0.0/16."""
    text = EXAMPLE.read_text(encoding="utf-8").replace('"ip": "192.168.', '"ip": "198.18.')
    return Dataset(json.loads(text)["source_servers"], [EXAMPLE_PROJECT])


def synthetic_dataset(count: int, seed: int) -> Dataset:
    return Dataset(*synthetic.fleet(count, seed))


def dataset(value: object) -> Dataset:
    """A list of records, or the API's answer with `migprojects` beside `source_servers` if wanted, as a Dataset.

    The records themselves may be anything; ValueError if the frame is not right.
    """
    if isinstance(value, list):
        return Dataset(value)
    if not isinstance(value, dict) or not isinstance(value.get("source_servers"), list):
        raise ValueError("expected a list of records, or an object with such a list as source_servers")
    projects = value.get("migprojects", [])
    if not isinstance(projects, list) or not all(map(_is_project, projects)):
        raise ValueError("migprojects must be a list of objects with id, name and servers (a list of server IDs)")
    return Dataset(value["source_servers"], projects)


def _is_project(project: object) -> bool:
    if not isinstance(project, dict) or project.keys() != {"id", "name", "servers"}:
        return False
    return isinstance(project["servers"], list) and all(isinstance(member, str) for member in project["servers"])


class Fleet:
    """The servers in listing order: newest `add_date` first, then by ID."""

    def __init__(self, data: Dataset, clock: Clock, seed: int, attended: bool = True) -> None:
        self._clock = clock
        self._attended = attended
        self._seed = seed
        self._newcomers = 0
        self.projects: list[dict] = []
        self.replace(data)

    def replace(self, data: Dataset) -> None:
        """Hold these records from now on; simulated time goes on from the latest time that any of them mentions."""
        self._loaded_at = self._last_registration = self._clock.now()
        self._epoch = max(_times(data.records), default=synthetic.TODAY)
        self.servers = [self._server(record, self._epoch) for record in data.records]
        self.servers.sort(key=lambda one: one.sort_key)
        self.projects = data.projects or self.projects

    @property
    def now(self) -> int:
        """The simulated time, epoch milliseconds."""
        return self._epoch + int((self._clock.now() - self._loaded_at) * 1000)

    def _server(self, record: Any, now: int) -> Server:
        return Server(record, now, self._attended)

    def attend(self, attended: bool) -> None:
        """Whether somebody at the console takes servers further; see Server.attend."""
        if attended != self._attended:
            self._attended = attended
            for server in self.servers:
                server.attend(attended, self.now)

    def records(self) -> Iterator[tuple[Server, dict]]:
        """The servers whose records are proper ones: objects with a string for an ID."""
        now = self.now
        for server in self.servers:
            record = server.record(now)
            if isinstance(record, dict) and isinstance(server.id, str):
                yield server, record

    def find(self, server_id: object) -> Server | None:
        return next((server for server in self.servers if server.id == server_id), None)

    def members(self, project_id: str) -> set:
        """IDs of the servers of a migration project."""
        return {member for project in self.projects if project["id"] == project_id for member in project["servers"]}

    def assign(self, server_id: str, project_id: str | None) -> None:
        """Move a server to a migration project, or out of all of them. The projects of the start stay as they are."""
        self.projects = [
            {
                **project,
                "servers": [member for member in project["servers"] if member != server_id]
                + [server_id] * (project["id"] == project_id),
            }
            for project in self.projects
        ]

    def register(self, records: Iterable) -> None:
        """Add servers; a record without `add_date` gets one that makes it the newest."""
        for record in records:
            if isinstance(record, dict) and "add_date" not in record:
                record = {**record, "add_date": self._newest_date(self.now)}
            self._insert(self._server(record, self.now))

    def register_new(self, count: int) -> None:
        """Let synthetic servers register now."""
        for _number in range(min(count, MAX_SERVERS - len(self.servers))):
            self._register_newcomer(self.now)

    def register_due(self, every: float) -> None:
        """Let the servers register that are due when one does `every` so many simulated seconds."""
        due = int((self._clock.now() - self._last_registration) / every)
        for _number in range(min(due, MAX_SERVERS - len(self.servers))):
            self._last_registration += every
            self._register_newcomer(self._epoch + int((self._last_registration - self._loaded_at) * 1000))

    def _register_newcomer(self, moment: int) -> None:
        record = synthetic.newcomer(self._seed, self._newcomers, moment)
        self._newcomers += 1
        self._insert(self._server({**record, "add_date": self._newest_date(record["add_date"])}, moment))

    def _newest_date(self, moment: int) -> int:
        newest = -self.servers[0].sort_key[0] if self.servers else 0
        return max(moment, newest + 1)

    def _insert(self, server: Server) -> None:
        later = (index for index, other in enumerate(self.servers) if other.sort_key > server.sort_key)
        self.servers.insert(next(later, len(self.servers)), server)

    def vanish(self, server_ids: Iterable) -> None:
        gone = list(server_ids)
        self.servers = [server for server in self.servers if server.id not in gone]

    def vanish_at(self, position: int, count: int) -> None:
        del self.servers[position : position + count]

    def position(self, server_id: str) -> int:
        """Where a server is in the listing; behind its end if it is not there."""
        return next((index for index, one in enumerate(self.servers) if one.id == server_id), len(self.servers))

    def move(self, position: int, to: int) -> None:
        """Put a server elsewhere in the listing."""
        moved = self.servers[position : position + 1]
        self.vanish_at(position, 1)
        self.servers[to:to] = moved

    def update(self, changes: dict[str, dict]) -> None:
        """Change fields of records: ID -> field -> value. IDs that are not there are ignored."""
        for server in self.servers:
            if isinstance(server.id, str) and server.id in changes:
                server.update(changes[server.id], self.now)


def _times(records: list) -> list[int]:
    values = (record.get(name) for record in records if isinstance(record, dict) for name in TIME_FIELDS)
    return [value for value in values if isinstance(value, int) and 0 <= value < LATEST_TIME]
