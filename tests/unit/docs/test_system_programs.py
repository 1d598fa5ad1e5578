# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The set-up of a suite looks for each program that the suite needs, and installs those that are missing."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT


class Session:
    """What the set-up does with a session: the commands that it runs, and the reason for which it ends it."""

    def __init__(self):
        self.commands, self.skipped, self.failed = [], "", ""

    def run(self, *command, external):
        assert external
        self.commands.append(command)

    def skip(self, reason):
        self.skipped = reason

    def error(self, reason):
        self.failed = reason


@pytest.fixture
def system_programs(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tests" / "tools")
    import system_programs

    monkeypatch.setattr(system_programs.cores, "IN_CI", False)
    return system_programs


@pytest.fixture
def machine(monkeypatch, system_programs):
    """Gives a function that has a machine with these programs, where an administrator or somebody else is at work."""

    def set_up(*programs, user=0):
        monkeypatch.setattr("shutil.which", lambda name: name if name in programs else None)
        monkeypatch.setattr("os.geteuid", lambda: user)

    return set_up


@pytest.mark.parametrize(
    ("suite", "there", "installed"),
    [
        ("browser", ("chromium",), ["chromium-driver"]),
        ("browser", ("chromedriver",), ["chromium"]),
        ("browser", (), ["chromium", "chromium-driver"]),
        ("eda", (), ["openjdk-17-jre-headless"]),
        ("targets", (), ["openssh-client"]),
    ],
)
def test_the_packages_of_the_missing_programs_are_installed(machine, system_programs, suite, there, installed):
    machine("apt-get", *there)
    session = Session()
    system_programs.require(session, suite)
    assert [command[:2] for command in session.commands] == [("apt-get", "update"), ("apt-get", "install")]
    assert [word for word in session.commands[1][2:] if not word.startswith("--")] == installed


def test_nothing_is_installed_if_nothing_is_missing(machine, system_programs):
    machine("apt-get", "chromium", "chromedriver")
    for suite in ("browser", "awx"):
        session = Session()
        system_programs.require(session, suite)
        assert (session.commands, session.skipped) == ([], "")


def test_where_nothing_may_be_installed_the_missing_program_is_named(machine, system_programs, monkeypatch):
    machine("apt-get", "chromium", user=1000)
    session = Session()
    system_programs.require(session, "browser")
    assert session.commands == []
    assert session.skipped == "missing programs: chromedriver (Debian's packages: chromium-driver)"
    monkeypatch.setattr(system_programs.cores, "IN_CI", True)
    system_programs.require(session, "browser")
    assert session.failed == session.skipped
