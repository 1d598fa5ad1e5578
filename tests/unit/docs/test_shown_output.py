# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README and guides show is what Ansible's programs print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import (
    blocks_of,
    commands_of,
    save_files,
    without_empty_groups,
)

README = ROOT / "README.md"
REHEARSAL = ROOT / "docs" / "docsite" / "rst" / "guide_rehearsal.rst"
FIRST_GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_first_inventory.rst"

# Playbooks are left out: what they print differs between versions of ansible-core.
COMMAND = re.compile(r"ansible-(?P<program>inventory)|ansible(?= )")


def programs_of(page):
    """The commands that can be run here: the program of Ansible, its arguments, and what the page says it prints."""
    for command in commands_of(page):
        if match := COMMAND.match(command.line):
            yield match["program"] or "adhoc", shlex.split(command.line)[1:], command.output


def in_one_line(text):
    """A text without the line breaks that Ansible makes."""
    return " ".join(text.split())


@pytest.fixture
def follow(emulator, run_ansible, tmp_path, monkeypatch):
    """Does what a page says: saves its files, and gives a function that runs its commands."""
    # ansible-test sets it, and it would win over the guide's ansible.cfg.
    monkeypatch.delenv("ANSIBLE_INVENTORY", raising=False)
    account = emulator.account
    environment = {"HW_ACCESS_KEY": account["access_key"], "HW_SECRET_KEY": account["secret_key"]}

    def run(page):
        save_files(page, tmp_path)
        if (tmp_path / "ansible.cfg").exists():
            environment["ANSIBLE_CONFIG"] = str(tmp_path / "ansible.cfg")
        for program, arguments, output in programs_of(page):
            completed = run_ansible(program, *arguments, HUAWEICLOUD_SMS_ENDPOINT=emulator.url, **environment)
            yield [program, *arguments], output, completed

    return run


def test_the_readme_shows_what_is_printed_but_for_empty_groups(follow):
    ran = list(follow(README))
    assert ["--graph" in command for command, _output, _completed in ran] == [True, False]
    for _command, output, completed in ran:
        assert completed.returncode == 0, completed.stderr
        assert without_empty_groups(completed.stdout.splitlines()) == output


def test_the_first_guide_shows_what_is_printed(follow):
    ran = list(follow(FIRST_GUIDE))
    assert [command[0] for command, _output, _completed in ran] == ["inventory", "inventory", "adhoc", "adhoc"]
    for _command, output, completed in ran:
        assert completed.returncode == 0, completed.stderr
        shown = [line for line in output if not line.startswith("[WARNING]")]
        assert completed.stdout.splitlines() == shown
        for warning in set(output).difference(shown):
            assert warning in in_one_line(completed.stderr)
    (warning,) = (text for language, text in blocks_of(FIRST_GUIDE) if language == "text")
    assert in_one_line(ran[0][2].stderr) == in_one_line(warning)


def test_with_the_first_guides_settings_hosts_can_be_given_on_the_command_line(follow, run_ansible, tmp_path):
    save_files(FIRST_GUIDE, tmp_path)
    completed = run_ansible(
        "adhoc", "-i", "192.0.2.1,", "all", "--list-hosts", ANSIBLE_CONFIG=str(tmp_path / "ansible.cfg")
    )
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.split()[-1] == "192.0.2.1"


@pytest.mark.parametrize("guides_settings", [True, False])
def test_only_with_the_first_guides_settings_a_file_of_one_line_that_fails_is_no_host(
    guides_settings, emulator, run_ansible, tmp_path
):
    save_files(FIRST_GUIDE, tmp_path)
    (tmp_path / "empty.cfg").touch()
    config = tmp_path / ("ansible.cfg" if guides_settings else "empty.cfg")
    one_line = '{"plugin":"huaweicloud.sms.source_servers","token":"a-secret"}'
    (tmp_path / "sms.yml").write_text(one_line)
    completed = run_ansible(
        *("inventory", "-i", tmp_path / "sms.yml", "--graph"),
        ANSIBLE_CONFIG=str(config),
        HUAWEICLOUD_SMS_ENDPOINT=emulator.url,
    )
    assert (completed.returncode != 0) is guides_settings
    assert ("a-secret" in completed.stdout) is not guides_settings


def test_the_rehearsal_room_shows_what_is_printed(emulator, run_ansible, tmp_path):
    save_files(FIRST_GUIDE, tmp_path)
    ((program, arguments, output),) = programs_of(REHEARSAL)
    completed = run_ansible(*(program, *arguments), HUAWEICLOUD_SMS_ENDPOINT=emulator.url, HW_AUTH_TOKEN=emulator.token)
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.splitlines() == output


def test_a_copy_of_a_fleet_in_the_rehearsal_room_is_that_fleet(emulator, run_ansible, tmp_path):
    (playbook,) = (text for language, text in blocks_of(REHEARSAL) if language == "yaml+jinja")
    (tmp_path / "save.yml").write_text(playbook)
    completed = run_ansible(
        *("playbook", tmp_path / "save.yml"), HUAWEICLOUD_SMS_ENDPOINT=emulator.url, HW_AUTH_TOKEN=emulator.token
    )
    assert completed.returncode == 0, completed.stdout
    with Emulator(data=str(tmp_path / "fleet.json")) as copy:
        assert copy.fleet() == emulator.fleet()


def test_the_servers_that_are_waited_for_in_the_rehearsal_room_arrive(run_ansible, tmp_path):
    (variables,) = (text for _language, text in blocks_of(REHEARSAL) if "wait_for_cycle_servers" in text)
    (tmp_path / "wait.yml").write_text(variables)
    (command,) = (command.line for command in commands_of(REHEARSAL) if "@wait.yml" in command.line)
    with Emulator(servers=300) as emulator:
        emulator.advance(3 * 3600)
        completed = run_ansible(
            *("playbook", *shlex.split(command)[1:]),
            HUAWEICLOUD_SMS_ENDPOINT=emulator.url,
            HW_AUTH_TOKEN=emulator.token,
        )
    assert completed.returncode == 0, completed.stdout
    assert "3 of 3 servers in cutovered" in completed.stdout


@pytest.mark.slow
def test_the_rehearsal_rooms_commands_start_an_emulator():
    starts = [
        shlex.split(command.line)[2:]
        for command in commands_of(REHEARSAL)
        if command.line.startswith("python3 sms-rehearsal/tests/emulator")
    ]
    assert len(starts) == 6
    program = [sys.executable, ROOT / "tests" / "emulator"]
    for options in starts:
        if "fleet.json" not in options:
            completed = subprocess.run(
                [*program, *options, "--port", "0", "--exit-with-stdin"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                text=True,
                timeout=60,
            )
            assert completed.stdout.startswith("SMS emulator: http://127.0.0.1:"), completed.stderr
