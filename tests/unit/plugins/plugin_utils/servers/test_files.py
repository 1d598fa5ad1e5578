# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files, clock and identity of a Linux server, in each shell that is installed here."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _shell
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers._shell import (
    ConflictError,
    DiskError,
    ServerError,
    UnreachableError,
)
from ansible_collections.huaweicloud.sms.tests.unit.plugins.plugin_utils.servers.machine import SHELLS, UUID, Machine

CONTENTS = [
    "",
    "\n",
    "one line",
    "two\nlines\n",
    "\n\n\n",
    "E",
    "a\r\nb\r\n",
    "it's; $HOME `id` \\n %s \t |",
    "ü\u2028\n",
]


def names_in(folder):
    return [file.name for file in folder.iterdir()]


@pytest.fixture(params=SHELLS.values(), ids=SHELLS)
def machine(request, tmp_path):
    return Machine(tmp_path, request.param)


@pytest.fixture
def server(machine):
    return machine.server()


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_is_read_as_it_is(machine, server, content, terminal):
    machine.record(content)
    machine.terminal = terminal
    assert server.read(machine.path) == content


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_written_is_read(machine, server, content):
    server.replace(machine.path, None, content)
    assert Path(machine.path).read_bytes() == content.encode()
    assert Path(machine.path).stat().st_mode & 0o777 == 0o600
    server.replace(machine.path, content, f"{content}!")
    server.replace(machine.path, f"{content}!", None)
    assert server.read(machine.path) is None
    assert names_in(Path(machine.path).parent) == []


def test_a_home_directory_is_found(machine, server):
    server.replace("~/a b/freeze.json", None, "text")
    assert (machine.root / "a b/freeze.json").read_text() == "text"
    assert server.read("~/a b/freeze.json") == "text"


@pytest.mark.parametrize("terminal", [False, True])
def test_the_output_of_login_scripts_is_no_content(machine, server, terminal):
    machine.terminal = terminal
    machine.noise = "echo Welcome; printf 'no newline'; echo 'x: No such file or directory' >&2; trap 'echo bye' EXIT"
    assert server.read(machine.path) is None
    machine.record("text\n")
    assert server.read(machine.path) == "text\n"
    server.replace(machine.path, "text\n", "new\n")
    assert server.read(machine.path) == "new\n"


def _folder(path):
    path.mkdir(parents=True)


def _below_a_file(path):
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("a file")


def _dangling_link(path):
    path.parent.mkdir(parents=True)
    path.symlink_to("nowhere")


def _loop(path):
    path.parent.mkdir(parents=True)
    path.symlink_to(path)


@pytest.mark.parametrize("make", [_folder, _below_a_file, _dangling_link, _loop])
def test_a_file_that_cannot_be_read_is_not_a_missing_file(machine, server, make):
    make(Path(machine.path))
    with pytest.raises(ServerError, match="cannot be read"):
        server.read(machine.path)


def test_a_missing_file_in_a_missing_folder_is_missing(machine, server):
    assert server.read(machine.path) is None


def test_a_file_of_another_user_is_not_a_missing_file(machine, server):
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    machine.record("secret")
    Path(machine.path).parent.chmod(0o700)
    for folder in Path(machine.path).parents[1:]:
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    machine.shell = ["setpriv", "--reuid=65534", "--clear-groups", *machine.shell]
    with pytest.raises(ServerError, match="Permission denied"):
        server.read(machine.path)


def test_an_end_that_does_not_arrive_is_an_error(machine, server):
    machine.record("text")
    machine.noise = "exec 3>&1; exit 0"
    with pytest.raises(ServerError, match="did not end"):
        server.read(machine.path)


@pytest.mark.parametrize(
    ("present", "expected"),
    [("other", "text"), ("text\n", "text"), ("text", "text\n"), (None, "text"), ("text", None), ("te\0xt", "text")],
)
@pytest.mark.parametrize("new", ["new", None])
def test_other_content_is_a_conflict(machine, server, present, expected, new):
    if present is not None:
        machine.record(present)
    with pytest.raises(ConflictError, match="another run"):
        server.replace(machine.path, expected, new)
    file = Path(machine.path)
    assert (file.read_bytes().decode() if file.exists() else None) == present
    assert not file.with_name("freeze.json.lock").exists()


def test_a_lock_that_is_held_is_a_conflict(machine, server):
    machine.record("text")
    lock = Path(f"{machine.path}.lock")
    lock.mkdir()
    (lock / "held").write_text(f"{int(time.time()) - 200} 1 somebody\n")
    with pytest.raises(ConflictError, match=r"20[0-9] s"):
        server.replace(machine.path, "text", "new")
    assert server.read(machine.path) == "text"
    assert lock.exists()


@pytest.mark.parametrize("age", [400, -100_000])
def test_a_stale_lock_is_ignored(machine, server, age):
    machine.record("text")
    lock = Path(f"{machine.path}.lock")
    lock.mkdir()
    (lock / "held").write_text(f"{int(time.time()) - age} 1 somebody\n")
    server.replace(machine.path, "text", "new")
    assert server.read(machine.path) == "new"
    assert names_in(lock.parent) == ["freeze.json"]


