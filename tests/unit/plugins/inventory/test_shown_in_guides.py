# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guides about hosts, filters and the connection show is what comes of such servers, options and faults."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import shlex
import signal
import subprocess

import pytest
from ansible.release import __version__ as ansible_version
from ansible_collections.huaweicloud.sms.plugins.module_utils.options import _endpoints
from ansible_collections.huaweicloud.sms.tests.tools import programs
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from ansible_collections.huaweicloud.sms.tests.unit.docs.pages import blocks_of

GUIDES = ROOT / "docs" / "docsite" / "rst"
HOSTS, FILTERS, CONNECTION = (GUIDES / f"guide_{name}.rst" for name in ("hosts", "filters", "connection"))
UNTRUSTED = ("-oProxyCommand=x", "app[1:3],x", "db 01 (test)", "lookup('pipe', 'id')")
# Those of the guide: eleven servers, of which five have names that are not free.
NAMES = ("web", "web", *UNTRUSTED[:2], "localhost", "_meta", "state_error", *UNTRUSTED[2:], "", "web.example.com")
CUT_OVER = {"state": "finished", "migration_cycle": "cutovered"}


def shown(guide, mark):
    """The lines of the one block of a guide that has such words."""
    (text,) = (text for _language, text in blocks_of(guide) if mark in text)
    return text.splitlines()


def messages_of(guide, mark):
    return [line for line in shown(guide, mark) if mark in line]


def server(number, name, **fields):
    return {"id": f"{number:08x}-0000-4000-8000-{number:012x}", "name": name, "state": "syncing", **fields}


