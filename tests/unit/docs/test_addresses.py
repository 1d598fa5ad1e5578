# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No address in the repository belongs to a real network: a rehearsal that connects to one reaches nobody."""

from __future__ import annotations

import re
import subprocess
from ipaddress import ip_address, ip_network

from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

ALLOWED = [
    ip_network(network)
    for network in (
        "127.0.0.0/8",  # loopback
        "192.0.2.0/24",  # RFC 5737: documentation
        "198.51.100.0/24",  # RFC 5737
        "203.0.113.0/24",  # RFC 5737
        "198.18.0.0/15",  # RFC 2544: tests of network devices
        "0.0.0.0/32",  # all interfaces
        "255.255.255.0/32",  # a netmask
        "2001:db8::/32",  # RFC 3849: documentation
        "169.254.169.254/32",  # the metadata service of an ECS, which is the same everywhere
        "fe80::/64",  # link-local addresses, with the zones that tests are about
    )
]
# The vendor's example with the vendor's addresses; the emulator moves them to 198.18.0.0/16 when it loads the file.
EXCEPTIONS = {"tests/emulator/example-response.json"}

# An address, or the beginning of one that is put together, as in f"192.0.2.{number}".
IPV4 = re.compile(r"(?<![\w.])(?:(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)|(?:\d{1,3}\.){2,3}(?=\{))")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{2,4}:(?:[0-9a-f]{1,4}:){0,6}(?::?[0-9a-f]{1,4}){1,7}(?![\w:])", re.IGNORECASE)


def texts():
    """Return the text of each file that git tracks, or would track, by its path in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    names = [name for name in listing.split("\0") if (ROOT / name).is_file() and name not in EXCEPTIONS]
    return {name: (ROOT / name).read_text(encoding="utf-8", errors="replace") for name in names}


def is_foreign(literal):
    """Whether a literal is an address outside the allowed networks; what is no address at all is not."""
    octets = literal.removesuffix(".").split(".")
    try:
        address = ip_address(literal if ":" in literal else ".".join([*octets, "0", "0"][:4]))
    except ValueError:
        return False
    return not any(address in network for network in ALLOWED)


def test_every_address_is_reserved_for_documentation_or_tests():
    literals = [(name, one) for name, text in texts().items() for one in (*IPV4.findall(text), *IPV6.findall(text))]
    assert len(literals) > 100
    assert [f"{name}: {literal}" for name, literal in literals if is_foreign(literal)] == []
