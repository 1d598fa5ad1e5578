# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the inventory plugin share: inventories that Ansible's own InventoryManager reads."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import ansible.constants as C
import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible.vars.manager import VariableManager

PLUGIN = "huaweicloud.sms.source_servers"
# Ansible adds these to each host.
INVENTORY_VARIABLES = {"inventory_file", "inventory_dir"}


class Inventory(NamedTuple):
    """What came of an inventory file.

    :ivar messages: what Ansible printed about it, in one line.
    """

    manager: InventoryManager
    messages: str

    @property
    def hosts(self):
        """The variables of each host that the plugin gave it, by its name."""
        return {name: _without(host.vars, INVENTORY_VARIABLES) for name, host in self.manager.hosts.items()}

    @property
    def names(self):
        return set(self.manager.hosts)

    @property
    def groups(self):
        """The names of the hosts in each group, by the group's name."""
        return {name: {host.name for host in group.get_hosts()} for name, group in self.manager.groups.items()}

    def limited_to(self, pattern):
        """The names of the hosts that ``--limit`` leaves."""
        self.manager.subset(pattern)
        hosts = self.manager.list_hosts()
        self.manager.subset(None)
        return [host.name for host in hosts]

    def variables_of(self, name):
        """All that a play would see of a host."""
        variables = VariableManager(loader=self.manager._loader, inventory=self.manager)
        return variables.get_vars(host=self.manager.hosts[name])


def _without(variables, names):
    return {name: value for name, value in variables.items() if name not in names}


@pytest.fixture
def source(tmp_path, connection):
    """Writes an inventory file with the connection and further options (None leaves one out), and gives its path."""

    def write(file="sms.yml", /, **options):
        given = {"plugin": PLUGIN, **connection, **options}
        path = tmp_path / file
        path.write_text(yaml.safe_dump({key: value for key, value in given.items() if value is not None}))
        return path

    return write


@pytest.fixture
def read(monkeypatch, capsys, tmp_path):
    """Lets Ansible read inventory files with this plugin alone, or with the plugins named.

    It works in ``tmp_path``, where a template that was evaluated against the rules would leave its files.
    """
    monkeypatch.chdir(tmp_path)
    # Ansible prints a message only once per process, and folds it.
    Display()._warns.clear()
    Display().columns = 100_000

    def read(*paths, plugins=(PLUGIN,)):
        monkeypatch.setattr(C, "INVENTORY_ENABLED", list(plugins))
        capsys.readouterr()
        manager = InventoryManager(loader=DataLoader(), sources=[str(path) for path in paths])
        return Inventory(manager, " ".join(capsys.readouterr().err.split()))

    return read


@pytest.fixture
def inventory(source, read):
    """The inventory that some options make."""

    def inventory(**options):
        result = read(source(**options))
        assert "parse" not in result.messages, result.messages
        return result

    return inventory


@pytest.fixture
def failure(source, read):
    """What Ansible prints about options that give no inventory: one message, no host, no traceback."""

    def failure(**options):
        result = read(source(**options))
        assert len(re.findall(r"\[WARNING\]: (\* )?Failed to parse", result.messages)) == 1, result.messages
        assert "Traceback" not in result.messages
        assert not result.names
        return result.messages

    return failure


@pytest.fixture
def listed(run_ansible):
    """What ``ansible-inventory --list`` prints of a file, decoded."""

    def listed(path, *arguments, **environment):
        completed = run_ansible("inventory", "-i", path, "--list", *arguments, **environment)
        assert completed.returncode == 0, completed.stderr
        assert "Failed to parse" not in completed.stderr
        return json.loads(completed.stdout)

    return listed


@pytest.fixture
def queries(emulator):
    """Gives the filters of each listing that the service saw: the query without the page."""

    def queries():
        seen = [dict(request["query"]) for request in emulator.requests() if request["path"] == "/v3/sources"]
        return [{name: value for name, value in query.items() if name not in ("limit", "offset")} for query in seen]

    return queries
