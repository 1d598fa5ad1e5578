# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what its action plugins share."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._watch import end_with_ansible
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import untrusted
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _display, _host_names, _option_dicts

Spec = Mapping[str, Mapping[str, Any]]
TaskVars = Mapping[str, Any]

_COLLECTION = "huaweicloud.sms"
# How similar, from 0 to 1, an unknown variable is to a known one that it may stand for.
_SIMILAR = 0.85

SERVERS_SPEC: Spec = {"servers": {"type": "list", "elements": "str", "default": []}}


class FleetAction(ActionBase):
    """An action on source servers. It runs on the control node and needs no connection to a host.

    :cvar OPTIONS: argument spec of the action's own options, besides the connection and the filters.
    """

    OPTIONS: ClassVar[Spec]
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Validate the options, run the action and return its result, with all remote data marked as untrusted.

        A failure is returned, not raised: ansible-core before 2.19 adds a traceback to an exception.
        """
        task_vars = task_vars or {}
        try:
            super().run(tmp, task_vars)
            self._warn_of_misspelt_variables(task_vars)
            with end_with_ansible(), environment(self._environment()):
                result = self.act(self._validate(self._task.args), task_vars)
        except SmsError as error:
            result = {"failed": True, "msg": str(error)}
        except AnsibleActionFail as error:
            result = {"failed": True, "msg": error.message}
        unmarked: dict[str, Any] = untrusted(result)
        return unmarked

    def act(self, options: Mapping[str, Any], task_vars: TaskVars) -> dict[str, Any]:
        """Run the action and return its result.

        :param options: all options, with their defaults, converted to their types.
        :param task_vars: the variables of the host that runs the task.
        :raises SmsError: the action failed.
        """
        raise NotImplementedError

    def complete(self, connection: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with another connection, such as that of another host.

        :raises OptionsError: the options are invalid with this connection.
        """
        return self._validate({**self._task.args, "connection": connection})

    def _validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with their defaults, converted as for a module.

        :raises OptionsError: an option is invalid, or requests is not installed.
        """
        if not _connection.HAS_REQUESTS:
            raise OptionsError(missing_required_lib("requests"))
        spec = {
            **_argument_spec.CONNECTION_SPEC,
            **_argument_spec.FILTER_SPEC,
            **_option_dicts.SPEC,
            **SERVERS_SPEC,
            **self.OPTIONS,
        }
        flat = _option_dicts.flatten(given, self.OPTIONS, self._prefix(), partial(self._is_default, given))
        result = ArgumentSpecValidator(spec).validate(flat)
        if result.error_messages:
            # The words of ActionBase.validate_argument_spec, which accepts no other options than those of the task.
            unknown = isinstance(result.errors[0], UnsupportedError)
            what = f"Unsupported parameters for ({self._load_name}) module: " if unknown else ""
            raise OptionsError(f"{what}{result.errors.msg}")
        options: dict[str, Any] = result.validated_parameters
        return options

    def _warn_of_misspelt_variables(self, task_vars: TaskVars) -> None:
        """Warn of variables that look like a misspelt variable of the role.

        Ansible validates the values of a role's variables, but ignores variables that the role does not have.
        """
        prefix = self._prefix()
        given = [name for name in task_vars if prefix and name.startswith(prefix)]
        if not given:
            return
        specs = Path(self._task._role._role_path, "meta", "argument_specs.yml")
        if not specs.is_file():
            return
        known = self._loader.load_from_file(str(specs))["argument_specs"]["main"]["options"]
        for name in sorted(set(given).difference(known)):
            # The user's own variables may have the same prefix: only similar names are reported.
            for meant in difflib.get_close_matches(name, known, n=1, cutoff=_SIMILAR):
                self.warn(f"{name} is no variable of the role {self._task._role}: did you mean {meant}?")

    def _prefix(self) -> str:
        """Return the prefix of the role's variables; empty if the task is in no role of this collection."""
        role = self._task._role
        if role is None or not role.get_name().startswith(f"{_COLLECTION}."):
            return ""
        return f"{role.get_name(include_role_fqcn=False)}_"

    def _is_default(self, given: Mapping[str, Any], name: str) -> bool:
        """Return whether an option has its value from ``module_defaults``.

        Ansible has already merged ``module_defaults`` into the options of the task. A template may have any value.
        """
        defaults = self._defaults()
        return name in defaults and (defaults[name] == given[name] or self._templar.is_template(defaults[name]))

    def _defaults(self) -> dict[str, Any]:
        """Return the options of this action in ``module_defaults``, before or after templating."""
        entries: dict[str, Any] = {}
        for entry in self._task.module_defaults or ():
            entries.update(entry)
        defaults: dict[str, Any] = {}
        for name in (f"group/{_COLLECTION}.sms", self._task.resolved_action):
            options = entries.get(name) or {}
            defaults.update(self._templar.template(options) if isinstance(options, str) else options)
        return defaults

    def _environment(self) -> dict[str, Any]:
        """Return the variables of the keyword ``environment`` of the task, its blocks and its play."""
        variables: dict[str, Any] = {}
        self._compute_environment_string(variables)
        return variables

    def select(self, records: Sequence[Record], servers: Collection[str], task_vars: TaskVars) -> list[Record]:
        """Return the servers with these IDs, SMS names or names of inventory hosts; all of them if none are given.

        :raises SelectionError: as for :func:`_selection.select`.
        """
        if not servers:
            return list(records)
        return _selection.select(records, _host_names.resolve(servers, records, task_vars.get("hostvars") or {}))

    def show(self, lines: str) -> None:
        """Print lines while the action runs."""
        with _display.whole_lines():
            self._display.display(lines)

    def warn(self, message: str) -> None:
        """Print a warning while the action runs."""
        with _display.whole_lines():
            self._display.warning(message)


@contextmanager
def environment(variables: Mapping[str, Any]) -> Iterator[None]:
    """Add variables to the environment of this process, where requests looks for proxies and certificates.

    :raises OptionsError: a name or a value is not valid in an environment.
    """
    before = dict(os.environ)
    try:
        for name, value in variables.items():
            _set_variable(str(name), str(value))
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _set_variable(name: str, value: str) -> None:
    try:
        os.environ[name] = value
    except (ValueError, OSError):
        raise OptionsError(
            f"environment: {_text.plain(name)} has a name or a value that no environment variable can have."
        ) from None
