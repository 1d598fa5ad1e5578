# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody at a terminal is asked to launch the targets, and answers."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request

import pytest
from ansible_collections.huaweicloud.sms.tests.tools import programs
from conftest import Ended, cut_over, id_of, in_sync

TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
PATIENCE = 120


class Person:
    """Somebody at a terminal, in which the wave runs."""

    def __init__(self, weekend):
        self._weekend = weekend
        self._terminal = weekend.folder / "terminal"
        arguments = weekend.arguments("huaweicloud.sms.wave", wave_launch="ask", wave_confirm=None)
        with self._terminal.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", TERMINAL, *programs.command("playbook", *arguments)],
                cwd=weekend.folder,
                env=programs.environment(weekend.folder, COLUMNS="1000", **weekend.environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self):
        return self._terminal.read_text(encoding="utf-8").replace("\r", "")

    def sees(self, text):
        deadline = time.monotonic() + PATIENCE
        while text not in self.output:
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)

    def launches(self, *names):
        """In the SMS console."""
        emulator = self._weekend.emulator
        for name in names:
            url = f"{emulator.url}/v3/tasks/{id_of(f'task of {name}')}/action"
            headers = {"X-Auth-Token": emulator.token, "Content-Type": "application/json"}
            request = urllib.request.Request(url, b'{"operation": "test"}', headers)
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()

    def answers(self, text):
        # What is typed before Ansible listens is lost.
        time.sleep(1)
        self._process.stdin.write(f"{text}\r".encode())
        self._process.stdin.flush()
        code = self._process.wait(PATIENCE)
        return Ended(code, self.output)

    def aborts(self):
        """Press Ctrl+C."""
        time.sleep(1)
        return self.answers("\x03")

    def leaves(self):
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()


@pytest.fixture
def person(weekend):
    weekend.fleet(in_sync("web"), in_sync("database"), cut_over("mail"))
    person = Person(weekend)
    yield person
    person.leaves()


def test_all_that_were_launched_at_the_prompt_are_waited_for_and_tested(person, weekend):
    person.sees("2 servers are frozen, or without anything to freeze, and in sync: database, web.")
    person.launches("web", "database")
    ended = person.answers("launched")
    assert ended.code == 0, ended.output
    assert set(ended.results().values()) == {"tested"}
    assert set(weekend.tested()) == {"web", "database", "mail"}


def test_any_other_answer_thaws_those_that_the_notice_names_alone(person, weekend):
    person.sees("Any other answer calls it off")
    ended = person.answers("later")
    called_off = "removed in launch"
    assert ended.results() == {"database": called_off, "web": called_off, "mail": "tested"}, ended.output
    assert weekend.running("web", "database")
    assert weekend.launched() == []


def test_an_abort_at_the_prompt_thaws_all_hosts_too(person, weekend):
    person.sees("Any other answer calls it off")
    ended = person.aborts()
    assert weekend.running("web", "database"), ended.output
    assert weekend.records() == set()
    assert weekend.launched() == []
