# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures the inventory plugin against what ansible-core itself costs, and against what a user would write instead.

``make bench`` runs it, prints the table, and writes it into the guide on performance. With ``BASELINE=COMMIT`` it
prints instead how the checkout compares with an earlier commit. Every figure is of a whole
process that runs ``ansible-inventory``; contenders run in turn, so that a machine whose speed drifts treats them alike,
and what counts is their ratio.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import checkout

HERE = pathlib.Path(__file__).resolve().parent
GUIDE = checkout.ROOT / "docs" / "docsite" / "rst" / "guide_performance.rst"
PROGRAMS = pathlib.Path(sys.executable).parent
PROGRAM = str(PROGRAMS / "ansible-inventory")
RUNS = 3
TARGETS = 5_000

# Contender: the inventory file of its folder.
CONTENDERS = {
    "plugin over HTTP": "http.yml",
    "plugin from a warm cache": "cached.yml",
    "floor": "floor.yml",
    "script": "script.py",
    "constructed plugin": "constructed.yml",
}
# One of each kind, over values that differ from host to host.
EXPRESSIONS = {
    "compose": {"a": "sms_name | upper", "b": "sms_ip ~ ':' ~ sms_id", "c": "sms_init_target_server.disks | length"},
    "groups": {"x": "inventory_hostname != sms_ip and sms_connected"},
    "keyed_groups": [{"key": "sms_name[-1:]", "prefix": "last"}],
}


class Figures(NamedTuple):
    """What one run, or the median run, took: seconds, seconds of processor time, MiB."""

    wall: float
    cpu: float
    memory: float


def environment(folder: pathlib.Path, collections: pathlib.Path | None = None) -> dict[str, str]:
    return {
        **checkout.neutral_environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(collections or checkout.link_collection()),
        "ANSIBLE_INVENTORY_PLUGINS": str(HERE / "inventory_plugins"),
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
        "SMS_FLOOR_LOADING": str(folder / "floor.loading"),
    }


