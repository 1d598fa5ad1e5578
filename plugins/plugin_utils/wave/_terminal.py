# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: whether a person can answer a prompt of Ansible."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_JOB_RUNNER_VARIABLE = "AWX_ISOLATED_DATA_DIR"
_JOB_RUNNER_CALLBACK = "awx_display"
_PROC = Path("/proc")


def is_interactive(environ: Mapping[str, str], stdout_callback: str) -> bool:
    """Return whether a person can answer a prompt of Ansible.

    :param environ: the environment of Ansible. A job of AWX or ansible-runner has a terminal that nobody sees.
    :param stdout_callback: the name of the callback plugin for the standard output.
    """
    if _JOB_RUNNER_VARIABLE in environ or stdout_callback.rpartition(".")[2] == _JOB_RUNNER_CALLBACK:
        return False
    # Ansible runs an action in a worker without any input, so that only the worker's parent tells.
    return _has_terminal(os.getppid())


def _has_terminal(process: int) -> bool:
    """Return whether the standard input of a process is a terminal that it may read from.

    On a system without /proc this is not known. Ansible's prompt itself then fails if there is no terminal.
    """
    if not (_PROC / "self" / "stat").exists():
        return True
    try:
        # Behind the name of the program, which can contain blanks and brackets.
        status = (
            (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        # Fails for a socket, and if the standard input is closed.
        standard_input = os.open(_PROC / str(process) / "fd" / "0", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # A process in the background that reads from its terminal is stopped.
        own_group, foreground_group = status[2], status[5]
        return os.isatty(standard_input) and own_group == foreground_group
    finally:
        os.close(standard_input)
