# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions are evaluated once for hosts that are alike, and every host still gets what is its own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core


@pytest.fixture
def evaluations(monkeypatch):
    """The expressions and conditions that ansible-core or Jinja2 alone are given to evaluate, in their order."""
    from ansible.template import Templar
    from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import _pure

    seen = []

    def spied(original):
        def spy(self, expression, *args, **kwargs):
            seen.append(str(expression))
            return original(self, expression, *args, **kwargs)

        return spy

    def compiled(expression, original=_pure.compile_expression):
        seen.append(expression)
        return original(expression)

    monkeypatch.setattr(_pure, "compile_expression", compiled)

    methods = ("evaluate_expression", "evaluate_conditional", "template")
    # ansible-core before 2.19 has but the last of them.
    for method in [method for method in methods if hasattr(Templar, method)]:
        monkeypatch.setattr(Templar, method, spied(getattr(Templar, method)))
    return seen


def of(evaluations, expression):
    return sum(expression in seen for seen in evaluations)


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"x": "sms_os_type | lower"}},
        {"keyed_groups": [{"key": "sms_os_type | lower"}]},
        {"groups": {"x": "sms_os_type | lower == 'linux'"}},
        {"include_host_filters": ["sms_os_type | lower is in ['linux', 'windows']"]},
        {"hostnames": ["sms_os_type | lower"]},
    ],
)
def test_hosts_that_are_alike_share_an_evaluation(inventory, evaluations, options):
    assert len(inventory(**options).names) == 10
    assert of(evaluations, "sms_os_type | lower") == 2


@pytest.mark.parametrize(
    ("condition", "hosts"),
    [
        ("sms_os_type is match('WIN')", 3),
        ("sms_os_type is search('INU') and sms_connected | bool", 2),
        ("sms_connected | ternary(sms_os_type, 'none') | regex_replace('S$') == 'WINDOW'", 2),
        ("(sms_os_type | split('N'))[0] == 'WI' and sms_os_type is not undefined", 3),
    ],
)
def test_ansibles_own_filters_and_tests_may_share_an_evaluation_too(inventory, evaluations, condition, hosts):
    assert len(inventory(include_host_filters=[condition]).names) == hosts
    assert of(evaluations, condition) <= 4


@pytest.mark.parametrize(
    "expression",
    [
        "sms_os_type ~ (1000000000 | random)",
        "sms_os_type ~ lookup('ansible.builtin.env', 'HOME')",
        "sms_os_type ~ inventory_hostname",
        "sms_init_target_server.disks | length",
        "sms_os_type if sms_connected else sms_no_such_variable",
    ],
)
def test_what_may_differ_is_evaluated_for_each_host(inventory, evaluations, expression):
    inventory(compose={"x": expression})
    assert of(evaluations, expression) == 10


def test_hosts_do_not_share_lists(inventory, evaluations):
    hosts = inventory(compose={"x": "[sms_os_type]"}).hosts
    assert of(evaluations, "[sms_os_type]") >= 10
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


def test_what_is_remembered_depends_on_no_template_of_another_source(two_kinds, source, read):
    path = source(groups={"a": "kind == 'sms-test'", "b": "kind == 'sms-win16'"}, keyed_groups=[{"key": "kind"}])
    groups = read(two_kinds, path, plugins=("yaml", "huaweicloud.sms.source_servers")).groups
    assert groups["a"] == groups["_sms_test"] == {"sms-test"}
    assert groups["b"] == groups["_sms_win16"] == {"sms-win16"}


def test_what_is_remembered_depends_on_no_extra_variable_that_is_a_template(source, listed):
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
