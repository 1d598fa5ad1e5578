# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions of ansible-core: what README says is tested is what is, and no prerelease stands for a release."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def load_cores():
    spec = importlib.util.spec_from_file_location("cores", ROOT / "tests" / "tools" / "cores.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cores():
    return load_cores()


def test_readme_and_its_badge_name_the_releases_that_are_tested(cores):
    first, last = cores.RELEASED[0], cores.RELEASED[-1]
    assert f"* ansible-core {first} or newer. {first} to {last} are tested" in README
    assert f"tested with ansible-core {first} to {last} on Python" in README
    assert f"[![ansible-core {first} to {last}][core badge]]" in README
    assert f"/ansible--core-{first}_to_{last}-" in README


def test_readme_says_which_release_candidate_is_tested_and_of_no_other(cores):
    named = set(re.findall(r"release\s+candidate of (2\.\d+)", README))
    assert named == {*cores.PRERELEASES}


def test_the_oldest_is_the_one_that_the_collection_requires(cores):
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={cores.RELEASED[0]}.0"


def test_candidates_of_a_prerelease_are_asked_for_and_its_release_once_it_is_there(cores):
    for core in cores.PRERELEASES:
        wanted = Requirement(cores.requirement(core)).specifier
        # As pip and uv do it for a requirement that names one.
        assert wanted.prereleases
        assert [*wanted.filter([f"{core}.0rc1", f"{core}.0"])] == [f"{core}.0rc1", f"{core}.0"]


def test_no_candidate_of_a_released_core_is_asked_for(cores):
    for core in cores.RELEASED:
        wanted = Requirement(cores.requirement(core)).specifier
        assert not wanted.prereleases
        assert [*wanted.filter([f"{core}.0rc1", f"{core}.0", f"{core}.1"])] == [f"{core}.0", f"{core}.1"]


def test_what_runs_on_the_newest_runs_on_a_release(monkeypatch):
    monkeypatch.setenv("CI", "true")
    cores = load_cores()
    assert cores.RELEASED[-1] == cores.NEWEST


def test_where_only_a_prerelease_can_run_it_is_the_newest(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("shutil.which", lambda program, path: program if program == "python3.15" else None)
    cores = load_cores()
    assert cores.NEWEST == cores.AVAILABLE[-1] == "2.22"
