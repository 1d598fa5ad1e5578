# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: remote text is untrusted wherever a play can reach it.

Below ansible-core 2.19 strings are evaluated unless they are wrapped as unsafe. From 2.19 on only those are that bear a
tag of trust. Plays evaluate more than templates: ``when: "{{ sms_name }}"`` takes a server's name for an expression.
So no rule about characters makes a text harmless there.

The program ``ansible-inventory`` prints and runs nothing, but shows untrusted strings as ``{"__ansible_unsafe": …}``.
There, and only there, words that can call nothing are plain; all others keep the mark, which those who read the output
need as much as a play does.
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

# Letters and digits of any script, and what can neither call nor begin anything.
_HARMLESS = re.compile(r"[\w \-.:/,+%@|]*")


# Neither text nor made of any.
_PLAIN_TYPES = frozenset({bool, int, float, type(None)})


def displayable(value: Any) -> Any:
    """The value as a play or ``ansible-inventory`` may have it: a copy whose strings, keys included, are untrusted.

    :param value: remote data, or what was made of it: None, booleans, numbers, strings, lists and dictionaries.
    """
    return _mark(value, _mark_harmless if _shows_values() else _mark_text)


def displayable_record(record: dict[str, Any]) -> dict[str, Any]:
    """The same of what came as JSON: from ansible-core 2.19 on, such strings are untrusted as they are."""
    if trust_as_template and not _shows_values():
        return record
    marked: dict[str, Any] = displayable(record)
    return marked


def untrusted(value: Any) -> Any:
    """The value as a play may have it: a copy with no string in it, keys included, that Ansible would evaluate.

    :param value: remote data: None, booleans, numbers, strings, lists and dictionaries.
    """
    return _mark(value, _mark_text)


def _mark(value: Any, mark: Callable[[str], Any]) -> Any:
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, str):
        return mark(value)
    # The types are asked for here too, which saves most of the calls.
    if isinstance(value, dict):
        return {
            _mark(key, mark): item if type(item) in _PLAIN_TYPES else _mark(item, mark) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _PLAIN_TYPES else _mark(item, mark) for item in value]
    return value


def _shows_values() -> bool:
    """Whether this is ``ansible-inventory``, which alone has an option ``export``, and is to print variables."""
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
    # Later ansible-cores are going to do without it.
    from ansible.utils.unsafe_proxy import wrap_var

    return wrap_var(str(text))
