# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what its action plugins share."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.api import _connection
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._records import Record
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import untrusted
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.actions import _display, _host_names, _option_dicts

Spec = Mapping[str, Mapping[str, Any]]

_COLLECTION = "huaweicloud.sms"
# How much a name has in common with the one that it is taken for, from 0 to 1.
_ALIKE = 0.85

SERVERS_SPEC: Spec = {"servers": {"type": "list", "elements": "str", "default": []}}


class FleetAction(ActionBase):
    """An action on source servers. It runs on the control node, and needs no connection to a host.

    :cvar OPTIONS: argument spec of the action's own options, besides the connection and the filters.
    """

    OPTIONS: ClassVar[Spec]
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check the options and do the work; remote data in the result is never evaluated as a template.

        A failure is returned. To one that is raised, ansible-core before 2.19 adds a traceback.
        """
        self._variables: Mapping[str, Any] = task_vars or {}
        try:
            super().run(tmp, task_vars)
            self._warn_of_misspelt_variables()
            with environment(self._environment()):
                result = self.act(self._options())
        except SmsError as error:
            result = {"failed": True, "msg": str(error)}
        except AnsibleActionFail as error:
            result = {"failed": True, "msg": error.message}
        unmarked: dict[str, Any] = untrusted(result)
        return unmarked

    def _options(self) -> dict[str, Any]:
        """The options with their defaults, converted as for a module."""
        if not _connection.HAS_REQUESTS:
            raise AnsibleActionFail(missing_required_lib("requests"))
        spec = {
            **_argument_spec.CONNECTION_SPEC,
            **_argument_spec.FILTER_SPEC,
            **_option_dicts.SPEC,
            **SERVERS_SPEC,
            **self.OPTIONS,
        }
        given = self._task.args
        # Restored, since a task that is tried again brings the same ones.
        self._task.args = _option_dicts.flatten(given, self.OPTIONS, self._prefix(), self._is_default)
        try:
            options: dict[str, Any] = self.validate_argument_spec(spec)[1]
        finally:
            self._task.args = given
        return options

    def _warn_of_misspelt_variables(self) -> None:
        """Ansible's own check of a role's arguments lets a variable pass that the role does not know."""
        prefix = self._prefix()
        given = [name for name in self._variables if prefix and name.startswith(prefix)]
        if not given:
            return
        specs = Path(self._task._role._role_path, "meta", "argument_specs.yml")
        if not specs.is_file():
            return
        known = self._loader.load_from_file(str(specs))["argument_specs"]["main"]["options"]
        for name in sorted(set(given).difference(known)):
            # Variables of the user's own may begin like the role's.
            for meant in difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE):
                self.warn(f"{name} is no variable of the role {self._task._role}: did you mean {meant}?")

    def complete(self, connection: Mapping[str, Any]) -> dict[str, Any]:
        """The options with another connection, such as that of another host."""
        given = self._task.args
        self._task.args = {**given, "connection": connection}
        try:
            return self._options()
        finally:
            self._task.args = given

    def _prefix(self) -> str:
        """What the variables of the role that uses this action begin with, if the role is one of the collection's."""
        role = self._task._role
        if role is None or not role.get_name().startswith(f"{_COLLECTION}."):
            return ""
        return f"{role.get_name(include_role_fqcn=False)}_"

    def _is_default(self, name: str) -> bool:
        """Whether ``module_defaults`` gives this option.

        Ansible has merged them into the options of the task. A template may have given any value.
        """
        defaults = self._defaults()
        return name in defaults and (
            defaults[name] == self._task.args[name] or self._templar.is_template(defaults[name])
        )

    def _defaults(self) -> dict[str, Any]:
        """What ``module_defaults`` says of this action, before or after templating."""
        entries: dict[str, Any] = {}
        for entry in self._task.module_defaults or ():
            entries.update(entry)
        defaults: dict[str, Any] = {}
        for name in (f"group/{_COLLECTION}.sms", self._task.resolved_action):
            options = entries.get(name) or {}
            defaults.update(self._templar.template(options) if isinstance(options, str) else options)
        return defaults

    def _environment(self) -> dict[str, Any]:
        """What the keyword ``environment`` of the task, and of what is around it, says together."""
        variables: dict[str, Any] = {}
        self._compute_environment_string(variables)
        return variables

    def select(self, records: Sequence[Record], servers: Collection[str]) -> list[Record]:
        """The servers that the user names by their IDs, their names, or those of the inventory's hosts; else all.

        :raises SelectionError: as for :func:`_selection.select`.
        """
        if not servers:
            return list(records)
        hosts = _host_names.ids_of_hosts(self._variables)
        return _selection.select(records, _host_names.resolve(servers, records, hosts))

    def show(self, lines: str) -> None:
        """Show lines while the action runs."""
        with _display.whole_lines():
            self._display.display(lines)

    def warn(self, message: str) -> None:
        """Show a warning while the action runs."""
        with _display.whole_lines():
            self._display.warning(message)

    def act(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The work itself.

        :raises SmsError: it cannot be done.
        """
        raise NotImplementedError


@contextmanager
def environment(variables: Mapping[str, Any]) -> Iterator[None]:
    """Add variables to this process's environment: it is there that requests looks for proxies and certificates.

    :raises OptionsError: the environment cannot hold one.
    """
    before = dict(os.environ)
    try:
        for name, value in variables.items():
            _set(str(name), str(value))
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _set(name: str, value: str) -> None:
    try:
        os.environ[name] = value
    except (ValueError, OSError):
        raise OptionsError(
            f"environment: {_text.plain(name)} has a name or a value that no environment variable can have."
        ) from None
