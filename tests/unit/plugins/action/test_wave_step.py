# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``wave_step``, in this process, against the emulator."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.core


@pytest.fixture
def step(act, emulator):
    """Runs a step of a wave with one host for each connection; gives what it returns of each host."""

    def run(name, **connections):
        servers = dict(zip(connections, emulator.fleet(), strict=False))
        hostvars = {
            host: {"_wave_host": {"id": servers[host]["id"], "batch": [*connections]}, "_wave_connection": connection}
            for host, connection in connections.items()
        }
        play = {"ansible_play_batch": [*connections], "ansible_play_hosts_all": [*connections]}
        task_vars = {**hostvars[next(iter(hostvars))], **play, "hostvars": hostvars}
        outcome = act("wave_step", step=name, task_vars=task_vars)
        assert not outcome.failed, outcome.result
        return outcome.result["hosts"]

    return run


@pytest.mark.parametrize("name", ["check", "summary"])
def test_an_invalid_connection_of_one_host_is_a_problem_of_that_host_only(step, name):
    hosts = step(name, web={}, db={"timeout": "soon"})
    assert "timeout" not in str(hosts["web"])
    if name == "check":
        assert "timeout" in hosts["db"]["msg"]
    assert hosts["web"]["state"]
    assert hosts["db"]["state"] in (None, "unknown")
