# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random hostile text in every field, in every place where a play evaluates: nothing of it runs."""

from __future__ import annotations

import random

import pytest
import yaml

pytestmark = pytest.mark.core

CALL = "lookup('pipe', 'touch executed')"
# Whole attacks, and pieces that make one when they are joined.
FRAGMENTS = [
    *(CALL, f"{{{{ {CALL} }}}}", f"{{% if {CALL} %}}{{% endif %}}", "{", "}", f"{{ {CALL} }}}}", "{{", "}}", "{%", "#"),
    f"jinja2:variable_start_string:'[[', variable_end_string:']]'\n[[ {CALL} ]]",
    *("#jinja2", ":variable_start_string:'[[', variable_end_string:']]'\n", f"[[ {CALL} ]]", "jinja2:"),
    *(
        f"' == 'a' or {CALL} or '",
        f"x' or {CALL} or 'x",
        f'" or {CALL} or "',
        f"a) or ({CALL}",
        f"[{CALL}]",
        "!unsafe x",
    ),
    *(f"sms_name or {CALL}", "hostvars", "omit", "\n", " ", "web", "7*7", "not", f"a if {CALL} else b", "\\"),
]
FIELDS = ("name", "hostname", "os_version", "state_text", "ip_text")

# Every keyword with one field, with two side by side, and with text of the user's around it.
TEXTS = [
    *("{{ sms_name }}", "#{{ sms_name }}", "{{ sms_name }}{{ sms_hostname }}", "{{ sms_os_version }}: {{ sms_name }}"),
    *("'{{ sms_hostname }}' == 'web'", "{{ sms_state_text ~ sms_ip_text }}", "{{ sms_deep.list[0] }}"),
]


def tasks_for(text):
    """Tasks that evaluate a text in every way."""
    tasks = [
        {"debug": {"msg": "x"}, "when": text},
        {"assert": {"that": text, "quiet": True}},
        {"debug": {"msg": "x"}, "failed_when": text},
        {"debug": {"msg": "x"}, "changed_when": text},
        {"debug": {"msg": "x"}, "until": text, "retries": 1, "delay": 0},
        {"debug": {"msg": "{{ item }}"}, "loop": [text]},
        {"debug": {"msg": "{{ made }}"}, "vars": {"made": text}},
        {"debug": {"var": text}},
        {"debug": {"msg": text}, "environment": {"SMS": text}},
        {"set_fact": {"ticket": text}},
        {"debug": {"msg": "{{ ticket }}"}, "when": "ticket is defined"},
        {"debug": {"msg": "x"}, "when": "{{ ticket | default(false) }}"},
        {"debug": {"msg": "{{ group_names }} {{ groups }} {{ inventory_hostname }}"}},
    ]
    return [{**task, "ignore_errors": True} for task in tasks]


def hostile_server(number, chance):
    """A server whose texts are random joins of fragments, keys of structures included."""

    def text():
        return "".join(chance.choices(FRAGMENTS, k=chance.randint(1, 3)))

    deep = {"list": [text(), {text(): text()}], text(): text()}
    return {"id": f"{number}", **{field: text() for field in FIELDS}, "deep": deep, "ip": text(), "state": text()}


@pytest.mark.slow
@pytest.mark.parametrize(("servers", "seed"), [(3, 11), pytest.param(6, 12, marks=pytest.mark.exhaustive)])
def test_nothing_that_a_server_says_runs_in_any_keyword(emulator, source, run_ansible, tmp_path, servers, seed):
    chance = random.Random(seed)
    emulator.replace_fleet([hostile_server(number, chance) for number in range(servers)])
    path = source(
        group_by=["state", "os_version"],
        compose={"joined": "sms_name ~ sms_hostname", "copied": "sms_deep"},
        keyed_groups=[{"key": "sms_hostname", "prefix": "h"}, {"key": "sms_os_version", "separator": ""}],
        groups={"same": "sms_name == sms_hostname"},
        hostnames=["sms_name ~ sms_hostname"],
    )
    tasks = [task for text in [*TEXTS, "{{ joined }}", "{{ copied.list[0] }}"] for task in tasks_for(text)]
    play = [{"hosts": "sms", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play, width=10_000))
    completed = run_ansible("playbook", "-i", path, "play.yml")
    recap = completed.stdout.partition("PLAY RECAP")[2]
    assert recap.count("unreachable=0") == servers, completed.stdout[-2000:] + completed.stderr[-2000:]
    assert recap.count("failed=0") == servers
    assert not list(tmp_path.rglob("executed"))
