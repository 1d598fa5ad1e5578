# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The validation of a wave: which runs must not begin, and which hosts are removed before anything is changed."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._validation import (
    STEPS,
    Run,
    problems_of_hosts,
    problems_of_run,
    selected_steps,
)
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.core

ALL = frozenset(STEPS)
RUN_VALUES = {
    "confirm": None,
    "max_running": 0,
    "interval": 30,
    "replicate_timeout": 86400,
    "cutover_timeout": 14400,
    "disconnected_timeout": 900,
    "synchronize_timeout": 7200,
    "ask_timeout": 900,
    "report_path": "sms-report",
}


def run_of(hosts=1, *, selected=ALL, check_mode=False, interactive=True, strategy="linear", folders=()):
    return Run(strategy, frozenset(selected), hosts, check_mode, interactive, folders)


def host(number=1, **values):
    return {
        "id": f"id-{number}",
        "address": f"192.0.2.{number}",
        "port": None,
        "services": ["postgresql"],
        "target_host": None,
        "shared_address": False,
        "launch": "none",
        "tasks": {},
        "connection": {},
        **RUN_VALUES,
        **values,
    }


def hosts_with(*values):
    return {f"web{number:02}": host(number, **value) for number, value in enumerate(values, 1)}


def problem_of(run=None, **values):
    """The problems of one host with these variables."""
    return problems_of_hosts(run or run_of(), {"web01": host(**values)}).get("web01", "")


# Tags


def test_without_tags_all_steps_are_selected():
    assert selected_steps([], ["all"], []) == ALL
    assert selected_steps(["migration"], ["all"], []) == ALL


@pytest.mark.parametrize(
    ("own", "run", "skip", "selected"),
    [
        ([], ["freeze"], [], {"freeze"}),
        ([], ["settle", "launch"], [], {"settle", "launch"}),
        ([], ["all"], ["check"], ALL - {"check"}),
        ([], ["all"], ["always"], ALL),
        ([], ["tagged"], [], ALL),
        ([], ["untagged"], [], set()),
        ([], ["all"], ["tagged"], set()),
        ([], ["other"], [], set()),
        # The role has a tag of its own in the play.
        (["migration"], ["migration"], [], ALL),
        (["migration"], ["all"], ["migration"], set()),
        (["migration"], ["migration"], ["launch"], ALL - {"launch"}),
        (["never"], ["all"], [], set()),
        (["never"], ["freeze"], [], {"freeze"}),
        (["always"], ["freeze"], [], ALL),
    ],
)
def test_tags_select_steps_as_ansible_selects_tasks(own, run, skip, selected):
    assert selected_steps(own, run, skip) == selected


# The run


def test_a_run_without_mistakes_begins():
    assert problems_of_run(run_of(2), hosts_with({}, {})) == []
    assert problems_of_run(run_of(0), {}) == []


@pytest.mark.parametrize("strategy", ["free", "host_pinned", "debug", "ansible.builtin.free", "my.own.linear", ""])
def test_a_strategy_other_than_linear_ends_the_run(strategy):
    (problem,) = problems_of_run(run_of(strategy=strategy), hosts_with({}))
    assert f"is '{strategy}'" in problem
    assert "requires the strategy linear" in problem


@pytest.mark.parametrize("strategy", ["linear", "ansible.builtin.linear", "ansible.legacy.linear"])
def test_all_names_of_the_strategy_linear_are_known(strategy):
    assert problems_of_run(run_of(strategy=strategy), hosts_with({})) == []


@pytest.mark.parametrize("name", RUN_VALUES)
def test_a_variable_of_the_run_that_differs_names_two_hosts_and_both_values(name):
    (problem, *_others) = problems_of_run(run_of(3), hosts_with({name: 3}, {name: 3}, {name: 4}))
    assert f"wave_{name} applies to the whole run" in problem
    assert "3 on web01" in problem
    assert "4 on web03" in problem


def test_a_variable_that_only_one_host_has_differs():
    (problem,) = problems_of_run(run_of(2), hosts_with({"confirm": 2}, {}))
    assert "2 on web01 and not set on web02" in problem


@pytest.mark.parametrize(("one", "other"), [(30, "30"), (30, 30.0), ("30", " 30 ")])
def test_numbers_that_are_written_differently_are_equal(one, other):
    assert problems_of_run(run_of(2), hosts_with({"interval": one}, {"interval": other})) == []


