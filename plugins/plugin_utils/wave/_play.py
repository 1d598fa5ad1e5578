# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: the conditions that each action of a wave checks of its play."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ansible.constants as C
from ansible_collections.huaweicloud.sms.plugins.module_utils.common._errors import OptionsError
from ansible_collections.huaweicloud.sms.plugins.plugin_utils.wave import _hosts, _validation


def play_of(task: Any) -> Any:
    """Return the play of a task; None outside of a play."""
    return task._parent._play if getattr(task, "_parent", None) else None


def strategy_of(task: Any) -> str:
    """Return the strategy of the task's play."""
    return str(getattr(play_of(task), "strategy", None) or C.DEFAULT_STRATEGY)


def check(task: Any, variables: Mapping[str, Any], has_begun: bool = True) -> None:
    """Check what every action of a wave needs, whatever tags were left out.

    :param has_begun: whether the validation has to have succeeded before.
    :raises OptionsError: the play's strategy is not linear, or the wave has not begun in this play.
    """
    if problem := _validation.strategy_problem(strategy_of(task)):
        raise OptionsError(f"{problem} Nothing was changed.")
    validation = variables.get(_hosts.VALIDATION) or {}
    if _hosts.SETTINGS not in variables or (has_begun and not validation.get("run")):
        raise OptionsError(
            "The variables of the wave were not validated. Run the role huaweicloud.sms.wave from its beginning,"
            " without --skip-tags always and --start-at-task. To take only some steps, use --tags, such as --tags"
            " launch,wait. Nothing was changed."
        )
