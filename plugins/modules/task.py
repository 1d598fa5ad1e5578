#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: task
short_description: Creates, starts, pauses, launches, clears and deletes migration tasks
version_added: 2.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Brings the migration tasks of any number of source servers to a state, and prints a line for each server.
  - The module reads each server immediately before it changes the server's task, and decides on that. A transition that
    is not known to be valid for the server's current status is rejected before any modifying request is sent. A state,
    migration cycle or task state that SMS does not document is never valid. The module tries all servers, and fails at
    the end if any of them failed.
  - Every modifying request is sent only once, except after HTTP 429 or a refused connection. If a response is lost, the
    module reads the server for up to 30 seconds. The server counts as changed correctly only if SMS shows the effect of
    that operation. Otherwise its C(outcome) is C(unknown), and the next run decides on what SMS shows then.
  - "Operations that cannot be undone: a start overwrites the target's disks; a launch ends the synchronization and
    replaces the snapshot of an earlier launch; clearing and deletion remove snapshots; a synchronization after the
    launch overwrites what the target did since. SMS does not stop the source: after the launch, two machines with one
    identity run."
  - The module runs on the control node. Permission to read is enough for check mode.
options:
  state:
    description:
      - V(present). The server has a task. One is created from O(target) and O(settings) where there is none.
      - V(started). Its data are being replicated or synchronised. A task is created first where there is none. A server
        that was launched before has been started, and is left alone, see O(overwrite_launched).
      - V(paused). The migration is paused. It costs nothing but time; V(started) takes it up again.
      - V(launched). The target runs. A launch is requested only if the server is in C(syncing), connected and has no
        check in C(ERROR). A server in C(cutovering) or C(cutovered) is not changed. Any other status is an error.
      - V(cleared). What SMS kept for the launch, such as snapshots, is cleared after the launch, for good.
      - V(absent). The server has no task. The target stays. Refused while something is being done with the task.
      - There is no filter of this name here.
    type: str
    required: true
    choices: [present, started, paused, launched, cleared, absent]
  servers:
    description:
      - Source servers to change, out of those that match the filters. If it is not set, all servers that match the
        filters are changed. It is an error if neither O(servers) nor a filter is set.
      - "Each element is an ID, a name in SMS, the name of a host of this collection's inventory, or a dictionary with
        these keys: C(name), one of these names or IDs, or C(id), an ID; and optionally C(target) and C(settings), which
        replace O(target) and O(settings) for this server and have the same suboptions."
      - If the list is empty, nothing is done.
      - It is an error if no server has a name or ID, if several servers have a name, if a server is named twice, or if
        several servers have the same C(target.vm_id).
    type: list
    elements: raw
    default: []
  target:
    description: Where new tasks migrate to. The target's disks are those that the source's own record proposes.
    type: dict
    suboptions:
      region_id:
        description: ID of the region, such as V(la-north-2).
        type: str
        required: true
      region_name:
        description: The region's name. Without it, its ID is sent.
        type: str
      project_id:
        description: ID of the project in that region.
        type: str
        required: true
      project_name:
        description: The project's name. Without it, O(target.region_id), which a region's main project is called.
        type: str
      template:
        description:
          - Name or ID of the template from which SMS creates the target. M(huaweicloud.sms.template_info) lists the
            templates. An unknown or ambiguous name is an error that lists names and IDs.
          - The template has to be for O(target.region_id) and O(target.project_id). A template that belongs to a task
            is found by its ID only.
          - It needs the permission C(sms:template:list) (C(sms:server:queryServer) in roles and policies).
          - Exactly one of O(target.template), O(target.template_id) and O(target.vm_id) is required.
        type: str
        version_added: 3.0.0
      template_id:
        description: ID of the template from which SMS creates the target. It is sent without being looked up.
        type: str
      vm_id:
        description:
          - ID of an ECS that becomes the target. It requires O(target.overwrite_disks). Several servers cannot have the
            same.
          - The ECS has to be in O(target.region_id) and O(target.project_id) and has to be C(ACTIVE). It must not be
            locked or the target of another task. It needs the operating system of the source, and the same firmware if
            ECS returns it in C(hw_firmware_type) of the metadata. For Windows it needs 2 GB of memory.
          - Each disk of the source gets a disk of the ECS of at least its size, see O(target.disks).
          - It needs the permissions C(ecs:cloudServers:showServer) and C(ecs:cloudServers:listServerBlockDevices)
            (C(ecs:cloudServers:get) in roles and policies), which the system policy C(ECS ReadOnlyAccess) has.
        type: str
      overwrite_disks:
        description:
          - Accepts that the start of the migration formats the disks of the ECS in O(target.vm_id). All data on them
            are lost.
        type: bool
        default: false
      disks:
        description:
          - Which disk of the ECS in O(target.vm_id) is for which disk of the source. The keys are names of the source's
            disks, such as V(/dev/sdb). The values are IDs of EVS volumes that are attached to the ECS.
          - Disks that are not given are paired. The system disk gets the system disk. The others, the smallest first,
            get the smallest disk that is sufficient. A GPT disk needs 1 GB more than its size.
          - If disks of the source are equally large, and the disks for them are not, the pairs are ambiguous. If so, or
            if a disk is too small, the server is refused with both lists of disks.
        type: dict
        version_added: 3.0.0
      name:
        description: Name of the target. Only one server can be meant. Without it, the source's name.
        type: str
  settings:
    description:
      - What new tasks are like. Tasks that exist keep what they have, except for O(settings.speed_rules) and
        O(settings.options).
    type: dict
    suboptions:
      type:
        description: Whether files or blocks are copied. Without it, blocks for Windows, files for all others.
        type: str
        choices: [MIGRATE_FILE, MIGRATE_BLOCK]
      syncing:
        description:
          - Whether SMS goes on synchronising until it is asked to launch. Without, SMS launches the target by itself
            after the copy, unasked; a task like that is started only with V(false) here.
        type: bool
        default: true
      use_public_ip:
        description:
          - Whether the target gets a public address, over which the data are sent. It costs money. Without, the source
            must reach the target's private address, such as over a VPN.
        type: bool
        default: false
      use_ipv6:
        description: Whether the data are sent over IPv6.
        type: bool
        default: false
      migration_ip:
        description:
          - The target's address to send the data to. The default for O(target.vm_id) is the address of the ECS that
            O(settings.use_public_ip) and O(settings.use_ipv6) select. For a template, SMS decides.
        type: str
      speed_limit:
        description: The most that is sent, in Mbit/s, from 0 to 1000. V(0) means no limit.
        type: int
      priority:
        description: The task's priority, from 0 to 65535.
        type: int
      start_target_server:
        description: Whether the target runs after the launch.
        type: bool
        default: true
      start_network_check:
        description: Whether SMS checks the network between source and target first. By default, SMS decides.
        type: bool
        version_added: 3.0.0
      is_need_consistency_check:
        description:
          - Whether SMS compares sizes and times of files on source and target after the full copy. By default, SMS
            decides.
        type: bool
        version_added: 3.0.0
      need_migration_test:
        description:
          - Whether SMS runs a drill before the full copy, which checks ports, domains and permissions and copies no
            data. It takes 5 to 15 minutes and needs version 25.5.0 of the agent. By default, SMS decides.
        type: bool
        version_added: 3.0.0
      over_speed_threshold:
        description:
          - Percentage by which O(settings.speed_limit) may be exceeded, from 10 to 100. SMS pauses a task that exceeds
            it several times. Its default is 10.
        type: int
        version_added: 3.0.0
      speed_rules:
        description: Speed rules, as O(speed_rules), for the servers that these settings are for.
        type: list
        elements: dict
        version_added: 3.0.0
        suboptions: &speed_rule
          start:
            description: Time of the day from which on the rule applies, such as V('08:00'). Quote it.
            type: str
            required: true
          end:
            description: Time of the same day until which the rule applies. For a night, give two rules.
            type: str
            required: true
          speed:
            description: Maximum speed in Mbit/s, from 0 to 1000. V(0) means no limit.
            type: int
            default: 0
          over_speed_threshold:
            description:
              - Percentage by which the speed may be exceeded, from 10 to 100. SMS pauses a task that exceeds it several
                times.
            type: float
            default: 10
      options:
        description: Configuration settings, as O(options), for the servers that these settings are for.
        type: dict
        version_added: 3.0.0
  speed_rules:
    description:
      - Sets the maximum speed of the migration by the time of day, on new tasks and on tasks that exist.
      - At most 5 rules. They replace all rules that the task has; an empty list removes them. SMS has no days of the
        week, see the playbook C(huaweicloud.sms.office_hours).
      - The rules are read again after they were set. If SMS did not keep them, the server fails and is not started.
      - The source needs C(tc). It is not documented by whose clock the times are; this collection assumes the source's.
      - It needs the permissions C(sms:server:getTaskSpeedLimit) and C(sms:server:updateTaskSpeedLimit)
        (C(sms:server:migrationServer) in roles and policies).
    type: list
    elements: dict
    version_added: 3.0.0
    suboptions: *speed_rule
  options:
    description:
      - Sets configuration settings of SMS, on new tasks and on tasks that exist. The values are single values.
      - The keys are C(MIGRATE_EXCLUDE_DIR), C(SYNC_EXCLUDE_DIR), C(ONLY_SYNC_DIR), C(CONSISTENCY_DIR),
        C(CONSISTENCY_DIR_ILLEGAL), C(CONSISTENCY_RECHECK), C(CONSISTENCY_MODE), C(LINUX_BLOCK_COMPRESS_THREAD_NUM),
        C(LINUX_BLOCK_CACHE_SIZE) (1 to 8), C(LINUX_CPU_LIMIT) (1 to 100 %), C(LINUX_MEM_LIMIT) (200 to 1000 MB),
        C(LINUX_IO_LIMIT) (10 to 1000 MB/s), C(NUM_PROCESS_MIGRATE) and C(NUM_PROCESS_SYNC) (1 to 4), C(MIGRATE_DST_IP),
        C(DYNAMIC_PORT) and C(INSTALL_PWD_AGENT).
      - Some regions have the names of 2025 for the first three, such as C(EXCLUDE_MIGRATE_PATH). The module tries them
        if SMS does not keep the others. You can give either.
      - Settings that are not given stay as they are. All are read again after they were set. If SMS did not keep one,
        the server fails and is not started.
      - It needs the permissions C(sms:server:getTaskConfig) and C(sms:server:updateTaskConfig)
        (C(sms:server:migrationServer) in roles and policies).
    type: dict
    version_added: 3.0.0
  confirm:
    description:
      - With O(state=launched), O(state=cleared) and O(state=absent), how many servers would be changed. Another number
        is an error that lists them, and nothing is done. Where nothing would be changed, there is nothing to confirm.
      - Check mode without it says which number it has to be.
    type: int
  launch_operation:
    description:
      - What the launch is called in the API. V(test) is the documented name; use V(cutover) only if your edition of the
        service refuses V(test).
    type: str
    choices: [test, cutover]
    default: test
  overwrite_launched:
    description:
      - With O(state=started), synchronises servers again that were launched before. It overwrites what their targets
        have done since.
    type: bool
    default: false
  delete_snapshots:
    description:
      - With O(state=absent), deletes tasks that have snapshots of a launched target, too. The snapshots are deleted
        with them, and there is no way back to them.
    type: bool
    default: false
  max_running:
    description:
      - With O(state=started), the maximum number of servers that are replicated at the same time. Running migrations of
        servers outside this task's selection count too, if they match O(id) and O(enterprise_project_id). The other
        servers are started as these finish, within O(wait_timeout).
      - SMS itself runs about 100 at the same time.
    type: int
  wait:
    description:
      - Whether to wait until all servers have reached the state. V(started) is reached in C(syncing).
      - A server that fails on the way fails at once; the module continues to wait for the others. So does a server for
        which SMS accepted a request, but has not shown its effect for five minutes.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for all servers together. A server that has not reached the state by then fails. SMS
      continues with it.
    type: float
    default: 14400
  interval:
    description: Seconds between two queries while the module waits, with one listing each.
    type: float
    default: 30
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.filters
  - huaweicloud.sms.dictionaries
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.task
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - module: huaweicloud.sms.task_info
  - module: huaweicloud.sms.preflight
  - module: huaweicloud.sms.wait_for_cycle
