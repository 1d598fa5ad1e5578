# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: runs shell functions on a Linux server and reads what they print.

Nothing is copied to the server, and it needs no Python: each operation is one low-level command of the connection.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.huaweicloud.sms.plugins.module_utils.common import _text
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _scripts

# Length of an error of a server or a program.
_MOST_CHARACTERS = 1000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# UUIDs that manufacturers leave in boards, so that many machines have them. Those of one digit are left out as well.
_PLACEHOLDERS = frozenset({
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "11111111-2222-3333-4444-555555555555",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "12345678-1234-1234-1234-123456789abc",
    "4c4c4544-0000-2010-8020-80c04f202020",
    "deadbeef-dead-beef-dead-beefdeadbeef",
})  # fmt: skip
_NO_TERMINAL = (
    "sudo on this server requires a terminal (requiretty). Set ansible_ssh_use_tty to true for this host, or add"
    " '!requiretty' to the Defaults of this user in its sudoers file."
)


class ServerError(SmsError):
    """An operation failed on a server."""


class ConflictError(ServerError):
    """A file has other content than expected, or another command holds its lock. The file is unchanged."""


class DiskError(ServerError):
    """A file cannot be written or removed, such as on a full or a read-only disk. The file is unchanged."""


class UnreachableError(ServerError):
    """The server cannot be reached. Whether the operation was done is not known."""


class Line(NamedTuple):
    """A line that a shell function printed.

    :ivar key: what the line is about.
    :ivar value: the rest of the line.
    """

    key: str
    value: str


class Posix:
    """Files, clock and identity of a server with a POSIX shell.

    :param action: its connection runs the commands.
    :param root: the folder below which the files of the system are looked up. Tests give another one.
    """

    def __init__(self, action: ActionBase, root: str = "") -> None:
        self._action = action
        self._root = root

    def machine_id(self) -> str:
        """Return the ID of the machine: see :func:`machine_id_from`."""
        return machine_id_from(self._run(_scripts.FILES, "machine"))

    def now(self) -> float:
        """Return the time of the server's clock, in seconds since the epoch."""
        return clock_from(self._run(_scripts.FILES, "clock"))

    def read(self, path: str) -> str | None:
        """Return the content of a file; None if the server says that there is none.

        :raises ServerError: the file cannot be read, or it is not known whether there is one.
        """
        return content_from(path, self._run(_scripts.FILES, f"read_file {quoted(path)}"))

    def replace(self, path: str, expected: str | None, text: str | None) -> None:
        """Replace a file if it still has a certain content, in one command under a lock on the server.

        :param expected: the whole content that the file must have; None if there must be no file.
        :param text: the new content; None to remove the file.
        :raises ConflictError: the file has other content, or another command holds the lock.
        :raises DiskError: the file cannot be written or removed.
        :raises ServerError: it is not known whether the file was replaced.
        """
        folder = path.rpartition("/")[0] or ("/" if path[:1] == "/" else ".")
        variables = (
            f"f={quoted(path)} folder={quoted(folder)}",
            f"had={'no' if expected is None else 'yes'} old={shlex.quote(expected or '')}",
            f"size={len((expected or '').encode(errors='surrogateescape'))}",
            f"keep={'no' if text is None else 'yes'} text={shlex.quote(text or '')}",
        )
        lines = self._run(_scripts.FILES + _scripts.REPLACE, *variables, "replace_file")
        raise_unless_replaced(path, dict(lines).get("replace", ""))

    def _run(self, functions: str, *commands: str) -> list[Line]:
        """Run shell commands on the server, and return the lines that our functions printed.

        :param functions: the shell functions that the commands need.
        :raises ServerError: not all of the commands ended.
        """
        token = secrets.token_hex(8)
        header = _scripts.COMMON.replace("@TOKEN@", token).replace("@ROOT@", shlex.quote(self._root))
        # In a shell of its own, which a function ends where it is done.
        script = "\n".join((header, functions, *commands))
        result = execute(self._action, f"( {script}\n)\nprintf '%s end;\\n' {token}\n")
        lines = _lines(str(result.get("stdout", "")), token)
        if not lines or lines[-1].key != "end":
            raise ServerError(failure(result))
        return lines[:-1]


