# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter migproject: by ID, or by a name that is looked up."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.api._source_servers import list_page, list_servers
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import (
    ApiError,
    IncompleteListingError,
    OptionsError,
)
from ansible_collections.huaweicloud.sms.plugins.module_utils.http._client import Client
from ansible_collections.huaweicloud.sms.plugins.module_utils.options._query import PageOptions, Query
from ansible_collections.huaweicloud.sms.tests.unit.plugins.module_utils.support import ids, server_records, settings

ID = "0123abcd-0123-4567-89ab-0123456789ab"


@pytest.fixture
def client(emulator):
    with Client(settings(endpoint=emulator.url, token=emulator.token)) as made:
        yield made


@pytest.fixture
def projects(emulator):
    """Makes the service hold two servers and these projects, as pairs of ID and name, each with the second server."""

    def hold(*pairs):
        made = [{"id": project, "name": name, "servers": ["id-000001"]} for project, name in pairs]
        emulator.replace_fleet({"source_servers": server_records(2), "migprojects": made})

    return hold


def listed(client, project):
    return ids(list_servers(client, Query({"migproject": project})))


def asked(emulator):
    """The paths that were asked, and the projects that were asked for."""
    return [(request["path"], dict(request["query"]).get("migproject")) for request in emulator.requests()]


@pytest.mark.parametrize("project", [ID, ID.upper(), ID.replace("-", "")])
def test_an_id_is_sent_as_it_is_and_not_looked_up(emulator, client, projects, project):
    projects((project, "wave 1"))
    assert listed(client, project) == ["id-000001"]
    assert asked(emulator) == [("/v3/sources", project)]


def test_a_name_is_looked_up(emulator, client, projects):
    projects((ID, "wave 1"), ("another", "wave 10"))
    assert listed(client, "wave 1") == ["id-000001"]
    assert asked(emulator) == [("/v3/migprojects", None), ("/v3/sources", ID)]


def test_a_name_is_looked_up_for_one_page_too(client, projects):
    projects((ID, "wave 1"))
    assert ids(list_page(client, Query({"migproject": "wave 1"}), PageOptions(200, 0)).records) == ["id-000001"]


def test_an_id_of_another_form_wins_over_a_name(emulator, client, projects):
    projects(("p1", "wave 1"), ("p2", "p1"))
    listed(client, "p1")
    assert asked(emulator)[-1] == ("/v3/sources", "p1")


@pytest.mark.parametrize("unit", ["records", "pages"])
@pytest.mark.parametrize("number", [0, 99, 100, 249])
def test_a_name_on_any_page_is_found(emulator, client, projects, unit, number):
    emulator.set(offset_unit=unit)
    projects(*((f"p{each}", f"wave {each}") for each in range(250)))
    listed(client, f"wave {number}")
    assert asked(emulator)[-1] == ("/v3/sources", f"p{number}")


def test_a_name_that_no_project_has_is_an_error_with_the_names_that_there_are(emulator, client, projects):
    projects(*((f"p{number:02}", f"wave {number:02}") for number in range(13)))
    with pytest.raises(OptionsError) as error:
        listed(client, "wave 99")
    shown = ", ".join(f"wave {number:02} (p{number:02})" for number in range(10))
    assert str(error.value) == (
        f"migproject: no migration project has the ID or the name 'wave 99'. Known names and IDs: {shown} and 3 more."
    )
    assert asked(emulator) == [("/v3/migprojects", None)]


@pytest.mark.parametrize("unit", ["records", "pages"])
def test_a_project_that_moves_to_a_page_that_was_read_is_found(emulator, client, projects, unit):
    pairs = [(f"p{each}", f"wave {each}") for each in range(250)]
    projects(*pairs)
    emulator.set(offset_unit=unit)
    moved = [{"id": project, "name": name} for project, name in [("new", "new"), *pairs[:99]]]
    first = {"count": len(pairs), "migprojects": moved}
    emulator.faults({"kind": "body", "body": first, "path": "/v3/migprojects", "times": 1})
    listed(client, "wave 99")
    assert asked(emulator)[-1] == ("/v3/sources", "p99")


def test_a_name_where_there_are_no_projects_is_an_error(emulator, client):
    emulator.faults({"kind": "body", "body": {"count": 0, "migprojects": []}, "path": "/v3/migprojects"})
    with pytest.raises(OptionsError, match=r"or the name 'wave'\. There is none at all\.$"):
        listed(client, "wave")


def test_a_name_that_several_projects_have_is_an_error_with_their_ids(client, projects):
    projects(("p1", "wave"), ("p2", "other"), ("p3", "wave"))
    with pytest.raises(OptionsError, match=r"2 migration projects have the name 'wave'.* are p1, p3\.$"):
        listed(client, "wave")


def test_a_projects_name_is_shown_without_secrets_and_control_characters(client, projects):
    projects(("p1", "\x1b[31mred \u202ewave"), ("p2", "\x1b[31mred emulator-token"))
    names = r"\(not shown, since it repeats a credential\), \[31mred wave \(p1\)"
    with pytest.raises(OptionsError, match=rf"Known names and IDs: {names}\.$"):
        listed(client, "wave")


def test_projects_that_are_fewer_than_announced_are_an_error(emulator, client, projects):
    emulator.set(count_bias=1)
    projects(("p1", "wave"))
    with pytest.raises(IncompleteListingError, match="2 were announced, but 1 different ones arrived") as error:
        listed(client, "other")
    assert str(error.value).endswith("try again, or give the ID of a migration project as migproject.")


def test_a_missing_permission_is_named_and_the_list_of_servers_is_not_asked_for(emulator, client, projects):
    projects((ID, "wave"))
    emulator.set(denied=["sms:migproject:list"])
    with pytest.raises(ApiError) as error:
        listed(client, "wave")
    assert "Could not look up the migration project at" in str(error.value)
    assert "HTTP 403, SMS.9004" in str(error.value)
    assert "sms:migproject:list (identity policies) or sms:server:queryServer" in str(error.value)
    assert asked(emulator) == [("/v3/migprojects", None)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ([], "the JSON is no object"),
        ({"count": 1}, "migprojects is missing"),
        ({"count": 1, "migprojects": [{"name": "wave"}]}, "record 0 of migprojects has no id"),
        ({"count": "1", "migprojects": []}, "count is missing or no number"),
    ],
)
def test_an_answer_that_is_no_list_of_projects_is_an_error(emulator, client, body, problem):
    emulator.faults({"kind": "body", "body": body, "path": "/v3/migprojects"})
    with pytest.raises(ApiError, match=problem):
        listed(client, "wave")
