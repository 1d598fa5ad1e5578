# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What surrounds the collection in its repository: hooks, workflows, releases."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# An environment variable holds it instead, which no shell evaluates.
WRITTEN_BY_OTHERS = re.compile(r"\$\{\{\s*(github|inputs|secrets)\.")


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps_of(path):
    return [step for job in read(path)["jobs"].values() for step in job.get("steps", [])]


def test_the_hooks_are_the_sessions_of_make_lint():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1].replace("\\\n", " ")
    sessions = recipe.partition("--session ")[2].split()
    (local,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    assert sorted(hook["id"] for hook in local["hooks"]) == sorted(sessions)
    assert {hook["entry"] for hook in local["hooks"]} == {
        "make --quiet format",
        *(f"make --quiet session-{name}" for name in sessions if name != "formatters"),
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_unless_a_job_says_what_else(path):
    assert read(path)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_puts_nothing_that_others_write_into_a_script(path):
    assert not [step for step in steps_of(path) if WRITTEN_BY_OTHERS.search(step.get("run", ""))]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_names_the_commits_of_the_actions_that_it_uses(path):
    used = [step["uses"] for step in steps_of(path) if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)] == []


@pytest.fixture
def release(tmp_path):
    """Gives a function that has a tag released, in a copy of what says which version this is."""
    for name in ("galaxy.yml", "CHANGELOG.md", "changelogs/changelog.yaml", "tests/tools/checkout.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    script = tmp_path / "tests" / "tools" / "release.py"
    script.write_bytes((ROOT / "tests" / "tools" / "release.py").read_bytes())
    (tmp_path / "changelogs" / "fragments").mkdir()

    def run(tag):
        return subprocess.run([sys.executable, script, tag], capture_output=True, check=False, text=True)

    run.folder = tmp_path
    run.version = read(tmp_path / "galaxy.yml")["version"]
    return run


def test_the_notes_of_a_release_are_its_part_of_the_changelog(release):
    completed = release(release.version)
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.startswith("### Release Summary\n")
    assert completed.stdout.strip() in re.sub(r"<a id=.*\n", "", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert "## v" not in completed.stdout


def test_a_tag_that_means_another_version_is_not_released(release):
    completed = release("77.0.0")
    assert completed.returncode == 1
    assert "the tag is 77.0.0" in completed.stderr
    assert "The changelog has no release 77.0.0" in completed.stderr


def test_a_fragment_that_is_in_no_release_keeps_it_back(release):
    (release.folder / "changelogs" / "fragments" / "forgotten.yml").write_text("bugfixes: []\n")
    completed = release(release.version)
    assert completed.returncode == 1
    assert "These fragments are in no release: forgotten.yml." in completed.stderr
