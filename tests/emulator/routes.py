# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which call is answered by what, and which permission it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

import actions
import catalogue
import consistency
import creation
import details
import ecs
import iam
import metadata
import service
import source_changes
import task_settings
import tasks
from messages import Answer, Request, answer_error
from query import BadQuery
from state import State

MACHINES = r"(?:/regions/(?P<region>[^/]+))?/v1/(?P<project>[^/]+)/cloudservers"


class Call(NamedTuple):
    """One call of the service; `actions` are the names of its permission, in newer and in older policies, or none."""

    method: str
    path: re.Pattern[str]
    answer: Callable[..., Answer]
    actions: tuple[str, ...]


def _sms(method: str, path: str, answer: Callable[..., Answer], action: str) -> Call:
    role = "queryServer" if method == "GET" else "migrationServer"
    return Call(method, re.compile(path), answer, (f"sms:{action}", f"sms:server:{role}"))


def _ecs(path: str, answer: Callable[..., Answer], action: str, role: str) -> Call:
    return Call("GET", re.compile(MACHINES + path), answer, (f"ecs:cloudServers:{action}", f"ecs:cloudServers:{role}"))


TASK = "/v3/tasks/(?P<task_id>[^/]+)"
SERVER = "/v3/sources/(?P<server_id>[^/]+)"
CALLS = (
    _sms("GET", "/v3/sources", service.listing, "server:list"),
    _sms("GET", "/v3/sources/overview", service.overview, "server:overview"),
    _sms("POST", "/v3/sources/delete", source_changes.delete_many, "server:batchDelete"),
    _sms("GET", SERVER, details.answer, "server:get"),
    _sms("PUT", SERVER, source_changes.update, "server:update"),
    _sms("DELETE", SERVER, source_changes.delete, "server:delete"),
    _sms("GET", "/v3/tasks", tasks.listing, "server:listTask"),
    _sms("POST", "/v3/tasks", creation.answer, "server:createTask"),
    _sms("GET", TASK, tasks.show, "server:getTask"),
    _sms("DELETE", TASK, tasks.delete, "server:deleteTask"),
    _sms("POST", f"{TASK}/action", actions.answer, "server:manageTask"),
    _sms("GET", f"{TASK}/consistency-result", consistency.result, "server:getConsistencyCheckResult"),
    _sms("GET", f"{TASK}/speed-limit", task_settings.speed_rules, "server:getTaskSpeedLimit"),
    _sms("POST", f"{TASK}/speed-limit", task_settings.replace_speed_rules, "server:updateTaskSpeedLimit"),
    _sms("GET", f"{TASK}/configuration-setting", task_settings.configuration, "server:getTaskConfig"),
    _sms("POST", f"{TASK}/configuration-setting", task_settings.set_configuration, "server:updateTaskConfig"),
    _sms("GET", "/v3/vm/templates", catalogue.templates, "template:list"),
    _sms("GET", "/v3/migprojects", catalogue.migration_projects, "migproject:list"),
    # The page of this call names no action of identity policies.
    Call("POST", re.compile("/v3/privacy-agreements"), catalogue.agree, ()),
    _ecs("/detail", ecs.listing, "listServersDetails", "list"),
    _ecs("/(?P<machine_id>[^/]+)", ecs.show, "showServer", "get"),
    _ecs("/(?P<machine_id>[^/]+)/block_device", ecs.block_devices, "listServerBlockDevices", "get"),
)


def answer(state: State, request: Request) -> Answer:
    """Answer a request for one of the services or for IAM."""
    if request.path == iam.PATH:
        return iam.answer(state, request)
    if request.path in metadata.PATHS:
        return metadata.answer(state, request)
    found = [(call, match) for call in CALLS if (match := call.path.fullmatch(request.path))]
    if not found:
        return answer_error(404, "APIGW.0101", "The API does not exist or has not been published in the environment.")
    for call, match in found:
        if call.method == request.method:
            return _answer_call(state, request, call, match)
    refused = answer_error(405, "APIGW.0101", f"The API does not exist for the method {request.method}.")
    refused.headers["Allow"] = ", ".join(sorted({call.method for call, _match in found}))
    return refused


def _answer_call(state: State, request: Request, call: Call, match: re.Match[str]) -> Answer:
    refused = iam.refusal(state, request) or iam.denial(state, call.actions)
    if refused:
        return refused
    parts = {name: value and unquote(value) for name, value in match.groupdict().items()}
    try:
        return call.answer(state, request, **parts)
    except BadQuery as error:
        code, shape = ("Ecs.0005", "ecs") if call.path.pattern.startswith(MACHINES) else ("SMS.0005", "sms")
        return answer_error(400, code, str(error), shape)
