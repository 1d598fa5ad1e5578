# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the hosts of a wave, as the facts of the play describe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Accounts, plain_copy

# The facts that the role sets on each host: its settings, its connection, its result, its freeze record.
SETTINGS, CONNECTION, FATE, MARK = "_wave_host", "_wave_connection", "_wave_fate", "_wave_mark"


class Host(NamedTuple):
    """A host of the wave.

    :ivar settings: the values of its variables.
    :ivar connection: the connection options of its account.
    :ivar fate: the step that removed it from the wave, and the reason; empty if it was not removed.
    :ivar mark: what this step read of its freeze record.
    """

    name: str
    server_id: str
    settings: Mapping[str, Any]
    connection: Mapping[str, Any]
    fate: Mapping[str, Any]
    mark: Mapping[str, Any]

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
    hosts = []
    for name in names:
        variables = hostvars[name]
        found = {key: plain_copy(variables.get(key)) for key in (SETTINGS, CONNECTION, FATE, MARK)}
        given = {key: value if isinstance(value, Mapping) else {} for key, value in found.items()}
        server_id = str(given[SETTINGS].get("id") or "")
        hosts.append(Host(name, server_id, given[SETTINGS], given[CONNECTION], given[FATE], given[MARK]))
    return hosts
