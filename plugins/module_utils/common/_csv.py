# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: CSV files that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

# Spreadsheets take a cell that begins like this for a formula.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV in which no spreadsheet takes a cell for a formula."""
    file = io.StringIO()
    csv.writer(file).writerows([[_cell(value) for value in row] for row in rows])
    # Without the byte order mark, spreadsheets decode the file with the local character set.
    return "\ufeff" + file.getvalue()


def without_guard(cell: str) -> str:
    """Return a cell without the apostrophe that :func:`to_csv` put before the beginning of a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(_FORMULA_BEGINS) else cell


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        # The writer of Python 3.10 takes none.
        value = value.replace("\x00", " ")
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_BEGINS):
        return f"'{value}"
    return str(value).lower() if isinstance(value, bool) else value
