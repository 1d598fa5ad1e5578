# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the hosts of a wave, as the facts of the play describe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Accounts, plain_copy

# The facts that the role sets on each host.
SETTINGS, CONNECTION, REMOVAL, FREEZE = "_wave_host", "_wave_connection", "_wave_removal", "_wave_freeze_record"


class Settings(TypedDict, total=False):
    """The role's variables of one host.

    :ivar batch: the names of all hosts of the batch when the role began.
    :ivar tasks: the user's own file of tasks for each step; empty if there is none.
    """

    id: str
    batch: list[str]
    services: Any
    services_given: bool
    thaw: bool
    target_host: str
    tasks: dict[str, str]


class Removal(TypedDict, total=False):
    """Why a host was removed from the wave.

    :ivar thawed: the result of the thaw; absent if there was nothing to thaw.
    """

    step: str
    reason: str
    is_misuse: bool
    thawed: str


class Freeze(TypedDict, total=False):
    """The result of the last task that completed or verified the freeze record of a host.

    :ivar frozen: the time of the freeze in ISO 8601; empty if the host is not known to be frozen.
    :ivar msg: what the task returned.
    """

    frozen: str
    msg: str


class Host(NamedTuple):
    """A host of the wave.

    :ivar connection: the connection options of its account.
    :ivar removal: empty if it is in the wave.
    :ivar freeze: empty if no task of this run has read its freeze record.
    """

    name: str
    server_id: str
    settings: Settings
    connection: Mapping[str, Any]
    removal: Removal
    freeze: Freeze

    @property
    def services(self) -> Any:
        """The services that the user declared; None if nothing is declared."""
        return self.settings.get("services") if self.settings.get("services_given") else None

    @property
    def freezes_nothing(self) -> bool:
        """Whether the user declared that there is nothing to freeze."""
        return self.services == [] and not self.tasks("freeze")

    def tasks(self, step: str) -> str:
        """Return the path of the user's own tasks for a step; empty if there are none."""
        return str((self.settings.get("tasks") or {}).get(step) or "")


WaveAccounts = Accounts[Host]


def hosts_from(hostvars: Mapping[str, Any], names: Iterable[str]) -> list[Host]:
    """Return the hosts of these names."""
    return [_host(name, hostvars[name]) for name in names]


def _host(name: str, variables: Mapping[str, Any]) -> Host:
    found = {key: plain_copy(variables.get(key)) for key in (SETTINGS, CONNECTION, REMOVAL, FREEZE)}
    facts: dict[str, Any] = {key: value if isinstance(value, dict) else {} for key, value in found.items()}
    server_id = str(facts[SETTINGS].get("id") or "")
    return Host(name, server_id, facts[SETTINGS], facts[CONNECTION], facts[REMOVAL], facts[FREEZE])
