# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache: what it saves, what may be changed without losing it, and what no failure may do to it."""

from __future__ import annotations

import json
import os
import pickle
import re
import time

import pytest
from ansible.plugins.loader import cache_loader

pytestmark = pytest.mark.core

LINK = "https://obs.example.com/log?Signature=grants-access"
HOSTILE = [
    {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00"},
    {"__ansible_unsafe": "{{ 7*7 }}"},
    {"__ansible_type": "TrustedAsTemplate", "value": "{{ 7*7 }}"},
    {"{{ 7*7 }}": ["{{ lookup('pipe', 'touch executed') }}", 1.0, 10**20, None, True]},
    "#jinja2:variable_start_string:'[%'",
    "\ud800 half a character",
]
NO_TASKS = "- hosts: sms"
PICKLING = """
import pickle
from pathlib import Path

from ansible.plugins.cache import BaseFileCacheModule

DOCUMENTATION = '''
name: pickling
short_description: Pickled files
description: Pickled files.
options:
  _uri: {description: a folder, type: path, required: true}
  _prefix: {description: of the names, type: string}
  _timeout: {description: in seconds, type: float, default: 86400}
'''


class CacheModule(BaseFileCacheModule):
    _persistent = False

    def _load(self, filepath):
        return pickle.loads(Path(filepath).read_bytes(), encoding="bytes")

    def _dump(self, value, filepath):
        Path(filepath).write_bytes(pickle.dumps(value, protocol=2))
"""
PLAY = """
- hosts: sms
  gather_facts: false
  tasks: &look
    - debug: {msg: "state of {{ inventory_hostname }} is {{ sms_state }}"}
- hosts: localhost
  gather_facts: false
  tasks:
    - meta: refresh_inventory
- hosts: sms
  gather_facts: false
  tasks: *look
"""


@pytest.fixture
def cache(tmp_path):
    """The folder that holds the entries."""
    return tmp_path / "cache"


@pytest.fixture
def on_disk(cache):
    """The options that make a cache on disk."""
    return {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(cache)}


@pytest.fixture
def cached(source, read, on_disk):
    """The inventory that some options make with a cache on disk."""

    def cached(file="sms.yml", /, **others):
        return read(source(file, **{**on_disk, **others}))

    return cached


@pytest.fixture
def entry(cache):
    """Gives the file of the only entry."""

    def entry():
        (file,) = cache.iterdir()
        return file

    return entry


@pytest.fixture
def change_entry(entry):
    """Changes the list in the only entry, which is one text."""

    def change_entry(change):
        content = json.loads(entry().read_text())
        if isinstance(content, dict):  # since ansible-core 2.19, in a wrapper
            content["__payload__"] = json.dumps(change(json.loads(content["__payload__"])))
        else:
            content = change(content)
        entry().write_text(json.dumps(content))

    return change_entry


@pytest.fixture
def is_asked(emulator):
    """Whether something asks the service."""

    def is_asked(action, *arguments, **options):
        emulator.clear_requests()
        action(*arguments, **options)
        return bool(emulator.requests())

    return is_asked


@pytest.fixture
def flush(run_ansible, tmp_path):
    """Runs a playbook without tasks with ``--flush-cache``, which ``ansible-inventory`` has only since 2.19."""
    (tmp_path / "play.yml").write_text(NO_TASKS)

    def flush(path):
        arguments = ["-i", path, "play.yml", "--list-hosts", "--flush-cache"]
        return run_ansible("playbook", *arguments, ANSIBLE_INVENTORY_UNPARSED_FAILED="true")

    return flush


def grow_old(file, seconds):
    modified = time.time() - seconds
    os.utime(file, (modified, modified))


def test_a_second_inventory_comes_from_the_cache_without_a_request(cached, emulator):
    fresh = cached()
    emulator.clear_requests()
    again = cached()
    assert emulator.requests() == []
    assert again.hosts == fresh.hosts
    assert again.groups == fresh.groups


def test_a_cached_inventory_needs_no_service_and_no_credentials(cached, emulator):
    cached()
    emulator.faults({"kind": "status", "status": 500})
    assert len(cached(token=None).names) == 10


def test_a_cached_inventory_needs_no_secret_from_the_environment(cached, emulator, monkeypatch):
    account = emulator.account
    monkeypatch.setenv("HW_ACCESS_KEY", account["access_key"])
    monkeypatch.setenv("HW_SECRET_KEY", account["secret_key"])
    assert len(cached(token=None).names) == 10
    monkeypatch.delenv("HW_SECRET_KEY")
    emulator.clear_requests()
    assert len(cached(token=None).names) == 10
    assert emulator.requests() == []


def test_a_password_is_not_exchanged_for_a_token_to_read_the_cache(cached, emulator):
    account = emulator.account
    user = {"username": account["user"], "password": account["password"], "domain_name": account["domain"]}
    options = {"token": None, "auth_url": emulator.auth_url, **user}
    assert len(cached(**options).names) == 10
    emulator.clear_requests()
    assert len(cached(**{**options, "password": "another"}).names) == 10
    assert emulator.requests() == []


def test_without_the_option_nothing_is_kept(cached, cache, is_asked):
    cached(cache=False)
    assert not cache.exists()
    assert is_asked(cached, cache=False)


def test_a_cache_in_memory_does_not_outlive_the_inventory(cached, is_asked):
    assert len(cached(cache_plugin="memory").names) == 10
    assert is_asked(cached, cache_plugin="memory")


@pytest.fixture
def pickling(tmp_path):
    """The options for a cache plugin like that of community.general, which says of itself that it is not persistent."""
    folder = tmp_path / "cache_plugins"
    folder.mkdir()
    (folder / "pickling.py").write_text(PICKLING)
    cache_loader.add_directory(str(folder))
    yield {"cache_plugin": "pickling"}
    cache_loader._extra_dirs.remove(str(folder))
    cache_loader._clear_caches()


def test_a_cache_of_pickled_files_is_hit(cached, emulator, pickling):
    fresh = cached(**pickling)
    emulator.clear_requests()
    assert cached(**pickling).hosts == fresh.hosts
    assert emulator.requests() == []


def test_an_entry_of_pickled_files_expires_and_is_replaced(cached, entry, is_asked, pickling):
    cached(**pickling, cache_timeout=60)
    grow_old(entry(), 50)
    assert not is_asked(cached, **pickling, cache_timeout=60)
    grow_old(entry(), 70)
    assert is_asked(cached, **pickling, cache_timeout=60)
    assert not is_asked(cached, **pickling, cache_timeout=60)


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"no pickle", pickle.dumps({"count": 1}), pickle.dumps("[" * 100_000)]
)
def test_a_damaged_file_of_pickles_is_fetched_anew_and_mended(cached, entry, is_asked, pickling, content):
    cached(**pickling)
    entry().write_bytes(content)
    result = cached(**pickling)
    assert len(result.names) == 10
    assert "cannot be used" in result.messages
    assert not is_asked(cached, **pickling)


