# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of a Linux server with each service manager, and the script for Windows."""

from __future__ import annotations

import base64
import json
import re

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import ConflictError, ServerError
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.servers.machine import SHELLS, UUID, Machine

MANAGERS = ["systemd", "upstart", "service", "script"]


@pytest.fixture(params=SHELLS.values(), ids=SHELLS)
def shell(request):
    return request.param


@pytest.fixture(params=MANAGERS)
def machine(request, tmp_path, shell):
    return Machine(tmp_path, shell, request.param)


@pytest.fixture
def systemd(tmp_path, shell):
    return Machine(tmp_path, shell)


def test_the_states_of_all_services_take_one_command(machine):
    machine.service("app")
    machine.service("cron", "inactive")
    assert machine.server().states(["app", "cron", "app"]) == {"app": True, "cron": False}
    assert machine.commands == 1


def test_a_service_is_stopped_and_started(machine):
    machine.service("app")
    server = machine.server()
    assert server.stop("app") is True
    assert machine.state("app") == "inactive"
    assert server.is_running("app") is False
    assert server.stop("app") is False
    server.start("app")
    assert machine.state("app") == "active"
    server.start("app")


def test_a_service_that_does_not_exist_is_an_error_with_its_name(machine):
    machine.service("app")
    server = machine.server()
    for operation in (server.is_running, server.stop, server.start):
        with pytest.raises(ServerError, match="apq"):
            operation("apq")
    assert machine.log == []


def test_noise_changes_no_state(machine):
    machine.service("app")
    machine.service("cron", "inactive")
    machine.noise = "echo 'state stopped;'; echo LoadState=loaded ActiveState=inactive >&2"
    machine.terminal = True
    assert machine.server().states(["app", "cron"]) == {"app": True, "cron": False}


@pytest.mark.parametrize(
    "state", ["activating", "deactivating", "reloading", "maintenance", "unknown", "masked", "broken", ""]
)
def test_another_state_of_systemd_is_unknown(systemd, state):
    systemd.service("app", state)
    systemd.service("cron")
    server = systemd.server()
    with pytest.raises(ServerError, match=rf"app \(.*({state if state != 'broken' else 'D-Bus'})"):
        server.states(["cron", "app"])
    with pytest.raises(ServerError):
        server.stop("app")
    survey = server.survey(systemd.path, ["cron", "app"])
    assert survey.states == {"cron": True}
    assert list(survey.unknown) == ["app"]
    assert systemd.log == []


def test_a_failed_service_is_stopped(systemd):
    systemd.service("app", "failed")
    assert systemd.server().is_running("app") is False


def test_warnings_of_systemctl_change_no_state(systemd):
    systemd.service("app").with_name("app.warns").touch()
    assert systemd.server().is_running("app") is True


@pytest.mark.parametrize("manager", ["service", "script"])
@pytest.mark.parametrize("code", ["1", "2", "4", "150"])
def test_another_exit_code_of_the_status_is_unknown(tmp_path, shell, manager, code):
    machine = Machine(tmp_path, shell, manager)
    machine.service("app", code)
    with pytest.raises(ServerError, match=rf"app \(exit code {code} of the status: app is {code}\)"):
        machine.server().is_running("app")


@pytest.mark.parametrize("state", ["start/post-stop, process 5", "start/killed", "stop/pre-start", "(a) start/running"])
def test_another_goal_or_state_of_upstart_is_unknown(tmp_path, shell, state):
    machine = Machine(tmp_path, shell, "upstart")
    machine.service("app", state)
    with pytest.raises(ServerError, match=re.escape(state)):
        machine.server().is_running("app")


def test_a_server_without_a_manager_says_so(tmp_path, shell):
    machine = Machine(tmp_path, shell, "none")
    server = machine.server()
    for operation in (server.is_running, server.stop, server.start):
        with pytest.raises(ServerError, match=r"no service manager .*init\.d"):
            operation("app")


def test_what_cannot_be_stopped_or_started_is_an_error(machine):
    if machine.manager == "upstart":
        pytest.skip("its program is too simple here")
    machine.service("app").with_name("app.stuck").touch()
    machine.service("cron", "inactive").with_name("cron.stuck").touch()
    server = machine.server()
    with pytest.raises(ServerError, match="app should be stopped, and its state is running: exit code 1 of stop"):
        server.stop("app")
    with pytest.raises(ServerError, match="cron should be running, and its state is stopped: exit code 1 of start"):
        server.start("cron")


