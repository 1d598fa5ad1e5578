# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which disk of an existing ECS is for which disk of a source."""

from __future__ import annotations

import re
from itertools import permutations

import pytest
from ansible_collections.huaweicloud.sms.plugins.module_utils.records._target import EcsDisk
from ansible_collections.huaweicloud.sms.plugins.module_utils.tasks._disks import (
    GIB,
    DisksError,
    pair_disks,
    source_disks,
)
from ansible_collections.huaweicloud.sms.tests.tools.checkout import ROOT
from hypothesis import given
from hypothesis import strategies as st

MIB = 2**20


def source(*disks, unmounted=()):
    """A record whose disks are given as size in GiB or in (size, style, use); the first one has the system."""
    proposed, details = [], []
    for number, disk in enumerate(disks):
        size, style, use = disk if isinstance(disk, tuple) else (disk, "MBR", "NORMAL" if number else "BOOT|OS")
        name = f"/dev/sd{'abcdefgh'[number]}"
        proposed.append({"name": name, "size": int(size * GIB), "device_use": use})
        details.append({"name": name, "size": int(size * GIB), "partition_style": style, "device_use": use})
    details += [{"name": f"unmounted {number}", "size": size * GIB} for number, size in enumerate(unmounted)]
    return {"init_target_server": {"disks": proposed}, "disks": details}


def ecs(*sizes, system=0):
    """The disks of an ECS by their sizes in GiB."""
    return [EcsDisk(f"v{n}", f"/dev/vd{'abcdefgh'[n]}", size, n == system) for n, size in enumerate(sizes)]


def paired(record, targets, **mapping):
    """The volume of each disk of a source; the mapping is by the last letter of the disk's name."""
    by_name = {f"/dev/sd{letter}": volume_id for letter, volume_id in mapping.items()}
    return [pair.target.volume_id for pair in pair_disks(record, targets, by_name)]


GPT = "GPT"


@pytest.mark.parametrize(
    ("record", "targets", "volumes"),
    [
        (source(40), ecs(40), ["v0"]),
        (source(40), ecs(500), ["v0"]),
        # More disks than the source has.
        (source(40), ecs(40, 100), ["v0"]),
        # The system disk is paired with the system disk, wherever it is, and whatever would fit better.
        (source(40, 100), ecs(100, 40, system=1), ["v1", "v0"]),
        (source(40, 100), ecs(200, 100), ["v0", "v1"]),
        (source(200, 40), ecs(40, 200, system=1), ["v1", "v0"]),
        # Smallest sufficient first.
        (source(40, 100, 20), ecs(40, 20, 100), ["v0", "v2", "v1"]),
        (source(40, 50), ecs(40, 500, 60, 100), ["v0", "v2"]),
        (source(40, 10, 20), ecs(40, 30, 20), ["v0", "v2", "v1"]),
        # A GPT disk needs 1 GB more, and one of unknown style may be a GPT disk.
        (source((40, GPT, "OS")), ecs(41), ["v0"]),
        (source(40, (100, GPT, "NORMAL")), ecs(40, 100, 101), ["v0", "v2"]),
        (source(40, (100, None, "NORMAL")), ecs(40, 100, 101), ["v0", "v2"]),
        # Only one way is possible for two disks of the same size.
        (source(40, (100, GPT, "NORMAL"), 100), ecs(40, 100, 101), ["v0", "v2", "v1"]),
        # Disks of the same size for disks of the same size.
        (source(40, 100, 100), ecs(40, 200, 200), ["v0", "v1", "v2"]),
        (source(40, 100, 100), ecs(40, 200, 100, 100), ["v0", "v2", "v3"]),
        # Any word for the system: the first example of the API has BOOT alone.
        (source((40, "MBR", "BOOT"), 20), ecs(40, 20), ["v0", "v1"]),
        (source((40, "MBR", "OS"), 20), ecs(40, 20), ["v0", "v1"]),
        # A disk that is not migrated counts.
        (source(40, unmounted=[10]), ecs(40, 10), ["v0"]),
    ],
)
def test_disks_are_paired_by_system_and_size(record, targets, volumes):
    assert paired(record, targets) == volumes


