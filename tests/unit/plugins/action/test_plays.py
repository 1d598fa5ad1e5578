# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions in plays, by the program ``ansible-playbook``: the environment of a play, and how failures look."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.huaweicloud.sms.tests.unit.plugins.hostile_server import serving

pytestmark = pytest.mark.core

ACTIONS = {
    "preflight": {"fail_on": []},
    "report": {"path": "written"},
    "wait_for_cycle": {"servers": ["sms-test"], "cycles": ["cutovered"]},
}
NOWHERE = "http://127.0.0.1:9"
SECRET = "not-to-be-shown"


@pytest.fixture
def run_plays(run_ansible, tmp_path):
    """Runs plays on this machine, in one playbook, and gives the completed process."""

    def run(*plays, options=(), environ=None):
        content = [{"hosts": "localhost", "gather_facts": False, **play} for play in plays]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(content, sort_keys=False))
        return run_ansible("playbook", "play.yml", *options, **(environ or {}))

    return run


def task(name, options=None, **keywords):
    return {"name": f"Run {name}", f"huaweicloud.sms.{name}": {**ACTIONS[name], **(options or {})}, **keywords}


def tasks(options=None, **keywords):
    return [task(name, options, **keywords) for name in ACTIONS]


def printed_by(completed):
    """What the task of each action printed, in the order of the actions."""
    parts = completed.stdout.split("TASK [Run ")[1:]
    assert [part.partition("]")[0] for part in parts] == [*ACTIONS], completed.stdout
    return parts


def test_the_environment_of_play_block_and_task_counts_the_innermost_most(run_plays, emulator):
    completed = run_plays(
        {
            "tasks": [
                {
                    "block": tasks(environment={"HUAWEICLOUD_SMS_ENDPOINT": "{{ url }}"}),
                    "environment": {"HUAWEICLOUD_SMS_ENDPOINT": NOWHERE, "HW_AUTH_TOKEN": "{{ token }}"},
                }
            ],
            "environment": {"HW_AUTH_TOKEN": "another"},
            "vars": {"url": emulator.url, "token": emulator.token},
        },
        environ={"HUAWEICLOUD_SMS_ENDPOINT": NOWHERE},
    )
    assert completed.returncode == 0, completed.stdout
    assert f"ok={len(ACTIONS)} " in completed.stdout
    assert emulator.token not in completed.stdout + completed.stderr


def test_a_filter_may_come_from_the_environment_of_a_play_too(run_plays, emulator):
    environment = {"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HW_AUTH_TOKEN": emulator.token}
    run_plays(
        *(
            {
                "tasks": [task(name, ignore_errors=True)],
                "environment": {**environment, "HW_ENTERPRISE_PROJECT_ID": number},
            }
            for number, name in enumerate(ACTIONS)
        )
    )
    queries = [dict(map(tuple, request["query"])) for request in emulator.requests()]
    assert [*dict.fromkeys(query.get("enterprise_project_id") for query in queries)] == ["0", "1", "2"]


def test_the_proxy_of_a_plays_environment_is_the_one_that_is_asked(run_plays):
    asked = []

    def answer(peer):
        asked.append(peer.request)
        peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with serving(answer) as proxy:
        environment = {
            "HUAWEICLOUD_SMS_ENDPOINT": "https://sms.ap-southeast-3.myhuaweicloud.com",
            "HW_AUTH_TOKEN": "token",
            "https_proxy": proxy.url,
        }
        completed = run_plays({"tasks": tasks({"retries": 0}, environment=environment, ignore_errors=True)})
    assert f"ignored={len(ACTIONS)} " in completed.stdout
    assert len(asked) == len(ACTIONS)
    for request in asked:
        assert request.startswith(b"CONNECT sms.ap-southeast-3.myhuaweicloud.com:443")


def test_the_environment_of_one_item_of_a_loop_is_not_that_of_the_next(run_plays, emulator):
    looped = {
        "loop": [{"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HW_AUTH_TOKEN": emulator.token}, {}],
        "environment": "{{ item }}",
        "no_log": True,
        "register": "results",
        "ignore_errors": True,
    }
    shown = {"debug": {"msg": "{{ results.results[0].failed | default(false) }}, {{ results.results[1].msg }}"}}
    completed = run_plays({"tasks": [one for name in ACTIONS for one in (task(name, **looped), shown)]})
    for printed in printed_by(completed):
        assert "False, Where is SMS?" in printed


def test_a_variable_that_no_environment_can_hold_is_named(run_plays):
    completed = run_plays({"tasks": tasks(environment={"HW_AUTH_TOKEN": "a\0b"}, ignore_errors=True)})
    for printed in printed_by(completed):
        assert "HW_AUTH_TOKEN" in printed
        assert "no environment variable" in printed
    assert "Traceback" not in completed.stdout + completed.stderr


FAILURES = {
    "an option that cannot be used": {"endpoint": "http://sms.example", "token": "{{ secret }}"},
    "no credentials": {"endpoint": NOWHERE},
    "an option of another type": {"endpoint": NOWHERE, "token": "{{ secret }}", "timeout": "soon"},
    "an unknown option": {"endpoint": NOWHERE, "token": "{{ secret }}", "tokn": "x"},
    "a service that is not there": {"endpoint": NOWHERE, "token": "{{ secret }}", "retries": 0},
}


def test_a_failure_is_one_message_without_a_traceback_at_any_verbosity(run_plays):
    # The secret is not in the playbook, of which Ansible shows some lines where a task fails.
    failing = [one for options in FAILURES.values() for one in tasks(options, ignore_errors=True)]
    completed = run_plays({"tasks": failing}, options=["-vvv", "-e", f"secret={SECRET}"])
    printed = completed.stdout + completed.stderr
    assert f"ignored={len(failing)} " in completed.stdout
    assert printed.count("FAILED!") == len(failing)
    for words in ("Traceback", "An exception occurred", '"exception"', SECRET):
        assert words not in printed
