# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the options ``settings`` and ``target``, and the body of a new task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..common._errors import OptionsError
from ..records import _readiness
from ._configuration import CONFIGURATION_SPEC, Configuration
from ._destinations import Destination, UnfitTargetError

SETTINGS_SPEC: dict[str, dict[str, Any]] = {
    "type": {"type": "str", "choices": ["MIGRATE_FILE", "MIGRATE_BLOCK"]},
    "syncing": {"type": "bool", "default": True},
    "use_public_ip": {"type": "bool", "default": False},
    "use_ipv6": {"type": "bool", "default": False},
    "migration_ip": {"type": "str"},
    "speed_limit": {"type": "int"},
    "priority": {"type": "int"},
    "start_target_server": {"type": "bool", "default": True},
    "start_network_check": {"type": "bool"},
    "is_need_consistency_check": {"type": "bool"},
    "need_migration_test": {"type": "bool"},
    "over_speed_threshold": {"type": "int"},
}
# With those that are lists or dictionaries, which a cell of a plan cannot hold.
ALL_SETTINGS_SPEC = {**SETTINGS_SPEC, **CONFIGURATION_SPEC}
TARGET_SPEC: dict[str, dict[str, Any]] = {
    "region_id": {"type": "str", "required": True},
    "region_name": {"type": "str"},
    "project_id": {"type": "str", "required": True},
    "project_name": {"type": "str"},
    "template": {"type": "str"},
    "template_id": {"type": "str"},
    "vm_id": {"type": "str"},
    "overwrite_disks": {"type": "bool", "default": False},
    "disks": {"type": "dict"},
    "name": {"type": "str"},
}
_RANGES = {"speed_limit": (0, 1000), "priority": (0, 65535), "over_speed_threshold": (10, 100)}
# The settings that are sent in any case, and those that are sent only if the user gives them.
_SENT = ("syncing", "use_public_ip", "use_ipv6", "start_target_server")
_OPTIONAL = (
    *("speed_limit", "priority", "over_speed_threshold"),
    *("start_network_check", "is_need_consistency_check", "need_migration_test"),
)
# What says where the target comes from: one of them is given.
_ORIGINS = ("template", "template_id", "vm_id")
_VOLUMES = ("disks", "volume_groups", "btrfs_list")
# Some editions of the service accept no longer name of a task.
_LONGEST_NAME = 20
_ID_SHOWN = 8
# Error codes of checks: the kernel or the operating system can be migrated by file only.
_UNFIT_FOR_BLOCK = ("SMS.6616", "SMS.6617")


class NewTask:
    """The options of the new task of a server, or of several servers that have the same.

    :ivar configuration: speed rules and configuration settings, which are set on a task that exists as well.
    :raises OptionsError: the options contradict one another, or a value is out of range.
    """

    def __init__(self, settings: Mapping[str, Any] | None, target: Mapping[str, Any] | None) -> None:
        defaults = {name: spec.get("default") for name, spec in SETTINGS_SPEC.items()}
        self._settings = {**defaults, **(settings or {})}
        self._target = target
        self.configuration = Configuration(self._settings)
        for name, (least, most) in _RANGES.items():
            value = self._settings[name]
            if value is not None and not least <= value <= most:
                raise OptionsError(f"settings.{name}: {value} is not between {least} and {most}.")
        if target is not None:
            _check_target(target)

    @property
    def launches_by_itself(self) -> bool:
        """Whether the user accepts that SMS launches the target itself after the full copy."""
        return self._settings["syncing"] is False

    def single_target(self, option: str) -> str:
        """Return ``vm_id`` or ``name`` of the target, of which each server needs its own; empty if not given."""
        return str((self._target or {}).get(option) or "").strip().lower()

    def problem(self, record: Mapping[str, Any]) -> str:
        """Return why no task can be created for a server; empty if one can."""
        if self._target is None:
            return "It has no task, and none can be created without target"
        return _block_problem(record, self._type(record))

    @property
    def target(self) -> Mapping[str, Any]:
        """The suboptions of the option ``target``; empty if it is not given, so that no task can be created."""
        return self._target or {}

    @staticmethod
    def name(record: Mapping[str, Any]) -> str:
        """Return the name of a server's new task, such as ``web-01-5e0c9a71``, unique by the beginning of its ID."""
        end = f"-{record['id'][:_ID_SHOWN]}"
        return _machine_name(record)[: _LONGEST_NAME - len(end)] + _plain(end)

    def body(self, record: Mapping[str, Any], destination: Destination) -> dict[str, Any]:
        """Return the body of ``POST /v3/tasks`` for a server.

        :raises UnfitTargetError: the target that exists has no address of the kind that the settings need.
        """
        target, settings = self.target, self._settings
        return {
            "name": self.name(record),
            "type": self._type(record),
            "os_type": record.get("os_type"),
            "source_server": {"id": record["id"]},
            "target_server": _target_server(record, target["name"], destination),
            "region_id": target["region_id"],
            "region_name": target["region_name"] or target["region_id"],
            "project_id": target["project_id"],
            "project_name": target["project_name"] or target["region_id"],
            **({"vm_template_id": destination.template_id} if destination.template_id else {}),
            "exist_server": destination.ecs is not None,
            # Starting formats the target's disks: only the goal "started" does it, after checks of its own.
            "auto_start": False,
            **{name: settings[name] for name in _SENT},
            **{name: settings[name] for name in _OPTIONAL if settings[name] is not None},
            **self._migration_ip(destination),
        }

    def _migration_ip(self, destination: Destination) -> dict[str, str]:
        """Return the address that the data are sent to, which SMS needs for a target that exists.

        :raises UnfitTargetError: the target has no such address.
        """
        if self._settings["migration_ip"] or destination.ecs is None:
            return {"migration_ip": ip} if (ip := self._settings["migration_ip"]) else {}
        is_public, is_ipv6 = self._settings["use_public_ip"], self._settings["use_ipv6"]
        addresses = destination.ecs.public_addresses if is_public else destination.ecs.private_addresses
        for address in addresses:
            if (":" in address) is is_ipv6:
                return {"migration_ip": address}
        raise UnfitTargetError(
            f"The ECS in target.vm_id has no {'public' if is_public else 'private'} {'IPv6' if is_ipv6 else 'IPv4'}"
            " address to send the data to: check settings.use_public_ip and settings.use_ipv6, or set"
            " settings.migration_ip."
        )

    def _type(self, record: Mapping[str, Any]) -> str:
        by_default = "MIGRATE_BLOCK" if record.get("os_type") == "WINDOWS" else "MIGRATE_FILE"
        return str(self._settings["type"] or by_default)


