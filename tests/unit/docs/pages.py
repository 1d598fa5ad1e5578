# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pages show: their blocks, the files and commands in them, and graphs."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

# A block of Markdown and one of reStructuredText, each with its language before its text.
BLOCK = re.compile(
    r"^ *```(?P<markdown>\w+)\n(?P<fenced>(?:.*\n)*?) *```$"
    r"|^(?P<margin> *)\.\. code-block:: (?P<rst>\S+)\n\n(?P<indented>(?:(?P=margin)  .*\n|\n)+)",
    re.MULTILINE,
)
# Where a reader is to save a block whose first line does not say it, by what is in it.
FILES = (("plugin: huaweicloud.sms", "sms.yml"), ("[inventory]", "ansible.cfg"))


class Command(NamedTuple):
    """A command that a page shows.

    :ivar line: without its prompt.
    :ivar output: the lines below it.
    """

    line: str
    output: list[str]


def blocks_of(page):
    """The language and the text of each block."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        text = match["fenced"] or match["indented"]
        yield match["markdown"] or match["rst"], textwrap.dedent(text).strip("\n")


def commands_of(page):
    """The commands in the consoles of a page, and what it says that they print."""
    for language, text in blocks_of(page):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else ():
            line, *output = part.splitlines()
            yield Command(line, output)


def files_of(page, heading=r"# (\S+)", marks=FILES):
    """The texts of the files that readers are to save, by their names; the first one of each name."""
    files = {}
    for _language, text in blocks_of(page):
        match = re.fullmatch(heading, text.partition("\n")[0])
        names = [match[1]] if match else [name for mark, name in marks if mark in text]
        for name in names[:1]:
            files.setdefault(name, f"{text}\n")
    return files


def save_files(page, folder):
    """Save the inventory file and Ansible's settings of a page, as it asks its readers to."""
    files = files_of(page)
    for name in files.keys() & {name for _mark, name in FILES}:
        (folder / name).write_text(files[name], encoding="utf-8")


def without_empty_groups(lines):
    """The lines of a graph that lead to a host."""
    depths = [len(line) - len(line.lstrip(" |")) for line in lines]
    is_group = [bool(re.fullmatch(r" *\|--@\w+:", line)) for line in lines]
    return [
        line
        for number, line in enumerate(lines)
        if not is_group[number] or (number + 1 < len(lines) and depths[number + 1] > depths[number])
    ]
