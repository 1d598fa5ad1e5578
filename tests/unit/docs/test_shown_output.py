# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README and the first guide show is what Ansible's programs print."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils import _spec

ROOT = Path(_spec.__file__).parents[2]
README = ROOT / "README.md"
FIRST_GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_first_inventory.rst"

# A block of Markdown and one of reStructuredText, each with its language before its text.
BLOCK = re.compile(
    r"^ *```(?P<markdown>\w+)\n(?P<fenced>(?:.*\n)*?) *```$"
    r"|^\.\. code-block:: (?P<rst>\S+)\n\n(?P<indented>(?:  .*\n|\n)+)",
    re.MULTILINE,
)
# By what is in a block, where a reader is to save it.
FILES = {"plugin: huaweicloud.sms": "sms.yml", "[inventory]": "ansible.cfg"}
# Playbooks are left out: what they print differs between versions of ansible-core.
COMMAND = re.compile(r"ansible-(?P<program>inventory)|ansible(?= )")


class Command(NamedTuple):
    """A command that a page shows.

    :ivar output: the lines below it.
    """

    program: str
    arguments: list[str]
    output: list[str]


def blocks_of(page):
    """The language and the text of each block."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        text = match["fenced"] or match["indented"]
        yield match["markdown"] or match["rst"], textwrap.dedent(text).strip("\n")


def commands_of(page):
    """The commands that can be run here, and what the page says that they print."""
    for language, text in blocks_of(page):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else ():
            command, *output = part.splitlines()
            if match := COMMAND.match(command):
                yield Command(match["program"] or "adhoc", shlex.split(command)[1:], output)


def save_files(page, folder):
    """Save the first block for each file, as the page asks its readers to."""
    for _language, text in reversed(list(blocks_of(page))):
        for mark, name in FILES.items():
            if mark in text:
                (folder / name).write_text(text + "\n", encoding="utf-8")


def without_empty_groups(lines):
    """The lines of a graph that lead to a host."""
    depths = [len(line) - len(line.lstrip(" |")) for line in lines]
    is_group = [bool(re.fullmatch(r" *\|--@\w+:", line)) for line in lines]
    return [
        line
        for number, line in enumerate(lines)
        if not is_group[number] or (number + 1 < len(lines) and depths[number + 1] > depths[number])
    ]


def in_one_line(text):
    """A text without the line breaks that Ansible makes."""
    return " ".join(text.split())


@pytest.fixture
def follow(emulator, run_ansible, tmp_path, monkeypatch):
    """Does what a page says: saves its files, and gives a function that runs its commands."""
    # ansible-test sets it, and it would win over the guide's ansible.cfg.
    monkeypatch.delenv("ANSIBLE_INVENTORY", raising=False)
    account = emulator.account
    environment = {"HW_ACCESS_KEY": account["access_key"], "HW_SECRET_KEY": account["secret_key"]}

    def run(page):
        save_files(page, tmp_path)
        if (tmp_path / "ansible.cfg").exists():
            environment["ANSIBLE_CONFIG"] = str(tmp_path / "ansible.cfg")
        for command in commands_of(page):
            yield (
                command,
                run_ansible(command.program, *command.arguments, HUAWEICLOUD_SMS_ENDPOINT=emulator.url, **environment),
            )

    return run


def test_the_readme_shows_what_is_printed_but_for_empty_groups(follow):
    ran = list(follow(README))
    assert ["--graph" in command.arguments for command, _completed in ran] == [True, False]
    for command, completed in ran:
        assert completed.returncode == 0, completed.stderr
        assert without_empty_groups(completed.stdout.splitlines()) == command.output


def test_the_first_guide_shows_what_is_printed(follow):
    ran = list(follow(FIRST_GUIDE))
    assert [command.program for command, _completed in ran] == ["inventory", "inventory", "adhoc", "adhoc"]
    for command, completed in ran:
        assert completed.returncode == 0, completed.stderr
        shown = [line for line in command.output if not line.startswith("[WARNING]")]
        assert completed.stdout.splitlines() == shown
        for warning in set(command.output).difference(shown):
            assert warning in in_one_line(completed.stderr)
    (warning,) = (text for language, text in blocks_of(FIRST_GUIDE) if language == "text")
    assert in_one_line(ran[0][1].stderr) == in_one_line(warning)
