# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of a report: what is told, what is remembered, and that nothing from the service is more than text."""

from __future__ import annotations

import base64
import copy
import csv
import hashlib
import io
import json
import re
from datetime import datetime, timezone

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _history, _model, _page

MONDAY = datetime(2026, 1, 12, 9, tzinfo=timezone.utc)
TUESDAY = datetime(2026, 1, 13, 9, tzinfo=timezone.utc)
SCOPE = {"endpoint": "https://sms.example"}


@pytest.fixture
def records(emulator):
    return emulator.fleet()


def first_report(records):
    return _history.report_of(records, None, "Wave", SCOPE, MONDAY)


def later_report(records, state, **filters):
    # as it comes back from its file
    state = _history.load(_history.dump(state).encode())
    return _history.report_of(records, state, "Wave", {**SCOPE, **filters}, TUESDAY)[0]


def contents(report):
    return _page.as_html(report), _model.as_csv(report), _model.as_json(report)


def hostile(records, name):
    records = copy.deepcopy(records)
    records[0].update(name=name, state=name, migration_cycle=name, os_version=name)
    records[0]["checks"][0].update(name=name, result=name, error_code=name)
    return records


def test_the_servers_are_in_the_order_of_their_names(records):
    report, _state = first_report(list(reversed(records)))
    assert [server["name"] for server in report.servers][:4] == ["linux sources"] * 3 + ["sms-centos"]


def test_the_report_of_an_unchanged_fleet_is_the_same_to_the_byte(records):
    report, state = first_report(records)
    assert contents(later_report(list(reversed(records)), state)) == contents(report)


def test_a_change_is_told_with_the_time_of_the_last_report(records):
    report, state = first_report(records)
    records[0]["state"] = "error"
    later = later_report(records, state)
    assert (later.since, later.as_of) == (report.as_of, "2026-01-13T09:00:00Z")
    assert [change["text"] for change in later.changes] == ["state finished → error"]


def test_a_vanished_and_a_new_server_are_told(records):
    _report_before, state = first_report(records)
    gone, *kept = records
    later = later_report([{"id": "new", "name": "new", "state": "waiting"}, *kept], state)
    assert {(change["kind"], change["id"]) for change in later.changes} == {
        ("registered", "new"),
        ("vanished", gone["id"]),
    }


def test_a_report_on_other_servers_is_like_a_first_one(records):
    _report_before, state = first_report(records)
    later = later_report(records[:5], state, ip="198.18.0.1")
    assert (later.since, later.changes) == (None, [])


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"version": 2}', '{"version": 1, "as_of": 5}', '{"version": 1']
)
def test_a_damaged_memory_is_told_from_a_good_one(text):
    with pytest.raises(ValueError, match=r"."):
        _history.load(text.encode())


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&amp;"]
)
def test_what_the_service_says_stays_text_on_the_page(records, name):
    page = _page.as_html(first_report(hostile(records, name))[0])
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    assert escaped in page
    assert page.count("<script") == 1
    assert "<img" not in page


def test_the_page_names_nothing_outside_of_itself(records):
    page = _page.as_html(first_report(records)[0])
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|https?://(?!www\.gnu\.org)""", page)


def test_the_policy_of_the_page_allows_its_own_style_and_script_alone(records):
    page = _page.as_html(first_report(records)[0])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    for element in ("style", "script"):
        [text] = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        known_by = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{known_by}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", " =1"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(records, name):
    text = _model.as_csv(first_report(hostile(records, name))[0])
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
    assert f"'{name}" in cells
    assert name not in cells


def test_the_table_and_the_data_hold_all_servers(records):
    report, _state = first_report(records)
    assert len(list(csv.DictReader(io.StringIO(_model.as_csv(report))))) == 10
    assert {server["id"] for server in json.loads(_model.as_json(report))["servers"]} == {one["id"] for one in records}


def test_links_that_grant_access_are_in_no_file(records):
    records[0]["current_task"]["log_share_url"] = "https://logs.example/secret-link"
    report, state = first_report(records)
    assert "secret-link" not in "".join(contents(report)) + _history.dump(state)


