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
      - White space, control characters and those that Ansible's patterns or AWX interpret become C(_).
      - Servers that would share a name are called C(<name>_<first 8 characters of the ID>), all of them, and so is a
        server whose name is that of a group or of the control node. A warning says so.
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
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
"""

EXAMPLES = r"""
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import ansible.constants as C
import yaml
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars
from ansible.vars.reserved import get_reserved_names
from ansible_collections.huaweicloud.sms.plugins.module_utils import _client, _listing, _options
from ansible_collections.huaweicloud.sms.plugins.module_utils._errors import OptionsError, SmsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils import _hosts
from ansible_collections.huaweicloud.sms.plugins.plugin_utils._trust import displayable

_TEMPLATED_OPTIONS = (*_options.CONNECTION_SPEC, *_options.FILTER_SPEC)
_MAX_CONCURRENCY = 32
_NAMES_IN_A_WARNING = 5


class _Server(NamedTuple):
    """What becomes of a record.

    :ivar wanted_name: what the host would be called if no other had that name.
    """

    wanted_name: str
    hostvars: dict[str, Any]
    groups: list[str]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads its options, asks for the list, makes hosts."""

    NAME = "huaweicloud.sms.source_servers"

    def verify_file(self, path: str) -> bool:
        """Whether a file is for this plugin; one of another plugin is passed over without a word."""
        if not super().verify_file(path) or not path.endswith((".yml", ".yaml")):
            return False
        with open(path, "rb") as file:
            content = file.read()
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
        self._read_config_data(path)
        try:
            records = self._records(cache)
            self._populate({record["id"]: self._server(record) for record in records})
        except (SmsError, _hosts.NamesError) as error:
            raise AnsibleParserError(str(error)) from None

    def _without_templates(self, options: Mapping[str, Any]) -> dict[str, Any]:
        self.templar.available_variables = self._vars
        evaluated = dict(options)
        for name in options.keys() & _TEMPLATED_OPTIONS:
            try:
                evaluated[name] = self.templar.template(options[name])
            except AnsibleError as error:
                raise AnsibleParserError(f"The option {name} cannot be evaluated: {error}") from None
        return evaluated

    # The list of records, from the cache or the service.

    def _records(self, cache: bool) -> list[_listing.Record]:
        """The source servers that match.

        :param cache: whether a cached list will do.
        """
        options = {name: self.get_option(name) for name in _TEMPLATED_OPTIONS}
        settings, query = _options.settings_from(options), _options.query_from(options)
        if not self.get_option("cache"):
            return self._fetch(settings, query)
        key = _cache_key(settings, query)
        records = self._cached(key) if cache else None
        if records is None:
            records = self._fetch(settings, query)
            # As one text: cache plugins would interpret or tag what is inside of a structure.
            self._cache[key] = json.dumps({"count": len(records), "source_servers": records})
        return records

    def _cached(self, key: str) -> list[_listing.Record] | None:
        """The list from the cache, None where it has none that can be used."""
        try:
            entry = json.loads(self._cache[key])
            records: list[_listing.Record] = entry["source_servers"]
            if len(records) == entry["count"] and all(isinstance(record["id"], str) for record in records):
                return records
            problem = "it is incomplete"
        except KeyError:
            return None
        except Exception as error:  # whatever a cache plugin makes of a damaged entry
            problem = str(error)
        self.display.warning(f"The cached list of source servers cannot be used and is fetched anew: {problem}")
        return None

    def _fetch(self, settings: _options.Settings, query: _options.Query) -> list[_listing.Record]:
        if not _client.HAS_REQUESTS:
            raise AnsibleParserError(missing_required_lib("requests"))
        concurrency = self.get_option("concurrency")
        if not 1 <= concurrency <= _MAX_CONCURRENCY:
            raise OptionsError(f"concurrency: {concurrency} is not between 1 and {_MAX_CONCURRENCY}.")
        with _client.Client(settings, concurrency) as client:
            records = _listing.list_source_servers(client, query, concurrency, self.display.vvv)
        return [_hosts.without_secrets(record) for record in records]

    # From records to hosts.

    def _server(self, record: _listing.Record) -> _Server:
        prefix, checks, group_by = (self.get_option(name) for name in ("hostvars_prefix", "checks", "group_by"))
        hostvars = displayable(_hosts.hostvars_of(record, prefix, checks, self._reserved_names))
        return _Server(self._wanted_name(record, hostvars), hostvars, _hosts.groups_of(record, group_by))

    @cached_property
    def _reserved_names(self) -> frozenset[str]:
        return frozenset(get_reserved_names()) | C.INTERNAL_STATIC_VARS

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

    def _populate(self, servers: Mapping[str, _Server]) -> None:
        """Add the servers under names that nothing else has: all of them, or none.

        :param servers: by ID.
        """
        # A second time where a group of the user's own making turns out to have a server's name.
        for _round in range(2):
            names = self._names(servers)
            self._add(servers, names)
            clashing = sorted(self.inventory.groups.keys() & names.values())
            if not clashing:
                self._warn_of_renaming(servers, names)
                return
            self._withdraw(names.values())
        raise AnsibleParserError(
            f"keyed_groups or groups make groups that have the names of servers ({', '.join(clashing)}):"
            " give keyed_groups a prefix, or use other hostnames."
        )

    def _names(self, servers: Mapping[str, _Server]) -> dict[str, str]:
        """The name of each server, by ID."""
        own_groups = {group for server in servers.values() for group in server.groups}
        taken = {"all", "ungrouped", *self.inventory.groups, *self._fixed_groups, *self.get_option("groups"), *own_groups}
        return _hosts.unique_names({server_id: server.wanted_name for server_id, server in servers.items()}, taken)

    @property
    def _fixed_groups(self) -> list[str]:
        """The groups that exist whatever servers there are."""
        return [self.get_option("group"), *_hosts.documented_groups(self.get_option("group_by"))]

    def _warn_of_renaming(self, servers: Mapping[str, _Server], names: Mapping[str, str]) -> None:
        renamed = [
            name for server_id, name in names.items() if name != _hosts.addressable(servers[server_id].wanted_name)
        ]
        if renamed:
            shown = ", ".join(renamed[:_NAMES_IN_A_WARNING])
            more = f" and {len(renamed) - _NAMES_IN_A_WARNING} more" if len(renamed) > _NAMES_IN_A_WARNING else ""
            self.display.warning(
                f"{len(renamed)} source servers share a name with one another, with a group or with the control node,"
                f" and are named after their IDs too: {shown}{more}. Set hostnames to choose other names."
            )

    def _add(self, servers: Mapping[str, _Server], names: Mapping[str, str]) -> None:
        kept = {names[server_id]: server for server_id, server in servers.items()}
        for option, wanted in (("include_host_filters", True), ("exclude_host_filters", False)):
            kept = self._filtered(kept, option, wanted)
        for group in (*self._fixed_groups, *{group for server in kept.values() for group in server.groups}):
            self.inventory.add_group(group)
        try:
            for name, server in kept.items():
                self._add_host(name, server)
        except Exception:
            # Ansible goes on with the hosts of an inventory that failed.
            self._withdraw(kept)
            raise

    def _filtered(self, hosts: dict[str, _Server], option: str, wanted: bool) -> dict[str, _Server]:
        """The hosts that meet any of an option's conditions, or those that meet none."""
        conditions = self.get_option(option)
        if not conditions:
            return hosts
        return {
            name: server
            for name, server in hosts.items()
            if wanted is any(self._is_met(condition, name, server.hostvars) for condition in conditions)
        }

    def _is_met(self, condition: str, name: str, hostvars: dict[str, Any]) -> bool:
        variables = {**hostvars, "inventory_hostname": name}
        if self.get_option("use_extra_vars"):
            variables = combine_vars(variables, self._vars)
        self.templar.available_variables = variables
        try:
            return self._conditional(condition)
        except Exception as error:
            if self.get_option("strict"):
                raise AnsibleParserError(f"The condition {condition} fails for {name}: {error}") from None
            self.display.vvv(f"The condition {condition} fails for {name} and is not met: {error}")
            return False

    def _conditional(self, condition: str) -> bool:
        if hasattr(self.templar, "evaluate_conditional"):
            return bool(self.templar.evaluate_conditional(condition))
        # ansible-core before 2.19
        return bool(boolean(self.templar.template("{%% if %s %%}True{%% else %%}False{%% endif %%}" % condition)))

    def _add_host(self, name: str, server: _Server) -> None:
        self.inventory.add_host(name, self.get_option("group"))
        for variable, value in server.hostvars.items():
            self.inventory.set_variable(name, variable, value)
        for group in server.groups:
            self.inventory.add_child(group, name)
        variables, strict = {**server.hostvars, "inventory_hostname": name}, self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict)

    def _compose(self, template: str, variables: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As inherited, with a result that is shown plainly where it is harmless."""
        return displayable(super()._compose(template, variables, *args, **kwargs))

    def _withdraw(self, names: Iterable[str]) -> None:
        for name in names:
            host = self.inventory.get_host(name)
            if host is not None:
                self.inventory.remove_host(host)


def _names_this_plugin(content: bytes) -> bool:
    """Whether the YAML's key C(plugin) names this plugin."""
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


def _cache_key(settings: _options.Settings, query: _options.Query) -> str:
    """The same for the same question, asked in the same name: endpoint, identity (no secret) and filters."""
    question = [settings.endpoint, settings.identity, dict(query.parameters), query.connected]
    digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    return f"{InventoryModule.NAME}_{digest[:32]}"
