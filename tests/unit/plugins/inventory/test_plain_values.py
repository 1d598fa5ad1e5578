# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Harmless strings are shown plainly by ``ansible-inventory --list``, on every version of Ansible."""

from __future__ import annotations

import json

import pytest
import yaml

pytestmark = pytest.mark.core

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


def servers_with(hostnames, **fields):
    return [{"id": f"{n}", "name": f"web-{n}", "hostname": name, **fields} for n, name in enumerate(hostnames)]


def test_a_string_that_may_hold_a_template_stays_unsafe(emulator, source, listed):
    texts = ["a { b", "a } b", "{{ x }}", "#jinja2:variable_start_string:'[%'", "lookup('pipe', 'x')", "a\nb", "x()"]
    records = servers_with(texts)
    emulator.replace_fleet([{**record, "deep": {"list": [record["hostname"], "plain"]}} for record in records])
    hostvars = listed(source(compose={"copied": "sms_hostname"}))["_meta"]["hostvars"]
    for number, text in enumerate(texts):
        unsafe, shown = {"__ansible_unsafe": text}, hostvars[f"web-{number}"]
        assert shown["sms_hostname"] == shown["copied"] == unsafe
        assert shown["sms_deep"] == {"list": [unsafe, "plain"]}


def test_a_string_that_cannot_hold_a_template_is_plain(emulator, source, listed):
    texts = ["", "plain", "100 %", "a-b_c.d:e/f,g+h@i|j", "ünïcödé"]
    emulator.replace_fleet(servers_with(texts))
    hostvars = listed(source())["_meta"]["hostvars"]
    assert [hostvars[f"web-{number}"]["sms_hostname"] for number in range(len(texts))] == texts


def test_half_characters_do_not_end_what_awx_runs(emulator, source, run_ansible, tmp_path):
    values = ["pc-\ud83d", ["\udfff"], {"\ud800": 1}]
    emulator.replace_fleet(servers_with(values))
    completed = run_ansible("inventory", "-i", source(), "--list", "--export", "--output", "o.json")
    assert completed.returncode == 0, completed.stderr
    assert "Unexpected Exception" not in completed.stderr
    hostvars = json.loads((tmp_path / "o.json").read_text())["_meta"]["hostvars"]
    assert len(hostvars) == len(values)
    assert all("\ufffd" in json.dumps(shown, ensure_ascii=False) for shown in hostvars.values())


def test_a_number_that_json_cannot_hold_is_null(emulator, source, run_ansible):
    text = '{"count": 1, "source_servers": [{"id": "1", "name": "web", "size": 1e400}]}'
    emulator.faults({"kind": "body", "text": text})
    completed = run_ansible("inventory", "-i", source(), "--list")
    assert "Infinity" not in completed.stdout
    assert json.loads(completed.stdout)["_meta"]["hostvars"]["web"]["sms_size"] is None


def test_a_server_named_like_a_mark_of_json_takes_no_variables_away(emulator, source, listed):
    names = ["__ansible_unsafe", "__ansible_vault", "__ansible_type", "_meta", "web"]
    emulator.replace_fleet([{"id": f"{number}", "name": name} for number, name in enumerate(names)])
    hostvars = listed(source())["_meta"]["hostvars"]
    assert {name: shown["sms_id"] for name, shown in hostvars.items()} == {
        **{f"{name}_{number}": f"{number}" for number, name in enumerate(names[:-1])},
        "web": "4",
    }
