# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a person can answer a prompt: the standard input of Ansible, and the jobs that nobody sees."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _terminal


@pytest.mark.parametrize(
    ("environ", "callback"),
    [
        ({"AWX_ISOLATED_DATA_DIR": "/runner"}, "default"),
        ({"AWX_ISOLATED_DATA_DIR": ""}, "default"),
        ({}, "awx_display"),
        ({}, "ansible.builtin.awx_display"),
    ],
)
def test_a_job_runner_has_a_terminal_that_nobody_sees(monkeypatch, environ, callback):
    monkeypatch.setattr(_terminal, "_has_terminal", lambda process: True)
    assert _terminal.is_interactive({}, "default")
    assert not _terminal.is_interactive(environ, callback)


WAIT = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
WAIT_IN_BACKGROUND = f"import os\nif os.fork(): os.wait()\nos.setpgid(0, 0)\n{WAIT}"


def test_a_socket_a_pipe_a_file_and_nothing_as_standard_input_are_no_terminals(tmp_path):
    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "input").open("w+") as file:
        for stdin in (theirs, subprocess.PIPE, subprocess.DEVNULL, file):
            process = subprocess.Popen([sys.executable, "-c", WAIT], stdin=stdin, stdout=subprocess.PIPE)
            with process:
                assert process.stdout.readline()
                assert not _terminal._has_terminal(process.pid)
                process.kill()


@pytest.mark.parametrize(("program", "reads"), [(WAIT, True), (WAIT_IN_BACKGROUND, False)])
def test_only_the_foreground_of_a_terminal_can_be_answered(program, reads):
    leader, terminal = pty.fork()
    if not leader:
        os.execv(sys.executable, [sys.executable, "-c", program])
    try:
        process = int(os.read(terminal, 20))
        assert _terminal._has_terminal(process) is reads
        os.kill(process, signal.SIGKILL)
    finally:
        os.close(terminal)
        os.waitpid(leader, 0)


def test_a_process_that_has_ended_has_no_terminal():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not _terminal._has_terminal(process.pid)


def test_without_proc_the_prompt_itself_finds_out(monkeypatch, tmp_path):
    monkeypatch.setattr(_terminal, "_PROC", tmp_path)
    assert _terminal.is_interactive({}, "default")
