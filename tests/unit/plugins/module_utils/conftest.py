# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ssl
from datetime import datetime, timedelta, timezone

import pytest
import trustme
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._deadline import Deadline


@pytest.fixture
def waits(monkeypatch):
    """The waits between requests, in seconds, noted instead of waited for."""
    noted = []
    monkeypatch.setattr(Deadline, "sleep", lambda deadline, seconds: noted.append(seconds))
    return noted


@pytest.fixture(scope="session")
def authority():
    """A certificate authority that nobody trusts unless told to."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    """That authority's certificate, for the option ca_path."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def tls(authority):
    """Makes a server's TLS context, with a certificate for a host that was valid until so many days from now."""

    def context(host="127.0.0.1", days=1):
        now = datetime.now(timezone.utc)
        certificate = authority.issue_cert(
            host, not_before=now - timedelta(days=30), not_after=now + timedelta(days=days)
        )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(made)
        return made

    return context
