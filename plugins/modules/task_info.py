#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: task_info
short_description: Migration tasks of Huawei Cloud's Server Migration Service (SMS)
version_added: 2.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Returns migration tasks with their steps, just as the service gives them.
  - The list is either complete or an error.
  - Reading rights are enough.
options:
  servers:
    description:
      - Only the tasks of these source servers, by their IDs or names. All without it.
      - A name or ID that no server has is an error, and so is a name that several servers have.
    type: list
    elements: str
    default: []
  state:
    description:
      - Only tasks with this status. The documented ones are V(READY), V(RUNNING), V(SYNCING), V(MIGRATE_SUCCESS),
        V(SYNC_SUCCESS), V(MIGRATE_FAIL), V(SYNC_FAIL), V(ABORTING), V(ABORT), V(SKIPPING), V(DELETING), V(RESETING),
        V(SYNC_F_ROLLBACKING) and V(SYNC_F_ROLLBACK_SUCCESS); others are passed on as they are.
    type: str
  task_ids:
    description:
      - Only the tasks with these IDs. All without it.
      - An ID that no task has is an error.
    type: list
    elements: str
    default: []
  enterprise_project_id:
    description:
      - Only tasks of the enterprise project with this ID. V(0) is the default one.
      - "Environment: E(HW_ENTERPRISE_PROJECT_ID). An empty text here lists all, whatever the environment says."
    type: str
  consistency:
    description:
      - Whether the last consistency check of each task is queried, with one request for each task.
      - In identity policies this needs C(sms:server:getConsistencyCheckResult).
    type: bool
    default: false
    version_added: 3.0.0
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.info_module
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - module: huaweicloud.sms.task
  - module: huaweicloud.sms.source_server_info
"""

EXAMPLES = r"""
- name: See what runs, with credentials from the environment
  huaweicloud.sms.task_info:
    region: ap-southeast-3
    state: RUNNING
  delegate_to: localhost
  register: running

- name: Say at which step each is
  ansible.builtin.debug:
    msg: "{{ item.0.name }}: {{ item.1.name }} {{ item.1.progress }} %"
  loop: "{{ running.tasks | subelements('sub_tasks') }}"
  loop_control:
    label: "{{ item.0.id }}"

- name: See why the migrations of two servers have failed
  huaweicloud.sms.task_info:
    region: ap-southeast-3
    servers: [web-00001, web-00002]
    state: MIGRATE_FAIL
  delegate_to: localhost
"""

RETURN = r"""
tasks:
  description:
    - The tasks, newest first, with all fields that the service gives, in its list or in the details of each. The
      following are those that matter most.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The task's ID.
      type: str
    name:
      description: The task's name.
      type: str
    type:
      description: V(MIGRATE_FILE) or V(MIGRATE_BLOCK).
      type: str
    state:
      description: The task's status.
      type: str
    syncing:
      description: Whether SMS synchronises until it is asked to launch. Without, it launches by itself.
      type: bool
    migrate_speed:
      description: How fast data are sent at the moment, in Mbit/s.
      type: float
    speed_limit:
      description: The most that may be sent, in Mbit/s. 0 is no limit.
      type: int
    estimate_complete_time:
      description: When the copy will be complete as the service reckons, in milliseconds since 1970. Null when unknown.
      type: int
    seconds_left:
      description: Seconds until then, at the time of this listing. Null when unknown. I(Added by this module.)
      type: int
    errors:
      description:
        - What C(error_json) says, unpacked, such as with C(error_code) and C(error_msg). I(Added by this module.)
      type: list
      elements: dict
    consistency:
      description:
        - The last consistency check. Null if SMS shows none. I(Added by this module.)
      returned: with O(consistency=true)
      type: dict
      contains:
        finished:
          description: When it ended, in milliseconds since 1970. Null when unknown.
          type: int
        check_result:
          description: The result as SMS names it, such as V(success). Empty if unknown.
          type: str
        files:
          description: Number of files that were compared. Null when a number is unknown.
          type: int
        differences:
          description: Number of files that differ, are missing on the target or are only there. Null when unknown.
          type: int
        empty:
          description: Directories in which SMS found no file.
          type: list
          elements: str
    sub_tasks:
      description: The steps of the task, in their order.
      type: list
      elements: dict
      contains:
        name:
          description: The step, such as V(MIGRATE_LINUX_FILE).
          type: str
        progress:
          description: How far it is, in percent. Null when unknown.
          type: int
        start_date:
          description: When it began, in milliseconds since 1970.
          type: int
        end_date:
          description: When it ended.
          type: int
        process_trace:
          description: What the step says of itself.
          type: str
    source_server:
      description: The server that migrates, such as with C(id), C(name) and C(state). May be null.
      type: dict
    target_server:
      description: What it migrates to, such as with C(vm_id), C(name) and C(disks).
      type: dict
count:
  description: How many tasks are returned.
  returned: success
  type: int
  sample: 2
"""

from ansible_collections.huaweicloud.sms.plugins.module_utils import _python


def main():  # type: () -> None
    _python.refuse_old_one()
    # Only now, since no older Python can read it. So old ones can read this file, it has no annotations.
    from ansible_collections.huaweicloud.sms.plugins.module_utils.modules import _info, _task_info

    _info.run(_task_info.SPEC, _task_info.tasks)


if __name__ == "__main__":
    main()