"""

EXAMPLES = r"""
- name: Give the servers of a wave their tasks, with credentials from the environment
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: present
    target:
      region_id: la-north-2
      project_id: 0123456789abcdef0123456789abcdef
      template_id: 3a1b9f52-7d0c-4f7e-8a63-2c5be1a40f11
    settings:
      speed_limit: 200
  run_once: true

- name: Start them, no more than 50 at once, and wait until all are being synchronised
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: started
    max_running: 50
    wait: true
    wait_timeout: 86400
  run_once: true

# 14:03:10  web-00001 (5e0c9a71)  initialize  0.0 %, 0.0 of 40.0 GiB  Started. It is being replicated.
# 14:03:10  web-00002 (77aa0c3e)  initialize  0.0 %, 0.0 of 40.0 GiB  Started. It is being replicated.

- name: Give servers targets and settings of their own
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers:
      - web-00001
      - name: db-00001
        target:
          region_id: la-north-2
          project_id: 0123456789abcdef0123456789abcdef
          vm_id: 7d1c0a4e-55c8-4f0a-9a9e-6c1b2f3a4d5e
          overwrite_disks: true
      - id: 5e0c9a71-2f0f-4a5e-8a53-0d3b8c6f4b21
        settings:
          type: MIGRATE_BLOCK
    state: present
    target:
      region_id: la-north-2
      project_id: 0123456789abcdef0123456789abcdef
      template_id: 3a1b9f52-7d0c-4f7e-8a63-2c5be1a40f11
  run_once: true

