# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the collection.

A step that changes a file ends with where the code block below it goes::

    In `FILE`, below `LINE`:       behind the first line that begins with LINE, indented as what follows there
    At the end of `FILE`:          there
    As `FILE`:                     a new file
"""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path
from typing import NamedTuple

_HEADING = re.compile(r"^### … a (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^(?P<step>(?:(?!^ *```).)*?)^(?P<indent> *)```\w+\n(?P<code>.*?)^(?P=indent)```$", re.M | re.S)
_BELOW = re.compile(r"[Ii]n `([^`]+)`, below `([^`]+)`:$")
_AT_THE_END = re.compile(r"[Aa]t the end of `([^`]+)`:$")
_NEW = re.compile(r"[Aa]s `([^`]+)`:$")


class Block(NamedTuple):
    """A code block of a recipe, with the sentence that says where it goes."""

    place: str
    code: str


def recipe(page: str, thing: str) -> list[Block]:
    """The code blocks of the section on how to add a thing."""
    pieces = _HEADING.split(page)
    section = dict(zip(pieces[1::2], pieces[2::2], strict=True))[thing]
    section = section.split("\n## ")[0]
    return [
        Block(" ".join(match["step"].split()), textwrap.dedent(match["code"])) for match in _FENCED.finditer(section)
    ]


def follow(blocks: list[Block], collection: Path) -> None:
    """Do what a recipe says, in a copy of the collection.

    :raises ValueError: a step does not say where its code block goes, or that is not there.
    """
    for place, code in blocks:
        if match := _BELOW.search(place):
            _insert(collection / match[1], match[2], code)
        elif match := _AT_THE_END.search(place):
            file = collection / match[1]
            file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{code}", encoding="utf-8")
        elif match := _NEW.search(place):
            file = collection / match[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as new:
                new.write(code)
        else:
            raise ValueError(f"where does this go? {place[-80:]}")


def _insert(file: Path, anchor: str, code: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    found = [number for number, line in enumerate(lines, 1) if line.strip().startswith(anchor)]
    if not found:
        raise ValueError(f"{file} has no line that begins with {anchor}")
    following = lines[found[0]]
    indent = following[: len(following) - len(following.lstrip())]
    lines.insert(found[0], textwrap.indent(code, indent))
    file.write_text("".join(lines), encoding="utf-8")


def copy_of(checkout: Path, folder: Path) -> Path:
    """Copy what a user would install, and the emulator, below a folder for ``ANSIBLE_COLLECTIONS_PATH``."""
    collection = folder / "ansible_collections" / "huaweicloud" / "sms"
    for part in ("extensions/eda/plugins", "meta", "playbooks", "plugins", "roles", "tests/emulator"):
        shutil.copytree(checkout / part, collection / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(checkout / "galaxy.yml", collection)
    return collection
