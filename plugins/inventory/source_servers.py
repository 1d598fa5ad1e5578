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
      - V(start_type) says how migrations were started, V(MANUAL) by hand. SMS sends it for newer servers only. It is
        not in the API reference.
      - V(id) gives each server a group of its own, such as C(id_5d50c930_f5e5_4e94_aa59_e0545679c67b). The events of
        the event source C(huaweicloud.sms.source_servers) have this group as the host pattern of their server.
      - V(target_status) is the status in ECS, such as C(target_status_active), of the machine that a server became. It
        needs O(connect_with=target_private) or O(connect_with=target_public).
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
      - start_type
      - id
      - target_status
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
      - A value that is no boolean counts by its truth, such as an empty list as false.
      - A condition that is undefined for some hosts, such as one about a variable that they lack, is not met by them,
        and a warning counts them. With O(strict), that is an error.
      - A condition that can be evaluated for no host is an error in any case, for example one with a filter that does
        not exist, or about a variable that no server has. So is one that fails in another way.
    type: list
    elements: str
    default: []
  exclude_host_filters:
    description:
      - Jinja2 conditions over the host's variables. Hosts that meet any of them are left out, whatever
        O(include_host_filters) says.
      - Conditions that cannot be evaluated are treated as for O(include_host_filters).
      - A server that is left out still counts as a namesake of others, so that no name passes from one server to
        another when a filter's answer changes.
    type: list
    elements: str
    default: []
  connect_with:
    description:
      - Which machine C(ansible_host) is. V(source) is the source server in any case.
      - With V(target_private) or V(target_public), a server whose C(migration_cycle) is V(cutovered) has the private or
        public address of the machine that it became, which the Elastic Cloud Server service (ECS) is asked for. All
        others have the source's. Of several addresses, that of the primary interface comes first, and IPv4 before IPv6.
      - A server that is cut over but whose target has no such address, or is gone, is never reached at its source. Its
        C(ansible_host) is a name under C(.invalid), which cannot be resolved, and a warning counts these servers.
      - With a target, hosts have the variables C(sms_target) and C(sms_source_address) too. C(sms_target) has C(vm_id),
        C(name), C(status), C(region_id), C(project_id), C(private_addresses) and C(public_addresses). It is null for a
        server that is not cut over, or for which SMS names no machine. The status of one that is gone is null.
      - Where several files list a server that is cut over, one that names its target has precedence over one that does
        not, and a warning says so.
      - Where ECS cannot be asked, there is no inventory. It takes the permission C(ecs:cloudServers:listServersDetails)
        (C(ecs:cloudServers:list) in roles and policies), which the system policy C(ECS ReadOnlyAccess) has. A token as
        credentials has to be made for the project of the targets.
      - It may be a template.
    type: str
    choices: [source, target_private, target_public]
    default: source
  details:
    description:
      - Whether to ask SMS about each server by itself, which says more than the list, such as its network interfaces,
        its firmware and the version of its agent. Hosts have the variable C(sms_details) then.
      - It is the record as SMS gives it, with C(networks), C(firmware), C(agent_version), C(disks), C(volume_groups)
        and C(btrfs_list), and the fields of the list except C(checks). Its C(memory) is in MB. It is read after the
        list, so that the C(state) of a server on its way can differ.
      - A server that SMS has no more by then is a host all the same, since it was listed. Its C(sms_details) is null,
        and a warning counts such servers. Any other failure is an error, and there is no inventory.
      - It takes a request for each server, O(concurrency) at once, within O(total_timeout); and the permission
        C(sms:server:get) (C(sms:server:queryServer) in roles and policies), which the system policy C(SMS
        ReadOnlyAccess) has.
      - It may be a template.
    type: bool
    default: false
    version_added: 2.0.0
  concurrency:
    description: Requests in flight at once, for pages of the list, for details and for targets. 1 to 32.
    type: int
    default: 4
  plan:
    description:
      - The file of a migration plan, as CSV or YAML, with a row for each server. A relative path is beside this file.
      - A row gives its host the group C(wave_<wave>), the variables C(wave_target), C(wave_settings) and
        C(wave_services) of the role P(huaweicloud.sms.wave#role), and the variables of its columns C(vars.<variable>).
        Servers without a row are in the group C(unplanned).
      - The texts of a plan are never evaluated as templates.
      - The cache does not contain the plan, so that a changed plan takes effect at once.
    type: path
    version_added: 3.0.0
  plan_account:
    description:
      - The account of this inventory file in the column C(account) of the plan. Rows of other accounts are left out.
      - Without it, the rows of all accounts count, and a warning names those without a server.
    type: str
    version_added: 3.0.0
notes:
  - Without O(connect_with), the variable C(ansible_host) is the address of the source server, also after its cut-over,
    because SMS does not tell that of the target server.
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.filters.state
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
"""

# "fmt: code", because the YAML check of ansible-core 2.16 accepts a single document only.
EXAMPLES = r"""
# fmt: code
---
# Each configuration is followed by what "ansible-inventory --graph" shows. Groups that are empty are left out here.
# More such examples are in the guide "Examples, and the groups that they give".

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
#   |--@state_finished:
#   |  |--sms-test
#   |  |--sms-win16
#   |  |--smsc-test
#   |--@state_error:
#   |  |--sms-centos
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
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import SmsError
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _query, _settings
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _connect_with
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.inventory import (
    _cache,
    _constructed,
    _expressions,
    _fetch,
    _hostvars,
    _migration_plan,
    _names,
    _options,
    _plan,
    _servers,
    _syntax,
    _writer,
)

# Objects until the youngest generation is collected, collections until the next generation is.
_RARE_COLLECTIONS = (1_000_000, 50, 1_000)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Options, then records, then a plan, then the inventory."""

    NAME = "huaweicloud.sms.source_servers"

    def verify_file(self, path: str) -> bool:
        """Return whether a file is for this plugin. A file for another plugin is skipped without a message."""
        if not super().verify_file(path) or not path.endswith((".yml", ".yaml")):
            return False
        content = Path(path).read_bytes()
        return content.startswith(b"$ANSIBLE_VAULT") or _names_this_plugin(content)

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None
    ) -> None:
        """Evaluate the templates among the options before their types are checked."""
        options = direct and _options.evaluate(direct, self.templar, self._vars)
        super().set_options(task_keys, var_options, options)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the source servers to the inventory.

        :raises AnsibleParserError: no inventory can be made; the inventory stays as it is.
        """
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        try:
            _options.check(config, self.option_definitions, self.get_option, self.NAME)
            extra_vars = self._vars if self.get_option("use_extra_vars") else {}
            expressions = _expressions.Expressions(self.templar, extra_vars)
            rows = self._plan_rows(path)
            planner = self._planner(expressions, rows)
            server_options = _servers.ServerOptions(*map(self.get_option, _servers.ServerOptions._fields))
            with _rare_garbage_collection():
                servers, warnings = _servers.servers_of(self._snapshot(path, cache), server_options, expressions, rows)
                self._warn(warnings)
                plan = planner.plan(servers, _writer.present_in(inventory))
                self._warn([*_writer.warnings_of_merged(inventory, plan), *plan.warnings])
                _writer.write(inventory, plan)
        except (SmsError, _names.NamesError) as error:
            raise AnsibleParserError(str(error)) from None

    def _plan_rows(self, path: str) -> _migration_plan.PlanRows | None:
        """Return the rows of the migration plan; None without one. A relative path is beside the inventory file."""
        plan = self.get_option("plan")
        if not plan:
            return None
        return _migration_plan.rows_of(
            str(Path(path).parent / Path(plan).expanduser()), self.get_option("plan_account")
        )

    def _planner(self, expressions: _expressions.Expressions, rows: _migration_plan.PlanRows | None) -> _plan.Planner:
        for preference in self.get_option("hostnames"):
            _syntax.check("hostnames", preference)
        constructed_options = _constructed.ConstructedOptions(
            *map(self.get_option, _constructed.ConstructedOptions._fields)
        )
        composer = _constructed.Composer(constructed_options, self.templar, expressions)
        composer.check()
        documented = _hostvars.documented_groups(self.get_option("group_by"))
        groups = [self.get_option("group"), *documented, *(rows.groups if rows else [])]
        include, exclude = (
            [_expressions.Condition(option, condition, expressions) for condition in self.get_option(option)]
            for option in _syntax.CONDITIONS
        )
        return _plan.Planner(groups, include, exclude, composer, self.get_option("strict"))

    def _snapshot(self, path: str, cache: bool) -> _fetch.FetchedServers:
        """Return the records, from the cache if it is enabled and has them.

        :param cache: whether Ansible allows a cached snapshot; it does not with ``--flush-cache``.
        """
        options = {name: self.get_option(name) for name in _options.TYPES}
        fetch_options = _fetch.FetchOptions(
            _settings.settings_from(options),
            _query.query_from(options),
            with_targets=options["connect_with"] != _connect_with.SOURCE,
            with_details=options["details"],
        )

        def fetch() -> _fetch.FetchedServers:
            return _fetch.fetch(fetch_options, self.get_option("concurrency"), self.display.vvv)

        if not self.get_option("cache"):
            return fetch()
        key = _cache.key_of(self.NAME, path, fetch_options)
        return _cache.get_or_fetch(self._cache, key, cache, fetch, self.display.warning)

    def _warn(self, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.display.warning(warning)


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Collect cyclic garbage less often while an inventory is built; stay off if collection is disabled.

    With the usual thresholds, Python goes through all of a large inventory again and again, and finds nothing.
    """
    thresholds = gc.get_threshold()
    if thresholds[0]:
        gc.set_threshold(*map(max, thresholds, _RARE_COLLECTIONS))
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _names_this_plugin(content: bytes) -> bool:
    """Return whether the key ``plugin`` of a YAML text names this plugin."""
    if InventoryModule.NAME.encode() not in content:
        return False
    try:
        # Only composed, since constructing would fail on vaulted values.
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        # The file most likely is for this plugin, and parsing it again reports what is wrong.
        return True
    return isinstance(root, yaml.MappingNode) and any(
        key.value == "plugin" and value.value == InventoryModule.NAME for key, value in root.value
    )
