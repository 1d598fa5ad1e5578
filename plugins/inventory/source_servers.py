# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: source_servers
short_description: Source servers of Huawei Cloud's Server Migration Service (SMS)
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Makes a host of each source server that is registered with the Server Migration Service (SMS), with its record as
    variables, in groups by its status, operating system and migration stage.
  - The inventory is either complete or an error. No host is added before the whole list has arrived and been verified.
  - Any YAML file whose C(plugin) names this plugin is a source, by custom C(sms.yml).
  - Every connection option and filter may be a Jinja2 template, for example with P(ansible.builtin.env#lookup) or a
    variable from C(-e), or a vaulted value.
options:
  plugin:
    description: Names this plugin.
    type: str
    required: true
    choices: [huaweicloud.sms.source_servers]
  group:
    description: The group that holds every host.
    type: str
    default: sms
  group_by:
    description:
      - Fields to group by. A server is in the group C(<field>_<value>), in lowercase, such as C(state_syncing).
      - V(task_state), V(task_type) and V(region_id) are those of the server's current task.
      - The documented values of V(state), V(os_type) and V(migration_cycle) have their groups even when no server is in
        them, so that a play with C(hosts=migration_cycle_syncing) always finds its group.
    type: list
    elements: str
    choices:
      - state
      - os_type
      - migration_cycle
      - connected
      - os_version
      - enterprise_project_id
      - task_state
      - task_type
      - region_id
    default: [state, os_type, migration_cycle]
  hostnames:
    description:
      - What to call a host, in order of preference. Each entry is a field of the record, or a Jinja2 expression over
        the host's variables. The first that is not empty is taken, the server's ID if none is.
      - A host's name consists of letters and digits of any script, C(_), C(-), C(.) and C(+), and begins with none of
        the last three; all else becomes C(_). It has at most 255 characters, before an ID is put behind it.
      - Servers that would share a name are called C(<name>_<first 8 characters of the ID>), all of them, and so is a
        server whose name is that of a group, of the control node, or a mark of Ansible's JSON such as C(_meta). A
        warning says so.
      - V([id]) gives names that never change.
    type: list
    elements: str
    default: [name]
  checks:
    description:
      - Which of a server's checks become variables. V(failed) gives C(sms_failed_checks), those that are not OK. V(all)
        gives C(sms_checks) too. V(none) gives neither.
    type: str
    choices: [failed, all, none]
    default: failed
  hostvars_prefix:
    description:
      - What the names of the variables begin with. Where the result would be a name that Ansible reserves, C(sms_)
        is put there instead.
    type: str
    default: sms_
  include_host_filters:
    description:
      - Jinja2 conditions over the host's variables. With any, only hosts that meet at least one are kept.
      - A condition that fails for a host, such as one about a variable that it lacks, is not met. With O(strict), that
        is an error.
    type: list
    elements: str
    default: []
  exclude_host_filters:
    description:
      - Jinja2 conditions over the host's variables. Hosts that meet any of them are left out, whatever
        O(include_host_filters) says.
      - Failing conditions are treated as for O(include_host_filters).
    type: list
    elements: str
    default: []
  concurrency:
    description: Pages of the list in flight at once. 1 to 32.
    type: int
    default: 4
notes:
  - The variable C(ansible_host) is the address of the source server, also after its cut-over, because SMS does not tell
    that of the target server.
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
"""

# "fmt: code", because the YAML check of ansible-core 2.16 accepts a single document only.
EXAMPLES = r"""
# fmt: code
---
# Each configuration is followed by what "ansible-inventory --graph" shows. Groups that are empty are left out here.

# Minimal: where to ask. The credentials are in the environment, such as HW_ACCESS_KEY and HW_SECRET_KEY.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
#
# ansible-inventory -i sms.yml --graph
# @all:
#   |--@sms:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-centos
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test
#   |--@state_unavailable:
#   |  |--sms-ubuntu
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |--@state_waiting:
#   |  |--sms-sms2
#   |--@state_error:
#   |  |--sms-centos
#   |--@state_finished:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test
#   |--@os_type_windows:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-sms2
#   |--@os_type_linux:
#   |  |--sms-centos
#   |  |--sms-ubuntu
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test
#   |--@migration_cycle_checking:
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |--@migration_cycle_syncing:
#   |  |--sms-centos
#   |--@migration_cycle_cutovered:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test

---
# Tidy up after one wave of a migration: the servers of one of SMS's migration projects that are cut over, in a group of
# their own. The project comes from the command line, the credentials from where a CI job finds them.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
access_key: "{{ lookup('ansible.builtin.env', 'CI_SMS_ACCESS_KEY') }}"
secret_key: "{{ lookup('ansible.builtin.file', '/run/secrets/sms_secret_key') }}"
migproject: "{{ wave_project }}"
migration_cycle: cutovered
group: wave
#
# ansible-inventory -i sms.yml -e wave_project=5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10 --graph
# @all:
#   |--@wave:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test
#   |--@state_finished:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test
#   |--@os_type_windows:
#   |  |--sms-test
#   |  |--sms-win16
#   |--@os_type_linux:
#   |  |--smsc-test
#   |--@migration_cycle_cutovered:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test

---
# Watch the migration: which agents are connected, and how the tasks go. A server without a task is in no group for it.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
group_by:
  - connected
  - task_state
#
# ansible-inventory -i sms.yml --graph
# @all:
#   |--@sms:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-centos
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test
#   |--@connected_true:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-centos
#   |  |--smsc-test
#   |--@task_state_migrate_success:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test
#   |--@task_state_migrate_fail:
#   |  |--sms-centos
#   |--@connected_false:
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7

---
# Call a server by its own host name, with a domain; where SMS does not know that, by its name in SMS. Servers that
# would share a name bear the beginning of their ID, and a warning says so.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
group_by: []
hostnames:
  - sms_hostname ~ '.example.com' if sms_hostname
  - name
#
# ansible-inventory -i sms.yml --graph
# @all:
#   |--@sms:
#   |  |--sms-test.example.com
#   |  |--sms-win16.example.com
#   |  |--sms-centos
#   |  |--sms-ubuntu
#   |  |--sms-sms2.example.com
#   |  |--sms-console.example.com_1a9aee6c
#   |  |--sms-console.example.com_2d41ea08
#   |  |--sms-console.example.com_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test

---
# Reach each server in the way of its operating system, and group by whatever its variables say. A key of keyed_groups
# that is a number or a boolean needs the filter "string", or ansible-core 2.19 and newer refuse it.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
group_by: []
compose:
  ansible_connection: "'ansible.builtin.winrm' if sms_os_type == 'WINDOWS' else 'ansible.builtin.ssh'"
  ansible_port: 5986 if sms_os_type == 'WINDOWS' else 22
groups:
  blocked: sms_failed_checks | selectattr('result', 'eq', 'ERROR') | length > 0
keyed_groups:
  - prefix: version
    key: sms_os_version | lower
  - prefix: disks
    key: sms_init_target_server.disks | length | string
#
# ansible-inventory -i sms.yml --graph
# @all:
#   |--@sms:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-centos
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test
#   |--@version_windows2008_r2_64bit:
#   |  |--sms-test
#   |--@disks_1:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-centos
#   |  |--sms-sms2
#   |--@version_windows2016_64bit:
#   |  |--sms-win16
#   |--@version_centos_7_4_64bit:
#   |  |--sms-centos
#   |--@version_ubuntu_18_4_64bit:
#   |  |--sms-ubuntu
#   |--@disks_2:
#   |  |--sms-ubuntu
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test
#   |--@version_windows2012_r2_64bit:
#   |  |--sms-sms2
#   |--@version_redhat_7_3_64bit:
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |--@blocked:
#   |  |--sms-centos7
#   |--@version_centos_8_5_64bit:
#   |  |--sms-centos7
#   |--@version_centos_6_5_64bit:
#   |  |--smsc-test

---
# Only Linux servers, but none that is disconnected or has a check that is not OK.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
group_by: [state, migration_cycle]
include_host_filters:
  - sms_os_type == 'LINUX'
exclude_host_filters:
  - not sms_connected
  - sms_failed_checks | length > 0
#
# ansible-inventory -i sms.yml --graph
# @all:
#   |--@sms:
#   |  |--sms-centos
#   |--@state_error:
#   |  |--sms-centos
#   |--@migration_cycle_syncing:
#   |  |--sms-centos

---
# Ask the service only once in five minutes. What is cached is the list: compose, hostnames, groups and the like can be
# changed meanwhile, and take effect at once.
plugin: huaweicloud.sms.source_servers
region: ap-southeast-3
group_by: [migration_cycle]
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-sms
cache_timeout: 300
#
# ansible-inventory -i sms.yml --graph
# @all:
#   |--@sms:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--sms-centos
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |  |--smsc-test
#   |--@migration_cycle_checking:
#   |  |--sms-ubuntu
#   |  |--sms-sms2
#   |  |--linux_sources_1a9aee6c
#   |  |--linux_sources_2d41ea08
#   |  |--linux_sources_d8ab16fe
#   |  |--sms-centos7
#   |--@migration_cycle_syncing:
#   |  |--sms-centos
#   |--@migration_cycle_cutovered:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test
"""

import gc
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import ansible.constants as C
import yaml
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.host import Host
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars
from ansible.vars.reserved import get_reserved_names
from ansible_collections.huaweicloud.sms.plugins.module_utils import _client, _listing, _options
from ansible_collections.huaweicloud.sms.plugins.module_utils._errors import OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils import _expressions, _hosts, _scalars
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._hosts import Wanted
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import displayable

# The options whose values may be templates, with their types.
_OPTION_TYPES = {name: spec["type"] for name, spec in (_options.CONNECTION_SPEC | _options.FILTER_SPEC).items()}
_MAX_CONCURRENCY = 32
_NAMES_IN_A_WARNING = 5
# See gc.set_threshold.
_RARE_COLLECTIONS = (100_000, 50, 1_000)
_SCRATCH_VARIABLE = "_huaweicloud_sms_values"

# What each host was to be called: several files make one inventory, whose hosts must not share names either.
_WANTED: WeakKeyDictionary[Host, Wanted] = WeakKeyDictionary()


class _Server(NamedTuple):
    """What becomes of a record."""

    wanted: Wanted
    hostvars: dict[str, Any]
    groups: list[str]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads its options, asks for the list, makes hosts."""

    NAME = "huaweicloud.sms.source_servers"

    def verify_file(self, path: str) -> bool:
        """Whether a file is for this plugin; one of another plugin is passed over without a word."""
        if not super().verify_file(path) or not path.endswith((".yml", ".yaml")):
            return False
        content = Path(path).read_bytes()
        return content.startswith(b"$ANSIBLE_VAULT") or _names_this_plugin(content)

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None
    ) -> None:
        """Evaluate the templates among the options before their types are checked."""
        super().set_options(task_keys, var_options, direct and self._without_templates(direct))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the source servers to the inventory.

        :raises AnsibleParserError: no inventory can be had; no host is added then.
        """
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        self._renamed: list[str] = []
        self._composed, self._conditions = _expressions.Results(), _expressions.Results()
        try:
            self._check_options(config)
            self.inventory.add_group(self.get_option("group"))
            with _rare_garbage_collection():
                self._populate(self._servers(self._records(path, cache)))
        except (SmsError, _hosts.NamesError) as error:
            raise AnsibleParserError(str(error)) from None

    def _without_templates(self, options: Mapping[str, Any]) -> dict[str, Any]:
        self.templar.available_variables = self._vars
        evaluated = dict(options)
        for name in options.keys() & _OPTION_TYPES.keys():
            try:
                value = self.templar.template(options[name])
            except AnsibleError as error:
                raise AnsibleParserError(f"The option {name} cannot be evaluated: {error}") from None
            if _OPTION_TYPES[name] == "bool":
                value = _boolean(name, value)
            if value is None:
                # As if it were not there, so that its default counts.
                del evaluated[name]
            else:
                evaluated[name] = value
        return evaluated

    def _check_options(self, config: Mapping[str, Any]) -> None:
        """Refuse what ansible-core's own check of types and choices lets pass."""
        unknown = sorted(str(name) for name in config if name not in self.option_definitions)
        if unknown:
            # A misspelt filter would let servers through.
            raise OptionsError(f"There is no option {', '.join(unknown)}; see ansible-doc -t inventory {self.NAME}.")
        concurrency, group, prefix = (self.get_option(name) for name in ("concurrency", "group", "hostvars_prefix"))
        if not 1 <= concurrency <= _MAX_CONCURRENCY:
            raise OptionsError(f"concurrency: {concurrency} is not between 1 and {_MAX_CONCURRENCY}.")
        if not group.isidentifier():
            raise OptionsError(f"group: {group!r} is not a group's name, which has only letters, digits and _.")
        if not f"{prefix}state".isidentifier():
            raise OptionsError(
                f"hostvars_prefix: {prefix!r} cannot begin a variable's name: use letters, digits and _."
            )

    # The list of records, from the cache or the service.

    def _records(self, path: str, cache: bool) -> list[_listing.Record]:
        """The source servers that match.

        :param cache: whether a cached list will do.
        """
        options = {name: self.get_option(name) for name in _OPTION_TYPES}
        settings, query = _options.settings_from(options), _options.query_from(options)
        if not self.get_option("cache"):
            return self._fetch(settings, query)
        key = _cache_key(path, settings, query)
        records = self._cached(key) if cache else None
        if records is None:
            records = self._fetch(settings, query)
            # As one text: cache plugins would interpret or tag what is inside of a structure.
            self._cache[key] = json.dumps({"count": len(records), "source_servers": records})
        return records

    def _cached(self, key: str) -> list[_listing.Record] | None:
        """The list from the cache, None where it has none that can be used."""
        try:
            return _records_from(self._cache[key])
        except KeyError:
            return None
        except Exception as error:  # whatever a cache plugin makes of a damaged file
            self.display.warning(f"The cached list of source servers cannot be used and is fetched anew: {error}")
            return None

    def _fetch(self, settings: _options.Settings, query: _options.Query) -> list[_listing.Record]:
        if not _client.HAS_REQUESTS:
            raise AnsibleParserError(missing_required_lib("requests"))
        concurrency = self.get_option("concurrency")
        with _client.Client(settings, concurrency) as client:
            records = _listing.list_source_servers(client, query, concurrency, self.display.vvv)
        return [_hosts.without_secrets(record) for record in records]

    # From records to hosts.

    def _servers(self, records: list[_listing.Record]) -> list[_Server]:
        prefix, checks, group_by = (self.get_option(name) for name in ("hostvars_prefix", "checks", "group_by"))
        hostvars = [_hosts.hostvars_of(record, prefix, checks, self._reserved_names) for record in records]
        stored = self._stored(hostvars)
        servers = []
        for record, plain_hostvars in zip(records, hostvars, strict=True):
            variables = _scalars.replaced(plain_hostvars, stored)
            wanted = Wanted(record["id"], self._wanted_name(record, variables))
            servers.append(_Server(wanted, variables, _hosts.groups_of(record, group_by)))
        self._warn_of_unknown_fields(records, servers)
        self._warn_of_odd_addresses(records)
        return servers

    def _warn_of_odd_addresses(self, records: list[_listing.Record]) -> None:
        odd = sum(map(_hosts.has_odd_address, records))
        if odd:
            self.display.warning(
                f"Source servers whose ip is no address or host name: {odd}. They have no ansible_host, so that Ansible"
                " connects to their names; compose can set another."
            )

    def _warn_of_unknown_fields(self, records: list[_listing.Record], servers: list[_Server]) -> None:
        known: list[Mapping[str, Any]] = [*records, *(server.hostvars for server in servers)]
        names = filter(str.isidentifier, self.get_option("hostnames"))
        unknown = [name for name in names if not any(name in variables for variables in known)]
        if servers and unknown:
            self.display.warning(f"hostnames: no source server has a field or variable {' or '.join(unknown)}.")

    def _stored(self, hostvars: list[dict[str, Any]]) -> dict[_scalars.Scalar, Any]:
        """What the inventory makes of each value in the variables, fit to be shown where that is safe."""
        scalars: set[_scalars.Scalar] = set()
        _scalars.collect(hostvars, scalars)
        values, group = list(scalars), self.get_option("group")
        self.inventory.set_variable(group, _SCRATCH_VARIABLE, [displayable(value) for value in values])
        return dict(zip(values, self.inventory.groups[group].vars.pop(_SCRATCH_VARIABLE), strict=True))

    @cached_property
    def _reserved_names(self) -> frozenset[str]:
        return frozenset({*get_reserved_names(), *C.INTERNAL_STATIC_VARS})

    def _wanted_name(self, record: _listing.Record, hostvars: dict[str, Any]) -> str:
        """What the user prefers to call a server: the first preference that is not empty, its ID if none is."""
        for preference in self.get_option("hostnames"):
            if preference.isidentifier() and preference not in hostvars:
                name = record.get(preference)
            else:
                name = self._evaluated(preference, hostvars)
            if name is not None and str(name).strip():
                return str(name)
        return str(record["id"])

    def _evaluated(self, expression: str, hostvars: dict[str, Any]) -> Any:
        try:
            return self._compose(expression, hostvars)
        except Exception as error:
            if self.get_option("strict"):
                raise AnsibleParserError(f"hostnames: {expression} fails for a server: {error}") from None
            return None

    def _populate(self, servers: list[_Server]) -> None:
        """Add the servers under names that nothing else has: all of them, or none."""
        # A second time where a group of the user's own making turns out to have a server's name.
        for _round in range(2):
            names = self._names(servers)
            kept = self._kept({names[server.wanted]: server for server in servers})
            undo = self._add(kept)
            clashing = sorted(self.inventory.groups.keys() & names.values())
            if not clashing:
                self._warn_of_renaming(kept)
                return
            undo()
        raise AnsibleParserError(
            f"keyed_groups or groups make groups that have the names of servers ({', '.join(clashing)}):"
            " give keyed_groups a prefix, or use other hostnames."
        )

    def _names(self, servers: list[_Server]) -> dict[Wanted, str]:
        """The name of each server, also of those that other files brought into the inventory."""
        present = {_WANTED[host]: host for host in self.inventory.hosts.values() if host in _WANTED}
        own_groups = {group for server in servers for group in server.groups}
        taken = {*self.inventory.groups, *self._fixed_groups, *self.get_option("groups"), *own_groups}
        names = _hosts.unique_names({*present, *(server.wanted for server in servers)}, taken)
        for wanted, host in present.items():
            if names[wanted] != host.name:
                self._rename(host, names[wanted])
        return names

    @property
    def _fixed_groups(self) -> list[str]:
        """The groups that exist whatever servers there are."""
        return [self.get_option("group"), *_hosts.documented_groups(self.get_option("group_by"))]

    def _rename(self, host: Host, name: str) -> None:
        """Give a host of another file its new name."""
        self.inventory.add_host(name)
        for variable, value in host.vars.items():
            self.inventory.set_variable(name, variable, value)
        for group in host.groups:
            # Not the groups above those, which come with them.
            if host.name in group.host_names:
                self.inventory.add_child(group.name, name)
        _WANTED[self.inventory.get_host(name)] = _WANTED[host]
        self.inventory.remove_host(host)
        self._renamed.append(name)

    def _warn_of_renaming(self, hosts: Mapping[str, _Server]) -> None:
        renamed = [name for name, server in hosts.items() if name != _hosts.addressable(server.wanted.name)]
        renamed = sorted({*renamed, *self._renamed})
        if renamed:
            self.display.warning(
                "Source servers that share a name with one another, with a group or with the control node are named"
                f" after their IDs too: {_some_of(renamed)}. Set hostnames to choose other names."
            )

    def _kept(self, hosts: dict[str, _Server]) -> dict[str, _Server]:
        """The hosts that the filters keep."""
        for option, wanted in (("include_host_filters", True), ("exclude_host_filters", False)):
            hosts = self._filtered(hosts, option, wanted)
        return hosts

    def _add(self, hosts: Mapping[str, _Server]) -> Callable[[], None]:
        """Add the hosts, and return what takes that back."""
        self._warn_of_merging(hosts)
        undo = self._undo(hosts)
        for group in dict.fromkeys(
            [*self._fixed_groups, *(group for server in hosts.values() for group in server.groups)]
        ):
            self.inventory.add_group(group)
        try:
            for name, server in hosts.items():
                self._add_host(name, server)
        except Exception:
            # Ansible goes on with the hosts of an inventory that failed.
            undo()
            raise
        return undo

    def _undo(self, names: Collection[str]) -> Callable[[], None]:
        """What makes the hosts of these names what they are now, most often not there."""
        before = {name: self.inventory.hosts[name] for name in names if name in self.inventory.hosts}
        hostvars = {name: dict(host.vars) for name, host in before.items()}
        groups = {name: list(host.groups) for name, host in before.items()}

        def undo() -> None:
            for name in names:
                host = self.inventory.get_host(name)
                if name in before:
                    host.vars = hostvars[name]
                    for group in set(host.groups).difference(groups[name]):
                        group.remove_host(host)
                elif host is not None:
                    self.inventory.remove_host(host)

        return undo

    def _warn_of_merging(self, names: Iterable[str]) -> None:
        hosts = self.inventory.hosts
        merged = sorted(name for name in names if name in hosts and hosts[name] not in _WANTED)
        if merged:
            self.display.warning(
                "Source servers have the names of hosts from other inventory sources, and Ansible merges them:"
                f" {_some_of(merged)}. Set hostnames to choose other names if they are different machines."
            )

    def _filtered(self, hosts: dict[str, _Server], option: str, wanted: bool) -> dict[str, _Server]:
        """The hosts that meet any of an option's conditions, or those that meet none."""
        conditions = self.get_option(option)
        if not conditions:
            return hosts
        meeting = {name for condition in conditions for name in self._meeting(hosts, condition)}
        return {name: server for name, server in hosts.items() if (name in meeting) is wanted}

    def _meeting(self, hosts: Mapping[str, _Server], condition: str) -> list[str]:
        """The names of the hosts that meet a condition. One that fails for a host is not met by it."""
        names = []
        failures = []
        for name, server in hosts.items():
            try:
                if self._is_met(condition, {**server.hostvars, "inventory_hostname": name}):
                    names.append(name)
            except Exception as error:
                if self.get_option("strict"):
                    raise AnsibleParserError(f"The condition {condition} fails for {name}: {error}") from None
                failures.append(error)
        if failures and len(failures) == len(hosts):
            self.display.warning(f"The condition {condition} fails for all {len(hosts)} source servers: {failures[0]}")
        return names

    def _is_met(self, condition: str, variables: dict[str, Any]) -> bool:
        return bool(self._conditions.of(condition, variables, partial(self._evaluate_condition, condition, variables)))

    def _evaluate_condition(self, condition: str, variables: dict[str, Any]) -> bool:
        self.templar.available_variables = (
            combine_vars(variables, self._vars) if self.get_option("use_extra_vars") else variables
        )
        if hasattr(self.templar, "evaluate_conditional"):
            return bool(self.templar.evaluate_conditional(condition))
        # ansible-core before 2.19
        return bool(boolean(self.templar.template(f"{{% if {condition} %}}True{{% else %}}False{{% endif %}}")))

    def _add_host(self, name: str, server: _Server) -> None:
        self.inventory.add_host(name, self.get_option("group"))
        _WANTED[self.inventory.get_host(name)] = server.wanted
        for variable, value in server.hostvars.items():
            self.inventory.set_variable(name, variable, value)
        for group in server.groups:
            self.inventory.add_child(group, name)
        variables, strict = {**server.hostvars, "inventory_hostname": name}, self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict)
        self._add_to_composed_groups(name, variables)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict)

    def _add_to_composed_groups(self, name: str, variables: dict[str, Any]) -> None:
        """Like the inherited method, but a condition is evaluated once for all hosts that are alike."""
        groups = self.get_option("groups")
        if not groups:
            return
        variables = combine_vars(variables, self.inventory.get_host(name).get_vars())
        for group, condition in groups.items():
            try:
                met = self._is_met(condition, variables)
            except Exception as error:
                if self.get_option("strict"):
                    raise AnsibleParserError(f"Could not add host {name} to group {group}: {error}") from None
                continue
            if met:
                self.inventory.add_child(self.inventory.add_group(self._sanitize_group_name(group)), name)

    def _compose(self, template: str, variables: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As inherited, with a result that is shown plainly where it is harmless."""

        def evaluate() -> Any:
            return displayable(super(InventoryModule, self)._compose(template, variables, *args, **kwargs))

        return self._composed.of(template, variables, evaluate)


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Have Python look for cyclic garbage less often while an inventory is built.

    With the usual thresholds it goes through all of a large inventory over and over, and finds nothing: a quarter of
    the time. Not never, since users' templates leave some behind for each host.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(*_RARE_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _some_of(names: list[str]) -> str:
    more = len(names) - _NAMES_IN_A_WARNING
    return ", ".join(names[:_NAMES_IN_A_WARNING]) + (f" and {more} more" if more > 0 else "")


def _boolean(option: str, value: Any) -> bool | None:
    """The truth value that an option's value means; ansible-core takes any word that it does not know for false."""
    if value is None or value == "":
        return None
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise AnsibleParserError(f"The option {option} cannot be used: {error}") from None


def _records_from(entry: Any) -> list[_listing.Record]:
    """The records from a cache entry.

    :raises ValueError: it is damaged.
    """
    try:
        content = json.loads(entry)
        records: list[_listing.Record] = content["source_servers"]
        complete = len(records) == content["count"] and all(isinstance(record["id"], str) for record in records)
    except (ValueError, TypeError, LookupError, RecursionError):
        complete = False
    if not complete:
        raise ValueError("the entry is damaged")
    return records


def _names_this_plugin(content: bytes) -> bool:
    """Whether the YAML's key ``plugin`` names this plugin."""
    if InventoryModule.NAME.encode() not in content:
        return False
    try:
        # The nodes alone: constructing would fail on vaulted values.
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        # Most likely it is ours; reading it again says what is wrong.
        return True
    return isinstance(root, yaml.MappingNode) and any(
        key.value == "plugin" and value.value == InventoryModule.NAME for key, value in root.value
    )


def _cache_key(path: str, settings: _options.Settings, query: _options.Query) -> str:
    """The same for the same question, asked in the same name: endpoint, identity (no secret) and filters.

    A token says nothing about whose it is, so that the path has to keep the files of two accounts apart.
    """
    question = [path, settings.endpoint, settings.identity, dict(query.parameters), query.connected]
    digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    return f"{InventoryModule.NAME}_{digest[:32]}"
