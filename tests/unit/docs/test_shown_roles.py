# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the README of a role shows is what its play prints."""

from __future__ import annotations

from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of

ROLES = ROOT / "roles"


def test_the_play_of_preflight_prints_the_table_that_is_shown(run_ansible, tmp_path):
    blocks = dict(blocks_of(ROLES / "preflight" / "README.md"))
    (tmp_path / "play.yml").write_text(blocks["yaml"])
    with Emulator(servers=300) as emulator:
        completed = run_ansible(
            *("playbook", "play.yml"), HUAWEICLOUD_SMS_ENDPOINT=emulator.url, HW_AUTH_TOKEN=emulator.token
        )
    assert completed.returncode == 2, completed.stdout + completed.stderr
    printed = "\n".join(line.rstrip() for line in completed.stdout.splitlines())
    assert f"\n{blocks['text']}\n" in printed
