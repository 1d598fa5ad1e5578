# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the strings and integers in nested data, to be replaced by others.

The variables of a fleet hold the same values over and over. Since ansible-core 2.19, storing a value wraps it, unless
it is wrapped already, which is most of the time that a large inventory takes. So each value is stored once, and what
became of it is used for all hosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Scalar = str | int


def collect(value: Any, scalars: set[Scalar]) -> None:
    """Add each string and integer in the value, however deep, to the set."""
    kind = type(value)
    # Exact types: True equals 1, but is not to be replaced by it.
    if kind is str or kind is int:
        scalars.add(value)
    elif kind is dict:
        for item in value.values():
            collect(item, scalars)
    elif kind is list:
        for item in value:
            collect(item, scalars)


def replaced(value: Any, replacements: Mapping[Scalar, Any]) -> Any:
    """A copy of the value with each string and integer in it replaced."""
    kind = type(value)
    if kind is str or kind is int:
        return replacements[value]
    if kind is dict:
        return {key: replaced(item, replacements) for key, item in value.items()}
    if kind is list:
        return [replaced(item, replacements) for item in value]
    return value
