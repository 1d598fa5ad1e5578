# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guide for AWX shows of an update is in what ``ansible-inventory`` prints."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst"
# Rows of the table of hosts that an enabled variable leaves enabled.
ROW = re.compile(r"  \* - ``(sms_\w+)``\n    - (\S+)\n    - (.+)\n")


@pytest.fixture
def printed(emulator, run_ansible, tmp_path):
    """What the guide's command prints for the guide's inventory file."""
    (file,) = (text for language, text in blocks_of(GUIDE) if language == "yaml" and "plugin: huaweicloud.sms" in text)
    (tmp_path / "sms.yml").write_text(file)
    completed = run_ansible(
        *("inventory", "--list", "--export", "-i", tmp_path / "sms.yml", "--playbook-dir", tmp_path),
        HUAWEICLOUD_SMS_ENDPOINT=emulator.url,
        HW_AUTH_TOKEN=emulator.token,
    )
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)


def test_the_groups_that_are_shown_are_printed(printed):
    (part,) = (json.loads(text) for language, text in blocks_of(GUIDE) if language == "json")
    assert {name: printed[name] for name in part} == part


def test_the_hosts_that_are_shown_as_enabled_are_those_with_the_value(printed):
    rows = ROW.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(rows) == 4
    for variable, value, hosts in rows:
        value = "" if value == "(empty)" else value.strip("`")
        hostvars = printed["_meta"]["hostvars"]
        enabled = {name for name in hostvars if str(hostvars[name][variable]).lower() == value}
        assert enabled == (set() if hosts == "none" else set(hosts.split(", ")))


def test_the_two_jobs_of_the_workflow_have_each_step_of_the_wave_once_and_the_launch_in_the_second():
    (playbook,) = (text for _language, text in blocks_of(GUIDE) if "workflow_nodes:" in text)
    before, after = (tags.split(",") for tags in re.findall(r'tags: "([\w,]+)"', playbook))
    tasks = yaml.safe_load((ROOT / "roles" / "wave" / "tasks" / "main.yml").read_text(encoding="utf-8"))
    steps = {tag for task in tasks for tag in task["tags"]} - {"always"}
    assert {*before, *after} == steps
    assert {*before} & {*after} == {"summary"}
    assert "launch" in after
