# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote data is never evaluated, and arrives in a play as it was sent."""

from __future__ import annotations

import base64
import json
import re

import pytest

pytestmark = pytest.mark.core

COMMAND = "lookup('pipe', 'touch executed')"
PAYLOADS = [
    f"{{{{ {COMMAND} }}}}",
    f"{{% set x = {COMMAND} %}}{{{{ x }}}}",
    f"{{% if {COMMAND} %}}x{{% endif %}}",
    f"#jinja2:variable_start_string:'[%', variable_end_string:'%]'\n[% {COMMAND} %]",
    f"#jinja2: line_statement_prefix:'%'\n% set x = {COMMAND}\n",
    f"}}}}{{{{ {COMMAND} }}}}{{{{",
    *("{{ 7*7 }}", "{{ no_such_variable }}", "{{ hostvars }}", "{{", "}}", "{%", "{#", "{# comment #}", "{", "}"),
    *("!unsafe x", "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00", "$ANSIBLE_VAULT;1.1;AES256\n00"),
    *("null", "yes", "0123", "1_000", "[1, 2]", "line\nbreak\ttab", "quotes '\" and \\", "${HOME}"),
    *("$(touch executed)", "__omit_place_holder__x"),
    *("", " ", "e\u0301", "🖥️", "\x00\x1b[31m"),
]
SHAPES = [
    {"__ansible_unsafe": "x"},
    {"__ansible_unsafe": f"{{{{ {COMMAND} }}}}"},
    {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00"},
    {"__ansible_type": "TrustedAsTemplate", "value": f"{{{{ {COMMAND} }}}}"},
    {f"{{{{ {COMMAND} }}}}": "key", "{{ 7*7 }}": ["{{ 7*7 }}", {"deep": "{{ 7*7 }}"}]},
]
PLAY = """
- hosts: sms
  gather_facts: false
  tasks:
    - debug:
        var: hostvars[inventory_hostname]
    - debug:
        msg: "<{{ hostvars[inventory_hostname] | to_json | b64encode }}>"
"""


def replaced(value, payload):
    """The value with every string in it replaced."""
    if isinstance(value, dict):
        return {key: replaced(item, payload) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, payload) for item in value]
    return payload if isinstance(value, str) else value


def unwrapped(value):
    """What ``ansible-inventory --list`` shows, without the marks of unsafe strings."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if "__ansible_unsafe" in value else {k: unwrapped(v) for k, v in value.items()}
    return [unwrapped(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def hostile(emulator):
    """A fleet with each payload in every string of a record, and with the shapes in a field; gives the records."""
    example = emulator.fleet()[0]
    records = [{**replaced(example, payload), "id": f"payload-{n}"} for n, payload in enumerate(PAYLOADS)]
    records += [{"id": f"shape-{n}", "name": "shape", "odd": shape} for n, shape in enumerate(SHAPES)]
    emulator.replace_fleet(records)
    return records


@pytest.fixture
def path(source, hostile):
    """An inventory file that uses the remote values in every way that there is."""
    return source(
        checks="all",
        hostnames=["id"],
        group_by=["state", "os_type", "migration_cycle", "os_version", "task_state", "task_type", "region_id"],
        compose={"copied": "sms_hostname", "joined": "sms_hostname ~ ''"},
        groups={"same": "sms_hostname == sms_name"},
        keyed_groups=[{"key": "sms_hostname", "prefix": "named"}],
        include_host_filters=["sms_hostname is not defined or sms_hostname == sms_name"],
    )


def in_play(completed):
    """The variables that a play saw, by host."""
    found = re.findall(r'ok: \[(.*?)\] => \{\s+"msg": "<(.*?)>"', completed.stdout)
    return {name: json.loads(base64.b64decode(text)) for name, text in found}


@pytest.mark.slow
def test_a_play_that_prints_everything_executes_nothing_and_sees_what_was_sent(hostile, path, run_ansible, tmp_path):
    (tmp_path / "play.yml").write_text(PLAY)
    completed = run_ansible("playbook", "-i", path, "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    seen = in_play(completed)
    for record in hostile:
        hostvars = seen[record["id"]]
        assert {field: hostvars[f"sms_{field}"] for field in record} == record
    assert not list(tmp_path.rglob("executed"))


def test_listing_executes_nothing_and_shows_what_was_sent(hostile, path, listed, tmp_path):
    hosts = listed(path)["_meta"]["hostvars"]
    for record in hostile[: len(PAYLOADS)]:
        hostvars = unwrapped(hosts[record["id"]])
        assert {field: hostvars[f"sms_{field}"] for field in record} == record
    assert len(hosts) == len(hostile)
    assert not list(tmp_path.rglob("executed"))


@pytest.mark.slow
def test_composed_values_are_not_evaluated_either(hostile, path, run_ansible, tmp_path):
    (tmp_path / "play.yml").write_text(PLAY)
    seen = in_play(run_ansible("playbook", "-i", path, "play.yml"))
    for record in hostile[:16]:
        assert seen[record["id"]]["copied"] == seen[record["id"]]["joined"] == record["hostname"]


def test_half_characters_are_shown_and_break_nothing(emulator, source, listed, run_ansible, tmp_path):
    emulator.replace_fleet([{"id": "1", "name": "web", "hostname": "half \ud800 {{ 7*7 }}"}])
    path = source()
    assert list(listed(path)["_meta"]["hostvars"]) == ["web"]
    (tmp_path / "play.yml").write_text(PLAY.split("    - debug:\n        msg", maxsplit=1)[0])
    completed = run_ansible("playbook", "-i", path, "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr


def test_hostile_names_of_fields_become_harmless_names_of_variables(emulator, inventory, tmp_path):
    emulator.replace_fleet([{"id": "1", "name": "web", f"{{{{ {COMMAND} }}}}": "x", "a b": "y"}])
    hostvars = inventory().hosts["web"]
    assert all(name.isidentifier() for name in hostvars)
    assert {"x", "y"} <= {value for value in hostvars.values() if isinstance(value, str)}
    assert not list(tmp_path.rglob("executed"))


EXPRESSION = "lookup('pipe', 'touch executed')"
EVALUATING_PLAY = """
- hosts: sms
  gather_facts: false
  tasks:
    - debug: {msg: never}
      when: "{{ sms_name }}"
      ignore_errors: true
    - assert: {that: "{{ sms_name }}"}
      ignore_errors: true
    - debug: {msg: never}
      failed_when: "{{ sms_name }}"
      ignore_errors: true
    - debug: {var: "{{ sms_name }}"}
      ignore_errors: true
    - set_fact: {ticket: "#{{ sms_hostname }}"}
      ignore_errors: true
    - debug: {msg: "{{ ticket }}"}
      ignore_errors: true
"""


def test_a_name_that_is_an_expression_runs_nowhere_that_a_play_evaluates(emulator, source, run_ansible, tmp_path):
    header = f"jinja2:variable_start_string:'[[', variable_end_string:']]'\n[[ {EXPRESSION} ]]"
    emulator.replace_fleet([{"id": "1", "name": EXPRESSION, "hostname": header}])
    (tmp_path / "play.yml").write_text(EVALUATING_PLAY)
    completed = run_ansible("playbook", "-i", source(hostnames=["id"]), "play.yml")
    assert "PLAY RECAP" in completed.stdout, completed.stdout + completed.stderr
    assert "ok=0" not in completed.stdout
    assert not list(tmp_path.rglob("executed"))
