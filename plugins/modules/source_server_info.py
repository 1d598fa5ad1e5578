#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: source_server_info
short_description: Source servers of Huawei Cloud's Server Migration Service (SMS)
version_added: 0.1.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Returns the records of the source servers that are registered with the Server Migration Service (SMS), just as the
    service gives them.
  - The list is either complete or an error, unless O(limit) or O(offset) asks for one page.
options:
  limit:
    description:
      - How many records to return, from 0 to 200. V(0) means 200.
      - With it or O(offset), one page is returned, as the service gives it. Without both, the whole list.
    type: int
  offset:
    description:
      - Where the page begins, from 0 to 65535.
      - Whether the service counts records or pages is left open by its documentation.
    type: int
  details:
    description:
      - Whether to ask SMS about each server by itself, which says more than the list, such as its network interfaces,
        its firmware and the version of its agent. Each record has C(details) then.
      - It takes a request for each server, four at once, within O(total_timeout); and the permission C(sms:server:get)
        (C(sms:server:queryServer) in roles and policies), which the system policy C(SMS ReadOnlyAccess) has.
      - All of them are answered, or there is an error.
    type: bool
    default: false
    version_added: 2.0.0
  targets:
    description:
      - Whether to ask the Elastic Cloud Server service (ECS) about the machines that servers became which are cut over,
        for example at which addresses these are. Each record has a C(target) then.
      - It takes the permission C(ecs:cloudServers:listServersDetails) (C(ecs:cloudServers:list) in roles and policies),
        which the system policy C(ECS ReadOnlyAccess) has. A token as credentials has to be made for the project of the
        targets.
    type: bool
    default: false
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.filters.state
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.info_module
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - plugin: huaweicloud.sms.source_servers
    plugin_type: inventory
    description: The same servers as an inventory.
"""

EXAMPLES = r"""
- name: List all source servers, with credentials from the environment
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
  delegate_to: localhost
  register: sms

- name: List the servers of a wave with their network interfaces and firmware
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
    state: [replicate, syncing]
    details: true
  delegate_to: localhost
  register: detailed

- name: Show which start by UEFI
  ansible.builtin.debug:
    msg: "{{ detailed.source_servers | selectattr('details') | selectattr('details.firmware', 'eq', 'UEFI') }}"

- name: Say what stands in the way of a migration
  ansible.builtin.debug:
    msg: "{{ item.0.name }}: {{ item.1.name }} {{ item.1.result }} ({{ item.1.error_code }})"
  loop: "{{ sms.source_servers | subelements('checks') | rejectattr('1.result', 'eq', 'OK') }}"
  loop_control:
    label: "{{ item.0.id }}"

- name: List the servers of a wave, which is one of SMS's migration projects
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
    migproject: 5c1d3f0a-2b6e-4d7c-9f18-0a4e6b8c2d10
  delegate_to: localhost
  register: wave

- name: Stop unless all of them are cut over
  ansible.builtin.assert:
    that: late | length == 0
    fail_msg: "Not yet: {{ late | map(attribute='name') | join(', ') }}"
  vars:
    late: "{{ wave.source_servers | rejectattr('migration_cycle', 'eq', 'cutovered') }}"

- name: Find out where the servers are now that are cut over
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
    migration_cycle: cutovered
    targets: true
  delegate_to: localhost
  register: moved

- name: Show their new addresses
  ansible.builtin.debug:
    msg: "{{ item.name }} ({{ item.ip }}) is {{ item.target.private_addresses | first | default('gone') }}"
  loop: "{{ moved.source_servers | selectattr('target') }}"
  loop_control:
    label: "{{ item.id }}"

- name: List the servers of an enterprise project whose agent has lost its connection
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
    enterprise_project_id: "0"
    connected: false
  delegate_to: localhost

- name: Wait for up to an hour until the host at hand, from this collection's inventory, is being synchronised
  huaweicloud.sms.source_server_info:
    region: ap-southeast-3
    id: "{{ sms_id }}"
    migration_cycle: syncing
  delegate_to: localhost
  register: syncing
  until: syncing is success and syncing.count == 1
  retries: 60
  delay: 60

