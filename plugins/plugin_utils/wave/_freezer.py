# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: stops and restarts the services of a server, and keeps its record.

A run may be killed between any two operations, and another run may work on the same server. Therefore:

* The record is written before a service is stopped, and removed after all services were started.
* Every change of the record is a compare-and-set: it fails if the file is not the one that was read.
* A service is stopped only after the record says that it ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._services import Server, Survey
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import (
    ConflictError,
    DiskError,
    ServerError,
    UnreachableError,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _freeze_record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._freeze_record import (
    FROZEN,
    LAUNCH_OFFERED,
    LAUNCH_REQUESTED,
    LAUNCHED,
    RESTARTING,
    STOPPING,
    FreezeRecord,
)

IsRegistered = Callable[[str], bool]

# Why a server with this progress is not frozen again.
_NO_FREEZE = {
    RESTARTING: "a run began to restart its services and did not end. Run the playbook huaweicloud.sms.thaw for it,"
    " then the wave again",
    LAUNCH_OFFERED: "an earlier run left its launch to a person. Look at it in SMS: if it was launched, finish the"
    " wave with --tags wait,smoke_test; if not, go on with --tags launch,wait,smoke_test, or run huaweicloud.sms.thaw",
    LAUNCH_REQUESTED: "an earlier run requested its launch, and the outcome is not in the record. Look at it in SMS: if"
    " it was launched, finish the wave with --tags wait,smoke_test; if not, go on with --tags launch,wait,smoke_test",
    LAUNCHED: "it was launched. Its services stay stopped, since its target runs. Finish the wave with"
    " --tags wait,smoke_test",
}


class OwnerError(ServerError):
    """The freeze record is another server's, or another machine's. It is left as it is."""


@dataclass(frozen=True)
class Inspection:
    """What is known of a server before anything is changed.

    :ivar record: the freeze record; None if there is none. It may be another server's.
    :ivar owner_problem: why the record is not this server's; empty if it is, or if there is none. ``begin`` and
        ``take_over`` may use such a record all the same, if its server is no longer registered.
    :ivar states: whether each service runs, for those whose state is known.
    :ivar unknown: why the state of a service is not known, for the others.
    :ivar machine_id: what identifies the machine; empty if nothing does.
    :ivar now: seconds since the epoch, by the server's clock.
    """

    record: FreezeRecord | None
    owner_problem: str
    states: dict[str, bool]
    unknown: dict[str, str]
    machine_id: str
    now: float


class StopResult(NamedTuple):
    """The outcome of stopping services.

    :ivar record: the record as it is now. A service that ran again was added to it.
    :ivar stopped: the services that were stopped now.
    """

    record: FreezeRecord
    stopped: list[str]


class RestartResult(NamedTuple):
    """The outcome of restarting services.

    :ivar started: the services that run now.
    :ivar problems: why each of the others does not.
    :ivar record_problem: why the record could not be updated or removed; empty if it was. A record that stays because
        a service does not run is no problem.
    """

    started: list[str]
    problems: list[str]
    record_problem: str


class Freezer:
    """Freezes one server, and restarts its services.

    :param path: of the freeze record on the server.
    :param server_id: the SMS ID of the server.
    :param run: the ID of this run, which is written into the record.
    :ivar now: the server's clock when the record was last read, in seconds since the epoch; None before.
    """

    def __init__(self, server: Server, path: str, server_id: str, run: str) -> None:
        self._server = server
        self._path = path
        self._id = server_id
        self._run = run
        self.now: float | None = None
        self._machine_id: str | None = None

    def inspect(self, services: Sequence[str]) -> Inspection:
        """Return the record and the states of the services, in one command. Nothing is changed.

        A service whose state is not known, or a record of another server, is in the result and no error.

        :raises SmsError: the server cannot be queried, or the record cannot be used.
        """
        survey, record = self._look(services)
        problem = self._owner_problem(record) if record else ""
        return Inspection(record, problem, {**survey.states}, {**survey.unknown}, survey.machine_id, survey.now)

    def take_over(self, inspection: Inspection, is_registered: IsRegistered) -> FreezeRecord | None:
        """Return the record of this server, or that of an earlier registration of the same machine. Nothing is changed.

        :param is_registered: returns whether SMS has a server with this ID; it may raise an SmsError.
        :raises OwnerError: the record is another server's.
        """
        return self._owned(inspection.record, is_registered) if inspection.record else None

    def begin(self, services: Sequence[str], is_registered: IsRegistered) -> FreezeRecord:
        """Write the services into the record, those of an earlier run included. Nothing is stopped.

        A record that is frozen stays as it is if none of the services runs and none is new.

        :param is_registered: as for :meth:`take_over`.
        :raises SmsError: the state of a service is not known, the record says that the server is or may be launched, it
            is another server's, or it cannot be written. Then nothing was changed.
        """
        survey, found = self._look(services)
        _services.require_known(survey.unknown)
        before = self._owned(found, is_registered) if found else None
        if before and before.progress in _NO_FREEZE:
            raise ServerError(f"It is not frozen again: {_NO_FREEZE[before.progress]}. ({self._described(before)})")
        known = before or FreezeRecord(self._id, started_at=survey.now)
        states = {**survey.states, **self._missing_states(known.declared, survey)}
        declared = _union(known.declared, services)
        running = [name for name in declared if states[name]]
        if before and before is found and _is_complete(before) and declared == before.declared and not running:
            return before
        record = FreezeRecord(
            server_id=self._id,
            machine_id=survey.machine_id,
            run=self._run,
            progress=STOPPING,
            declared=declared,
            ran=_union(known.ran, running),
            started_at=survey.now if known.started_at is None else known.started_at,
            text=known.text,
        )
        return self._write(record)

    def stop(self, record: FreezeRecord) -> StopResult:
        """Stop all declared services that run.

        :raises SmsError: a service cannot be stopped or its state is not known, or the record is no longer that.
        """
        survey = self._unchanged(record)
        running = [name for name in record.declared if survey.states[name]]
        if running and record.progress != STOPPING:
            raise ServerError(f"{_names(running)} cannot be stopped: {self._described(record)}, not {STOPPING}.")
        # It may have been started since the record was written, and has to be restarted as well.
        if not {*running} <= {*record.ran}:
            record = self._write(replace(record, ran=_union(record.ran, running), run=self._run))
        try:
            stopped = [name for name in running if self._server.stop(name)]
        finally:
            self._keep(record)
        return StopResult(record, stopped)

    def complete(self, record: FreezeRecord, frozen_at_sms: float | None) -> FreezeRecord:
        """Write the time of the freeze into the record. A record that is frozen stays as it is.

        :param frozen_at_sms: the time of SMS after the last stop, in milliseconds since the epoch; None if SMS does
            not say it, so that only the time since the freeze counts.
        :raises SmsError: a service runs or its state is not known, or the record is no longer that.
        """
        survey = self._unchanged(record)
        _refuse_running(survey.states)
        if record.progress == FROZEN:
            return record
        if record.progress != STOPPING:
            raise ServerError(f"It is not frozen: {self._described(record)}.")
        return self.advance(record, FROZEN, frozen_at=survey.now, frozen_at_sms=frozen_at_sms)

    def prove(self, declared_now: Sequence[str], progresses: Iterable[str] = (FROZEN,)) -> FreezeRecord:
        """Verify that the freeze is complete and no declared service runs, and return the record.

        :param declared_now: the services that are declared in this run.
        :param progresses: what the progress of the record may be.
        :raises SmsError: the server is not frozen, or that is not known.
        """
        survey, record = self._look(declared_now)
        if record is None:
            raise ServerError(f"It is not frozen: it has no freeze record {self._path}. Run the step freeze.")
        self._refuse_others(record)
        if record.version < 2:
            raise ServerError(
                f"It is not proven to be frozen: version 2.0.0 wrote {self._path}, which did not note the machine. Run"
                f" the step freeze."
            )
        if record.progress not in progresses:
            raise ServerError(f"It is not proven to be frozen: {self._described(record)}. Run the step freeze.")
        added = [name for name in declared_now if name not in record.declared]
        if added:
            raise ServerError(
                f"It is not frozen: when it was frozen, {_names(added)} was not declared. Run the step freeze."
            )
        _services.require_known(survey.unknown)
        _refuse_running({**survey.states, **self._missing_states(record.declared, survey)})
        return record

    def advance(self, record: FreezeRecord, progress: str, **changes: Any) -> FreezeRecord:
        """Write another progress, and other fields, into the record that was read.

        :param changes: fields of the record. Times are those of the server: see :attr:`now`.
        :raises ConflictError: the record was changed since, or another run is changing it.
        :raises DiskError: the record cannot be written.
        """
        return self._write(replace(record, progress=progress, run=self._run, **changes))

    def restart(self, record: FreezeRecord) -> RestartResult:
        """Start all services that ran, the last one first, and remove the record if all of them run.

        Whether the services may be started is for the caller to decide.

        :raises ConflictError: the record was changed since it was read. Nothing was started.
        :raises SmsError: it is not known whether the record was changed. Nothing was started.
        """
        record_problem = ""
        try:
            # From here on it is not frozen. A run that is killed now must not leave a record by which it is launched.
            record = self.advance(record, RESTARTING)
        except DiskError as error:
            record_problem = str(error)
        started, problems = self._start(record.ran)
        if not problems:
            try:
                self._server.replace(self._path, record.text, None)
                record_problem = ""
            except ServerError as error:
                record_problem = record_problem or str(error)
        return RestartResult(started, problems, record_problem)

    def _start(self, ran: Sequence[str]) -> tuple[list[str], list[str]]:
        """Start services, the last one first; return those that run, and why each of the others does not."""
        started: list[str] = []
        problems: list[str] = []
        for number, name in enumerate(reversed(ran)):
            try:
                self._server.start(name)
                started.append(name)
            except UnreachableError as error:
                return started, [*problems, f"{_names([*reversed(ran)][number:])}: {error}"]
            except ServerError as error:
                # The other services are started all the same.
                problems.append(str(error))
        return started, problems

    def _look(self, services: Sequence[str]) -> tuple[Survey, FreezeRecord | None]:
        survey = self._server.survey(self._path, services)
        self.now, self._machine_id = survey.now, survey.machine_id
        return survey, _freeze_record.from_json(survey.text, self._path)

    def _unchanged(self, record: FreezeRecord) -> Survey:
        """Return the states of the declared services.

        :raises ServerError: a state is not known, or the file is no longer the record.
        """
        survey = self._server.survey(self._path, record.declared)
        self.now, self._machine_id = survey.now, survey.machine_id
        self._refuse_others(record)
        if survey.text != record.text:
            raise ConflictError(f"{self._path} was changed by another run since it was read. Run the step again.")
        _services.require_known(survey.unknown)
        return survey

    def _keep(self, record: FreezeRecord) -> None:
        """Write the services that were stopped into the record again if another run has changed it meanwhile.

        That run may have restarted them before they were stopped here, and then removed the record: nothing would say
        that they have to run. Its own removal fails if the record is written before.

        :raises ConflictError: another run has changed the record.
        """
        survey, found = self._look([])
        if survey.text == record.text:
            return
        now = found or replace(record, text=None)
        self._refuse_others(now)
        progress = now.progress if now.progress in (LAUNCH_OFFERED, LAUNCH_REQUESTED, LAUNCHED) else STOPPING
        declared, ran = _union(now.declared, record.declared), _union(now.ran, record.ran)
        self._write(replace(now, progress=progress, declared=declared, ran=ran, run=self._run))
        raise ConflictError(f"{self._path} was changed by another run while services were stopped. Run the step again.")

    def _missing_states(self, declared: Sequence[str], survey: Survey) -> dict[str, bool]:
        """Return the states of those services of an earlier run that the survey did not include."""
        return self._server.states([name for name in declared if name not in survey.states])

    def _write(self, record: FreezeRecord) -> FreezeRecord:
        self._refuse_others(record)
        after = _freeze_record.written(record)
        if after.text != record.text:
            self._server.replace(self._path, record.text, after.text)
        return after

    def _owned(self, record: FreezeRecord, is_registered: IsRegistered) -> FreezeRecord:
        """Return the record if it is this server's, or one of an earlier registration of the same machine.

        :raises OwnerError: it is another server's.
        """
        same_machine = bool(self._machine_id) and record.machine_id == self._machine_id
        if record.server_id != self._id and same_machine and not is_registered(record.server_id):
            return replace(record, server_id=self._id)
        self._refuse_others(record)
        return record

    def _refuse_others(self, record: FreezeRecord) -> None:
        problem = self._owner_problem(record)
        if problem:
            raise OwnerError(problem)

    def _owner_problem(self, record: FreezeRecord) -> str:
        """Return why the record is not this server's; empty if it is."""
        others = f"It names these services: {_names(record.ran)}."
        if record.server_id != self._id:
            return (
                f"{self._path} is the freeze record of the server {_text.plain(record.server_id)}, not of {self._id}."
                f" It was left as it is. {others} If this is the same machine, which was registered again, delete the"
                f" source server {_text.plain(record.server_id)} from SMS. If it is a target that got a copy with the"
                f" disks, remove the file."
            )
        # A record of version 1 has no machine ID.
        if self._machine_id is None:
            self._machine_id = self._server.machine_id()
        if record.machine_id != self._machine_id and record.version > 1:
            machines = [_text.plain(machine) or "unknown" for machine in (record.machine_id, self._machine_id)]
            return (
                f"{self._path} is the freeze record of the server {self._id}, but was written on another machine"
                f" ({machines[0]}; this is {machines[1]}). It was left as it is. {others} See whether the"
                f" host's address is that of the source or of its target, and whether the wave becomes the same user as"
                f" before."
            )
        return ""

    def _described(self, record: FreezeRecord) -> str:
        return f"the freeze record {self._path} says {record.progress}, written by the run {_text.plain(record.run)}"


def _union(*lists: Iterable[str]) -> tuple[str, ...]:
    """Return all names in order, each once."""
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _is_complete(record: FreezeRecord) -> bool:
    return record.version > 1 and record.progress == FROZEN


def _refuse_running(states: Mapping[str, bool]) -> None:
    running = [name for name, runs in states.items() if runs]
    if running:
        verb = "runs" if len(running) == 1 else "run"
        raise ServerError(f"It is not frozen: {_names(running)} {verb}. Run the step freeze.")


def _names(services: Sequence[str]) -> str:
    return _text.some_of([_text.plain(name) for name in services]) or "no service"
