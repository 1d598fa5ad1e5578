# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX makes of an imported inventory: limits, names, other kinds of inventories, and jobs of this collection."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.tests.awx.importer import Database

PLAY = """
- hosts: {hosts}
  gather_facts: false
  tasks: [debug: ]
"""
NOBODY = "leaves us with no hosts to target"
CONNECTED = {"sms-test", "sms-win16", "sms-centos", "smsc-test"}
GROUPED = """
plugin: ansible.builtin.constructed
strict: true
groups:
  to_cut_over: sms_migration_cycle == 'syncing' and sms_state == 'syncing'
  failed: sms_state == 'error'
"""


@pytest.fixture
def update(project, sync, token):
    """Updates the inventory from a file with the options given."""

    def update(**options):
        project(**options)
        return sync(**token)

    return update


def test_a_play_on_a_group_without_a_host_does_nothing(update, job):
    run = job(update().inventory, PLAY.format(hosts="state_syncing"))
    assert run.status == "successful"
    assert not list(run.host_events("sms-centos"))


def test_a_jobs_limit_that_leaves_no_host_fails_the_job(update, job):
    run = job(update().inventory, PLAY.format(hosts="sms"), limit="state_syncing")
    assert (run.status, run.rc) == ("failed", 1)
    assert NOBODY in " ".join(run.stdout.read().split())


def test_a_jobs_limit_and_a_plays_hosts_that_have_nothing_in_common_are_no_error(update, job):
    run = job(update().inventory, PLAY.format(hosts="state_syncing"), limit="state_error")
    assert run.status == "successful"


def swap_names(emulator):
    first, second = emulator.fleet()[:2]
    emulator.change_fleet(update={first["id"]: {"name": second["name"]}, second["id"]: {"name": first["name"]}})


@pytest.mark.parametrize(
    ("hostnames", "survives"),
    [(["name"], False), (["sms_name ~ '_' ~ sms_id[:8]"], True), (["id"], True)],
    ids=["the name alone", "name and ID", "the ID alone"],
)
def test_where_a_variable_is_the_identity_only_names_with_ids_survive_an_exchange(
    emulator, update, hostnames, survives
):
    database = Database("sms_id")
    database.update(update(hostnames=hostnames).inventory)
    swap_names(emulator)
    inventory = update(hostnames=hostnames).inventory
    if survives:
        database.update(inventory)
        assert set(database.names.values()) == set(inventory.hosts)
    else:
        with pytest.raises(ValueError, match="there is a host"):
            database.update(inventory)


def test_where_the_name_is_the_identity_an_exchange_of_names_is_imported(emulator, update):
    before = update().inventory
    swap_names(emulator)
    after = update().inventory
    assert after.hosts.keys() == before.hosts.keys()
    assert after.hosts["sms-test"]["sms_id"] == before.hosts["sms-win16"]["sms_id"]


@pytest.mark.parametrize("character", ["x", "例", " ", "{"])
def test_no_name_is_too_long_for_awx(emulator, update, character):
    names = [character * 3000, character * 3000, "y" + character * 254]
    emulator.replace_fleet([{"id": f"{number:08}", "name": name} for number, name in enumerate(names)])
    inventory = update(hostnames=["name"]).inventory
    assert len(inventory.hosts) == 3
    assert max(map(len, inventory.hosts)) <= 255 + len("_00000000")


def test_an_expression_cannot_make_a_name_that_is_too_long_either(emulator, update):
    emulator.replace_fleet([{"id": "00000001", "name": "x"}])
    (name,) = update(hostnames=["sms_name * 3000 ~ '_' ~ sms_id"]).inventory.hosts
    assert len(name) == 255


def test_a_host_filter_looks_at_the_beginning_of_names_and_at_nothing_else(update):
    inventory = update().inventory
    assert inventory.filtered("sms-") == set(inventory.hosts) - {"smsc-test"} - inventory.filtered("linux_")
    assert inventory.filtered("test") == set()
    assert inventory.filtered(".*test$") == {"sms-test", "smsc-test"}
    assert inventory.filtered("finished") == set()


def test_an_enabled_variable_within_a_task_leaves_servers_without_a_task_enabled(update):
    inventory = update().inventory
    idle = {name for name, hostvars in inventory.hosts.items() if hostvars["sms_current_task"] is None}
    assert len(idle) == 6
    assert inventory.enabled("sms_current_task.state", "SYNC_SUCCESS") == idle


def test_a_smart_inventory_can_look_into_variables_without_a_quote(update):
    inventory = update(hostnames=["sms_name ~ '_' ~ sms_id[:8]"]).inventory
    assert inventory.matching("sms_state.: .error.") == {"sms-centos_ebe80818"}
    assert inventory.matching("sms_connected.: true") == {
        "sms-test_7583895d",
        "sms-win16_4f63b0e6",
        "sms-centos_ebe80818",
        "smsc-test_ee28ac0d",
    }


def test_a_constructed_inventory_has_groups_of_its_own(update, construct):
    inventory = update().inventory
    constructed = construct(inventory, set(inventory.hosts), GROUPED).inventory
    assert constructed.groups["failed"] == {"sms-centos"}
    assert set(constructed.hosts) == set(inventory.hosts)


def test_a_disabled_host_is_missing_from_a_constructed_inventory(update, construct):
    inventory = update().inventory
    constructed = construct(inventory, inventory.enabled("sms_connected", "true"), GROUPED).inventory
    assert set(constructed.hosts) == CONNECTED


def test_a_constructed_inventory_can_be_limited_to_its_own_group(update, construct):
    inventory = update().inventory
    constructed = construct(inventory, set(inventory.hosts), GROUPED, limit="failed").inventory
    assert set(constructed.hosts) == {"sms-centos"}


def test_a_limit_on_a_constructed_group_that_no_host_meets_fails_the_update(update, construct):
    inventory = update().inventory
    failed = construct(inventory, set(inventory.hosts), GROUPED, limit="to_cut_over")
    assert failed.status == "failed"
    assert "to_cut_over" in failed.messages
    assert failed.output is None


def test_a_limit_on_a_documented_group_that_is_empty_does_not_fail_a_constructed_inventory(update, construct):
    inventory = update().inventory
    constructed = construct(inventory, set(inventory.hosts), GROUPED, limit="state_syncing").inventory
    assert not constructed.hosts


def test_a_job_runs_a_playbook_of_the_collection_with_the_same_credential(update, job, token):
    play = "- import_playbook: huaweicloud.sms.preflight\n"
    run = job(update().inventory, play, **token)
    printed = run.stdout.read()
    assert "sms-centos7" in printed, printed


def test_a_job_runs_a_role_of_the_collection_and_its_result_is_in_the_job(update, job, token, tmp_path):
    play = """
- hosts: localhost
  gather_facts: false
  roles:
    - role: huaweicloud.sms.report
      report_path: {path}
"""
    run = job(update().inventory, play.format(path=tmp_path / "report"), **token)
    assert run.status == "successful", run.stdout.read()
    assert (tmp_path / "report" / "report.json").exists()
