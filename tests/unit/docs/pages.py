# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pages show: their blocks, and the graphs in them."""

from __future__ import annotations

import re
import textwrap

# A block of Markdown and one of reStructuredText, each with its language before its text.
BLOCK = re.compile(
    r"^ *```(?P<markdown>\w+)\n(?P<fenced>(?:.*\n)*?) *```$"
    r"|^(?P<margin> *)\.\. code-block:: (?P<rst>\S+)\n\n(?P<indented>(?:(?P=margin)  .*\n|\n)+)",
    re.MULTILINE,
)


def blocks_of(page):
    """The language and the text of each block."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        text = match["fenced"] or match["indented"]
        yield match["markdown"] or match["rst"], textwrap.dedent(text).strip("\n")


def without_empty_groups(lines):
    """The lines of a graph that lead to a host."""
    depths = [len(line) - len(line.lstrip(" |")) for line in lines]
    is_group = [bool(re.fullmatch(r" *\|--@\w+:", line)) for line in lines]
    return [
        line
        for number, line in enumerate(lines)
        if not is_group[number] or (number + 1 < len(lines) and depths[number + 1] > depths[number])
    ]
