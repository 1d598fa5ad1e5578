# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: what the info modules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..api import _connection
from ..common._errors import SmsError
from ..options import _argument_spec


def run(spec: Mapping[str, Any], query: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
    """Run an info module: read its options, and exit with its result or one message.

    :param spec: its options besides those of the connection.
    :param query: returns its result for these options. An ``SmsError`` becomes the message.
    """
    module = AnsibleModule(argument_spec={**_argument_spec.CONNECTION_SPEC, **spec}, supports_check_mode=True)
    if not _connection.HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        result = query(module.params)
    except SmsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)
