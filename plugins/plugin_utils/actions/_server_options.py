# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: source servers that are named together with options of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _records, _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _configuration
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._new_task import (
    ALL_SETTINGS_SPEC,
    TARGET_SPEC,
    NewTask,
)
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _host_names

NEW_TASK_SPEC: Mapping[str, Mapping[str, Any]] = {
    "settings": {"type": "dict", "options": ALL_SETTINGS_SPEC},
    "target": {"type": "dict", "options": TARGET_SPEC},
}
# Options for the tasks of all servers, new and existing ones, that have no settings of that name of their own.
CONFIGURATION_SPEC: Mapping[str, Mapping[str, Any]] = _configuration.CONFIGURATION_SPEC
_SERVER_SPEC: Mapping[str, Mapping[str, Any]] = {"name": {"type": "str"}, "id": {"type": "str"}, **NEW_TASK_SPEC}


class NamedServer(NamedTuple):
    """An element of the option ``servers``.

    :ivar server: an ID, or a name if ``is_id`` is false.
    :ivar new_task: the task that is created if the server has none; None for the one of the other servers.
    """

    server: str
    is_id: bool = False
    new_task: NewTask | None = None


def named_servers(values: Sequence[Any], options: Mapping[str, Any]) -> list[NamedServer]:
    """Return the elements of the option ``servers``: names, IDs and dictionaries.

    :param options: of the task. A dictionary that has one of ``target`` and ``settings`` takes the other from there.
    :raises OptionsError: elements are invalid, or several servers would be migrated to one ECS.
    """
    servers, problems = [], []
    for number, value in enumerate(values, 1):
        try:
            servers.append(_named_server(value, options))
        except OptionsError as error:
            problems.append(f"servers: {_label(value, number)}: {error}")
    if problems:
        raise OptionsError(" ".join(problems))
    _check_targets(servers)
    return servers


def new_task_from(options: Mapping[str, Any]) -> NewTask:
    """Return the options of a new task, completed by those for the tasks of all servers.

    :param options: with the names of :data:`NEW_TASK_SPEC` and :data:`CONFIGURATION_SPEC`.
    :raises OptionsError: they contradict one another, or a value is out of range.
    """
    common = {name: options[name] for name in CONFIGURATION_SPEC if options.get(name) is not None}
    own = {name: value for name, value in (options["settings"] or {}).items() if value is not None}
    return NewTask({**common, **own}, options["target"])


def _named_server(value: Any, options: Mapping[str, Any]) -> NamedServer:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return NamedServer(_checked(str(value)))
    if not isinstance(value, Mapping):
        raise OptionsError("give a name, an ID, or a dictionary with name or id.")
    own = _validate(value, _SERVER_SPEC)
    if (own["id"] is None) == (own["name"] is None):
        raise OptionsError("give either name or id.")
    new_task = None
    if own["target"] is not None or own["settings"] is not None:
        both = {name: options[name] if own[name] is None else own[name] for name in NEW_TASK_SPEC}
        new_task = new_task_from({**options, **both})
    return NamedServer(_checked(own["name"] if own["id"] is None else own["id"]), own["id"] is not None, new_task)


def _checked(server: str) -> str:
    if not server.strip():
        raise OptionsError("the name or ID is empty: check the variable that it comes from.")
    return server


def _label(value: Any, number: int) -> str:
    """Return what identifies an element in a message."""
    server = (value.get("name") or value.get("id")) if isinstance(value, Mapping) else value
    return f"element {number}" if server in (None, "") else _text.plain(server)


def _validate(given: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the options with their defaults, converted as for a module. A null counts as not given.

    :raises OptionsError: an option is invalid.
    """
    result = ArgumentSpecValidator(spec).validate(_without_nulls(given))
    if result.error_messages:
        raise OptionsError(f"{result.errors.msg.rstrip('.')}.")
    options: dict[str, Any] = result.validated_parameters
    return options


def _without_nulls(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(value) if isinstance(value, Mapping) else value
        for name, value in options.items()
        if value is not None
    }


def _check_targets(servers: Sequence[NamedServer]) -> None:
    """
    :raises OptionsError: several servers have one ECS as their target.
    """
    given = [(one.new_task.single_target("vm_id"), one.server) for one in servers if one.new_task]
    for target, count in Counter(target for target, _server in given).items():
        if target and count > 1:
            names = [_text.plain(server) for other, server in given if other == target]
            raise OptionsError(
                f"servers: {_text.some_of(names)} have one target.vm_id, {_text.plain(target)}. Each would overwrite"
                " the other: give each server an ECS of its own."
            )


def select(
    records: Sequence[Record], servers: Sequence[NamedServer], hostvars: Mapping[str, Any]
) -> list[tuple[Record, NewTask | None]]:
    """Return the records of the servers with their new tasks, in the order of the listing; all records without servers.

    :raises SelectionError: a name or ID is unknown or ambiguous, or a server is named twice.
    """
    if not servers:
        return [(record, None) for record in records]
    names = _host_names.resolve([one.server for one in servers if not one.is_id], records, hostvars)
    in_order = iter(names)
    texts = [one.server if one.is_id else next(in_order) for one in servers]
    ids = _selection.identify(records, texts, {one.server for one in servers if one.is_id})
    new_tasks = {server_id: one.new_task for server_id, one in zip(ids, servers, strict=True)}
    selected = [record for record in records if record["id"] in new_tasks]
    if len(selected) < len(servers):
        times = Counter(ids)
        twice = [_records.label(record) for record in selected if times[record["id"]] > 1]
        raise _selection.SelectionError(
            f"servers names {_text.some_of(twice)} more than once, by name, ID or host: name each server once."
        )
    return [(record, new_tasks[record["id"]]) for record in selected]