@pytest.mark.parametrize(
    ("record", "targets", "words"),
    [
        (source(40, 20), ecs(40), "The ECS has 1 disk, and the source has 2"),
        (source(40, unmounted=[10, 10]), ecs(40, 10), "The ECS has 2 disks, and the source has 3"),
        (source(40), [], "The ECS has 0 disks, and the source has 1"),
        (source(40), ecs(40, system=1), "ECS does not return which one of the disks is the system disk"),
        (source(40), [*ecs(40), *ecs(50)], "ECS does not return which one of the disks is the system disk"),
        (source(40), ecs(39, 40), "too small for /dev/sda of the source, which needs 40 GiB"),
        (source((40, GPT, "OS")), ecs(40), "too small for /dev/sda of the source, which needs 41 GiB"),
        (source(40 + 1 / 1024), ecs(40), "too small for /dev/sda of the source, which needs 40.1 GiB"),
        (source(40, 100), ecs(40, 99), "large enough for /dev/sdb of the source, which needs 100 GiB"),
        (source(40, (100, GPT, "NORMAL")), ecs(40, 100), "/dev/sdb of the source, which needs 101 GiB"),
        (source(40, 100, 100), ecs(40, 100), "The ECS has 2 disks, and the source has 3"),
        (source(40, 100, 100), ecs(40, 100, 99), "large enough for /dev/sdc"),
        # Equal disks of the source for unequal disks of the ECS.
        (source(40, 100, 100), ecs(40, 100, 200), "/dev/sdb and /dev/sdc of the source have the same size"),
        (source(40, 100, (100, GPT, "NORMAL")), ecs(40, 150, 200), "/dev/sdb and /dev/sdc of the source have the same"),
        (source(40, 99, (98, GPT, "NORMAL")), ecs(40, 99, 200), "/dev/sdb and /dev/sdc of the source have the same"),
        # The boot loader is on another disk than the system, or SMS marks no disk.
        (source((40, "MBR", "BOOT"), (20, "MBR", "OS")), ecs(40, 20), "2 disks of the source that target.disks does"),
        (source((40, "MBR", "NORMAL")), ecs(40), "0 disks of the source that target.disks does not name"),
    ],
)
def test_disks_that_do_not_fit_or_are_ambiguous_are_refused(record, targets, words):
    with pytest.raises(DisksError) as error:
        paired(record, targets)
    assert words in str(error.value)


def test_a_refusal_has_both_lists():
    with pytest.raises(DisksError) as error:
        paired(source((40, GPT, "OS"), 100), ecs(50, 80))
    assert str(error.value) == (
        "No disk of the ECS that is left is large enough for /dev/sdb of the source, which needs 100 GiB."
        " Disks of the source: /dev/sda (40 GiB, GPT, system), /dev/sdb (100 GiB, MBR)."
        " Disks of the ECS: /dev/vda (50 GiB, system, volume v0), /dev/vdb (80 GiB, volume v1)"
    )


