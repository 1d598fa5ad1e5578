# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory update in AWX, and jobs on what came of it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

CONNECTED = {"sms-test", "sms-win16", "sms-centos", "smsc-test"}
LINUX_SOURCES = {"linux_sources_1a9aee6c", "linux_sources_2d41ea08", "linux_sources_d8ab16fe"}
NEWCOMER = "ffffffff-0000-4000-8000-000000000000"
COMMAND = "lookup('pipe', 'touch executed')"
HOSTILE_NAMES = [
    *("web:22", "::1", "localhost", "a,b", "web [1]", "", "é"),
    *(f"{{{{ {COMMAND} }}}}", "{% if x %}y{% endif %}"),
]
PLAY = """
- hosts: sms
  gather_facts: false
  tasks:
    - debug: {msg: "hostname <{{ sms_hostname }}>"}
    - debug: {var: "hostvars[inventory_hostname]"}
"""


@pytest.fixture
def update(project, sync, token):
    """Updates the inventory from a file with the options given."""

    def update(**options):
        project(**options)
        return sync(**token)

    return update


def names_by_id(inventory):
    return {hostvars["sms_id"]: name for name, hostvars in inventory.hosts.items()}


def test_the_example_is_imported(update):
    inventory = update().inventory
    assert len(inventory.hosts) == 10
    assert inventory.groups["sms"] == set(inventory.hosts)
    assert inventory.groups["state_finished"] == {"sms-test", "sms-win16", "smsc-test"}
    assert inventory.groups["state_unavailable"] >= LINUX_SOURCES
    assert inventory.hosts["sms-test"]["sms_state"] == "finished"
    assert inventory.hosts["sms-test"]["ansible_host"] == "198.18.0.1"


def test_groups_without_a_host_are_imported_too(update):
    groups = update().inventory.groups
    assert groups["migration_cycle_cutovering"] == groups["state_syncing"] == set()


def test_harmless_strings_are_imported_plainly(update):
    output = update(checks="all", compose={"copied": "sms_name ~ '.example'"}).output
    assert "__ansible" not in output
    assert '"copied": "sms-test.example"' in output


@pytest.mark.parametrize("value", ["true", "True", "TRUE"])
def test_connected_servers_are_enabled_and_the_others_are_not(update, value):
    assert update().inventory.enabled("sms_connected", value) == CONNECTED


@pytest.mark.parametrize("value", ["", "1", "yes", "on"])
def test_an_enabled_value_that_is_missing_or_another_word_for_true_disables_all_hosts(update, value):
    assert update().inventory.enabled("sms_connected", value) == set()


@pytest.mark.parametrize(
    ("variable", "value", "disabled"),
    [
        ("sms_state", "finished", {"sms-centos", "sms-ubuntu", "sms-sms2", "sms-centos7", *LINUX_SOURCES}),
        ("sms_current_task.state", "migrate_success", {"sms-centos"}),
        ("sms_enterprise_project_id", "0", set()),
        ("no_such_variable", "true", set()),
    ],
)
def test_other_variables_can_tell_too_which_hosts_are_enabled(update, variable, value, disabled):
    inventory = update().inventory
    assert inventory.hosts.keys() - inventory.enabled(variable, value) == disabled


def test_an_unchanged_fleet_gives_the_same_output(update):
    assert update().output == update().output


def test_names_do_not_change_when_the_order_of_the_listing_does(emulator, update):
    before = names_by_id(update().inventory)
    records = emulator.fleet()
    emulator.replace_fleet([{**record, "add_date": number} for number, record in enumerate(records)])
    assert [record["id"] for record in emulator.fleet()] != [record["id"] for record in records]
    assert names_by_id(update().inventory) == before


def test_names_do_not_change_when_servers_register_vanish_and_move_on(emulator, update):
    before = names_by_id(update().inventory)
    gone, changed = (record["id"] for record in emulator.fleet()[:2])
    emulator.change_fleet(
        register=[{"id": NEWCOMER, "name": "newcomer"}],
        vanish=[gone],
        update={changed: {"state": "syncing", "ip": "192.0.2.1", "connected": False}},
    )
    after = names_by_id(update().inventory)
    assert after == {**{key: name for key, name in before.items() if key != gone}, NEWCOMER: "newcomer"}


@pytest.mark.parametrize(
    ("hostnames", "kept"),
    [(["name"], False), (["sms_name ~ '_' ~ sms_id[:8]"], True), (["id"], True)],
    ids=["the name alone", "name and ID", "the ID alone"],
)
def test_a_newcomer_of_the_same_name_renames_hosts_unless_their_names_hold_the_id(emulator, update, hostnames, kept):
    before = names_by_id(update(hostnames=hostnames).inventory)
    server = emulator.fleet()[0]
    emulator.change_fleet(register=[{"id": NEWCOMER, "name": server["name"]}])
    after = names_by_id(update(hostnames=hostnames).inventory)
    assert (after[server["id"]] == before[server["id"]]) is kept


def test_hosts_of_any_name_can_be_imported(emulator, update):
    emulator.replace_fleet([{"id": str(number), "name": name} for number, name in enumerate(HOSTILE_NAMES)])
    inventory = update().inventory
    assert len(names_by_id(inventory)) == len(HOSTILE_NAMES)
    assert not any(":" in name or "{" in name for name in inventory.hosts)
    assert not inventory.hosts.keys() & {"localhost", "::1", "127.0.0.1"}


