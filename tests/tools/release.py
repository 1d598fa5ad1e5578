# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a tag is ready to be released, and print what the changelog says of it: ``release.py 2.0.0``."""

from __future__ import annotations

import pathlib
import re
import sys

import yaml
from checkout import ROOT


def problems(tag: str, root: pathlib.Path) -> list[str]:
    """Return what keeps a tag from being released."""
    version = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    releases = yaml.safe_load((root / "changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]
    left = [path.name for path in sorted((root / "changelogs/fragments").glob("*.y*ml"))]
    return [
        *([f"galaxy.yml has version {version}, the tag is {tag}."] if version != tag else []),
        *([f"The changelog has no release {tag}: run antsibull-changelog release."] if tag not in releases else []),
        *([f"These fragments are in no release: {', '.join(left)}."] if left else []),
    ]


def notes(tag: str, root: pathlib.Path) -> str:
    """Return the changelog's section of a release."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    # "## v2\.0\.0" and what follows, up to the next release
    _before, *sections = re.split(r"^## v(.+)$", changelog, flags=re.MULTILINE)
    of_release = {heading.replace("\\", ""): text for heading, text in zip(sections[::2], sections[1::2], strict=True)}
    # each release ends with the anchor of the next
    return re.sub(r'<a id="[^"]*"></a>\n?', "", of_release[tag]).strip() + "\n"


def main(tag: str, root: pathlib.Path = ROOT) -> None:
    """Print the notes of a release, or end with what keeps it back."""
    if found := problems(tag, root):
        sys.exit("\n".join(found))
    print(notes(tag, root), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