def execute(action: ActionBase, command: str, sudoable: bool = True) -> Mapping[str, Any]:
    """Run a low-level command of the connection, and return its result.

    :raises UnreachableError: the server cannot be reached.
    :raises ServerError: the command could not be started, such as without the password of sudo.
    """
    try:
        result: Mapping[str, Any] = action._low_level_execute_command(command, sudoable=sudoable)
    except AnsibleConnectionFailure as error:
        raise UnreachableError(f"The server cannot be reached: {_sentence(error.message)}") from None
    except AnsibleError as error:
        raise ServerError(f"No command can be run on the server: {_sentence(error.message)}") from None
    return result


def _lines(output: str, token: str) -> list[Line]:
    """Return the lines that begin with the token and are complete."""
    lines = []
    for line in output.split("\n"):
        # A terminal ends each line with a carriage return as well. Those of a file stand before the semicolon.
        text = line.rstrip("\r")
        if text.startswith(f"{token} ") and text.endswith(";"):
            key, _blank, value = text[len(token) + 1 : -1].partition(" ")
            lines.append(Line(key, value))
    return lines


def content_from(path: str, lines: Sequence[Line]) -> str | None:
    """Return the content of a file that ``read_file`` printed; None if there is no file.

    :raises ServerError: the file could not be read.
    """
    kind, _blank, words = dict(lines).get("file", "").partition(" ")
    if kind == "absent":
        return None
    text = "\n".join(line.value for line in lines if line.key == "|")
    if kind != "text" or not text.endswith("E"):
        raise ServerError(f"{path} cannot be read: {in_one_line(words) or 'it was not printed completely.'}")
    return text[:-1]


def clock_from(lines: Iterable[Line]) -> float:
    """Return the time that ``clock`` printed, in seconds since the epoch.

    :raises ServerError: there is none.
    """
    try:
        return float(dict(lines).get("clock", ""))
    except ValueError:
        raise ServerError("The server's clock cannot be read with 'date +%s'.") from None


def machine_id_from(lines: Iterable[Line]) -> str:
    """Return the machine ID that ``machine`` printed.

    It is the UUID of the machine in DMI, else the MAC addresses of its physical interfaces, separated by commas. It is
    empty if neither is known. ``/etc/machine-id`` is not used, which is copied to the target with the disks.
    """
    values: dict[str, list[str]] = {}
    for line in lines:
        values.setdefault(line.key, []).append(line.value.strip().lower())
    for uuid in values.get("uuid", ()):
        if _UUID.fullmatch(uuid) and uuid not in _PLACEHOLDERS and len({*uuid} - {"-"}) > 1:
            return uuid
    return ",".join(sorted({mac for mac in values.get("mac", ()) if mac.strip("0:")}))


def raise_unless_replaced(path: str, printed: str) -> None:
    """
    :param printed: the outcome of a replacement and words for it.
    :raises ServerError: the file was not replaced, or that is not known.
    """
    outcome, _blank, words = printed.partition(" ")
    if outcome == "done":
        return
    if outcome == "changed":
        raise ConflictError(f"{path} was changed by another run since it was read. Run the step again.")
    if outcome == "locked":
        raise ConflictError(
            f"{path} is being changed by another run, which has had its lock for {words} s. Run the step again once"
            f" that run has ended. A lock that is older than 300 s is ignored."
        )
    if outcome == "disk":
        raise DiskError(f"{path} cannot be written: {in_one_line(words) or 'no reason was given.'}")
    if outcome == "unreadable":
        raise ServerError(f"{path} cannot be read: {in_one_line(words)}")
    raise ServerError(f"It is not known whether {path} was written: the command did not end. Run the step again.")


def failure(result: Mapping[str, Any]) -> str:
    """Return the message for a command that did not print all that it should."""
    texts = [str(result[key]).strip() for key in ("msg", "stderr", "stdout") if result.get(key)]
    words = in_one_line(" ".join(texts))
    if "must have a tty" in words:
        return _NO_TERMINAL
    return f"A command on the server did not end (exit code {result.get('rc')}): {words or 'it printed nothing'}"


def _sentence(text: str) -> str:
    """Return a message of ssh, which has several lines and no full stop, as a sentence."""
    return f"{in_one_line(text).rstrip('.')}."


def in_one_line(text: str) -> str:
    """Return a text of a server or a program so that it can be printed."""
    return " ".join(_text.plain(text, _MOST_CHARACTERS).split())


def quoted(path: str) -> str:
    """Return a path for a shell, in which only a leading ``~/`` keeps its meaning."""
    return f"~/{shlex.quote(path[2:])}" if path.startswith("~/") else shlex.quote(path)
