# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options speed_rules and options of the action task: set, read back, and reported if SMS did not keep them."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.http import _retries
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._configuration import Configuration
from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.task_support import TARGET, server

DAY = {"start": "08:00", "end": "18:00", "speed": 50}
SENT_DAY = {"start": "08:00", "end": "18:00", "speed": 50, "over_speed_threshold": 10}
SPEED, SETTINGS = "speed-limit", "configuration-setting"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(_retries, "FIRST_WAIT", 0.01)


@pytest.fixture
def emulator(running_emulator):
    running_emulator.reset()
    running_emulator.set(attended=False)
    running_emulator.replace_fleet([server("web"), server("db")])
    return running_emulator


@pytest.fixture
def task(act):
    def run(state="present", *, servers=("web", "db"), **options):
        return act("task", state=state, servers=list(servers), **options)

    return run


@pytest.fixture
def with_tasks(emulator, task):
    assert not task(target=TARGET).failed
    emulator.clear_requests()


def requests(emulator):
    """The last parts of the paths of the requests about one task, with the method."""
    return [(one["method"], one["path"].rpartition("/")[2]) for one in emulator.requests()]


def sent(emulator, part):
    """The bodies of the requests that changed something of that kind."""
    changes = [one for one in emulator.requests() if one["method"] == "POST" and one["path"].endswith(part)]
    return [json.loads(one["body"]) for one in changes]


def rows(outcome):
    return [(one["outcome"], one["changed"], one["failed"]) for one in outcome.result["servers"]]


def test_a_new_task_gets_its_rules_and_settings_before_it_is_started(emulator, task):
    outcome = task("started", servers=["web"], target=TARGET, speed_rules=[DAY], options={"LINUX_CPU_LIMIT": 20})
    assert not outcome.failed, outcome.result["msg"]
    modifying = [one for one in requests(emulator) if one[0] == "POST"]
    assert modifying == [("POST", "tasks"), ("POST", SPEED), ("POST", SETTINGS), ("POST", "action")]
    assert sent(emulator, SPEED) == [{"speed_limit": [SENT_DAY]}]
    assert sent(emulator, SETTINGS) == [{"configurations": [{"config_key": "LINUX_CPU_LIMIT", "config_value": "20"}]}]
    assert outcome.result["servers"][0]["msg"] == (
        "Task created, started. Set speed_rules: 08:00 to 18:00 50 Mbit/s, LINUX_CPU_LIMIT: 20. It is being replicated."
    )


@pytest.mark.usefixtures("with_tasks")
def test_an_existing_task_gets_them_once(emulator, task):
    options = {"speed_rules": [DAY], "options": {"MIGRATE_EXCLUDE_DIR": "/var/cache"}}
    first = task(**options)
    assert rows(first) == [("done", True, False)] * 2
    assert first.result["servers"][0]["msg"].startswith("Set speed_rules: 08:00 to 18:00 50 Mbit/s, MIGRATE_EXCLUDE")
    emulator.clear_requests()
    again = task(**options)
    assert rows(again) == [("unchanged", False, False)] * 2
    assert again.result["to_change"] == 0
    assert not sent(emulator, SPEED)
    assert not sent(emulator, SETTINGS)


@pytest.mark.usefixtures("with_tasks")
def test_no_rules_remove_those_that_are_there(emulator, task):
    task(speed_rules=[DAY])
    outcome = task(speed_rules=[])
    assert sent(emulator, SPEED)[-1] == {"speed_limit": []}
    assert outcome.result["servers"][0]["msg"] == "Set speed_rules: no rules. It has a task."


@pytest.mark.usefixtures("with_tasks")
def test_what_is_not_given_is_neither_read_nor_changed(emulator, task):
    task()
    assert not [one for one in requests(emulator) if one[1] in (SPEED, SETTINGS)]


@pytest.mark.usefixtures("with_tasks")
def test_check_mode_says_what_would_be_set(emulator, act):
    outcome = act("task", check_mode=True, state="present", servers=["web", "db"], speed_rules=[DAY])
    assert rows(outcome) == [("done", True, False)] * 2
    assert outcome.result["servers"][0]["msg"] == "Would set speed_rules: 08:00 to 18:00 50 Mbit/s."
    assert not sent(emulator, SPEED)


@pytest.mark.usefixtures("with_tasks")
def test_a_server_has_rules_of_its_own(emulator, task):
    night = {"start": "20:00", "end": "23:59", "speed": 500}
    task(servers=["web", {"name": "db", "settings": {"speed_rules": [night]}}], speed_rules=[DAY])
    assert sorted(one["speed_limit"][0]["speed"] for one in sent(emulator, SPEED)) == [50, 500]


@pytest.mark.usefixtures("with_tasks")
@pytest.mark.parametrize("names", ["older", "refused"])
def test_a_region_with_the_older_names_gets_these(emulator, task, names):
    emulator.set(configuration_names=names)
    options = {"MIGRATE_EXCLUDE_DIR": "/var/cache", "LINUX_CPU_LIMIT": 20}
    if names == "refused":
        del options["LINUX_CPU_LIMIT"]
    outcome = task(servers=["web"], options=options)
    assert rows(outcome) == [("done", True, False)], outcome.result["msg"]
    assert sent(emulator, SETTINGS)[1] == {
        "configurations": [{"config_key": "EXCLUDE_MIGRATE_PATH", "config_value": "/var/cache"}]
    }
    assert rows(task(servers=["web"], options=options)) == [("unchanged", False, False)]


@pytest.mark.usefixtures("with_tasks")
def test_a_region_with_the_newer_names_takes_the_older_ones(emulator, task):
    assert rows(task(servers=["web"], options={"EXCLUDE_MIGRATE_PATH": "/var"})) == [("done", True, False)]