def test_the_numbers_of_the_summary_are_those_of_the_fleet(records):
    summary = _model.summary_of(first_report(records)[0].servers)
    assert {
        name: summary[name] for name in ("servers", "connected", "cutovered", "in_error", "with_failed_checks")
    } == {
        "servers": 10,
        "connected": 4,
        "cutovered": 3,
        "in_error": 1,
        "with_failed_checks": 2,
    }
    assert sum(standing["servers"] for standing in summary["by_state_and_cycle"]) == 10


def test_failed_checks_come_before_warnings(records):
    checks = _model.failed_checks_of(first_report(records)[0].servers)
    assert [(check["code"], len(check["servers"])) for check in checks] == [("SMS.6504", 1), ("SMS.6617", 1)]


def attention_of(page):
    """What stands below "What needs attention", and the numbers at the top."""
    text = re.sub(r"<[^>]*>", " ", page.split('id="attention">')[1].split("</section>")[0])
    tiles = re.findall(r'<div class="tile[^"]*"><dt>([^<]*)</dt><dd>([^<]*?) ?(?:<|$)', page)
    return " ".join(text.split()), dict(tiles)


def test_servers_that_are_cut_over_need_no_attention(records):
    before, tiles = attention_of(_page.as_html(first_report(records)[0]))
    assert "SMS.6617" not in before
    assert (tiles["Disconnected"], tiles["Checks not passed"]) == ("6", "1")
    for record in records:
        record.update(state="finished", migration_cycle="cutovered")
    after, tiles = attention_of(_page.as_html(first_report(records)[0]))
    assert after.startswith("What needs attention Nothing: ")
    assert (tiles["Disconnected"], tiles["Checks not passed"]) == ("0", "0")


def test_a_warning_of_a_server_that_is_not_cut_over_needs_attention(records):
    [warned] = [record for record in records if "SMS.6617" in json.dumps(record["checks"])]
    warned.update(state="syncing", migration_cycle="syncing")
    assert "SMS.6617" in attention_of(_page.as_html(first_report(records)[0]))[0]


def replicating(server_id, left, rate):
    """A server with so many megabits to go at so many a second."""
    sizes = {"totalsize": 10**9, "replicatesize": 10**9 - left * 125_000}
    return {"id": server_id, "name": server_id, **sizes, "current_task": {"migrate_speed": rate}}


def test_the_wave_has_the_time_left_of_its_slowest_server():
    report, _state = first_report([replicating("a", 1000, 10), replicating("b", 1000, 2), replicating("c", 0, 0)])
    assert _model.summary_of(report.servers)["seconds_left"] == 500
    page = _page.as_html(report)
    assert "<dt>Time left</dt><dd>8 min <small>at the present rates</small></dd>" in page


def test_a_time_left_that_is_not_that_of_all_says_so():
    report, _state = first_report([replicating("a", 1000, 10), replicating("b", 1000, 0)])
    assert _model.summary_of(report.servers)["seconds_left"] == 100
    assert "<dd>2 min <small>not counting 1 without a rate</small></dd>" in _page.as_html(report)


def test_each_failed_migration_has_its_reason(records):
    records[0].update(state="error", failure="SMS.1: <b>No</b> disk.")
    report, _state = first_report(records)
    attention, _tiles = attention_of(_page.as_html(report))
    assert "2 failed migrations" in attention
    assert "sms-test 7583895d SMS.1: &lt;b&gt;No&lt;/b&gt; disk." in attention
    assert "sms-centos ebe80818 Its task gives no reason." in attention


def test_an_empty_fleet_has_a_report():
    report, state = first_report([])
    assert "0 source servers" in contents(report)[0]
    assert state["servers"] == {}


@pytest.mark.parametrize("value", [None, 5, True, [], {}, "x" * 10_000, 10**30, "\ud800"])
def test_no_odd_value_breaks_the_report(value):
    record = {
        "id": "1",
        **dict.fromkeys(
            ("name", "state", "migration_cycle", "ip", "checks", "current_task", "totalsize", "replicatesize"), value
        ),
        "stage_action_time": value,
        "connected": value,
    }
    report, _state = first_report([record])
    assert all(contents(report))
