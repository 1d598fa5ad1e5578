# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module template_info: complete lists of templates, without passwords."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.modules import template_info as module

pytestmark = pytest.mark.core


@pytest.fixture
def template_info(run_module):
    return lambda **options: run_module(module="template_info", **options)


def test_all_templates_are_returned_but_for_their_passwords(emulator, template_info):
    held = emulator.templates()
    assert all(one["target_password"] for one in held)
    result = template_info()
    assert result["templates"] == [{k: v for k, v in one.items() if k != "target_password"} for one in held]
    assert (result["count"], result["changed"]) == (3, False)
    assert "emulator-target-password" not in json.dumps(result)
    assert {request["path"] for request in emulator.requests()} == {"/v3/vm/templates"}


def test_check_mode_returns_the_same(template_info):
    assert template_info(check_mode=True)["templates"] == template_info()["templates"]


@pytest.mark.parametrize(
    ("option", "parameter", "value"),
    [
        ("name", "name", "small in cn-north-4"),
        ("region_id", "region", "cn-north-4"),
        ("availability_zone", "availability_zone", "cn-north-4a"),
    ],
)
def test_a_filter_is_sent_under_its_name_in_the_api(emulator, template_info, option, parameter, value):
    result = template_info(**{option: value})
    assert [one["name"] for one in result["templates"]] == ["small in cn-north-4"]
    assert dict(emulator.requests()[0]["query"])[parameter] == value


def test_one_template_is_returned_by_its_id(emulator, template_info):
    wanted = emulator.templates()[1]["id"]
    assert [one["id"] for one in template_info(id=wanted)["templates"]] == [wanted]


def test_an_empty_filter_is_none(template_info):
    assert template_info(name="", region_id="")["count"] == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"availability_zone": "x" * 300}, "availability_zone: the API takes at most 255 characters"),
        ({"limit": 1}, "Unsupported parameters"),
    ],
)
def test_what_cannot_be_is_one_message(template_info, options, words):
    result = template_info(**options)
    assert result["failed"]
    assert words in result["msg"]


def test_a_missing_permission_is_named_by_both_names(emulator, template_info):
    emulator.set(denied=["sms:template:list"])
    message = template_info()["msg"]
    assert "sms:template:list" in message
    assert "sms:server:queryServer" in message


def test_the_documented_fields_and_the_sample_are_what_is_returned(template_info):
    documented = yaml.safe_load(module.RETURN)["templates"]
    returned = template_info(region_id="ap-southeast-3")["templates"]
    assert documented["sample"] == returned
    assert documented["contains"].keys() == returned[0].keys()
