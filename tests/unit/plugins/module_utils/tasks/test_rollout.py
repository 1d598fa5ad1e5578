# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One rollout for the servers of several accounts."""

from __future__ import annotations

from functools import partial

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _source_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import NewTask
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._outcome import Job
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._rollout import Rollout, RolloutOptions
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server, settings

TASK_FIELDS = {"state": "waiting", "migration_cycle": "setting"}


def ready(server_id, **fields):
    task = {"id": f"task-{server_id}", "name": "task", "state": "READY"}
    return ready_server(server_id, **TASK_FIELDS, current_task=task, **fields)


@pytest.fixture(scope="module")
def second_emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def accounts(running_emulator, second_emulator):
    """Two accounts, each with its emulator and a client."""
    found = []
    for emulator in (running_emulator, second_emulator):
        emulator.reset()
        emulator.set(attended=False)
        found.append((emulator, Client(settings(endpoint=emulator.url, token=emulator.token, retries=0))))
    yield found
    for _emulator, client in found:
        client.__exit__()


def fill(accounts, *counts):
    """Give each account so many servers with a task; return the jobs."""
    jobs = []
    for number, ((emulator, client), count) in enumerate(zip(accounts, counts, strict=True)):
        records = [ready(f"{number}-{one:02}") for one in range(count)]
        emulator.replace_fleet(records)
        jobs += [Job(client, record, NewTask(None, None)) for record in records]
    return jobs


def roll_out(accounts, jobs, **options):
    query = _query.query_from({}, environ={}).lasting
    listings = {client: partial(_source_servers.list_servers, client, query) for _emulator, client in accounts}
    lines = []
    rollout = Rollout(RolloutOptions(**{"goal": "started", "interval": 0.1, **options}), jobs, listings, lines.append)
    rollout.prepare(check_mode=False)
    rollout.check_targets()
    rollout.act()
    return rollout.outcomes, lines


def started(emulator):
    return sum(one["path"].endswith("/action") for one in emulator.changes())


def test_the_servers_of_two_accounts_migrate_at_the_same_time(accounts):
    # Time stands still, so that nothing finishes: one account after the other would never start the second.
    jobs = fill(accounts, 3, 3)
    outcomes, _lines = roll_out(accounts, jobs, max_running=4, wait_timeout=0.5)
    assert [started(emulator) for emulator, _client in accounts] == [3, 1]
    assert [one.kind for one in outcomes] == ["in_progress"] * 4 + ["failed"] * 2
    assert all("its turn" in one.msg for one in outcomes[4:])


def test_migrations_of_others_count_in_each_account_and_each_once(accounts):
    jobs = fill(accounts, 2, 2)
    for (emulator, _client), number in zip(accounts, "01", strict=True):
        emulator.change_fleet(register=[ready(f"other-{number}") | {"state": "replicate"}])
    # Another connection to the first account lists the same servers.
    emulator = accounts[0][0]
    again = Client(settings(endpoint=emulator.url, token=emulator.token))
    roll_out([*accounts, (emulator, again)], jobs, max_running=3, wait_timeout=0.3)
    assert sum(started(emulator) for emulator, _client in accounts) == 1


@pytest.mark.parametrize("status", [403, 503])
def test_an_account_that_cannot_be_listed_does_not_stop_the_others(accounts, status):
    jobs = fill(accounts, 2, 2)
    accounts[0][0].faults({"kind": "status", "status": status, "path": "/v3/sources", "method": "GET"})
    outcomes, _lines = roll_out(accounts, jobs, max_running=3, wait_timeout=0.3)
    assert [one.kind for one in outcomes] == ["failed"] * 2 + ["in_progress"] * 2
    assert all("It is not known how many others run" in one.msg for one in outcomes[:2])
    assert [started(emulator) for emulator, _client in accounts] == [0, 2]


def test_an_account_that_cannot_be_listed_while_others_wait_does_not_stop_them(accounts):
    jobs = fill(accounts, 1, 1)
    accounts[1][0].set(speed=20000)
    # Each server is read before and after its start; what follows is the first listing.
    accounts[0][0].faults({"kind": "status", "status": 403, "path": "/v3/sources", "method": "GET", "skip": 2})
    outcomes, _lines = roll_out(accounts, jobs, wait=True, wait_timeout=60)
    assert [one.kind for one in outcomes] == ["unknown", "done"]


def test_each_job_has_its_own_launch_operation_and_new_task(accounts):
    target = dict.fromkeys(("region_name", "project_name", "vm_id", "overwrite_disks", "name"))
    target |= {"project_id": "p", "template_id": "t"}
    jobs = []
    for number, (emulator, client) in enumerate(accounts):
        record = ready_server(f"{number}-00", current_task=None)
        emulator.replace_fleet([record])
        jobs.append(Job(client, record, NewTask(None, {**target, "region_id": f"region-{number}"})))
    roll_out(accounts, jobs, goal="present")
    assert [f"region-{number}" in emulator.changes()[0]["body"] for number, (emulator, _client) in enumerate(accounts)]
    jobs = []
    for number, (emulator, client) in enumerate(accounts):
        record = ready(f"{number}-00") | {"state": "syncing", "migration_cycle": "syncing"}
        record["current_task"]["state"] = "SYNCING"
        emulator.replace_fleet([record])
        emulator.clear_requests()
        jobs.append(Job(client, record, NewTask(None, None), ["test", "cutover"][number]))
    roll_out(accounts, jobs, goal="launched")
    assert ["cutover" in emulator.changes()[0]["body"] for emulator, _client in accounts] == [False, True]


def test_an_account_never_has_more_requests_at_once_than_its_client_allows(accounts):
    jobs = fill(accounts, 12, 1)
    accounts[0][0].set(latency=0.02)
    roll_out(accounts, jobs)
    emulator, client = accounts[0]
    assert started(emulator) == 12
    assert max(one["in_flight"] for one in emulator.requests()) <= client.concurrency
