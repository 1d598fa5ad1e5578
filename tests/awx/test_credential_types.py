# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide's custom credential types: AWX accepts them, and what they inject is what the plugin takes."""

from __future__ import annotations

import re

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

SECRETS = {"secret_key", "security_token", "password", "token"}


def credential_types(guide):
    """Inputs and injectors of each type in the guide."""
    return list(zip(guide("fields"), guide("env"), strict=True))


def injected(injectors, values, **environment):
    """What AWX puts into the environment: a field that is not filled in gives an empty text."""
    jinja = ImmutableSandboxedEnvironment(**environment)
    return {name: jinja.from_string(template).render(values) for name, template in injectors["env"].items()}


def test_there_is_a_type_for_each_kind_of_credentials(guide):
    assert [set(inputs["required"]) for inputs, _injectors in credential_types(guide)] == [
        {"access_key", "secret_key"},
        {"domain_name", "username", "password"},
        {"token"},
    ]


def test_secret_fields_are_hidden_and_only_they_are(guide):
    for inputs, _injectors in credential_types(guide):
        for field in inputs["fields"]:
            assert field.get("secret", False) is (field["id"] in SECRETS)
            assert field["type"] == "string"
            assert field["label"]


def test_awx_accepts_the_injectors(guide):
    for inputs, injectors in credential_types(guide):
        assert set(injectors) == {"env"}
        assert not [name for name in injectors["env"] if name.startswith("ANSIBLE_")]
        assert all(re.fullmatch("[A-Z][A-Z_]*", name) for name in injectors["env"])
        ids = {field["id"] for field in inputs["fields"]}
        example = injected(injectors, {name: name for name in ids}, undefined=StrictUndefined)
        assert set(example.values()) == ids


def test_all_types_together_inject_no_variable_twice(guide):
    names = [name for _inputs, injectors in credential_types(guide) for name in injectors["env"]]
    assert len(names) == len(set(names))


@pytest.fixture
def filled_in(emulator):
    """The values of the required fields that the emulator accepts, for each type."""
    account = emulator.account
    return [
        {"access_key": account["access_key"], "secret_key": account["secret_key"]},
        {"domain_name": account["domain"], "username": account["user"], "password": account["password"]},
        {"token": emulator.token},
    ]


@pytest.fixture
def endpoints(emulator):
    """The source variables that lead to the emulator."""
    return {"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HUAWEICLOUD_SDK_IAM_ENDPOINT": emulator.auth_url}


@pytest.mark.parametrize("kind", range(3), ids=["access key", "IAM user", "token"])
def test_an_update_with_the_required_fields_alone_succeeds(guide, emulator, project, sync, filled_in, endpoints, kind):
    _inputs, injectors = credential_types(guide)[kind]
    project()
    update = sync(**endpoints, **injected(injectors, filled_in[kind]))
    assert len(update.inventory.hosts) == 10
    listings = [request for request in emulator.requests() if request["path"] == "/v3/sources"]
    assert {"Authorization" in request["headers"] for request in listings} == {kind == 0}


def test_an_update_with_a_temporary_access_key_succeeds(guide, project, sync):
    _inputs, injectors = credential_types(guide)[0]
    project()
    with Emulator(security_token="temporary") as emulator:
        values = {name: emulator.account[name] for name in ("access_key", "secret_key", "security_token")}
        update = sync(HUAWEICLOUD_SMS_ENDPOINT=emulator.url, **injected(injectors, values))
        assert len(update.inventory.hosts) == 10


def test_an_update_of_an_iam_user_may_name_a_project(guide, emulator, project, sync, filled_in, endpoints):
    _inputs, injectors = credential_types(guide)[1]
    project()
    name = emulator.account["project_name"]
    update = sync(**endpoints, **injected(injectors, {**filled_in[1], "project_name": name}))
    assert len(update.inventory.hosts) == 10
    (request,) = [request for request in emulator.requests() if request["method"] == "POST"]
    assert name in request["body"]


def test_a_wrong_secret_fails_the_update_without_being_shown(guide, project, sync, filled_in, endpoints):
    _inputs, injectors = credential_types(guide)[0]
    project()
    failed = sync(verbosity=5, **endpoints, **injected(injectors, {**filled_in[0], "secret_key": "wrong-secret-key"}))
    assert failed.status == "failed"
    assert "HTTP 401" in failed.messages
    assert "HW_ACCESS_KEY" in failed.messages
    assert not failed.shows("wrong-secret-key")


def test_credentials_of_two_kinds_at_once_fail_the_update(guide, project, sync, filled_in, endpoints):
    _inputs, injectors = credential_types(guide)[0]
    project()
    failed = sync(HW_AUTH_TOKEN="a-token", **endpoints, **injected(injectors, filled_in[0]))
    assert failed.status == "failed"
    assert "more than one kind of credentials" in failed.messages
