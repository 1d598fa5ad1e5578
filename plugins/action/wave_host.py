# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import untrusted
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _old_services as _services
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _shell
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _old_freezer as _freezer

_SPEC: dict[str, dict[str, Any]] = {
    "do": {"type": "str", "required": True, "choices": ["mark", "stop", "seal", "verify", "thaw"]},
    "id": {"type": "str", "required": True},
    "path": {"type": "str", "required": True},
    "services": {"type": "list", "elements": "str", "default": []},
    "windows": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Freezes and thaws one server, and keeps its freeze record.

    A server that cannot be reached is a failure, which the role can rescue. Ansible would remove a host that is
    unreachable from the play, and nothing would tell that it may be frozen.
    """

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        server: _services.Linux | _services.Windows | None = None
        try:
            super().run(tmp, task_vars)
            options = self.validate_argument_spec(_SPEC)[1]
            server = _services.Windows(self) if options["windows"] else _services.Linux(self, task_vars or {})
            freezer = _freezer.Freezer(server, options["path"], options["id"], self._task.check_mode)
            result = _run(freezer, options)
        except SmsError as error:
            result = {"failed": True, "msg": str(error)}
        except AnsibleConnectionFailure as error:
            result = {"failed": True, "msg": f"The server cannot be reached: {_as_sentence(error.message)}"}
            if self._task.args.get("do") == "thaw":
                result["msg"] += " If a wave has frozen it, it still is: run huaweicloud.sms.thaw once it is back."
        except AnsibleActionFail as error:
            result = {"failed": True, "msg": error.message}
        finally:
            with contextlib.suppress(AnsibleConnectionFailure):
                self._remove_tmp_path(self._connection._shell.tmpdir)
        unmarked: dict[str, Any] = untrusted(result)
        return {**unmarked, **({"ansible_facts": dict(server.facts)} if server and server.facts else {})}


def _as_sentence(text: str) -> str:
    """Return a message of ssh, which has several lines and no full stop, as a sentence."""
    return f"{_shell.in_one_line(text).rstrip('.')}."


def _run(freezer: _freezer.Freezer, options: dict[str, Any]) -> dict[str, Any]:
    if options["do"] == "mark":
        return freezer.record(options["services"])
    if options["do"] == "seal":
        return freezer.complete(datetime.now(timezone.utc).isoformat(timespec="seconds"))
    return {"stop": freezer.stop, "verify": freezer.verify, "thaw": freezer.thaw}[options["do"]]()
