# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each configuration among the plugin's examples, and in their guide, gives the graph that is shown below it."""

from __future__ import annotations

import itertools
import shlex

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.inventory import source_servers
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of, without_empty_groups

pytestmark = pytest.mark.core

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_examples.rst"
COMMAND = "# ansible-inventory "
# Paragraphs: a configuration between comments, then the command and what it prints.
CONFIGURATIONS = [text for text in source_servers.EXAMPLES.split("\n\n") if COMMAND in text]
# Blocks: the configuration, and what is printed.
SHOWN_IN_GUIDE = list(itertools.pairwise(text for _language, text in blocks_of(GUIDE)))[::2]
SECRET_FILE = "/run/secrets/sms_secret_key"


def shown(text):
    """The command that an example shows, and the lines of its output."""
    command, *graph = text.split(COMMAND, 1)[1].splitlines()
    return shlex.split(command), [line.removeprefix("# ") for line in graph]


@pytest.fixture
def graph_of(emulator, run_ansible, tmp_path):
    """Gives the lines that a command prints of a configuration."""

    def run(configuration, command):
        account = emulator.account
        secret = tmp_path / "secret"
        secret.write_text(account["secret_key"])
        (tmp_path / "sms.yml").write_text(configuration.replace(SECRET_FILE, str(secret)))
        assert yaml.safe_load(configuration)["plugin"] == "huaweicloud.sms.source_servers"
        completed = run_ansible(
            "inventory",
            *command,
            CI_SMS_ACCESS_KEY=account["access_key"],
            HW_ACCESS_KEY=account["access_key"],
            HW_SECRET_KEY=account["secret_key"],
            HUAWEICLOUD_SMS_ENDPOINT=emulator.url,
            HUAWEICLOUD_ECS_ENDPOINT=emulator.url,
        )
        assert completed.returncode == 0, completed.stderr
        return without_empty_groups(completed.stdout.splitlines())

    return run


def test_no_example_is_left_out():
    examples = source_servers.EXAMPLES
    assert len(CONFIGURATIONS) == examples.count("\nplugin: ") == examples.count(COMMAND) == 2
    assert len(SHOWN_IN_GUIDE) == GUIDE.read_text(encoding="utf-8").count("\n  plugin: ") == 6


@pytest.mark.parametrize("text", CONFIGURATIONS, ids=lambda text: text.split("\n", 1)[0].strip("-# ")[:40])
def test_an_example_gives_what_it_shows(text, graph_of):
    command, graph = shown(text)
    assert graph_of(text, command) == graph


@pytest.mark.parametrize(("configuration", "console"), SHOWN_IN_GUIDE)
def test_an_example_of_the_guide_gives_what_it_shows(configuration, console, graph_of):
    command, *graph = console.splitlines()
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "ansible-inventory"
    assert graph_of(configuration, arguments) == graph
