# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what of the remote data may be shown as plain strings.

Remote data must never be evaluated as a template. Since ansible-core 2.19 every string that a plugin brings is
untrusted by default, and ``ansible-inventory --list`` shows it as ``{"__ansible_unsafe": …}``, even where there is
nothing in it to evaluate. Before, strings were evaluated unless they were wrapped as unsafe, which shows them the same
way. Therefore strings that cannot hold a template are plain in both worlds, and all others stay unsafe.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19
    trust_as_template = None


def displayable(value: Any) -> Any:
    """The value with each harmless string in it, however deep, plain, and each other string unsafe.

    :param value: remote data: None, booleans, numbers, strings, lists and dictionaries.
    """
    if isinstance(value, str):
        return _displayable_text(str(value))
    if isinstance(value, dict):
        return {key: displayable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [displayable(item) for item in value]
    return value


# Most strings of a fleet are the same few: check names, results, operating systems.
@lru_cache(maxsize=4096)
def _displayable_text(text: str) -> Any:
    if _may_hold_template(text):
        return text if trust_as_template else wrap_var(text)
    return trust_as_template(text) if trust_as_template else text


def _may_hold_template(text: str) -> bool:
    # "#jinja2:" at the very beginning can give braces' meaning to other characters.
    return "{" in text or "}" in text or text.startswith("#jinja2:")
