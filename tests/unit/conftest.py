# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all unit tests share: an emulator, and an environment that holds nothing of the developer's own."""

from __future__ import annotations

import functools
import os
import signal
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Nothing of a collection can be imported before Ansible's loader is there, and that not before settings are forgotten.
sys.path.append(str(Path(__file__).parents[1] / "tools"))
import checkout

# The same examples each time, so that a failure concerns what was changed. For others: --hypothesis-profile=default
# Nor may it concern how busy the machine is.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For make check, which is run after each change.
settings.register_profile("brief", settings.get_profile("repeatable"), max_examples=20)
settings.load_profile("repeatable")


def install_collection_loader():
    """Let Ansible find the collection that is on Python's path, unless ansible-test has done so."""
    from ansible.utils.collection_loader import AnsibleCollectionConfig

    if AnsibleCollectionConfig.collection_finder is None:
        from ansible.plugins.loader import init_plugin_loader

        init_plugin_loader(
            [path for path in sys.path if Path(path, "ansible_collections", "huaweicloud", "sms").is_dir()]
        )


# What a shell starts in the background ignores interruptions, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

EMULATOR = pytest.StashKey()

checkout.forget_environment()
if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" not in os.environ:
    os.environ["ANSIBLE_CONFIG"] = str(Path(__file__).with_name("ansible.cfg"))
install_collection_loader()


def pytest_addoption(parser):
    parser.addoption("--share", metavar="K/N", help="run the K-th of N equal shares of the tests but edges")


def pytest_itemcollected(item):
    if "run_ansible" in getattr(item, "fixturenames", ()):
        item.add_marker("slow")


def pytest_collection_modifyitems(config, items):
    """Leave out what another share has. A test stays in its share whatever is added beside it."""
    if not config.getoption("--share"):
        return
    number, shares = map(int, config.getoption("--share").split("/"))
    ours, others = [], []
    for item in items:
        chosen = zlib.crc32(item.nodeid.encode()) % shares == number - 1 and not item.get_closest_marker("edges")
        (ours if chosen else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = ours


def pytest_configure(config):
    for marker in (
        "core: what it tests depends on ansible-core; make test runs it on the oldest one too",
        "edges: the oldest and the newest ansible-core are enough for it",
        "exhaustive: is left to make test-all",
        "slow: is left to make test by make check, as is whatever uses run_ansible",
    ):
        config.addinivalue_line("markers", marker)


def pytest_collection_finish(session):
    """Start one emulator for all tests here, since ansible-test runs each test in a fork of this process."""
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    if any("running_emulator" in getattr(item, "fixturenames", ()) for item in session.items):
        session.stash[EMULATOR] = Emulator()


def pytest_sessionfinish(session):
    if EMULATOR in session.stash:
        session.stash[EMULATOR].stop()


@pytest.fixture(scope="session")
def running_emulator(request):
    return request.session.stash[EMULATOR]


@pytest.fixture
def emulator(running_emulator):
    """An emulator of the service that holds the ten servers of the API's example and has seen no request yet."""
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def connection(emulator):
    """The connection options that reach the emulator with a token."""
    return {"endpoint": emulator.url, "token": emulator.token}


@pytest.fixture
def run_ansible(tmp_path):
    """Runs one of Ansible's programs: ``run_ansible("inventory", "--list", …)`` is ``ansible-inventory --list …``.

    It works in ``tmp_path``, which is its home too, and gives the completed process with its output as text.
    """
    from ansible_collections.huaweicloud.sms.tests.tools import programs

    return functools.partial(programs.run, tmp_path)
