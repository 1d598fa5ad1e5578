# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smoke test of a wave reaches the target, and nothing else."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _smoke_test
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave._hosts import Host


def host_of(**settings):
    return Host("web", "id", {"tasks": {}, **settings}, {}, {}, {}, {}, "")


@pytest.mark.parametrize("name", ["ansible_host", "ansible_ssh_host", "wave_target_address"])
def test_a_variable_that_leads_elsewhere_is_named_with_both_addresses(name):
    problem = _smoke_test.overridden("192.0.2.1", {"ansible_host": "192.0.2.1", name: "198.51.100.7"})
    assert name in problem
    assert "198.51.100.7" in problem
    assert "192.0.2.1" in problem


def test_variables_that_all_lead_to_the_target_are_accepted():
    assert _smoke_test.overridden("192.0.2.1", {"ansible_host": "192.0.2.1", "ansible_ssh_host": "192.0.2.1"}) == ""


@pytest.mark.parametrize(
    ("address", "resolved"),
    [
        ("192.0.2.1", ["192.0.2.1"]),
        ("2001:db8:0:0::1", ["2001:db8::1"]),
        ("::ffff:192.0.2.1", ["192.0.2.1"]),
        ("no such host.invalid", []),
        ("a" * 300, []),
        ("..", []),
    ],
)
def test_an_address_is_compared_in_its_normal_form(address, resolved):
    assert _smoke_test.resolve(address) == resolved


def test_all_addresses_of_a_source_are_known():
    record = {"ip": "192.0.2.1", "ipv6": "2001:db8::1"}
    assert _smoke_test.source_addresses(host_of(address="localhost"), record) >= {
        "192.0.2.1",
        "2001:db8::1",
        "127.0.0.1",
    }


def test_a_port_that_accepts_connections_ends_the_wait():
    with socket.create_server(("127.0.0.1", 0)) as server:
        _smoke_test.wait_for_port("127.0.0.1", server.getsockname()[1], 60)


def test_a_port_that_refuses_connections_is_an_error_with_its_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SmsError, match=rf"Port {port} of its target, 127\.0\.0\.1, did not accept a connection"):
        _smoke_test.wait_for_port("127.0.0.1", port, 0.1)


def test_the_prediction_says_what_would_be_tested_and_where():
    settings = {"connect_with": "target_private", "smoke_port": 22, "target_host": "192.0.2.9"}
    assert _smoke_test.prediction(host_of(**settings)) == "Would connect to port 22 of 192.0.2.9."
    own = host_of(**{**settings, "tasks": {"smoke_test": "test.yml"}})
    assert _smoke_test.prediction(own) == "Would run test.yml with 192.0.2.9."