- name: Give the connection once for all modules of this collection
  hosts: localhost
  module_defaults:
    group/huaweicloud.sms.sms:
      region: ap-southeast-3
      access_key: "{{ vault_access_key }}"
      secret_key: "{{ vault_secret_key }}"
  tasks:
    - name: Show the ten newest registrations
      huaweicloud.sms.source_server_info:
        limit: 10
"""

RETURN = r"""
source_servers:
  description:
    - The source servers, newest registration first, each with all fields that the service sends, also those that are
      not described here.
    - Times are in milliseconds since 1970-01-01 UTC.
    - What is said to be returned always has been in every record seen. The API reference promises no field, so that
      only RV(source_servers[].id) can be relied on; without it, this module fails.
    - I(Not in the API reference) marks fields that the vendor's page about C(GET /v3/sources), in its edition of
      2022-08-02, does not name, but that the service sends, some of them only in newer versions.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the source server. It identifies the server for as long as it is registered.
      returned: always
      type: str
      sample: ebe80818-605e-430e-9d2e-bf71af50bbb6
    ip:
      description: IP address of the source server. Several servers may have the same.
      returned: always
      type: str
      sample: 198.18.77.77
    name:
      description: Name of the source server in SMS. Several servers may have the same.
      returned: always
      type: str
      sample: sms-centos
    hostname:
      description: Host name that the server's operating system has. May be V(null). I(Not in the API reference.)
      returned: when the service sends it
      type: str
      sample: sms-console
    enterprise_project_id:
      description:
        - ID of the enterprise project that the server belongs to.
        - Often absent. For the default enterprise project, it has been seen as the integer V(0) instead of a string.
      returned: when the service sends it
      type: raw
      sample: 0
    add_date:
      description: When the server was registered.
      returned: always
      type: int
      sample: 1598417551000
    os_type:
      description: Kind of operating system. V(WINDOWS) or V(LINUX).
      returned: always
      type: str
      sample: LINUX
    os_version:
      description: Operating system with its version.
      returned: always
      type: str
      sample: CENTOS_7_4_64BIT
    oem_system:
      description: Whether the operating system, Windows, came with the machine (OEM).
      returned: always
      type: bool
      sample: false
    state:
      description:
        - State of the server. The documented values are V(unavailable), V(waiting), V(initialize), V(premigready),
          V(premiged), V(replicate), V(syncing), V(cloning), V(cutovering), V(finished), V(skipping), V(stopping),
          V(stopped), V(deleting), V(clearing), V(cleared), V(clearfailed), V(premigfailed) and V(error).
        - During a drill (V(premigready), V(premiged) and V(premigfailed)), the state can also be V(premiging), which
          the API names elsewhere. Expect others.
        - May be V(error) whatever RV(source_servers[].migration_cycle) says.
      returned: always
      type: str
      sample: error
    connected:
      description: Whether the agent on the server is connected to SMS.
      returned: always
      type: bool
      sample: true
    cpu_quantity:
      description: Number of CPU cores.
      returned: always
      type: int
      sample: 1
    memory:
      description: Size of the physical memory, in bytes.
      returned: always
      type: int
      sample: 1038716928
    migration_cycle:
      description:
        - Migration stage that the server is in. V(checking), V(setting), V(replicating), V(syncing), V(cutovering) or
          V(cutovered).
      returned: always
      type: str
      sample: syncing
    stage_action_time:
      description: When RV(source_servers[].migration_cycle) last changed.
      returned: always
      type: int
      sample: 1598428182454
    state_action_time:
      description: When RV(source_servers[].state) last changed. May be V(null).
      returned: always
      type: int
      sample: 1598428182454
    last_visit_time:
      description: When RV(source_servers[].connected) last changed.
      returned: always
      type: int
      sample: 1598434308889
    totalsize:
      description: How much data is to be migrated, in bytes. V(0) as long as, or again when, SMS does not know.
      returned: always
      type: int
      sample: 42949672960
    replicatesize:
      description: How much data has been migrated, in bytes.
      returned: always
      type: int
      sample: 42949672960
    is_consistency_result_exist:
      description: Whether there is a result of a consistency check. I(Not in the API reference.)
      returned: when the service sends it
      type: bool
      sample: false
    has_tc:
      description: Whether the component C(tc) is installed on the server, a Linux one. I(Not in the API reference.)
      returned: when the service sends it
      type: bool
      sample: true
    start_type:
      description:
        - How the migration was started. V(MANUAL) by hand; others by Huawei Cloud's Migration Center (MgC).
          I(Not in the API reference.)
      returned: when the service sends it
      type: str
      sample: MANUAL
    agent_version:
      description: Version of the agent on the server. I(Not in the API reference.)
      returned: when the service sends it
      type: str
      sample: 24.12.0
    current_task:
      description: The migration task of the server. V(null) when it has none.
      returned: always
      type: dict
      contains:
        id:
          description: ID of the task.
          returned: always
          type: str
          sample: a42013ab-1ebb-4dd8-8284-1a678ef1ccac
        name:
          description: Name of the task.
          returned: always
          type: str
          sample: MigrationTask
        type:
          description: Way of migrating. V(MIGRATE_BLOCK) goes by blocks, V(MIGRATE_FILE) by files.
          returned: always
          type: str
          sample: MIGRATE_BLOCK
        state:
          description:
            - Status of the task. The API reference lists no values. Among them are V(READY), V(RUNNING), V(SYNCING),
              V(MIGRATE_SUCCESS), V(SYNC_SUCCESS), V(MIGRATE_FAIL), V(SYNC_FAIL), V(ABORTING), V(ABORT), V(SKIPPING),
              V(DELETING) and V(RESETING).
          returned: always
          type: str
          sample: MIGRATE_FAIL
        start_date:
          description: When the task was started.
          returned: always
          type: int
          sample: 1598417588000
        estimate_complete_time:
          description: When the task is expected to be complete. May be V(null).
          returned: always
          type: int
          sample: 1598421188000
        remain_seconds:
          description: How long the migration is expected to go on, in seconds. May be V(null).
          returned: always
          type: int
          sample: 3600
        speed_limit:
          description: The most that the migration may transfer, in Mbit/s.
          returned: always
          type: int
          sample: 0
        migrate_speed:
          description: What the migration transfers at present, in Mbit/s.
          returned: always
          type: float
          sample: 0.0
        compress_rate:
          description: Compression rate. The API reference gives no unit. May be absent.
          returned: when the service sends it
          type: float
          sample: 1.5
        start_target_server:
          description: Whether the target server is started once the migration is complete.
          returned: always
          type: bool
          sample: true
        vm_template_id:
          description: ID of the template that the target server is created from.
          returned: always
          type: str
          sample: f909c6ec-aafd-4e85-94bc-aad03a756bb5
        region_id:
          description: Region that the server migrates to.
          returned: always
          type: str
          sample: ap-southeast-1
        project_name:
          description: Name of the project that the server migrates to.
          returned: always
          type: str
          sample: ap-southeast-1
        project_id:
          description: ID of the project that the server migrates to.
          returned: always
          type: str
          sample: b276e6fb38c74aa2ba4598f049745ce9
        target_server:
          description: The server in Huawei Cloud that the source server becomes.
          returned: always
          type: dict
          contains:
            vm_id:
              description: ID of the target server.
              returned: always
              type: str
              sample: e9eeb550-ba71-4940-a75a-94931955179d
            name:
              description: Name of the target server.
              returned: always
              type: str
              sample: e2e-sms-centos
        exist_server:
          description: Whether a server that existed before is the target, instead of a new one.
          returned: always
          type: bool
          sample: false
        use_public_ip:
          description: Whether the migration goes through a public IP address.
          returned: always
          type: bool
          sample: true
        clone_server:
          description: The clone of the target server. V(null) when there is none.
          returned: always
          type: dict
          contains:
            vm_id:
              description: ID of the clone.
              returned: always
              type: str
              sample: 3d1a5f6e-0c9b-4b07-9d4e-52c1a7f0be3d
            name:
              description: Name of the clone.
              returned: always
              type: str
              sample: sms-centos-clone
            clone_state:
              description:
                - How the cloning goes. The API reference lists no values. Known are V(NOT_READY), V(READY),
                  V(PREPARING), V(CREATING), V(ERROR) and V(FINISHED).
              returned: always
              type: str
              sample: FINISHED
            clone_error:
              description: Error that the cloning ended with.
              returned: when the service sends it
              type: str
              sample: ''
            error_msg:
              description: What the error of the cloning was, in words.
              returned: when the service sends it
              type: str
              sample: ''
        log_collect_status:
          description:
            - Whether the logs have been collected. The API reference lists no values. Known are V(INIT), V(UPLOADING),
              V(UPLOAD_FAIL) and V(UPLOADED).
          returned: always
          type: str
          sample: INIT
        log_bucket:
          description: Bucket that the logs were uploaded to. I(Not in the API reference.)
          returned: when the service sends it
          type: str
          sample: sms-logs
        log_expire:
          description:
            - How long RV(source_servers[].current_task.log_share_url) works; whether this is a time or a duration, the
              vendor leaves open. I(Not in the API reference.)
          returned: when the service sends it
          type: int
          sample: 1598503988000
        log_upload_time:
          description: When the logs were uploaded. I(Not in the API reference.)
          returned: when the service sends it
          type: int
          sample: 1598417588000
        log_share_url:
          description:
            - Link to the logs. I(Not in the API reference.)
            - Whoever has the link may be able to read the logs. Set C(no_log) on the task where that matters; the
              inventory plugin leaves the field out.
          returned: when the service sends it
          type: str
          sample: https://sms-logs.example.com/57ea3129
        subtask_info:
          description: The steps that the task is at, with their progress, as a text. I(Not in the API reference.)
          returned: when the service sends it
          type: str
          sample: '[]'
    checks:
      description: What SMS has checked on the server before a migration. May be empty.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: ID of the check.
          returned: always
          type: int
          sample: 523794
        name:
          description: What was checked.
          returned: always
          type: str
          sample: OS_VERSION
        params:
          description: Parameters of the check.
          returned: always
          type: list
          elements: str
          sample: ['']
        result:
          description: V(OK), V(WARN) or V(ERROR).
          returned: always
          type: str
          sample: ERROR
        error_code:
          description:
            - Code of what was found, such as V(SMS.6504) for an operating system that is not supported. V(null) when
              nothing was.
          returned: always
          type: str
          sample: SMS.6504
        error_or_warn:
          description:
            - More about what was found. V(null), a string, or a dictionary with C(error_code) and C(link).
              I(Not in the API reference.)
          returned: when the service sends it
          type: raw
          sample:
            error_code: SMS.6504
            link: https://support.example.com/sms
        error_params:
          description: Parameters of what was found.
          returned: always
          type: str
          sample: ''
    init_target_server:
      description: The target server that SMS recommends.
      returned: always
      type: dict
      contains:
        disks:
          description: Its disks.
          returned: always
          type: list
          elements: dict
          contains:
            name:
              description: Name of the disk.
              returned: always
              type: str
              sample: /dev/vda
            size:
              description: Size of the disk, in bytes.
              returned: always
              type: int
              sample: 42949672960
            device_use:
              description:
                - What the disk is for. V(BOOT), V(OS) or V(NORMAL), which is data; also V(BOOT|OS), which the API
                  reference does not list.
              returned: always
              type: str
              sample: BOOT
            used_size:
              description: How much of the disk is in use, in bytes. I(Not in the API reference.)
              returned: when the service sends it
              type: int
              sample: 21474836480
            physical_volumes:
              description:
                - The disk's partitions, as the service describes them, such as with C(name), C(size) and C(used_size)
                  in bytes, C(file_system) and C(mount_point). I(Not in the API reference.)
              returned: when the service sends it
              type: list
              elements: dict
              sample: []
        volume_groups:
          description:
            - The server's volume groups, as the service describes them, such as with C(name), C(size) and C(free_size)
              in bytes, and C(logical_volumes). I(Not in the API reference.)
          returned: when the service sends it
          type: list
          elements: dict
          sample: []
    details:
      description:
        - The record that SMS gives of the server by itself, just as it is. It is read after the list, so that the state
          of a server on its way can differ. V(null) where SMS has the server no more by then.
        - It has the fields of the list's record, and those below. Its C(memory) is in MB, not in bytes.
      returned: when O(details=true)
      type: dict
      contains:
        firmware:
          description: How the server starts, V(BIOS) or V(UEFI).
          returned: when the service sends it
          type: str
          sample: BIOS
        agent_version:
          description: Version of the agent on the server.
          returned: when the service sends it
          type: str
          sample: 24.12.0
        networks:
          description:
            - The server's network interfaces, each with C(id), C(name), C(ip), C(ipv6), C(netmask), C(gateway), C(mtu)
              and C(mac).
          returned: when the service sends it
          type: list
          elements: dict
          sample:
            - id: 5f6a0c9d3b7e4d21
              name: eth0
              ip: 198.18.0.116
              netmask: 255.255.255.0
              gateway: 198.18.0.1
              mtu: 1500
              mac: fa:16:3e:4c:12:01
        disks:
          description:
            - The server's disks, each with C(name), C(partition_style), C(device_use), C(os_disk), C(physical_volumes),
              and C(size) and C(used_size) in bytes.
          returned: when the service sends it
          type: list
          elements: dict
          sample: []
        volume_groups:
          description: The volume groups of a Linux server, each with C(name), C(size) and C(logical_volumes).
          returned: when the service sends it
          type: list
          elements: dict
          sample: []
        btrfs_list:
          description: The Btrfs file systems of a Linux server.
          returned: when the service sends it
          type: list
          elements: dict
          sample: []
    target:
      description:
        - The machine that the server became, as ECS describes it. V(null) for a server that is not cut over, or for
          which SMS names no machine.
      returned: when O(targets=true)
      type: dict
      contains:
        vm_id:
          description: ID of the machine.
          returned: always
          type: str
          sample: 4f4b3dfa-eb70-47cf-a60a-998a53bd6666
        name:
          description: Its name. V(null) where the machine is gone.
          returned: always
          type: str
          sample: web-1
        status:
          description: Its status, such as V(ACTIVE), V(SHUTOFF) or V(BUILD). V(null) where the machine is gone.
          returned: always
          type: str
          sample: ACTIVE
        region_id:
          description: The region that it is in.
          returned: always
          type: str
          sample: la-north-2
        project_id:
          description: ID of the project that it belongs to.
          returned: always
          type: str
          sample: 743b4c0428d94531b9f2add666646666
        private_addresses:
          description: Its private addresses, the primary interface's first, and IPv4 before IPv6.
          returned: always
          type: list
          elements: str
          sample: [198.19.0.116]
        public_addresses:
          description: Its public addresses, in the same order.
          returned: always
          type: list
          elements: str
          sample: []
count:
  description:
    - How many source servers match.
    - With O(limit) or O(offset), how many match in all according to the service, which may be more than the page has.
      O(connected) is not taken into account there.
  returned: success
  type: int
  sample: 10
"""

from ansible_collections.huaweicloud.sms.plugins.module_utils import _python


def main():  # type: () -> None
    _python.refuse_old_one()
    # Only now, since no older Python can read it. So old ones can read this file, it has no annotations.
    from ansible_collections.huaweicloud.sms.plugins.module_utils.modules import _info, _source_server_info

    _info.run(_source_server_info.SPEC, _source_server_info.source_servers)


if __name__ == "__main__":
    main()
