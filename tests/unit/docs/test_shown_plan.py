# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide on plans shows is what its commands print and write."""

from __future__ import annotations

import shlex

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of, commands_of, files_of

pytestmark = pytest.mark.slow

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_plan.rst"


@pytest.fixture(scope="module")
def rehearsal():
    """The rehearsal room as the guide opens it."""
    assert "``--servers 8\n--unattended``" in GUIDE.read_text("utf-8")
    with Emulator(servers=8, unattended=True) as emulator:
        yield emulator


def test_the_commands_print_and_write_what_is_shown(rehearsal, run_ansible, tmp_path, monkeypatch):
    monkeypatch.delenv("ANSIBLE_INVENTORY", raising=False)
    for name, text in files_of(GUIDE).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    exported, edited = (text for language, text in blocks_of(GUIDE) if language == "text")
    plan = tmp_path / "plan.csv"

    def require(line, output):
        program, *arguments = shlex.split(line)
        options = {"HUAWEICLOUD_SMS_ENDPOINT": rehearsal.url, "HW_AUTH_TOKEN": rehearsal.token}
        completed = run_ansible(program.removeprefix("ansible-"), *arguments, **options)
        assert "\n".join(output) in "\n".join(one.rstrip() for one in completed.stdout.splitlines()), completed.stdout

    export, check, graph = ((command.line, [one for one in command.output if one]) for command in commands_of(GUIDE))
    require(*export)
    written = plan.read_text(encoding="utf-8-sig").splitlines()
    assert set(exported.splitlines()) <= set(written)
    assert len(written) == 1 + 8
    plan.write_text(f"{edited}\n", encoding="utf-8")
    require(*check)
    # Without the row that cannot be corrected.
    plan.write_text("\n".join(edited.replace("large", "small").splitlines()[:-1]) + "\n", encoding="utf-8")
    (tmp_path / "sms.yml").write_text(files_of(GUIDE)["sms.yml"])
    require(*graph)
    require(check[0], ["ok: [localhost]"])
