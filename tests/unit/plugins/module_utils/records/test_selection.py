# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which servers are chosen."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records import _selection
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ready_server as server


def test_a_server_can_be_chosen_by_name_or_by_id():
    records = [server("1", name="a"), server("2", name="b"), server("3", name="c")]
    assert [record["id"] for record in _selection.select(records, ["3", "a"])] == ["1", "3"]


def test_all_servers_are_chosen_when_none_is_named():
    records = [server("1"), server("2")]
    assert _selection.select(records, []) == records


def test_an_unknown_server_is_an_error_that_names_it():
    with pytest.raises(_selection.SelectionError, match="No source server has the name or ID wbe"):
        _selection.select([server("1")], ["wbe"])


def test_a_name_that_several_servers_have_is_an_error_with_their_ids():
    with pytest.raises(_selection.SelectionError, match=r"2 source servers are called web.*\(1, 2\)"):
        _selection.select([server("1"), server("2")], ["web"])
