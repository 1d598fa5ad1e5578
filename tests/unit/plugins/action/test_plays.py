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


@pytest.fixture(params=ACTIONS)
def name(request):
    return request.param


@pytest.fixture
def play(run_ansible, tmp_path):
    """Runs tasks as a play, and gives the completed process."""

    def run(*tasks, options=(), environ=None, **keywords):
        content = {"hosts": "localhost", "gather_facts": False, **keywords, "tasks": [*tasks]}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([content], sort_keys=False))
        return run_ansible("playbook", "play.yml", *options, **(environ or {}))

    return run


def task(name, **keywords):
    return {f"huaweicloud.sms.{name}": dict(ACTIONS[name]), **keywords}


def test_the_environment_of_play_block_and_task_counts_the_innermost_most(play, name, emulator):
    completed = play(
        {
            "block": [task(name, environment={"HUAWEICLOUD_SMS_ENDPOINT": "{{ url }}"})],
            "environment": {"HUAWEICLOUD_SMS_ENDPOINT": NOWHERE, "HW_AUTH_TOKEN": "{{ token }}"},
        },
        environment={"HW_AUTH_TOKEN": "another"},
        vars={"url": emulator.url, "token": emulator.token},
        environ={"HUAWEICLOUD_SMS_ENDPOINT": NOWHERE},
    )
    assert completed.returncode == 0, completed.stdout
    assert emulator.token not in completed.stdout + completed.stderr


def test_a_filter_may_come_from_the_environment_of_a_play_too(play, name, emulator, connection):
    environment = {"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HW_AUTH_TOKEN": emulator.token}
    play(task(name), environment={**environment, "HW_ENTERPRISE_PROJECT_ID": 7})
    assert ["enterprise_project_id", "7"] in emulator.requests()[0]["query"]


def test_the_proxy_of_a_plays_environment_is_the_one_that_is_asked(play, name):
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
        asking = task(name, environment=environment)
        asking[f"huaweicloud.sms.{name}"]["retries"] = 0
        completed = play(asking)
    assert completed.returncode != 0
    assert asked
    assert asked[0].startswith(b"CONNECT sms.ap-southeast-3.myhuaweicloud.com:443")


def test_the_environment_of_one_item_of_a_loop_is_not_that_of_the_next(play, name, emulator):
    completed = play(
        task(
            name,
            loop=[{"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HW_AUTH_TOKEN": emulator.token}, {}],
            environment="{{ item }}",
            no_log=True,
            register="results",
            ignore_errors=True,
        ),
        {"debug": {"msg": "{{ results.results[0].failed | default(false) }}, {{ results.results[1].msg }}"}},
    )
    assert "False, Where is SMS?" in completed.stdout, completed.stdout


def test_a_variable_that_no_environment_can_hold_is_named(play, name):
    completed = play(task(name, environment={"HW_AUTH_TOKEN": "a\0b"}))
    assert "HW_AUTH_TOKEN" in completed.stdout
    assert "no environment variable" in completed.stdout
    assert "Traceback" not in completed.stdout + completed.stderr


FAILURES = {
    "an option that cannot be used": {"endpoint": "http://sms.example", "token": "{{ secret }}"},
    "no credentials": {"endpoint": NOWHERE},
    "an option of another type": {"endpoint": NOWHERE, "token": "{{ secret }}", "timeout": "soon"},
    "an unknown option": {"endpoint": NOWHERE, "token": "{{ secret }}", "tokn": "x"},
    "a service that is not there": {"endpoint": NOWHERE, "token": "{{ secret }}", "retries": 0},
}


def failing(name, options):
    shown = task(name, ignore_errors=True)
    shown[f"huaweicloud.sms.{name}"].update(options)
    return shown


def test_a_failure_is_one_message_without_a_traceback_at_any_verbosity(play, name):
    # Not in the playbook, of which Ansible shows some lines where a task fails.
    completed = play(
        *(failing(name, options) for options in FAILURES.values()), options=["-vvv", "-e", f"secret={SECRET}"]
    )
    printed = completed.stdout + completed.stderr
    assert f"ignored={len(FAILURES)} " in completed.stdout
    assert printed.count("FAILED!") == len(FAILURES)
    for words in ("Traceback", "An exception occurred", '"exception"', SECRET):
        assert words not in printed
