# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmless strings are shown plainly by ``ansible-inventory --list``, on every version of Ansible."""

from __future__ import annotations

import json

import pytest
import yaml

OPTIONS = [
    {},
    {"checks": "all"},
    {"hostvars_prefix": ""},
    {"hostvars_prefix": "ansible_"},
    {
        "compose": {
            "plain": "sms_name",
            "deep": "sms_current_task",
            "made": "{'a': [sms_name ~ '-1']}",
            "number": "sms_memory",
        }
    },
    {"hostnames": ["sms_name ~ '-' ~ sms_ip"], "keyed_groups": [{"key": "sms_os_version", "prefix": "os"}]},
]


@pytest.mark.parametrize("options", OPTIONS, ids=[", ".join(options) or "defaults" for options in OPTIONS])
def test_the_example_is_shown_plainly(source, listed, options):
    shown = listed(source(**options))
    assert len(shown["_meta"]["hostvars"]) == 10
    assert "__ansible" not in json.dumps(shown)


def test_the_example_is_shown_plainly_as_yaml(source, run_ansible):
    completed = run_ansible("inventory", "-i", source(), "--list", "--yaml")
    assert "__ansible" not in completed.stdout
    assert "!unsafe" not in completed.stdout
    assert "sms-test" in yaml.safe_load(completed.stdout)["all"]["children"]["sms"]["hosts"]


def test_the_example_is_shown_plainly_as_awx_asks_for_it(source, run_ansible, tmp_path):
    completed = run_ansible(
        *("inventory", "--list", "--export", "-i", source(), "--playbook-dir", tmp_path),
        ANSIBLE_INVENTORY_UNPARSED_FAILED="True",
        ANSIBLE_HOST_PATTERN_MISMATCH="error",
    )
    assert completed.returncode == 0
    assert "__ansible" not in completed.stdout
    assert json.loads(completed.stdout)["_meta"]["hostvars"]["sms-test"]["sms_state"] == "finished"


@pytest.mark.parametrize(
    "text", ["a { b", "a } b", "{{ x }}", "#jinja2:variable_start_string:'[%'", "lookup('pipe', 'x')", "a\nb", "x()"]
)
def test_a_string_that_may_hold_a_template_stays_unsafe(emulator, source, listed, text):
    emulator.replace_fleet([{"id": "1", "name": "web", "hostname": text, "deep": {"list": [text, "plain"]}}])
    hostvars = listed(source(compose={"copied": "sms_hostname"}))["_meta"]["hostvars"]["web"]
    unsafe = {"__ansible_unsafe": text}
    assert hostvars["sms_hostname"] == hostvars["copied"] == unsafe
    assert hostvars["sms_deep"] == {"list": [unsafe, "plain"]}


@pytest.mark.parametrize("text", ["", "plain", "100 %", "a-b_c.d:e/f,g+h@i|j", "ünïcödé"])
def test_a_string_that_cannot_hold_a_template_is_plain(emulator, source, listed, text):
    emulator.replace_fleet([{"id": "1", "name": "web", "hostname": text}])
    assert listed(source())["_meta"]["hostvars"]["web"]["sms_hostname"] == text


@pytest.mark.parametrize("value", ["pc-\ud83d", ["\udfff"], {"\ud800": 1}])
def test_half_characters_do_not_end_what_awx_runs(emulator, source, run_ansible, tmp_path, value):
    emulator.replace_fleet([{"id": "1", "name": "web", "hostname": value}])
    completed = run_ansible("inventory", "-i", source(), "--list", "--export", "--output", "o.json")
    assert completed.returncode == 0, completed.stderr
    assert "Unexpected Exception" not in completed.stderr
    assert "\ufffd" in json.dumps(json.loads((tmp_path / "o.json").read_text()), ensure_ascii=False)


def test_a_number_that_json_cannot_hold_is_null(emulator, source, run_ansible):
    text = '{"count": 1, "source_servers": [{"id": "1", "name": "web", "size": 1e400}]}'
    emulator.faults({"kind": "body", "text": text})
    completed = run_ansible("inventory", "-i", source(), "--list")
    assert "Infinity" not in completed.stdout
    assert json.loads(completed.stdout)["_meta"]["hostvars"]["web"]["sms_size"] is None


@pytest.mark.parametrize("name", ["__ansible_unsafe", "__ansible_vault", "__ansible_type", "_meta"])
def test_a_server_named_like_a_mark_of_json_takes_no_variables_away(emulator, source, listed, name):
    emulator.replace_fleet([{"id": "1", "name": name}, {"id": "2", "name": "web"}])
    hostvars = listed(source())["_meta"]["hostvars"]
    assert set(hostvars) == {f"{name}_1", "web"}
    assert hostvars["web"]["sms_id"] == "2"
