# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that actions take together, as the dictionaries ``connection`` and ``filters``."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base

pytestmark = pytest.mark.core

pytestmark = pytest.mark.core

GROUP = "group/huaweicloud.sms.sms"
OPTIONS = {
    **{name: name for name, option in _argument_spec.FILTER_SPEC.items() if option["type"] == "str"},
    **{name: ["a", "b"] for name in _argument_spec.LIST_FILTERS},
    "connected": "false",
}
CONNECTION = {
    "region": "cn-north-4",
    "endpoint": "http://127.0.0.1:9",
    "auth_url": "http://127.0.0.1:9/v3",
    "ecs_endpoint": "http://127.0.0.1:9",
    "validate_certs": "false",
    "ca_path": "/ca.pem",
    "timeout": "3",
    "total_timeout": 5,
    "retries": "2",
    **{name: f"the {name}" for name in (*_argument_spec.CREDENTIAL_OPTIONS, *_argument_spec.PROJECT_OPTIONS)},
    "ecs_agency": "yes",
}


@pytest.fixture
def act_on(capsys):
    """Runs an action with these options and no others; gives its message."""
    from ansible_collections.huaweicloud.sms.tests.unit.plugins.action.conftest import run_action

    return lambda **options: run_action("preflight", False, options).get("msg", "")


@pytest.fixture
def given(monkeypatch, act_on):
    """Gives the options that reach the work of an action."""

    def run(**options):
        reached = []
        monkeypatch.setattr(_base.FleetAction, "act", None)
        plugin = "ansible_collections.huaweicloud.sms.plugins.action.preflight.ActionModule.act"
        monkeypatch.setattr(plugin, lambda _self, found, _variables: reached.append(found) or {})
        assert act_on(**options) == ""
        return reached[0]

    return run


def test_every_option_in_a_dictionary_reaches_the_action_as_if_it_were_given_by_itself(given):
    assert CONNECTION.keys() == _argument_spec.CONNECTION_SPEC.keys()
    assert OPTIONS.keys() == _argument_spec.FILTER_SPEC.keys()
    together, alone = given(connection=CONNECTION, filters=OPTIONS), given(**CONNECTION, **OPTIONS)
    assert {**together, "connection": None, "filters": None} == alone
    assert (together["validate_certs"], together["timeout"], together["connected"]) == (False, 3.0, False)


def test_a_null_in_a_dictionary_counts_as_not_given(given):
    options = given(connection={"timeout": None, "token": None}, filters={"state": None}, token="flat")
    assert (options["timeout"], options["token"], options["state"]) == (30.0, "flat", None)


def test_a_dictionary_may_be_a_text_in_json(given):
    assert given(connection='{"region": "cn-north-4"}')["region"] == "cn-north-4"


MISTAKES = {
    "a misspelt option": (
        {"connection": {"regoin": "x"}},
        "connection has no option called regoin (did you mean region?). It takes access_key, auth_url, ",
    ),
    "two of them": (
        {"connection": {"endpont": "x", "secret-key": "x"}},
        "has no options called endpont (did you mean endpoint?), secret… (did you mean secret_key?). It",
    ),
    "one that is like none": ({"filters": {"quux": "x"}}, "filters has no option called quux. It takes connected, "),
    "a filter in the connection": (
        {"connection": {"state": "x"}},
        "connection has no option called state (which belongs in filters). It",
    ),
    "no blank behind a colon": (
        {"connection": {"token:not-to-be-shown": None}},
        "connection has no option called token… (did you mean token?). It",
    ),
    "a key that is no text": ({"filters": {7: "x"}}, "filters has no option called …. It"),
    "an option by itself too": (
        {"connection": {"token": "not-to-be-shown"}, "token": "not-to-be-shown"},
        "token is given twice, by itself and in connection: keep one of them.",
    ),
    "a text": ({"connection": "not-to-be-shown="}, "connection: give a dictionary of options, or {} for none."),
    "a text that is no whole JSON": ({"connection": '{"token": "not-to-be-shown"'}, "connection: give a dictionary"),
    "a list": ({"filters": ["not-to-be-shown"]}, "filters: give a dictionary of options, or {} for none."),
    "nothing": ({"connection": None}, "connection: give a dictionary of options, or {} for none."),
    "an empty text": ({"connection": ""}, "connection: give a dictionary of options, or {} for none."),
    "a list as a value": (
        {"connection": {"token": ["not-to-be-shown"]}},
        "connection: token has to be a single value, not a list or a dictionary.",
    ),
    "a dictionary where a list may be": (
        {"filters": {"state": {"not-to-be-shown": 1}}},
        "filters: state has to be a single value or a list of single values.",
    ),
    "a list in a list": (
        {"filters": {"state": [["not-to-be-shown"]]}},
        "filters: state has to be a single value or a list of single values.",
    ),
    "a value of another type": ({"connection": {"timeout": "not-to-be-shown"}}, "argument 'timeout'"),
}