@pytest.mark.parametrize(
    "options",
    [
        {"hostnames": ["id"]},
        {"compose": {"x": "sms_name"}},
        {"group_by": ["os_version"]},
        {"group": "wave"},
        {"checks": "all"},
        {"hostvars_prefix": "hw_"},
        {"include_host_filters": ["sms_state == 'error'"]},
        {"keyed_groups": [{"key": "sms_os_type", "prefix": "os"}]},
    ],
)
def test_changes_of_what_becomes_of_the_records_take_effect_at_once(cached, inventory, emulator, options):
    cached()
    emulator.clear_requests()
    changed = cached(**options)
    assert emulator.requests() == []
    expected = inventory(**options)
    assert changed.hosts == expected.hosts
    assert changed.groups == expected.groups


@pytest.mark.parametrize("options", [{"state": "finished"}, {"connected": True}, {"project_id": "another"}])
def test_another_question_has_another_answer(cached, emulator, options):
    cached()
    emulator.clear_requests()
    cached(**options)
    assert len(emulator.requests()) == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("finished", ["finished"], True),
        (["error", "finished"], ["finished", "error", "finished"], True),
        ("finished", ["finished", "error"], False),
        (["error", "finished"], ["error", "waiting"], False),
    ],
)
def test_lists_of_values_are_the_same_question_where_they_have_the_same_values(cached, emulator, first, second, same):
    cached(state=first)
    emulator.clear_requests()
    names = cached(state=second).names
    assert (emulator.requests() == []) is same
    emulator.clear_requests()
    assert cached(state=second).names == names
    assert emulator.requests() == []


