# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each recipe of CONTRIBUTING.md, followed in a copy of the collection, adds what it promises."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs import recipes

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SERVERS = [
    {"id": "1", "name": "web", "os_type": "LINUX", "state": "stopped", "oem_system": False},
    {"id": "2", "name": "db", "os_type": "WINDOWS", "state": "syncing", "oem_system": None},
]
# What the event source tells of the servers that are there, and within a second after the first.
TELL = """
import asyncio, json, runpy, sys

async def tell(main, options):
    queue = asyncio.Queue()
    task = asyncio.create_task(main(queue, options))
    first = asyncio.create_task(queue.get())
    await asyncio.wait([task, first], timeout=120, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait([task], timeout=1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=not task.done())
    events = [await first, *(queue.get_nowait() for _ in range(queue.qsize()))]
    return [event["sms"]["server"]["name"] for event in events]

source, options = sys.argv[1], json.loads(sys.argv[2])
print(json.dumps(asyncio.run(tell(runpy.run_path(source)["main"], options))))
"""


@pytest.fixture
def follow(tmp_path):
    """Follows the recipe for a thing, and gives the collection that it was followed in."""

    def run(thing):
        collection = recipes.copy_of(ROOT, tmp_path / "copy")
        recipes.follow(recipes.recipe(CONTRIBUTING, thing), collection)
        return collection

    return run


@pytest.fixture
def service():
    """Starts the emulator of a copy, with two servers."""
    running = []

    def start(collection):
        spec = importlib.util.spec_from_file_location("copied_handle", collection / "tests/emulator/handle.py")
        handle = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(handle)
        running.append(handle.Emulator())
        running[0].replace_fleet(SERVERS)
        return running[0]

    yield start
    for emulator in running:
        emulator.stop()


@pytest.fixture
def user(run_ansible, tmp_path):
    """What a user of a copy does, against a service."""
    return lambda collection, emulator: User(run_ansible, tmp_path, collection, emulator)


class User:
    def __init__(self, run_ansible, folder, collection, emulator):
        self._run, self._folder, self._collection = run_ansible, folder, collection
        self.connection = {"endpoint": emulator.url, "token": emulator.token}

    def run(self, program, *arguments):
        completed = self._start(program, *arguments)
        assert completed.returncode == 0, completed.stdout + completed.stderr
        return completed.stdout

    def refusal(self, program, *arguments):
        completed = self._start(program, *arguments)
        assert completed.returncode != 0
        return completed.stdout + completed.stderr

    def _start(self, program, *arguments):
        return self._run(program, *arguments, ANSIBLE_COLLECTIONS_PATH=str(self._collection.parents[2]))

    def inventory(self, **options):
        file = self._folder / "sms.yml"
        file.write_text(json.dumps({"plugin": "huaweicloud.sms.source_servers", **self.connection, **options}))
        return json.loads(self.run("inventory", "-i", file, "--list"))

    def module(self, **options):
        output = self.run(
            *("adhoc", "localhost", "-m", "huaweicloud.sms.source_server_info"),
            *("-a", json.dumps({**self.connection, **options})),
        )
        return json.loads(output.partition("=>")[2])

    def role(self, name, **variables):
        play = [{"hosts": "localhost", "gather_facts": False, "roles": [f"huaweicloud.sms.{name}"]}]
        (self._folder / "play.yml").write_text(json.dumps(play))
        return self.run("playbook", self._folder / "play.yml", "-e", json.dumps(variables))

    def events(self, **options):
        source = self._collection / "extensions/eda/plugins/event_source/source_servers.py"
        options = {**self.connection, "emit_existing": True, "interval": 0.2, **options}
        completed = subprocess.run(
            [sys.executable, "-c", TELL, source, json.dumps(options)], capture_output=True, check=False, text=True
        )
        assert completed.returncode == 0, completed.stderr
        return json.loads(completed.stdout)


def hosts_of(inventory):
    return sorted(inventory["_meta"]["hostvars"])


def test_a_field_to_group_by(follow, service, user):
    collection = follow("field to group by")
    inventory = user(collection, service(collection)).inventory(group_by=["oem_system"])
    assert inventory["oem_system_false"]["hosts"] == ["web"]
    assert "oem_system_true" in inventory["all"]["children"]


def test_a_variable(follow, service, user):
    collection = follow("variable")
    hostvars = user(collection, service(collection)).inventory(compose={"why": "sms_obstacle"})["_meta"]["hostvars"]
    assert hostvars["web"]["sms_obstacle"] == hostvars["web"]["why"] == "The migration is paused. Resume its task."
    assert hostvars["db"]["sms_obstacle"] == ""


def test_a_filter_filters_in_the_inventory_the_module_and_the_event_source(follow, service, user):
    collection = follow("filter")
    someone = user(collection, service(collection))
    assert hosts_of(someone.inventory()) == ["db", "web"]
    assert hosts_of(someone.inventory(os_type="{{ 'LIN' ~ 'UX' }}")) == ["web"]
    assert [record["name"] for record in someone.module(os_type="WINDOWS")["source_servers"]] == ["db"]
    assert someone.events(os_type="LINUX") == ["web"]


def test_a_filter_filters_in_a_role(follow, service, user, tmp_path):
    collection = follow("filter")
    someone = user(collection, service(collection))
    variables = {"report_connection": someone.connection, "report_filters": {"os_type": "LINUX"}}
    someone.role("report", **variables, report_path=str(tmp_path / "report"))
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert [server["name"] for server in report["servers"]] == ["web"]


def test_lists_that_a_new_filter_tells_apart_are_not_taken_for_each_other(follow, service, user, tmp_path):
    collection = follow("filter")
    someone = user(collection, service(collection))
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    assert hosts_of(someone.inventory(**cache, os_type="LINUX")) == ["web"]
    assert hosts_of(someone.inventory(**cache, os_type="WINDOWS")) == ["db"]
    state_file = str(tmp_path / "state.json")
    assert someone.events(state_file=state_file, os_type="LINUX") == ["web"]
    with pytest.raises(AssertionError, match="belongs to another configuration"):
        someone.events(state_file=state_file, os_type="WINDOWS")


def test_a_role(follow, service, user):
    collection = follow("role")
    someone = user(collection, service(collection))
    arguments = {"sms_connection": someone.connection, "census_filters": {"state": "syncing"}}
    shown = someone.run("playbook", "-v", "huaweicloud.sms.census", "-e", json.dumps(arguments))
    assert "Source servers: 1." in shown
    refused = someone.refusal("playbook", "huaweicloud.sms.census", "-e", json.dumps({"census_filters": {"stat": "x"}}))
    assert "census_filters has no option called stat" in refused
    assert "Counts the source servers that match" in someone.run("doc", "huaweicloud.sms.census")


def test_a_step_that_cannot_be_followed_is_noticed(tmp_path):
    (tmp_path / "file.py").write_text("A = {\n}\n")
    for place in ("Somewhere:", "In `file.py`, below `B`:"):
        with pytest.raises(ValueError, match=r"where does this go\?|no line that begins with B"):
            recipes.follow([recipes.Block(place, "x\n")], tmp_path)