def test_a_large_fleet_is_imported(project, sync):
    project(checks="none")
    with Emulator(servers=1000) as emulator:
        inventory = sync(HUAWEICLOUD_SMS_ENDPOINT=emulator.url, HW_AUTH_TOKEN=emulator.token).inventory
    assert len(names_by_id(inventory)) == len(inventory.hosts) == 1000


@pytest.mark.parametrize("verbosity", [3, 5])
def test_a_verbose_update_has_the_same_output_and_shows_no_secret(emulator, project, sync, token, verbosity):
    project()
    verbose = sync(verbosity=verbosity, **token)
    assert verbose.output == sync(**token).output
    assert "source_servers" in verbose.messages
    assert not verbose.shows(emulator.token)


@pytest.mark.parametrize(
    ("limit", "names"),
    [
        ("os_type_windows", {"sms-test", "sms-win16", "sms-sms2"}),
        ("sms:!state_unavailable", {"sms-test", "sms-win16", "sms-centos", "sms-sms2", "smsc-test"}),
        ("migration_cycle_cutovering", set()),
    ],
)
def test_an_update_can_be_limited_also_to_a_documented_group_that_is_empty(project, sync, token, limit, names):
    project()
    assert set(sync(limit=limit, **token).inventory.hosts) == names


def test_a_limit_to_a_group_that_does_not_exist_fails(project, sync, token):
    project()
    update = sync(limit="state_synching", **token)
    assert update.status == "failed"
    assert "state_synching" in update.messages


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 403, "error_code": "APIGW.0302"}, "sms:server:list"),
        ({"kind": "body", "body": {"count": 11, "source_servers": []}}, "could not be proven complete"),
    ],
)
def test_an_update_that_fails_says_why_and_hands_nothing_to_the_importer(emulator, update, fault, words):
    emulator.faults(fault)
    failed = update(retries=0)
    assert failed.status == "failed"
    assert failed.output is None
    assert words in failed.messages
    assert not failed.shows(emulator.token)
    assert "Traceback" not in failed.messages


def test_with_the_guides_setting_a_failure_is_reported_by_this_plugin_alone(emulator, project, sync, token, guide):
    (setting,) = guide("ANSIBLE_INVENTORY_ENABLED")
    emulator.faults({"kind": "status", "status": 403})
    project()
    failed = sync(**token, **setting)
    assert failed.status == "failed"
    assert failed.messages.count("[WARNING]: Failed to parse") + failed.messages.count("* Failed to parse") == 1


def test_an_update_without_a_credential_says_what_is_missing(emulator, project, sync):
    project(endpoint=emulator.url)
    failed = sync()
    assert failed.status == "failed"
    assert "No credentials" in failed.messages


def test_source_variables_reach_templates_in_the_file(project, sync, token):
    project(state="{{ lookup('ansible.builtin.env', 'SMS_STATE') }}")
    assert set(sync(SMS_STATE="error", **token).inventory.hosts) == {"sms-centos"}


@pytest.fixture
def folder(emulator, project):
    """A folder of files for two accounts, the second of which cannot be listed."""
    for name in ("a", "b"):
        project(f"accounts/{name}.yml", endpoint=emulator.url, token=emulator.token, group=f"sms_{name}", retries=0)
    emulator.faults({"kind": "status", "status": 403, "skip": 1})
    return "accounts"


def test_without_the_guides_setting_one_failing_account_goes_unnoticed(sync, folder):
    inventory = sync(folder).inventory
    assert len(inventory.groups["sms_a"]) == 10
    assert "sms_b" not in inventory.groups


def test_with_the_guides_setting_one_failing_account_fails_the_update(sync, folder, guide):
    (setting,) = guide("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED")
    failed = sync(folder, **{name: str(value) for name, value in setting.items()})
    assert failed.status == "failed"
    assert failed.output is None


def test_a_folder_of_accounts_is_imported_as_one_inventory(emulator, sync, folder):
    emulator.clear_faults()
    inventory = sync(folder).inventory
    assert inventory.groups["sms_a"] == inventory.groups["sms_b"] == set(inventory.hosts)


def test_sources_of_their_own_share_no_name_where_each_has_its_prefix(project, update):
    first = update(hostnames=["'emea-' ~ sms_name"]).inventory
    second = update(hostnames=["'apac-' ~ sms_name"]).inventory
    assert len(first.hosts) == len(second.hosts) == 10
    assert not first.hosts.keys() & second.hosts.keys()


def test_a_job_sees_the_values_and_executes_none_of_them(emulator, update, job, tmp_path):
    texts = [f"{{{{ {COMMAND} }}}}", "{{ 7*7 }}", "{% raw %}", "#jinja2:variable_start_string:'[%'", "plain"]
    emulator.replace_fleet([{"id": str(n), "name": f"web{n}", "hostname": text} for n, text in enumerate(texts)])
    run = job(update().inventory, PLAY)
    printed = run.stdout.read()
    assert run.status == "successful", printed
    messages = {
        event["event_data"]["host"]: event["event_data"]["res"]["msg"]
        for event in run.events
        if event["event"] == "runner_on_ok" and "msg" in event["event_data"]["res"]
    }
    assert messages == {f"web{number}": f"hostname <{text}>" for number, text in enumerate(texts)}
    assert not list(tmp_path.rglob("executed"))


def test_what_awx_stores_is_what_the_service_sent(emulator, update):
    records = {record["id"]: record for record in emulator.fleet()}
    for hostvars in update(checks="all").inventory.hosts.values():
        record = records[hostvars["sms_id"]]
        assert json.loads(json.dumps({field: hostvars[f"sms_{field}"] for field in record})) == record
