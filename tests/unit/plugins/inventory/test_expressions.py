# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions are compiled once and evaluated for each host."""

from __future__ import annotations

import pytest
from jinja2 import Environment

pytestmark = pytest.mark.core


@pytest.fixture
def compilations(monkeypatch):
    """The templates and expressions that Jinja2 compiles, in their order."""
    seen = []

    def spy(self, source, *args, original=Environment.compile, **kwargs):
        seen.append(source)
        return original(self, source, *args, **kwargs)

    monkeypatch.setattr(Environment, "compile", spy)
    return seen


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"x": "sms_ip | lower"}},
        {"keyed_groups": [{"key": "sms_ip | lower"}]},
        {"groups": {"x": "sms_ip | lower == 'linux'"}},
        {"include_host_filters": ["sms_ip | lower != 'linux'"]},
        {"hostnames": ["sms_ip | lower"]},
    ],
)
def test_an_expression_is_compiled_once_for_all_hosts(inventory, compilations, options):
    assert len(inventory(**options).names) == 10
    assert len(compilations) == 1


@pytest.mark.parametrize(
    ("condition", "hosts"),
    [
        ("sms_os_type is match('WIN')", 3),
        ("sms_os_type is search('INU') and sms_connected | bool", 2),
        ("sms_connected | ternary(sms_os_type, 'none') | regex_replace('S$') == 'WINDOW'", 2),
        ("(sms_os_type | split('N'))[0] == 'WI' and sms_os_type is not undefined", 3),
    ],
)
def test_conditions_may_use_the_filters_and_tests_of_ansible(inventory, condition, hosts):
    assert len(inventory(include_host_filters=[condition]).names) == hosts


def test_an_expression_is_evaluated_for_each_host(inventory):
    hosts = inventory(compose={"x": "sms_os_type ~ inventory_hostname", "y": "1000000000 | random"}).hosts
    assert all(hostvars["x"] == f"{hostvars['sms_os_type']}{name}" for name, hostvars in hosts.items())
    assert len({hostvars["y"] for hostvars in hosts.values()}) == 10


def test_hosts_do_not_share_lists(inventory):
    hosts = inventory(compose={"x": "[sms_os_type]"}).hosts
    assert len({id(hostvars["x"]) for hostvars in hosts.values()}) == 10


@pytest.fixture
def odd_values(emulator):
    """Servers whose field ``odd`` has values that are equal and yet not the same."""
    values = [True, 1, 1.0, "1", "True", None, False, 0, "", "None"]
    records = emulator.fleet()
    for record, value in zip(records, values, strict=True):
        record["odd"] = value
    emulator.replace_fleet(records)
    return [str(value) for value in values]


def test_equal_values_of_different_types_are_told_apart(inventory, odd_values):
    hosts = inventory(compose={"x": "sms_odd | string | replace('z', '')", "y": "'' ~ sms_odd"}).hosts
    assert [str(hostvars["x"]) for hostvars in hosts.values()] == odd_values
    assert [str(hostvars["y"]) for hostvars in hosts.values()] == odd_values


def test_composed_variables_and_the_hosts_own_count_in_conditions(inventory):
    groups = inventory(
        compose={"kind": "sms_os_type | lower"}, groups={"x": "kind == 'windows'", "y": "'state_error' in group_names"}
    ).groups
    assert groups["x"] == {"sms-test", "sms-win16", "sms-sms2"}
    assert groups["y"] == {"sms-centos"}


@pytest.fixture
def two_kinds(emulator, tmp_path):
    """Two hosts of the example that a static file gives a variable whose value is a template."""
    static = tmp_path / "a_static.yml"
    hosts = "{sms-test: {kind: '{{ inventory_hostname }}'}, sms-win16: {kind: '{{ inventory_hostname }}'}}"
    static.write_text(f"all: {{hosts: {hosts}}}")
    return static


def test_a_template_of_another_source_is_evaluated_for_each_host(two_kinds, source, read):
    path = source(groups={"a": "kind == 'sms-test'", "b": "kind == 'sms-win16'"}, keyed_groups=[{"key": "kind"}])
    groups = read(two_kinds, path, plugins=("yaml", "huaweicloud.sms.source_servers")).groups
    assert groups["a"] == groups["_sms_test"] == {"sms-test"}
    assert groups["b"] == groups["_sms_win16"] == {"sms-win16"}


def test_an_extra_variable_that_is_a_template_is_evaluated_for_each_host(source, listed):
    path = source(compose={"x": "sms_os_type | lower"}, use_extra_vars=True)
    hosts = listed(path, "-e", "sms_os_type={{ sms_name }}")["_meta"]["hostvars"]
    assert len({str(hostvars["x"]) for hostvars in hosts.values()}) == 8


def test_without_the_private_way_to_compile_once_the_results_are_the_same(inventory, monkeypatch):
    from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _expressions

    options = {"compose": {"x": "sms_name | lower ~ '!'"}, "groups": {"y": "sms_name != sms_ip"}}
    expected = inventory(**options)
    monkeypatch.setattr(_expressions, "_compile_once", lambda *_: None)
    slow = inventory(**options)
    assert (slow.hosts, slow.groups) == (expected.hosts, expected.groups)
