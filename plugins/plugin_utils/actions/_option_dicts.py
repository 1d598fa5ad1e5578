# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the options ``connection`` and ``filters``, which contain other options.

Roles pass their dictionaries to an action as they are. An action accepts the options in them on their own as well.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._argument_spec import (
    CONNECTION_SPEC,
    FILTER_SPEC,
    LIST_FILTERS,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._inputs import check_single

KINDS: Mapping[str, Collection[str]] = {"connection": CONNECTION_SPEC.keys(), "filters": FILTER_SPEC.keys()}
SPEC: Mapping[str, Mapping[str, Any]] = {
    "connection": {"type": "dict", "no_log": True},
    "filters": {"type": "dict"},
}

_LONGEST_NAME = 30


def flatten(
    given: Mapping[str, Any], own: Collection[str], prefix: str, is_default: Callable[[str], bool]
) -> dict[str, Any]:
    """Return the options with those in the dictionaries moved up to them. A null counts as not given.

    A value of the task replaces one of ``module_defaults``, option by option.

    :param given: the options of the task, ``module_defaults`` included.
    :param own: the action's own options. An option of a dictionary with the same name is unknown.
    :param prefix: the prefix of the role's variables, for messages.
    :param is_default: whether an option comes from ``module_defaults``.
    :raises OptionsError: a value is no dictionary, or an option in it is unknown or given twice.
    """
    flat = {name: value for name, value in given.items() if name not in KINDS}
    for kind in KINDS.keys() & given.keys():
        for name, value in _read(kind, given[kind], own, prefix).items():
            if flat.get(name) is None or is_default(name):
                flat[name] = value
            elif not is_default(kind):
                raise OptionsError(f"{name} is given twice, by itself and in {prefix}{kind}: keep one of them.")
    return flat


def _read(kind: str, value: Any, own: Collection[str], prefix: str) -> dict[str, Any]:
    """Return the options in one dictionary. No error contains a value, which may be a secret."""
    value = _decode(value)
    if not isinstance(value, Mapping):
        raise OptionsError(f"{prefix}{kind}: give a dictionary of options, or {{}} for none.")
    names = {known: [name for name in KINDS[known] if name not in own] for known in KINDS}
    if unknown := [_describe(key, kind, names, prefix) for key in value if key not in names[kind]]:
        raise OptionsError(
            f"{prefix}{kind} has no {_text.plural('option', unknown)} called {_text.some_of(unknown)}."
            f" It takes {', '.join(sorted(names[kind]))}."
        )
    options = {str(name): option for name, option in value.items() if option is not None}
    for name, option in options.items():
        check_single(f"{prefix}{kind}: {name}", option, several=name in LIST_FILTERS)
    return options


def _decode(value: Any) -> Any:
    """Return the value of a text in JSON, which ``-e name={…}`` passes since ansible-core 2.19; others unchanged."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _describe(key: Any, kind: str, names: Mapping[str, Collection[str]], prefix: str) -> str:
    """Return the name of an unknown option, with a suggestion."""
    # Only its beginning, as far as it may be a name: if the blank after a colon is missing, a key contains the value,
    # which may be a secret.
    word = re.sub(r"[^A-Za-z_].*", "", str(key), flags=re.DOTALL)
    name = re.sub(r"(?<!^)[A-Z].*", "", word)[:_LONGEST_NAME]
    shown = name if name == str(key) else f"{name}…"
    for other in names.keys() - {kind}:
        if word in names[other]:
            return f"{shown} (which belongs in {prefix}{other})"
    similar = difflib.get_close_matches(word.lower(), names[kind], n=1)
    return f"{shown} (did you mean {similar[0]}?)" if similar else shown
