# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Vaulted values and vaulted inventory files."""

from __future__ import annotations

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

pytestmark = pytest.mark.core

PASSWORD = b"correct horse"


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "password"
    file.write_bytes(PASSWORD)
    return file


def encrypted(text):
    return VaultLib([("default", VaultSecret(PASSWORD))]).encrypt(text).decode()


class Vaulted(str):
    """Written to YAML as ``!vault``."""


yaml.SafeDumper.add_representer(
    Vaulted, lambda dumper, value: dumper.represent_scalar("!vault", encrypted(value), style="|")
)


def test_vaulted_options_are_decrypted(emulator, source, listed, password_file):
    path = source(token=Vaulted(emulator.token), state=Vaulted("finished"))
    assert emulator.token not in path.read_text()
    assert len(listed(path, "--vault-password-file", password_file)["_meta"]["hostvars"]) == 3


def test_a_file_that_is_vaulted_as_a_whole_is_read(source, listed, password_file):
    path = source(state="finished")
    path.write_text(encrypted(path.read_text()))
    assert len(listed(path, "--vault-password-file", password_file)["_meta"]["hostvars"]) == 3


def test_a_vaulted_value_without_the_password_is_one_error(source, run_ansible):
    path = source(token=Vaulted("secret"))
    completed = run_ansible(
        *("inventory", "-i", path, "--list"),
        ANSIBLE_INVENTORY_ENABLED="huaweicloud.sms.source_servers",
        ANSIBLE_INVENTORY_UNPARSED_FAILED="true",
    )
    assert completed.returncode != 0
    assert "vault" in completed.stderr.lower()
    assert "Traceback" not in completed.stderr


def test_a_vaulted_file_of_another_plugin_is_none_of_ours(tmp_path, run_ansible, password_file):
    path = tmp_path / "static.yml"
    path.write_text(encrypted("all: {hosts: {static: }}"))
    completed = run_ansible(
        *("inventory", "-i", path, "--list", "--vault-password-file", password_file),
        ANSIBLE_INVENTORY_ENABLED="huaweicloud.sms.source_servers,yaml",
    )
    assert '"static"' in completed.stdout
    assert "WARNING" not in completed.stderr