def _check_target(target: Mapping[str, Any]) -> None:
    """
    :raises OptionsError: the target cannot be used, or its disks would be overwritten without the user's word.
    """
    for name, value in target.items():
        if isinstance(value, str) and not value.strip():
            raise OptionsError(f"target.{name} is empty: leave it out, or check the variable that it comes from.")
    if sum(bool(target.get(name)) for name in _ORIGINS) != 1:
        raise OptionsError(
            "target: give either template or template_id, from which SMS creates the target, or vm_id, an ECS that"
            " exists."
        )
    if target.get("disks") and not target["vm_id"]:
        raise OptionsError("target.disks maps the disks of an ECS that exists, and needs target.vm_id.")
    if not all(isinstance(volume_id, str) for volume_id in (target.get("disks") or {}).values()):
        raise OptionsError("target.disks: each value has to be the ID of a volume of the ECS, as a text.")
    if target["vm_id"] and not target["overwrite_disks"]:
        raise OptionsError(
            "target.vm_id: the start of the migration formats the disks of that ECS, and all that is on them is lost."
            " If that is meant, set target.overwrite_disks: true."
        )


def _block_problem(record: Mapping[str, Any], task_type: str) -> str:
    """Return why a server cannot migrate in that way; empty if nothing is known against it."""
    if task_type == "MIGRATE_FILE" and record.get("os_type") == "WINDOWS":
        return "Windows migrates by block only: leave out settings.type, or set it to MIGRATE_BLOCK"
    codes = [finding.code for finding in _readiness.findings(record)]
    if task_type == "MIGRATE_BLOCK" and any(code in codes for code in _UNFIT_FOR_BLOCK):
        return "Its operating system does not suit a migration by block: set settings.type to MIGRATE_FILE"
    return ""


def _target_server(record: Mapping[str, Any], name: str | None, destination: Destination) -> dict[str, Any]:
    """Return the target as the body of a new task has it."""
    volumes = _volumes(record)
    if destination.ecs is None:
        return {"name": name or _machine_name(record), **volumes}
    ids = destination.volume_ids or {}
    disks = [{**disk, "disk_id": ids[disk["name"]]} for disk in volumes["disks"]]
    ecs = destination.ecs
    return {"name": name or ecs.name or _machine_name(record), "vm_id": ecs.target_id.vm_id, **volumes, "disks": disks}


def _volumes(record: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the target's disks and volumes as the source's own record proposes them."""
    proposed = record.get("init_target_server")
    proposed = proposed if isinstance(proposed, dict) else {}
    return {
        name: [_without_nulls(one) for one in volumes if isinstance(one, dict)]
        for name in _VOLUMES
        if isinstance(volumes := proposed.get(name), list) and (volumes or name == "disks")
    }


def _without_nulls(value: Any) -> Any:
    """Return the value without nulls, so that a field which SMS left open is not sent as a choice."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _machine_name(record: Mapping[str, Any]) -> str:
    return _plain(str(record.get("name") or ""))[:63].strip("-_") or "server"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)
