# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files are sources of this plugin."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core

PLUGIN = "huaweicloud.sms.source_servers"


@pytest.mark.parametrize("name", ["sms.yml", "sms.yaml", "wave 1.yml", "größe.yaml", "00-inventory.yml"])
def test_a_yaml_file_of_any_name_is_a_source(source, read, name):
    assert len(read(source(name)).names) == 10


@pytest.mark.parametrize("name", ["sms.json", "sms.txt", "sms", "sms.yml.bak"])
def test_a_file_that_is_not_called_yaml_is_passed_over(emulator, source, read, name):
    result = read(source(name))
    assert "Failed to parse" not in result.messages
    assert not result.names
    assert emulator.requests() == []


@pytest.mark.parametrize("plugins", [["auto"], ["yaml", "auto"], [PLUGIN, "auto"], ["auto", PLUGIN, "yaml"]])
def test_the_auto_plugin_finds_it(source, read, plugins):
    result = read(source(), plugins=plugins)
    assert len(result.names) == 10
    assert "Failed to parse" not in result.messages


@pytest.mark.parametrize("quoted", ["'{}'", '"{}"', "{}  # comment", "&anchor {}", "!!str {}"])
def test_the_plugin_may_be_named_in_any_yaml_spelling(source, read, quoted):
    path = source(plugin=None)
    path.write_text(f"{path.read_text()}plugin: {quoted.format(PLUGIN)}\n")
    assert len(read(path).names) == 10


@pytest.mark.parametrize(
    "content",
    [
        "all: {hosts: {static: }}",
        "# not a plugin: huaweicloud.sms.source_servers\nall: {hosts: {static: }}",
        "all: {hosts: {static: {about: huaweicloud.sms.source_servers}}}",
    ],
)
def test_a_file_of_another_plugin_is_passed_over_without_noise(read, tmp_path, content):
    path = tmp_path / "static.yml"
    path.write_text(content)
    result = read(path, plugins=[PLUGIN, "yaml"])
    assert result.names == {"static"}
    assert result.messages == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF\x00\xff",
        b"- a\n- list\n",
        b"just words",
        b"plugin: [unclosed",
        b"plugin: {a: b}",
        b"1: 2",
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_none_of_ours_is_passed_over(emulator, read, tmp_path, content):
    path = tmp_path / "sms.yml"
    path.write_bytes(content)
    result = read(path)
    assert "Failed to parse" not in result.messages
    assert "Unable to parse" in result.messages
    assert emulator.requests() == []


@pytest.mark.parametrize("broken", ["state: [unclosed", "state: 'unclosed", "\tstate: error", "state: a: b", "? {"])
def test_broken_yaml_of_ours_is_one_clear_error(source, read, broken):
    path = source()
    path.write_text(f"{path.read_text()}{broken}\n")
    messages = read(path).messages
    assert messages.count("Failed to parse") in (1, 2)  # newer versions of Ansible name the cause once more
    assert str(path) in messages
    assert "YAML" in messages or "yaml" in messages
    assert "Traceback" not in messages


def test_a_file_that_does_not_exist_is_no_source(read, tmp_path):
    messages = read(tmp_path / "sms.yml").messages
    assert "Failed to parse" not in messages
    assert "Traceback" not in messages
