# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: how SMS is reached and with which credentials."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  region:
    description:
      - Region of the SMS control plane, such as V(ap-southeast-3) (international site) or V(cn-north-4) (China site).
        It is not the region that servers migrate to.
      - "Environment: E(HW_REGION_NAME)."
    type: str
  endpoint:
    description:
      - Base URL of SMS, which overrides what O(region) gives.
      - C(http://) is refused for all but the loopback, unless O(validate_certs=false).
      - "Environment: E(HUAWEICLOUD_SMS_ENDPOINT)."
    type: str
  auth_url:
    description:
      - Base URL of IAM, which issues the token for O(username) and O(password). It ends in C(/v3), which is added
        where it is missing. Without it, O(region) gives it.
      - "Environment: E(HUAWEICLOUD_SDK_IAM_ENDPOINT), E(HW_AUTH_URL)."
    type: str
  ecs_endpoint:
    description:
      - Base URL of the Elastic Cloud Server service (ECS), which is asked for the addresses of target servers.
        C({region_id}) in it stands for the region that a server migrates to.
      - Without it, C(https://ecs.{region_id}.myhuaweicloud.com). Clouds with other host names need it, such as
        C(https://ecs.{region_id}.myhuaweicloud.eu) for the European one.
      - C(http://) is refused for all but the loopback, unless O(validate_certs=false).
      - "Environment: E(HUAWEICLOUD_ECS_ENDPOINT)."
    type: str
  token:
    description:
      - A token that IAM issued.
      - "Environment: E(HW_AUTH_TOKEN)."
    type: str
  access_key:
    description:
      - ID of an access key. Requests are signed with it and O(secret_key).
      - "Environment: E(HUAWEICLOUD_SDK_AK), E(HW_ACCESS_KEY)."
    type: str
  secret_key:
    description:
      - The secret of O(access_key).
      - "Environment: E(HUAWEICLOUD_SDK_SK), E(HW_SECRET_KEY)."
    type: str
  security_token:
    description:
      - Comes with a temporary O(access_key).
      - "Environment: E(HUAWEICLOUD_SDK_SECURITY_TOKEN), E(HW_SECURITY_TOKEN)."
    type: str
  ecs_agency:
    description:
      - Uses temporary keys of the agency of the ECS that Ansible runs on, such as the ECS of a controller of AWX. They
        come from the ECS's metadata service and are renewed before they expire, so that no long-lived key is stored.
      - The agency has to allow what the credentials of a user would have to allow.
      - Only V(true) has an effect.
    type: bool
    version_added: 3.0.0
  username:
    description:
      - Name of an IAM user, for whom a token is obtained with O(password) and O(domain_name).
      - "Environment: E(HW_USER_NAME)."
    type: str
  password:
    description:
      - Password of O(username).
      - "Environment: E(HW_USER_PASSWORD)."
    type: str
  domain_name:
    description:
      - Name of the account that O(username) belongs to.
      - "Environment: E(HW_DOMAIN_NAME)."
    type: str
  project_id:
    description:
      - ID of a project. The token for O(username) is scoped to it, instead of to the account; with O(access_key), it is
        sent along.
      - "Environment: E(HUAWEICLOUD_SDK_PROJECT_ID), E(HW_PROJECT_ID), unless the credentials are given as options."
    type: str
  project_name:
    description:
      - Name of a project to scope the token for O(username) to. O(project_id) comes before it.
      - "Environment: E(HW_PROJECT_NAME), unless the credentials are given as options."
    type: str
  validate_certs:
    description: Whether the service's TLS certificate must be valid.
    type: bool
    default: true
  ca_path:
    description:
      - File or folder with the certificates of the authorities to trust, instead of the usual ones.
      - "Environment: E(REQUESTS_CA_BUNDLE)."
    type: path
  timeout:
    description: Seconds that one request may take, from the connection to the last byte of the answer.
    type: float
    default: 30
  total_timeout:
    description:
      - Seconds that a whole list may take, with all its requests, retries and waits. What has not ended by then is an
        error, and nothing is listed. Up to 86400.
    type: float
    default: 600
  retries:
    description:
      - How often a request is sent again when it is throttled, the service fails (HTTP 500, 502, 503, 504) or the
        connection breaks. 0 to 10.
      - The waits in between double from half a second on, or follow the service's C(Retry-After), up to 60
        seconds each.
    type: int
    default: 5
requirements:
  - Python library L(requests, https://requests.readthedocs.io)
notes:
  - Exactly one kind of credentials is needed. O(token), or O(access_key) and O(secret_key), or O(username), O(password)
    and O(domain_name), or O(ecs_agency=true).
  - Credentials given as options are used as they are. Only where none is given are they looked for in the environment.
"""