@pytest.mark.parametrize("name", [name for name in RUN_VALUES if name not in ("confirm", "report_path")])
@pytest.mark.parametrize("value", ["soon", "", None, True, -1, "-1", float("nan"), float("inf"), 1e300, [], {}, "1_0"])
def test_a_number_that_is_none_or_out_of_range_is_named(name, value):
    (problem,) = problems_of_run(run_of(), hosts_with({name: value}))
    assert problem.startswith(f"wave_{name} is ")
    assert "number from" in problem


def test_a_number_of_hosts_is_whole():
    assert "wave_max_running is 1.5" in problems_of_run(run_of(), hosts_with({"max_running": 1.5}))[0]
    assert "wave_confirm is 'all'" in problems_of_run(run_of(), hosts_with({"confirm": "all"}))[0]


@pytest.mark.parametrize("selected", [ALL, {"freeze"}, {"check"}, {"settle", "launch"}])
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("launch", ["ask", "api", "none"])
def test_a_wrong_confirmation_ends_every_run(selected, check_mode, launch):
    run = run_of(3, selected=selected, check_mode=check_mode)
    (problem,) = problems_of_run(run, hosts_with(*[{"confirm": 2, "launch": launch}] * 3))
    assert "wave_confirm is 2, but the play has 3 hosts." in problem
    assert "set wave_confirm: 3" in problem


def test_the_confirmation_counts_all_hosts_of_the_play_and_not_those_of_the_batch():
    assert problems_of_run(run_of(10), hosts_with(*[{"confirm": 10, "launch": "api"}] * 2)) == []
    assert problems_of_run(run_of(10), hosts_with(*[{"confirm": "10", "launch": "api"}] * 2)) == []
    assert "10 hosts" in problems_of_run(run_of(10), hosts_with(*[{"confirm": 2, "launch": "api"}] * 2))[0]


def test_a_launch_by_api_requires_a_confirmation():
    hosts = hosts_with({"launch": "none"}, {"launch": "api"})
    (problem,) = problems_of_run(run_of(2), hosts)
    assert problem.startswith("wave_confirm is not set")
    assert problems_of_run(run_of(2, selected={"settle", "launch"}), hosts)
    # Nothing is launched.
    assert problems_of_run(run_of(2, selected=ALL - {"launch"}), hosts) == []
    assert problems_of_run(run_of(2, check_mode=True), hosts) == []
    assert problems_of_run(run_of(2), hosts_with({"launch": "none"}, {"launch": "ask"})) == []


def test_a_prompt_that_nobody_can_answer_ends_the_run():
    hosts = hosts_with({"launch": "none"}, {"launch": "ask"})
    (problem,) = problems_of_run(run_of(2, interactive=False), hosts)
    assert "nobody can answer the prompt" in problem
    # There is no prompt.
    assert problems_of_run(run_of(2, interactive=False, selected=ALL - {"launch"}), hosts) == []
    assert problems_of_run(run_of(2, interactive=False, check_mode=True), hosts) == []
    assert problems_of_run(run_of(2, interactive=False), hosts_with({}, {})) == []
    own_tasks = hosts_with({"launch": "ask", "tasks": {"launch": "launch.yml"}})
    assert problems_of_run(run_of(1, interactive=False), own_tasks) == []


# The hosts


def test_hosts_without_mistakes_have_no_problem():
    assert problems_of_hosts(run_of(2), hosts_with({}, {})) == {}


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_host_without_an_id_is_not_a_source_server(value):
    assert problem_of(id=value).startswith("sms_id is not set")


def test_two_hosts_without_an_id_are_not_the_same_server():
    assert "also that of" not in str(problems_of_hosts(run_of(2), hosts_with({"id": ""}, {"id": ""})))


