# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readers find every guide, and contributors every file."""

from __future__ import annotations

import re

import yaml
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

DOCSITE = ROOT / "docs" / "docsite"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in (DOCSITE / "rst").glob("*.rst")}
LINK = re.compile(r":ref:`ansible_collections\.huaweicloud\.sms\.docsite\.(\w+)")


def test_the_table_of_contents_has_every_page_once():
    contents = yaml.safe_load((DOCSITE / "extra-docs.yml").read_text(encoding="utf-8"))
    listed = [page for section in contents["sections"] for page in section["toctree"]]
    assert sorted(listed) == sorted(PAGES)


def test_another_page_leads_to_every_page():
    linked = {target for name, text in PAGES.items() for target in LINK.findall(text) if target != name}
    assert linked == set(PAGES)
