# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that sets AWX up for waves, run with modules that take what those of awx.awx document, and no more."""

from __future__ import annotations

import json
import subprocess
import textwrap

import pytest
import record_arguments
import yaml
from ansible_collections.huaweicloud.sms.tests.tools import checkout, programs

GUIDE = checkout.ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst"
PLAYBOOK = checkout.ROOT / "extensions" / "awx" / "wave.yml"
STAND_IN = """
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec=json.loads({spec!r}))
given = {{name: value for name, value in module.params.items() if value is not None}}
with open({log!r}, "a") as log:
    log.write(json.dumps([{name!r}, given]) + "\\n")
module.exit_json(changed=True)
"""


@pytest.fixture
def set_up(tmp_path):
    """Runs the playbook, changed or not; gives how it ended, and each module's calls."""

    def set_up(old="", new=""):
        modules = tmp_path / "collections" / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
        modules.mkdir(parents=True)
        log = tmp_path / "log"
        for name, spec in json.loads(record_arguments.FILE.read_text("utf-8"))["modules"].items():
            code = STAND_IN.format(name=name, spec=json.dumps(spec), log=str(log))
            (modules / f"{name}.py").write_text(code, encoding="utf-8")
        text = PLAYBOOK.read_text("utf-8")
        assert old in text
        (tmp_path / "wave.yml").write_text(text.replace(old, new) if old else text, encoding="utf-8")
        ended = play(tmp_path)
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        return ended, [json.loads(line) for line in lines]

    return set_up


def play(folder) -> subprocess.CompletedProcess[str]:
    """The playbook needs nothing of the collection, and finds the stand-ins alone."""
    keys = {"HW_ACCESS_KEY": "the access key", "HW_SECRET_KEY": "the secret key"}
    collections = {"ANSIBLE_COLLECTIONS_PATH": folder / "collections"}
    return programs.run(folder, "playbook", "wave.yml", **keys, **collections)


def test_the_modules_of_awx_take_all_that_the_playbook_says(set_up):
    ended, calls = set_up()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert {name for name, _given in calls} == set(record_arguments.MODULES)
    credential_type = next(given for name, given in calls if name == "credential_type")
    assert credential_type["injectors"]["env"]["HW_ACCESS_KEY"] == "{{ access_key }}"
    assert "the secret key" not in ended.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scm_url:", "scm_urls:"),
        ("kind: cloud", "kind: clouds"),
        ("identifier: approve\n            unified", "identifiers: approve\n            unified"),
        ("        inventory: Source servers\n        organization", "        organization"),
    ],
)
def test_a_mistake_in_an_argument_is_found(set_up, old, new):
    ended, _calls = set_up(old, new)
    assert ended.returncode == 2, ended.stdout


def test_the_workflow_takes_every_step_once_with_the_approval_before_the_launch(set_up):
    calls = set_up()[1]
    templates = {given["name"]: given for name, given in calls if name == "job_template"}
    (workflow,) = [given for name, given in calls if name == "workflow_job_template"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    jobs = {node["unified_job_template"]["name"] for node in nodes.values()} - {"Launch what is frozen"}
    assert jobs <= templates.keys()
    before = templates["Wave until it is frozen"]["job_tags"].split(",")
    after = templates["Wave from the launch on"]["job_tags"].split(",")
    assert set(before) | set(after) == steps_of_the_role()
    assert "launch" not in before
    assert nodes["freeze"]["related"]["always_nodes"] == [{"identifier": "approve"}]
    assert nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"
    assert nodes["approve"]["related"]["success_nodes"] == [{"identifier": "launch"}]
    assert nodes["approve"]["related"]["failure_nodes"] == [{"identifier": "thaw"}]


def steps_of_the_role() -> set[str]:
    tasks = yaml.safe_load((checkout.ROOT / "roles/wave/tasks/main.yml").read_text("utf-8"))
    return {tag for task in tasks for tag in task["tags"]} - {"always"}


def test_the_guide_shows_the_playbook():
    text = PLAYBOOK.read_text("utf-8")
    body = text[text.index("- name: Set AWX up") :]
    assert textwrap.indent(body, "  ").rstrip() in GUIDE.read_text("utf-8")