@pytest.mark.usefixtures("with_tasks")
def test_what_sms_did_not_keep_fails_the_server(emulator, task):
    emulator.faults({"kind": "body", "body": {"configurations": []}, "path": "/v3/tasks/*/configuration-setting"})
    outcome = task(servers=["web"], options={"LINUX_CPU_LIMIT": 20})
    assert rows(outcome) == [("unknown", True, True)]
    assert outcome.result["servers"][0]["msg"] == (
        "SMS does not have what was requested: LINUX_CPU_LIMIT is not set, not 20. SMS accepted the request and ignored"
        " that part."
    )


def test_a_task_whose_rules_were_not_kept_is_not_started(emulator, task):
    emulator.faults({"kind": "body", "body": {"speed_limit": []}, "path": "/v3/tasks/*/speed-limit"})
    outcome = task("started", servers=["web"], target=TARGET, speed_rules=[DAY])
    assert rows(outcome) == [("unknown", True, True)]
    assert ("POST", "action") not in requests(emulator)


@pytest.mark.usefixtures("with_tasks")
def test_a_lost_answer_is_made_up_for_by_reading(emulator, task):
    emulator.faults({"kind": "drop", "path": "/v3/tasks/*/speed-limit", "method": "POST", "after": True})
    assert rows(task(servers=["web"], speed_rules=[DAY])) == [("done", True, False)]
    assert len(sent(emulator, SPEED)) == 1


@pytest.mark.usefixtures("with_tasks")
def test_a_refused_request_changes_nothing(emulator, task):
    emulator.set(denied=["sms:server:updateTaskSpeedLimit"])
    outcome = task(servers=["web"], speed_rules=[DAY])
    assert rows(outcome) == [("failed", False, True)]
    assert "lack a permission: replacing them needs sms:server:updateTaskSpeedLimit" in outcome.result["msg"]


@pytest.mark.usefixtures("with_tasks")
def test_rules_in_other_spellings_are_those_that_are_there(emulator, task):
    padded = [{"start": "08:00", "end": "18:00", "speed": 50, "over_speed_threshold": 10.0}]
    emulator.faults(
        {
            "kind": "body",
            "body": {"speed_limit": [{"start": "8:00", "end": "18:00", "speed": 50}]},
            "path": "/v3/tasks/*/speed-limit",
            "method": "GET",
        }
    )
    assert rows(task(servers=["web"], speed_rules=padded)) == [("unchanged", False, False)]


def test_a_goal_that_creates_nothing_takes_no_rules(task):
    outcome = task("paused", speed_rules=[DAY])
    assert outcome.result["msg"] == "speed_rules has no meaning with state: paused, only with present or started."


def rule(**values):
    return {"speed_rules": [{**DAY, **values}]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (rule(start="8 am"), "start: 8 am is no time of the day"),
        (rule(end="24:00"), "end: 24:00 is no time of the day"),
        (rule(end="18:60"), "end: 18:60 is no time of the day"),
        (rule(end="1440"), "end: 1440 is no time of the day"),
        (rule(end="08:00"), "a rule ends at 08:00, which is not after its start at 08:00. For a night, give two rules"),
        (rule(speed=1001), "speed: 1001 is not between 0 and 1000"),
        (rule(speed=-1), "speed: -1 is not between 0 and 1000"),
        (rule(over_speed_threshold=9.9), "over_speed_threshold: 9.9 is not between 10 and 100"),
        (rule(over_speed_threshold=float("nan")), "over_speed_threshold: nan is not between 10 and 100"),
        ({"speed_rules": [DAY, {**DAY, "start": "17:59", "end": "19:00"}]}, "from 08:00 and from 17:59 overlap"),
        ({"speed_rules": [DAY] * 6}, "SMS takes 5 rules at most, and 6 are given"),
        ({"options": {"MIGRATE_EXCLUDE_DIRS": "/x"}}, "is no key of a configuration setting: did you mean MIGRATE_EX"),
        ({"options": {"x": "/x"}}, "x is no key of a configuration setting: the keys are MIGRATE_EXCLUDE_DIR, SYNC_"),
        ({"options": {"LINUX_CPU_LIMIT": 101}}, "LINUX_CPU_LIMIT: 101 is not between 1 and 100"),
        ({"options": {"LINUX_MEM_LIMIT": "1e3"}}, "LINUX_MEM_LIMIT: 1e3 is not between 200 and 1000"),
        ({"options": {"SYNC_EXCLUDE_DIR": ""}}, "SYNC_EXCLUDE_DIR has to have 1 to 1024 characters"),
        ({"options": {"SYNC_EXCLUDE_DIR": ["/a"]}}, "SYNC_EXCLUDE_DIR has to be a single value"),
        ({"options": {"SYNC_EXCLUDE_DIR": None}}, "SYNC_EXCLUDE_DIR has to be a single value"),
    ],
)
def test_what_cannot_be_used_is_refused(options, message):
    with pytest.raises(OptionsError) as caught:
        Configuration(options)
    assert message in str(caught.value)


@pytest.mark.parametrize(("given", "sent_start"), [("8:05", "08:05"), ("485", "08:05"), (" 08:05 ", "08:05")])
def test_times_are_those_that_yaml_may_make_of_them(given, sent_start):
    (first,) = Configuration(rule(start=given)).rules
    assert first.body()["start"] == sent_start


def test_rules_may_follow_one_another():
    rules = Configuration({"speed_rules": [{**DAY, "start": "18:00", "end": "23:59"}, DAY]}).rules
    assert [one.body()["start"] for one in rules] == ["08:00", "18:00"]


def test_a_boolean_is_written_as_the_service_writes_it():
    assert Configuration({"options": {"INSTALL_PWD_AGENT": False}}).values == {"INSTALL_PWD_AGENT": "false"}