def test_another_endpoint_has_another_answer(cached, emulator, is_asked):
    cached()
    assert is_asked(cached, endpoint=emulator.url.replace("127.0.0.1", "localhost"))


def test_another_access_key_does_not_get_what_the_first_may_see(cached, emulator):
    keys = {"token": None, "access_key": emulator.account["access_key"], "secret_key": emulator.account["secret_key"]}
    assert len(cached(**keys).names) == 10
    result = cached(**{**keys, "access_key": "ANOTHERACCESSKEY0000"})
    assert not result.names
    assert "HTTP 401" in result.messages


def test_files_with_different_tokens_share_no_entry(cached, cache, emulator):
    assert len(cached("a.yml").names) == 10
    result = cached("b.yml", token="another")
    assert not result.names
    assert "HTTP 401" in result.messages
    assert len(list(cache.iterdir())) == 1


def test_the_cached_and_the_fetched_inventory_are_the_same_byte_for_byte(
    source, on_disk, emulator, run_ansible, is_asked
):
    records = emulator.fleet()
    records += [{"id": f"hostile-{n}", "name": "hostile", "field": value} for n, value in enumerate(HOSTILE)]
    emulator.replace_fleet(records)
    path = source(**on_disk, checks="all", compose={"copied": "sms_name"})
    listings = []

    def run():
        listings.append(run_ansible("inventory", "-i", path, "--list"))

    assert is_asked(run)
    assert not is_asked(run)
    fetched, cached = listings
    assert fetched.returncode == 0
    assert len(json.loads(fetched.stdout)["_meta"]["hostvars"]) == len(records)
    assert (cached.stdout, cached.stderr) == (fetched.stdout, fetched.stderr)


def _whole(value):
    """The value without halves of characters, which no file in UTF-8 can hold."""
    return (
        value.encode("utf-8", "replace").decode().replace("?", "\ufffd")
        if value == "\ud800 half a character"
        else value
    )


def test_hostile_values_come_out_of_the_cache_as_they_went_in(cached, emulator, tmp_path):
    emulator.replace_fleet([{"id": str(n), "name": str(n), "field": value} for n, value in enumerate(HOSTILE)])
    cached()
    result = cached()
    assert {name: hostvars["sms_field"] for name, hostvars in result.hosts.items()} == dict(
        zip(map(str, range(len(HOSTILE))), [_whole(value) for value in HOSTILE], strict=True)
    )
    assert not list(tmp_path.rglob("executed"))


def test_an_entry_holds_no_secret_and_no_link_that_grants_access(cached, emulator, entry):
    server = emulator.fleet()[0]["id"]
    emulator.change_fleet(update={server: {"current_task": {"log_share_url": LINK}, "log_share_url": LINK}})
    account = emulator.account
    cached(token=None, access_key=account["access_key"], secret_key=account["secret_key"])
    text = entry().read_text()
    assert server in text
    assert "grants-access" not in text
    assert account["secret_key"] not in text


def test_the_name_of_an_entry_tells_nothing_of_the_question(cached, emulator, entry):
    cached(state="finished")
    assert "finished" not in entry().name
    assert emulator.token not in entry().name


def test_an_entry_expires_after_the_timeout(cached, entry, is_asked):
    cached(cache_timeout=60)
    grow_old(entry(), 50)
    assert not is_asked(cached, cache_timeout=60)
    grow_old(entry(), 70)
    assert is_asked(cached, cache_timeout=60)
    assert not is_asked(cached, cache_timeout=60)


