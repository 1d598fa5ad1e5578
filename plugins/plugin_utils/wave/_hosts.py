# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the hosts of a wave, as the facts of the play describe them.

The role evaluates each variable on the host that it belongs to, and stores the values as facts of that host. Nothing
here or in a step reads a variable of the host that happens to run the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions._accounts import Accounts, plain_copy

# The facts that the role sets on each host.
SETTINGS, CONNECTION, REMOVAL = "_wave_host", "_wave_connection", "_wave_removal"
# The results of the last actions: freezing or reading the freeze record, and launching.
FREEZE, LAUNCH = "_wave_freeze", "_wave_launch"
# The result of the request for a synchronization.
SYNCHRONIZATION = "_wave_synchronization"
# The result of the validation: the ID and the steps of this run, and the validated settings of each host.
VALIDATION = "_wave_validation"
# The answer of the person who was asked to launch targets.
ANSWER = "_wave_answer"


class HostSettings(TypedDict, total=False):
    """The role's variables of one host. Times are in seconds.

    :ivar batch: the names of all hosts of the batch when the role began.
    :ivar services: the declared services; None if nothing is declared.
    :ivar tasks: the user's own file of tasks for each step; empty if there is none.
    """

    id: str
    batch: list[str]
    address: str
    port: Any
    shared_address: bool
    services: Any
    windows: bool
    mark: str
    thaw: bool
    thaw_force: bool
    fail_on: list[str]
    start: bool
    target: dict[str, Any]
    settings: dict[str, Any]
    launch: str
    launch_operation: str
    synchronize: bool
    consistency_check: bool
    consistency_max_differences: int
    settle: float
    connect_with: str
    target_host: str
    smoke_port: Any
    smoke_timeout: float
    tasks: dict[str, str]
    # The variables of the run, which are equal on all hosts.
    confirm: Any
    thaw_confirm: Any
    max_running: int
    interval: float
    replicate_timeout: float
    cutover_timeout: float
    disconnected_timeout: float
    synchronize_timeout: float
    ask_timeout: float
    report_path: str


class Removal(TypedDict, total=False):
    """Why a host was removed from the wave.

    :ivar services: what became of its services; absent if there was nothing to restart.
    :ivar unknown: whether nobody knows if its target was launched.
    """

    step: str
    reason: str
    services: str
    unknown: bool


class FreezeResult(TypedDict, total=False):
    """The result of the last action of this run that wrote or read the freeze record of a host.

    :ivar progress: that of the record; empty without a record.
    :ivar age: seconds since the freeze, by the clock of the server, when the record was read.
    :ivar read_at: monotonic time of the controller at that moment.
    :ivar frozen_at_sms: when SMS sent the first response after the last stop, in milliseconds.
    :ivar frozen: whether this run has proven that the host is frozen.
    """

    progress: str
    age: float | None
    read_at: float
    frozen_at_sms: int | None
    frozen: bool
    msg: str


class LaunchResult(TypedDict, total=False):
    """The result of the launch of a host by this run.

    :ivar offered: whether somebody else may launch it now.
    :ivar refused: whether SMS certainly rejected the request of this run.
    :ivar unknown: whether it is not known if SMS processed the request.
    :ivar note: what is to be known about a launch by somebody else.
    """

    note: str
    offered: bool
    refused: bool
    unknown: bool
    msg: str


class SynchronizationResult(TypedDict, total=False):
    """The result of the request for a synchronization of a frozen host.

    :ivar requested: whether this run or an earlier one requested it, whatever became of the request.
    :ivar refused: why none is requested; empty if one was.
    :ivar frozen_at_sms: as of :class:`FreezeResult`.
    """

    requested: bool
    refused: str
    frozen_at_sms: int | None
    msg: str


class Host(NamedTuple):
    """A host of the wave.

    :ivar connection: the connection options of its account.
    :ivar removal: empty if it is in the wave.
    :ivar freeze: empty if no action of this run has read its freeze record.
    :ivar launch: empty if this run has not tried to launch it.
    :ivar synchronization: empty if this run has not tried to synchronize it.
    :ivar run: the ID of this run.
    :ivar seen_at: monotonic time at which SMS showed, after a launch was called off, that it was not launched; None if
        it was not queried then.
    """

    name: str
    server_id: str
    settings: HostSettings
    connection: Mapping[str, Any]
    removal: Removal
    freeze: FreezeResult
    launch: LaunchResult
    run: str
    seen_at: float | None = None
    synchronization: SynchronizationResult = SynchronizationResult()

    @property
    def services(self) -> list[str]:
        """The services that the user declared."""
        return list(self.settings.get("services") or [])

    @property
    def stays_frozen(self) -> bool:
        """Whether the user wants to restart the services by hand if the host is removed from the wave."""
        return self.settings.get("thaw") is False

    @property
    def freezes_nothing(self) -> bool:
        """Whether the user declared that there is nothing to freeze."""
        return self.settings.get("services") == [] and not self.tasks("freeze")

    @property
    def declares_freeze(self) -> bool:
        """Whether the user declared what is frozen, or that nothing is. Without that, nothing is launched."""
        return self.settings.get("services") is not None or bool(self.tasks("freeze"))

    def tasks(self, step: str) -> str:
        """Return the path of the user's own tasks for a step; empty if there are none."""
        return str((self.settings.get("tasks") or {}).get(step) or "")


WaveAccounts = Accounts[Host]


def hosts_from(hostvars: Mapping[str, Any], names: Iterable[str], validated: bool = True) -> list[Host]:
    """Return the hosts of these names.

    :param validated: whether the validation of this run has succeeded.
    """
    return [host_from(hostvars, name, validated) for name in names]


def host_from(hostvars: Mapping[str, Any], name: str, validated: bool = True) -> Host:
    """Return one host. One whose variables could not be evaluated has empty settings."""
    variables = hostvars[name]
    connection, removal, freeze, launch, synchronization = (
        _dictionary(variables.get(key)) for key in (CONNECTION, REMOVAL, FREEZE, LAUNCH, SYNCHRONIZATION)
    )
    settings, run = _dictionary(variables.get(SETTINGS)), ""
    if validated:
        validation = variables.get(VALIDATION) or {}
        # The result has all hosts: only the part of this one is copied.
        settings = _dictionary(validation["hosts"][name]["settings"]) if validation.get("hosts") else {}
        run = str((validation.get("run") or {}).get("id") or "")
    server_id = str(settings.get("id") or "")
    seen_at = ((variables.get(ANSWER) or {}).get("seen_at") or {}).get(name)
    return Host(name, server_id, settings, connection, removal, freeze, launch, run, seen_at, synchronization)  # type: ignore[arg-type]


def _dictionary(value: Any) -> dict[str, Any]:
    copy = plain_copy(value)
    return copy if isinstance(copy, dict) else {}
