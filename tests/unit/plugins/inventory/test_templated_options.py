# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates in connection options and filters."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core


def test_an_option_may_look_up_the_environment(inventory, queries, monkeypatch, emulator):
    monkeypatch.setenv("MY_TOKEN", emulator.token)
    monkeypatch.setenv("MY_STATE", "finished")
    names = inventory(token="{{ lookup('env', 'MY_TOKEN') }}", state="{{ lookup('env', 'MY_STATE') }}").names
    assert len(names) == 3
    assert queries() == [{"state": "finished"}]


def test_an_extra_variable_may_choose_the_filter(source, listed):
    path = source(state="{{ wanted | default('error') }}")
    assert list(listed(path)["_meta"]["hostvars"]) == ["sms-centos"]
    assert list(listed(path, "-e", "wanted=waiting")["_meta"]["hostvars"]) == ["sms-sms2"]


@pytest.mark.parametrize(("text", "count"), [("{{ 'yes' }}", 4), ("{{ 1 == 2 }}", 6), ("{{ none }}", 10)])
def test_a_boolean_may_be_a_template(inventory, text, count):
    assert len(inventory(connected=text).names) == count


def test_numbers_may_be_templates(emulator, inventory):
    emulator.faults({"kind": "status", "status": 503, "times": 1})
    assert len(inventory(retries="{{ 0 + 1 }}", timeout="{{ 2 * 5 }}").names) == 10


def test_a_path_may_be_a_template(failure):
    assert "/no/such/folder" in failure(ca_path="{{ '/no/such' }}/folder")


def test_a_template_that_fails_is_an_error_that_names_the_option(failure):
    message = failure(token="{{ no_such_variable }}")
    assert "The option token cannot be evaluated" in message
    assert "no_such_variable" in message


@pytest.mark.parametrize("option", ["retries", "timeout", "validate_certs"])
def test_a_template_of_another_type_is_an_error_that_names_the_option(failure, option):
    assert option in failure(**{option: "{{ 'nonsense' }}"})
