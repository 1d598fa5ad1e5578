#!/usr/bin/python

# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: template_info
short_description: Templates of target servers in Huawei Cloud's Server Migration Service (SMS)
version_added: 3.0.0
author:
  - The huaweicloud.sms contributors (@huaweicloud-sms)
description:
  - Returns the templates from which SMS creates target servers. O(huaweicloud.sms.task#module:target.template) accepts
    the name or the ID of a template.
  - The list is either complete or an error.
  - The passwords of templates are not requested and not returned.
  - It needs the permission C(sms:template:list) (C(sms:server:queryServer) in roles and policies), which the system
    policy C(SMS ReadOnlyAccess) has.
options:
  name:
    description: Only templates with this name.
    type: str
  id:
    description: Only the template with this ID.
    type: str
  region_id:
    description: Only templates of targets in this region, such as V(la-north-2). O(region) is where SMS itself is.
    type: str
  availability_zone:
    description: Only templates of targets in this availability zone, such as V(la-north-2a).
    type: str
extends_documentation_fragment:
  - huaweicloud.sms.connection
  - huaweicloud.sms.attributes
  - huaweicloud.sms.attributes.info_module
  - huaweicloud.sms.attributes.actiongroup_sms
seealso:
  - module: huaweicloud.sms.task
"""

EXAMPLES = r"""
- name: List all templates, with credentials from the environment
  huaweicloud.sms.template_info:
    region: ap-southeast-3
  delegate_to: localhost
  register: listed

- name: Print the name, the flavor and the zone of each template
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.flavor }} in {{ item.availability_zone }}"
  loop: "{{ listed.templates }}"
  loop_control:
    label: "{{ item.id }}"

- name: List the templates of targets in one region
  huaweicloud.sms.template_info:
    region: ap-southeast-3
    region_id: la-north-2
  delegate_to: localhost
"""

RETURN = r"""
templates:
  description:
    - The templates in the order of SMS, with all fields of the API except passwords. The following fields are
      documented. SMS can leave out any of them but C(id).
  returned: success
  type: list
  elements: dict
  sample:
    - id: c5606c91-e9d1-45cf-a81d-58db9261cd87
      is_template: "true"
      name: small in ap-southeast-3
      region: ap-southeast-3
      projectid: 752fcf3d1903458016829b650298377f
      target_server_name: ""
      availability_zone: ap-southeast-3a
      volumetype: SAS
      flavor: s6.large.2
      vpc: {id: 9d05fed2-6c58-4306-a703-113da8290053, name: vpc-default, cidr: 198.19.0.0/17}
      nics:
        - {id: fd9df947-0b95-4e78-a76d-6a4a18777a4b, name: subnet-default, cidr: 198.19.0.0/17, ip: ""}
      security_groups:
        - {id: 19b6a7ef-9153-4985-a6b5-d8acf6b66ecd, name: default}
      publicip: {type: 5_bgp, bandwidth_size: 5, bandwidth_share_type: PER}
      disk:
        - {id: 1, index: 0, name: system, disktype: SAS, size: 40, device_use: OS}
      data_volume_type: SAS
      image_id: ""
  contains:
    id:
      description: The template's ID.
      type: str
    name:
      description: The template's name.
      type: str
    is_template:
      description:
        - V(true) for a general template, V(false) for one that belongs to a task and is deleted with it. A text, not a
          boolean.
      type: str
    region:
      description: ID of the region of the targets.
      type: str
    projectid:
      description: ID of the project of the targets.
      type: str
    availability_zone:
      description: Availability zone of the targets.
      type: str
    target_server_name:
      description: Name of the targets; empty if the template has none.
      type: str
    flavor:
      description: Flavor of the targets.
      type: str
    image_id:
      description: ID of the image; empty if the template has none.
      type: str
    volumetype:
      description: Type of the system disk.
      type: str
    data_volume_type:
      description: Type of the data disks.
      type: str
    disk:
      description: The disks, each with C(index), C(name), C(disktype), C(size) in GB and C(device_use).
      type: list
      elements: dict
    vpc:
      description: The VPC with C(id), C(name) and C(cidr). SMS creates one if C(id) is V(autoCreate).
      type: dict
    nics:
      description: The network interfaces with C(id), C(name) and C(cidr) of the subnet, and C(ip).
      type: list
      elements: dict
    security_groups:
      description: The security groups with C(id) and C(name).
      type: list
      elements: dict
    publicip:
      description:
        - The public address with C(type), C(bandwidth_size) in Mbit/s and C(bandwidth_share_type).
      type: dict
count:
  description: Number of templates in RV(templates).
  returned: success
  type: int
  sample: 3
"""

from ansible_collections.huaweicloud.sms.plugins.module_utils import _python


def main():  # type: () -> None
    _python.refuse_old_one()
    # Only now, since no older Python can read it. So old ones can read this file, it has no annotations.
    from ansible_collections.huaweicloud.sms.plugins.module_utils.modules import _template_info

    _template_info.run()


if __name__ == "__main__":
    main()