def test_a_hit_does_not_make_an_entry_live_longer(cached, entry):
    cached(cache_timeout=60)
    grow_old(entry(), 50)
    before = entry().stat().st_mtime
    cached(cache_timeout=60, hostnames=["id"])
    assert entry().stat().st_mtime == before


def test_an_expired_entry_is_replaced_by_what_is_true_now(cached, emulator, entry):
    cached(cache_timeout=60)
    emulator.replace_fleet([{"id": "1", "name": "new"}])
    assert len(cached(cache_timeout=60).names) == 10
    grow_old(entry(), 70)
    assert cached(cache_timeout=60).names == {"new"}
    assert cached(cache_timeout=60).names == {"new"}


def test_flushing_the_cache_fetches_and_rewrites(source, on_disk, emulator, flush, cached):
    path = source(**on_disk)
    cached()
    emulator.replace_fleet([{"id": "1", "name": "new"}])
    assert len(cached().names) == 10
    assert "new" in flush(path).stdout
    emulator.clear_requests()
    assert cached().names == {"new"}
    assert emulator.requests() == []


def test_refreshing_the_inventory_in_a_play_fetches_and_rewrites(
    source, on_disk, emulator, run_ansible, tmp_path, cached
):
    emulator.replace_fleet([{"id": "1", "name": "web", "state": "syncing"}])
    path = source(**on_disk)
    cached()
    emulator.change_fleet(update={"1": {"state": "finished"}})
    (tmp_path / "play.yml").write_text(PLAY)
    emulator.clear_requests()
    completed = run_ansible("playbook", "-i", path, "play.yml")
    assert re.findall("state of web is ([a-z]+)", completed.stdout) == ["syncing", "finished"]
    assert len(emulator.requests()) == 1
    assert cached().hosts["web"]["sms_state"] == "finished"
    assert len(emulator.requests()) == 1


def test_an_empty_list_is_cached_too(cached, emulator, is_asked):
    emulator.replace_fleet([])
    assert cached().names == set()
    assert not is_asked(cached)


def without_one_server(text):
    entry = json.loads(text)
    del entry["content"]["records"][3]
    return json.dumps(entry) + "\n"


DAMAGES = {
    "one record too few": without_one_server,
    "one character": lambda text: text.replace("sms-centos", "sms-centOs"),
    "written anew": lambda text: json.dumps(json.loads(text), indent=1),
    "digest of another content": lambda text: text.replace('"digest": "', '"digest": "0', 1),
    "no digest": lambda text: json.dumps({**json.loads(text), "digest": None}),
    "another kind": lambda text: text.replace("huaweicloud.sms inventory 2", "huaweicloud.sms inventory 3"),
    "version 2.0.0": lambda text: '{"count": 1, "source_servers": [{"id": "1"}]}',
    "cut off": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "JSON null": lambda text: "null",
    "JSON list": lambda text: "[]",
    "JSON object": lambda text: "{}",
    "deep JSON": lambda text: "[" * 100_000,
    "list for a text": lambda text: ["a", "list"],
    "mapping for a text": lambda text: {"a": "mapping"},
    "number for a text": lambda text: 7,
    "null for a text": lambda text: None,
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_fetched_anew_with_one_warning_and_mended(cached, change_entry, is_asked, emulator, change):
    cached()
    change_entry(change)
    emulator.clear_requests()
    result = cached()
    assert len(result.names) == 10
    assert len(emulator.requests()) == 1
    assert result.messages.count("The cached list of source servers cannot be used and is fetched anew") == 1
    assert not is_asked(cached)


def test_details_that_were_changed_in_the_cache_are_fetched_anew_with_one_warning(cached, change_entry, is_asked):
    usual = cached(details=True)
    change_entry(lambda text: text.replace('"firmware": "BIOS"', '"firmware": "UEFI"'))
    mended = cached(details=True)
    assert mended.hosts == usual.hosts
    assert mended.messages.count("cannot be used and is fetched anew") == 1
    assert not is_asked(cached, details=True)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"null", b"7", b'"text"', b"[]"])
