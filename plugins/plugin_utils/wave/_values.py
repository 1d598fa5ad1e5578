# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: values of any type that users give as variables of the wave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text

_LONGEST_VALUE = 60


def shown(value: Any) -> str:
    """Return a value of the user for a message."""
    if value is None:
        return "not set"
    return f"'{_text.plain(value, _LONGEST_VALUE)}'" if isinstance(value, str) else _text.plain(value, _LONGEST_VALUE)


def number_of(value: Any) -> float | None:
    """Return the number that a value stands for; None if it stands for none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", value.strip()):
        return float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    return None


def comparable(value: Any) -> Any:
    """Return what is equal for two values that mean the same, such as 30 and '30'."""
    number = number_of(value)
    return (value is None, str(value)) if number is None else number


def is_true(value: Any) -> bool:
    return isinstance(value, (bool, int, str)) and bool(boolean(value, strict=False))


def joined(names: Sequence[str]) -> str:
    """Return the names of hosts for a message."""
    return _text.some_of([_text.plain(name) for name in sorted(names)])
