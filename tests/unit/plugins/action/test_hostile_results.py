# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remote text in the results of actions and roles is evaluated nowhere that a play evaluates anything."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.utils.unsafe_proxy import AnsibleUnsafeText
from ansible_collections.huaweicloud.sms.plugins.plugin_utils import _trust

pytestmark = pytest.mark.core

COMMAND = "lookup('pipe', 'touch executed')"
HEADER = "jinja2:variable_start_string:'[[', variable_end_string:']]'\n"
# What is dangerous by itself, then what is so only behind a literal or another text.
TEXTS = {
    "expression": COMMAND,
    "quote": f"' == 'a' or {COMMAND} or '",
    "template": f"{{{{ {COMMAND} }}}}",
    "headed": f"#{HEADER}[[ {COMMAND} ]]",
    "header": f"{HEADER}[[ {COMMAND} ]]",
    "brace": "{",
    "closing": f"{{ {COMMAND} }}}}",
    "hash": "#jinja2",
    "tail": f"{HEADER.removeprefix('jinja2')}[[ {COMMAND} ]]",
}
# Where each action and role has remote text: the text number n of its result.
ACTIONS = {
    "preflight": "r_preflight.servers[{n}].name",
    "report": "r_report.summary.by_state_and_cycle[{n}].state",
    "wait_for_cycle": "r_wait_for_cycle.servers[{n}].name",
    "source_server_info": "r_source_server_info.source_servers[{n}].name",
    "the role preflight": "preflight_result.servers[{n}].name",
    "the role report": "report_result.summary.by_state_and_cycle[{n}].state",
    "the role wait_for_cycle": "wait_for_cycle_result.servers[{n}].name",
}
# All actions give their results one way: two of them are tried in full, the others and the roles in short.
IN_FULL = ("preflight", "source_server_info")
ROLES = ("preflight", "report", "wait_for_cycle")


def options_of(name):
    return {"preflight": {"fail_on": []}, "wait_for_cycle": {"cycles": ["cutovered"]}}.get(name, {})


def role_variables(connection):
    given = {f"{role}_{option}": value for role in ROLES for option, value in options_of(role).items()}
    return {**given, **{f"{role}_connection": connection for role in ROLES}}


def asking(connection):
    """The tasks that leave the results behind."""
    modules = ("preflight", "report", "wait_for_cycle", "source_server_info")
    tasks = [
        {f"huaweicloud.sms.{name}": {**connection, **options_of(name)}, "register": f"r_{name}"} for name in modules
    ]
    return [*tasks, *({"import_role": {"name": f"huaweicloud.sms.{role}"}} for role in ROLES)]


def evaluating(text):
    """Tasks that hand a text to each keyword that Ansible evaluates."""
    debug = {"debug": {"msg": "never"}}
    return [
        {**debug, "when": text},
        {"assert": {"that": text}},
        {**debug, "failed_when": text},
        {**debug, "changed_when": text},
        {**debug, "until": text, "retries": 1, "delay": 0},
        {"debug": {"msg": "{{ item }}"}, "loop": [text]},
        {"debug": {"msg": "{{ held }}"}, "vars": {"held": text}},
        {"raw": "true", "environment": {"TEXT": text}},
        {"debug": {"var": text}},
        {"set_fact": {"fact": text}},
        {"debug": {"msg": "{{ fact }}, {{ fact ~ fact }}"}},
        {**debug, "when": "fact"},
    ]


def evaluating_in_short(text):
    return [task for task in evaluating(text) if {"when", "set_fact"} & {*task} or "var" in task.get("debug", {})]


def texts_of(place):
    """Each text alone, then the joins that make a whole of two halves."""
    numbers = {name: n for n, name in enumerate(TEXTS)}
    one = {name: f"{{{{ {place.format(n=n)} }}}}" for name, n in numbers.items()}
    yield from (one[name] for name in ("expression", "template", "headed"))
    yield f"'{one['quote']}' == 'web'"
    yield f"#{one['header']}"
    yield f"{one['brace']}{one['closing']}"
    yield f"{one['hash']}{one['tail']}"


@pytest.fixture
def fleet(emulator):
    """Servers whose names are the texts, in the order of all results."""
    records = [
        {"id": f"{n}", "name": text, "state": text, "migration_cycle": "cutovered"}
        for n, text in enumerate(TEXTS.values())
    ]
    emulator.replace_fleet(records)
    return records


@pytest.mark.slow
def test_no_text_in_a_result_is_evaluated(fleet, connection, run_ansible, tmp_path):
    tasks = [
        task
        for name, place in ACTIONS.items()
        for text in texts_of(place)
        for task in (evaluating if name in IN_FULL else evaluating_in_short)(text)
    ]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": role_variables(connection),
        "tasks": [
            *asking(connection),
            *({**task, "ignore_errors": True} for task in tasks),
            {"debug": {"msg": "came to the end"}},
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    completed = run_ansible("playbook", "play.yml")
    assert "came to the end" in completed.stdout, completed.stdout + completed.stderr
    assert not list(tmp_path.rglob("executed"))


def test_every_place_has_remote_text(fleet, connection, run_ansible, tmp_path):
    """Without which the test above could not fail."""
    places = [place.format(n=n) for place in ACTIONS.values() for n in range(len(TEXTS))]
    content = "{{ [" + ", ".join(places) + "] | to_json }}"
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": role_variables(connection),
        "tasks": [*asking(connection), {"copy": {"content": content, "dest": "seen.json", "mode": "0600"}}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    completed = run_ansible("playbook", "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert sorted(seen) == sorted([*TEXTS.values()] * len(ACTIONS))


def is_evaluated(text):
    """Whether Ansible would take a template in this text for one."""
    if _trust.trust_as_template:
        from ansible.template import is_trusted_as_template

        return is_trusted_as_template(text)
    return not isinstance(text, AnsibleUnsafeText)


def test_untrusted_data_is_a_copy_with_no_trusted_text_in_it():
    trusted = (_trust.trust_as_template or str)("{{ 1 }}")
    data = {trusted: [trusted, {"deep": (trusted, None, 1.5, True)}]}
    copy = _trust.untrusted(data)
    assert copy == {"{{ 1 }}": ["{{ 1 }}", {"deep": ["{{ 1 }}", None, 1.5, True]}]}
    [(key, (text, inner))] = copy.items()
    assert [is_evaluated(part) for part in (key, text, *inner, inner["deep"][0])] == [False] * 4
    assert is_evaluated(trusted)