@pytest.mark.parametrize(("options", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_dictionary_is_one_message_that_names_it_and_shows_no_value(act_on, options, message):
    told = act_on(**options)
    assert message in told
    assert "\n" not in told
    assert "not-to-be-shown" not in told


@pytest.fixture
def play(run_ansible, tmp_path):
    """Runs a preflight with these options in a play; gives the completed process."""

    def run(options, *arguments, **keywords):
        task = {"huaweicloud.sms.preflight": {"fail_on": [], **options}}
        content = {"hosts": "localhost", "gather_facts": False, "tasks": [task], **keywords}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([content], sort_keys=False))
        return run_ansible("playbook", "-vvvvv", "play.yml", *arguments)

    return run


def of_first_request(emulator, header):
    return next(value for name, value in emulator.requests()[0]["headers"].items() if name.lower() == header)


def test_values_may_be_templates_and_vaulted_and_omitted(play, emulator, tmp_path, run_ansible):
    (tmp_path / "password").write_text("secret")
    encrypted = run_ansible(
        *("vault", "encrypt_string", "--vault-password-file", "password", "--name", "secret", emulator.token)
    ).stdout
    (tmp_path / "vars.yml").write_text(
        f"{encrypted}\nhere:\n  endpoint: '{{{{ url }}}}'\n  token: '{{{{ secret }}}}'\n"
        "  retries: '{{ missing | default(omit) }}'\n  region: '{{ missing | default(omit) }}'\n"
        f"vaulted:\n  endpoint: '{{{{ url }}}}'\n  {encrypted.replace('secret:', 'token:', 1)}".replace(
            "\n          ", "\n            "
        )
    )
    filters = {"state": "{{ missing | default(omit) }}", "name": "{{ server }}"}
    inline = {"endpoint": "{{ url }}", "token": "{{ secret }}", "timeout": "{{ missing | default(omit) }}"}
    for connection in ("{{ here }}", "{{ vaulted }}", inline):
        emulator.reset()
        completed = play(
            {"connection": connection, "filters": filters},
            *("--vault-password-file", "password", "-e", "@vars.yml"),
            vars={"url": emulator.url, "server": "sms-test"},
        )
        assert completed.returncode == 0, completed.stdout + completed.stderr
        [request] = [request for request in emulator.requests() if request["path"] == "/v3/sources"]
        assert [name for name, _value in request["query"] if name in _argument_spec.FILTER_SPEC] == ["name"]
        assert emulator.token not in completed.stdout + completed.stderr


def test_a_dictionary_goes_before_module_defaults_option_by_option(play, emulator):
    completed = play(
        {"connection": {"endpoint": "{{ url }}"}, "filters": {"name": "sms-test"}},
        module_defaults=[
            {GROUP: {"endpoint": "http://127.0.0.1:9", "token": emulator.token}},
            {"huaweicloud.sms.preflight": {"name": "{{ 'another' }}", "state": "waiting"}},
        ],
        vars={"url": emulator.url},
    )
    assert completed.returncode in (0, 2), completed.stdout
    query = dict(map(tuple, emulator.requests()[0]["query"]))
    assert (query["name"], query["state"]) == ("sms-test", "waiting")


def test_an_option_of_the_task_goes_before_a_dictionary_of_module_defaults(play, emulator):
    play(
        {"endpoint": emulator.url},
        module_defaults={GROUP: {"connection": {"endpoint": "http://127.0.0.1:9", "token": emulator.token}}},
    )
    assert emulator.requests()


def test_an_option_of_the_task_is_no_default_though_module_defaults_has_one_too(play, emulator):
    completed = play(
        {"region": "cn-north-4", "connection": {"region": "ap-southeast-3", "endpoint": emulator.url}},
        module_defaults={GROUP: {"region": "cn-north-1"}},
    )
    assert "region is given twice, by itself and in connection" in completed.stdout
    assert not emulator.requests()


def test_another_kind_of_credentials_in_module_defaults_is_an_error_that_names_both(play, emulator):
    completed = play(
        {"connection": {"endpoint": emulator.url, "token": "not-to-be-shown"}},
        module_defaults={GROUP: {"access_key": "A" * 20, "secret_key": "not-to-be-shown"}},
    )
    assert "More than one kind of credentials is given as options (token, access_key, secret_key)" in completed.stdout
    assert not emulator.requests()


def test_a_task_that_is_tried_again_brings_the_same_options(run_ansible, emulator, tmp_path):
    task = {
        "huaweicloud.sms.preflight": {"connection": {"endpoint": emulator.url, "token": emulator.token}},
        **{"register": "tried", "until": "tried.attempts == 2", "retries": 2, "delay": 0, "failed_when": False},
    }
    (tmp_path / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    completed = run_ansible("playbook", "play.yml")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert len([request for request in emulator.requests() if request["path"] == "/v3/sources"]) == 2
