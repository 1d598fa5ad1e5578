# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the action plugins share: an action that runs in this process, against the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible.template import Templar


@dataclass(frozen=True)
class Outcome:
    """What an action came to.

    :ivar result: what it returned.
    :ivar screen: what it showed.
    :ivar warnings: what it warned of, in one line.
    """

    result: dict[str, Any]
    screen: str
    warnings: str

    @property
    def failed(self):
        return self.result.get("failed", False)


def run_action(name, check_mode, options, task_vars=None):
    task = Task()
    task.action = f"huaweicloud.sms.{name}"
    task.args = options
    task.check_mode = check_mode
    loader = DataLoader()
    play_context = PlayContext()
    action = action_loader.get(
        f"huaweicloud.sms.{name}",
        task=task,
        connection=connection_loader.get("ansible.builtin.local", play_context),
        play_context=play_context,
        loader=loader,
        templar=Templar(loader),
        shared_loader_obj=None,
    )
    return action.run(task_vars=task_vars or {})


@pytest.fixture
def act(connection, capsys):
    """Runs an action of the collection with the connection and further options: ``act("report", path="here")``."""

    def run(action, *, check_mode=False, task_vars=None, **options):
        result = run_action(action, check_mode, {**connection, **options}, task_vars)
        shown = capsys.readouterr()
        return Outcome(result, shown.out, " ".join(shown.err.split()))

    return run


@pytest.fixture
def listings(emulator):
    """Gives the requests for a list that the service has seen."""
    return lambda: [request for request in emulator.requests() if request["path"] == "/v3/sources"]