def test_all_hosts_with_one_id_name_one_another():
    problems = problems_of_hosts(run_of(4), hosts_with({"id": "x"}, {"id": "X "}, {}, {"id": "x"}))
    assert problems["web01"].startswith("sms_id is also that of web02, web04.")
    assert problems["web02"].startswith("sms_id is also that of web01, web04.")
    assert problems["web04"].startswith("sms_id is also that of web01, web02.")
    assert "web03" not in problems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"address": "192.0.2.17"}, {"address": "192.0.2.17"}),
        ({"address": "DB.example"}, {"address": "db.example."}),
        ({"address": "::1"}, {"address": "0:0:0:0:0:0:0:1"}),
        ({"address": "[2001:db8::1]"}, {"address": "2001:DB8::1"}),
        ({"address": "192.0.2.9"}, {"address": "::ffff:192.0.2.9"}),
        ({"address": "192.0.2.9", "port": 22}, {"address": "192.0.2.9", "port": "22"}),
        ({"address": "192.0.2.9", "port": None}, {"address": "192.0.2.9", "port": 22}),
        ({"address": "192.0.2.9", "port": 5986}, {"address": "192.0.2.9", "port": None}),
        ({"address": "192.0.2.9", "port": 2201}, {"address": "192.0.2.9", "port": "2201"}),
        # The name of a host is its address if no variable names another one.
        ({"address": None}, {"address": "web01"}),
    ],
)
def test_two_hosts_with_one_address_are_both_removed(one, other):
    problems = problems_of_hosts(run_of(3), hosts_with(one, other, {}))
    assert "same address and port as web02" in problems["web01"]
    assert "same address and port as web01" in problems["web02"]
    assert "wave_shared_address: true" in problems["web01"]
    assert "web03" not in problems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"address": "192.0.2.9", "port": 2201}, {"address": "192.0.2.9", "port": 2202}),
        ({"address": "192.0.2.9", "port": 22}, {"address": "192.0.2.9", "port": 5986}),
        ({"address": "192.0.2.9", "port": None}, {"address": "192.0.2.9", "port": 2202}),
        # The inventory plugin gives this address to a target that has none.
        ({"address": "db.target.invalid"}, {"address": "db.target.invalid"}),
    ],
)
def test_forwarded_ports_lead_to_servers_of_their_own(one, other):
    assert problems_of_hosts(run_of(2), hosts_with(one, other)) == {}


def test_a_shared_address_is_accepted_if_all_of_its_hosts_accept_it():
    def problems(*accepted):
        values = [{"address": "192.0.2.17", "shared_address": value} for value in accepted]
        return [*problems_of_hosts(run_of(len(values)), hosts_with(*values))]

    assert problems(True, True) == []
    assert problems("yes", "true") == []
    assert problems(True, False) == ["web01", "web02"]
    assert problems(True, True, "no") == ["web01", "web02", "web03"]
    assert problems([True], {"true": True}) == ["web01", "web02"]


@pytest.mark.parametrize("selected", [ALL, {"freeze"}, {"launch"}, {"settle", "launch"}])
def test_a_host_without_a_declaration_is_neither_frozen_nor_launched(selected):
    assert problem_of(run_of(selected=selected), services=None).startswith("wave_services is not set")
    assert problem_of(run_of(selected=selected), services=[]) == ""


def test_steps_that_stop_and_launch_nothing_require_no_declaration():
    assert problem_of(run_of(selected={"check", "replicate", "wait", "smoke_test"}), services=None) == ""


@pytest.mark.parametrize("services", ["postgresql", "", [""], [" "], [None], [1], [["a"]], {"a": 1}, 7, True])
@pytest.mark.parametrize("selected", [ALL, {"check"}])
def test_services_are_a_list_of_names(services, selected):
    problem = problem_of(run_of(selected=selected), services=services)
    assert "must be a list of service names" in problem


@pytest.mark.parametrize("launch", ["Ask", "", None, "test", ["api"], {"api": 1}, True, 0])
def test_a_launch_that_does_not_exist_removes_the_host(launch):
    assert "It must be one of ask, api, none." in problem_of(launch=launch)


def test_a_connection_is_a_dictionary_and_is_never_shown():
    problem = problem_of(connection="secret-value")
    assert "wave_connection is not a dictionary" in problem
    assert "secret-value" not in problem