def rows_of(guide, columns):
    """The cells of the tables of a guide that have so many columns."""
    for row in re.split(r"^ {2}\* - ", guide.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        cells = [" ".join(cell.split()) for cell in re.split(r"^ {4}- ", row.split("\n\n")[0], flags=re.MULTILINE)]
        if len(cells) == columns:
            yield [cell.strip("`") for cell in cells]


@pytest.fixture
def eleven(emulator):
    records = [server(number, name) for number, name in enumerate(NAMES, 1)]
    emulator.replace_fleet(records)
    return records


def test_names_become_those_of_the_table(emulator, inventory):
    table = {name: host for name, host in rows_of(HOSTS, 2) if name != "Name in SMS"}
    nameless = table.pop("(empty)")
    assert len(table) == 9
    records = [server(number, name) for number, name in enumerate(table, 100)]
    emulator.replace_fleet([*records, server(10, "")])
    hosts = {variables["sms_name"]: name for name, variables in inventory().hosts.items()}
    assert hosts == {**table, "": re.search(r"``(\S+)$", nameless)[1]}


def test_names_that_are_not_free_are_warned_about_as_shown(eleven, inventory):
    assert inventory().messages == messages_of(HOSTS, "that share a name")[0]


def test_of_two_namesakes_the_one_that_is_left_keeps_its_id_and_what_is_computed_from_it(eleven, inventory):
    text = HOSTS.read_text(encoding="utf-8")
    (filters,) = re.findall(r"exclude_host_filters: \[(.*)\]``", text)
    (compose,) = re.findall(r"compose: \{fqdn: (.*)\}``", text)
    result = inventory(exclude_host_filters=[filters.replace("syncing", "error")], compose={"fqdn": compose})
    assert f"``fqdn: {result.hosts['web_00000001']['fqdn']}``" in " ".join(text.split())


def test_an_ip_that_is_no_address_is_warned_about_as_shown(emulator, inventory):
    emulator.replace_fleet([server(1, "a", ip="-oProxyCommand=x"), server(2, "b", ip="a b"), server(3, "c")])
    assert inventory().messages == messages_of(HOSTS, "whose ip is no address")[0]


def test_files_with_different_connect_with_are_warned_about_as_shown(emulator, source, read):
    emulator.replace_fleet([server(1, "web", **CUT_OVER)])
    account = emulator.account
    keys = {"token": None, "access_key": account["access_key"], "secret_key": account["secret_key"]}
    source("10.yml", connect_with="target_private", ecs_endpoint=emulator.url, **keys)
    result = read(source("20.yml").parent)
    assert messages_of(HOSTS, "different connect_with")[0] in result.messages


@pytest.fixture
def inventory_folder(emulator, source, tmp_path):
    """The folder of the guide: a static host and two files, each of which lists another server of its name."""
    folder = tmp_path / "inventory"
    folder.mkdir()
    rows = [line.split() for line in shown(HOSTS, "inventory/10_static.yml")]
    address, group = (re.search(words, " ".join(rows[0]))[1] for words in (r"ansible_host (\S+),", r"group (\w+)"))
    (tmp_path / rows[0][0]).write_text(json.dumps({group: {"hosts": {"web": {"ansible_host": address}}}}))
    emulator.replace_fleet([server(number, "web", ip=row[-1]) for number, row in enumerate(rows[1:], 1)])
    for number, row in enumerate(rows[1:], 1):
        source(row[0], id=server(number, "")["id"])
    return folder


def test_a_host_of_another_source_and_two_servers_of_its_name_are_three_hosts_as_shown(inventory_folder, run_ansible):
    command, *output = shown(HOSTS, "$ ansible all -i inventory")
    completed = run_ansible("adhoc", *shlex.split(command)[2:])
    assert "DEPRECATION" not in completed.stderr
    # The hosts answer side by side.
    hosts = re.findall(r"^\S+ \| SUCCESS => \{\n.*\n\}\n", completed.stdout, re.MULTILINE)
    assert "".join(sorted(hosts)).splitlines() == output


def test_a_host_of_another_source_and_one_server_of_its_name_are_warned_about_as_shown(inventory_folder, read):
    (inventory_folder / "30_emea.yml").unlink()
    result = read(inventory_folder, plugins=("ansible.builtin.yaml", "huaweicloud.sms.source_servers"))
    assert messages_of(HOSTS, "Ansible merges them")[0] in result.messages


def test_a_condition_that_is_a_template_fails_as_shown(eleven, source, run_ansible, tmp_path):
    play = {"hosts": "web_00000001", "gather_facts": False, "tasks": [{"debug": None, "when": "{{ sms_name }}"}]}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    completed = run_ansible("playbook", "-i", source(), "play.yml", ANSIBLE_NOCOLOR="1")
    assert completed.returncode != 0
    mark = "untrusted template" if tuple(map(int, ansible_version.split(".")[:2])) >= (2, 19) else "marked as unsafe"
    assert messages_of(HOSTS, mark)[0].strip() in " ".join(f"{completed.stderr} {completed.stdout}".split())


def test_texts_that_are_no_harmless_words_are_marked_as_shown(eleven, source, run_ansible):
    completed = run_ansible("inventory", "-i", source(), "--list")
    lines = completed.stdout.splitlines()
    after_a_name = [after for line, after in itertools.pairwise(lines) if '"sms_name"' in line]
    _command, *output = shown(HOSTS, "grep unsafe")
    assert [line.strip() for line in after_a_name if "unsafe" in line] == [line.strip() for line in output]


def test_regions_have_the_addresses_of_the_table():
    table = [row for row in rows_of(CONNECTION, 3) if "https://" in row[1]]
    assert len(table) == 3
    for region, sms, iam in table:
        name = region.partition("``")[0]
        assert (_endpoints.sms_endpoint(name), _endpoints.iam_endpoint(name)) == (sms, iam)


def without_place(message):
    return re.sub(r"https?://[^/ ]*", "https://…", message)


@pytest.mark.slow
def test_the_region_of_the_targets_has_no_sms_as_shown(failure):
    assert without_place(messages_of(CONNECTION, "cannot be resolved")[0]) in without_place(
        failure(endpoint="https://sms.la-north-2.invalid")
    )


@pytest.mark.parametrize(
    ("option", "mark", "default"), [("timeout", "no complete answer", "30"), ("total_timeout", "for all of it", "600")]
)
def test_what_takes_too_long_ends_as_shown(failure, emulator, option, mark, default):
    emulator.faults({"kind": "delay", "seconds": 5})
    message = failure(**{option: 0.2 if option == "total_timeout" else 1, "retries": 0})
    expected = messages_of(CONNECTION, mark)[0].replace(f" {default} seconds", " … seconds")
    assert without_place(expected) in re.sub(r" [0-9.]+ seconds", " … seconds", without_place(message))


@pytest.mark.parametrize(
    ("variable", "value", "mark"),
    [
        ("https_proxy", "socks5://127.0.0.1:1080", "PySocks"),
        ("https_proxy", "http://127.0.0.1:notaport", "no usable address"),
        ("https_proxy", "http://127.0.0.1:1", "could not be used"),
        ("REQUESTS_CA_BUNDLE", "/nonexistent", "REQUESTS_CA_BUNDLE names"),
    ],
)
def test_proxies_and_certificates_that_cannot_be_used_are_told_as_shown(failure, monkeypatch, variable, value, mark):
    if mark == "PySocks" and importlib.util.find_spec("socks"):
        pytest.skip("PySocks is installed")
    monkeypatch.setenv(variable, value)
    assert messages_of(CONNECTION, mark)[0] in failure(endpoint="https://sms.example.com", retries=0)


@pytest.mark.slow
def test_an_interruption_is_told_as_shown(source, emulator, tmp_path):
    emulator.faults({"kind": "delay", "seconds": 60})
    process = subprocess.Popen(
        programs.command("inventory", "-i", source(), "--graph"),
        env=programs.environment(tmp_path, ANSIBLE_NOCOLOR="1"),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not emulator.requests():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert output == ""
    assert errors.strip() == messages_of(CONNECTION, "^C")[0].partition("^C")[2]


# A message about an expression: the option, the expression, and what is wrong with it.
ABOUT_AN_EXPRESSION = re.compile(r"(?:\[WARNING\]: )?(\w+): (.*?) (?=is not a Jinja2|uses |is undefined for|fails for)")


def messages_about_expressions():
    """The messages of the guide, each in one line."""
    for language, text in blocks_of(FILTERS):
        for message in re.sub(r"\n +", " ", text).splitlines() if language == "text" else ():
            if ABOUT_AN_EXPRESSION.match(message):
                yield message


def option_of(message):
    """The option that a message is about, as the file has it."""
    option, expression = ABOUT_AN_EXPRESSION.match(message).groups()
    values = {
        "compose": lambda: dict([expression.split(": ")]),
        "keyed_groups": lambda: [{"key": None}],
    }
    return {option: values.get(option, lambda: [expression])()}


def without_the_words_of_the_core(message):
    """What follows differs between versions of ansible-core."""
    beginning = re.match(r".*? (is undefined for|fails for) [^:]*", message)
    return beginning[0] if beginning else message


def test_expressions_are_refused_or_warned_about_as_shown(failure, inventory):
    messages = list(messages_about_expressions())
    assert len(messages) == 13
    # In the guide, what is an error with strict stands behind the only warning.
    strict = False
    for message in messages:
        if message.startswith("[WARNING]"):
            strict = True
            assert without_the_words_of_the_core(message) in inventory(**option_of(message)).messages
        else:
            told = failure(**option_of(message), **({"strict": True} if strict else {}))
            assert without_the_words_of_the_core(message) in told


def test_misspelt_names_are_told_as_shown(failure, inventory):
    assert messages_of(FILTERS, "There is no option")[0] in failure(migproj="x")
    assert messages_of(FILTERS, "no migration project")[0] in failure(migproject="wave-8")
    assert inventory(hostnames=["nme"]).messages.startswith(messages_of(FILTERS, "no source server has a field")[0])


@pytest.mark.parametrize(
    ("mark", "options"),
    [("Could not set", {"compose": {"x": "sms_nam"}}), ("Could not add host", {"groups": {"g": "sms_nam"}})],
)
def test_with_strict_what_core_makes_of_an_unknown_variable_is_as_shown(failure, mark, options):
    assert messages_of(FILTERS, mark)[0].partition(": ")[0] in failure(strict=True, **options)
