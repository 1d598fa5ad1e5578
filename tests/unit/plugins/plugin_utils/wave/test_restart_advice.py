# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host that stays frozen advises a person to do."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _evidence, _operations
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import FreezeRecord
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freezer import Inspection
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import Evidence
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host

pytestmark = pytest.mark.core

COMMAND = "ansible-playbook -i <inventory> huaweicloud.sms.thaw --limit web"
FORCE = " -e thaw_force=true -e thaw_confirm=1"
IN_SYNC = {"id": "an-id", "state": "syncing", "migration_cycle": "syncing", "connected": True}


class Frozen:
    """A server with the freeze record of an earlier run."""

    now = 0.0

    def inspect(self, _services):
        record = FreezeRecord("an-id", progress="frozen", declared=("shop",), ran=("shop",), frozen_at=0.0)
        return Inspection(record, "", {}, {}, "", 0.0)

    def take_over(self, inspection, _is_registered):
        return inspection.record


def restart(monkeypatch, evidence=None, allowed=True, **settings):
    def read(_client, _server_id):
        if evidence is None:
            raise SmsError("SMS did not answer.")
        return evidence

    monkeypatch.setattr(_evidence, "read", read)
    host = Host("web", "an-id", {"services": ["shop"], **settings}, {}, {}, {}, {}, "this run")
    return _operations.restart(_operations.Operation(host, Frozen(), None, False, 1, print), allowed)


def test_a_host_whose_task_was_deleted_is_restarted_only_by_force(monkeypatch):
    result = restart(monkeypatch, Evidence(IN_SYNC))
    assert result["frozen"]
    assert result["msg"].endswith(COMMAND + FORCE)


def test_a_failed_query_is_no_reason_to_force_a_restart(monkeypatch):
    result = restart(monkeypatch)
    assert result["frozen"]
    assert result["msg"].endswith(COMMAND)


def test_a_host_that_has_to_stay_frozen_says_so(monkeypatch):
    result = restart(monkeypatch, Evidence(IN_SYNC), allowed=False, thaw=False)
    assert result["msg"].startswith("It stays frozen, since wave_thaw is false (shop was stopped).")
    result = restart(monkeypatch, Evidence(IN_SYNC), allowed=False, thaw=True)
    assert result["msg"].startswith("An earlier run froze it (shop was stopped).")


def test_nothing_logs_in_to_a_host_without_services_that_this_run_did_not_freeze(monkeypatch):
    monkeypatch.setattr(Frozen, "inspect", None)
    assert restart(monkeypatch, allowed=False, services=[], tasks={})["nothing"]
