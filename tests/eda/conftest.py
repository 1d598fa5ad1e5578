# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulator, and the collection as the rulebook engine finds it."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import checkout, programs

checkout.forget_environment()


@pytest.fixture(scope="session")
def collection():
    """The checkout, in a path of the collection's name."""
    return programs.COLLECTIONS / checkout.COLLECTION


@pytest.fixture(scope="session")
def running_emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator):
    """An emulator that holds the ten servers of the API's example; simulated time stands still."""
    running_emulator.reset()
    return running_emulator
