# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the report in a real Chromium: it can be sorted and searched, and asks nobody for anything."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.report import _history, _page
from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
CHROMEDRIVER = os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver") or "chromedriver"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDTHS = (390, 820, 1440)
SCHEMES = ("light", "dark")
FLEETS = (None, 1000, 5000)
NAME, STATE, PROGRESS = 1, 3, 6


@pytest.fixture(scope="session")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def page_of(tmp_path_factory):
    """Gives the address of a report's page."""

    def write(records, changed=(), refresh=0):
        folder = tmp_path_factory.mktemp("report")
        noon = datetime(2026, 1, 15, 12, tzinfo=timezone.utc)
        _first, state = _history.report_of(records, None, "Wave 7", {}, noon)
        report, _state = _history.report_of(list(changed) or records, state, "Wave 7", {}, noon.replace(hour=13))
        (folder / "report.html").write_text(_page.as_html(report, refresh), encoding="utf-8")
        return (folder / "report.html").as_uri()

    return write


@pytest.fixture(scope="session", params=FLEETS, ids=["example", "1000", "5000"])
def fleet(request, page_of):
    """The address of a page, and how many servers it shows."""
    with Emulator(**({} if request.param is None else {"servers": request.param})) as emulator:
        before = emulator.fleet()
        emulator.set(speed=0)
        emulator.advance(1800)
        after = emulator.fleet()
    return page_of(before, after), len(after)


@pytest.fixture
def example(browser, page_of):
    """The page of the API's example, opened."""
    with Emulator() as emulator:
        records = emulator.fleet()
    look(browser, page_of(records))
    return browser


def look(browser, address, width=1440, scheme="light"):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(address)


def column(browser, number):
    """The texts of a column, of the rows that are shown."""
    return browser.execute_script(
        "return Array.from(document.querySelectorAll(`#servers tbody tr:not([hidden]) td:nth-child(${arguments[0]})`),"
        " (cell) => (cell.dataset.value ?? cell.firstChild?.textContent ?? '').trim())",
        number,
    )


def click_heading(browser, number):
    browser.find_element(By.CSS_SELECTOR, f"#servers th:nth-child({number}) button").click()


def search_for(browser, words):
    field = browser.find_element(By.ID, "search")
    field.clear()
    field.send_keys(words)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_its_window_and_shows_every_server(browser, fleet, width, scheme):
    address, servers = fleet
    look(browser, address, width, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert len(column(browser, NAME)) == servers
    if "SCREENSHOTS" in os.environ:
        browser.save_screenshot(str(Path(os.environ["SCREENSHOTS"], f"{servers}-{width}-{scheme}.png")))


def test_the_page_asks_nobody_for_anything_and_has_no_error(browser, fleet):
    address, _servers = fleet
    browser.get_log("performance")
    browser.get_log("browser")
    look(browser, address)
    search_for(browser, "web")
    click_heading(browser, STATE)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]
    assert asked == [address]
    assert browser.get_log("browser") == []


def test_what_is_searched_for_and_the_order_outlive_a_refresh(browser, page_of):
    with Emulator() as emulator:
        address = page_of(emulator.fleet(), refresh=2)
    look(browser, address)
    browser.execute_script("window.isTheFirst = true")
    search_for(browser, "sms-")
    click_heading(browser, STATE)
    before = column(browser, STATE)
    WebDriverWait(browser, 20).until(lambda driver: not driver.execute_script("return window.isTheFirst"))
    WebDriverWait(browser, 20).until(lambda driver: column(driver, STATE) == before)
    browser.get("about:blank")


def test_a_click_on_a_heading_sorts_and_another_one_turns_the_order(example):
    click_heading(example, STATE)
    ascending = column(example, STATE)
    assert ascending == sorted(ascending)
    click_heading(example, STATE)
    assert column(example, STATE) == sorted(ascending, reverse=True)


def test_numbers_are_sorted_as_numbers_and_what_has_none_comes_last(browser, page_of):
    progress = [5, 100, 20, None]
    records = [
        {"id": str(done), "name": f"server {done}", "totalsize": 100, "replicatesize": done}
        if done is not None
        else {"id": "none", "name": "none"}
        for done in progress
    ]
    look(browser, page_of(records))
    click_heading(browser, PROGRESS)
    assert column(browser, PROGRESS) == ["5.0", "20.0", "100.0", ""]
    click_heading(browser, PROGRESS)
    assert column(browser, PROGRESS) == ["100.0", "20.0", "5.0", ""]


def test_the_order_can_be_chosen_where_there_are_no_headings(browser, example):
    address = browser.current_url
    look(browser, address, width=390)
    Select(browser.find_element(By.ID, "order")).select_by_visible_text("Server, descending")
    names = column(browser, NAME)
    assert names == sorted(names, reverse=True)


def test_a_search_shows_the_servers_that_have_all_its_words(example):
    search_for(example, "CENTOS disconnected")
    assert column(example, NAME) == ["sms-centos7"]
    assert example.find_element(By.ID, "shown").text == "1 of 10 servers"


def test_a_server_is_found_by_its_whole_id(example):
    search_for(example, "ee28ac0d-4f5d-479d-869c-e904aafbba70")
    assert column(example, NAME) == ["smsc-test"]


def test_an_empty_search_shows_all_servers_again(example):
    search_for(example, "nothing has this")
    assert column(example, NAME) == []
    search_for(example, " ")
    assert len(column(example, NAME)) == 10


@pytest.mark.parametrize(
    "name", ["<script>document.title = 'taken'</script>", "<img src=x onerror=document.title='taken'>"]
)
def test_the_name_of_a_server_stays_text(browser, page_of, name):
    look(browser, page_of([{"id": "1", "name": name, "state": name, "migration_cycle": name, "ip": name}]))
    click_heading(browser, STATE)
    assert column(browser, NAME) == [name]
    assert browser.title == "Wave 7"


def test_the_page_is_whole_without_its_script(browser, page_of):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        look(browser, page_of([{"id": "1", "name": "web"}]))
        assert browser.find_element(By.CSS_SELECTOR, "#servers tbody td b").text == "web"
        assert not browser.find_element(By.ID, "search").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