def test_a_lock_without_a_time_becomes_stale_from_the_first_look(machine, server):
    machine.record("text")
    lock = Path(f"{machine.path}.lock")
    lock.mkdir()
    with pytest.raises(ConflictError):
        server.replace(machine.path, "text", "new")
    assert abs(int((lock / "seen").read_text()) - time.time()) < 60
    (lock / "seen").write_text(f"{int(time.time()) - 301}\n")
    server.replace(machine.path, "text", "new")
    assert names_in(lock.parent) == ["freeze.json"]


def test_of_two_replacements_at_once_one_wins(machine, server):
    machine.record("text")
    outcomes = []

    def replace(new):
        try:
            server.replace(machine.path, "text", new)
            outcomes.append(new)
        except ConflictError:
            pass

    threads = [threading.Thread(target=replace, args=[f"new {number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) <= 1
    assert server.read(machine.path) == (outcomes or ["text"])[0]
    assert names_in(Path(machine.path).parent) == ["freeze.json"]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(machine, server):
    (machine.root / "var/lib").write_text("a file")
    with pytest.raises(ServerError):
        server.replace(machine.path, None, "new")
    (machine.root / "var/lib").unlink()
    (machine.root / "var/lib").symlink_to("/proc/self")
    with pytest.raises(DiskError, match="cannot be written"):
        server.replace(machine.path, None, "new")


@pytest.fixture(params=[1, 2])
def tiny_disk(machine, request):
    """Mount a disk with so many blocks where the record is: one for the record, and perhaps one for the lock."""
    folder = Path(machine.path).parent
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={4096 * request.param}", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_an_error_of_the_disk_and_leaves_the_file(machine, server, tiny_disk):
    Path(machine.path).write_text("text")
    with pytest.raises(DiskError, match=r"No space left|I/O error|Not all|lock cannot"):
        server.replace(machine.path, "text", "new")
    assert server.read(machine.path) == "text"
    assert names_in(tiny_disk) == ["freeze.json"]
    # What was changed meanwhile is a conflict all the same.
    with pytest.raises(ConflictError):
        server.replace(machine.path, "other", "new")


def test_a_read_only_disk_is_an_error_of_the_disk(machine, server, tiny_disk):
    Path(machine.path).write_text("text")
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    for new in ("new", None):
        with pytest.raises(DiskError, match="Read-only file system"):
            server.replace(machine.path, "text", new)


def test_the_clock_is_that_of_the_server(machine, server):
    assert abs(server.now() - time.time()) < 60
    if machine.shell[0] == "busybox":
        pytest.skip("its own date is in the program of the shell")
    (machine.root / "bin/date").write_text("#!/bin/sh\necho 1700000000\n")
    (machine.root / "bin/date").chmod(0o755)
    assert server.now() == 1_700_000_000
    (machine.root / "bin/date").write_text("#!/bin/sh\necho %s\n")
    with pytest.raises(ServerError, match="clock"):
        server.now()


def test_the_machine_is_identified_by_its_uuid(machine, server):
    assert server.machine_id() == UUID


@pytest.mark.parametrize(
    "uuid", ["", "Not Settable", "0" * 8 + "-0000-0000-0000-" + "0" * 12, "03000200-0400-0500-0006-000700080009"]
)
def test_a_placeholder_identifies_no_machine(machine, server, uuid):
    (machine.root / "sys/class/dmi/id/product_uuid").write_text(f"{uuid}\n")
    (machine.root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    assert server.machine_id() == ""
    for name, mac, physical in (
        ("eth1", "0A:00:00:00:00:02", True),
        ("eth0", "0a:00:00:00:00:01", True),
        ("lo", "00:00:00:00:00:00", True),
        ("docker0", "02:42:00:00:00:01", False),
    ):
        folder = machine.root / "sys/class/net" / name
        folder.mkdir(parents=True)
        (folder / "address").write_text(f"{mac}\n")
        if physical:
            (folder / "device").mkdir()
    assert server.machine_id() == "0a:00:00:00:00:01,0a:00:00:00:00:02"


class Failing:
    """An action whose commands fail."""

    def __init__(self, result):
        self.result = result

    def _low_level_execute_command(self, command, sudoable=True):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_sudo_that_requires_a_terminal_is_named(stream):
    result = {"rc": 1, "stdout": "", "stderr": "", stream: "sudo: sorry, you must have a tty to run sudo\n"}
    with pytest.raises(ServerError, match="requiretty"):
        _shell.Posix(Failing(result)).read("/f")


def test_a_connection_that_fails_is_told_from_a_command_that_cannot_start():
    with pytest.raises(UnreachableError, match=r"cannot be reached: No route to host\."):
        _shell.Posix(Failing(AnsibleConnectionFailure("No route\nto host"))).read("/f")
    with pytest.raises(ServerError, match="Missing sudo password") as raised:
        _shell.Posix(Failing(AnsibleError("Missing sudo password"))).read("/f")
    assert not isinstance(raised.value, UnreachableError)
