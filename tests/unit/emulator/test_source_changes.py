# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's source servers: renamed, moved to another migration project, deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

from .test_tasks import call, record, server

TASK = {"id": "task-1", "name": "task-1", "state": "READY"}
PROJECTS = [{"id": "old", "name": "old project", "servers": ["idle"]}, {"id": "new", "name": "new", "servers": []}]


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator(unattended=True) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """Holds `idle` and `other` without a task, and `busy` with one."""
    shared_emulator.reset()
    servers = [server("idle"), server("other"), server("busy", current_task=TASK)]
    shared_emulator.replace_fleet({"source_servers": servers, "migprojects": PROJECTS})
    return shared_emulator


def answered(emulator: Emulator, method: str, path: str, body: object = None) -> tuple[int, str | None]:
    """HTTP status and error code of a call."""
    response = call(emulator, method, path, body)
    answer = response.json()
    return response.status_code, answer.get("error_code") if isinstance(answer, dict) else None


def ids(emulator: Emulator) -> set[str]:
    return {one["id"] for one in emulator.fleet()}


def members(emulator: Emulator, project: str) -> list[str]:
    return [one["id"] for one in call(emulator, "GET", f"sources?migproject={project}").json()["source_servers"]]


def test_a_new_name_changes_nothing_else(emulator: Emulator) -> None:
    before = record(emulator, "busy")
    assert answered(emulator, "PUT", "sources/busy", {"name": "shop"}) == (200, None)
    assert record(emulator, "busy") == {**before, "name": "shop"}


def test_a_server_is_in_its_new_migration_project_only(emulator: Emulator) -> None:
    assert answered(emulator, "PUT", "sources/idle", {"migprojectid": "new"}) == (200, None)
    assert (members(emulator, "old"), members(emulator, "new")) == ([], ["idle"])


@pytest.mark.parametrize(
    ("server_id", "body", "answer"),
    [
        ("nobody", {"name": "shop"}, (404, "SMS.7602")),
        ("idle", "{", (400, "SMS.6102")),
        ("idle", [], (400, "SMS.6102")),
        ("idle", {"name": "n" * 256}, (400, "SMS.6012")),
        ("idle", {"name": 5}, (400, "SMS.6012")),
        ("idle", {"name": "shop", "migprojectid": "nobody"}, (400, "SMS.7303")),
    ],
)
def test_a_refused_change_changes_nothing(emulator: Emulator, server_id: str, body: object, answer: tuple) -> None:
    before = emulator.fleet()
    assert answered(emulator, "PUT", f"sources/{server_id}", body) == answer
    assert emulator.fleet() == before


@pytest.mark.parametrize(
    ("name", "code"), [("abc", "SMS.6002"), ("n" * 21, "SMS.6002"), ("shop-1", "SMS.6003"), ("shop_1", None)]
)
def test_names_can_be_held_to_the_narrower_rule(emulator: Emulator, name: str, code: str | None) -> None:
    assert answered(emulator, "PUT", "sources/other", {"name": name}) == (200, None)
    emulator.set(record_names="short")
    assert answered(emulator, "PUT", "sources/idle", {"name": name}) == (400 if code else 200, code)


def test_a_deleted_server_is_gone_from_the_list_and_its_project(emulator: Emulator) -> None:
    assert answered(emulator, "DELETE", "sources/idle") == (200, None)
    assert ids(emulator) == {"other", "busy"}
    emulator.replace_fleet([server("idle")])
    assert members(emulator, "old") == []


@pytest.mark.parametrize(("server_id", "answer"), [("busy", (400, "SMS.7719")), ("nobody", (404, "SMS.7602"))])
def test_a_refused_deletion_deletes_nothing(emulator: Emulator, server_id: str, answer: tuple) -> None:
    assert answered(emulator, "DELETE", f"sources/{server_id}") == answer
    assert ids(emulator) == {"idle", "other", "busy"}


def test_a_batch_deletes_its_servers(emulator: Emulator) -> None:
    assert answered(emulator, "POST", "sources/delete", {"ids": ["idle", "other"]}) == (200, None)
    assert ids(emulator) == {"busy"}


@pytest.mark.parametrize("body", ["{", {}, {"ids": []}, {"ids": ["idle"] * 51}, {"ids": ["id le"]}, {"ids": [5]}])
def test_a_batch_must_be_a_list_of_1_to_50_ids(emulator: Emulator, body: object) -> None:
    assert answered(emulator, "POST", "sources/delete", body) == (400, "SMS.6102")
    assert ids(emulator) == {"idle", "other", "busy"}


@pytest.mark.parametrize(("refused", "answer"), [("busy", (400, "SMS.7719")), ("nobody", (404, "SMS.7602"))])
@pytest.mark.parametrize(("deletion", "left"), [("whole", {"idle", "other", "busy"}), ("partial", {"other", "busy"})])
def test_a_batch_with_a_refused_server_deletes_none_or_the_others(
    emulator: Emulator, refused: str, answer: tuple, deletion: str, left: set[str]
) -> None:
    emulator.set(batch_deletion=deletion)
    assert answered(emulator, "POST", "sources/delete", {"ids": ["idle", refused]}) == answer
    assert ids(emulator) == left


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("PUT", "sources/idle", "sms:server:update"),
        ("DELETE", "sources/idle", "sms:server:delete"),
        ("POST", "sources/delete", "sms:server:batchDelete"),
    ],
)
def test_each_change_takes_its_own_permission(emulator: Emulator, method: str, path: str, action: str) -> None:
    emulator.set(denied=[action])
    assert call(emulator, method, path, {"ids": ["idle"], "name": "shop"}).status_code == 403
    assert ids(emulator) == {"idle", "other", "busy"}
