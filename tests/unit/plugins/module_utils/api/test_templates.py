# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of targets: complete lists without passwords, and a template by its ID or name."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._templates import find_template, list_templates
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    ApiError,
    IncompleteListingError,
    OptionsError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import settings


@pytest.fixture
def client(emulator):
    with Client(settings(endpoint=emulator.url, token=emulator.token)) as made:
        yield made


@pytest.fixture
def templates(emulator):
    """Makes the service hold templates, given as pairs of ID and name, or as dictionaries."""

    def hold(*given):
        emulator.replace_templates([one if isinstance(one, dict) else {"id": one[0], "name": one[1]} for one in given])

    return hold


@pytest.mark.parametrize("unit", ["records", "pages"])
def test_a_list_of_several_pages_is_complete(emulator, client, templates, unit):
    emulator.set(offset_unit=unit)
    templates(*((f"t{number}", f"size {number}") for number in range(250)))
    assert [one["id"] for one in list_templates(client, {})] == [f"t{number}" for number in range(250)]
    assert {dict(request["query"])["limit"] for request in emulator.requests()} <= {"100", "3"}


def test_a_list_that_is_not_complete_is_an_error(emulator, client):
    emulator.set(count_bias=1)
    with pytest.raises(IncompleteListingError, match=r"The list of templates .* or give the ID of a template"):
        list_templates(client, {})


def test_a_password_is_dropped_under_any_name_that_says_so(client, templates):
    templates({"id": "t", "target_password": "secret", "adminPassword": "secret", "flavor": "s6.large.2"})
    assert list_templates(client, {}) == [{"id": "t", "flavor": "s6.large.2"}]


@pytest.mark.parametrize("body", [[], {"count": 1}, {"count": 1, "templates": [None]}, {"count": 0, "templates": {}}])
def test_an_answer_that_is_no_list_of_templates_is_an_error(emulator, client, body):
    emulator.faults({"kind": "body", "body": body, "path": "/v3/vm/templates"})
    with pytest.raises(ApiError, match="unexpected answer"):
        list_templates(client, {})


@pytest.mark.parametrize("wanted", ["t1", "large"])
def test_a_template_is_found_by_its_id_and_by_its_name(client, templates, wanted):
    templates(("t0", "small"), ("t1", "large"))
    assert find_template(client, wanted)["id"] == "t1"


def test_an_id_wins_over_the_name_of_another_template(client, templates):
    templates(("t0", "t1"), ("t1", "large"))
    assert find_template(client, "t1")["id"] == "t1"


def test_an_unknown_name_lists_the_names_and_ids(client, templates):
    templates(("t1", "small"), ("t0", "large"))
    with pytest.raises(OptionsError) as error:
        find_template(client, "medium")
    assert str(error.value) == (
        "target.template: no template has the ID or the name 'medium'. Known names and IDs: large (t0), small (t1)."
    )


def test_a_name_that_several_templates_have_lists_their_ids(client, templates):
    templates(("t0", "small"), ("t1", "small"), ("t2", "large"))
    with pytest.raises(OptionsError, match=r"2 templates have the name 'small': .* are t0, t1\.$"):
        find_template(client, "small")


def test_a_template_of_a_task_is_found_by_its_id_only(client, templates):
    copy = {"id": "copy", "name": "small", "is_template": "false"}
    templates(copy, ("t0", "small"), {"id": "flagged", "name": "large", "is_template": False})
    assert find_template(client, "small")["id"] == "t0"
    assert find_template(client, "copy")["id"] == "copy"
    with pytest.raises(OptionsError, match=r"no template .* 'large'\. Known names and IDs: small \(t0\)\.$"):
        find_template(client, "large")
