# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the module ``template_info``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..api import _connection, _templates
from ..common._errors import SmsError
from ..options import _argument_spec, _query
from ..records._records import Record

# The parameters of the API by option: "region" is where SMS is.
_PARAMETERS = {"name": "name", "id": "id", "region_id": "region", "availability_zone": "availability_zone"}
SPEC: dict[str, dict[str, Any]] = {option: {"type": "str"} for option in _PARAMETERS}


def templates(options: Mapping[str, Any]) -> list[Record]:
    """Return the templates that the options select.

    :raises SmsError: they cannot be listed.
    """
    filters = {
        parameter: _query.check_filter(option, options[option])
        for option, parameter in _PARAMETERS.items()
        if options[option]
    }
    with _connection.connect(options) as client:
        return _templates.list_templates(client, filters)


def run() -> None:
    """Run the module: read its options, and exit with its result or one message."""
    module = AnsibleModule(argument_spec={**_argument_spec.CONNECTION_SPEC, **SPEC}, supports_check_mode=True)
    if not _connection.HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"))
    try:
        found = templates(module.params)
    except SmsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, templates=found, count=len(found))
