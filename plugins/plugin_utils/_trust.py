# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: remote text is untrusted wherever a play can reach it.

Before ansible-core 2.19, strings are evaluated unless they are wrapped as unsafe. From 2.19 on, only strings with a tag
of trust are evaluated. Plays evaluate more than templates: ``when: "{{ sms_name }}"`` evaluates a server's name as an
expression. So no rule about characters makes a text harmless in a play.

The program ``ansible-inventory`` prints variables and evaluates nothing, but prints untrusted strings as
``{"__ansible_unsafe": …}``. There, and only there, texts without any special character are printed as they are. All
other texts keep the mark: the programs that read the output need it as much as a play does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ansible import context

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19
    trust_as_template = None

# Letters and digits of any script, and characters that can neither begin nor be part of a call or a template.
_HARMLESS = re.compile(r"[\w \-.:/,+%@|]*")

# Types whose values hold no text.
_PLAIN_TYPES = frozenset({bool, int, float, type(None)})


def displayable(value: Any) -> Any:
    """Return a copy for a play or for ``ansible-inventory``, whose strings, keys included, are untrusted.

    :param value: remote data or a result of it: None, booleans, numbers, strings, lists and dictionaries.
    """
    return _mark(value, _mark_harmless if _shows_values() else _mark_text)


def displayable_record(record: dict[str, Any]) -> dict[str, Any]:
    """Return the same for data that was decoded from JSON, whose strings are untrusted from ansible-core 2.19 on."""
    if trust_as_template and not _shows_values():
        return record
    marked: dict[str, Any] = displayable(record)
    return marked


def untrusted(value: Any) -> Any:
    """Return a copy for a play: Ansible evaluates no string in it, keys included.

    :param value: remote data: None, booleans, numbers, strings, lists and dictionaries.
    """
    return _mark(value, _mark_text)


def _mark(value: Any, mark: Callable[[str], Any]) -> Any:
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, str):
        return mark(value)
    # Checking the types of the items here saves most of the calls.
    if isinstance(value, dict):
        return {
            _mark(key, mark): item if type(item) in _PLAIN_TYPES else _mark(item, mark) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _PLAIN_TYPES else _mark(item, mark) for item in value]
    return value


def _shows_values() -> bool:
    """Return whether this is ``ansible-inventory`` and prints variables. No other program has an option ``export``."""
    options = context.CLIARGS
    return "export" in options and bool(options.get("list") or options.get("host") or options.get("show_vars"))


# Most strings of a fleet are the same few: check names, results, operating systems.
@lru_cache(maxsize=8192)
def _mark_harmless(text: str) -> Any:
    if not _HARMLESS.fullmatch(text):
        return _mark_text(text)
    return trust_as_template(str(text)) if trust_as_template else str(text)


@lru_cache(maxsize=8192)
def _mark_text(text: str) -> Any:
    if trust_as_template:
        return str(text)
    # Imported only here: later versions of ansible-core will not have it.
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(str(text))
