# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that cannot be used: each gives one message that names it, and no request."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("group_by", ["colour"], "colour"),
        ("group_by", ["state", None], "group_by"),
        ("group_by", {"state": 1}, "group_by"),
        ("group", "  ", "group"),
        ("group", "{{ x }}", "group"),
        ("concurrency", 0, "concurrency"),
        ("concurrency", -1, "concurrency"),
        ("concurrency", 33, "concurrency"),
        ("concurrency", "many", "concurrency"),
        ("checks", "some", "checks"),
        ("hostvars_prefix", "9", "hostvars_prefix"),
        ("hostvars_prefix", "a-b", "hostvars_prefix"),
        ("hostvars_prefix", "{{ x }}", "hostvars_prefix"),
        ("hostnames", {"name": 1}, "hostnames"),
        ("include_host_filters", {"a": "b"}, "include_host_filters"),
        ("compose", ["x"], "compose"),
        ("groups", ["x"], "groups"),
        ("connected", "perhaps", "connected"),
        ("validate_certs", "treu", "validate_certs"),
        ("timeout", 0, "timeout"),
        ("timeout", "soon", "timeout"),
        ("retries", -1, "retries"),
        ("retries", 11, "retries"),
        ("name", "n" * 256, "name"),
        ("state", ["error", None], "state"),
        ("state", [["error"]], "state"),
        ("state", [], "state"),
        ("migration_cycle", ["syncing", ""], "migration_cycle"),
        ("state", {"error": 1}, "state"),
        ("endpoint", "ftp://127.0.0.1", "endpoint"),
        ("endpoint", "", "endpoint"),
        ("endpoint", "http://sms.example.org", "endpoint"),
        ("token", "", "token"),
        ("token", "line\nbreak", "token"),
        ("ca_path", "/no/such/file", "ca_path"),
        ("plugin", "huaweicloud.sms.source_server", "parse"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_error_that_names_the_option(read, source, emulator, option, value, words):
    result = read(source(**{option: value}))
    assert not result.names
    assert result.messages.count("[WARNING]: ") <= 3
    assert words in result.messages
    assert "Traceback" not in result.messages
    assert emulator.requests() == []


@pytest.mark.parametrize(("option", "value"), [("group", ""), ("keyed_groups", ["x"]), ("keyed_groups", [{}])])
def test_a_value_that_only_fails_with_hosts_at_hand_is_one_error_too(failure, option, value):
    assert option.rstrip("s") in failure(**{option: value}, strict=True).replace("keyed group", "keyed_group")


def test_without_endpoint_and_region_the_error_asks_for_one(failure):
    assert "Give region" in failure(endpoint=None)


def test_without_credentials_the_error_says_which_there_are(failure):
    assert "No credentials: give token; or access_key and secret_key" in failure(token=None)


def test_two_kinds_of_credentials_are_an_error_that_names_them(failure):
    assert "More than one kind of credentials is given as options (token, access_key" in failure(
        access_key="AK", secret_key="SK"
    )


def test_half_of_one_kind_of_credentials_is_an_error_that_names_the_other_half(failure):
    message = failure(token=None, access_key="AK")
    assert "but not secret_key." in message


def test_a_misspelt_option_is_an_error_that_names_it(failure, emulator):
    message = failure(exclude_host_filter=["sms_state == 'error'"])
    assert "There is no option exclude_host_filter;" in message
    assert emulator.requests() == []


def test_all_misspelt_options_are_in_one_message(failure):
    assert "There are no options exclude_host_filter, stat;" in failure(exclude_host_filter=[], stat="syncing")


@pytest.mark.parametrize("option", ["token", "secret_key", "security_token", "password", "name"])
@pytest.mark.parametrize("value", [["hidden-word"], {"key": "hidden-word"}, "{{ ['hidden-word'] }}"])
def test_a_value_of_another_shape_is_refused_without_showing_it(failure, option, value):
    message = failure(**{option: value})
    assert f"{option} has to be a single value" in message
    assert "hidden-word" not in message
