# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX runs to update an inventory: ansible-runner, which starts ansible-inventory in AWX's environment."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

import ansible_runner
import pytest
import yaml
from ansible_collections.huaweicloud.sms.tests.awx import importer
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools import checkout, programs
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst"

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# As in AWX 24: the first four always, the next two to know the update again.
AWX_ENVIRONMENT = {
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_INVENTORY_EXPORT": "True",
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
    "ANSIBLE_HOST_PATTERN_MISMATCH": "error",
    "INVENTORY_SOURCE_ID": "7",
    "INVENTORY_UPDATE_ID": "42",
}


class Update(NamedTuple):
    """What came of an inventory update.

    :ivar status: ansible-runner's: ``successful`` or ``failed``.
    :ivar messages: what was printed, in one line without colours.
    :ivar output: the inventory, as written for the importer; None if there is none.
    """

    status: str
    messages: str
    output: str | None

    @property
    def inventory(self):
        """What AWX stores."""
        assert self.status == "successful", self.messages
        return importer.imported(self.output)

    def shows(self, text):
        """Whether a text was printed, also where a line was broken in its middle."""
        return text in self.messages.replace(" ", "")


checkout.forget_environment()


@pytest.fixture(autouse=True)
def _environment_of_programs(monkeypatch, tmp_path):
    """As in an execution environment: the programs of this Python and the collection. The runner takes ours."""
    home = tmp_path / "home"
    home.mkdir()
    for name, value in programs.environment(home).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def running_emulator():
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator):
    """An emulator of the service that holds the ten servers of the API's example."""
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def token(emulator):
    """The environment that reaches the emulator."""
    return {"HUAWEICLOUD_SMS_ENDPOINT": emulator.url, "HW_AUTH_TOKEN": emulator.token}


@pytest.fixture
def project(tmp_path):
    """A project's checkout; gives a function that writes an inventory file into it."""
    folder = tmp_path / "awx" / "project"

    def write(file="sms.yml", **options):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({"plugin": "huaweicloud.sms.source_servers", **options}))

    write.folder = folder
    return write


@pytest.fixture
def sync(tmp_path):
    """Updates the inventory from a file or folder of the project, with what source variables and credentials inject."""

    def sync(source="sms.yml", limit=None, verbosity=0, **injected):
        private = tmp_path / "awx"
        path, output = private / "project" / source, private / "artifacts" / "42" / "output.json"
        output.unlink(missing_ok=True)
        command = ["ansible-inventory", "--list", "--export", "-i", path]
        command += ["--limit", limit] if limit else []
        command += ["--output", output, "--playbook-dir", path if path.is_dir() else path.parent]
        command += ["-" + "v" * verbosity] if verbosity else []
        (private / "args").write_text(" ".join(map(str, command)))
        run = start(private, injected)
        text = output.read_text() if output.exists() else None
        return Update(run.status, " ".join(COLOURS.sub("", run.stdout.read()).split()), text)

    return sync


@pytest.fixture
def job(tmp_path):
    """Runs a playbook on an imported inventory, as AWX runs a job, and gives ansible-runner's result."""

    def job(inventory, playbook, limit=None, **injected):
        private = tmp_path / "job"
        (private / "project").mkdir(parents=True, exist_ok=True)
        script = write_script(private / "inventory" / "hosts", inventory.script())
        (private / "project" / "play.yml").write_text(playbook)
        return start(private, injected, playbook="play.yml", inventory=str(script), limit=limit)

    return job


@pytest.fixture
def construct(tmp_path):
    """Updates a constructed inventory from the enabled hosts of an imported one, as AWX does."""

    def construct(inventory, enabled, source_variables, limit=None):
        private = tmp_path / "constructed"
        script = write_script(private / "hosts_1", inventory.script(enabled))
        source, output = private / "constructed.yml", private / "artifacts" / "42" / "output.json"
        source.write_text(source_variables)
        output.unlink(missing_ok=True)
        command = ["ansible-inventory", "--list", "--export", "-i", script, "-i", source]
        command += ["--limit", limit] if limit else []
        (private / "args").write_text(" ".join(map(str, [*command, "--output", output, "--playbook-dir", private])))
        run = start(private, {})
        text = output.read_text() if output.exists() else None
        return Update(run.status, " ".join(COLOURS.sub("", run.stdout.read()).split()), text)

    return construct


def write_script(path, text):
    """Write an inventory script, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o700)
    return path


def start(private, injected, **parameters):
    """Start what AWX starts."""
    return ansible_runner.run(
        private_data_dir=str(private),
        ident="42",
        envvars={**AWX_ENVIRONMENT, "AWX_PRIVATE_DATA_DIR": str(private), **injected},
        suppress_env_files=True,
        fact_cache_type="",
        quiet=True,
        **parameters,
    )


def guide_blocks():
    """The YAML of the guide's code blocks, in their order."""
    blocks = re.findall(r"^( *)\.\. code-block:: yaml\n\n((?:(?:\1  .*)?\n)+)", GUIDE.read_text("utf-8"), re.MULTILINE)
    return [yaml.safe_load(textwrap.dedent(block)) for _indentation, block in blocks]


@pytest.fixture
def guide():
    """Gives the mappings in the guide that have a key, such as all credential types' ``fields``."""

    def guide(key):
        found = [block for block in guide_blocks() if isinstance(block, dict) and key in block]
        assert found, f"the guide shows nothing with {key}"
        return found

    return guide
