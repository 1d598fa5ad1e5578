# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each configuration among the plugin's examples gives the graph that is shown below it."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml
from ansible_collections.huaweicloud.sms.plugins.inventory.source_servers import EXAMPLES

COMMAND = "# ansible-inventory "
# Paragraphs: a configuration between comments, then the command and what it prints.
CONFIGURATIONS = [text for text in EXAMPLES.split("\n\n") if COMMAND in text]
SECRET_FILE = "/run/secrets/sms_secret_key"


def shown(text):
    """The command that an example shows, and the lines of its output."""
    command, *graph = text.split(COMMAND, 1)[1].splitlines()
    return shlex.split(command), [line.removeprefix("# ") for line in graph]


def without_empty_groups(graph):
    """The lines of a graph that lead to a host."""
    lines = graph.splitlines()
    groups = [re.fullmatch(r"(\s*)\|--@\w+:", line) for line in lines]
    depths = [len(line) - len(line.lstrip(" |")) for line in lines]
    return [
        line
        for number, line in enumerate(lines)
        if not groups[number] or (number + 1 < len(lines) and depths[number + 1] > depths[number])
    ]


def test_no_example_is_left_out():
    assert len(CONFIGURATIONS) == EXAMPLES.count("\nplugin: ") == EXAMPLES.count(COMMAND) >= 6


@pytest.mark.parametrize("text", CONFIGURATIONS, ids=lambda text: text.split("\n", 1)[0].strip("-# ")[:40])
def test_an_example_gives_what_it_shows(text, emulator, run_ansible, tmp_path):
    command, graph = shown(text)
    account = emulator.account
    secret = tmp_path / "secret"
    secret.write_text(account["secret_key"])
    (tmp_path / "sms.yml").write_text(text.replace(SECRET_FILE, str(secret)))
    assert yaml.safe_load(text)["plugin"] == "huaweicloud.sms.source_servers"
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
    assert without_empty_groups(completed.stdout) == graph
