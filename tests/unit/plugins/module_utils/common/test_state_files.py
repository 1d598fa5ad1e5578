# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that others read while they are written."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import time

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._state_files import (
    dump_state,
    load_state,
    replace_file,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def file(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    return tmp_path / "file"


@pytest.fixture
def broken_disk(monkeypatch):
    def fsync(_descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)


def permissions(path):
    return stat.S_IMODE(path.stat().st_mode)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.slow
@given(content=st.dictionaries(st.text(), values))
def test_a_state_is_loaded_as_it_was_dumped(content):
    text = dump_state("a kind", content)
    assert load_state("a kind", text) == content
    assert text.isascii()
    assert json.loads(text)["content"] == content


@pytest.mark.slow
@given(content=st.dictionaries(st.text(), values), position=st.integers(0), character=st.characters())
def test_a_state_of_which_one_character_was_changed_is_an_error_or_the_same(content, position, character):
    text = dump_state("a kind", content)
    position %= len(text)
    changed = text[:position] + character + text[position + 1 :]
    try:
        assert load_state("a kind", changed) == content
    except ValueError:
        assert changed != text


def test_a_state_of_another_kind_is_an_error():
    with pytest.raises(ValueError, match="another kind or version"):
        load_state("a kind", dump_state("another", {}))


def test_a_file_gets_its_new_content_and_nothing_else_is_left(file):
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]


def test_who_has_the_file_open_goes_on_reading_the_old_one(file):
    with file.open("rb") as reader:
        replace_file(file, b"new")
        assert reader.read() == b"old"


@pytest.mark.usefixtures("broken_disk")
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(file):
    with pytest.raises(OSError, match="Input/output error"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(("mode", "expected"), [(0o666, 0o640), (0o600, 0o600)])
def test_the_umask_narrows_the_permissions(file, mode, expected):
    before = os.umask(0o027)
    try:
        replace_file(file, b"new", mode)
    finally:
        os.umask(before)
    assert permissions(file) == expected


WRITE = """
import sys
from pathlib import Path
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._state_files import replace_file

number = 0
while True:
    number += 1
    replace_file(Path(sys.argv[1]), (str(number).encode() + b" ") * 20_000)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file_or_the_new_one(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"0 " * 20_000)
    for moment in range(20):
        before = file.read_bytes()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE, file], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        )
        deadline = time.monotonic() + 60
        while file.read_bytes() == before and time.monotonic() < deadline:
            # Read at any moment, it is whole.
            time.sleep(0.001 * moment)
        writer.kill()
        writer.wait()
        numbers = file.read_bytes().split()
        assert len(numbers) == 20_000
        assert len(set(numbers)) == 1
