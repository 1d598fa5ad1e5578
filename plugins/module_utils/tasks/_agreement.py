# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: whether a task migrates to a given target. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..common import _text
from ..records._records import Record

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def differences(target: Mapping[str, Any], task: Record) -> list[str]:
    """Return where a task migrates to another place or machine, each as a sentence with both values.

    :param target: suboptions of the option ``target``. Suboptions that are not given are not compared.
    :param task: of the server's record, or with its details. A place that SMS does not show is not compared.
    """
    machine = task.get("target_server")
    shown = {name: task.get(name) for name in ("region_id", "project_id")}
    # A task for an existing ECS shows it from the beginning on, so that a task without one creates a new ECS.
    if isinstance(machine, Mapping):
        shown["vm_id"] = machine.get("vm_id") or "none"
    return [
        f"{name} is {_text.plain(target[name])}, but the task of the server has {_text.plain(value)}."
        for name, value in shown.items()
        if value and target.get(name) and str(target[name]).strip() != value
    ]


def template_note(target: Mapping[str, Any], task: Record) -> str:
    """Return that a task has another template; empty if it has not, or if one of them is not known.

    SMS copies a template for a task that is created with it, so that another ID need not be another template.
    """
    given = str(target.get("template_id") or target.get("template") or "").strip()
    # A name is not compared: SMS does not show the name of a task's template.
    wanted, found = given if target.get("template_id") or _ID.fullmatch(given) else "", task.get("vm_template_id")
    if not wanted or not found or wanted == found:
        return ""
    return (
        f"the template is {_text.plain(wanted)}, but the task of the server has {_text.plain(found)}. That may be SMS's"
        " copy of it: see the template in the SMS console."
    )