def test_a_damaged_file_is_fetched_anew_and_mended(cached, entry, is_asked, content):
    cached()
    file = entry()
    file.write_bytes(content)
    result = cached()
    assert len(result.names) == 10
    assert "cannot be used" in result.messages
    assert not is_asked(cached)


def test_a_file_that_is_cut_off_is_fetched_anew(cached, entry, is_asked):
    cached()
    content = entry().read_bytes()
    entry().write_bytes(content[: len(content) // 2])
    result = cached()
    assert len(result.names) == 10
    assert "cannot be used" in result.messages
    assert not is_asked(cached)


def test_a_file_that_cannot_be_read_is_fetched_anew(cached, entry):
    cached()
    file = entry()
    file.unlink()
    file.mkdir()
    result = cached()
    assert len(result.names) == 10
    assert "[WARNING]" in result.messages


def test_a_damaged_entry_and_a_failing_service_are_an_error_and_no_empty_inventory(cached, entry, emulator):
    cached()
    entry().write_bytes(b"{")
    emulator.faults({"kind": "status", "status": 403})
    result = cached()
    assert not result.names
    assert "HTTP 403" in result.messages


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 403},
        pytest.param({"kind": "status", "status": 500}, marks=pytest.mark.exhaustive),
        pytest.param({"kind": "drop"}, marks=pytest.mark.exhaustive),
        pytest.param({"kind": "not_json"}, marks=pytest.mark.exhaustive),
        {"kind": "truncate_json"},
        {"kind": "body", "body": {"count": 11, "source_servers": []}},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_flush_that_fails_leaves_the_entry_as_it_was(source, on_disk, cached, flush, emulator, entry, fault):
    fetched = cached()
    path = source(**on_disk, retries=0)
    content, modified = entry().read_bytes(), entry().stat().st_mtime
    emulator.faults(fault)
    completed = flush(path)
    assert completed.returncode != 0
    assert emulator.url in "".join(completed.stderr.split())
    assert (entry().read_bytes(), entry().stat().st_mtime) == (content, modified)
    assert cached().hosts == fetched.hosts


def test_an_expired_entry_outlives_a_failing_service(cached, emulator, entry):
    cached(cache_timeout=60)
    content = entry().read_bytes()
    grow_old(entry(), 70)
    emulator.faults({"kind": "status", "status": 403})
    assert not cached(cache_timeout=60).names
    assert entry().read_bytes() == content


def test_a_flush_whose_hosts_cannot_be_made_leaves_the_entry_as_it_was(source, on_disk, cached, flush, emulator, entry):
    cached()
    content = entry().read_bytes()
    emulator.replace_fleet([{"id": "1", "name": "new"}])
    failing = source(**on_disk, compose={"x": "no_such_variable"}, strict=True)
    assert flush(failing).returncode != 0
    assert entry().read_bytes() == content


def test_a_failure_is_not_cached(cached, emulator):
    emulator.faults({"kind": "status", "status": 403, "times": 1})
    assert not cached().names
    assert len(cached().names) == 10


def test_a_cache_folder_that_cannot_be_made_is_one_error_that_names_it(cached, tmp_path, emulator):
    (tmp_path / "file").touch()
    result = cached(cache_connection=str(tmp_path / "file" / "cache"))
    assert not result.names
    assert str(tmp_path / "file" / "cache") in result.messages
    assert "Traceback" not in result.messages
    assert emulator.requests() == []


def test_a_cache_plugin_that_is_not_there_is_one_error_that_names_it(cached, emulator):
    result = cached(cache_plugin="no.such.cache")
    assert not result.names
    assert "no.such.cache" in result.messages
    assert "Traceback" not in result.messages
    assert emulator.requests() == []


def test_a_hit_does_not_mind_a_secret_whose_template_gives_nothing(cached, emulator, monkeypatch):
    token = "{{ lookup('ansible.builtin.env', 'TOKEN_OF_A_JOB') }}"
    monkeypatch.setenv("TOKEN_OF_A_JOB", emulator.token)
    cached(token=token)
    monkeypatch.delenv("TOKEN_OF_A_JOB")
    emulator.clear_requests()
    assert len(cached(token=token).names) == 10
    assert emulator.requests() == []
