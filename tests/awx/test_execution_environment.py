# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-builder makes of the collection's metadata and of the guide's execution environment."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from ansible_collections.huaweicloud.sms.tests.tools import programs


@pytest.fixture
def builder(tmp_path):
    """Runs ansible-builder."""

    def builder(*arguments):
        command = [programs.PROGRAMS / "ansible-builder", *map(str, arguments)]
        completed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert completed.returncode == 0, completed.stdout + completed.stderr
        return completed.stdout

    return builder


def test_introspection_finds_what_the_collection_needs_and_nothing_else(builder, tmp_path):
    builder("introspect", programs.COLLECTIONS, "--write-pip", "pip.txt", "--write-bindep", "bindep.txt")
    lines = (tmp_path / "pip.txt").read_text().splitlines()
    assert [line.split() for line in lines if "huaweicloud.sms" in line] == [
        ["requests", "#", "from", "collection", "huaweicloud.sms"]
    ]
    assert not (tmp_path / "bindep.txt").exists() or "huaweicloud" not in (tmp_path / "bindep.txt").read_text()


def test_introspection_reads_the_files_that_the_metadata_names(builder):
    found = yaml.safe_load(builder("introspect", programs.COLLECTIONS))
    assert [line.split()[0] for line in found["python"] if line.endswith("huaweicloud.sms")] == ["requests"]


@pytest.fixture
def ready_made():
    """The definition that comes with the collection."""
    return programs.COLLECTIONS / "ansible_collections/huaweicloud/sms/extensions/ee/execution-environment.yml"


def test_the_guide_shows_the_definition_that_comes_with_the_collection(guide, ready_made):
    (shown,) = guide("images")
    assert shown == yaml.safe_load(ready_made.read_text())


def test_the_definition_gives_a_build_context_with_the_collection(builder, ready_made, tmp_path):
    definition = yaml.safe_load(ready_made.read_text())
    builder("create", "--file", ready_made, "--output-filename", "Containerfile")
    context = tmp_path / "context"
    assert yaml.safe_load((context / "_build" / "requirements.yml").read_text()) == definition["dependencies"]["galaxy"]
    assert {"name": "huaweicloud.sms"} in definition["dependencies"]["galaxy"]["collections"]
    containerfile = (context / "Containerfile").read_text()
    assert definition["images"]["base_image"]["name"] in containerfile
    assert "ansible-core" in containerfile
    assert "ansible-runner" in containerfile
