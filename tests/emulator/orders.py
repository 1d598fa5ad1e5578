# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked for when a task was created, and what was done with it since, as far as the record does not say."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Order:
    """The body that a task was created with; times are epoch milliseconds."""

    body: dict = field(default_factory=dict)
    created: int | None = None
    network_checked: int | None = None  # when the check of the network ends
    consistency: tuple[int, int] | None = None  # from when to when the data are compared
    checked: int | None = None  # when the last comparison ends or ended
    synchronizations: list[tuple[int, int]] = field(default_factory=list)  # those that somebody asked for
    template_id: str | None = None  # of the last clone
    clones: int = 0  # how many were asked for and not refused
    speed_rules: list[dict] = field(default_factory=list)
    configuration: dict[str, str] = field(default_factory=dict)

    @property
    def syncing(self) -> bool:
        """Whether the data are synchronised until somebody launches the target; the console's tasks do."""
        return self.body.get("syncing", False) if self.body else True

    @property
    def rehearsed(self) -> bool:
        """Whether the migration is to be rehearsed before the data are copied."""
        return self.body.get("need_migration_test") is True

    @property
    def public(self) -> bool | None:
        """Whether the target gets a public address; None where nobody said."""
        return self.body.get("use_public_ip", True) if self.body else None
