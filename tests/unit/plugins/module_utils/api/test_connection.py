# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How messages name the account that was queried: endpoint and identity, without secrets."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._connection import Client, describe_account
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import settings

ENDPOINT = "https://sms.example"
SECRET = "not-to-be-shown"


@pytest.mark.parametrize(
    ("options", "account"),
    [
        ({"token": SECRET}, "the project of the token"),
        ({"token": SECRET, "project_id": "0123"}, "project 0123"),
        ({"access_key": "AK1", "secret_key": SECRET}, "access key AK1"),
        ({"access_key": "AK1", "secret_key": SECRET, "project_name": "eu"}, "access key AK1, project eu"),
        (
            {"username": "ann", "password": SECRET, "domain_name": "corp", "auth_url": "https://iam.example/v3"},
            "user ann@corp",
        ),
    ],
)
def test_a_message_names_the_endpoint_and_the_account_without_secrets(options, account):
    with Client(settings(endpoint=ENDPOINT, **options)) as client:
        assert describe_account(client) == f"{ENDPOINT} ({account})"