@pytest.mark.parametrize(
    ("record", "targets", "mapping", "volumes"),
    [
        (source(40, 100, 100), ecs(40, 100, 200), {"b": "v2"}, ["v0", "v2", "v1"]),
        (source(40, 100, 100), ecs(40, 100, 200), {"b": "v2", "c": "v1", "a": "v0"}, ["v0", "v2", "v1"]),
        (source(40, 10), ecs(40, 10, 500), {"b": "v2"}, ["v0", "v2"]),
        (source((40, "MBR", "BOOT"), (20, "MBR", "OS")), ecs(40, 20), {"b": "v1", "a": "v0"}, ["v0", "v1"]),
        (source((40, "MBR", "BOOT"), (20, "MBR", "OS")), ecs(40, 40), {"b": "v0"}, ["v1", "v0"]),
        (source((40, "MBR", "NORMAL")), ecs(40), {"a": "v0"}, ["v0"]),
    ],
)
def test_the_user_can_say_which_disk_is_for_which(record, targets, mapping, volumes):
    assert paired(record, targets, **mapping) == volumes


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"x": "v0"}, "target.disks: the source has no disk /dev/sdx"),
        ({"b": "v9"}, "target.disks: the ECS has no disk with the volume ID v9"),
        ({"b": "v1", "c": "v1"}, "target.disks names a disk of the ECS twice"),
        ({"b": "v3"}, "too small for /dev/sdb of the source"),
        ({"b": "v0"}, "is the system disk of the ECS, and /dev/sdb (100 GiB, MBR) of the source has no system"),
        ({"a": "v1"}, "0 disks of the source that target.disks does not name have the system"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping, words):
    with pytest.raises(DisksError) as error:
        paired(source(40, 100, 100), ecs(100, 100, 200, 50), **mapping)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"init_target_server": None},
        {"init_target_server": {"disks": []}},
        {"init_target_server": {"disks": [{"name": "a", "size": None}]}},
        {"init_target_server": {"disks": [{"name": "a", "size": True}]}},
        {"init_target_server": {"disks": [{"name": "a", "size": 0}]}},
        {"init_target_server": {"disks": [{"name": "a", "size": "40"}]}},
        {"init_target_server": {"disks": [{"size": GIB}]}},
        {"init_target_server": {"disks": [{"name": "a", "size": GIB}]}, "disks": [{"name": "a", "size": "1"}]},
        {"init_target_server": {"disks": [{"name": "a", "size": GIB}, {"name": "a", "size": GIB}]}},
    ],
)
def test_a_record_that_does_not_say_what_is_needed_is_refused(record):
    with pytest.raises(DisksError, match="SMS does not return"):
        source_disks(record)


def test_the_larger_of_two_sizes_counts():
    record = source(40)
    record["disks"][0]["size"] = 41 * GIB
    with pytest.raises(DisksError, match="needs 41 GiB"):
        paired(record, ecs(40))


def test_the_flag_of_the_details_marks_the_system_disk():
    record = source((40, "MBR", "NORMAL"), 20)
    record["disks"][1]["os_disk"] = True
    assert paired(record, ecs(40, 20, system=1)) == ["v0", "v1"]


def test_names_of_disks_cannot_disturb_a_terminal():
    record = {"init_target_server": {"disks": [{"name": "\x1b[31m", "size": GIB, "device_use": "OS"}]}}
    with pytest.raises(DisksError) as error:
        paired(record, ecs(1))
    assert "\x1b" not in str(error.value)


SIZES = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["MBR", "GPT"])), min_size=1, max_size=4)


@given(data=SIZES, targets=st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_disks_are_paired_exactly_if_some_pairing_is_possible(data, targets):
    record = source(1, *((size, style, "NORMAL") for size, style in data))
    needed = [disk.needed for disk in source_disks(record)][1:]
    possible = any(
        all(size * GIB >= need for size, need in zip(chosen, needed, strict=True))
        for chosen in permutations(targets, len(needed))
    )
    pairs, problem = [], ""
    try:
        pairs = pair_disks(record, ecs(1, *targets), {})
    except DisksError as error:
        problem = str(error)
    assert bool(pairs or "have the same size" in problem) is possible
    assert len({pair.target.volume_id for pair in pairs}) == len(pairs)
    assert all(pair.source.needed <= pair.target.size * GIB for pair in pairs)
    assert [pair.target.is_system for pair in pairs] == ([True, *(False for _one in data)] if pairs else [])


def test_the_guide_shows_the_message_about_ambiguous_disks():
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_tasks.rst").read_text(encoding="utf-8")
    volumes = re.findall(r"volume ([0-9a-f-]{36})", guide)
    targets = [disk._replace(volume_id=volume) for disk, volume in zip(ecs(40, 100, 200), volumes, strict=True)]
    with pytest.raises(DisksError) as error:
        paired(source(40, 100, 100), targets)
    assert f"{error.value}." in guide
    mapping = dict(re.findall(r"^    (/dev/sd\w): ([0-9a-f-]{36})$", guide, re.MULTILINE))
    assert [pair.target.size for pair in pair_disks(source(40, 100, 100), targets, mapping)] == [40, 200, 100]
