# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of targets that an account has at first: one in each region."""

from __future__ import annotations

import hashlib
from typing import Any

from regions import REGIONS, project_id
from timeline import as_uuid


def first_templates() -> list[dict[str, Any]]:
    """The templates that the emulator starts with."""
    return [template(f"small in {region}", region) for region in REGIONS]


def template(name: str, region: str) -> dict[str, Any]:
    """A template as the service lists it."""
    digest = hashlib.blake2b(f"template {name}".encode(), digest_size=64).hexdigest()
    return {
        "id": as_uuid(digest),
        "is_template": "true",
        "name": name,
        "region": region,
        "projectid": project_id(region),
        "target_server_name": "",
        "availability_zone": f"{region}a",
        "volumetype": "SAS",
        "flavor": "s6.large.2",
        "vpc": {"id": as_uuid(digest[32:]), "name": "vpc-default", "cidr": "198.19.0.0/17"},
        "nics": [{"id": as_uuid(digest[64:]), "name": "subnet-default", "cidr": "198.19.0.0/17", "ip": ""}],
        "security_groups": [{"id": as_uuid(digest[96:]), "name": "default"}],
        "publicip": {"type": "5_bgp", "bandwidth_size": 5, "bandwidth_share_type": "PER"},
        "disk": [{"id": 1, "index": 0, "name": "system", "disktype": "SAS", "size": 40, "device_use": "OS"}],
        "data_volume_type": "SAS",
        "image_id": "",
        "target_password": "emulator-target-password",
    }
