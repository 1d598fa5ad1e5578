# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server starts, and the style of its partitions, which goes with it."""

from __future__ import annotations

import hashlib


def digest_of(record: dict) -> str:
    """Digits that follow from the ID of a server."""
    return hashlib.blake2b(f"network of {record.get('id')}".encode(errors="surrogatepass"), digest_size=8).hexdigest()


def firmware_of(record: dict) -> str:
    """What the record says, else UEFI for one in four."""
    known = record.get("firmware")
    return known if isinstance(known, str) else "UEFI" if digest_of(record)[0] < "4" else "BIOS"


def partition_style(record: dict) -> str:
    return "GPT" if firmware_of(record) == "UEFI" else "MBR"
