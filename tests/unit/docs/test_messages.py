# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that the guide on trouble explains are those that the collection has."""

from __future__ import annotations

import ast
import re

import pytest
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst"

# Tests that compare whole messages, which the source puts together.
WHOLE_MESSAGES = (
    "tests/unit/plugins/module_utils/http/test_errors.py",
    "tests/unit/plugins/module_utils/options/test_options.py",
)
# Said by Ansible, Python or OpenSSL.
OTHERS = {
    "is of type",
    "and we were unable to convert to dict",
    "is not a valid boolean",
    "Failed to import the required Python library",
    "CA cert does not include key usage extension",
    "Invalid group name format",
    "expected a string or a list of them or dictionary",
    "Could not set",
    "Could not generate group for host",
    "Encountered untrusted template or expression",
    "Could not match supplied host pattern",
    "host pattern and/or --limit leaves us with no hosts to target",
}
# Made of parts.
COMPOSED = {
    "has no option called": "{prefix}{kind} has no ",
    "has to be a single value or a list of single values": " or a list of single values",
    "migration projects have the name": "{wanted.noun}s have the name ",
    "no migration project has the ID or the name": " has the ID or the name ",
    "not a list or a dictionary": ", not a list or a dictionary",
    "source servers were announced": " were announced, but the service showed the first ",
    "state is an empty list": " is an empty list",
    "state has an empty value among others": " has an empty value among others",
    "uses a filter that does not exist": "a {kind} that does not exist",
    "uses a test that does not exist": "a {kind} that does not exist",
    "but whose target has no private address or is gone": "Servers that are cut over, but whose target has no ",
}


def parts_of(message):
    """What does not vary in a message, as far as it is of three words or more."""
    parts = (part.strip(" .") for part in re.split(r"…|\d+|[:,;'()]", message))
    return [part for part in parts if len(part.split()) > 2]


def explained():
    """The parts of the messages that stand as terms in the guide."""
    terms = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("``")]
    return {part for line in terms for message in re.findall(r"``(.+?)``", line) for part in parts_of(message)}


@pytest.fixture(scope="module")
def texts():
    """The texts in the source, each whole, and those whose messages tests compare."""
    files = [*ROOT.glob("plugins/**/*.py"), *(ROOT / name for name in WHOLE_MESSAGES)]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    constants = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    formatted = [ast.unparse(node) for node in nodes if isinstance(node, ast.JoinedStr)]
    return "\n".join([*constants, *formatted])


def test_every_message_that_is_explained_is_one_that_users_see(texts):
    parts = explained()
    assert len(parts) > 100
    assert OTHERS | COMPOSED.keys() <= parts
    assert [part for part in sorted(parts - OTHERS) if COMPOSED.get(part, part) not in texts] == []