def run(folder: pathlib.Path, source: str, option: str) -> Figures:
    """One run, measured by the operating system's own accounting."""
    measured = folder / "figures.json"
    with (folder / f"{source}{option}.out").open("wb") as output:
        completed = subprocess.run(
            [sys.executable, HERE / "measure.py", measured, PROGRAM, "-i", folder / source, option],
            env=environment(folder),
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
    if completed.returncode:
        raise SystemExit(f"{source}: {completed.stderr.decode()}")
    taken = Figures(**json.loads(measured.read_text(encoding="utf-8")))
    # Loading the hosts is not part of the floor, which is said to have them in memory.
    loading = float((folder / "floor.loading").read_text()) if source == "floor.yml" else 0
    return taken._replace(wall=taken.wall - loading, cpu=taken.cpu - loading)


def run_command(folder: pathlib.Path, command: tuple[str, ...], collections: pathlib.Path | None = None) -> Figures:
    """One run of one of Ansible's programs, with the collection of the checkout or of another folder."""
    measured = folder / "figures.json"
    program, *arguments = command
    completed = subprocess.run(
        [sys.executable, HERE / "measure.py", measured, PROGRAMS / program, *arguments],
        cwd=folder,
        env=environment(folder, collections),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if completed.returncode:
        raise SystemExit(f"{' '.join(command)}: {completed.stderr.decode()}")
    return Figures(**json.loads(measured.read_text(encoding="utf-8")))


def median(runs: Iterable[Figures]) -> Figures:
    return Figures(*(statistics.median(values) for values in zip(*runs, strict=True)))


def in_turn(folder: pathlib.Path, sources: Mapping[str, str], option: str) -> dict[str, Figures]:
    """The median figures of each contender."""
    runs: dict[str, list[Figures]] = {name: [] for name in sources}
    for number in range(RUNS):
        for name, source in sources.items():
            print(f"{option} of {name}, run {number + 1} of {RUNS}", file=sys.stderr, flush=True)
            runs[name].append(run(folder, source, option))
    return {name: median(figures) for name, figures in runs.items()}


def write_plugin_files(folder: pathlib.Path, url: str, token: str) -> None:
    options = {"plugin": "huaweicloud.sms.source_servers", "endpoint": url, "token": token}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}
    (folder / "http.yml").write_text(json.dumps(options))
    (folder / "cached.yml").write_text(json.dumps({**options, **cache}))
    for concurrency in (1, 4, 8):
        (folder / f"at_{concurrency}.yml").write_text(json.dumps({**options, "concurrency": concurrency}))
    (folder / "composed.yml").write_text(json.dumps({**options, **EXPRESSIONS}))


def without_mark(value: dict) -> object:
    """The text of a mark of unsafe texts, which the contenders do not set."""
    return value.get("__ansible_unsafe", value)


def check_alike(folder: pathlib.Path) -> None:
    """That all contenders print the same hosts, variables and groups."""
    inventories = {}
    for name, source in CONTENDERS.items():
        run(folder, source, "--list")
        inventory = json.loads((folder / f"{source}--list.out").read_text(encoding="utf-8"), object_hook=without_mark)
        inventory["_meta"].pop("profile", None)
        inventories[name] = {
            "hostvars": inventory["_meta"]["hostvars"],
            "groups": {name: sorted(group.get("hosts", [])) for name, group in inventory.items() if name != "_meta"},
        }
    different = [name for name, inventory in inventories.items() if inventory != inventories["plugin over HTTP"]]
    if different:
        raise SystemExit(f"not the same inventory as the plugin's: {', '.join(different)}")


def compare(emulator_class: type, servers: int) -> list[list[str]]:
    """Rows of the table that compares the contenders."""
    rows = []
    with tempfile.TemporaryDirectory() as name, emulator_class(servers=servers) as emulator:
        folder = pathlib.Path(name)
        write_plugin_files(folder, emulator.url, emulator.token)
        (folder / "fleet.json").write_text(json.dumps(emulator.fleet()))
        subprocess.run(
            [sys.executable, HERE / "contenders.py", folder / "http.yml", folder / "fleet.json", folder],
            env=environment(folder),
            stderr=subprocess.DEVNULL,
            check=True,
        )
        check_alike(folder)
        for option in ("--graph", "--list"):
            figures = in_turn(folder, CONTENDERS, option)
            plugin = figures["plugin over HTTP"]
            for contender, taken in figures.items():
                ratios = [f"{ours / theirs:.2f}" for ours, theirs in zip(plugin, taken, strict=True)]
                measured = [f"{taken.wall:.2f}", f"{taken.cpu:.2f}", f"{taken.memory:.0f}"]
                rows.append([f"{servers:,}", option, contender, *measured, *ratios])
    return rows


def variations(emulator_class: type) -> list[list[str]]:
    """Rows of the table on slow answers, expressions and growth."""
    rows = []
    with (
        tempfile.TemporaryDirectory() as name,
        emulator_class(servers=10_000) as emulator,
        emulator_class(servers=10_000) as slow,
    ):
        folder = pathlib.Path(name)
        write_plugin_files(folder, emulator.url, emulator.token)
        (folder / "slow").mkdir()
        write_plugin_files(folder / "slow", slow.url, slow.token)
        for source in ("at_8.yml", "slow/at_8.yml"):
            run(folder, source, "--graph")  # an emulator makes its records when they are first asked for
        slow.set(latency=0.1)
        delayed = {str(number): f"slow/at_{number}.yml" for number in (1, 4, 8)}
        figures = in_turn(folder, {"base": "at_8.yml", **delayed}, "--graph")
        base = figures["base"]
        rows.append(["10,000, concurrency 8, no latency", f"{base.wall:.2f}", ""])
        for number in delayed:
            what = f"10,000, concurrency {number}, 100 ms per request"
            rows.append([what, f"{figures[number].wall:.2f}", f"{figures[number].wall - base.wall:+.2f} s"])
        composed = in_turn(folder, {"without": "http.yml", "with": "composed.yml"}, "--graph")
        factor = composed["with"].wall / composed["without"].wall
        rows.append(["10,000, without expressions", f"{composed['without'].wall:.2f}", ""])
        rows.append(["10,000, five expressions", f"{composed['with'].wall:.2f}", f"times {factor:.2f}"])
    with (
        tempfile.TemporaryDirectory() as name,
        emulator_class(servers=10_000) as small,
        emulator_class(servers=20_000) as large,
    ):
        folder = pathlib.Path(name)
        sources = {}
        for servers, emulator in (("10,000", small), ("20,000", large)):
            subfolder = folder / servers
            subfolder.mkdir()
            write_plugin_files(subfolder, emulator.url, emulator.token)
            sources[servers] = f"{servers}/http.yml"
        for source in sources.values():
            run(folder, source, "--graph")
        grown = in_turn(folder, sources, "--graph")
        factor = grown["20,000"].wall / grown["10,000"].wall
        rows.append(["10,000 servers", f"{grown['10,000'].wall:.2f}", ""])
        rows.append(["20,000 servers", f"{grown['20,000'].wall:.2f}", f"times {factor:.2f}"])
    return rows


def targets(emulator_class: type) -> list[list[str]]:
    """Rows on what it costs to ask for the machines that 5,000 servers became, in three regions."""
    rows = []
    with tempfile.TemporaryDirectory() as name, emulator_class(servers=TARGETS) as emulator:
        folder = pathlib.Path(name)
        emulator.replace_fleet(all_cut_over(emulator))
        account = emulator.account
        options = {
            "plugin": "huaweicloud.sms.source_servers",
            "endpoint": emulator.url,
            "ecs_endpoint": f"{emulator.url}/regions/{{region_id}}",
            "access_key": account["access_key"],
            "secret_key": account["secret_key"],
        }
        sources = {"sources": "sources.yml", "targets": "targets.yml"}
        (folder / sources["sources"]).write_text(json.dumps(options))
        (folder / sources["targets"]).write_text(json.dumps({**options, "connect_with": "target_private"}))
        for source in sources.values():
            run(folder, source, "--graph")
        for latency in (0, 0.1):
            emulator.set(latency=latency)
            figures = in_turn(folder, sources, "--graph")
            factor = figures["targets"].wall / figures["sources"].wall
            what = f"{TARGETS:,} cut over, {latency * 1000:.0f} ms per request"
            rows.append([what, f"{figures['sources'].wall:.2f}", ""])
            rows.append([f"{what}, with their targets", f"{figures['targets'].wall:.2f}", f"times {factor:.2f}"])
    return rows


def all_cut_over(emulator: Any) -> list[dict]:
    """The emulator's fleet, with every server cut over to one of its regions, evenly."""
    fleet = emulator.fleet()
    places = sorted({(machine["region"], machine["project"]) for machine in emulator.machines()})
    task = next(record["current_task"] for record in fleet if record["migration_cycle"] == "cutovered")
    for number, record in enumerate(fleet):
        region, project = places[number % len(places)]
        machine = {"name": record["name"], "vm_id": f"{number:08}-0000-4000-a000-000000000000"}
        moved = {**task, "region_id": region, "project_id": project, "target_server": machine}
        record.update(migration_cycle="cutovered", state="finished", current_task=moved)
    return fleet


def export(commit: str, folder: pathlib.Path) -> pathlib.Path:
    """Write a commit's files below a folder, as a collection that Ansible can find."""
    tree = folder / checkout.COLLECTION
    tree.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=checkout.ROOT, stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    return folder


def against(emulator_class: type, commit: str) -> list[list[str]]:
    """Rows of the table that compares the checkout with an earlier commit."""
    rows = []
    with tempfile.TemporaryDirectory() as name, emulator_class(servers=10_000) as emulator:
        folder = pathlib.Path(name)
        trees = {"now": None, "then": export(commit, folder / "then")}
        write_plugin_files(folder, emulator.url, emulator.token)
        (folder / "play.yml").write_text("- {hosts: sms, gather_facts: false, tasks: []}")
        commands = {
            "--graph": ("ansible-inventory", "-i", "http.yml", "--graph"),
            "--list": ("ansible-inventory", "-i", "http.yml", "--list"),
            "ansible-playbook --list-hosts": ("ansible-playbook", "-i", "http.yml", "play.yml", "--list-hosts"),
            "--graph from a warm cache": ("ansible-inventory", "-i", "cached.yml", "--graph"),
            "--graph with expressions": ("ansible-inventory", "-i", "composed.yml", "--graph"),
        }
        measured = {what: both_in_turn(folder, what, command, trees) for what, command in commands.items()}
        for what, (now, then) in measured.items():
            ratios = [f"{ours / theirs:.2f}" for ours, theirs in zip(now, then, strict=True)]
            rows.append([what, *(f"{value:.2f}" for value in (now.wall, then.wall)), *ratios])
        for when, position in (("now", 0), ("then", 1)):
            factor = measured["--graph with expressions"][position].wall / measured["--graph"][position].wall
            rows.append([f"expressions against none, {when}", "", "", f"{factor:.2f}", "", ""])
        factor = measured["--graph from a warm cache"][0].wall / measured["--graph"][0].wall
        rows.append(["a warm cache against HTTP, now", "", "", f"{factor:.2f}", "", ""])
    return rows


def both_in_turn(
    folder: pathlib.Path, what: str, command: tuple[str, ...], trees: Mapping[str, pathlib.Path | None]
) -> list[Figures]:
    """The median figures of each of the trees, which run in turn."""
    runs: dict[str, list[Figures]] = {when: [] for when in trees}
    for number in range(RUNS):
        for when, collections in trees.items():
            print(f"{what}, {when}, run {number + 1} of {RUNS}", file=sys.stderr, flush=True)
            runs[when].append(run_command(folder, command, collections))
    return [median(figures) for figures in runs.values()]


def table(title: str, header: list[str], rows: list[list[str]]) -> str:
    """A list-table of reStructuredText."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", ""]
    for row in (header, *rows):
        lines += [f"   {'*' if number == 0 else ' '} - {cell}".rstrip() for number, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def main() -> None:
    sys.path.append(str(checkout.link_collection()))
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    if len(sys.argv) > 1:
        header = ["10,000 servers", "now, wall s", "then", "wall ÷", "CPU ÷", "memory ÷"]
        print(table(f"The checkout against {sys.argv[1]}", header, against(Emulator, sys.argv[1])))
        return
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    core = re.search(r"core ([\d.]+)", version)
    python = ".".join(map(str, sys.version_info[:3]))
    header = ["servers", "", "contender", "wall s", "CPU s", "MiB", "plugin's wall ÷ its", "CPU ÷", "memory ÷"]
    comparison = [row for servers in (1_000, 10_000) for row in compare(Emulator, servers)]
    result = (
        f"Measured with ansible-core {core[1] if core else '?'} on Python {python}, {os.cpu_count()} processors;"
        f" medians of {RUNS} runs, taken in turn.\n\n"
        + table("The plugin and its contenders", header, comparison)
        + "\n"
        + table(
            "Latency, expressions and growth",
            ["``--graph`` of", "wall s", ""],
            [*variations(Emulator), *targets(Emulator)],
        )
    )
    print(result)
    guide = GUIDE.read_text(encoding="utf-8")
    begin, end = ".. begin of the figures\n", ".. end of the figures\n"
    before, rest = guide.split(begin)
    GUIDE.write_text(f"{before}{begin}\n{result}\n{end}{rest.split(end)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
