# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from ansible.errors import AnsibleConnectionFailure
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _base
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services, _shell
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import (
    _freezer,
    _hosts,
    _operations,
    _play,
    _smoke_test,
    _synchronization,
)

# Without one of these steps, nothing has to be known of the services.
_NEED_FREEZE = frozenset({"freeze", "launch"})
_OPERATIONS: dict[str, Callable[[_operations.Operation], dict[str, Any]]] = {
    "inspect": _operations.inspect,
    "freeze": _operations.freeze,
    "complete": _operations.complete,
    "synchronize": _synchronization.synchronize,
    "prove": _operations.prove,
    "launch": _operations.launch,
    "confirm": _operations.confirm,
}


class ActionModule(_base.FleetAction):
    """Freezes, launches and restarts one host, and keeps its freeze record.

    A server that cannot be reached is a failure, which the role can rescue. Ansible would remove a host that is
    unreachable from the play, and nothing would tell that it may be frozen.
    """

    OPTIONS: ClassVar[_base.Spec] = {
        "operation": {
            "type": "str",
            "required": True,
            "choices": [*_OPERATIONS, "restart", "probe"],
        },
        # What the last query decided on the host. An operation without one decides alone.
        "decision": {"type": "dict"},
        "host": {"type": "str"},
        "allowed": {"type": "bool", "default": True},
        "forced": {"type": "bool", "default": False},
        "own_done": {"type": "bool", "default": False},
        "own_problem": {"type": "str", "default": ""},
        "address": {"type": "str", "default": ""},
        "seen": {"type": "dict", "default": {}},
    }
    _requires_connection = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return super().run(tmp, task_vars)
        finally:
            with contextlib.suppress(AnsibleConnectionFailure):
                self._remove_tmp_path(self._connection._shell.tmpdir)

    def act(self, options: Mapping[str, Any], task_vars: _base.TaskVars) -> dict[str, Any]:
        name = options["host"] or str(task_vars["inventory_hostname"])
        _play.check(self._task, task_vars)
        host = _hosts.host_from(task_vars["hostvars"], name)
        if not host.settings or not host.server_id:
            raise SmsError("The variables of this host were not evaluated: see above. Nothing was changed.")
        decision = options["decision"]
        if decision is not None and (decision.get("failed", True) or "go" not in decision):
            raise SmsError(str(decision.get("msg") or "The last query failed: see above. Nothing was changed."))
        if decision is not None and not decision["go"]:
            return {"changed": False, "msg": decision["msg"]}
        if options["operation"] == "probe":
            return self._probe(host, options)
        selected = task_vars[_hosts.VALIDATION]["run"]["selected"]
        if options["operation"] == "inspect" and not _NEED_FREEZE.intersection(selected):
            return {"changed": False, "msg": ""}
        try:
            with _connection.connect(self.complete(host.connection)) as client:
                return self._operation_for(options)(self._operation(host, client, task_vars))
        except _shell.UnreachableError as error:
            raise SmsError(f"{error}{self._advice(host)}") from None

    def _operation_for(self, options: Mapping[str, Any]) -> Callable[[_operations.Operation], dict[str, Any]]:
        if options["operation"] == "restart":
            keys = ("allowed", "forced", "own_done", "own_problem")
            return partial(_operations.restart, **{key: options[key] for key in keys})
        return _OPERATIONS[options["operation"]]

    def _operation(
        self, host: _hosts.Host, client: _connection.Client, task_vars: _base.TaskVars
    ) -> _operations.Operation:
        server = _services.Windows(self) if host.settings.get("windows") else _services.Linux(self)
        path = str(host.settings["mark"])
        return _operations.Operation(
            host=host,
            freezer=_freezer.Freezer(server, path, host.server_id, host.run),
            client=client,
            check_mode=self._task.check_mode,
            hosts_in_play=len(task_vars["ansible_play_hosts_all"]),
            show=self.show,
        )

    def _probe(self, host: _hosts.Host, options: Mapping[str, Any]) -> dict[str, Any]:
        address = options["address"]
        if problem := _smoke_test.overridden(address, options["seen"]):
            raise SmsError(problem)
        if host.tasks("smoke_test"):
            return {"changed": False, "msg": "", "own": True}
        if self._task.check_mode:
            return {"changed": False, "msg": _smoke_test.prediction(host)}
        port, timeout = int(host.settings["smoke_port"]), float(host.settings["smoke_timeout"])
        _smoke_test.wait_for_port(address, port, timeout)
        return {"changed": False, "msg": f"Port {port} of {address} accepts connections.", "tested": True}

    def _warn_of_misspelt_variables(self, task_vars: _base.TaskVars) -> None:
        """The action wave_step does so, once for all hosts."""

    def _advice(self, host: _hosts.Host) -> str:
        if self._task.args.get("operation") != "restart":
            return ""
        return f" If a wave has frozen it, it still is. Once it is back: {_operations.THAW} {_text.plain(host.name)}"
