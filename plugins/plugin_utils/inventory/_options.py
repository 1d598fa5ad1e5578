# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the options of an inventory file, evaluated and checked.

The checks are those that ansible-core's own checks of types and choices lack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _argument_spec, _inputs
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._connect_with import SOURCE, TARGET_ADDRESSES
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._hostvars import TARGET_STATUS
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory._syntax import LISTS

# The options whose values may be templates, with their types.
TYPES = {
    **{name: spec["type"] for name, spec in (_argument_spec.CONNECTION_SPEC | _argument_spec.FILTER_SPEC).items()},
    "connect_with": "str",
    "details": "bool",
}

_MAX_CONCURRENCY = 32


def evaluate(options: Mapping[str, Any], templar: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a file with their templates evaluated, before ansible-core checks their types.

    :param variables: the variables of the templates.
    :raises AnsibleParserError: a template cannot be evaluated.
    """
    templar.available_variables = variables
    evaluated = dict(options)
    for name in options.keys() & TYPES.keys():
        value = _evaluate_option(name, options[name], templar)
        if value is None:
            # The option then has its default.
            del evaluated[name]
        else:
            evaluated[name] = value
    for name in LISTS:
        # Ansible would split one expression that is not in a list at its commas.
        if isinstance(evaluated.get(name), str):
            evaluated[name] = [evaluated[name]]
    return evaluated


def _evaluate_option(name: str, value: Any, templar: Any) -> Any:
    try:
        value = templar.template(value)
    except AnsibleError as error:
        raise AnsibleParserError(f"The option {name} cannot be evaluated: {error}") from None
    try:
        # Ansible's own message would show the value, which may be a secret.
        _inputs.check_single(name, value, several=name in _argument_spec.LIST_FILTERS)
    except OptionsError as error:
        raise AnsibleParserError(str(error)) from None
    return _boolean(name, value) if TYPES[name] == "bool" else value


def _boolean(option: str, value: Any) -> bool | None:
    """Return the boolean that a value spells. ansible-core itself reads every word that it does not know as false."""
    if value is None or value == "":
        return None
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise AnsibleParserError(f"The option {option} cannot be used: {error}") from None


def check(config: Mapping[str, Any], known: Mapping[str, Any], get_option: Callable[[str], Any], plugin: str) -> None:
    """Check the options of a file after ansible-core has checked their types and choices.

    :param config: the content of the file.
    :param known: the options of the plugin, by their names.
    :param get_option: returns the value of an option.
    :param plugin: the plugin's name, for a message.
    :raises OptionsError: an option is unknown, or its value cannot be used.
    """
    unknown = sorted(str(name) for name in config if name not in known)
    if unknown:
        # A misspelt filter would let all servers through.
        subject = "There is no option" if len(unknown) == 1 else "There are no options"
        raise OptionsError(f"{subject} {', '.join(unknown)}; see ansible-doc -t inventory {plugin}.")
    concurrency, group, prefix = (get_option(name) for name in ("concurrency", "group", "hostvars_prefix"))
    if not 1 <= concurrency <= _MAX_CONCURRENCY:
        raise OptionsError(f"concurrency: {concurrency} is not between 1 and {_MAX_CONCURRENCY}.")
    if get_option("connect_with") == SOURCE and TARGET_STATUS in get_option("group_by"):
        raise OptionsError(
            f"group_by: {TARGET_STATUS} is known only with connect_with {' or '.join(TARGET_ADDRESSES)}, which ask for"
            " the targets."
        )
    if not group.isidentifier():
        raise OptionsError(f"group: {group!r} is not a group's name, which has only letters, digits and _.")
    if not f"{prefix}state".isidentifier():
        raise OptionsError(f"hostvars_prefix: {prefix!r} cannot begin a variable's name: use letters, digits and _.")