@pytest.mark.parametrize(
    "value",
    [
        "192.0.2.7",
        "2001:db8::7",
        "fe80::7%eth0",
        "db.example",
        "DB-1",
        "db_1.example.",
        "xn--bcher-kva.example",
        None,
        "",
    ],
)
def test_an_address_or_a_name_is_accepted_for_a_target(value):
    assert problem_of(target_host=value) == ""


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("[::1]", "without brackets"),
        ("[2001:db8::7]:22", "without brackets"),
        ("db.example:22", "wave_smoke_port"),
        ("192.0.2.7:22", "wave_smoke_port"),
        ("https://db.example/", "not a URL"),
        ("ssh://192.0.2.7", "not a URL"),
        (" 192.0.2.7", "Remove the blanks"),
        ("   ", "an IP address or a DNS name"),
        ("192.0.2.300", "an IP address or a DNS name"),
        ("3221225991", "an IP address or a DNS name"),
        ("0x7f000001", "an IP address or a DNS name"),
        ("root@db.example", "an IP address or a DNS name"),
        ("db example", "an IP address or a DNS name"),
        ("-oProxyCommand=x", "an IP address or a DNS name"),
        ("db..example", "an IP address or a DNS name"),
        ("a" * 64, "an IP address or a DNS name"),
        ("{{ db }}", "an IP address or a DNS name"),
        ("db\nexample", "an IP address or a DNS name"),
        ("192.0.2.0/24", "an IP address or a DNS name"),
        (7, "an IP address or a DNS name"),
        (["192.0.2.7"], "an IP address or a DNS name"),
        (False, "an IP address or a DNS name"),
    ],
)
def test_a_target_that_is_neither_is_refused_before_the_launch(value, advice):
    problem = problem_of(target_host=value)
    assert problem.startswith("wave_target_host is ")
    assert advice in problem
    assert "\n" not in problem


def test_a_host_has_all_its_problems_in_one_text():
    problem = problem_of(id="", services="x", launch="x", target_host="[::1]", tasks={"thaw": "missing.yml"})
    for words in ("sms_id", "wave_services", "wave_launch", "wave_target_host", "wave_thaw_tasks"):
        assert words in problem


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["ask", "api", "~x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ANY_HOST = st.fixed_dictionaries({}, optional=dict.fromkeys(host(), PLAIN))


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=5), ANY_HOST, max_size=3), st.booleans())
def test_whatever_variables_contain_there_are_messages_and_no_exceptions(hosts, check_mode):
    run = run_of(len(hosts), check_mode=check_mode)
    for text in [*problems_of_run(run, hosts), *problems_of_hosts(run, hosts).values()]:
        assert text.endswith(".")
        assert text == _text.plain(text, len(text))


# The role thaw


def thaw_problems(*hosts):
    run = Run("linear", frozenset(), len(hosts), False, True, (), thaws=True)
    return problems_of_run(run, hosts_with(*hosts))


@pytest.mark.parametrize("confirm", [None, 1, 3, "", True, "two", [2]])
def test_a_forced_restart_requires_the_number_of_hosts_on_each_of_them(confirm):
    forced = {"thaw_force": "true", "thaw_confirm": 2}
    (problem,) = thaw_problems(forced, {**forced, "thaw_confirm": confirm})
    assert problem.endswith("the play has 2 hosts. If the target of none of them runs, set thaw_confirm: 2.")
    assert thaw_problems(forced, {**forced, "thaw_confirm": "2"}) == []


def test_a_restart_without_force_requires_no_number():
    assert thaw_problems({"thaw_force": False, "thaw_confirm": None}, {"thaw_force": "no"}) == []


def test_one_forced_host_requires_the_number():
    assert len(thaw_problems({"thaw_force": True}, {})) == 1


def test_variables_of_a_launch_do_not_prevent_a_restart():
    wrong = {"confirm": 42, "launch": "api", "interval": "soon", "services": None}
    assert thaw_problems(wrong, {"confirm": 43}) == []
    assert problems_of_hosts(Run("linear", frozenset(), 2, False, False, (), thaws=True), hosts_with(wrong)) == {}


# Consistency checks


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"synchronize": True}, ""),
        ({"synchronize": "yes", "consistency_check": "yes"}, ""),
        ({"consistency_check": True}, "requires wave_synchronize: true"),
        ({"consistency_check": True, "synchronize": False}, "requires wave_synchronize: true"),
        ({"consistency_check": True, "synchronize": True, "services": []}, "requires a freeze"),
        ({"consistency_check": True, "synchronize": True, "consistency_max_differences": "3"}, ""),
        ({"consistency_check": True, "synchronize": True, "consistency_max_differences": -1}, "is -1. It must be"),
        ({"consistency_check": True, "synchronize": True, "consistency_max_differences": "few"}, "is 'few'"),
        ({"consistency_check": True, "synchronize": True, "consistency_max_differences": None}, "is not set"),
        ({"consistency_check": True, "synchronize": True, "consistency_max_differences": 0.5}, "a whole number"),
    ],
)
def test_a_consistency_check_requires_a_freeze_and_the_synchronization_that_includes_it(values, problem):
    found = problem_of(**values)
    assert problem in found
    assert bool(found) is bool(problem)
