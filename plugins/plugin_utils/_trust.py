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
from functools import lru_cache
from typing import Any

from ansible import context
from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19
    trust_as_template = None

# Letters and digits of any script, and what can neither call nor begin anything.
_HARMLESS = re.compile(r"[\w \-.:/,+%@|]*")


def displayable(value: Any) -> Any:
    """The value as a play or ``ansible-inventory`` may have it, with each string in it, keys included, untrusted.

    :param value: remote data: None, booleans, numbers, strings, lists and dictionaries.
    """
    return _marked(value, _is_only_printed())


def untrusted(value: Any) -> Any:
    """The value as a play may have it: a copy with no string in it, keys included, that Ansible would evaluate.

    :param value: remote data: None, booleans, numbers, strings, lists and dictionaries.
    """
    return _marked(value, False)


def _marked(value: Any, is_printed: bool) -> Any:
    if isinstance(value, str):
        return _marked_text(str(value), is_printed)
    if isinstance(value, dict):
        return {_marked(key, is_printed): _marked(item, is_printed) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(item, is_printed) for item in value]
    return value


def _is_only_printed() -> bool:
    """Whether this is the program ``ansible-inventory``: the only one with these options."""
    return "export" in context.CLIARGS and "list" in context.CLIARGS and "graph" in context.CLIARGS


# Most strings of a fleet are the same few: check names, results, operating systems.
@lru_cache(maxsize=4096)
def _marked_text(text: str, is_printed: bool) -> Any:
    if is_printed and _HARMLESS.fullmatch(text):
        return trust_as_template(text) if trust_as_template else text
    return text if trust_as_template else wrap_var(text)
