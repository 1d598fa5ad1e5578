# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the argument spec of the options that plugins and modules share."""

from __future__ import annotations

from typing import Any

CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "region": {"type": "str"},
    "endpoint": {"type": "str"},
    "auth_url": {"type": "str"},
    "ecs_endpoint": {"type": "str"},
    "token": {"type": "str", "no_log": True},
    "access_key": {"type": "str", "no_log": False},
    "secret_key": {"type": "str", "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "ecs_agency": {"type": "bool"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "domain_name": {"type": "str"},
    "project_id": {"type": "str"},
    "project_name": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 30},
    "total_timeout": {"type": "float", "default": 600},
    "retries": {"type": "int", "default": 5},
}

FILTER_SPEC: dict[str, dict[str, Any]] = {
    "state": {"type": "list", "elements": "str"},
    "name": {"type": "str"},
    "id": {"type": "str"},
    "ip": {"type": "str"},
    "ipv6": {"type": "str"},
    "vm_id": {"type": "str"},
    "migproject": {"type": "str"},
    "migration_cycle": {"type": "list", "elements": "str"},
    "enterprise_project_id": {"type": "str"},
    "connected": {"type": "bool"},
}

# The filters that accept several values.
LIST_FILTERS = tuple(name for name, spec in FILTER_SPEC.items() if spec["type"] == "list")

PAGE_SPEC: dict[str, dict[str, Any]] = {
    "limit": {"type": "int"},
    "offset": {"type": "int"},
}

# The environment variables that users of this cloud already have set: the SDK's, then Terraform's.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "region": ("HW_REGION_NAME",),
    "endpoint": ("HUAWEICLOUD_SMS_ENDPOINT",),
    "auth_url": ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL"),
    "ecs_endpoint": ("HUAWEICLOUD_ECS_ENDPOINT",),
    "token": ("HW_AUTH_TOKEN",),
    "access_key": ("HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"),
    "secret_key": ("HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY"),
    "security_token": ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECURITY_TOKEN"),
    "username": ("HW_USER_NAME",),
    "password": ("HW_USER_PASSWORD",),
    "domain_name": ("HW_DOMAIN_NAME",),
    "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"),
    "project_name": ("HW_PROJECT_NAME",),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
}

SECRET_OPTIONS = tuple(name for name, spec in CONNECTION_SPEC.items() if spec.get("no_log"))
PROJECT_OPTIONS = ("project_id", "project_name")
KEY_OPTIONS = ("access_key", "secret_key", "security_token")
AGENCY_OPTION = "ecs_agency"
CREDENTIAL_OPTIONS = ("token", *KEY_OPTIONS, AGENCY_OPTION, "username", "password", "domain_name")


def variables_of(*options: str) -> str:
    """Return the environment variables of these options, for an error message."""
    return ", ".join(variable for option in options for variable in ENVIRONMENT.get(option, ()))
