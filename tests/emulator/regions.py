# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where servers migrate to: regions, and the one project that the account has in each."""

from __future__ import annotations

import hashlib

REGIONS = ("ap-southeast-3", "ap-southeast-1", "cn-north-4")


def project_id(region: str) -> str:
    return hashlib.blake2b(f"project in {region}".encode(), digest_size=16).hexdigest()


def project_name(region: str) -> str:
    return f"{region}_migration"
