# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the Python library requests is not installed, each front end says so, and what the cache has can be used."""

from __future__ import annotations

import json
import os
import re

import pytest

pytestmark = pytest.mark.core

MISSING = "Failed to import the required Python library (requests)"


@pytest.fixture
def without_requests(tmp_path):
    """The environment of a Python that has no library of this name."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "requests.py").write_text("raise ImportError('not installed')")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


@pytest.fixture
def write(tmp_path, connection):
    def write(**options):
        (tmp_path / "sms.yml").write_text(
            json.dumps({"plugin": "huaweicloud.sms.source_servers", **connection, **options})
        )

    return write


def words(completed):
    return " ".join(re.sub(r"\n", " ", completed.stdout + completed.stderr).split())


def test_the_inventory_plugin_says_so(write, run_ansible, without_requests):
    write()
    completed = run_ansible(
        "inventory", "-i", "sms.yml", "--list", ANSIBLE_INVENTORY_UNPARSED_FAILED="true", **without_requests
    )
    assert completed.returncode != 0
    assert MISSING in words(completed)
    assert "Traceback" not in words(completed)


def test_a_cached_list_needs_no_requests(write, run_ansible, without_requests, tmp_path):
    write(cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(tmp_path / "cache"))
    fetched = run_ansible("inventory", "-i", "sms.yml", "--list")
    cached = run_ansible("inventory", "-i", "sms.yml", "--list", **without_requests)
    assert cached.returncode == 0, cached.stderr
    assert json.loads(cached.stdout) == json.loads(fetched.stdout)


@pytest.mark.parametrize("name", ["source_server_info", "preflight", "report", "wait_for_cycle"])
def test_modules_and_actions_say_so(name, run_ansible, without_requests, connection):
    options = {"cycles": ["checking"]} if name == "wait_for_cycle" else {}
    arguments = json.dumps({**connection, **options})
    completed = run_ansible("adhoc", "localhost", "-m", f"huaweicloud.sms.{name}", "-a", arguments, **without_requests)
    assert completed.returncode != 0
    assert MISSING in words(completed)
    assert "Traceback" not in words(completed)
