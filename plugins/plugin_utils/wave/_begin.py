# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the validation of a wave, and the prompt before a launch by a person."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.utils.display import Display
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import Watch
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _connect_with
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks import _new_task
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _accounts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _gates, _validation
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._gates import STEPS
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host, WaveAccounts

# The variables of a host besides those that the validation looks at. They have the type of their option.
_SPEC: dict[str, dict[str, Any]] = {
    "fail_on": {"type": "list", "elements": "str"},
    "start": {"type": "bool"},
    "thaw": {"type": "bool"},
    "thaw_force": {"type": "bool"},
    "windows": {"type": "bool"},
    "shared_address": {"type": "bool"},
    "target": {"type": "dict", "options": _new_task.TARGET_SPEC},
    "settings": {"type": "dict", "options": _new_task.ALL_SETTINGS_SPEC},
    "launch": {"type": "str", "choices": list(_validation.LAUNCHES)},
    "launch_operation": {"type": "str", "choices": ["test", "cutover"]},
    "synchronize": {"type": "bool"},
    "consistency_check": {"type": "bool"},
    "consistency_max_differences": {"type": "int"},
    "settle": {"type": "float"},
    "connect_with": {"type": "str", "choices": [*_connect_with.TARGET_ADDRESSES]},
    "smoke_port": {"type": "int"},
    "smoke_timeout": {"type": "float"},
    "mark": {"type": "str"},
    "confirm": {"type": "int"},
    "thaw_confirm": {"type": "int"},
    "max_running": {"type": "int"},
    **{name: {"type": "float"} for name in ("interval", "ask_timeout")},
    **{f"{name}_timeout": {"type": "float"} for name in ("replicate", "cutover", "disconnected", "synchronize")},
}


def begin(run: _validation.Run, hosts: Sequence[Host], options_of: _accounts.OptionsOf) -> dict[str, Any]:
    """Validate the variables of all hosts before anything is touched, and return what the role needs of each host.

    :raises OptionsError: the run must not begin.
    """
    given: dict[str, Any] = {
        host.name: {**host.settings, "connection": host.connection} for host in hosts if host.settings
    }
    if problems := _validation.problems_of_run(run, given):
        raise OptionsError(f"{' '.join(problems)} Nothing was changed.")
    found = dict(_validation.problems_of_hosts(run, given))
    settings = {}
    for name, raw in given.items():
        settings[name], problem = _typed(raw)
        if problem:
            found[name] = f"{found.get(name, '')} {problem}".strip()
    with _accounts.open_accounts([host for host in hosts if host.name not in found], options_of) as accounts:
        found.update({name: f"Its connection: {text}" for name, text in accounts.problems.items() if name in settings})
    return {
        "changed": False,
        "run": {"id": secrets.token_hex(8), "selected": sorted(run.selected), "hosts": run.hosts_in_play},
        "hosts": {
            host.name: _host_result(host, settings.get(host.name, {}), found.get(host.name, ""), run) for host in hosts
        },
    }


def _typed(raw: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the settings with the types of their options, and why one has another type; empty if none has.

    Templates return texts for numbers and booleans on some versions of ansible-core.
    """
    values = {name: raw[name] for name in _SPEC if raw.get(name) not in (None, "", {})}
    result = ArgumentSpecValidator(_SPEC).validate(values)
    problem = " ".join(result.error_messages)
    others = {name: value for name, value in raw.items() if name not in (*_SPEC, "connection")}
    typed = {**others, **{name: result.validated_parameters.get(name) for name in _SPEC}}
    return typed, f"A variable of the wave is invalid: {problem}" if problem else ""


def _host_result(host: Host, settings: Mapping[str, Any], problem: str, run: _validation.Run) -> dict[str, Any]:
    tasks = {}
    for step in (*STEPS, "thaw"):
        path = _validation.find_tasks(host.tasks(step), run.folders) if host.tasks(step) else None
        tasks[step] = str(path or "")
    return {"go": not problem, "failed": bool(problem), "msg": problem, "tasks": tasks, "settings": settings}


_CALLED_OFF = "The launch was called off at the prompt."


def ask(offered: Sequence[str], seconds: float) -> dict[str, Any]:
    """Ask a person to launch targets, and return whether the answer was that they are launched.

    No answer in time, an abort and a missing terminal all count as "called off".

    :param offered: the names of the hosts whose targets can be launched.
    """
    prompt = f"{_notice(offered)} Type launched and press Enter when that is done. Any other answer calls it off: "
    began = time.monotonic()
    try:
        answer = Display().prompt_until(prompt, seconds=int(seconds)).decode("utf-8", "replace")
    except (AnsibleError, KeyboardInterrupt):
        return {"changed": False, "launched": False, "msg": _CALLED_OFF}
    # What was typed before the time was up, but without Enter, is no answer.
    if time.monotonic() - began >= seconds:
        late = f"Nobody answered the prompt within {_text.duration(seconds)} (wave_ask_timeout). {_CALLED_OFF}"
        return {"changed": False, "launched": False, "msg": late}
    launched = answer.strip().lower() == "launched"
    return {"changed": False, "launched": launched, "msg": "" if launched else _CALLED_OFF}


def look(accounts: WaveAccounts) -> dict[str, float]:
    """Return when SMS showed the hosts of a launch that was called off as not launched, by their names.

    The person may have launched a target all the same, which SMS shows after a while. So the services of a host are
    restarted only if SMS shows so twice, and the time between is waited for here, once for all hosts.
    """
    snapshot = accounts.snapshot()
    seen = {name: time.monotonic() for name, record in snapshot.records.items() if _gates.in_sync(record).go}
    if seen:
        Watch(None, _gates.OFFER_INTERVAL).sleep()
    return seen


def _notice(names: Sequence[str]) -> str:
    """Return which targets the person has to launch."""
    count = len(names)
    which = "1 server is" if count == 1 else f"{count} servers are"
    return (
        f"{which} frozen, or without anything to freeze, and in sync: {', '.join(map(_text.plain, sorted(names)))}."
        f" Launch {'its target' if count == 1 else 'their targets'} in the SMS console, and no other of this wave."
    )