def test_a_state_that_does_not_follow_in_time_is_an_error(systemd):
    systemd.service("app").with_name("app.odd").write_text("deactivating\n")
    with pytest.raises(ServerError, match=r"its state is unknown: .*deactivating"):
        systemd.server().stop("app")


def test_a_service_is_started_with_the_umask_and_the_locale_of_the_session(tmp_path, shell):
    machine = Machine(tmp_path, shell, "service")
    file = machine.service("app", "inactive").with_name("app.umask")
    file.touch()
    machine.noise = "umask 022"
    machine.server().start("app")
    assert file.read_text() == "0022 unset\n"


@pytest.mark.parametrize(
    "name", ["", " ", "-a", "a/b", "../x", "a\nb", "a\tb", "a\x1b", "*", "ap?", "[ab]", ".", "a\u202eb"]
)
def test_what_can_be_no_name_is_refused(systemd, name):
    server = systemd.server()
    for operation in (server.is_running, server.stop, server.start, lambda one: server.survey("/f", [one])):
        with pytest.raises(ServerError, match="is no name of a service"):
            operation(name)
    assert systemd.commands == 0


@pytest.mark.parametrize("name", ["it's", "a b", "$(touch x)", "a;b", "app@1", "a&b", "ü"])
def test_a_name_is_one_word_for_the_shell(systemd, name):
    systemd.service(name)
    server = systemd.server()
    server.stop(name)
    server.start(name)
    assert systemd.log == [f"stop {name}", f"start {name}"]


def test_a_survey_is_one_command(machine):
    machine.service("app")
    machine.record("text\r\n\n")
    survey = machine.server().survey(machine.path, ["app", "apq"])
    assert (survey.text, survey.states, survey.machine_id) == ("text\r\n\n", {"app": True}, UUID)
    assert list(survey.unknown) == ["apq"]
    assert survey.now > 1_700_000_000
    assert machine.commands == 1


class Windows:
    """An action that returns responses of PowerShell, and keeps the requests."""

    def __init__(self, **response):
        self.response, self.requests, self.script = response, [], ""

    def _low_level_execute_command(self, command, sudoable=True):
        assert not sudoable
        self.script = base64.b64decode(command.rpartition(" ")[2]).decode("utf-16-le")
        text = re.search(r"FromBase64String\('([^']+)'\)", self.script)[1]
        self.requests.append(json.loads(base64.b64decode(text)))
        return {"rc": 0, "stdout": f"Welcome\r\n{json.dumps(self.response)}\r\n", "stderr": ""}


def test_windows_knows_running_and_stopped_only():
    action = Windows(states={"a": "Running", "b": "Stopped", "c": "StartPending"}, text=None, uuid=UUID.upper(), now=5)
    server = _services.Windows(action)
    survey = server.survey("C:\\f.json", ["a", "b", "c", "d"])
    assert (survey.text, survey.states, survey.machine_id, survey.now) == (None, {"a": True, "b": False}, UUID, 5)
    assert survey.unknown == {"c": "StartPending", "d": "None"}
    with pytest.raises(ServerError, match=r"c \(StartPending\)"):
        server.stop("c")
    assert {request["operation"] for request in action.requests} == {"survey", "states"}


def test_windows_replaces_a_file_with_the_content_that_was_read():
    action = Windows(outcome="done")
    _services.Windows(action).replace("C:\\f'.json", None, "text")
    assert action.requests == [{"operation": "replace", "path": "C:\\f'.json", "expected": None, "text": "text"}]
    with pytest.raises(ConflictError):
        _services.Windows(Windows(outcome="changed")).replace("C:\\f", "old", None)
    with pytest.raises(ServerError, match="not known whether"):
        _services.Windows(Windows()).replace("C:\\f", "old", None)


def test_the_brackets_of_the_script_for_windows_are_balanced():
    action = Windows(now=1)
    _services.Windows(action).now()
    code = re.sub(r"'[^'\n]*'", "", action.script)
    assert [code.count(bracket) for bracket in "({["] == [code.count(bracket) for bracket in ")}]"]
