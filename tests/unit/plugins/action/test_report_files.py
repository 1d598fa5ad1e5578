# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``report``, against the emulator: which files it writes, and when."""

from __future__ import annotations

import json

import pytest
import requests
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _history

pytestmark = pytest.mark.core

FILES = ["report.csv", "report.html", "report.json", "report.state.json"]
FINISHED = "7583895d-627b-4643-82bc-c2aec1576a75"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports" / "wave"


def content_of(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_it_writes_the_page_the_table_the_data_and_what_it_remembers(act, folder):
    outcome = act("report", path=str(folder), title="Wave 7")
    assert outcome.result["changed"] is True
    assert sorted(content_of(folder)) == FILES
    assert "<h1>Wave 7</h1>" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_second_report_of_an_unchanged_fleet_changes_nothing(act, folder):
    act("report", path=str(folder))
    before = content_of(folder)
    assert act("report", path=str(folder)).result["changed"] is False
    assert content_of(folder) == before


def test_a_lost_file_is_written_again_as_it_was(act, folder):
    act("report", path=str(folder))
    before = content_of(folder)
    (folder / "report.html").unlink()
    outcome = act("report", path=str(folder))
    assert outcome.result["changed_files"] == [str(folder / "report.html")]
    assert content_of(folder) == before


def test_what_has_changed_since_the_last_report_is_told(act, folder, emulator):
    first = act("report", path=str(folder)).result
    emulator.change_fleet(update={FINISHED: {"state": "error"}})
    second = act("report", path=str(folder)).result
    assert (second["changes"], second["since"]) == (1, first["as_of"])
    assert "state finished → error" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_report_on_another_account_is_like_a_first_one(act, folder, emulator):
    act("report", path=str(folder))
    emulator.change_fleet(update={FINISHED: {"state": "error"}})
    account = {name: emulator.account[name] for name in ("access_key", "secret_key")}
    outcome = act("report", path=str(folder), token=None, **account)
    assert not outcome.failed, outcome.result
    assert (outcome.result["changes"], outcome.result["since"]) == (0, None)


def test_check_mode_writes_nothing_and_says_what_would_change(act, folder):
    outcome = act("report", check_mode=True, path=str(folder))
    assert [name.rpartition("/")[2] for name in outcome.result["changed_files"]] == [*FILES[1:2], FILES[0], *FILES[2:]]
    assert not folder.exists()


def test_a_damaged_memory_is_warned_about_and_replaced(act, folder):
    act("report", path=str(folder))
    (folder / "report.state.json").write_text("{", encoding="utf-8")
    outcome = act("report", path=str(folder))
    assert "like a first one" in outcome.warnings
    assert json.loads((folder / "report.state.json").read_text(encoding="utf-8"))["content"]["since"] is None


def test_a_folder_that_cannot_be_written_is_an_error_that_says_so(act, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    outcome = act("report", path=str(tmp_path / "file"))
    assert outcome.failed
    assert "Choose another path." in outcome.result["msg"]


def test_a_relative_path_begins_where_ansible_was_started(act, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    act("report")
    assert sorted(content_of(tmp_path / "sms-report")) == FILES


def test_no_file_appears_when_the_list_cannot_be_had(act, folder, emulator):
    emulator.set(forbidden=True)
    assert act("report", path=str(folder)).failed
    assert not folder.exists()


def test_an_empty_fleet_has_a_report(act, folder, emulator):
    emulator.replace_fleet([])
    assert act("report", path=str(folder)).result["summary"]["servers"] == 0


def test_a_memory_that_cannot_be_read_is_an_error_that_says_so(act, folder):
    (folder / "report.state.json").mkdir(parents=True)
    outcome = act("report", path=str(folder))
    assert outcome.failed
    assert "report.state.json cannot be read" in outcome.result["msg"]
    assert not (folder / "report.html").exists()


def test_a_page_that_cannot_be_written_is_an_error_that_says_so(act, folder):
    (folder / "report.html").mkdir(parents=True)
    outcome = act("report", path=str(folder))
    assert outcome.failed
    assert f"The report cannot be written to {folder}: Is a directory." in outcome.result["msg"]
    assert [path.name for path in folder.iterdir()] == ["report.html"]


@pytest.fixture
def ecs(emulator):
    """The options that reach the emulator's ECS for all projects, in place of a token."""
    account = emulator.account
    keys = {"access_key": account["access_key"], "secret_key": account["secret_key"]}
    return {"token": None, "ecs_endpoint": emulator.url, **keys}


def test_targets_are_shown_with_their_names_addresses_and_statuses(act, folder, emulator, ecs):
    machine = emulator.machines()[0]
    addresses = [("192.0.2.7", "fixed"), ("203.0.113.9", "floating")]
    vpc = [{"addr": addr, "version": "4", "OS-EXT-IPS:type": kind} for addr, kind in addresses]
    changed = {"name": "<b>moved</b>", "status": "SHUTOFF", "addresses": {"vpc": vpc}}
    emulator.change_machines({machine["id"]: changed})
    outcome = act("report", path=str(folder), targets=True, **ecs)
    assert not outcome.failed, outcome.result
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert '<b>&lt;b&gt;moved&lt;/b&gt;</b> <span class="state">SHUTOFF</span>' in page
    assert f"192.0.2.7, 203.0.113.9 {machine['id']}" in page
    assert '<span class="bad">gone</span>' in page
    [server] = [
        server
        for server in json.loads((folder / "report.json").read_text(encoding="utf-8"))["servers"]
        if server["target_id"] == machine["id"]
    ]
    assert server["target_addresses"] == "192.0.2.7, 203.0.113.9"
    assert "192.0.2.7, 203.0.113.9" in (folder / "report.csv").read_text(encoding="utf-8")


def test_a_second_report_with_the_same_targets_changes_nothing(act, folder, emulator, ecs):
    act("report", path=str(folder), targets=True, **ecs)
    before = content_of(folder)
    assert act("report", path=str(folder), targets=True, **ecs).result["changed"] is False
    assert content_of(folder) == before
    emulator.change_machines({emulator.machines()[0]["id"]: None})
    assert act("report", path=str(folder), targets=True, **ecs).result["changed"] is True


def test_without_the_option_ecs_is_not_asked_and_nothing_is_said_of_targets(act, folder, emulator):
    act("report", path=str(folder))
    assert not [request for request in emulator.requests() if "/cloudservers" in request["path"]]
    assert ">Target<" not in (folder / "report.html").read_text(encoding="utf-8")
    assert b"target_" not in (folder / "report.csv").read_bytes()


def test_a_report_on_targets_that_cannot_be_looked_up_is_an_error(act, folder, emulator, ecs):
    emulator.set(denied=["ecs:cloudServers:list"])
    outcome = act("report", path=str(folder), targets=True, **ecs)
    assert "ecs:cloudServers:listServersDetails" in outcome.result["msg"]
    assert not folder.exists()


def tampered_contents(text):
    yield "it is damaged: its content does not have the digest", text.replace("sms-centos", "sms-centOs").encode()
    yield "it is damaged: its content does not have the digest", text.encode().replace(b"sms-centos", b"sms-\xff")
    yield (
        "it is of another kind or version",
        text.replace("sms report 2", "sms report 3").encode(),
    )
    yield "it is of another kind or version", json.dumps({"version": 1, **json.loads(text)["content"]}).encode()
    yield "it is of another kind or version, or cut off", text[:-10].encode()
    yield "it is of another kind or version", b"[" * 100_000


def test_a_memory_that_was_tampered_with_is_one_warning_and_replaced(act, folder):
    act("report", path=str(folder))
    sound = (folder / "report.state.json").read_text(encoding="utf-8")
    for number, (problem, tampered) in enumerate(tampered_contents(sound)):
        # Ansible prints the same warning only once.
        file = folder / f"{number}" / "report.state.json"
        file.parent.mkdir()
        file.write_bytes(tampered)
        outcome = act("report", path=str(file.parent))
        assert not outcome.failed, outcome
        assert outcome.warnings.count("[WARNING]") == 1
        assert f"cannot be used, so that this report is like a first one: {problem}" in outcome.warnings
        fingerprints = {json.loads(text)["content"]["fingerprint"] for text in (file.read_bytes(), sound)}
        assert len(fingerprints) == 1


def test_a_server_whose_memory_has_fields_of_other_types_is_compared_all_the_same(act, folder, emulator):
    file = folder / "report.state.json"
    act("report", path=str(folder))
    content = _history.load(file.read_bytes())
    odd = {"id": [], "name": {}, "state": [1], "checks": 5, "current_task": "t", "totalsize": "x", "connected": {}}
    content["servers"] = dict.fromkeys([*content["servers"], "gone"], odd)
    file.write_text(_history.dump(content), encoding="utf-8")
    emulator.change_fleet(update={FINISHED: {"state": "error"}})
    outcome = act("report", path=str(folder))
    assert not outcome.failed, outcome
    assert outcome.result["changes"] > 0


def failed_server(folder):
    servers = json.loads((folder / "report.json").read_text(encoding="utf-8"))["servers"]
    [server] = [server for server in servers if server["state"] == "error"]
    return server


def test_why_a_migration_has_failed_is_in_all_files(act, folder):
    outcome = act("report", path=str(folder))
    assert not outcome.warnings
    assert failed_server(folder)["failure"] == "SMS.0500: The migration failed"
    for file in ("report.html", "report.csv"):
        assert "SMS.0500: The migration failed" in (folder / file).read_text(encoding="utf-8")


def test_only_the_tasks_of_failed_migrations_are_asked(act, folder, emulator):
    act("report", path=str(folder))
    task = failed_task(emulator)
    assert [one["path"] for one in emulator.requests() if "/tasks/" in one["path"]] == [f"/v3/tasks/{task}"]


def failed_task(emulator):
    [task] = [one["current_task"]["id"] for one in emulator.fleet() if one["state"] == "error"]
    return task


def test_without_the_right_to_read_tasks_the_report_is_the_same_but_for_the_reasons(act, folder, emulator):
    emulator.set(denied=["sms:server:getTask"])
    outcome = act("report", path=str(folder))
    assert not outcome.failed, outcome.result
    assert "The report does not say why migrations have failed: " in outcome.warnings
    assert "sms:server:getTask" in outcome.warnings
    assert failed_server(folder)["failure"] is None
    assert "See their tasks in the SMS console." in (folder / "report.html").read_text(encoding="utf-8")


def test_it_says_where_the_page_is_and_whether_it_is_new(act, folder):
    page = folder / "report.html"
    expected = {
        True: f"The report would be in {page}.",
        False: f"The report is in {page}.",
    }
    for check_mode, message in expected.items():
        outcome = act("report", check_mode=check_mode, path=str(folder))
        assert (outcome.screen, outcome.result["msg"]) == (f"{message}\n", message)
    assert act("report", path=str(folder)).screen == f"The report in {page} is up to date.\n"


def test_the_page_refreshes_itself_where_that_is_wanted(act, folder):
    act("report", path=str(folder))
    page = folder / "report.html"
    assert 'http-equiv="refresh"' not in page.read_text(encoding="utf-8")
    outcome = act("report", path=str(folder), refresh=90)
    assert outcome.result["changed_files"] == [str(page)]
    assert '<meta http-equiv="refresh" content="90">' in page.read_text(encoding="utf-8")
    assert "This page refreshes itself every 2 min." in page.read_text(encoding="utf-8")


def test_a_refresh_after_less_than_no_time_is_an_error(act, folder):
    assert "refresh: -1 is less than 0" in act("report", path=str(folder), refresh=-1).result["msg"]


def test_servers_in_sync_are_listed_with_their_synchronization_check_and_clone(act, folder, emulator):
    clone = {"vm_id": "vm-clone", "name": "web-clone", "clone_state": "FINISHED"}
    task = {"id": "task-web", "state": "SYNCING", "clone_server": clone}
    common = {"state": "syncing", "migration_cycle": "syncing", "connected": True}
    web = {"id": "id-web", "name": "web", **common, "current_task": task}
    database = {"id": "id-database", "name": "database", **common, "current_task": {**task, "id": "task-database"}}
    emulator.set(attended=False)
    emulator.replace_fleet([web, {**database, "current_task": {**database["current_task"], "clone_server": None}}])
    body = {"operation": "start", "is_need_consistency_check": True}
    headers = {"X-Auth-Token": emulator.token}
    requests.post(f"{emulator.url}/v3/tasks/task-web/action", json=body, headers=headers, timeout=30)
    emulator.set(differing=["id-web"])
    emulator.advance(1000)
    act("report", path=str(folder))
    second, first = json.loads((folder / "report.json").read_text())["ready"]
    assert [first["name"], second["name"]] == ["web", "database"]
    assert (first["consistency"], first["clone"]) == ("1,234 files, 1 difference", "web-clone vm-clone FINISHED")
    assert "2026" <= first["synchronized_at"] < first["checked_at"]
    assert [second[name] for name in ("synchronized_at", "checked_at", "consistency", "clone")] == ["", "", "", ""]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Ready for the launch" in page
    assert "1,234 files, 1 difference" in page
    emulator.set(denied=["sms:server:getConsistencyCheckResult"])
    warned = act("report", path=str(folder))
    assert "does not show synchronizations and consistency checks" in str(warned)
