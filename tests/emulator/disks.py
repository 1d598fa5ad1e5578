# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the disks that a task asks for are possible ones."""

from __future__ import annotations

from typing import Any

from refusals import Refusal, require

MIB = 2**20
GPT_RESERVE = 33 * MIB


def check(given: list) -> None:
    """Refusal if a disk cannot be: by its own size, or those of its partitions."""
    for disk in given:
        proper = isinstance(disk, dict) and isinstance(disk.get("name"), str) and _is_size(disk.get("size"))
        require(proper, "SMS.6033", "disks info in target_server is missing!")
        _check_partitions(disk)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _check_partitions(disk: dict) -> None:
    partitions = disk.get("physical_volumes") or []
    if not all(isinstance(one, dict) and _is_size(one.get("size")) for one in partitions):
        raise Refusal("SMS.6011", "The request body json does not meet the specifications")
    for one in partitions:
        enough = (one.get("used_size") or 0) <= one["size"]
        require(enough, "SMS.6611", "The space of the partition is less than the required size.")
        require(one["size"] % MIB == 0, "SMS.6612", "The size of partition is not a multiple of MB.")
    needed = sum(one["size"] for one in partitions)
    require(needed <= disk["size"], "SMS.6614", "Target disk size should be bigger than the sum of the partitions.")
    reserved = disk.get("partition_style") != "GPT" or needed + GPT_RESERVE <= disk["size"]
    require(reserved, "SMS.6613", "The target disk is a GPT disk. 33 MB of it must be reserved.")