- name: Limit the speed of two migrations during office hours
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: present
    speed_rules:
      - start: "08:00"
        end: "18:00"
        speed: 50
    options:
      LINUX_CPU_LIMIT: 20
  run_once: true

# 14:03:10  web-00001 (5e0c9a71)  syncing  Set speed_rules: 08:00 to 18:00 50 Mbit/s, LINUX_CPU_LIMIT: 20. It has a
#           task.

- name: Pause what is left of a migration project for the working day
  huaweicloud.sms.task:
    region: ap-southeast-3
    migproject: wave 7
    migration_cycle: replicating
    state: paused
  run_once: true

- name: Launch the two servers, and wait for the cut-over
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: launched
    confirm: 2
    wait: true
    wait_timeout: 7200
  run_once: true

- name: Clear what SMS keeps for the launch, a week later
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: cleared
    confirm: 2
  run_once: true

- name: Delete the tasks with their snapshots
  huaweicloud.sms.task:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: absent
    confirm: 2
    delete_snapshots: true
  run_once: true
"""

RETURN = r"""
servers:
  description: The result for each server.
  returned: when the servers could be listed
  type: list
  elements: dict
  contains:
    id:
      description: The server's ID.
      type: str
    name:
      description: The server's name.
      type: str
    task_id:
      description: ID of its task, or of the one that was deleted. Null when there was none.
      type: str
    before:
      description: The status before the module changed the server.
      type: dict
      contains: &status
        state:
          description: The server's status.
          type: str
        migration_cycle:
          description: The server's migration stage.
          type: str
        task_state:
          description: The task's status. Null where there is no task.
          type: str
    after:
      description: The status that was read last; in check mode, the status that the change would lead to.
      type: dict
      contains: *status
    changed:
      description: Whether the module changed the server or may have changed it; in check mode, whether it would.
      type: bool
    failed:
      description: Whether the server has neither reached the state nor is on its way to it.
      type: bool
    outcome:
      description:
        - "C(done) (RV(servers[].failed=false), RV(servers[].changed=true)): SMS shows that the server was changed and
          has reached the state."
        - "C(in_progress) (RV(servers[].failed=false), RV(servers[].changed=true); RV(servers[].failed=true),
          RV(servers[].changed=true) if O(wait_timeout) has passed): SMS shows that the server is on its way to the
          state, or has accepted the request and does not show its effect yet."
        - "C(unchanged) (RV(servers[].failed=false), RV(servers[].changed=false)): The server had reached the state, or
          was on its way to it, before the module changed anything."
        - "C(refused) (RV(servers[].failed=true), RV(servers[].changed=false)): The status of the server does not permit
          the change. No modifying request was sent."
        - "C(failed) (RV(servers[].failed=true), RV(servers[].changed=false)): The change failed, and nothing was
          changed."
        - "C(unknown) (RV(servers[].failed=true), RV(servers[].changed=true)): A request was sent that may have been
          processed, and SMS does not show that the server has reached the state or is on its way to it. The message
          says what a person should look at."
      type: str
      sample: in_progress
    msg:
      description: The reason, in one sentence or a few.
      type: str
to_change:
  description: How many servers there was something to do for, which is the number that O(confirm) has to be.
  returned: when the servers could be listed
  type: int
  sample: 2
"""
